### Regels over bereik en transport. Waarde: de titel. Attributen: verdict, advice, raise, why-….

rule-d01 = Geen enkel antwoord
    .advice =
        - Vraag hetzelfde adres met "ringback ping" over UDP en over TCP.
        - Vergelijk adres en poort met DNS en de configuratie; kijk of de dienst draait en daar luistert.
        - Kijk naar de firewall aan beide kanten en naar de lijst van adressen die de andere kant toelaat.
    .raise =
        - Neem ook aan de andere kant op: dat toont of het verzoek aankomt.
    .why-first = het verzoek
    .why-last = de laatste kopie; hier kwam niets terug
    .why-lives = dit beantwoordde dezelfde partij wel

rule-d01-silent =
    .verdict = <method> is in <seconds> s <copies> keer naar <peer> gestuurd en op de plaats van de opname kwam
        niets terug: een verkeerd adres, een firewall, of een dienst die niet draait.

rule-d01-lives =
    .verdict = <method> is in <seconds> s <copies> keer naar <peer> gestuurd en er kwam niets terug, terwijl
        dezelfde partij andere verzoeken wel beantwoordde: dit verzoek of het antwoord raakt onderweg kwijt, of de
        partij negeert het.
    .advice =
        - Vergelijk dit verzoek met het verzoek dat wel beantwoord is: lengte (boven 1300 bytes valt het in
          fragmenten uiteen), bronadres, gebruiker.
        - Kijk of de andere kant de bron of de gebruiker heeft geblokkeerd.
        - Probeer hetzelfde over TCP.

rule-d01-receiver =
    .verdict = <method> kwam in <seconds> s <copies> keer bij <peer> aan en die stuurde niets terug.
    .advice =
        - Het verzoek komt aan: kijk naar de server daar, naar het log en de lijst van toegelaten of geblokkeerde
          adressen.
        - Kijk of de dienst op precies dit adres en deze poort luistert.

rule-d02 = Poort gesloten of geweigerd
    .advice =
        - Kijk of de server draait en op <peer> luistert over UDP; probeer ook TCP.
        - Vergelijk adres en poort met DNS en de configuratie.
    .why-reported = het netwerk stuurde dit terug: <from> meldt het
    .why-request = het verzoek dat verder moest
    .why-refused = geweigerd met <code>, zonder verbinding

rule-d02-port =
    .verdict = De host van <peer> is er, maar niemand luistert op die poort over UDP.

rule-d02-host =
    .verdict = <from> meldt dat er geen weg is naar <peer>.
    .advice =
        - Kijk naar de routes en verbindingen met dat netwerk, en of de host aan staat.
        - Vergelijk het adres met DNS en de configuratie.

rule-d02-filtered =
    .verdict = Een filter bij <from> weigert pakketten naar <peer>.
    .advice =
        - Laat de firewall bij <from> SIP naar <peer> door.
        - Kijk naar de lijst van adressen die de andere kant toelaat.

rule-d02-connection =
    .verdict = <peer> weigerde de verbinding waar <server> om vroeg (TCP), en daarna weigerde <server> de oproep.
    .advice =
        - Kijk of <peer> draait en daar luistert over TCP; misschien kan hij alleen UDP.
        - Vergelijk adres en poort met DNS en de configuratie van <server>.
    .raise =
        - Lees het logboek van <server>: daar staat voor welke oproep die verbinding werd geopend.

rule-d02-no-connection =
    .verdict = <peer> antwoordde niet toen <server> om een verbinding vroeg (TCP), en daarna weigerde <server> de oproep.
    .advice =
        - Kijk of de host van <peer> aan staat, en laat de firewalls onderweg TCP naar die poort door.
        - Vergelijk adres en poort met DNS en de configuratie van <server>.
    .raise =
        - Lees het logboek van <server>: daar staat voor welke oproep die verbinding werd geopend.

rule-d03 = Domeinnaam leidt niet naar een server
    .advice =
        - Vraag <name> op bij de DNS-server die <server> gebruikt ("dig <name> <record>"), en vergelijk dat met wat de
          eigenaar van de naam bekendmaakt.
        - Kijk of het domein goed gespeld is in het gekozen adres en in de configuratie van <server>.
    .raise =
        - Lees het logboek van <server>: daar staat voor welke oproep die naam werd opgezocht.
    .why-request = het verzoek dat verder moest
    .why-refused = geweigerd met <code>, na de opzoeking in pakket <frame>
    .why-challenge = vraagt om een wachtwoord
    .why-late = dat komt <seconds> s later; pakket <frame> vraagt naar de naam

