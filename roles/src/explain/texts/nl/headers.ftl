### Headervelden. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

header-accept = De soorten inhoud die de afzender in het antwoord begrijpt.
    .causes = Een te krappe lijst geeft 406; ontbreekt het, dan wordt bij INVITE SDP aangenomen.

header-accept-contact = De wens van de beller welk toestel van de gebruiker moet overgaan, naar wat het kan.
    .duty = Proxy's kiezen en ordenen de contacten ermee; met require en explicit vallen toestellen af die niet
        passen.
    .causes = Een wens waaraan geen toestel voldoet geeft 480, al zijn er toestellen aangemeld.

header-accept-encoding = De compressies van een inhoud die de afzender begrijpt.
    .causes = 415 noemt hierin wat de server wel zou aannemen.

header-accept-language = De talen die de afzender graag ziet in teksten van het antwoord, zoals de tekst achter
    het nummer en mededelingen.

header-accept-resource-priority = De voorrangswaarden die een server kent, in een 417 of een antwoord op
    OPTIONS.

header-alert-info = Vraagt het gebelde toestel om een ander belsignaal, of dat van de beller om een andere
    overgangstoon.
    .causes = De waarden verschillen per fabrikant: wat het ene toestel laat rinkelen, negeert het andere.

header-allow = De methoden die de afzender aanneemt.
    .duty = Moet in een 405 staan; hoort in INVITE en de 2xx daarop.
    .causes = Staat UPDATE er niet in, dan gaan wijzigingen met een re-INVITE.

header-allow-events = De gebeurtenispakketten die de afzender kent.
    .duty = Moet in een 489 staan.

header-authentication-info = Het deel van de server in een wederzijdse controle, en de volgende nonce.
    .duty = Aan rspauth ziet de client dat ook de server het wachtwoord kent.

header-authorization = De inloggegevens van de client voor een server die er met 401 om vroeg.
    .duty = realm, nonce en opaque komen uit de vraag, uri uit het verzoek; response is berekend en bevat geen
        wachtwoord.
    .causes = username is de inlognaam, vaak niet het nummer. uri wijkt af van de Request-URI als een proxy die
        herschreef: dat alleen is geen fout.

header-call-id = Benoemt één geheel van berichten. Zie het kenmerk call-id.
    .duty = Precies één in elk bericht.

header-call-info = Meer over de beller of de gebelde: foto, kaartje, webpagina; ook het contact in een 608.
    .causes = Koppelingen erin komen van onbekenden: haal ze niet blindelings op.

header-contact = Het adres waarop de afzender zelf rechtstreeks te bereiken is: waar latere verzoeken van de
    dialoog heen gaan, of wat wordt aangemeld.
    .duty = Precies één in INVITE en de 2xx daarop. In REGISTER meer, of * met Expires 0 om alles te
        verwijderen. In 3xx de plaatsen om te proberen.
    .causes = Een privéadres erin is de gebruikelijke reden voor gesprekken die na 32 s wegvallen en voor
        toestellen die wel aangemeld zijn maar niet overgaan.

header-content-disposition = Waar een inhoud voor dient: session, render, early-session enzovoort; en of de
    ontvanger haar moet begrijpen.
    .causes = Een deel met handling=required dat niet begrepen wordt geeft 415.

header-content-encoding = De compressie van de inhoud.

header-content-language = De taal van de inhoud.

header-content-length = Het aantal bytes van de inhoud.
    .duty = Moet er over TCP en TLS staan, want het zegt waar het bericht eindigt. Over UDP is dat het einde van
        het pakket.
    .causes = Geteld in tekens in plaats van bytes is het te klein. Twee verschillende waarden, of een die
        groter is dan het pakket, geven 400. Wie de inhoud wijzigt zonder dit bij te werken, breekt het bericht.

header-content-type = De soort inhoud: application/sdp, text/plain, multipart/mixed.
    .duty = Moet er staan als er inhoud is.
    .causes = Kent de ontvanger de soort niet, dan volgt 415.

header-cseq = Getal en methode van het verzoek. Zie het kenmerk cseq.
    .duty = Precies één in elk bericht.

header-date = Wanneer het bericht verstuurd is, in UTC.
    .duty = Ondertekende identiteit heeft het nodig; een registrar geeft het aan toestellen zonder klok.
    .causes = Een verkeerde klok laat handtekeningen mislukken (403 Stale Date).

