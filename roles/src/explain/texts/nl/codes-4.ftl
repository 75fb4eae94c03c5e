### Antwoordcodes. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

## Fout in het verzoek: deze server kan dit verzoek niet uitvoeren

code-400 = Het verzoek is verkeerd opgebouwd of spreekt zichzelf tegen. De tekst achter het nummer hoort de fout
    te noemen.
    .sender = Elke server die het verzoek leest; een proxy alleen voor de delen die hij moet begrijpen. Foute
        antwoorden worden nooit beantwoord, maar weggegooid.
    .duty = Hetzelfde verzoek niet ongewijzigd herhalen. Elke onbekende 4xx wordt als deze behandeld.
    .causes =
        - Een verplicht headerveld ontbreekt: Via, From, To, Call-ID of CSeq.
        - CSeq noemt een andere methode dan de eerste regel, of een getal van 2^31 of hoger.
        - Content-Length is langer dan het datagram, of er staan er twee die verschillen.
        - Een router of firewall met "SIP ALG" heeft het bericht herschreven en daarbij beschadigd.
        - Contact: * samen met andere contacten of zonder Expires: 0; twee keer Refer-To of Replaces.
    .remedy =
        - Lees de tekst achter het nummer en Warning, en onderzoek het bericht zoals het aankwam met "ringback
          parse": wat verstuurd is, kan onderweg veranderd zijn.
        - Zet SIP ALG in de router uit; gebruik TLS, dat kan niemand onderweg herschrijven.

code-401 = De server die het verzoek uiteindelijk afhandelt, wil weten wie het vraagt. Het is een vraag om
    inloggegevens, nog geen weigering: normaal als eerste antwoord op REGISTER.
    .sender = Registrars, notifiers, user agents en andere servers die voor zichzelf optreden. Proxy's sturen
        407. Bij ACK en CANCEL wordt er nooit om gevraagd.
    .duty = Voor een van de vragen in WWW-Authenticate de gegevens berekenen en het verzoek opnieuw sturen:
        zelfde Call-ID, CSeq plus één. Stoppen als dezelfde gegevens net geweigerd zijn, tenzij er stale=true
        staat.
    .causes =
        - Normaal: de eerste REGISTER heeft geen inloggegevens.
        - Weer 401 nadat er gegevens gestuurd zijn: verkeerd wachtwoord, verkeerde inlognaam of verkeerde realm.
        - stale=true: de nonce is verlopen; de client herhaalt met de nieuwe en heeft geen ander wachtwoord
          nodig.
        - De client kent alleen MD5 en de server vraagt alleen SHA-256, of omgekeerd.
    .remedy =
        - Steeds weer 401: vergelijk username en realm in Authorization met het account; de inlognaam is vaak
          niet het telefoonnummer.
        - Helemaal geen tweede verzoek na de 401: de client kent het algoritme niet of heeft geen wachtwoord
          voor deze realm.
        - Veel 401 naar onbekende adressen: iemand probeert wachtwoorden te raden. Begrens en blokkeer per
          afzender.

code-402 = Er moet betaald worden. De code is gereserveerd; aanbieders gebruiken haar als het tegoed op is.
    .sender = Platforms voor prepaid en groothandel, bij oproepen die geld kosten.
    .duty = Als 400 behandelen: niet vanzelf herhalen; de tekst achter het nummer tonen.
    .causes =
        - Het tegoed of de bestedingslimiet is op.
        - Het account is geblokkeerd wegens een onbetaalde rekening.
    .remedy =
        - Bekijk tegoed en limieten bij de aanbieder; oproepen naar gratis nummers gaan meestal nog wel.

code-403 = De server heeft het verzoek begrepen en weigert het. Andere inloggegevens helpen niet.
    .sender = Registrar, proxy, telefooncentrale, gateway, aanbieder. Van een gateway: het net heeft de oproep
        geweigerd (oorzaak 21), geblokkeerd voor een gesloten groep (55, 87), dienst niet toegestaan (57).
    .duty = Het verzoek niet herhalen en het niet telkens met inloggegevens proberen.
    .causes =
        - Een gebruiker meldt zich aan of belt op naam van een ander.
        - De bestemming is geblokkeerd: buitenland, betaalnummers, of het account mag niet naar buiten bellen.
        - Het nummer van de beller (From of P-Asserted-Identity) hoort niet bij de klant.
        - Het adres van de afzender staat niet op de lijst van de trunk.
        - Sommige servers antwoorden 403 in plaats van 401 bij een verkeerd wachtwoord of een geblokkeerd
          account.
        - Een ondertekende bellersidentiteit met een oude datum ("Stale Date").
    .remedy =
        - Lees de tekst achter het nummer, Reason en Warning: de meeste servers noemen daar de regel.
        - Vergelijk het nummer van de beller met de nummers die de trunk mag gebruiken, in de schrijfwijze die
          de aanbieder wil.
        - Controleer blokkeringen en rechten van het account; controleer de klok van de machine die ondertekent.

