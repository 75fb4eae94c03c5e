### Antwoordcodes. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

## Serverfout: deze server faalde bij een mogelijk geldig verzoek

code-500 = Er ging iets mis in de server. Over het verzoek zegt het weinig.
    .sender = Elke server: bij een eigen fout, bij verzoeken van een gesprek die in de verkeerde volgorde komen,
        bij een INVITE of UPDATE terwijl de vorige nog niet beantwoord is (met Retry-After). Een proxy stuurt
        het in plaats van een enkele 503. Een gateway stuurt het bij de oorzaken 111, 127 en elke oorzaak zonder
        eigen regel.
    .duty = Het verzoek mag opnieuw geprobeerd worden, na Retry-After als dat er staat. Er eindigt geen dialoog
        door. Elke onbekende 5xx wordt als deze behandeld.
    .causes =
        - Een script, database of licentie van de server heeft gefaald.
        - Een registrar die de registratie niet kon opslaan.
        - CSeq is lager dan in een eerder verzoek van het gesprek: berichten haalden elkaar in, of een partij
          telt verkeerd.
        - De server achter de proxy is overbelast (503) en er is geen andere.
    .remedy =
        - Het logboek van de server die het stuurde bevat de reden: zoek op Call-ID en tijd. Server of Warning
          zeggen welke server het was.
        - Van een gateway: lees in Reason de werkelijke oorzaak.

code-501 = De server heeft deze methode helemaal niet, voor niemand.
    .sender = User agents, registrars en andere die het verzoek zelf afhandelen; gateways bij de oorzaken 29, 69
        en 79. Een bekende methode die hier niet mag, geeft 405.
    .duty = Die methode daar niet meer sturen.
    .causes =
        - Een oud of eenvoudig apparaat dat PUBLISH, MESSAGE, REFER of een eigen methode krijgt.
        - Via een gateway: het telefoonnet heeft de gevraagde dienst niet.
    .remedy =
        - Zet de functie naar deze partij uit; lees Allow.

code-502 = Een gateway of server kreeg een onbruikbaar antwoord van het systeem erachter.
    .sender = Gateways (oorzaak 27: bestemming buiten dienst), session border controllers en telefooncentrales,
        zelden proxy's.
    .duty = Als een fout van deze weg opvatten en een andere trunk of server proberen. Binnen een dialoog
        eindigt de dialoog.
    .causes =
        - De lijn, de trunk of het apparaat achter de gateway is buiten dienst.
        - Het systeem van een aanbieder antwoordt iets onbegrijpelijks.
    .remedy =
        - Controleer de trunk of lijn achter de afzender; lees Reason. Voeg voor de bestemming een tweede route
          toe.

code-503 = De server kan nu niet werken: overbelast, in onderhoud, of iets wat hij nodig heeft ligt plat.
    .sender = Elke server; gateways als het net geen kanalen heeft of overbelast is (oorzaken 34, 38, 41, 42,
        47, 58, 88). Een mislukte verbinding geldt als een 503 die de client zelf maakt. Een proxy geeft het
        niet door: de beller krijgt 500.
    .duty = De volgende server van de bestemming proberen. Met Retry-After tot dan niets naar deze sturen;
        zonder geldt de code als 500.
    .causes =
        - Bescherming tegen overbelasting: te veel oproepen per seconde.
        - Alle kanalen van een trunk zijn in gebruik, of de aanbieder begrenst het aantal oproepen per seconde.
        - De server wordt gestopt en neemt geen nieuwe oproepen aan.
        - De verbinding is geweigerd: op die poort luistert niets, of TLS mislukte.
    .remedy =
        - Vergelijk het aantal gesprekken op dat moment met de grenzen van trunk en licentie.
        - Geef de bestemming meer servers (SRV), zodat bellers naar de volgende gaan.
        - Lees Reason: 34 is geen kanaal, 38 is een net dat plat ligt, bij 41 en 42 kan later opnieuw helpen.

code-504 = Iets van buiten dat de server nodig heeft, antwoordde niet op tijd. Het gaat niet over de gebelde:
    die zou 408 of 480 geven.
    .sender = Gateways (geen antwoord op het opzetten van de oproep, oorzaak 102), servers die op een database,
        DNS of webdienst wachten, user agents bij een UPDATE waarvoor de gebruiker nodig is.
    .duty = Een andere server proberen. Na 504 op een UPDATE een re-INVITE gebruiken.
    .causes =
        - DNS of een database antwoordt niet.
        - Het telefoonnet antwoordt niet binnen 20 tot 30 s op het opzetten van de oproep.
        - Een vraag om toestemming of nummerportabiliteit die te lang duurt.
    .remedy =
        - Zoek in het logboek waarop de afzender wachtte: tussen het verzoek en de 504 ligt precies de
          ingestelde grens.

code-505 = De server kent deze versie van SIP niet.
    .sender = Elke server, als de eerste regel iets anders dan SIP/2.0 noemt.
    .duty = Opgeven: er is geen andere versie in gebruik.
    .causes =
        - Een kapotte client of testhulp, of een ander protocol op de SIP-poort.
    .remedy =
        - Bekijk de eerste regel van het verzoek.

code-513 = Het hele bericht is groter dan de server aankan.
    .sender = Elke server. Is alleen de inhoud te lang, dan is het 413.
    .duty = Een kleiner bericht sturen.
    .causes =
        - Heel veel headervelden: een lange History-Info, veel Via's of Record-Routes na een lus.
        - Grote inhoud over UDP.
    .remedy =
        - Kijk wat het groot maakt. Kort het in, en gebruik TCP voor wat groter is dan 1300 bytes.

