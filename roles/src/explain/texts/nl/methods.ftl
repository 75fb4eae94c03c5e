### Methoden. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

method-ack = Bevestigt dat het definitieve antwoord op een INVITE is aangekomen. Het bevestigt het antwoord,
    niet de INVITE, en wordt zelf nooit beantwoord.
    .sender = De kant die de INVITE stuurde. Na een 2xx komt het van de user agent, gaat het via de routeset
        helemaal naar het Contact en heeft het een nieuwe branch. Na een 3xx tot 6xx komt het van de
        clienttransactie van elke schakel, met dezelfde branch en Route als de INVITE, en eindigt het bij die
        schakel.
    .duty = De gebelde kant houdt op met het herhalen van haar antwoord. Bij een ACK wordt nooit om
        inloggegevens gevraagd en hij wordt nooit geweigerd of beantwoord; past hij nergens bij, dan wordt hij
        weggegooid. Had de INVITE geen SDP, dan staat het antwoord daarop in de ACK.
    .causes =
        - Gesprekken vallen na 32 seconden weg: de ACK op de 200 komt niet aan, omdat Contact of Record-Route in
          de 200 voor de beller nergens heen leidt.
        - De ACK op de 200 komt zonder routeset en strandt op een firewall.
        - Een ACK op een 486 met een nieuwe branch of zonder de Route past bij geen transactie, en de 486 wordt
          verder herhaald.
    .remedy =
        - Volg de ACK van schakel tot schakel; vergelijk zijn Request-URI met het Contact van de 200, en zijn
          Route met de Record-Route.
        - Privéadressen in het Contact: laat de proxy of session border controller ze verbeteren, of zet rport
          en STUN in het toestel aan.

method-bye = Beëindigt een gesprek.
    .sender = Elk van beide user agents, zodra er is opgenomen; de beller mag het ook voor één vroege dialoog
        gebruiken. De gebelde kant moet eerst de ACK hebben, of het wachten daarop hebben opgegeven. Proxy's
        sturen het nooit; session border controllers en telefooncentrales wel.
    .duty = 200 antwoorden en het geluid stoppen, ook als de rest niet bevalt. Is er zo'n gesprek niet, dan is
        het antwoord 481. Voor de afzender is het gesprek voorbij zodra BYE verstuurd is, wat er ook terugkomt.
    .causes =
        - De BYE bereikt de andere kant niet: daar lijkt het gesprek door te gaan, en kanalen blijven bezet.
        - Onverwachte BYE na 32 s: de ACK is verloren. Na een half uur of een vaste tijd: de sessietimer. Lees
          Reason.
        - De BYE's van beide kanten kruisen elkaar: elk krijgt 200 of 481; onschuldig.
    .remedy =
        - Lees Reason in de BYE: Q.850;cause=16 is een normaal einde; andere oorzaken noemen de fout.
        - Gesprekken die blijven hangen: zet sessietimers aan, zodat een verloren BYE geen blijvende schade
          doet.

method-cancel = Trekt een INVITE in waarop nog geen definitief antwoord is gekomen.
    .sender = De beller die ophangt terwijl het toestel overgaat, of een proxy voor de takken die verloren. Het
        gaat van schakel tot schakel met dezelfde branch als de INVITE, en pas nadat er een voorlopig antwoord
        is. Het heeft alleen zin bij INVITE.
    .duty = De CANCEL zelf met 200 beantwoorden en de INVITE met 487 beëindigen, tenzij die haar definitieve
        antwoord al heeft. Een proxy antwoordt 200 en trekt zijn eigen takken in. Om inloggegevens mag niet
        gevraagd worden. Geen passende INVITE: 481.
    .causes =
        - Het kruist het opnemen: er komt toch een 200 op de INVITE, en de beller stuurt meteen ACK en BYE.
        - Het komt vóór elk voorlopig antwoord, of met een andere branch of een ander afzenderadres: het past
          nergens bij.
        - Het toestel blijft overgaan terwijl de beller heeft opgehangen: de CANCEL heeft het niet bereikt.
        - Gemiste oproepen in de lijst die elders zijn opgenomen: in de CANCEL stond geen Reason: SIP;cause=200.
    .remedy =
        - Vergelijk branch, Request-URI en afzenderadres van CANCEL en INVITE.
        - Zorg dat proxy's en telefooncentrales Reason doorgeven, zodat toestellen geen gemiste oproep noteren.