header-error-info = Waar meer over een fout te vinden is: een mededeling of pagina.

header-event = Het gebeurtenispakket van SUBSCRIBE, NOTIFY en PUBLISH.
    .duty = Precies één; letterlijk vergeleken, met hoofdletters.
    .causes = Ontbreekt of onbekend: 489.

header-expires = Een looptijd in seconden: van een registratie, abonnement, publicatie of uitnodiging.
    .duty = De parameter expires van een Contact gaat voor. 0 verwijdert of beëindigt.
    .causes = De server mag hem verkorten: houd zijn waarde aan, niet de eigen.

header-feature-caps = Wat een server onderweg voor de oproep of aanmelding kan doen.

header-flow-timer = Hoeveel seconden zonder levensteken de server een verbinding bewaart.
    .duty = De client stuurt iets vaker keep-alives.

header-from = Wie het verzoek stuurt, naar eigen zeggen; met de tag van die kant.
    .duty = Precies één, met tag. Weergavenaam en adres mogen anoniem zijn.
    .causes = Het bewijst niets. Aanbieders kijken naar P-Asserted-Identity of Identity; een nummer in From dat
        niet van de klant is, geeft 403.

header-geolocation = Waar de beller is, als document in de inhoud of als verwijzing.
    .causes = Een onbruikbare locatie geeft 424.

header-geolocation-error = Wat er aan de locatie mankeert: verplicht bij 424.

header-geolocation-routing = Of servers onderweg de locatie mogen gebruiken om de route te kiezen.

header-history-info = De weg die een oproep heeft afgelegd: elk adres dat geprobeerd is, en waarom het verlaten
    werd.
    .duty = De index (1, 1.1, 1.2) toont de volgorde en de takken; Reason in een regel noemt de code.
    .causes = Aan de grenzen van netten verwijderd of ingekort vanwege privacy.

header-identity = De ondertekende identiteit van de beller (STIR): een PASSporT met de verwijzing naar het
    certificaat.
    .duty = Ondertekend over het nummer van beller en gebelde en de tijd; gecontroleerd door een
        verificatiedienst.
    .causes = Wie na het ondertekenen nummers herschrijft, breekt hem (438). Hij is groot: over UDP leidt dat
        tot fragmenten.

header-in-reply-to = De Call-ID's van oproepen die met deze oproep beantwoord worden.

header-info-package = Het pakket waar een INFO bij hoort.
    .causes = Niet in de Recv-Info van de overkant: 469.

header-join = Vraagt aansluiting bij het gesprek dat het noemt: conferentie, meeluisteren.
    .causes = Noemt het een gesprek dat niet bestaat: 481.

header-max-breadth = In hoeveel takken tegelijk een verzoek zich nog mag splitsen.
    .duty = Een proxy verdeelt het getal over zijn takken; ontbreekt het, dan geldt 60.
    .causes = Op: 440.

header-max-forwards = De schakels die nog over zijn. Zie het kenmerk max-forwards.
    .duty = Bij elke schakel één lager; 0 geeft 483.

header-min-expires = De kortste looptijd die de server aanneemt: moet in een 423 staan.

header-min-se = De kortste sessietermijn die iemand onderweg toestaat.
    .duty = Moet in een 422 staan; de volgende poging heeft ten minste deze waarde. Nooit onder 90 s.

header-mime-version = De versie van MIME, 1.0; van belang bij multipart.

header-organization = De organisatie van de afzender, om te tonen.

header-p-access-network-info = Via welk toegangsnet een toestel aangesloten is, in mobiele netten: cel of
    toegangspunt.
    .causes = Het verraadt de locatie: verwijderd aan de grens van het vertrouwen.

header-p-asserted-identity = Wie er belt, volgens het net dat het gecontroleerd heeft.
    .duty = Alleen vertrouwd van vertrouwde buren; verwijderd voor het de vertrouwde kring verlaat als de beller
        privacy wil.
    .causes = Aanbieders halen het nummer van de beller hier vandaan. Ontbreekt het of klopt het niet: 403, of
        oproepen zonder nummer.

header-p-associated-uri = De andere adressen van de gebruiker die met dit ene mee zijn aangemeld, in de 200 op
    een REGISTER.

header-p-called-party-id = Het adres dat werkelijk gebeld is, voordat het door het Contact van het toestel werd
    vervangen.

