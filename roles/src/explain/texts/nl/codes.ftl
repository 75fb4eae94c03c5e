### Antwoordcodes. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

code-480 = De gebelde gebruiker is hier bekend, maar is op dit moment niet te bereiken. Er is niets mis met het nummer
    of met het verzoek: dezelfde oproep kan later wel slagen.
    .sender = De server van het domein van de gebelde als daar geen toestel is aangemeld; het toestel zelf als het op
        niet storen staat of is afgemeld; een gateway als het telefoonnet meldt dat niemand opneemt of dat de abonnee
        afwezig is.
    .duty = Deze poging beëindigen. Staat er Retry-After in het antwoord, dan niet eerder opnieuw proberen. In een
        lopend abonnement of gesprek eindigt alleen dat gebruik. Een oproep naar een sips:-adres mag niet zonder
        toestemming van de gebruiker naar het sip:-adres worden herhaald.
    .causes =
        - Het toestel staat uit, heeft geen netwerk, of de registratie is verlopen.
        - De registratie mislukt sinds een wijziging van wachtwoord of netwerk, en niemand heeft het gemerkt.
        - Een router heeft de adresvertaling laten vervallen; de registratie was verouderd en is verwijderd.
        - Niet storen staat aan, of alle medewerkers van een wachtrij zijn afgemeld.
        - Via een gateway: het toestel ging over en niemand nam op (oorzaak 19), of de mobiele telefoon heeft geen
          bereik (oorzaak 20).
    .remedy =
        - Kijk of de gebelde een geldige registratie heeft en wanneer de laatste REGISTER binnenkwam.
        - Lees de velden Reason en Warning van het antwoord: die onderscheiden geen gehoor van niet aangemeld.
        - Verkort de registratietermijn of zet keep-alives aan als registraties achter een router verlopen.
        - Stel doorschakeling naar voicemail in voor wie vaak onbereikbaar is.