rule-d03-absent =
    .verdict = <name> bestaat niet in DNS, kreeg <server> te horen (pakket <frame>), en daarna weigerde <server> de oproep.

rule-d03-empty =
    .verdict = <name> heeft geen adres in DNS, kreeg <server> te horen (pakket <frame>), en daarna weigerde <server> de
        oproep.
    .advice =
        - Geef <name> een adres (A of AAAA), of SRV-records die leiden naar hosts die er een hebben.

rule-d03-failed =
    .verdict = De DNS-server kon de vraag van <server> naar <name> niet beantwoorden (code <rcode>, pakket <frame>), en
        daarna weigerde <server> de oproep.
    .advice =
        - Kijk naar de DNS-server: DNSSEC, zijn weg naar de servers van het domein, en of <server> er mag vragen.

rule-d03-silent =
    .verdict = <server> vroeg DNS naar <name> (<record>, pakket <frame>), kreeg binnen <seconds> s geen antwoord en
        weigerde de oproep.
    .advice =
        - Kijk of de DNS-server van <server> draait, en of firewalls zijn antwoorden doorlaten.
        - Geef <server> een tweede DNS-server.

rule-d03-slow =
    .verdict = <server> deed er <seconds> s over om zijn wachtwoord te sturen; intussen vroeg hij DNS naar <name>
        (<record>) en kreeg geen antwoord.
    .advice =
        - Kijk of de DNS-server van <server> draait en ook vragen naar <record> beantwoordt, al is het met "niets".
        - Geef <server> een tweede DNS-server, of het adres van zijn proxy in plaats van een naam.
    .raise =
        - Neem ook bij de DNS-server op: dat toont of de vraag aankomt.

rule-d04 = TLS geweigerd op weg naar de volgende stap
    .verdict = <server> weigerde de oproep vlak nadat TLS tussen <from> en <to> was mislukt (melding <alert>).
    .advice =
        - Bekijk het certificaat van <peer> met "ringback ping" over TLS, en het logboek van <server>.
    .raise =
        - Lees het logboek van <server>: daar staat voor welke oproep die verbinding werd geopend.
    .why-request = het verzoek dat verder moest
    .why-refused = geweigerd met <code>, na de melding

rule-d04-expired =
    .verdict = <from> liet <to> weten dat zijn certificaat is verlopen, en daarna weigerde <server> de oproep.
    .advice =
        - Vernieuw het certificaat van <to>, en controleer de klok van <from>.

rule-d04-certificate =
    .verdict = <from> aanvaardt het certificaat van <to> niet (melding <alert>), en daarna weigerde <server> de oproep.
    .advice =
        - Laat <to> zijn hele keten tonen, zonder de wortel, en laat <from> die uitgever vertrouwen.
        - Controleer of het certificaat het domein van het SIP-adres noemt, en niet alleen de computer.

rule-d04-name =
    .verdict = <from> heeft geen certificaat voor de naam waar <to> om vroeg, en daarna weigerde <server> de oproep.
    .advice =
        - Geef <from> een certificaat voor het domein van het SIP-adres, of verbeter de naam in de route.

rule-d04-asked =
    .verdict = <from> wil een certificaat van <to> zien en kreeg er geen, en daarna weigerde <server> de oproep.
    .advice =
        - Geef <to> een eigen certificaat, of laat <from> er niet om vragen.

rule-d04-common =
    .verdict = <from> en <to> werden het niet eens over een versie of versleuteling van TLS (melding <alert>), en daarna
        weigerde <server> de oproep.
    .advice =
        - Zorg dat beide kanten TLS 1.2 of 1.3 met AES-GCM kunnen; ga na of de poort wel TLS spreekt.

