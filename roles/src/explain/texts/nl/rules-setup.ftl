### Regels over het opzetten van gesprekken. Waarde: de titel. Attributen: verdict, advice, raise, why-….

rule-d29 = Geen gezamenlijke codec of media
    .advice =
        - Zet een codec aan die beide kanten hebben, zoals PCMA of PCMU, en voor breedband G722 of opus.
        - Of laat een server ertussen de media vertalen.
    .raise =
        - Neem een gesprek in de andere richting op: het aanbod daarvan toont wat de gebelde kant kan.
    .why-offer = biedt <detail> aan
    .why-refused = weigert het aanbod met <code>
    .why-warning = zegt waarom: <warning>

rule-d29-disabled =
    .verdict = Het gesprek is geweigerd met <code>, want het aanbod van de beller zet alle media uit (<detail>). Er
        ontbreekt geen codec: het aanbod vraagt om niets.
    .advice =
        - Kijk naar de beller: die biedt poort 0, inactieve media of een leeg adres aan, meestal doordat geen codec
          aan staat of doordat hij geen eigen adres vond.

rule-d29-profile =
    .verdict = Het gesprek is geweigerd met <code>, want de ene kant wil versleutelde media en de andere gewone
        (<detail>), zoals tussen een browser en een gewone telefoon.
    .advice =
        - Zet er een server tussen die media doorgeeft: aan de ene kant SRTP met ICE, aan de andere RTP.
        - Of zet SRTP aan op de telefoon, of uit aan beide kanten.

rule-d29-codecs =
    .verdict = Het gesprek is geweigerd met <code>: de gebelde kant neemt geen van de aangeboden codecs (<detail>).

rule-d29-fax =
    .verdict = Het gesprek is geweigerd met <code>: het vraagt om fax (<detail>) en dat doet de gebelde kant niet.
    .advice =
        - Zet T.38 aan bij de gebelde kant, of stuur de fax als geluid met PCMA of PCMU.

rule-d29-address =
    .verdict = Het gesprek is geweigerd met <code>: het aanbod heeft alleen IPv6-adressen (<detail>) en de gebelde
        kant is met IPv4 bereikbaar.
    .advice =
        - Laat de beller ook een IPv4-adres aanbieden, of zet er een server tussen die media doorgeeft.

rule-d29-type =
    .verdict = Het verzoek is geweigerd met <code>: de inhoud is van een soort die de andere kant niet leest
        (<detail>).
    .advice =
        - Kijk naar Accept in het antwoord en laat de afzender een van die soorten gebruiken; voor gesprekken is dat
          application/sdp.

rule-d29-late =
    .verdict = Het gesprek is geweigerd met <code> hoewel er geen aanbod in zat: de gebelde kant hoort dan zelf een
        aanbod te doen, en doet dat niet.
    .advice =
        - Laat de beller het aanbod in de INVITE zetten; sommige systemen noemen dat "early offer".

rule-d22 = Nummer of adres klopt niet
    .verdict = <peer> weigerde het gesprek naar <user> met <code>: zo'n nummer of adres kent het niet.
    .advice =
        - Vergelijk <user> met hoe dat nummer daar geschreven moet worden: met of zonder +, landnummer, een 0 of 00
          vooraan, of een cijfer voor een buitenlijn.
        - Is het een eigen account? Kijk of het bestaat en geregistreerd is, en of het domein klopt.
    .raise =
        - Neem een gesprek naar hetzelfde nummer op dat wel lukt: daaruit blijkt hoe het geschreven moet worden.
    .why-ringing = gaat over
    .why-refused = weigert het gesprek met <code>
    .why-told = vertelt: <told>

rule-d22-variant =
    .verdict = <peer> weigerde het gesprek naar <user> met <code>, en hetzelfde nummer is als <other> wel aangenomen.
    .advice =
        - Schrijf het nummer als <other>, of laat de server het zo herschrijven.

rule-d22-gone =
    .verdict = <peer> weigerde het gesprek naar <user> met <code>: het nummer was in gebruik en is dat niet meer.
    .advice =
        - Zoek het nieuwe nummer op; vraag bij een eigen nummer de telecomaanbieder of het verhuisd of opgezegd is.