header-p-charging-vector = Benoemt een gesprek voor de afrekening tussen netten.
    .causes = Verwijderd aan de grens; een ontbrekende icid is lastig in mobiele netten.

header-p-early-media = Of er vroeg geluid mag lopen, en in welke richting.
    .causes = Sommige mobiele netten spelen zonder dit veld geen mededeling af.

header-p-preferred-identity = Welk adres van de gebruiker het net moet bevestigen.
    .causes = Genegeerd als het niet van de gebruiker is.

header-path = De proxy's die verzoeken aan een aangemeld toestel moeten passeren: zij zetten zich in de
    REGISTER.
    .duty = De registrar bewaart het bij de registratie en gebruikt het als Route.
    .causes = Path kwijt: oproepen gaan rechtstreeks naar een toestel dat alleen zijn edge proxy kan bereiken.

header-priority = Hoe dringend de beller het verzoek vindt: emergency, urgent, normal, non-urgent.
    .causes = Alleen om te tonen; het geeft geen voorrang.

header-privacy = Welke identiteit het net moet verbergen: id, header, session, user, none.
    .causes = Privacy: id op alle oproepen maakt ze anoniem; gebelden kunnen ze met 433 weigeren.

header-proxy-authenticate = De vraag van een proxy om inloggegevens: realm, nonce, algoritme.
    .duty = Moet in een 407 staan; meer regels zijn meer mogelijkheden of meer proxy's.

header-proxy-authorization = De inloggegevens van de client voor een proxy die er met 407 om vroeg.
    .duty = Elke proxy neemt alleen die voor zijn eigen realm.

header-proxy-require = Uitbreidingen die elke proxy onderweg moet kennen.
    .causes = 420 van de eerste die er een niet kent.

header-rack = Noemt het betrouwbare voorlopige antwoord dat een PRACK bevestigt. Zie het kenmerk rseq.

header-reason = Waarom een verzoek of antwoord gestuurd is: SIP-code of Q.850-oorzaak. De beste aanwijzing bij
    een mislukte oproep.
    .duty = In BYE, CANCEL en, met Q.850, in antwoorden. Eén waarde per protocol. Het verandert niets aan de
        behandeling van het bericht.
    .causes = Verloren aan grenzen die het niet vertrouwen. CANCEL met SIP;cause=200 betekent: elders opgenomen.

header-record-route = Een proxy die het hele gesprek op de weg wil blijven, zet zich hierin.
    .duty = De gebelde kant neemt het over in haar antwoord; beide maken er de routeset van. Hoort lr te hebben.
    .causes = Een privéadres of verkeerd adres hierin laat ACK en BYE verloren gaan. Dubbele regels zijn normaal
        waar een proxy van net of transport wisselt.

header-recv-info = De Info Packages die de afzender aanneemt.
    .duty = Moet in een 469 staan.

header-refer-sub = Of een REFER verslag moet opleveren: false vraagt om geen.

header-refer-to = Wie de ontvanger van een REFER moet benaderen.
    .duty = Precies één. In de URI kunnen headervelden verpakt zijn, zoals Replaces.
    .causes = Geen of twee: 400. Een adres dat alleen de afzender kan bereiken, laat het doorverbinden
        mislukken.

header-referred-by = Wie om de oproep vroeg: de afzender van de REFER.
    .causes = Sommige systemen hebben het nodig om een doorverbinding toe te staan en af te rekenen.

header-reject-contact = Welke toestellen van de gebruiker niet mogen overgaan.

header-replaces = De oproep komt in de plaats van de dialoog die het noemt: doorverbinden met ruggespraak,
    oproep overnemen.
    .duty = Call-ID en beide tags, gezien vanaf de ontvanger. Precies één.
    .causes = 481 als de ontvanger zo'n dialoog niet heeft, meestal doordat een systeem ertussen de Call-ID
        veranderde.

header-reply-to = Waar terugbellen heen moet, als dat niet From is.

header-request-disposition = Hoe de beller wil dat proxy's het verzoek behandelen: splitsen of niet, omleiden,
    in de wachtrij.

header-require = Uitbreidingen die de overkant moet kennen om het verzoek te behandelen.
    .causes = Onbekende geven 420; Supported is de beleefde vorm.

header-resource-priority = Voorrang in netten die klassen daarvoor hebben: hulpdiensten, defensie.
    .causes = Onbekende waarden kunnen geen kwaad, tenzij ze geëist worden (417).