method-info = Vervoert gegevens van een toepassing binnen een gesprek, zonder het gesprek te veranderen.
    .sender = Elk van beide user agents in een gesprek: DTMF van oudere systemen, bediening van conferenties en
        media. Met een Info Package alleen als de overkant dat pakket in Recv-Info heeft genoemd.
    .duty = 200 antwoorden; 469 bij een pakket dat niet is aangeboden, 415 bij inhoud van de verkeerde soort,
        481 zonder zo'n gesprek. Een fout beëindigt het gesprek nooit.
    .causes =
        - DTMF via INFO, terwijl de overkant die in het geluid verwacht (RFC 4733), of dubbel langs beide wegen.
        - De formaten voor DTMF verschillen: application/dtmf en application/dtmf-relay.
    .remedy =
        - Kies aan beide kanten één weg voor DTMF, het liefst RFC 4733.

method-invite = Begint een oproep, of wijzigt een lopend gesprek (re-INVITE).
    .sender = Een user agent. Het aanbod voor geluid en beeld staat er als SDP in, of wordt aan de gebelde
        overgelaten (uitgesteld aanbod). Zolang één INVITE van een dialoog niet beantwoord is, mag geen van
        beide kanten een volgende sturen.
    .duty = Meteen met 1xx antwoorden en met een definitief antwoord als de gebruiker beslist heeft; elk
        definitief antwoord vraagt om een ACK. Een mislukte re-INVITE laat het gesprek zoals het was. Een nieuwe
        oproep is te herkennen aan een nieuwe branch en het ontbreken van een To-tag.
    .causes =
        - Helemaal geen antwoord: Timer B maakt er na 32 s een einde aan; kijk naar het netwerk, niet naar de
          gebruiker.
        - Een INVITE groter dan een UDP-pakket gaat in stukken verloren, terwijl REGISTER wel werkt.
        - Eerst 407 of 401, dan opnieuw met inloggegevens: normaal.
        - In de wacht zetten en terughalen mislukt met 488 of 491: dat ligt aan de re-INVITE, niet aan het
          opzetten van de oproep.
        - Eén nummer laat meer toestellen overgaan: proxy's splitsen; elk toestel maakt zijn eigen vroege
          dialoog.
    .remedy =
        - Lees het definitieve antwoord en de Reason erin; daarna de SDP van aanbod en antwoord.
        - Gebruik TCP of TLS als de SDP lang is.

method-message = Vervoert een kort tekstbericht, buiten elk gesprek om.
    .sender = User agents en diensten. Er staat geen Contact in en er ontstaat geen dialoog. Het hoort in 1300
        bytes te passen.
    .duty = Meteen antwoorden: 200 is afgeleverd op dit toestel, 202 is bewaard voor later. Ten minste
        text/plain moet begrepen worden.
    .causes =
        - Te lang voor UDP, of HTML naar een toestel dat alleen tekst aanneemt (415).
        - De gebruiker is offline en niets bewaart het bericht (480).
        - Een splitsing levert het op meer toestellen af; er komt maar één antwoord terug.
    .remedy =
        - Lees Content-Type en lengte; gebruik voor lange teksten TCP of een berichtendienst.

