### Oorzaken uit het telefoonnet. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

## 1 tot 31: normale gebeurtenis

cause-1 = Het nummer is niet in gebruik of aan niemand toegekend.
    .remedy = Controleer het nummer en de schrijfwijze zoals het naar het telefoonnet ging.

cause-2 = Het net kent geen weg naar het gevraagde doorvoernet.
    .remedy = Een routeringsfout van de aanbieder of een verkeerde netkeuzecode; meld het de aanbieder.

cause-3 = Er is geen route naar het gebelde nummer.
    .remedy = Controleer kengetal en landcode; klopt het nummer, meld het dan de aanbieder.

cause-4 = Het nummer is om een blijvende reden onbereikbaar; de beller hoort de informatietoon te krijgen.
    .remedy = Controleer het nummer; het is buiten gebruik of vanuit dit net niet te bereiken.

cause-5 = Er is een verkeerd kengetal gekozen.
    .remedy = Verbeter het nummer: een overbodige 0 of 1 is de gebruikelijke reden.

cause-6 = Het aangeboden kanaal is voor deze oproep niet bruikbaar.
    .remedy = Vergelijk de kanaalinstellingen aan beide kanten van de trunk.

cause-7 = De oproep sluit aan op een bestaand kanaal; gebruikt bij pakketdiensten.
    .remedy = Niets doen.

cause-8 = De oproep is verbroken voor een met hogere prioriteit.
    .remedy = Normaal in netten met voorrang; probeer het opnieuw.

cause-9 = De oproep is verbroken voor een met hogere prioriteit, en de lijn blijft daarvoor gereserveerd.
    .remedy = Normaal in netten met voorrang; probeer het opnieuw.

cause-10 = Er is een overbodige 1 voor het nummer gekozen (Noord-Amerika).
    .remedy = Kies zonder de 1.

cause-11 = Er zijn meer cijfers gekozen dan nodig; de oproep gaat door.
    .remedy = Niets doen.

cause-14 = Het nummer is naar een ander net overgezet, zo bleek bij het verbreken.
    .remedy = Het net routeert vanzelf opnieuw; zo niet, dan zijn de portabiliteitsgegevens verouderd.

cause-16 = Het normale einde: een van beiden hing op. Voor het opnemen betekent het dat de beller het opgaf.
    .remedy = Niets doen. Klagen gebruikers met deze oorzaak over weggevallen gesprekken, dan kwam het ophangen
        van een apparaat: zoek uit welke kant het stuurde.

cause-17 = De gebelde is in gesprek.
    .remedy = Bel later opnieuw, of stel doorschakelen bij bezet in.

cause-18 = Het toestel van de gebelde reageerde binnen de toegestane tijd helemaal niet; het ging niet eens
    over.
    .remedy = Het toestel of systeem aan de andere kant staat uit of is niet aangesloten. Gateways van Cisco
        maken er 480 van, RFC 3398 408.

cause-19 = Het ging over en niemand nam op tijd op.
    .remedy = Normaal. Stel voicemail of doorschakelen bij geen gehoor in.

cause-20 = De abonnee is afwezig: een mobiele telefoon staat uit of heeft geen bereik.
    .remedy = Bel later; misschien neemt de voicemail van de mobiele telefoon op.

cause-21 = De oproep is geweigerd, door de gebruiker of door het net; de locatie zegt welke van de twee.
    .remedy = Van de gebruiker (603): weggedrukt of blokkeerlijst. Van het net (403): nummer van de beller,
        rechten of fraudefilter van de aanbieder.

cause-22 = Het nummer is gewijzigd; het nieuwe kan erbij staan.
    .remedy = Kies het nieuwe nummer; met dat nummer geeft RFC 3398 301, zonder 410.

cause-23 = De oproep moet naar een andere bestemming.
    .remedy = Volg het nieuwe nummer. In sommige netten betekent de waarde dat betalen door de gebelde is
        geweigerd.

cause-24 = Een dienst van de gebelde kant weigerde de oproep, bijvoorbeeld tegen anonieme bellers.
    .remedy = Bel met zichtbaar nummer.

cause-25 = Het net had bij het routeren te veel schakels nodig of vond een lus.
    .remedy = Zoek naar oproepen die tussen twee systemen heen en weer gaan; meld het de aanbieder.

cause-26 = Een andere gebruiker nam de oproep aan, dus is deze tak verbroken.
    .remedy = Normaal bij meer toestellen op één lijn. In Noord-Amerika kan het een verkeerd gerouteerd
        overgezet nummer zijn.

cause-27 = De lijn of het systeem van de gebelde is buiten dienst.
    .remedy = De aanbieder of eigenaar aan de andere kant moet het herstellen; probeer een andere route.

cause-28 = Het nummer is onvolledig of heeft een verkeerde vorm.
    .remedy = Vergelijk de cijfers en de soort nummer (nationaal, internationaal) met wat de aanbieder verwacht.

