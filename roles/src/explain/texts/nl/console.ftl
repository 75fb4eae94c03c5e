### Woorden van de console. `<name>` staat voor een waarde.

console-skip = Naar de inhoud
console-places = Onderdelen
console-overview = Overzicht
console-calls = Gesprekken
console-registrations = Aanmeldingen
console-bans = Blokkades
console-routes = Routes
console-codes = Codes
console-capture = Opname
console-language = Taal
console-sign-out = Uitloggen
console-signed-in = Ingelogd als <name>
console-table = Tabel, schuift zijwaarts

## Inloggen

console-sign-in = Inloggen
console-name = Naam
console-password = Wachtwoord
console-sign-in-wrong = Naam of wachtwoord klopt niet.
console-sign-in-wait = Er zijn te veel pogingen gedaan: wacht vijf minuten.
console-sign-in-failed = De server kon u niet inloggen; in zijn log staat waarom.
console-sign-in-origin = Deze pagina kwam ergens anders vandaan: laad haar opnieuw en log in.
console-sign-in-hint = Het account admin is gemaakt toen de server voor het eerst startte; die toonde het wachtwoord één keer. `ringback account password admin` geeft een nieuw wachtwoord.

## Woorden van meerdere pagina's

console-began = Begin
console-from = Van
console-to = Naar
console-code = Code
console-method = Methode
console-verdict = Oordeel
console-lasted = Duur
console-user = Gebruiker
console-why = Waarom
console-since = Sinds
console-until = Tot
console-show = Toon
console-clear = Wis
console-any = alle
console-newest = Nieuwste
console-older = Ouder
console-next = Volgende
console-sure = Hoe zeker
console-who = Wie iets moet doen
console-do = Wat te doen
console-not-recorded = Er wordt niets vastgelegd: `[journal]` staat uit, of bewaart geen gesprekken. Zie docs/why.md.
console-none = geen
console-figures = Cijfers
console-server = Server

## Overzicht

console-calls-now = Gesprekken nu
console-users-registered = Gebruikers aangemeld
console-of = van <count>
console-contacts = Toestellen
console-answer-ratio = Beantwoord (ASR)
console-answer-ratio-of = <answered> van <attempts>
console-delay = Wachttijd na kiezen
console-delay-median = mediaan
console-delay-p95 = 95 % binnen
console-delay-of = mediaan · 95 % binnen <p95>
console-connections = Verbindingen
console-banned = Geblokkeerde bronnen
console-lost = Niet vastgelegd
console-window = Periode
console-window-1h = 1 uur
console-window-6h = 6 uur
console-window-24h = 24 uur
console-window-7d = 7 dagen
console-live = live
console-not-live = niet live: u ziet de stand van toen de pagina werd geladen
console-codes-over-time = Codes in de tijd
console-codes-over-time-alt = Eindcodes van gesprekken per klasse, van <from> tot <to>; de hoogste kolom telt er <most>. De cijfers volgen als tabel.
console-ratio-over-time = Aandeel beantwoord in de tijd
console-ratio-over-time-alt = Aandeel van de gesprekken dat werd beantwoord, van <from> tot <to>. De cijfers volgen als tabel.
console-delay-over-time = Wachttijd na kiezen in de tijd
console-delay-over-time-alt = Van INVITE tot eerste belsignaal of antwoord: de mediaan, en de langste wachttijd van 95 op de 100 gesprekken, van <from> tot <to>; hooguit <most> ms. De cijfers volgen als tabel.
console-time = Tijd
console-class-2 = 2xx beantwoord
console-class-3 = 3xx doorverwezen
console-class-4 = 4xx geweigerd
console-class-5 = 5xx server
console-class-6 = 6xx overal geweigerd
console-top-causes = Meest voorkomende oorzaken
console-count = Aantal
console-no-causes = In deze periode mislukte geen enkel gesprek.
console-state-ok = De server werkt.
console-state-draining = De server wordt gestopt en neemt geen nieuwe gesprekken aan.
console-state-failed = Een werkproces is uitgevallen: de server werkt niet zoals het hoort.
console-up-since = Draait sinds
console-version = Versie
console-domains = Domeinen
console-journal-off = Voor cijfers over gesprekken is de vastlegging nodig: zet `[journal] enabled = true`.

## Gesprekken

console-live-only = alleen wat nu bezig is
console-no-calls = Geen gesprekken die passen.
console-calls-caption = Gesprekken, het nieuwste eerst
console-state-trying = wordt opgezet
console-state-ringing = gaat over
console-state-talking = in gesprek
console-state-ended = afgelopen
console-no-code = geen code

## Een gesprek

console-call = Gesprek
console-call-id = Call-ID
console-stage = Stand
console-heard = laatste bericht <age> geleden
console-lost-call = afgelopen, al is niet gezien dat iemand ophing
console-evidence = Bewijs
console-facts-all = Alles wat de server noteerde (<count>)
console-branches = Wie de server vroeg
console-target = Doel
console-address = Adres
console-end = Einde
console-fate = Wat ervan werd
console-ladder = Berichten
console-ladder-hint = Kies een regel om het bericht te lezen; met de pijltjestoetsen gaat u van het ene naar het andere. Gemarkeerde regels tonen de oorzaak.
console-ladder-label = Ladder van berichten
console-no-messages = Van dit gesprek zijn geen berichten vastgelegd.
console-media = Media
console-others = Andere verzoeken van dit gesprek die werden geweigerd
console-missing = Er ontbreken <count> gegevens: het relaas kan gaten hebben.
console-sent = verzonden
console-received = ontvangen
console-telling = toont de oorzaak
console-codec = Formaat
console-packets = Pakketten
console-packets-lost = Kwijt
console-jitter = Jitter (slechtste)
console-digits = Gekozen toetsen