code-404 = De server weet zeker dat deze gebruiker of dit nummer hier niet bestaat.
    .sender = De server van het domein in de Request-URI, of een gateway waarvan het net zo'n nummer niet kent
        of er geen weg heen heeft (oorzaken 1, 2, 3, 26). Wie wel bestaat maar niet is aangemeld is 480; wie
        voorgoed weg is 410.
    .duty = De poging beëindigen; het gekozen nummer klopt niet. In een lopende dialoog is het adres van de
        overkant onbruikbaar geworden: de dialoog eindigt.
    .causes =
        - Tikfout, of een nummer in een schrijfwijze die de server niet verwacht (0031, +31 of 31).
        - Een kiesregel of route voor het nummer ontbreekt.
        - Het domein in de Request-URI is er geen van deze server: een adres in plaats van de naam.
        - Het toestel is op zijn eigen adres gebeld met een gebruikersnaam die het niet kent.
    .remedy =
        - Vergelijk de Request-URI teken voor teken met het account of het kiesplan.
        - Van een gateway: lees de oorzaak in Reason. 1 is een verkeerd nummer, 2 en 3 zijn een routeringsfout
          in het net.

code-405 = De server kent de methode, maar staat haar voor dit adres niet toe.
    .sender = User agents, registrars, redirect- en gebeurtenisservers; een proxy geeft elke methode door. Een
        methode die hier niemand kent, geeft 501.
    .duty = Allow lezen en die methode daar niet meer sturen; een andere weg kiezen, zoals een re-INVITE in
        plaats van UPDATE.
    .causes =
        - REGISTER naar iets dat geen registrar is, vaak door een verkeerd adres van de registrar.
        - INVITE of MESSAGE naar een server die alleen aanmeldt.
        - UPDATE of INFO in een gesprek met een partij die dat niet aanneemt.
    .remedy =
        - Vergelijk de methode met Allow in het antwoord, en het adres met de rol van de server.

code-406 = De server zou alleen kunnen antwoorden met een soort inhoud die Accept in het verzoek uitsluit.
    .sender = User agents en gebeurtenisservers. Het gaat om de inhoud van het antwoord; 415 gaat over de inhoud
        van het verzoek en 488 over het geluid of beeld.
    .duty = Opnieuw proberen met een ruimere Accept, of zonder.
    .causes =
        - Een SUBSCRIBE waarvan Accept geen enkel formaat van dat gebeurtenispakket noemt.
        - Een client met een vreemde Accept in OPTIONS of INVITE.
    .remedy =
        - Herstel Accept bij de afzender; bij een INVITE hoort ten minste application/sdp erin.

code-407 = Een proxy onderweg wil weten wie er belt voordat hij het verzoek doorgeeft. Normaal als eerste
    antwoord op een INVITE via de eigen proxy van de beller.
    .sender = Proxy's, en telefooncentrales die zo optreden. Servers die het verzoek zelf afhandelen sturen 401.
        Bij ACK en CANCEL wordt er nooit om gevraagd.
    .duty = Het verzoek opnieuw sturen met Proxy-Authorization voor die realm, CSeq plus één; die bewaren voor
        latere verzoeken van hetzelfde gesprek. Bij een gesplitst verzoek kunnen meer proxy's tegelijk vragen:
        beantwoord ze alle.
    .causes =
        - Normaal: de eerste INVITE heeft geen inloggegevens.
        - Weer 407: verkeerd wachtwoord of verkeerde inlognaam, of de client antwoordt voor een andere realm.
        - Oproepen mislukken met 407 terwijl aanmelden lukt: de client heeft geen gegevens voor uitgaande
          oproepen, of de trunk had aan zijn adres herkend moeten worden.
    .remedy =
        - Vergelijk realm, username en het algoritme met het account.
        - Bij trunks op adres: controleer of de oproepen echt van het adres komen dat de aanbieder kent.

code-408 = Er kwam niet op tijd antwoord. Over de gebruiker is niets bekend: iemand die moest antwoorden, deed
    dat niet.
    .sender = Een proxy waarvan geen tak een definitief antwoord op de INVITE gaf, een wachtrij waarvan de
        langste wachttijd om was, een gateway bij oorzaak 18. Clients maken het ook zelf als een transactie
        verloopt. Op andere methoden dan INVITE wordt het niet gestuurd.
    .duty = Het verzoek mag later opnieuw geprobeerd worden. In een gesprek geldt het als verlopen: beëindig het
        met BYE. Na een mislukte REGISTER niet meteen opnieuw proberen.
    .causes =
        - De registratie van het toestel bestaat nog, maar het toestel is weg: uitgezet, ander netwerk,
          adresvertaling verlopen.
        - Een firewall houdt de INVITE tegen, vaak omdat die groter is dan één UDP-pakket en in stukken aankomt.
        - De volgende schakel ligt plat en een andere was niet bekend.
        - 32 seconden stilte zonder enig voorlopig antwoord: Timer B.
    .remedy =
        - Zoek de schakel waarachter niets terugkomt: de laatste 100 laat zien hoe ver de INVITE kwam.
        - Grote INVITE over UDP: ga over op TCP, of maak hem korter (minder codecs).
        - Dode registraties: kortere termijn, keep-alives, outbound (RFC 5626).
        - Was er niemand aangemeld? Een gebruiker zonder registratie geeft 480, geen 408.

