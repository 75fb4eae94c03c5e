### Regels over wat er binnen een gesprek gebeurt. Waarde: de titel. Attributen: verdict, advice, raise, why-….

rule-d37 = De weg terug mist de proxy
    .advice =
        - Laat de proxy Record-Route aan de INVITE toevoegen, en twee keer als transport of netwerk verandert.
    .raise =
        - Neem op bij de proxy: dan zijn beide kanten tegelijk te zien.
    .why-through = kwam langs de proxy
    .why-answer = vertelt langs welke weg het terug moet
    .why-past = gaat langs de proxy heen, en mislukt

rule-d37-missing =
    .verdict = Het gesprek ging langs <proxy>, die niet vroeg erin te blijven (geen Record-Route). <method> van <sender> ging
        rechtstreeks naar <target> en kwam niet aan.

rule-d37-ignored =
    .verdict = <sender> hoort <method> langs <routes> te sturen, en stuurde het rechtstreeks naar <target>, waar het niet
        aankwam.
    .advice =
        - Herstel <sender>: die moet de Record-Route van het antwoord als route houden.

rule-d38 = Ophangen komt niet aan
    .advice =
        - Kijk naar Contact en Record-Route van het antwoord: de BYE gaat daarheen en moet er kunnen komen.
        - Een sessietimer of een grens aan stilte beëindigt zulke gesprekken aan de kant die er niets van hoorde.
    .raise =
        - Neem ook bij <peer> op: komt de BYE daar aan?
    .why-bye = hangt op
    .why-last = de laatste kopie; er kwam niets terug
    .why-refused = weigert met <code>

rule-d38-silent =
    .verdict = De BYE is naar <peer> gestuurd en er kwam niets terug: daar loopt het gesprek misschien door, op de
        rekening.

rule-d38-ghost =
    .verdict = De BYE is naar <peer> gestuurd en er kwam niets terug, en de media liepen erna door: de andere kant weet
        niet dat het gesprek voorbij is.

rule-d38-refused =
    .verdict = <peer> weigerde de BYE met <code>: daar loopt het gesprek misschien door, op de rekening.
    .advice =
        - Kijk waarom <peer> die niet aanneemt: ophangen vraagt binnen een gesprek geen toestemming en is niet te weigeren.

rule-d39 = De andere kant kent het gesprek niet
    .advice =
        - Is <peer> herstart, of is het een van meer servers? Dan moeten verzoeken van één gesprek bij dezelfde komen.
        - Een abonnement dat onbekend is, moet opnieuw worden aangevraagd.
    .raise =
        - Neem ook het begin van het gesprek op, en aan beide kanten.
    .why-made = het gesprek begint met deze tags
    .why-end = had het beëindigd
    .why-request = hoort bij het gesprek
    .why-refused = is daar onbekend

rule-d39-lost =
    .verdict = <peer> antwoordde 481 op <method>: het is het gesprek kwijt waar dat bij hoort, of het verzoek kwam bij
        een andere server dan die het gesprek heeft.

rule-d39-changed =
    .verdict = <peer> antwoordde 481 op <method>, want de tags zijn niet die waarmee het gesprek begon: iets onderweg
        verandert ze, of de afzender haalt twee gesprekken door elkaar.
    .advice =
        - Vergelijk de tags in From en To van beide berichten; herstel de afzender, of zet uit wat ze herschrijft (SIP ALG).

rule-d39-ended =
    .verdict = <peer> antwoordde 481 op <method>: het gesprek was al voorbij, en de BYE aangenomen.
    .advice =
        - Herstel de afzender: na een BYE hoort er niets meer bij het gesprek.

rule-d40 = Een sessietimer beëindigde het gesprek
    .advice =
        - Laat de kant die dat het best kan het gesprek vernieuwen (refresher), met een re-INVITE als UPDATE niet aankomt.
        - Kijk of verzoeken binnen het gesprek aankomen: Contact, Record-Route, firewalls.
    .raise =
        - Neem op bij de kant die moet vernieuwen: probeert die het?
    .why-agreed = spreekt de termijn af
    .why-tried = probeert te vernieuwen
    .why-answer = neemt op
    .why-bye = hangt op als de tijd om is

rule-d40-unrenewed =
    .verdict = Het gesprek moest binnen <interval> s vernieuwd worden, en niemand deed dat; <party> hing na <seconds> s op,
        zoals het hoort.

rule-d40-failed =
    .verdict = Het gesprek moest binnen <interval> s vernieuwd worden, en dat mislukte (<code>); <party> hing na <seconds> s
        op.

rule-d40-round =
    .verdict = <party> hing na <seconds> s op, en een ander gesprek eindigde hier net zo: een timer of een grens doet dat, geen
        mens.
    .advice =
        - Zoek in <party> naar sessietimers, of naar een grens aan hoe lang gesprekken mogen duren.