cause-29 = Het net weigert een dienst waar de oproep om vroeg.
    .remedy = Zoek de dienst in het opzetbericht (bijvoorbeeld doorschakelen) en laat haar weg.

cause-30 = Alleen een antwoord op een vraag naar de toestand; geen fout.
    .remedy = Niets doen.

cause-31 = Een normaal einde zonder nadere reden; systemen die niet beter weten sturen het ook.
    .remedy = Zoek eerder in de keten naar een oorzaak; veel gateways vervangen onbekende redenen door 31.

## 33 tot 47: middelen niet beschikbaar

cause-33 = Een lijn is buiten dienst.
    .remedy = Test de trunk; blokkeer de lijn.

cause-34 = Er is onderweg geen kanaal vrij.
    .remedy = Te weinig kanalen voor het verkeer, of kanalen die zijn blijven hangen. Breid uit of voeg een
        tweede route toe.

cause-35 = De bestemming is nu niet te bereiken (nationaal gebruik).
    .remedy = Probeer het later; meld het de aanbieder.

cause-37 = De kwaliteit is gedaald (nationaal gebruik).
    .remedy = Meld het de aanbieder.

cause-38 = Het net is buiten dienst, en dat duurt nog even.
    .remedy = Gebruik een andere route; meteen opnieuw proberen heeft geen zin.

cause-39 = Een vaste frameverbinding is buiten dienst.
    .remedy = Gaat over dataverbindingen, niet over gesprekken: meld het de aanbieder.

cause-40 = Een vaste frameverbinding werkt weer.
    .remedy = Niets doen.

cause-41 = Een storing in het net die snel voorbij hoort te gaan.
    .remedy = Probeer het opnieuw. Houdt het aan, meld het dan met tijd en nummer.

cause-42 = Een centrale onderweg is overbelast.
    .remedy = Probeer het iets later opnieuw, met groeiende tussenpozen, of langs een andere route.

cause-43 = Het net kon een deel van de meegegeven gegevens niet afleveren, zoals een subadres of gegevens van
    gebruiker naar gebruiker.
    .remedy = Laat die gegevens weg.

cause-44 = De gevraagde lijn is aan de andere kant bezet.
    .remedy = De gateway probeert vanzelf een andere. Gebeurt het vaak, dan kiezen beide kanten vanaf hetzelfde
        einde: keer aan één kant de volgorde om.

cause-45 = De oproep moest wijken (nationaal gebruik).
    .remedy = Probeer het opnieuw.

cause-46 = Een gesprek met hogere of gelijke prioriteit houdt de lijn bezet.
    .remedy = Probeer het later opnieuw.

cause-47 = Iets wat de oproep nodig heeft is op: geheugen, bandbreedte, codecs.
    .remedy = Bekijk de belasting van de gateway; de verwerking van geluid is vaak de flessenhals.

## 49 tot 63: dienst of optie niet beschikbaar

cause-49 = De gevraagde kwaliteit is niet te geven.
    .remedy = Vraag minder.

cause-50 = De gebruiker heeft geen abonnement op de gevraagde dienst.
    .remedy = Bestel haar, of vraag er niet om.

cause-51 = Betalen door de gebelde is niet toegestaan (nationaal gebruik).
    .remedy = Bel zonder.

cause-52 = De bellende lijn mag zulke oproepen niet doen (nationaal gebruik).
    .remedy = Hef de blokkering op als ze niet bedoeld is.

cause-53 = De gesloten gebruikersgroep laat haar lid niet naar buiten bellen.
    .remedy = Verbeter de groep bij de aanbieder.

cause-54 = De gebelde lijn neemt geen oproepen aan (nationaal gebruik).
    .remedy = Vraag het de gebelde.

cause-55 = De gesloten gebruikersgroep staat geen oproepen naar dit lid toe.
    .remedy = Verbeter de groep bij de aanbieder.

cause-56 = Op wisselgesprek is geen abonnement (nationaal gebruik).
    .remedy = Behandel het als in gesprek.

cause-57 = De beller mag dit soort verbinding niet gebruiken, zoals 64 kbit/s data.
    .remedy = Bel als spraak of 3,1 kHz-geluid, of laat de dienst vrijgeven.

cause-58 = Dit soort verbinding is nu niet te krijgen.
    .remedy = Probeer het later, of als spraak.

cause-62 = De opgegeven toegangsgegevens zijn in strijd met de klasse van de abonnee.
    .remedy = Verbeter de instellingen van groep of klasse.

cause-63 = De dienst is niet beschikbaar, zonder nadere reden.
    .remedy = Kijk of de lijn de dienst überhaupt heeft.

## 65 tot 79: dienst of optie niet aanwezig

cause-65 = Het net of apparaat heeft dit soort verbinding helemaal niet.
    .remedy = Controleer welke soort verbinding de gateway vraagt: voor gesprekken spraak in plaats van
        onbeperkte data.