rule-d22-incomplete =
    .verdict = <peer> weigerde het gesprek naar <user> met <code>: er ontbreken cijfers.
    .advice =
        - Kijk naar het kiesplan van de beller: verstuurt die voordat het hele nummer gekozen is?
        - Tel de cijfers van <user>, met netnummer en voorvoegsel.

rule-d22-ambiguous =
    .verdict = <peer> weigerde het gesprek naar <user> met <code>: er kunnen er meer mee bedoeld zijn.
    .advice =
        - Gebruik het volledige adres; in Contact van het antwoord kan staan wat bedoeld kan zijn.

rule-d22-scheme =
    .verdict = <peer> weigerde het gesprek naar <user> met <code>: URI's van die soort bedient het niet.
    .advice =
        - Laat de beller een sip:-URI gebruiken; sips: en tel: worden niet overal bediend.

rule-d24 = Gebelde niet bereikbaar
    .verdict = <peer> antwoordde meteen <code> voor <user>: daar is nu niemand te bereiken. De telefoon kan uit
        staan, niet geregistreerd zijn, of op niet storen staan.
    .advice =
        - Kijk of een telefoon van <user> geregistreerd is, en zet "niet storen" uit.
        - Voeg voicemail of een andere bestemming toe voor als niemand bereikbaar is.
    .raise =
        - Neem bij de registrar op, met de registraties erbij.
    .why-ringing = gaat over
    .why-refused = antwoordt <code>
    .why-told = vertelt: <told>

rule-d24-phone =
    .verdict = <peer>, dat op een telefoon lijkt, antwoordde <code> voor <user>: niet storen, of afgemeld.

rule-d24-rang =
    .verdict = <user> ging <seconds> s over en niemand nam op; toen maakte <peer> er met <code> een eind aan.
    .advice =
        - Voeg voicemail of een andere bestemming toe, of laat langer overgaan.

rule-d25 = Een timer beëindigde het overgaan
    .verdict = <user> ging <seconds> s over en niemand nam op; toen beëindigde een timer het gesprek.
    .advice =
        - Verleng de timer als dat te kort is, of zet er voicemail of een andere bestemming achter.
    .raise =
        - Neem meer gesprekken op die niemand aanneemt: een timer beëindigt ze allemaal na dezelfde tijd.
    .why-ringing = gaat over
    .why-refused = eindigt met <code>
    .why-cancel = stopt het overgaan
    .why-told = vertelt: <told>

rule-d25-server =
    .verdict = <user> ging <seconds> s over en niemand nam op; toen gaf <peer> het op met <code>.

rule-d25-expires =
    .verdict = <user> ging <seconds> s over en niemand nam op; het gesprek eindigde toen de tijd om was die Expires in
        de INVITE toestaat.
    .advice =
        - Verleng de tijd die de beller voor het overgaan toestaat, of zet er voicemail achter.

rule-d25-round =
    .verdict = <user> ging <seconds> s over en niemand nam op; toen werd het gesprek ingetrokken. Een ander gesprek
        ging precies even lang over, dus een timer deed dat en geen mens.

rule-d26 = Het gesprek is ingetrokken
    .verdict = De beller hing op voordat <user> opnam. De <code> volgt daaruit en is geen fout.
    .advice =
        - Er hoeft niets te gebeuren.
    .raise =
        - Reason in de CANCEL zou vertellen waarom die is verstuurd.
    .why-ringing = gaat over
    .why-refused = eindigt met <code>, zoals het hoort
    .why-cancel = trekt het gesprek in
    .why-told = vertelt: <told>

rule-d26-elsewhere =
    .verdict = Het gesprek naar <user> is op een ander toestel aangenomen. De <code> volgt daaruit en is geen fout.
    .advice =
        - Noemt de telefoon het een gemiste oproep? Dan leest die Reason in de CANCEL niet, of laat een server
          onderweg dat weg.

rule-d26-declined =
    .verdict = Het gesprek naar <user> is op een ander toestel geweigerd. De <code> volgt daaruit en is geen fout.

