### Woorden van de diagnose.

diagnosis-certain = zeker
diagnosis-likely = waarschijnlijk
diagnosis-possible = mogelijk
diagnosis-cut-short = de opname is afgekapt

## Wie iets moet doen

diagnosis-caller = de bellende kant
diagnosis-callee = de gebelde kant
diagnosis-sender = de kant die het verzoek stuurde
diagnosis-receiver = de kant voor wie het verzoek bedoeld is
diagnosis-network = wie het netwerk ertussen beheert
diagnosis-us = deze server
diagnosis-carrier = de aanbieder
diagnosis-nobody = niemand

## Lijsten en verslagen

diagnosis-good = niets aan de hand
diagnosis-unknown = mislukt; geen regel weet waarom
diagnosis-open = het einde is niet opgenomen
diagnosis-sure = Hoe zeker
diagnosis-who = Wie iets moet doen
diagnosis-ruled-out = Bekeken en uitgesloten
diagnosis-ended-by-caller = Beëindigd door de beller
diagnosis-ended-by-callee = Beëindigd door de gebelde kant
diagnosis-ended-by-middle = Beëindigd van tussen de twee kanten: geen van beide hing op
diagnosis-ended-by-timer = Beëindigd door een timer: niemand wilde dat
diagnosis-independent = Deze bevindingen staan los van elkaar.
diagnosis-leg-identifier = beide dragen hetzelfde kenmerk
diagnosis-leg-media = beide vragen geluid op dezelfde plek
diagnosis-leg-numbers = de computer die de ene kreeg, begon toen de andere, met dezelfde nummers
diagnosis-packets = pakketten
diagnosis-packets-one = pakket
diagnosis-messages = berichten
diagnosis-messages-one = bericht
diagnosis-calls = gesprekken getoond
diagnosis-calls-one = gesprek getoond
diagnosis-no-such-call = geen gesprek heeft een Call-ID dat begint met
diagnosis-near-calls = Het meest lijken erop:
diagnosis-lost = kwijt
diagnosis-torn = het bestand eindigt midden in een pakket
diagnosis-cut = pakketten zijn niet heel in het bestand: neem op met een grotere lengte
diagnosis-cut-one = pakket is niet heel in het bestand: neem op met een grotere lengte
diagnosis-odd-ends = berichten hebben adressen die haast niet kunnen kloppen (de meldende server vergist zich): bevindingen over hun gesprekken zijn niet zeker
diagnosis-odd-ends-one = bericht heeft adressen die haast niet kunnen kloppen (de meldende server vergist zich): bevindingen over het gesprek zijn niet zeker
diagnosis-left-out = berichten zijn weggelaten, omdat het er te veel waren
diagnosis-left-out-one = bericht is weggelaten, omdat het er te veel waren
diagnosis-locked-secret = in het sleutelbestand staan geen geheimen van deze verbinding
diagnosis-locked-suite = deze versleuteling wordt niet gelezen:
diagnosis-locked-midway = het begin van deze verbinding is niet opgenomen
diagnosis-locked-broken = de geheimen passen niet op deze verbinding, of er ontbreekt een stuk
diagnosis-capturing = Opname op
diagnosis-column-began = Begin
diagnosis-column-from = Van
diagnosis-column-to = Naar
diagnosis-column-code = Uitkomst
diagnosis-column-verdict = Oordeel

## Wat servers via HEP3 melden

hep-listening = Ontvangt HEP3 op
hep-title = Gesprekken die servers hebben gemeld
hep-calls = gesprekken
hep-calls-one = gesprek
hep-agent = Meldpunt
hep-refused = pakketten niet aangenomen
hep-refused-one = pakket niet aangenomen
hep-refused-from = Niet aangenomen van
hep-wrong-key = de sleutel ontbreekt of klopt niet
hep-not-hep = het is geen HEP
hep-no-ends = adressen of poorten ontbreken
hep-no-payload = er zit niets in
hep-compressed = het gecomprimeerde deel is niet te lezen
hep-malformed = het is niet goed gevormd
