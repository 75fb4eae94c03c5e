### Regels over registratie en wachtwoorden. Waarde: de titel. Attributen: verdict, advice, raise, why-….

rule-d11 = Wachtwoord of gebruiker onjuist
    .verdict = De gegevens van "<user>" voor "<realm>" zijn geweigerd met <code>: het wachtwoord of de
        gebruikersnaam voor het aanmelden klopt niet.
    .advice =
        - Typ het wachtwoord opnieuw; let op een spatie aan het eind.
        - De gebruikersnaam voor het aanmelden is vaak niet het toestelnummer en niet de getoonde naam: vergelijk
          hem met het account.
        - Laat het toestel stoppen met proberen tot het is verbeterd: herhaalde fouten leiden tot een blokkade.
        - Na een wijziging van het domein moeten wachtwoorden die als hash zijn bewaard opnieuw worden ingesteld.
    .raise =
        - Kijk in het log van de server die weigerde: die weet of de digest niet klopte.
    .why-challenge = vraagt om gegevens
    .why-credentials = beantwoordt precies deze vraag als "<user>"
    .why-refused = weigert ze met <code>

rule-d11-forbidden =
    .verdict = De gegevens van "<user>" voor "<realm>" zijn geweigerd met <code>: het wachtwoord of de
        gebruikersnaam klopt niet, of het account mag niet registreren.

rule-d12 = Nonce verlopen
    .advice =
        - Zoek uit waarom de client traag antwoordde: een vraag aan een mens, DNS, een drukke machine.
        - Laat de nonces van de server langer leven.
        - Servers achter één verdeler moeten de sleutel van hun nonces delen.
    .raise =
        - Kijk in het log van de server: die weet of de nonce te oud was.
    .why-challenge = vraagt om gegevens
    .why-credentials = antwoordt na <seconds> s
    .why-anew = vraagt opnieuw, met een andere nonce

rule-d12-stale =
    .verdict = De server vond de nonce verlopen toen "<user>" na <seconds> s antwoordde, en geen latere poging lukte.

rule-d12-late =
    .verdict = "<user>" beantwoordde de vraag na <seconds> s; de server vroeg opnieuw met een andere nonce, zoals hij
        doet als de eerste verlopen is.

rule-d13 = Uitdaging niet beantwoord
    .advice =
        - Vul in het toestel gebruiker en wachtwoord in voor de realm "<realm>".
        - Een registrar en een user agent vragen met 401, een proxy vraagt met 407: kijk of wat onderweg staat dat
          doet.
    .raise =
        - Neem bij het toestel op: dat toont of de vraag daar aankomt.
    .why-challenge = vraagt om gegevens
    .why-next = de volgende poging van hetzelfde toestel

rule-d13-none =
    .verdict = <method> kreeg <code> voor "<realm>", en er volgde geen nieuw verzoek met gegevens.

rule-d13-bare =
    .verdict = <method> kreeg <code> voor "<realm>", en het toestel vroeg opnieuw zonder gegevens.

rule-d13-realm =
    .verdict = De vraag geldt voor de realm "<realm>", en het toestel gaf gegevens voor "<given>".
    .advice =
        - Zet de realm van het account in het toestel op "<realm>", of laat hem leeg.

rule-d13-algorithm =
    .verdict = <method> kreeg <code> voor "<realm>" met algoritmen die veel toestellen niet kennen (geen MD5), en er
        volgde geen nieuw verzoek met gegevens.
    .advice =
        - Bied MD5 aan naast SHA-256, of werk het toestel bij.
        - Vul in het toestel gebruiker en wachtwoord in voor de realm "<realm>".

rule-d14 = Vraag om wachtwoord waar het niet helpt
    .why-request = het verzoek
    .why-challenge = vraagt om gegevens

rule-d14-inside =
    .verdict = <method> binnen de dialoog kreeg <code> en is niet herhaald met gegevens: het had geen gevolg.
    .advice =
        - Vraag niet om gegevens binnen een dialoog waar de server aan meedoet.
        - Anders moet het toestel het verzoek met gegevens herhalen.

rule-d14-cancel =
    .verdict = <method> kreeg <code>, hoewel een client dat niet met gegevens kan herhalen.
    .advice =
        - Vraag niet om gegevens voor CANCEL en ACK: ze horen bij een verzoek dat is doorgelaten.