code-410 = De gebruiker of het nummer was hier, is voorgoed weg en heeft geen nieuw adres achtergelaten.
    .sender = De server van het domein; een gateway bij een gewijzigd nummer zonder het nieuwe (oorzaak 22) en
        bij oorzaak 23.
    .duty = De poging beëindigen en het adres uit adresboeken en caches halen.
    .causes =
        - Een nummer is opgezegd of naar elders overgezet.
        - Een account is verwijderd en het adres wordt niet opnieuw uitgegeven.
    .remedy =
        - Zoek het nieuwe nummer op en verbeter het opgeslagen. Hoort het te werken, laat dan de houder van het
          nummer de routering nakijken.

code-411 = Er is een lengte nodig: Content-Length ontbreekt. De code stamt uit de eerste SIP (RFC 2543) en is
    niet meer geregistreerd.
    .sender = Oude servers; sommige gebruiken haar voor een bericht zonder Content-Length over TCP of TLS, waar
        het einde van het bericht anders niet te vinden is.
    .duty = Het verzoek met de juiste Content-Length sturen, of de code als 400 behandelen.
    .causes =
        - Een client of testscript dat over TCP geen Content-Length stuurt.
        - Iets onderweg heeft het veld verwijderd of bedorven.
    .remedy =
        - Laat de afzender in elk bericht over TCP en TLS Content-Length zetten.

code-412 = De voorwaarde van het verzoek klopt niet: de publicatie die het wil wijzigen is niet de geldende.
    .sender = Een gebeurtenisserver, op een PUBLISH waarvan SIP-If-Match geen publicatie noemt die hij heeft.
    .duty = Niet herhalen. De entity-tag vergeten en opnieuw publiceren, met de volledige inhoud en zonder
        SIP-If-Match.
    .causes =
        - De publicatie is verlopen, vaak doordat de client sliep of zijn netwerk kwijt was.
        - De server is herstart en was haar vergeten.
        - Twee verzoeken kruisten elkaar, en de client gebruikte een oude tag.
    .remedy =
        - Af en toe normaal. Komt het vaak voor: verleng ruim voor het verlopen, en stuur nooit twee PUBLISH
          tegelijk.

code-413 = De inhoud van het verzoek is langer dan de server aanneemt.
    .sender = User agents, registrars, gebeurtenis- en berichtenservers. Is het hele bericht te groot, dan is
        het 513.
    .duty = Minder of geen inhoud sturen. Met Retry-After kan hetzelfde later wel lukken.
    .causes =
        - Een lange tekst of een afbeelding in een MESSAGE.
        - Een SDP met heel veel codecs en kandidaten.
        - Een groot presencedocument of een lange lijst.
    .remedy =
        - Kort de inhoud in of stuur een koppeling; haal ongebruikte codecs weg; verhoog de grens als het uw
          eigen server is.

code-414 = De Request-URI is langer dan de server aanneemt.
    .sender = Elke server.
    .duty = Die URI niet meer gebruiken.
    .causes =
        - Een proxy of client die bij elke schakel of omleiding parameters aan de URI toevoegt.
        - Een test of een aanval.
    .remedy =
        - Bekijk de URI: wat zich daarin herhaalt, wijst aan wie het toevoegt.

code-415 = De server begrijpt het soort inhoud in het verzoek niet: het type, de compressie of de taal. Het gaat
    niet over codecs: die geven 488.
    .sender = User agents, gebeurtenisservers, gateways. Het antwoord zegt in Accept, Accept-Encoding of
        Accept-Language wat wel kan.
    .duty = Het verzoek opnieuw sturen met inhoud die daar genoemd wordt.
    .causes =
        - Een INVITE met iets anders dan SDP, of met multipart naar een toestel dat alleen SDP aanneemt.
        - Een MESSAGE in HTML of met een bestand, naar een toestel dat alleen platte tekst aanneemt.
        - INFO met DTMF in een formaat dat de overkant niet kent.
    .remedy =
        - Vergelijk Content-Type van het verzoek met Accept van het antwoord. Wijzig het formaat van DTMF of
          berichten in de instellingen van de afzender.