rule-d41 = Wijzigen van het gesprek mislukt
    .advice =
        - Werk de software bij van de kant die genoemd is, of zet uit wat het gesprek wijzigt (wacht, codec, beeld).
    .why-request = wijzigt het gesprek
    .why-refused = weigert dat met <code>
    .why-shown = hieruit blijkt het

rule-d41-dropped =
    .verdict = Een wijziging van het gesprek is geweigerd met <code>, en <millis> ms later werd opgehangen. Na een
        geweigerde wijziging hoort het gesprek te blijven zoals het was.
    .advice =
        - Herstel de kant die ophangt: die moet doorgaan met de media die er waren.

rule-d41-glare =
    .verdict = Beide kanten wijzigden het gesprek tegelijk (<code>), en <client> probeerde het na <millis> ms opnieuw:
        te vroeg, zodat ze weer botsten. Wie belde, wacht 2,1 tot 4 s, de ander hooguit 2 s.

rule-d41-order =
    .verdict = <peer> weigerde <method> met <code>: het nummer in CSeq is niet hoger dan dat van een eerder verzoek van
        <client>.
    .advice =
        - Herstel <client>: elk verzoek binnen een gesprek heeft een hoger nummer. Twee programma's die één gesprek delen,
          geven dit ook.

rule-d41-overlap =
    .verdict = <peer> weigerde <method> met <code>: een eerder verzoek van <client> was nog niet beantwoord.
    .advice =
        - Herstel <client>: een wijziging wacht tot de vorige een eindantwoord heeft.

rule-d41-unrepeated =
    .verdict = Beide kanten wijzigden het gesprek tegelijk (<code>), en geen van beide probeerde het opnieuw: wat <client>
        wilde, is niet gebeurd.
    .advice =
        - Herstel <client>: na 491 probeert die het opnieuw, na 2,1 tot 4 s als die belde, anders binnen 2 s.

rule-d42 = Doorverbinden mislukt
    .advice =
        - Lees het antwoord in het gemerkte bericht: het komt van het nieuwe gesprek, niet van het doorverbonden gesprek.
        - Kan wie het gevraagd is, <target> bereiken? Een intern adres van de andere kant werkt daar vaak niet.
    .raise =
        - Neem ook het nieuwe gesprek op.
    .why-refer = vraagt door te verbinden
    .why-told = vertelt: <told>
    .why-replaces = noemt het gesprek waarvan het de plaats inneemt

rule-d42-failed =
    .verdict = <peer> is gevraagd <target> te bellen en vertelt dat dat mislukte: <told>. De 202 ervoor betekende alleen dat
        het geprobeerd zou worden.

rule-d42-refused =
    .verdict = <peer> weigerde door te verbinden met <target>: <told>.
    .advice =
        - Sta doorverbinden aan die kant toe (REFER in Allow), of laat de server het zelf doen.

rule-d42-unheard =
    .verdict = <peer> aanvaardde het doorverbinden met <target> en liet nooit weten wat ervan kwam.
    .advice =
        - Kijk of de NOTIFY ergens anders heen gaat (Contact, Record-Route), of helemaal niet weggaat.

rule-d42-replaces =
    .verdict = <peer> antwoordde <told>: het heeft geen gesprek <target> waarvan het nieuwe de plaats kan innemen.
    .advice =
        - Was dat gesprek al voorbij? Of heeft een andere server of een ander toestel het? Stuur het nieuwe gesprek daarheen.

rule-d42-swapped =
    .verdict = <peer> antwoordde <told>, want Replaces noemt het gesprek <target> met de tags verwisseld: to-tag moet de tag
        zijn van de kant die nu gebeld wordt.
    .advice =
        - Herstel wie de Refer-To of de Replaces maakt.

rule-d44 = Afgebroken
    .advice =
        - Kijk naar <party> op dat moment: het log daar vertelt waarom het gesprek eindigde.
    .raise =
        - Neem ook achter <party> op: de reden kan van verderop komen.
    .why-answer = neemt op
    .why-bye = hangt op

rule-d44-told =
    .verdict = Geen mens beëindigde het gesprek: <party> deed het na <seconds> s en zegt waarom (<told>).

rule-d44-brief =
    .verdict = <party> hing <seconds> s na het opnemen op, voordat hier enig geluid langskwam: een machine, of media die de
        ene kant niet neemt.

rule-d44-middle =
    .verdict = Geen van beide kanten hing op: <party>, dat ertussen staat, beëindigde beide kanten na <seconds> s.
    .advice =
        - Kijk in het log van <party>: een grens aan de gespreksduur, een timer voor sessies of stille media, een tegoed dat op
            was, of iemand die het daar beëindigde.
