## Calls that are run again

replay-same = Opnieuw hetzelfde, byte voor byte
replay-differs = Er wordt iets anders verstuurd, vanaf dit bericht van de server:
replay-recorded = opgenomen
replay-replayed = opnieuw uitgevoerd
replay-nothing = niets meer
replay-was = was
replay-would = zou zijn
replay-open = onbekend wat het antwoord zou zijn
replay-rule = regel
replay-unknown = gevraagd, en niet opgenomen
replay-beside = Niet te zeggen
replay-beside-gap = uit deze tijd ontbreken gegevens
replay-beside-no-messages = van het gesprek is geen bericht opgenomen
replay-beside-cut = van een lang bericht is alleen het begin opgenomen
replay-beside-load = het hing af van wat anderen deden, of van wat de beller eerder had gedaan
replay-beside-store = het gaat om abonnementen, en de toestand die ze melden is niet opgenomen
replay-beside-hidden = wat werd gepubliceerd, is verborgen en niet te vervangen
replay-beside-contacts = welke contacten de gebruiker eerder had, is niet opgenomen
replay-beside-configuration = de configuratie veranderde tijdens het gesprek
replay-beside-hop-aside = een volgende server had gevraagd om met rust te worden gelaten
replay-beside-no-beginning = de configuratie waarmee de server liep, is niet opgenomen
replay-beside-differs = met de opgenomen configuratie wordt er iets anders verstuurd
diff-calls = gesprekken
diff-calls-one = gesprek
diff-changed = daarvan zouden veranderen
diff-unjudged = daarvan zijn niet te beoordelen
