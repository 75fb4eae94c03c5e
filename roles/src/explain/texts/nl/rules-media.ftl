### Regels over media. Waarde: de titel. Attributen: verdict, advice, raise, why-….

rule-d45 = Geluid in één richting
    .verdict = Van de kant van <party> kwamen <packets> pakketten geluid, en ernaartoe, naar <wants>, ging er hier
        geen enkel langs, hoewel beide kanten twee richtingen hadden afgesproken.
    .advice =
        - Kijk of <other> geluid stuurt en niet gedempt is; sommige sturen niets zolang niemand spreekt.
        - Open de RTP-poorten in de firewalls, in beide richtingen, en kijk waar een router adressen vertaalt.
        - Of laat een server ertussen de media doorgeven.
    .raise =
        - Neem ook aan de andere kant op: stuurt die, en waarheen?
    .why-wants = wil het geluid op <wants>

rule-d45-private =
    .verdict = <party> vroeg het geluid op <wants>, een intern adres dat de andere kant niet kan bereiken: zelf stuurde
        die kant <packets> pakketten, en ernaartoe ging er hier geen enkel langs.
    .advice =
        - Vertel de telefoon of server op <party> het externe adres, of laat die STUN of ICE gebruiken.
        - Of laat een server ertussen de media doorgeven en sturen naar waar pakketten vandaan komen.

rule-d45-refused =
    .verdict = <party> vroeg het geluid op <wants>, en het netwerk meldt dat dat niet te bereiken is: zelf stuurde die
        kant <packets> pakketten, en er kwam niets aan.
    .advice =
        - Kijk of het programma op <party> daar nog luistert, en laat de firewall die poort door.

rule-d45-closed =
    .verdict = <party> vroeg het geluid op <wants>, en er kwamen hier <packets> pakketten langs daarheen; maar het netwerk daar meldt keer
        op keer, zolang ze komen, dat ze er niet in komen.
    .advice =
        - Kijk of het programma op <party> op die poort luistert, en hem het hele gesprek openhoudt.
        - Kijk of iets onderweg een ander adres of een andere poort in de sessiebeschrijving schreef (een SIP ALG).

rule-d45-unheard =
    .verdict = Er kwamen hier <packets> geluidspakketten langs naar <wants>, en <party> meldt keer op keer (RTCP) niets daarover:
        ze gaan hierachter verloren, of worden niet begrepen.
    .advice =
        - Kijk naar de firewall en de NAT voor <party>: laten die RTP op die poort binnen?
        - Kijk of <party> dat formaat en die versleuteling aanneemt.

rule-d46 = Helemaal geen geluid
    .advice =
        - Open de RTP-poorten in de firewalls aan beide kanten, en kijk naar de adressen in de sessiebeschrijvingen.
        - Een server die media doorgeeft, kan door zijn poorten heen zijn, of op het verkeerde adres luisteren.
    .raise =
        - Neem de media aan beide kanten van het gesprek op.
    .why-wants = wil het geluid op <wants>
    .why-bye = hangt op

rule-d46-none =
    .verdict = Het gesprek werd aangenomen en duurde <seconds> s, en tussen <one> en <other> kwam geen geluid langs, terwijl
        dat van andere gesprekken van deze hosts er wel was.

rule-d46-stopped =
    .verdict = Het geluid tussen <one> en <other> hield op, en <seconds> s later hing <party> op: de grens aan stilte daar
        beëindigde het gesprek.
    .advice =
        - Kijk waarom het geluid ophield: een telefoon die het netwerk kwijt is, of die gedempt of in de wacht niets stuurt.
        - Verhoog de grens op <party>, of laat telefoons comfortruis sturen.

rule-d47 = In de wacht blijven hangen
    .advice =
        - Werk de kant op <party> bij: wil de andere kant weer geluid in twee richtingen, dan moet die dat toestaan.
    .raise =
        - Neem ook de media op: dan blijkt wie er zwijgt.
    .why-hold = zet het gesprek in de wacht
    .why-back = haalt het terug
    .why-not = antwoordt <code>
    .why-left = hangt op

rule-d47-answered =
    .verdict = <holder> zette het gesprek in de wacht en haalde het terug, en <party> antwoordde alsof het nog in de wacht
        stond: geen geluid, of in één richting.

rule-d47-refused =
    .verdict = <holder> zette het gesprek in de wacht en kreeg het niet terug: <party> weigerde met <code>, en het gesprek
        blijft in de wacht.

rule-d47-left =
    .verdict = <party> is door <holder> in de wacht gezet en hing na <seconds> s op.
    .advice =
        - Er is niets stuk; iemand wachtte vergeefs. Wachtmuziek, of een gesprek dat vanzelf terugkomt, zou helpen.