rule-d05 = Bericht te groot voor UDP
    .advice =
        - Gebruik TCP of TLS op dit traject: een verzoek dat op 200 bytes na de grens van de weg haalt, of langer is
          dan 1300 bytes, mag niet over UDP.
        - Maak het korter: minder codecs en ICE-kandidaten, korte kopregels.
        - Laat firewalls en routers fragmenten van IP door.
    .raise =
        - Neem ook aan de andere kant op: fragmenten zonder de rest bewijzen het daar.
    .why-big = <bytes> bytes
    .why-small = een klein verzoek aan dezelfde partij is beantwoord
    .why-last = de laatste kopie; hier kwam niets terug

rule-d05-likely =
    .verdict = <method> van <bytes> bytes ging over UDP naar <peer> zonder enig antwoord, terwijl een klein verzoek
        wel beantwoord is: de fragmenten raken onderweg kwijt.

rule-d05-limit =
    .verdict = <method> van <bytes> bytes is te groot voor een verbinding op de weg naar <peer>, meldt het netwerk.

rule-d06 = Antwoord gaat naar het verkeerde adres
    .advice =
        - Zet rport aan in het toestel.
        - Laat de server antwoorden naar waar een verzoek vandaan komt (rport afdwingen voor toestellen achter NAT).
    .raise =
        - Neem bij de server op, of noem zijn adres met --local.
    .why-request = het verzoek, vanaf <source>
    .why-answer = het antwoord gaat naar <goal>
    .why-again = de client vraagt opnieuw

rule-d06-absent =
    .verdict = Het verzoek kwam van <source>, zijn Via vraagt geen rport, en <code> ging naar <goal>: de client blijft
        vragen.

rule-d06-ignored =
    .verdict = Het verzoek kwam van <source> en vraagt om antwoord daar (rport), maar <code> ging naar <goal>: de
        client blijft vragen.
    .advice =
        - Werk de server bij of stel hem in: een verzoek met rport moet hij naar de bron beantwoorden.

rule-d07 = Antwoord vanaf een ander adres
    .verdict = <asked> is gevraagd en <from> antwoordde <code>: een NAT of firewall gooit dat weg, en de client blijft
        vragen.
    .advice =
        - Bind de server aan het adres waarop hij gevraagd wordt, als hij er meer heeft.
        - Stel een gedeeld adres (VIP) in als bron van wat de server stuurt.
    .raise =
        - Neem ook bij de client op: dat toont of het antwoord aankomt.
    .why-request = vraagt <asked>
    .why-answer = komt van <from>
    .why-again = de client vraagt opnieuw

rule-d08 = De verbinding van het gebelde toestel is weg
    .verdict = De verbinding waarover <device> zich aanmeldde is weg: <server> probeerde er vergeefs een te openen en
        weigerde de oproep.
    .advice =
        - Laat het toestel vaker keep-alives sturen dan de NAT of firewall ertussen vergeet, en zich opnieuw aanmelden
          zodra zijn verbinding verbreekt.
        - Laat <server> nooit zelf een verbinding naar een toestel openen: gebruik die van het toestel (outbound).
    .raise =
        - Neem ook bij het toestel op: dat toont welke kant of welk apparaat de verbinding beëindigde.
    .why-granted = de aanmelding, over de verbinding vanaf <device>
    .why-request = de oproep naar die gebruiker
    .why-refused = geweigerd met <code>

rule-d09 = Misvormd bericht
    .advice =
        - Vergelijk het gemerkte bericht met de grammatica: "ringback parse" wijst de plaats aan.
        - Werk het toestel bij dat het maakte, of wat onderweg berichten herschrijft (SIP ALG).
    .raise =
        - Neem dichter bij de afzender op: was het daar al kapot?
    .why-broken = breekt de grammatica bij byte <at>: <defect>
    .why-request = vraagt
    .why-refused = weigert het: <phrase>

rule-d09-refused =
    .verdict = <message> van <from> klopt niet met de grammatica (<defect>), en <peer> weigerde het daarom (<phrase>).

rule-d09-ignored =
    .verdict = <message> van <from> klopt niet met de grammatica (<defect>), en <peer> antwoordde nooit: servers laten
        vallen wat ze niet kunnen lezen.

rule-d09-answer =
    .verdict = Het antwoord <message> van <from> klopt niet met de grammatica (<defect>), en de andere kant blijft vragen
        alsof het niet gekomen is.