rule-d26-timer =
    .verdict = Een timer trok het gesprek naar <user> in. De <code> volgt daaruit.
    .advice =
        - Verleng de timer als dat te kort is, of zet er voicemail achter.

rule-d26-unseen =
    .verdict = Het gesprek naar <user> eindigde met <code>, en dat volgt uit een CANCEL. De CANCEL is op dit deel van
        de weg niet opgenomen.
    .raise =
        - Neem ook dichter bij de gebelde op.

rule-d27 = CANCEL kruist het opnemen, en niemand hangt op
    .verdict = De beller haakte af terwijl <peer> opnam, en hing daarna niet op: het gesprek blijft staan en kost geld.
    .advice =
        - Verbeter de beller: kruist een antwoord de CANCEL, dan moet hij het meteen bevestigen met ACK en beëindigen met BYE.
        - Kijk de rekening na op zulke gesprekken.
    .raise =
        - Neem op tot het gesprek voorbij is.
    .why-cancel = trekt de oproep in
    .why-answer = neemt op hetzelfde moment op
    .why-bye = maakt er eindelijk een eind aan

rule-d27-late =
    .verdict = De beller haakte af terwijl <peer> opnam, en hing pas <seconds> s later op: zo lang stond het gesprek open en
        kostte het geld.

rule-d28 = CANCEL werkt niet
    .verdict = De beller gaf het op, maar de CANCEL beëindigde niets: <peer> antwoordde <code>.
    .advice =
        - Lees het log van <peer>: een CANCEL hoort de INVITE met dezelfde branch te beëindigen met 487.
    .raise =
        - Neem ook bij <peer> op.
    .why-invite = het gesprek waar het om gaat
    .why-cancel = trekt het gesprek in
    .why-answer = beantwoordt de CANCEL met <code>

rule-d28-early =
    .verdict = De beller gaf het op voordat er iets terugkwam, en de CANCEL beëindigde niets: voor het eerste voorlopige
        antwoord mag er geen CANCEL weg, want die kan het gesprek inhalen.
    .advice =
        - Herstel de beller: houd de CANCEL vast tot er een 1xx is, en stuur er geen als eerst een eindantwoord komt.

rule-d28-other =
    .verdict = De beller gaf het op, en de CANCEL hoort bij geen gesprek: branch, CSeq-nummer, Request-URI en bestemming
        moeten die van de INVITE zijn.
    .advice =
        - Vergelijk beide berichten; herstel de beller, of de server onderweg die er een verandert.

rule-d28-silent =
    .verdict = De beller gaf het op, en de CANCEL is <copies> keer naar <peer> gestuurd zonder antwoord: de server is
        weggevallen sinds die het gesprek aannam, of hoort de beller niet meer.
    .advice =
        - Kijk of <peer> nog draait, en of een firewall de weg terug intussen heeft gesloten.

rule-d28-kept =
    .verdict = <peer> aanvaardde de CANCEL, en het gesprek eindigde niet: er kwam geen eindantwoord op de INVITE.
    .advice =
        - Herstel <peer>: wie een CANCEL aanvaardt, moet de INVITE met 487 beëindigen.

rule-d30 = Antwoord past niet op het aanbod
    .advice =
        - Herstel de kant op <party>, of de server onderweg die sessiebeschrijvingen wijzigt.
    .raise =
        - Neem ook de media op: die laten zien wat ervan komt.
    .why-offer = zegt <line>
    .why-answer = maakt er <line> van
    .why-bye = hangt meteen op

rule-d30-lines =
    .verdict = <party> beantwoordde het aanbod met andere mediaregels, of in een andere volgorde: <offered> werd
        <answered>. Elke regel van een aanbod krijgt in het antwoord zijn eigen regel, met poort 0 als die niet hoeft.

rule-d30-profile =
    .verdict = De ene kant wil versleutelde media en de andere antwoordde met gewone, of omgekeerd: <offered> werd
        <answered>.