rule-d48 = Toetsen, versleuteling of kwaliteit
    .advice =
        - Kijk naar het netwerk op die weg: een volle lijn, draadloze verbindingen, of spraak zonder voorrang.
    .raise =
        - Neem ook aan de andere kant op, om te zien waar het begint.
    .why-info = vertelt de toets ook in een INFO
    .why-asked = zegt wat het aanneemt
    .why-setup = wil de rol <role>
    .why-checked = wil met ICE een weg zoeken
    .why-key = vertelt een nieuwe sleutel (<field>)
    .why-bye = hangt op

rule-d48-twice =
    .verdict = <from> stuurt elke toets twee keer: in de media en als INFO. De andere kant telt ze misschien dubbel.
    .advice =
        - Kies één manier in de instellingen van de telefoon; die in de media (RFC 4733) is de gewone.

rule-d48-unasked =
    .verdict = <from> stuurde <keys> toetsen als telephone-event naar <to>, dat die niet aanneemt: ze worden niet gehoord.
    .advice =
        - Zet telephone-event (RFC 4733) aan bij wie ontvangt, of laat de ander toetsen als geluid of INFO sturen.

rule-d48-roles =
    .verdict = <party> antwoordde a=setup:<given> op a=setup:<asked>: niemand begint met versleutelen, of beide, en er komt
        geen geluid.
    .advice =
        - Herstel de kant op <party>: op "actpass" hoort "active" of "passive" te volgen, en op een van die twee de andere.

rule-d48-loss =
    .verdict = Van de pakketten van <from> naar <to> ging <figure> % verloren voor ze hier kwamen.

rule-d48-behind =
    .verdict = De pakketten van <from> naar <to> kwamen hier heel langs, en <to> meldt dat het er <figure> % miste: ze gaan
        hierachter verloren.

rule-d48-jitter =
    .verdict = De pakketten van <from> naar <to> komen ongelijkmatig (jitter <figure> ms): het geluid hapert als de buffer
        klein is.

rule-d48-told =
    .verdict = <to> meldt dat het <figure> % van de pakketten van <from> miste. Ze kwamen hier niet langs, dus waar ze verloren
        gingen is niet bekend.

rule-d48-fast =
    .verdict = <from> stuurt <figure> % sneller dan zijn eigen klok zegt: de buffer van <to> loopt over, en telkens valt er
        geluid weg.
    .advice =
        - Kijk naar de klok van <from>: een verkeerde bemonstering, of een machine die uit de pas loopt of overbelast is.

rule-d48-slow =
    .verdict = <from> stuurt <figure> % langzamer dan zijn eigen klok zegt: de buffer van <to> raakt leeg, en het geluid heeft
        gaten.
    .advice =
        - Kijk naar de klok van <from>: een verkeerde bemonstering, of een machine die uit de pas loopt of overbelast is.

rule-d48-unmarked =
    .verdict = De pakketten van <from> naar <to> dragen geen voorrangsmerk (DSCP <own>), die in de andere richting wel
        (DSCP <other>): routers behandelen ze als elke download.
    .advice =
        - Laat <from> het geluid merken met DSCP 46 (EF), en kijk of een router of switch onderweg dat merk weghaalt.

rule-d48-remarked =
    .verdict = De pakketten van <from> naar <to> kregen onderweg een ander merk: DSCP <own> op het ene meetpunt, DSCP <other> op
        het andere.
    .advice =
        - Kijk naar de router of switch daartussen: welke merken vertrouwt die, en welke haalt die weg?

rule-d48-unopened =
    .verdict = Beide kanten zochten met ICE een weg voor hun media en vroegen <requests> keer langs <pairs> wegen, en niets
        antwoordde: er is geen weg open.
    .advice =
        - Laat firewalls UDP tussen de twee door, of geef beide een TURN-server.
        - Kijk naar de kandidaten in de sessiebeschrijvingen: alleen interne adressen zijn van buiten niet te bereiken.

rule-d48-conflict =
    .verdict = Beide kanten willen in ICE dezelfde rol: <conflicts> vragen werden daarom geweigerd (487), en er ging geen weg
        open.
    .advice =
        - Een van de twee wisselt na een 487 niet van rol; werk die bij, en kijk of een server ertussen verandert wie aanbiedt
            en wie antwoordt.

rule-d48-unchosen =
    .verdict = ICE opende een weg (<answers> antwoorden), en geen van beide kanten koos die: het zoeken werd nooit afgemaakt en
        er kwamen geen media.
    .advice =
        - Kijk naar de kant die het aanbod deed: die moet een weg kiezen. Is een kant "ice-lite", dan kiest de andere.

rule-d48-rekeyed =
    .verdict = <party> vertelde een nieuwe sleutel voor zijn media en ging door met dezelfde stroom (<from>); <seconds> s later
        hing iemand op. Misschien nam de andere kant die sleutel niet over en hoorde die ruis of niets.
    .advice =
        - Kijk in het log van wie ontvangt: fouten van SRTP vanaf dat moment?
        - Laat <party> zijn sleutel houden als het een gesprek wijzigt, of met een nieuwe sleutel een nieuwe stroom beginnen.