code-555 = De pushdienst waarmee de client gewekt wil worden, wordt hier niet ondersteund.
    .sender = Een proxy of registrar, op een REGISTER met een pn-provider die niemand onderweg kent.
    .duty = Zonder pushparameters aanmelden en de verbinding openhouden, of een dienst gebruiken die het net
        biedt.
    .causes =
        - Een app die voor de pushdienst van een ander is gemaakt.
    .remedy =
        - Stel de pushdienst op de server in, of zet push in de app uit.

code-580 = Voorwaarden die vervuld moesten zijn voordat het toestel mag overgaan, zoals gereserveerde
    bandbreedte, zijn niet te vervullen.
    .sender = De gebelde kant, op een aanbod met verplichte voorwaarden. De SDP erin laat zien welke mislukte.
    .duty = Opnieuw proberen zonder verplichte voorwaarden, of opgeven. Een lopend gesprek gaat door.
    .causes =
        - Geen middelen in het mobiele net of toegangsnet.
        - De overkant moet iets reserveren dat zij niet kan.
    .remedy =
        - Maak de voorwaarden optioneel, of bekijk de capaciteit van het toegangsnet.

## Algehele weigering: geen enkele server kan dit verzoek uitvoeren

code-600 = De gebruiker is in gesprek, en wie antwoordt weet dat geen ander toestel en geen voicemail de oproep
    aanneemt.
    .sender = Toestellen en telefooncentrales die alle toestellen van de gebruiker kennen. Anders hoort het 486
        te zijn.
    .duty = Niet verder zoeken: er wordt geen andere tak geprobeerd. Alleen opnieuw bellen als de gebruiker dat
        wil, na Retry-After.
    .causes =
        - De gebruiker is in gesprek en wil geen ander.
        - Een telefooncentrale die het hele toestelnummer als bezet meldt.
    .remedy =
        - Verhindert het doorschakelen of voicemail? Laat het toestel 486 antwoorden, of beslis op de server
          voordat die de 600 doorgeeft.

code-603 = De gebelde wil de oproep niet en weet dat niemand anders hem zal aannemen. Een reden wordt niet
    gegeven.
    .sender = Een toestel waarop de gebruiker weigerde, een gebeurtenisserver die weigert, een gateway als de
        gebruiker aan de andere kant weigerde (oorzaak 21, locatie gebruiker). Sommige aanbieders gebruiken het
        ook als zij een oproep als ongewenst blokkeren.
    .duty = Niet verder zoeken en tonen dat de oproep geweigerd is. Splitsende proxy's trekken de andere takken
        in.
    .causes =
        - De gebruiker drukte op weigeren.
        - Een oproepfilter of blokkeerlijst weigert de beller; in Noord-Amerika gebruiken aanbieders het bij
          geautomatiseerde blokkering.
        - Een doorverbinding of REFER wordt geweigerd.
    .remedy =
        - De voicemail neemt de oproep niet over: 603 beëindigt het zoeken. Laat het toestel bij weigeren 486 of
          480 antwoorden.
        - Altijd, bij één beller: zoek dat nummer op blokkeerlijsten; lees de tekst achter het nummer.

code-604 = Het nummer of de gebruiker bestaat nergens, zegt iemand die het zeker weet.
    .sender = Een server die over de nummerreeks gaat, bijvoorbeeld na een opzoeking van nummerportabiliteit.
    .duty = Niet verder zoeken en het nummer als ongeldig merken. Binnen een dialoog eindigt de dialoog.
    .causes =
        - Het nummer is niet in gebruik.
    .remedy =
        - Controleer het nummer. Is het wel in gebruik, herstel dan de gezaghebbende gegevens, want andere
          routes worden niet meer geprobeerd.

code-606 = De gebruiker is bereikt en wil wel, maar wat wordt aangeboden kan op geen van zijn toestellen.
    .sender = User agents en telefooncentrales die alle toestellen van de gebruiker kennen; voor één toestel is
        het 488. Warning zegt wat niet past.
    .duty = Geen andere toestellen proberen. De beller kan opnieuw bellen met een ander aanbod.
    .causes =
        - Een regel voor alle toestellen, zoals alleen versleutelde gesprekken.
        - Bandbreedte of media die de hele locatie niet toestaat.
    .remedy =
        - Zoals bij 488: leg beide SDP's naast elkaar en lees Warning.

code-607 = Een mens heeft deze beller als ongewenst gemerkt.
    .sender = Het toestel van de gebelde, met de knop voor ongewenste oproepen. Het kan ook in Reason van een
        BYE staan.
    .duty = Ophouden, zoals bij elke 6xx. De aanbieder kan er deze beller voortaan voor deze gebruiker mee
        blokkeren.
    .causes =
        - Ongewenste reclame, of een gebruiker die de beller daarvoor aanziet.
    .remedy =
        - Een ten onrechte gemerkte beller wordt hersteld bij de aanbieder van de gebelde, op diens persoonlijke
          blokkeerlijst.

code-608 = Een machine onderweg heeft de oproep geblokkeerd; het gebelde toestel is niet overgegaan.
    .sender = Oproepanalyse en filters bij aanbieders. Call-Info noemt, ondertekend, bij wie men terechtkan,
        tenzij de beller voor kwaadwillend wordt gehouden.
    .duty = Ophouden, en de beller het contact tonen zodat een verkeerde beslissing betwist kan worden.
    .causes =
        - Het nummer van de beller heeft een slechte naam: veel korte oproepen, klachten, een niet of verkeerd
          ondertekende identiteit.
    .remedy =
        - Betwist het bij het contact in Call-Info. Onderteken de oproepen (STIR) met volledige bevestiging, en
          meld het nummer aan waar aanbieders lijsten bijhouden.