header-retry-after = Na hoeveel seconden een nieuwe poging zin heeft.
    .duty = In 503 voor deze server, in 480, 486, 600 en 603 voor deze gebruiker, in 500 voor dit verzoek.

header-route = De proxy's die het verzoek nog moet passeren, in volgorde.
    .duty = Elk haalt zichzelf weg. Door de client vooraf gezet leidt het naar de uitgaande proxy.
    .causes = Een regel zonder lr wordt volgens de oude regels behandeld (strict routing).

header-rseq = Nummert een betrouwbaar voorlopig antwoord. Zie het kenmerk rseq.

header-security-client = De beveiligingen die de client kan, voor de afspraak met zijn eerste schakel.

header-security-server = De beveiligingen die de eerste schakel kan: staat in een 494.

header-security-verify = De lijst van de server, door de client beveiligd herhaald, zodat niemand haar kan
    hebben ingekort.
    .causes = Een andere lijst: 494.

header-server = De software die antwoordt.
    .duty = De snelste aanwijzing welk van meer systemen een antwoord stuurde.

header-service-route = De proxy's waarlangs de aangemelde gebruiker verzoeken moet sturen: staat in de 200 op
    een REGISTER.
    .causes = Een client die het negeert, wordt door het kernnet geweigerd.

header-session-expires = Na hoeveel seconden een gesprek zonder verlenging als dood geldt, en wie verlengt: uac
    of uas.
    .duty = Verlengen op de helft van de tijd. Blijft dat uit, dan beëindigt de andere kant het gesprek kort
        voor het einde.
    .causes = Gesprekken die na dezelfde tijd eindigen, zoals 15 of 30 minuten: de verlenging mislukt. 422: te
        kleine waarde.

header-session-id = Benoemt een gesprek van eind tot eind. Zie het kenmerk session-id.

header-sip-etag = De versie van een publicatie, in de 200 op een PUBLISH.

header-sip-if-match = De versie die een PUBLISH wil verlengen, wijzigen of verwijderen.
    .causes = Niet de geldende: 412.

header-subject = Waar de oproep over gaat, om te tonen.

header-subscription-state = Of een abonnement loopt, nog wacht of beëindigd is, hoe lang nog, en waarom het
    eindigde.
    .duty = Moet in elke NOTIFY staan.
    .causes = De reden zegt wat te doen: bij deactivated en timeout opnieuw abonneren, bij rejected en
        noresource niet.

header-supported = Uitbreidingen die de afzender kent: een aanbod, geen eis.

header-suppress-if-match = Vraagt om geen NOTIFY als er sinds deze versie niets veranderd is.

header-target-dialog = Noemt een andere dialoog van de ontvanger, als bewijs dat de afzender daarvan deel
    uitmaakt.

header-timestamp = De klok van de afzender, overgenomen in het antwoord, om de weg heen en terug te meten.

header-to = Wie er eerst bedoeld was. Met een tag hoort het bij een dialoog.
    .duty = Servers routeren op de Request-URI, niet op To.
    .causes = Na doorschakelen staat hier nog het eerst gekozen nummer.

header-unsupported = De geëiste uitbreidingen die niet bekend zijn: moet in een 420 staan.

header-user-agent = De software van de client.
    .causes = Scanners verraden zich hier (friendly-scanner, sipvicious); het kan vervalst zijn.

header-user-to-user = Gegevens die de ene toepassing met de oproep aan de andere meegeeft, zoals in ISDN;
    callcenters gebruiken het.
    .causes = Aan veel grenzen verwijderd.

header-via = De weg die het verzoek is gekomen, schakel voor schakel: het antwoord gaat langs dezelfde weg
    terug.
    .duty = Elke schakel zet de hare bovenop en haalt haar van het antwoord af. In de bovenste staat de branch.
    .causes = received en rport tonen wat adresvertaling deed. Tweemaal dezelfde host: een lus, of een spiraal.

header-warning = Waarom iets geweigerd is, met code en tekst: codec, bandbreedte, fout bericht.
    .duty = Hoort in 488 en 606.

header-www-authenticate = De vraag van een server om inloggegevens: realm, nonce, algoritme, qop.
    .duty = Moet in een 401 staan; één regel per algoritme, het voorkeursalgoritme eerst.
    .causes = Een client die alleen MD5 kent, faalt als alleen SHA-256 wordt aangeboden.