rule-d30-codec =
    .verdict = <party> antwoordde met codecs die niet zijn aangeboden: <offered> werd <answered>. Dan verstaat de ene kant
        misschien niet wat de andere stuurt.

rule-d30-number =
    .verdict = <party> gebruikt een payloadnummer voor een andere codec dan het aanbod: <offered> werd <answered>. Wie ze
        verwart, speelt ruis af of niets.

rule-d30-direction =
    .verdict = <party> antwoordde <answered> op <offered>: het wil meer sturen of horen dan is aangeboden.

rule-d30-second =
    .verdict = <party> beschreef de media bij het opnemen opnieuw (<answered>), en anders dan tijdens het overgaan
        (<offered>). De eerste beschrijving telt, zodat geluid misschien heen gaat waar niemand meer luistert.
    .advice =
        - Laat het antwoord dezelfde beschrijving dragen als de 18x ervoor, of geen; verplaats media pas daarna.

rule-d30-version =
    .verdict = <party> veranderde de beschrijving (<offered> werd <answered>) en hield dezelfde versie in o=. Wie versies
        vergelijkt, ziet de verandering niet.

rule-d31 = Bezet of geweigerd
    .verdict = <user> is bezet: in gesprek, of op niet storen (<code>).
    .advice =
        - Er hoeft niets te gebeuren; wisselgesprek of voicemail zou zulke gesprekken opvangen.
    .why-ringing = gaat over
    .why-refused = antwoordt <code>
    .why-told = vertelt: <told>

rule-d31-rejected =
    .verdict = <user> ging over en weigerde toen met <code>: iemand drukte op de knop, of het raakte bezet.

rule-d31-everywhere =
    .verdict = <user> weigerde met <code>, en dat beëindigt het gesprek op alle toestellen.
    .advice =
        - Moeten andere toestellen blijven overgaan? Laat de telefoon dan 486 antwoorden; vele hebben daar een
          instelling voor.
        - Komt het meteen en van een telecomaanbieder, dan kan het blokkering zijn: vraag het daar.

rule-d32 = Server of trunk kan het gesprek niet aan
    .verdict = Bij <peer> ging het mis: <code>.
    .advice =
        - Lees het logboek van <peer> van dat ogenblik.
        - Geef de beller een tweede server om te proberen (meer SRV-records, of een tweede trunk).
    .raise =
        - Neem ook achter <peer> op: de fout kan van verderop komen.
    .why-ringing = gaat over
    .why-refused = faalt met <code>
    .why-told = vertelt: <told>

rule-d32-overload =
    .verdict = <peer> neemt nu geen gesprekken aan (<code>) en zegt wanneer het weer kan: overbelast of in onderhoud.
    .advice =
        - Probeer het niet eerder dan Retry-After zegt.
        - Vergelijk gelijktijdige gesprekken en gesprekken per seconde met wat <peer> aankan.
        - Geef de beller een tweede server om te proberen.

rule-d32-down =
    .verdict = <peer> neemt nu geen gesprekken aan (<code>): overbelast, in onderhoud, of wat erachter nodig is, is weg.
    .advice =
        - Kijk of <peer> draait en zijn trunks geregistreerd zijn; vergelijk gelijktijdige gesprekken met de grens.
        - Geef de beller een tweede server om te proberen (meer SRV-records, of een tweede trunk).

rule-d32-trunk =
    .verdict = Bij <peer> ging het mis: <code>. Het telefoonnet erachter zegt waarom: geen lijn vrij, of het net is
        gestoord.
    .advice =
        - Vergelijk gelijktijdige gesprekken met het aantal afgenomen kanalen.
        - Vraag de telecomaanbieder, met Call-ID en tijd.

rule-d32-gateway =
    .verdict = Bij <peer> ging het mis: <code>. Wat van erachter terugkwam, was onbruikbaar.
    .advice =
        - Vraag wie <peer> beheert, met Call-ID en tijd.

rule-d32-timeout =
    .verdict = Bij <peer> ging het mis: <code>. Een server die het nodig heeft, zoals een naamserver, antwoordde niet
        op tijd.
    .advice =
        - Kijk vanaf <peer> naar de namen die het moet opzoeken en naar de servers erachter.