rule-d09-said =
    .verdict = <peer> antwoordde <phrase> op <message> van <from>: het kan dat verzoek niet lezen, al klopt het hier met de
        grammatica.
    .advice =
        - Lees het log van <peer>: welk veld bevalt niet? Misschien leest het zelf te streng.
        - Laat wat ongewoon is in het verzoek stuk voor stuk weg.

rule-d10 = Rondlopend verzoek
    .advice =
        - Kijk welke regel het verzoek terugstuurt: meestal weet een proxy niet dat een domein van hemzelf is, of
          sturen twee systemen onbekende nummers naar elkaar door.
    .raise =
        - Neem op bij de systemen onderweg: hun Via-velden tonen de kring.
    .why-request = het verzoek
    .why-answer = zegt <code>

rule-d10-round =
    .verdict = Het verzoek loopt rond: <detail>; <hop> maakte er met <code> een eind aan.

rule-d10-low =
    .verdict = Het verzoek begon met Max-Forwards <detail>, te weinig voor de weg; <hop> maakte er met <code> een eind
        aan.
    .advice =
        - Laat het toestel beginnen met Max-Forwards 70.

rule-d10-breadth =
    .verdict = Het verzoek mag naar <detail> plaatsen tegelijk (Max-Breadth), en <hop> had er meer: het eindigde met
        <code>.
    .advice =
        - Laat minder toestellen van de gebruiker zich aanmelden, of laat de beller, of wie eerder splitst, er meer toe
          (60 is gewoon).

rule-d10-hops =
    .verdict = <hop> zei <code>: waarschijnlijk loopt het verzoek rond.

rule-d10-merged =
    .verdict = Hetzelfde verzoek bereikte <hop> langs twee wegen, en het tweede kreeg <code>.
    .advice =
        - Zorg dat geen twee doelen van een splitsing naar dezelfde server leiden.

rule-d10-said =
    .verdict = <hop> zei <code>: die heeft dit verzoek eerder gezien.

rule-d43 = Router herschrijft berichten (SIP ALG)
    .verdict = Tussen <source> en <goal> is <field> van <message> veranderd: <before> werd <behind>. Dat doet een SIP
        ALG.
    .advice =
        - Zet de SIP ALG in de router of firewall uit (ook wel SIP helper, SIP inspection of SIP fixup).
        - Kan dat niet, gebruik dan TLS, of een andere poort dan 5060.
    .raise =
        - Neem aan beide kanten van de router op.
    .why-before = vóór de router: <before>
    .why-behind = erachter: <behind>

rule-d43-signs =
    .verdict = In wat <party> stuurde staan adressen van binnen en van buiten de router, en de media lijden eronder (samen
        <signs> tekenen): waarschijnlijk herschreef een SIP ALG het.
    .why-via = Contact en Via noemen verschillende kanten van de router: <inside> en <outside>
    .why-origin = de regels o= en c= noemen verschillende kanten van de router: <inside> en <outside>
    .why-call-id = Contact en Call-ID noemen verschillende kanten van de router: <inside> en <outside>
    .why-length = Content-Length scheelt precies zoveel als <inside> en <outside> in lengte verschillen
    .why-one-way = na dit antwoord komt er maar in één richting geluid langs
    .why-unheard = na dit antwoord meldt een kant (RTCP) dat die de andere niet hoort
    .why-refused = na dit antwoord stuurt het netwerk media terug: niemand luistert daar

rule-d49 = Kwijt tussen twee meetpunten
    .verdict = <message> van <source> naar <goal> is gezien door meetpunt <from> en niet door meetpunt <by>: het raakte
        daartussen kwijt (kopieën: <copies>).
    .advice =
        - Kijk wat er tussen de twee zit: een firewall, NAT, VPN of een volle lijn.
        - Vergelijk met kleinere berichten en met TCP: raken alleen grote kwijt, dan zijn het fragmenten van IP.
    .raise =
        - Laat servers die met HEP melden wat ze zien dat over TCP doen, zodat geen melding verloren gaat.
    .why-seen = alleen gezien door meetpunt <from>
    .why-last = de laatste kopie die alleen meetpunt <from> zag
    .why-after = dit ziet meetpunt <by> wel

rule-d49-once =
    .verdict = <message> van <source> naar <goal> raakte kwijt tussen meetpunt <from> en meetpunt <by>; een kopie kwam wel
        aan.
