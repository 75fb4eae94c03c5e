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

rule-d16 = Niet geregistreerd
    .advice =
        - Kijk of de telefoon aan staat, het netwerk bereikt en zich weer registreert.
        - Kijk naar de laatste pogingen om te registreren: zonder antwoord, geweigerd, of helemaal geen?
        - Een toestel hoort zijn registratie te vernieuwen als ongeveer de helft van de toegestane tijd voorbij is.
    .raise =
        - Neem bij de registrar op van voor het registreren af, of kijk in zijn lijst van contacten.
    .why-request = de oproep
    .why-refused = de registrar zelf zegt <code>
    .why-granted = de laatste registratie; die gold <granted> s

rule-d16-expired =
    .verdict = <user> was niet geregistreerd: de laatste registratie was <seconds> s voor de oproep verlopen. De
        registrar zei <code>.

rule-d16-closed =
    .verdict = <user> was niet te bereiken: de registratie gold nog, maar de verbinding waarover het toestel zich had
        geregistreerd was voor de oproep verbroken. De registrar zei <code>.
    .advice =
        - Kijk waarom de verbinding eindigde: het toestel startte opnieuw, wisselde van netwerk, of een router vergat haar.
        - Laat het toestel er elke minuut of twee iets over sturen, en haar opnieuw openen als ze eindigt.

rule-d16-removed =
    .verdict = <user> was niet geregistreerd: het toestel had zijn registratie ingetrokken. De registrar zei <code>.
    .advice =
        - Kijk of de telefoon met opzet is uitgezet of afgemeld.

rule-d16-unseen =
    .verdict = <user> was niet geregistreerd: de registrar zei meteen <code> en vroeg geen telefoon.

rule-d17 = NAT-opening gesloten
    .advice =
        - Laat het toestel elke 25 seconden iets sturen: CRLF, STUN of OPTIONS.
        - Of registreer over TCP of TLS, of voor een kortere tijd.
        - Verleng de UDP-timeout van de router voor het toestel.
    .raise =
        - Neem ook bij het toestel op: dat toont of het verzoek aankomt.
    .why-granted = de registratie geldt
    .why-first = het verzoek aan het geregistreerde adres
    .why-last = de laatste kopie; hier kwam niets terug
    .why-moved = het toestel registreert opnieuw, vanaf <next>

rule-d17-silent =
    .verdict = <method> ging naar <peer>, vanwaar een toestel achter NAT zich <seconds> s eerder had geregistreerd,
        en er kwam niets terug: de router vergeet de weg, of het toestel staat uit.

rule-d17-moved =
    .verdict = <method> ging naar <peer>, vanwaar een toestel achter NAT zich <seconds> s eerder had geregistreerd,
        en er kwam niets terug; daarna registreerde het toestel zich vanaf een andere poort: de router was de weg
        vergeten.

rule-d20 = Intern adres als Contact
    .advice =
        - Laat de server sturen naar het adres waar het toestel vandaan kwam, niet naar zijn Contact.
        - Een server onderweg kan ervoor zorgen met Path, Outbound, of een Contact dat hij herschrijft.
        - Of laat het toestel zijn publieke adres vinden: STUN, of wat rport het vertelde.
    .raise =
        - Neem minstens een halve minuut langer op.
    .why-contact = noemt een intern adres, en komt van <source>
    .why-sent = gaat naar dat interne adres

rule-d20-dialog =
    .verdict = <method> ging naar het interne adres <contact>, dat het Contact van een partij achter NAT noemde: daar
        kan het niet aankomen.

rule-d20-registered =
    .verdict = <method> ging naar het interne adres <contact>, zoals het toestel dat vanaf <source> registreerde:
        daar kan het niet aankomen.

rule-d21 = Interval te kort
    .raise =
        - Neem minstens een halve minuut langer op.
    .why-asked = vraagt om <asked> s
    .why-refused = zegt dat minstens <least> s nodig is
    .why-next = de volgende poging

rule-d21-again =
    .verdict = <code>: het interval van <asked> s is te kort, minstens <least> s is nodig, en de client vroeg opnieuw
        om te weinig.
    .advice =
        - Zet het interval in het toestel op <least> s of meer.

rule-d21-left =
    .verdict = <code>: het interval van <asked> s is te kort, minstens <least> s is nodig, en de client vroeg niet
        opnieuw.
    .advice =
        - Zet het interval in het toestel op <least> s of meer.