code-416 = De server kan met dit soort URI niet overweg.
    .sender = Proxy's, redirectservers en user agents, als de Request-URI tel:, sips: of iets anders is dat zij
        niet kennen.
    .duty = Het verzoek opnieuw sturen met een sip:-URI, een telefoonnummer bijvoorbeeld als
        sip:nummer@domein;user=phone. Van sips: nooit ongevraagd sip: maken.
    .causes =
        - Een tel:-URI naar een server zonder kiesplan daarvoor.
        - sips: naar een server zonder TLS.
    .remedy =
        - Laat de client sip:-adressen kiezen, of geef de server een regel voor tel:-nummers.

code-417 = Het verzoek eist voorrang, en geen van de voorrangswaarden erin is hier bekend.
    .sender = Proxy's, gateways en toestellen in netten met voorrang voor oproepen (Resource-Priority).
    .duty = Opnieuw proberen met een waarde uit Accept-Resource-Priority, of zonder de eis.
    .causes =
        - Voorrangsnamen van het ene net in een ander net gebruikt.
    .remedy =
        - Stel de voorrangsnamen in die het net gebruikt; laat resource-priority bij gewone oproepen uit Require
          weg.

code-420 = Het verzoek eist een uitbreiding die de server niet heeft. Unsupported noemt welke.
    .sender = De gebelde kant bij Require; een proxy bij Proxy-Require; de registrar als hij Path niet mag
        gebruiken.
    .duty = Het verzoek opnieuw sturen zonder de uitbreidingen in Unsupported, of opgeven als het zonder geen
        zin heeft.
    .causes =
        - Een client die 100rel, timer of precondition eist waar de overkant dat niet heeft.
        - Een session border controller die voor eigen doeleinden Require toevoegt.
    .remedy =
        - Zet de uitbreiding in Supported in plaats van in Require. Vergelijk Require met Unsupported.

code-421 = De server heeft een uitbreiding nodig die de client niet noemde. Require zegt welke.
    .sender = Lijst- en gebeurtenisservers die eventlist nodig hebben, edge proxy's die path nodig hebben,
        servers die op een beveiligingsafspraak staan.
    .duty = Heeft de client de uitbreiding, dan het verzoek opnieuw sturen met haar in Supported (of Require).
        Anders opgeven.
    .causes =
        - Een abonnement op een lijst door een client zonder eventlist.
        - Een mobiel net of toegangsnet dat op zijn eigen procedures staat.
    .remedy =
        - Zet de uitbreiding in de client aan, of verlicht de eis op de server.

code-422 = De gevraagde sessietimer is korter dan iemand onderweg toestaat.
    .sender = De gebelde kant of een proxy, op een INVITE of UPDATE met een Session-Expires onder zijn minimum.
    .duty = Het verzoek opnieuw sturen met Session-Expires en Min-SE niet onder de Min-SE van het antwoord. Het
        lopende gesprek gaat door.
    .causes =
        - Sessietimers op minder dan 90 s, of onder het minimum van de aanbieder.
        - Elke schakel verhoogt het minimum, zodat er twee of drie rondes nodig zijn.
    .remedy =
        - Zet de sessietimer op 1800 s, tenzij er een reden voor minder is.

code-423 = De gevraagde looptijd is te kort voor de server.
    .sender = Registrars (REGISTER), gebeurtenisservers (SUBSCRIBE, PUBLISH) en edge proxy's. Het is nooit het
        antwoord op een looptijd van 0, want die verwijdert.
    .duty = Opnieuw vragen met ten minste Min-Expires.
    .causes =
        - De registratietermijn op het toestel is korter dan het minimum van de registrar.
        - Heel vaak aanmelden om de adresvertaling van een router open te houden.
    .remedy =
        - Zet de termijn op Min-Expires of meer. Gebruik keep-alives (CRLF of STUN) om een adresvertaling open
          te houden.

code-424 = De locatie die bij het verzoek zat, is onbruikbaar.
    .sender = Hulpdiensten en andere diensten die op locatie routeren. Geolocation-Error zegt wat eraan
        mankeert.
    .duty = De locatie herstellen en het hooguit een paar keer opnieuw proberen. Een lopend gesprek eindigt er
        nooit door.
    .causes =
        - Een beschadigd of onvolledig locatiedocument.
        - Een verwijzing naar een locatie die niet op te halen is of niet opgehaald mag worden.
    .remedy =
        - Lees het getal in Geolocation-Error: 100 is onbruikbaar, bij 200 tot 202 ontbreekt toestemming, 300 is
          niet op te halen.

