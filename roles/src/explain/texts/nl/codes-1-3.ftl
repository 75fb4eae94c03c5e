### Antwoordcodes. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

## Voorlopig: er wordt aan het verzoek gewerkt

code-100 = De volgende schakel heeft de INVITE en is ermee bezig. Dit stopt de herhalingen op deze ene schakel
    en zegt nog niets over de gebelde.
    .sender = Elke server die de toestand van de INVITE bijhoudt: hij moet binnen 200 ms 100 sturen als hij
        niets beters te melden heeft. Andere verzoeken dan INVITE krijgen hooguit een 100, over UDP pas na 3,5
        s.
    .duty = De INVITE niet meer herhalen en blijven wachten: Timer B speelt geen rol meer. Vanaf nu mag een
        CANCEL. Nooit doorgeven: elke schakel heeft haar eigen 100. Er ontstaat geen dialoog.
    .causes =
        - Normaal: het is het eerste antwoord op bijna elke oproep.
        - Daarna niets meer: de server is met de oproep bezig, maar wat erachter ligt antwoordt niet.
        - Ontbreekt terwijl de server wel draait: het antwoord neemt een andere weg terug (adresvertaling,
          verkeerde received of rport), of een firewall houdt het tegen.
    .remedy =
        - Een 100 en dan stilte: zoek de fout achter de schakel die hem stuurde, niet tussen u en die schakel.
        - Geen 100 binnen een halve seconde en herhaalde INVITE's op 0,5, 1,5 en 3,5 s: de eerste schakel krijgt
          de INVITE niet, of haar antwoorden komen niet terug. Neem aan beide kanten het verkeer op.

code-180 = Het toestel van de gebelde is gevonden en gaat over.
    .sender = Het toestel dat overgaat, of een gateway waarvan het net meldt dat de lijn van de abonnee
        overgaat. Gaan er meer toestellen over, dan stuurt elk zijn eigen 180; de To-tag onderscheidt ze.
    .duty = De overgangstoon laten horen, tenzij er al geluid van het net komt. Per To-tag een vroege dialoog
        maken; met PRACK bevestigen als er Require: 100rel in staat. Timer B stopt en bij een proxy begint Timer
        C opnieuw.
    .causes =
        - Normaal: het toestel gaat over.
        - Blijft minutenlang overgaan: niemand neemt op en niets begrenst het; dat moet de beller doen, of
          Expires in de INVITE, of Timer C van de proxy.
        - Twee overgangstonen of geen: er komen zowel een 180 als een 183 met geluid, of de gateway belooft
          geluid dat nooit komt.
    .remedy =
        - De beller hoort niets: kijk of er SDP in de 183 of 180 stond; dan wordt het geluid van het net
          verwacht en zit de fout in het RTP-pad.
        - Oproepen breken tijdens het overgaan af, altijd na dezelfde tijd: dat is Timer C of een belduur ergens
          onderweg. Wie elke minuut de 180 herhaalt, houdt Timer C in leven.

code-181 = De oproep wordt doorgeschakeld naar een ander adres. Dit is alleen een mededeling: de beller hoeft
    niets te doen.
    .sender = De server of telefooncentrale die doorschakelt, voordat de nieuwe bestemming overgaat. De nieuwe
        bestemming kan elke URI zijn, niet alleen een ander nummer of een andere aanbieder.
    .duty = Desgewenst aan de beller tonen en blijven wachten. History-Info, als het erbij staat, vertelt
        waarheen en waarom. Eerdere vroege dialogen blijven bestaan.
    .causes =
        - Doorschakeling: altijd, bij bezet of bij geen gehoor.
        - Een proxy heeft zelf een omleiding gevolgd.
    .remedy =
        - Doorgeschakeld naar een onverwachte plek: lees History-Info en de doorschakelinstellingen van de
          gebelde.
        - Na de 181 gebeurt er niets meer: de nieuwe bestemming antwoordt niet; bekijk de tak die daarvoor is
          gestart.

code-182 = De gebelde kan de oproep nu niet aannemen en heeft hem in een wachtrij gezet.
    .sender = Een callcenter of telefooncentrale met een wachtrij in plaats van de bezettoon. De 182 wordt ten
        minste elke minuut herhaald, vaak met de plaats in de rij in de tekst achter het nummer.
    .duty = Blijven wachten, het de gebruiker melden en niet zelf afbreken. Wie niet wil wachten stuurt CANCEL,
        of meldt dat vooraf met Request-Disposition: no-queue.
    .causes =
        - Alle medewerkers zijn in gesprek.
        - Lang in de rij zonder 182 of geluid: de wachtrij meldt niets, en proxy's breken de oproep af als Timer
          C verloopt.
    .remedy =
        - Oproepen eindigen na een minuut of drie in de wachtrij: laat de wachtrij haar voorlopige antwoord elke
          minuut herhalen.
        - Een volle rij geeft 486, te lang gewacht geeft 408: stel de ruimte en de langste wachttijd van de rij
          daarop in.

