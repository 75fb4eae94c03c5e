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