code-425 = De alarmmelding in het verzoek is te beschadigd om er iets mee te doen.
    .sender = Hulpdiensten die meldingen in het Common Alerting Protocol aannemen.
    .duty = De melding herstellen en opnieuw sturen. AlertMsg-Error noemt de fout.
    .causes =
        - Afgebroken of ongeldige XML, of helemaal geen melding waar die werd aangekondigd.
    .remedy =
        - Controleer de melding voor het versturen, en let erop dat grote meldingen niet over UDP gaan.

code-428 = Oproepen van deze afzender moeten een ondertekende bellersidentiteit hebben, en deze heeft er geen
    die bruikbaar is.
    .sender = Een verificatiedienst (STIR), bij afzenders voor wie ondertekening verplicht is.
    .duty = De ondertekendienst, niet het toestel, ondertekent en probeert het eenmaal opnieuw.
    .causes =
        - Oproepen gaan buiten de ondertekendienst om.
        - Iets onderweg heeft het headerveld Identity verwijderd.
        - De enige handtekening gebruikt een soort PASSporT die de controleur niet kent.
    .remedy =
        - Leid de oproepen langs de ondertekendienst; laat session border controllers Identity doorgeven.

code-429 = Een derde heeft om deze oproep gevraagd (REFER), en de gebelde kant wil bewijs wie dat is.
    .sender = Het doel van een doorverbinding, als Referred-By geen geldig bewijs bevat.
    .duty = Het melden aan wie doorverbindt; die kan de REFER opnieuw sturen met een ondertekend bewijs.
    .causes =
        - Ondertekende Referred-By is verplicht gesteld; bijna geen enkel toestel maakt die.
    .remedy =
        - Zet de eis uit, tenzij alle partijen kunnen ondertekenen.

code-430 = De verbinding waarover het gebelde toestel te bereiken was, is weg.
    .sender = Een edge proxy, naar de proxy erachter, als de verbinding die het token noemt niet meer bestaat.
        Een gebruiker hoort dit nooit te zien.
    .duty = De proxy probeert een andere verbinding van hetzelfde toestel en vergeet deze; is er geen, dan
        krijgt de beller 480.
    .causes =
        - Het toestel is zijn netwerk of TCP-verbinding kwijt en is nog niet terug.
    .remedy =
        - Ziet een beller dit, dan kent de proxy achter de edge proxy outbound (RFC 5626) niet. Zoek anders
          waarom verbindingen breken: keep-alives, tijdslimieten in routers.

code-433 = De gebelde kant neemt geen anonieme oproepen aan.
    .sender = Toestellen, telefooncentrales en aanbieders die bellers zonder nummer weigeren.
    .duty = Niet opnieuw met zichtbaar nummer bellen tenzij de gebruiker dat goedvindt.
    .causes =
        - Anonieme oproepen weigeren staat aan, en de beller schermt zijn nummer af.
        - Een trunk of session border controller maakt per vergissing alle oproepen anoniem (Privacy: id).
    .remedy =
        - Bel met zichtbaar nummer; controleer Privacy en From op de weg naar buiten.

code-436 = Het certificaat bij de ondertekende bellersidentiteit kon niet worden opgehaald.
    .sender = Een verificatiedienst (STIR), als dit voor elk Identity-veld geldt.
    .duty = De ondertekendienst kan het opnieuw proberen met een adres waar het certificaat wel te halen is.
    .causes =
        - De URL in info= antwoordt niet, is niet openbaar, of geeft geen certificaat.
        - De controleur mag niet op het internet.
    .remedy =
        - Haal de URL op vanaf de machine van de controleur zelf; controleer firewall, DNS en het certificaat
          van die webserver.

code-437 = Het certificaat bij de ondertekende bellersidentiteit is opgehaald, maar wordt niet aanvaard.
    .sender = Een verificatiedienst (STIR).
    .duty = De ondertekendienst moet een ander certificaat gebruiken.
    .causes =
        - De uitgever staat niet op de lijst van vertrouwde instanties, of het certificaat is verlopen.
        - Het certificaat dekt het nummer van de beller niet.
        - Een algoritme dat de controleur niet aanneemt.
    .remedy =
        - Controleer de keten, de data en de nummers in het certificaat; werk de lijst van vertrouwde instanties
          bij.

code-438 = De handtekening onder de bellersidentiteit past niet bij de oproep.
    .sender = Een verificatiedienst (STIR), als er een certificaat is maar geen enkele handtekening klopt.
    .duty = Een dienst die in korte vorm ondertekende, mag het eenmaal in volle vorm proberen. Anders wordt de
        oproep niet vertrouwd.
    .causes =
        - From, To of Date zijn na het ondertekenen veranderd: meestal door een session border controller die
          nummers herschrijft.
        - De verkeerde sleutel, of een PASSporT waarin ontbreekt wat zijn soort verlangt.
        - Een te oude handtekening geeft juist 403 (Stale Date).
    .remedy =
        - Onderteken als laatste stap voordat de oproep vertrekt; vergelijk de nummers in de PASSporT met From
          en To zoals ze aankomen.