method-notify = Meldt een abonnee een toestand of gebeurtenis: aanwezigheid, wachtende berichten, het verloop
    van een doorverbinding.
    .sender = De notifier, meteen na elke SUBSCRIBE of REFER en daarna bij elke verandering, binnen het
        abonnement. Subscription-State zegt of het doorgaat en tot wanneer.
    .duty = Meteen 200 antwoorden; 481 als er zo'n abonnement niet is, 489 bij een onbekende gebeurtenis. Het
        kan eerder komen dan de 200 op de SUBSCRIBE. Na verlopen of een 481 beëindigt de notifier het
        abonnement.
    .causes =
        - Geen NOTIFY na de 200: Timer N beëindigt het abonnement na 32 s; meestal is het Contact van de abonnee
          onbereikbaar.
        - Het berichtenlampje brandt niet: NOTIFY wordt met 481 of 489 beantwoord, of het gaat om een andere
          mailbox.
        - NOTIFY zonder abonnement: een gewoonte van sommige telefooncentrales, buiten de standaard om.
    .remedy =
        - Vergelijk Call-ID, tags en Event met de SUBSCRIBE; lees de reden in Subscription-State.

method-options = Vraagt wat de andere kant kan. Het wordt ook gebruikt om te zien of een trunk of server leeft.
    .sender = Iedereen, binnen of buiten een gesprek. Een Request-URI zonder gebruiker vraagt het de server
        zelf.
    .duty = Antwoorden zoals een INVITE nu beantwoord zou worden, zonder over te gaan: 200 met Allow, Accept en
        Supported, of 486, 404, 480 enzovoort.
    .causes =
        - Een trunk wordt dood verklaard omdat de overkant 403, 404 of 405 antwoordt: elk antwoord bewijst dat
          hij leeft.
        - OPTIONS van onbekende adressen: scanners die servers zoeken om te misbruiken.
    .remedy =
        - Neem elk definitief antwoord als teken van leven, en alleen stilte als storing.
        - Antwoord scanners niet, of begrens ze per afzender.

method-prack = Bevestigt een voorlopig antwoord dat betrouwbaar gestuurd is.
    .sender = De user agent van de beller, binnen de vroege dialoog, voor elke 101 tot 199 met Require: 100rel
        en RSeq. RAck noemt het antwoord.
    .duty = 200 antwoorden en dat voorlopige antwoord niet meer herhalen; 481 als RAck bij geen enkel past. Er
        kan SDP in worden aangeboden en beantwoord.
    .causes =
        - Een betrouwbare 183 wordt herhaald op 0,5, 1,5, 3,5 s ... en de oproep mislukt na 32 s: de PRACK komt
          niet aan of wordt geweigerd.
        - 420 op de INVITE: de andere kant kan geen 100rel.
        - RAck telt verkeerd na een gesplitste oproep.
    .remedy =
        - Vergelijk RAck met RSeq en CSeq van de 183. Maak 100rel optioneel (Supported) of zet het uit waar de
          overkant zwak is.

method-publish = Geeft een server de toestand van een gebruiker, zoals aanwezigheid, om aan abonnees door te
    geven.
    .sender = Een user agent. De 200 geeft een entity-tag terug, die de volgende PUBLISH in SIP-If-Match noemt
        om te verlengen, te wijzigen of te verwijderen.
    .duty = De server slaat op en antwoordt 200 met een nieuwe SIP-ETag; 412 als de tag onbekend is, 423 als de
        looptijd te kort is, 489 bij een onbekende gebeurtenis.
    .causes =
        - 412 na slaapstand of herstart: de publicatie is verlopen; de client moet opnieuw publiceren.
        - De aanwezigheid blijft op een oude toestand staan: een tweede toestel publiceerde ook, of de looptijd
          is heel lang.
    .remedy =
        - Verleng voor het verlopen; stuur er nooit twee tegelijk; kijk welke toestellen voor de gebruiker
          publiceren.

method-refer = Vraagt de ontvanger iemand anders te benaderen en te melden hoe dat afliep. Doorverbinden is het
    bekendste gebruik.
    .sender = Een user agent; Refer-To noemt het doel, dat elke URI kan zijn. Met Replaces erin komt de nieuwe
        oproep in de plaats van een bestaand gesprek (doorverbinden met ruggespraak).
    .duty = Met 200 aannemen, het doel benaderen, en met NOTIFY verslag doen: eerst SIP/2.0 100, dan het
        definitieve antwoord. Weigeren met 603 of 403. De kant die doorverbindt beëindigt haar eigen gesprek met
        BYE als de uitkomst bevalt.
    .causes =
        - De ontvanger mag het doel niet bellen: kiesplan, inloggegevens of 403; de NOTIFY zegt het.
        - Doorverbinden met ruggespraak mislukt met 481: Replaces noemt een dialoog die het doel niet kent,
          omdat een telefooncentrale ertussen andere Call-ID's gebruikt.
        - Telefooncentrales vangen REFER af en verbinden zelf door, of verbieden het.
    .remedy =
        - Lees de inhoud van de NOTIFY: dat is het antwoord op de nieuwe oproep.
        - Vergelijk Call-ID en tags in Replaces met het gesprek aan de kant van het doel.