cause-66 = Dit soort kanaal wordt niet ondersteund.
    .remedy = Vergelijk de trunkinstellingen aan beide kanten.

cause-67 = Keuze van een doorvoernet wordt niet ondersteund (nationaal gebruik).
    .remedy = Kies zonder netkeuzecode.

cause-68 = Een bericht wordt niet ondersteund (nationaal gebruik).
    .remedy = Vergelijk de protocolvarianten aan beide kanten.

cause-69 = Een dienst waar de oproep om vroeg bestaat in het net niet.
    .remedy = Laat de dienst weg.

cause-70 = Er is alleen beperkte digitale overdracht beschikbaar.
    .remedy = Gebruik een ander soort verbinding.

cause-79 = De dienst of optie bestaat niet, zonder nadere reden.
    .remedy = Vergelijk de protocolvarianten aan beide kanten van de trunk.

## 81 tot 95: ongeldig bericht

cause-81 = Een bericht noemt een oproep die de andere kant niet kent.
    .remedy = Meestal na een herstart van één kant: het gaat vanzelf over.

cause-82 = Er wordt een kanaal genoemd dat niet bestaat.
    .remedy = Vergelijk het aantal kanalen aan beide kanten.

cause-83 = Er is wel een gesprek geparkeerd, maar niet met dit kenmerk.
    .remedy = Parkeer en hervat opnieuw.

cause-84 = Het kenmerk voor het parkeren is al in gebruik.
    .remedy = Kies een ander.

cause-85 = Er is geen gesprek geparkeerd.
    .remedy = Er valt niets te hervatten.

cause-86 = Het geparkeerde gesprek is intussen verbroken.
    .remedy = Bel opnieuw.

cause-87 = De gebelde zit niet in de gesloten groep van de beller.
    .remedy = Verbeter de groep, of bel zonder.

cause-88 = Het gebelde apparaat past niet bij deze oproep: een fax- of dataoproep naar een telefoon
    bijvoorbeeld.
    .remedy = Vergelijk de gevraagde soort verbinding met het gebelde apparaat.

cause-89 = Het verkorte nummer bestaat niet (nationaal gebruik).
    .remedy = Kies het volledige nummer.

cause-90 = De gesloten gebruikersgroep bestaat niet.
    .remedy = Verbeter het kenmerk van de groep.

cause-91 = De code van het doorvoernet is verkeerd.
    .remedy = Verbeter de netkeuzecode.

cause-92 = Een parameter van een dienst is verkeerd (nationaal gebruik).
    .remedy = Vergelijk de protocolvarianten.

cause-93 = Een verplicht onderdeel ontbreekt (nationaal gebruik).
    .remedy = Vergelijk de protocolvarianten; zie oorzaak 96.

cause-95 = Het bericht was verkeerd, zonder nadere reden.
    .remedy = Vergelijk de protocolvarianten aan beide kanten.

## 96 tot 111: protocolfout

cause-96 = In een bericht ontbreekt een verplicht onderdeel.
    .remedy = Een fout of variant van het protocol: vergelijk de trunkinstellingen aan beide kanten.

cause-97 = Dit soort bericht bestaat hier niet.
    .remedy = Vergelijk de protocolvarianten.

cause-98 = Het bericht past niet bij de toestand van de oproep, of bestaat niet.
    .remedy = Berichten kruisten elkaar, of de varianten verschillen.

cause-99 = Een onderdeel van het bericht bestaat hier niet.
    .remedy = Laat het onderdeel weg, of stel aan beide kanten dezelfde variant in.

cause-100 = Een onderdeel heeft een inhoud die niet mag.
    .remedy = Bekijk nummers en soorten nummer in het opzetbericht: die zijn meestal de reden.

cause-101 = Het bericht kwam in een toestand waarin het niet hoort.
    .remedy = Kruisende berichten zijn onschuldig; komt het vaak voor, bekijk dan de varianten.

cause-102 = Een timer verliep bij het wachten op de andere kant.
    .remedy = De andere kant antwoordde niet: kijk of zij overbelast was of haar antwoord verloren ging.

cause-103 = Een onbekende parameter is ongewijzigd doorgegeven.
    .remedy = Niets doen.

cause-110 = Een bericht is weggegooid om een onbekende parameter.
    .remedy = Laat de parameter weg, of stel dezelfde variant in.

cause-111 = Een fout in het protocol, zonder nadere reden.
    .remedy = Neem het verkeer aan beide kanten van de trunk op.

## 112 tot 127: samenwerking met een ander net

cause-127 = De oproep ging ergens door een ander net, dat geen oorzaak gaf die behouden kon blijven.
    .remedy = Zoek de werkelijke reden in dat andere net of op de gateway ervan: in SIP staat ze in de code en
        in Reason.