code-439 = De client wil meer verbindingen tegelijk (outbound), maar de eerste proxy op zijn weg doet dat niet.
    .sender = Een registrar, op een REGISTER met reg-id waarvan de eerste schakel geen ob in Path zette.
    .duty = Opnieuw aanmelden zonder reg-id via dezelfde proxy, of een andere proxy gebruiken.
    .causes =
        - De eerste proxy is geen edge proxy in de zin van RFC 5626.
    .remedy =
        - Zet outbound in de client uit, of zet er een edge proxy neer die het kan.

code-440 = Het verzoek zou zich in meer takken tegelijk moeten splitsen dan de afzender toestaat.
    .sender = Een proxy die de doelen niet na elkaar mag proberen.
    .duty = Het verzoek heeft niet alle doelen bereikt. Herhaal het niet zomaar.
    .causes =
        - Heel veel toestellen of doorschakelingen voor één gebruiker.
        - Lussen die zich vermenigvuldigen: de grens is er om die te stoppen.
    .remedy =
        - Zoek naar doorschakelingen naar groepen die elkaar bevatten; beperk de doelen, of laat de proxy ze na
          elkaar proberen.

code-469 = De INFO bevat een Info Package waarvan de ontvanger niet heeft gezegd dat hij het aanneemt.
    .sender = User agents, in een gesprek. Recv-Info noemt wat zij aannemen. Het gesprek eindigt er nooit door.
    .duty = Dat pakket in dit gesprek niet meer sturen.
    .causes =
        - Een functie (DTMF, conferentiebediening) die maar één kant heeft.
    .remedy =
        - Vergelijk Info-Package met Recv-Info, en zet de functie uit of kies een andere weg, zoals RFC 4733
          voor DTMF.

code-470 = Sommige ontvangers hebben niet toegestemd in verzoeken via deze lijst. Er is naar niemand iets
    gestuurd.
    .sender = Servers die doorgeven aan een lijst in het verzoek. Permission-Missing noemt om welke ontvangers
        het gaat.
    .duty = Hun toestemming vragen en het dan opnieuw proberen.
    .causes =
        - Een nieuw lid van een verzendlijst dat geen toestemming heeft gegeven.
    .remedy =
        - Vraag toestemming via de toestemmingsprocedure, of laat die ontvanger weg.

code-480 = De gebelde gebruiker is hier bekend, maar is op dit moment niet te bereiken. Er is niets mis met het
    nummer of met het verzoek: dezelfde oproep kan later wel slagen.
    .sender = De server van het domein van de gebelde als daar geen toestel is aangemeld; het toestel zelf als
        het op niet storen staat of is afgemeld; een gateway als het telefoonnet meldt dat niemand opneemt of
        dat de abonnee afwezig is.
    .duty = Deze poging beëindigen. Staat er Retry-After in het antwoord, dan niet eerder opnieuw proberen. In
        een lopend abonnement of gesprek eindigt alleen dat gebruik. Een oproep naar een sips:-adres mag niet
        zonder toestemming van de gebruiker naar het sip:-adres worden herhaald.
    .causes =
        - Het toestel staat uit, heeft geen netwerk, of de registratie is verlopen.
        - De registratie mislukt sinds een wijziging van wachtwoord of netwerk, en niemand heeft het gemerkt.
        - Een router heeft de adresvertaling laten vervallen; de registratie was verouderd en is verwijderd.
        - Niet storen staat aan, of alle medewerkers van een wachtrij zijn afgemeld.
        - Via een gateway: het toestel ging over en niemand nam op (oorzaak 19), of de mobiele telefoon heeft
          geen bereik (oorzaak 20).
    .remedy =
        - Kijk of de gebelde een geldige registratie heeft en wanneer de laatste REGISTER binnenkwam.
        - Lees de velden Reason en Warning van het antwoord: die onderscheiden geen gehoor van niet aangemeld.
        - Verkort de registratietermijn of zet keep-alives aan als registraties achter een router verlopen.
        - Stel doorschakeling naar voicemail in voor wie vaak onbereikbaar is.

code-481 = De ontvanger kent geen gesprek of transactie waar het verzoek bij hoort.
    .sender = User agents, back-to-back user agents en gebeurtenisservers: op verzoeken met een To-tag die bij
        geen dialoog past, op een CANCEL of PRACK die nergens bij hoort, op een NOTIFY zonder abonnement.
    .duty = Het gesprek of abonnement is weg: stop het geluid en vergeet het; een BYE is niet nodig. Ander
        gebruik van dezelfde dialoog blijft bestaan. Een 481 op een CANCEL gaat alleen over de CANCEL. Na een
        481 op een verlenging opnieuw abonneren.
    .causes =
        - De andere kant is herstart en haar gesprekken kwijt.
        - Beide kanten hingen tegelijk op: onschuldig.
        - Een CANCEL die na het definitieve antwoord kwam: onschuldig.
        - Verzoeken van één gesprek komen bij een andere machine van een cluster terecht.
        - Tags of Call-ID zijn onderweg veranderd, of de verkeerde is gestuurd.
    .remedy =
        - Vergelijk Call-ID en beide tags met die van de 200 op de INVITE.
        - Bij meer servers: controleer of alle verzoeken van een gesprek naar dezelfde gaan (Record-Route,
          affiniteit).
        - Eén keer aan het einde van een gesprek is het meestal een kruising en geen fout.