code-183 = Voortgang waarvoor geen eigen code bestaat: vaak een mededeling of toon van het net, als geluid
    voordat er is opgenomen.
    .sender = Gateways, session border controllers en spraakservers; zelden toestellen. Een onbekende 1xx wordt
        ook als 183 behandeld.
    .duty = Voor de To-tag een vroege dialoog maken. Staat er SDP in (of in een 180) en komt er geluid binnen,
        dan dat laten horen in plaats van de eigen overgangstoon. Met PRACK bevestigen als er Require: 100rel in
        staat.
    .causes =
        - Een telefoonnet dat zijn eigen overgangstoon of een mededeling afspeelt ("het nummer is gewijzigd").
        - Een gateway die een oorzaak kreeg samen met een mededeling: de definitieve weigering volgt na afloop
          ervan.
        - Stilte na een 183 met SDP: het RTP-pad is geblokkeerd, of de mediarelay stuurt naar het verkeerde
          adres.
    .remedy =
        - Geen overgangstoon bij oproepen naar het telefoonnet: controleer of het vroege geluid door firewalls
          en mediarelays heen de beller bereikt.
        - Lees Reason in de 183: daar staat vaak de Q.850-oorzaak al in voordat de oproep mislukt is.
        - Vroeg geluid is op sommige systemen met opzet eenrichtingsverkeer, tegen telefoonfraude: praten kan
          pas na het opnemen.

code-199 = Een van de vroege dialogen is geëindigd, terwijl de oproep als geheel nog loopt.
    .sender = Een splitsende proxy, als een tak die overging is mislukt en de beller Supported: 199 heeft
        gemeld. De reden staat erin als Reason: SIP met de code van de tak.
    .duty = Het geluid en de tonen van die vroege dialoog vrijgeven, er geen BYE of ander verzoek meer op
        sturen, en op de andere takken wachten.
    .causes =
        - Een van de toestellen die overgingen werd geweigerd, was in gesprek of verloor de verbinding.
    .remedy =
        - Niets doen: het voorkomt dat de toon of het geluid van een dode tak blijft klinken. Raakt een client
          ervan in de war, haal 199 dan uit zijn Supported.

## Geslaagd: het verzoek is uitgevoerd

code-200 = Het verzoek is uitgevoerd. Bij een INVITE: er is opgenomen en er is een gesprek.
    .sender = Elke server. Op een INVITE komt het van degene die opnam, en het wordt herhaald tot de ACK er is,
        ook over TCP.
    .duty = Na een INVITE: voor elke 200 een ACK sturen, en bij elke herhaling opnieuw; namen meer toestellen
        op, dan één gesprek houden en de andere met ACK en BYE beëindigen. Volgende verzoeken gaan via de
        routeset naar het Contact.
    .causes =
        - Normaal: het verzoek is gelukt.
        - De 200 wordt herhaald op 0,5, 1,5 en 3,5 s en na 32 s komt een BYE: de ACK komt niet aan. Het Contact
          of een Record-Route in de 200 is voor de beller niet bereikbaar.
        - Wel een 200, maar geen geluid of geluid in één richting: de SDP noemt een adres dat de andere kant
          niet kan bereiken.
    .remedy =
        - Gesprekken die na precies 32 seconden wegvallen: volg de ACK. Bekijk Contact en Record-Route in de
          200, en let op privéadressen daarin.
        - Een 200 op REGISTER noemt alle contacten van de gebruiker: onbekende contacten verklaren oproepen die
          elders overgaan.
        - Vergelijk bij geluidsproblemen de adressen in beide SDP's met de adressen waar de RTP echt vandaan
          komt.

code-202 = Het verzoek is aangenomen om later af te handelen; de goede afloop is niet beloofd. Buiten gebruik,
    behalve voor berichten die bewaard of verspreid worden.
    .sender = Een relay die een MESSAGE bewaart voor wie offline is, of naar een lijst verspreidt. Op SUBSCRIBE,
        NOTIFY en REFER mag het niet meer: die krijgen 200.
    .duty = Overal als 200 behandelen. Bij een MESSAGE niet beweren dat het bericht is afgeleverd.
    .causes =
        - Een bericht aan een gebruiker die offline is en voor wie berichten worden bewaard.
        - Een oudere server die SUBSCRIBE of REFER nog met 202 beantwoordt.
    .remedy =
        - Het bericht komt nooit aan: kijk in de opslag van de relay en naar het moment waarop de gebruiker zich
          aanmeldt.
        - Bij REFER komt de uitkomst in NOTIFY, of het antwoord nu 200 of 202 was.