rule-d21-missing =
    .verdict = <code> kwam zonder <field>: de client kan niet weten welk interval wel goed is.
    .advice =
        - De server moet het kortste interval noemen in <field>.
    .why-refused = noemt geen grens

rule-d15 = Verboden door beleid
    .advice =
        - Herhaal hetzelfde verzoek niet: het verandert niets.
    .raise =
        - Neem op bij de server die weigerde, of kijk in zijn log: dat toont of een ander het eerst zei.
    .why-request = het verzoek
    .why-refused = verbiedt het met <code>
    .why-text = zegt waarom: <text>

rule-d15-before =
    .verdict = <hop> weigerde <method> van <source> met <code> voordat er om gegevens is gevraagd: het adres of het
        verzoek zelf mag niet.
    .advice =
        - Voeg het adres <source> toe aan de toegelaten adressen of aan de trunk.
        - Herhaal hetzelfde verzoek niet: het verandert niets.

rule-d15-after =
    .verdict = <hop> weigerde <method> met <code> hoewel er gegevens bij waren: het nummer van de beller of de
        bestemming is niet toegestaan, of de gegevens horen bij een andere gebruiker.
    .advice =
        - Bel met een nummer in From of P-Asserted-Identity dat bij het account hoort.
        - Kijk welke bestemmingen het account mag bellen, en naar het tegoed.

rule-d15-far =
    .verdict = <hop>, achter de eerste server, weigerde <method> met <code>: een nummer dat niet van de beller is, een
        geblokkeerde bestemming, of geen tegoed.
    .advice =
        - Vraag het de provider, met de Call-ID, de tijd en de tag van To.
        - Herhaal hetzelfde verzoek niet: het verandert niets.

rule-d18 = Afgetast of aangevallen
    .advice =
        - Blokkeer de bron, of laat alleen bekende netwerken bij de server.
        - Geef geen verschillende antwoorden voor bekende en onbekende gebruikers.
    .why-first = de eerste poging
    .why-last = de laatste poging binnen dezelfde minuut

rule-d18-scan =
    .verdict = <source> vroeg binnen een minuut om <users> verschillende gebruikers en werd nooit toegelaten
        (User-Agent: <agent>): iemand zoekt accounts.

rule-d19 = Dubbele of verlopen contacten
    .advice =
        - Bekijk de contacten van de gebruiker op <peer> en verwijder de oude.
        - Laat toestellen zich met een instance (RFC 5626) en voor kortere tijd registreren; oude verdwijnen dan vanzelf.
    .raise =
        - Neem langer op dan registraties gelden: een oud contact wordt nooit vernieuwd.
    .why-request = registreert dit contact
    .why-listed = noemt alles wat de gebruiker nu heeft
    .why-earlier = registreerde het oude
    .why-other = het andere toestel registreert zich

rule-d19-instance =
    .verdict = <peer> noemt één toestel twee keer (<other> nogmaals, met dezelfde instance en flow): het nieuwe contact had
        het oude moeten vervangen. Gesprekken gaan naar allebei, en een van de twee is dood.
    .advice =
        - Herstel de registrar op <peer>: dezelfde instance en reg-id vervangen het vorige contact.

rule-d19-stale =
    .verdict = <device> registreerde zich opnieuw vanaf een andere poort, en het oude contact <other> staat er nog:
        gesprekken gaan daar ook heen, en niemand neemt op.

rule-d19-fighting =
    .verdict = <device> en <other> registreren om beurten dezelfde gebruiker, en duwen elkaar eruit: gesprekken bereiken
        alleen wie het laatst was.
    .advice =
        - Geef elk toestel een eigen account, of laat <peer> meer contacten per gebruiker bewaren.

rule-d23 = Domein niet van deze server
    .advice =
        - Herstel het domein in het account van het toestel: het deel na de @, en niet het adres van de server.
        - Of voeg de naam toe aan de domeinen die <peer> bedient.
    .raise =
        - Neem een verzoek op dat <peer> wel aanneemt: daaruit blijkt welk domein verwacht wordt.
    .why-request = vraagt naar <domain>
    .why-refused = weigert met <code>
    .why-served = werd aangenomen voor <served>

rule-d23-other =
    .verdict = <peer> antwoordde <code> op een verzoek voor het domein <domain>, en neemt verzoeken aan voor <served>: dat
        andere domein is niet van hem.

rule-d23-told =
    .verdict = <peer> antwoordde <code>: het domein <domain> is niet van hem, en dit verzoek geeft hij niet door.