code-482 = Het verzoek is teruggekomen waar het al was, of hetzelfde verzoek bereikte één toestel langs twee
    wegen.
    .sender = Een proxy die zijn eigen Via ziet met een ongewijzigde bestemming; een user agent die een tweede
        exemplaar van een gesplitst verzoek krijgt.
    .duty = Aan dit verzoek valt niets te verbeteren. Een tweede exemplaar van een gesplitste oproep verliest
        van elk ander antwoord, en het toestel gaat gewoon één keer over.
    .causes =
        - Twee servers sturen de oproep naar elkaar: elk denkt dat de ander het nummer heeft.
        - Doorschakelingen die in een kring lopen.
        - Een domeinnaam of alias die de server niet als de zijne kent, zodat hij de oproep naar zichzelf
          stuurt.
    .remedy =
        - Volg de lijst van Via's van onderaf: waar dezelfde host twee keer staat, klopt de routering niet.
        - Geef alle eigen namen en adressen van de server als zijn domeinen op.

code-483 = Het verzoek is meer schakels gepasseerd dan het mag. Max-Forwards was op 0 gekomen.
    .sender = De proxy, edge proxy of back-to-back user agent die het had moeten doorgeven.
    .duty = Opgeven, tenzij Max-Forwards bij het begin ongewoon klein was.
    .causes =
        - Een lus die geen lusdetectie vond, meestal door een back-to-back user agent die telkens een nieuwe
          oproep begint.
        - Een client die een kleine Max-Forwards stuurt.
    .remedy =
        - Volg Via en Max-Forwards langs de schakels. Twee systemen die elkaar afwisselen zijn de lus: herstel
          op een ervan de route van dat nummer.

code-484 = Het nummer is niet volledig.
    .sender = Servers met een kiesplan, en gateways bij oorzaak 28.
    .duty = Op meer cijfers wachten en een nieuwe INVITE met alle cijfers sturen (overlapkiezen), of de fout
        melden.
    .causes =
        - Het toestel begint voordat alle cijfers gekozen zijn: zijn kiesregel of wachttijd is te kort.
        - Een nummer in de verkeerde schrijfwijze, bijvoorbeeld zonder netnummer.
    .remedy =
        - Herstel de kiesregel van het toestel; controleer de schrijfwijze die de aanbieder verwacht.

code-485 = Het adres past bij meer gebruikers.
    .sender = Een proxy of redirectserver; de kandidaten kunnen in Contact staan, tenzij privacy dat verbiedt.
    .duty = De gebruiker vragen wie bedoeld is. Het wordt niet vanzelf gevolgd.
    .causes =
        - Kiezen op een naam die meer mensen hebben.
    .remedy =
        - Kies het volledige adres; geef gebruikers unieke namen.

code-486 = Dit toestel kan nu geen oproep meer aannemen.
    .sender = Het gebelde toestel; een telefooncentrale op haar maximum; een gateway bij oorzaak 17. Is bekend
        dat de gebruiker nergens anders te bereiken is, dan wordt 600 gestuurd.
    .duty = De bezettoon laten horen. Een proxy gaat eerst door met de andere takken.
    .causes =
        - De gebruiker is in gesprek en wisselgesprek staat uit.
        - De gebruiker drukte op weigeren: veel toestellen antwoorden dan 486.
        - Alle kanalen van een trunk of alle gesprekken van een account zijn in gebruik.
        - Gesprekken die na een verloren BYE zijn blijven hangen, tellen nog mee.
        - Niet storen, op toestellen die dan in gesprek melden.
    .remedy =
        - Altijd bezet: zoek naar gesprekken die zijn blijven hangen, en bekijk de gesprekslimieten van het
          account.
        - Lees Reason: Q.850;cause=17 betekent dat het telefoonnet bezet meldde, 34 dat het geen kanaal had.
        - Stel doorschakelen bij bezet in, of zet wisselgesprek aan.