rule-d33 = Een vereiste extensie ontbreekt
    .advice =
        - Zet de extensie op "ondersteund" en niet op "vereist", of zet haar aan de andere kant aan.
    .raise =
        - Neem een gesprek tussen andere toestellen op: dan blijkt welke van de twee afwijkt.
    .why-request = vraagt
    .why-refused = weigert het
    .why-first = moet met een PRACK bevestigd worden
    .why-last = wordt nog steeds herhaald
    .why-end = geeft het op met <end>

rule-d33-unsupported =
    .verdict = <peer> weigerde <method> met <code>: <client> vereist een extensie die daar ontbreekt (<options>), en
        probeert het niet zonder.

rule-d33-required =
    .verdict = <peer> weigerde <method> met <code>: het staat op een extensie die <client> niet aanbiedt (<options>).

rule-d33-method =
    .verdict = <peer> weigerde <method> met <code>: dat soort verzoek behandelt die niet (wel: <options>).
    .advice =
        - Was het voor een ander bedoeld? Kijk bij wie het adres uitkomt.

rule-d33-event =
    .verdict = <peer> weigerde <method> met <code>: zo'n gebeurtenis kent die niet (wel: <options>).
    .advice =
        - Zet in <client> uit waarvan die bericht wil krijgen, of vraag de server die ervan weet.

rule-d33-unmatched =
    .verdict = <peer> weigerde de PRACK met <code>: er wacht daar geen voorlopig antwoord met de nummers in RAck
        (<options>).
    .advice =
        - Vergelijk RAck met RSeq en CSeq van het voorlopige antwoord; herstel de beller, of wie ze verandert.

rule-d33-unconfirmed =
    .verdict = <peer> stuurde <code> <copies> keer en wil dat bevestigd hebben, en er kwam geen PRACK: het gesprek kan
        niet verder.
    .advice =
        - Zet betrouwbare voorlopige antwoorden (100rel) aan een van beide kanten op "ondersteund" of uit.
        - Kijk naar Contact en Record-Route van dat antwoord: de PRACK gaat daarheen, en komt misschien niet aan.

rule-d34 = Traag overgaan
    .advice =
        - Meet het met andere bestemmingen: is het één aanbieder, of elk gesprek?
    .raise =
        - Neem ook achter <peer> op: dan blijkt welke stap de tijd kost.
    .why-asked = belt
    .why-tried = wordt eerst geprobeerd, en bedient het gesprek niet
    .why-heard = het eerste antwoord, na <heard> s
    .why-ringing = gaat over na <seconds> s

rule-d34-far =
    .verdict = Het gesprek ging na <seconds> s over. <peer> antwoordde na <heard> s; de rest van de tijd verstreek daarachter.
    .advice =
        - Vraag het wie <peer> beheert, met Call-ID en tijd; aanbieders die routes na elkaar proberen, zijn traag.

rule-d34-near =
    .verdict = Het gesprek ging na <seconds> s over, waarvan <heard> s voordat <peer> ook maar iets zei.
    .advice =
        - Kijk wat <peer> doet voor het antwoordt: namen die traag worden opgezocht, een database, een overbelaste server.
        - Of de eerste kopieën van het gesprek raakten onderweg kwijt.

rule-d34-tried =
    .verdict = Het gesprek ging na <seconds> s over, want eerst is <peer> geprobeerd, dat het niet bediende.
    .advice =
        - Laat de server een dode bestemming eerder opgeven (2 tot 5 s), en bewaak de bestemmingen met OPTIONS.

rule-d35 = Iets mis voor het opnemen
    .advice =
        - Laat één kant de wachttoon maken: de telefoon zelf, of wie vroege media stuurt.
    .raise =
        - Neem ook aan de gebelde kant op.
    .why-promised = belooft geluid voor het opnemen
    .why-answer = neemt op
    .why-first = de eerste telefoon neemt op
    .why-second = een andere telefoon neemt ook op

