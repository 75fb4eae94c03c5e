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