code-487 = De INVITE is beëindigd voordat er werd opgenomen. Het is het normale einde van een oproep die de
    beller opgaf.
    .sender = De gebelde kant, voor de INVITE: na CANCEL, na een BYE vóór het opnemen, of als Expires in de
        INVITE verliep. Het is nooit het antwoord op de CANCEL zelf, die krijgt 200.
    .duty = ACK sturen; de oproep is voorbij. Kruiste een 200 de CANCEL, dan ACK en daarna BYE sturen.
    .causes =
        - De beller hing op terwijl het toestel overging.
        - Een ander toestel van de gebelde nam op, en de proxy trok deze tak in.
        - De beltijd is om: Timer C van een proxy, een belduur, doorschakelen bij geen gehoor.
        - Een session border controller of wachtrij die het opgaf.
    .remedy =
        - Kijk wie de CANCEL stuurde en lees de Reason erin: SIP;cause=200 betekent dat elders is opgenomen.
        - Altijd na hetzelfde aantal seconden: een ingestelde beltijd, geen gebruiker.

code-488 = De gebelde kant heeft het aangeboden gesprek begrepen en kan het op dit toestel niet aannemen. Codec,
    versleuteling, soort adres of bandbreedte passen niet.
    .sender = User agents, gateways, session border controllers. Warning hoort te zeggen waarom. Geldt het voor
        alle toestellen van de gebruiker, dan is het 606.
    .duty = Zo mogelijk opnieuw proberen met een ander aanbod. In een lopend gesprek blijft alles zoals het was.
    .causes =
        - Geen gemeenschappelijke codec: de ene kant alleen G.729, de andere alleen G.711.
        - De ene kant eist versleuteling (SRTP), de andere doet dat niet of alleen op een andere manier (SDES,
          DTLS).
        - IPv6-adressen aangeboden aan een toestel dat alleen IPv4 heeft.
        - Video of fax (T.38) aangeboden in een gesprek waarin de overkant alleen geluid aanneemt.
        - Geen bandbreedte of kanaal meer op de trunk (Warning 370).
    .remedy =
        - Leg beide SDP's naast elkaar: m=-regels (RTP/AVP of SAVP), codecs, c=-adressen.
        - Sta aan beide kanten één zelfde codec toe, ten minste PCMA of PCMU.
        - Zet versleuteling op optioneel, of aan beide kanten gelijk.

code-489 = Het gebeurtenispakket is hier niet bekend.
    .sender = Gebeurtenisservers en user agents, op SUBSCRIBE, NOTIFY of PUBLISH. Allow-Events noemt de bekende
        pakketten.
    .duty = Hier niet meer om dat pakket vragen. Een notifier die dit krijgt, beëindigt het abonnement.
    .causes =
        - Toestellen die zich abonneren op functies die de server niet heeft (presence, message-summary,
          as-feature-event).
        - Een NOTIFY zonder abonnement.
    .remedy =
        - Zet de functie op het toestel uit, of op de server aan. Voor oproepen kan het geen kwaad.

code-491 = Beide kanten wilden op hetzelfde moment het gesprek wijzigen.
    .sender = Een user agent die een re-INVITE of UPDATE krijgt terwijl de zijne nog openstaat.
    .duty = ACK sturen, een willekeurige tijd wachten en het eenmaal opnieuw proberen: 2,1 tot 4 s voor de kant
        die de Call-ID maakte, 0 tot 2 s voor de andere. Het gesprek blijft zoals het was.
    .causes =
        - In de wacht zetten, doorverbinden of verlengen aan beide kanten tegelijk.
        - Een toestel dat een INVITE lang open laat staan, bijvoorbeeld omdat het antwoord erop verloren ging.
    .remedy =
        - Af en toe is het normaal. Krijgt hetzelfde gesprek het steeds weer, zoek dan een transactie die nooit
          eindigt, of een kant die niet wacht.

code-493 = De inhoud is versleuteld voor een sleutel die de ontvanger niet heeft.
    .sender = Een user agent met S/MIME. Zijn certificaat kan met het antwoord meekomen.
    .duty = Met het juiste certificaat versleutelen en opnieuw sturen, nadat de gebruiker gevraagd is of het te
        vertrouwen is.
    .causes =
        - De ontvanger heeft een nieuw certificaat of een ander toestel.
    .remedy =
        - Wissel opnieuw certificaten uit, of stuur zonder versleuteling als dat aanvaardbaar is.

code-494 = De eerste schakel eist dat eerst een beveiliging wordt afgesproken.
    .sender = Een edge proxy, zoals in mobiele netten (IMS). Security-Server noemt de mogelijkheden.
    .duty = De beste kiezen die beide hebben, die starten, en het verzoek opnieuw sturen met Security-Verify.
    .causes =
        - Een client zonder beveiligingsafspraak op een net dat erop staat.
        - De lijst in Security-Verify wijkt af van die van de server: iets knoeit ermee, of de client haalt twee
          servers door elkaar.
    .remedy =
        - Zet sec-agree in de client aan, of gebruik TLS op een poort waar de server het niet eist.