rule-d35-silent =
    .verdict = <peer> beloofde geluid voor het opnemen, en dat kwam er <seconds> s lang niet: de beller hoorde stilte in
        plaats van een wachttoon.
    .advice =
        - Laat <peer> met 180 zonder sessiebeschrijving antwoorden als er geen geluid is, of de toon sturen.
        - Laat de telefoon zelf de toon maken als er binnen een seconde geen geluid is.

rule-d35-unconfirmed =
    .verdict = Twee telefoons namen op, en de beller negeerde de tweede (via <peer>): die blijft om een ACK vragen, en wie
        daar opnam, hoort niets.
    .advice =
        - Herstel de beller: elke 2xx krijgt een ACK, en een gesprek dat niet hoeft daarna een BYE.

rule-d35-kept =
    .verdict = Twee telefoons namen op, en de beller hield ze allebei: bij de tweede (via <peer>) is nooit opgehangen.
    .advice =
        - Herstel de beller: na de ACK hoort bij een gesprek dat niet hoeft een BYE.

rule-d35-several =
    .verdict = Er gingen meer telefoons over, en vóór het opnemen kwam <seconds> s lang tegelijk geluid van <one> en <other>: de
        beller hoort ze door elkaar, of degene die zijn telefoon toevallig koos.
    .advice =
        - Laat de server die splitst het geluid van één telefoon door, of van geen (180 zonder sessiebeschrijving).
        - Laat telefoons die samen overgaan 180 sturen, en mededelingen alleen waar één telefoon gebeld wordt.

rule-d35-lingers =
    .verdict = Er gingen meer telefoons over. Een die niet opnam (via <peer>) ging na het opnemen van een andere nog <seconds> s
        door met geluid naar de beller.
    .advice =
        - Kijk of de CANCEL daar aankwam, en waarom die telefoon daarna doorgaat.
        - Laat de beller alleen geluid aannemen van waar het antwoord zegt.

rule-d36 = Het antwoord is nooit bevestigd: de ACK is weg
    .verdict = <peer> stuurde zijn antwoord <copies> keer in <seconds> s en er kwam geen ACK: zo blijft het gesprek
        niet. Ongeveer 32 s na het opnemen valt het weg, ook als beide kanten elkaar horen.
    .advice =
        - Kijk of de beller het antwoord begrijpt: op elke 2xx hoort een ACK, ook als die hem niet bevalt.
        - Kijk naar Contact en Record-Route van het antwoord: kan de beller bereiken wat daar staat?
        - Zet SIP ALG in routers uit, en laat firewalls door wat de beller binnen het gesprek stuurt.
    .raise =
        - Neem ook bij de beller op: stuurt die een ACK, en waarheen?
    .why-first = neemt het gesprek aan
    .why-last = wordt nog steeds herhaald: <copies> keer verstuurd
    .why-ack = bevestigt: voor <target>, gestuurd naar <sent-to>
    .why-bye = geeft het na <after> s op

rule-d36-unsent =
    .verdict = <peer> stuurde zijn antwoord <copies> keer in <seconds> s. Het kwam bij de beller aan, en die bevestigde
        het nooit.
    .advice =
        - Lees het logboek van de beller: die kon het antwoord, de sessiebeschrijving of Contact niet lezen.

rule-d36-astray =
    .verdict = <peer> herhaalt zijn antwoord (<copies> keer in <seconds> s), want de ACK verdwaalt: die is voor
        <target> en ging naar <sent-to>, en het antwoord vroeg om <contact>.
    .advice =
        - Verzoeken binnen het gesprek gaan naar de Contact van het antwoord, langs Record-Route; verbeter wie deze
          ACK stuurt of herschrijft.
        - Staat er een intern adres in Contact? Verbeter dat, of laat de server het herschrijven.

rule-d36-lost =
    .verdict = <peer> herhaalt zijn antwoord (<copies> keer in <seconds> s) hoewel er ACK's naar <sent-to> gingen: die
        komen niet aan.
    .advice =
        - Kijk naar firewalls tussen <before> en <peer>, en of een proxy onderweg de ACK laat vallen.
    .raise =
        - Neem ook bij de gebelde kant op.