code-204 = Het abonnement is verlengd en er volgt, zoals gevraagd, geen NOTIFY omdat er niets is veranderd. De
    204 is zelf het antwoord; wat wegblijft is de melding.
    .sender = Een notifier, op een SUBSCRIBE binnen het abonnement waarvan Suppress-If-Match gelijk is aan de
        geldende entity-tag. Op de eerste SUBSCRIBE is het antwoord 200 en blijft alleen de inhoud van de NOTIFY
        weg.
    .duty = De looptijd uit Expires overnemen, de toestand laten zoals hij was en Timer N stoppen: er komt geen
        NOTIFY.
    .causes =
        - Normaal bij abonnees die voorwaardelijk verlengen.
    .remedy =
        - Lijkt de toestand daarna verouderd: laat de entity-tag vallen en abonneer eenmaal zonder voorwaarde.

## Omleiding: de client moet elders zijn

code-300 = De gebruiker heeft meer adressen, en de server laat de keus aan de beller in plaats van ze zelf te
    proberen.
    .sender = Een redirectserver, of een proxy die gevraagd werd niet te splitsen (Request-Disposition:
        redirect).
    .duty = De contacten proberen in de volgorde van hun q-waarde, of het de gebruiker vragen; nooit tweemaal
        dezelfde URI. Zelfde Call-ID, volgende CSeq. Mislukken ze alle, dan de laatste fout melden.
    .causes =
        - Omleiden in plaats van doorgeven is ingesteld, en de gebruiker heeft meer dan één toestel.
        - Een beller of session border controller heeft om omleiding gevraagd.
    .remedy =
        - Oproepen mislukken met 300: de apparatuur van de beller volgt geen omleidingen. Laat de server
          doorgeven, of laat een systeem ertussen de omleiding volgen.
        - Controleer of de contacten bereikbaar zijn vanuit het net van de beller.

code-301 = De gebruiker is voorgoed verhuisd; het nieuwe adres staat in Contact.
    .sender = Een redirectserver of user agent; een gateway die het nieuwe nummer van het telefoonnet kreeg
        (oorzaak 22 met het nummer).
    .duty = Het nieuwe adres bellen en het oude vervangen in adresboeken en caches, zodat de volgende oproep er
        rechtstreeks heen gaat.
    .causes =
        - Een nummer is overgezet of gewijzigd, of een gebruiker kreeg een nieuw domein, met een verwijzing op
          de oude plek.
    .remedy =
        - Verbeter het opgeslagen nummer. Klopt het nieuwe adres niet, herstel dan de verwijzing op de oude
          server.
        - Geen Contact erin: er valt niets te volgen; vraag het de beheerder van de afzender.

code-302 = De gebruiker is voorlopig elders te bereiken; de adressen staan in Contact.
    .sender = Een redirectserver, of een toestel waarvan de gebruiker de oproep doorverwijst. Er kan elke URI
        staan, niet alleen een nummer.
    .duty = Het Contact bellen. Het alleen onthouden zolang Expires zegt; zonder Expires alleen voor deze
        oproep. Een proxy mag het zelf volgen als dat is ingesteld, en dan ziet de beller de 302 nooit.
    .causes =
        - Doorschakeling op het toestel zelf.
        - Een redirectserver of routeserver die antwoordt waar de oproep heen moet.
        - Twee gebruikers die naar elkaar doorverwijzen: de beller geeft op als elk adres geprobeerd is.
    .remedy =
        - Doorschakelen werkt niet: het apparaat dat de 302 kreeg volgt geen omleidingen, of mag de nieuwe
          bestemming niet bellen. Laat de server hem volgen, of schakel op de server door.
        - Ongewenste doorschakeling: zoek haar eerst op het toestel zelf.
        - Een omleiding vanaf een sips:-adres mag niet stilzwijgend naar een sip:-adres leiden.

code-305 = Het gebelde toestel neemt de oproep alleen aan via zijn proxy, die in Contact staat.
    .sender = Alleen een user agent die rechtstreeks is gebeld; proxy's en redirectservers sturen het nooit.
    .duty = Dit ene verzoek opnieuw sturen via die proxy, met dezelfde Request-URI en de proxy in Route. Niet
        onthouden.
    .causes =
        - Een beller gebruikte het eigen adres van het toestel in plaats van het openbare adres van de
          gebruiker.
    .remedy =
        - Bel het openbare adres (gebruiker@domein). Haal het adres van het toestel uit snelkiestoetsen en
          routetabellen.

code-380 = Zo kan de oproep niet, maar er worden andere diensten aangeboden: voicemail, een webpagina, een
    hulpdienst.
    .sender = Een user agent of telefooncentrale. In mobiele netten bekend van noodnummers die op een andere
        manier gebeld moeten worden. De vorm van de inhoud is niet vastgelegd.
    .duty = De alternatieven tonen en de gebruiker of een regel laten kiezen. Het wordt niet vanzelf gevolgd.
    .causes =
        - Een noodnummer is gebeld over een net dat een noodprocedure verlangt.
        - Een dienst biedt een vervanging aan voor wie niet bereikbaar is.
    .remedy =
        - Lees de inhoud: die noemt het alternatief. Controleer bij noodoproepen in mobiele netten of het
          toestel de XML van de aanbieder verwerkt.