method-register = Vertelt de registrar op welk adres een toestel van een gebruiker nu te bereiken is, en hoe
    lang.
    .sender = De user agent, bij het aanzetten en opnieuw voor het verlopen. Met Expires 0 verwijdert het.
        Zonder Contact vraagt het naar de huidige registraties.
    .duty = De registrar controleert domein, inloggegevens en rechten, slaat op, en antwoordt 200 met alle
        registraties van de gebruiker en hun looptijden. Alle wijzigingen van één verzoek gaan door, of geen
        enkele. Hij antwoordt nooit 6xx.
    .causes =
        - Steeds weer 401: verkeerd wachtwoord of verkeerde inlognaam.
        - Wel aangemeld, maar er komen geen oproepen: het Contact bevat een privéadres, of de adresvertaling van
          de router verloopt voor de verlenging.
        - Meer vreemde registraties: oude van een toestel dat van adres wisselt zonder ze te verwijderen.
        - 423: de termijn is te kort; 403: de naam van een andere gebruiker.
    .remedy =
        - Lees de contacten in de 200 en vergelijk ze met het afzenderadres; gebruik rport, keep-alives of TCP.
        - Verleng op 50 tot 90 % van de looptijd, niet alle toestellen tegelijk.

method-subscribe = Vraagt op de hoogte gehouden te worden van een gebeurtenis: aanwezigheid, wachtende
    berichten, de toestand van andere toestellen.
    .sender = Een user agent; Event noemt het pakket, Expires hoe lang. Hetzelfde verzoek verlengt en beëindigt,
        dat laatste met Expires 0. Elke notifier die een splitsing bereikt, maakt een eigen abonnement.
    .duty = De notifier antwoordt 200 of weigert (489, 403, 423), en stuurt altijd meteen NOTIFY. De abonnee
        wacht daarop met Timer N.
    .causes =
        - 489: de server kent het pakket niet. 403: de gebruiker mag niet meekijken.
        - Het abonnement sterft stil: na een herstart wordt de verlenging met 481 beantwoord; de client moet
          opnieuw abonneren met een nieuwe Call-ID.
        - Veel toestellen die veel andere volgen: een vloed van NOTIFY's na een herstart.
    .remedy =
        - Lees Event, Accept en het antwoord; spreid de verlengingen; gebruik lijsten (eventlist) voor veel
          gevolgde gebruikers.

method-update = Wijzigt een sessie zonder de INVITE aan te raken: ook voordat er is opgenomen. Het verlengt ook
    sessietimers.
    .sender = Elk van beide user agents, als de andere UPDATE in Allow noemt. Het wordt meteen beantwoord; wat
        de toestemming van de gebruiker vraagt, hoort met een re-INVITE te gaan.
    .duty = 200 met het SDP-antwoord; 488 als het niet kan, 491 of 500 met Retry-After als aanbiedingen elkaar
        kruisen, 504 als de gebruiker gevraagd zou moeten worden. Een weigering laat de sessie zoals ze was;
        alleen 481, 408 en verlopen beëindigen haar.
    .causes =
        - 491 of 500: beide kanten wijzigden tegelijk iets.
        - 405: de andere kant heeft het niet; gebruik een re-INVITE.
        - Gesprekken eindigen halverwege: de verlenging van de sessie kreeg geen antwoord.
    .remedy =
        - Bekijk Session-Expires en wie verlengt; laat de kant die het het best kan de verlenging doen.