## Aanmeldingen

console-registrations-caption = Gebruikers en hun toestellen
console-contact = Contact
console-phone = Toestel
console-peer = Vanaf adres
console-age = Laatst gehoord
console-age-ago = <age> geleden
console-expires = Verloopt
console-not-registered = niet aangemeld
console-reachable = bereikbaar
console-unreachable = niet bereikbaar
console-no-users = Er zijn nog geen gebruikers: `ringback user add` voegt ze toe.
console-no-such-user = Geen gebruiker heeft deze letters in de naam.
console-why-user = Waarom is deze gebruiker niet bereikbaar?
console-history = Geschiedenis
console-no-history = Van deze gebruiker is niets vastgelegd.
console-unknown-user = Deze gebruiker heeft hier geen account.
console-contacts-now = Toestellen nu
console-no-contacts = Geen toestel van deze gebruiker kan nu worden gebeld.
console-refused-call = het verzoek

## Blokkades

console-bans-caption = Bronnen die niet worden bediend
console-source = Bron
console-lift = Hef op
console-lift-source = Hef de blokkade van <source> op
console-no-bans = Niemand is geblokkeerd.
console-bans-hint = Blokkades eindigen vanzelf. Een IPv6-adres staat voor zijn /64.
console-ban-add = Een adres blokkeren
console-ban-for = Hoelang
console-ban = Blokkeer
console-ban-lifted = <source> wordt weer bediend.
console-ban-added = <source> is geblokkeerd.
console-ban-failed = Er is niets veranderd: <source> is geen adres, of is niet geblokkeerd.
console-ban-operator = door de beheerder

## Routes

console-try = Probeer
console-try-heading = Wat zou er met een verzoek gebeuren?
console-try-hint = De regels worden geprobeerd zoals de server dat doet, en aanmeldingen worden opgezocht. Er wordt niets verzonden.
console-no-uri = “<text>” is geen URI zoals sip:bob@example.test.
console-no-address = “<text>” is geen IP-adres.
console-no-transport = “<text>” is niet udp, tcp, tls, ws of wss.
console-no-time = “<text>” is geen tijd zoals 2026-11-21T04:30.
console-no-store = De aanmeldingen kunnen niet worden gelezen: <text>
console-for-whom = Voor wie
console-caller = Beller
console-caller-hint = leeg: een gebruiker van de domeinen
console-source-address = Vanaf adres
console-transport = Transport
console-when = Wanneer
console-when-hint = leeg: nu
console-outcome = Uitkomst
console-outcome-answer = De server antwoordt zelf
console-outcome-send = Het verzoek wordt doorgestuurd
console-outcome-unknown = De gebruiker kan niet worden opgezocht: er is geen opslag.
console-goes-to = Naar
console-by-way-of = via
console-preference = voorkeur
console-tried = Geprobeerde routes
console-route = Route
console-line = Regel
console-holds = past
console-result = Resultaat
console-no-routes-tried = Er werd geen route geprobeerd: het verzoek is al vóór het kiesplan beslist, of er zijn geen routes.
console-target-is = Het verzoek zou zijn voor

## Codes

console-codes-hint = Elke code, methode, timer, headerveld en oorzaak van SIP: wat het betekent, wie het stuurt, waar het vandaan komt en wat helpt.
console-find-code = Zoek
console-kind = Soort
console-shown = getoond
console-no-entries = Niets gevonden. Probeer een code zoals 480, een oorzaak zoals q850:34, of een woord.
console-entry = Onderwerp
console-meaning = Betekenis
console-back-to-codes = Alle codes
console-references = Vastgelegd in
console-calls-with = Gesprekken met deze code

## Opnamen

console-capture-hint = Een opname van SIP-apparatuur van wie dan ook: pcap, pcapng, of een tekst met hele berichten. Ze wordt op deze server gelezen, beoordeeld en weer vergeten.
console-capture-file = Opnamebestand
console-capture-judge = Beoordeel
console-capture-drop = Sleep een bestand naar een willekeurige plek op deze pagina, of kies er een.
console-capture-busy = Bezig met lezen…
console-capture-of = Oordelen over <name>
console-capture-calls = Gesprekken: <calls>, berichten: <messages>, pakketten: <packets>
console-capture-none = Dit bestand bevat geen SIP-berichten.
console-no-capture = <name> is geen opname en ook geen tekst met SIP-berichten.
console-capture-cut = Alleen de eerste <count> gesprekken worden getoond; `ringback trace` toont ze allemaal.
console-capture-more = Wat het zekerder zou maken
console-capture-evidence = Bericht <number>: 

## Wat niet getoond kan worden

console-fault-404 = Deze pagina bestaat niet, of onder deze naam is niets vastgelegd.
console-near = Bedoelde u
console-fault-403 = Dit is geweigerd: de pagina was te oud, of kwam ergens anders vandaan. Laad haar opnieuw en herhaal wat u deed.
console-fault-413 = Dit bestand is te groot voor de console; `ringback trace` leest het wel.
console-fault-500 = De server kon deze pagina niet maken; in zijn log staat waarom.
console-fault-503 = De server stopt, of doet er te lang over.
console-fault-back = Naar het overzicht
