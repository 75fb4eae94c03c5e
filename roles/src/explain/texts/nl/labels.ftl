### Opschriften van de naslag. Namen van de vorm groep-Variant benoemen de varianten van de registers.

## Koppen boven de tekst

field-meaning = Betekenis
field-note = Niet geregistreerd
field-sender = Wie stuurt het, en wanneer
field-duty = Wat de ontvanger moet doen
field-causes = Gebruikelijke oorzaken
field-remedy = Wat te doen
field-facts = In de registers
field-related = Zie ook

field-method-causes = Wat in de praktijk misgaat
field-timer-sender = Begin en einde
field-timer-duty = Als hij afloopt
field-timer-causes = Hoe men hem in de praktijk tegenkomt
field-id-sender = Wie maakt het
field-id-duty = Regels
field-id-causes = Valkuilen
field-header-duty = Regels
field-header-causes = Valkuilen

## Soorten

kind-code = Antwoordcodes
kind-method = Methoden
kind-timer = Timers
kind-id = Kenmerken
kind-header = Headervelden
kind-q850 = Oorzaken uit het telefoonnet (Q.850)
kind-option = Optietags
kind-event = Gebeurtenispakketten
kind-warn = Waarschuwingscodes
kind-uri = URI-parameters

## Feiten

fact-treated = Niet geregistreerd; wordt behandeld als
fact-class = Klasse
fact-element = Komt van
fact-required = Moet bevatten
fact-required-any = Moet ten minste één bevatten van
fact-advised = Nuttig erin
fact-effect = Binnen een dialoog eindigt
fact-rank = Bij een splitsende proxy
fact-to-cause = Naar het telefoonnet
fact-from-cause = Vanuit het telefoonnet
fact-to-status = Wordt in SIP
fact-from-status = Komt in SIP van
fact-creates-dialog = Begint een dialoog
fact-refreshes-target = Verlegt het doel van de dialoog
fact-challenged = Mag om inloggegevens gevraagd worden (401, 407)
fact-cancelled = Kan worden ingetrokken
fact-length = Duur
fact-owner = Loopt bij
fact-reliable = Over TCP en TLS
fact-compact = Korte vorm
fact-parameters = Parameters
fact-deprecated = Buiten gebruik
fact-cause-class = Klasse
fact-national = Alleen in nationale varianten
fact-warning-cause = Bij 488 of 606, naar het telefoonnet

yes = ja
no = nee

## Waarden

class-Provisional = voorlopig: er wordt aan het verzoek gewerkt
class-Success = geslaagd: het verzoek is uitgevoerd
class-Redirection = omleiding: de client moet elders zijn
class-RequestFailure = fout in het verzoek: deze server kan dit verzoek niet uitvoeren
class-ServerFailure = serverfout: deze server faalde bij een mogelijk geldig verzoek
class-GlobalFailure = algehele weigering: geen enkele server kan dit verzoek uitvoeren

element-Anyone = elke server
element-UserAgent = user agent (toestel)
element-Proxy = proxy
element-EdgeProxy = edge proxy
element-Registrar = registrar
element-RedirectServer = redirectserver
element-Notifier = gebeurtenis- of presenceserver
element-B2bua = back-to-back user agent (telefooncentrale, session border controller)
element-Gateway = gateway naar het telefoonnet
element-Verifier = controleur van ondertekende bellersidentiteit
element-ListServer = lijstserver

effect-Nothing = niets
effect-EarlyDialog = de vroege dialoog die de To-tag noemt
effect-Transaction = alleen de transactie: gesprek en dialoog blijven zoals ze waren
effect-UsageOfMethod = het gebruik (gesprek of abonnement) als dat niet zonder de geweigerde methode kan, anders alleen de transactie
effect-Usage = het gebruik (gesprek of abonnement) waarin het kwam; de dialoog als dat het laatste was
effect-Dialog = de dialoog met alles erin

rank-Provisional = gaat meteen door, behalve 100
rank-Success = gaat meteen door; de andere takken worden ingetrokken
rank-Global = beëindigt het zoeken; wint van elke andere weigering
rank-Redirect = wint van 4xx en 5xx
rank-Repairable = de beste van de 4xx: de beller kan het verzoek herstellen
rank-Verdict = een oordeel over de gebruiker: wint van andere 4xx die niet te herstellen zijn
rank-Weak = een zwakke 4xx: verliest van elke die meer zegt
rank-Server = verliest van elke 3xx, 4xx en 6xx

length-Doubling = T1 (0,5 s), steeds verdubbeld, zonder bovengrens
length-DoublingToT2 = T1 (0,5 s), steeds verdubbeld tot T2 (4 s)
length-T1Times64 = 64 maal T1
length-T4 = T4
length-TimerC = instelbaar, langer dan 3 minuten
length-AtLeast32Seconds = 32 s of meer
length-Milliseconds200 = 200 ms
length-FromHeader = het aantal seconden in het headerveld Expires
length-HalfInterval = de helft van het aantal seconden in Session-Expires
length-Interval = het aantal seconden in Session-Expires; voor de kant die niet ververst 32 s of een derde minder
length-Random = willekeurig: 2,1 tot 4 s voor de kant die de Call-ID maakte, 0 tot 2 s voor de andere

owner-InviteClient = de kant die de INVITE stuurde (clienttransactie)
owner-InviteServer = de kant die de INVITE ontving (servertransactie)
owner-NonInviteClient = de kant die het verzoek stuurde (clienttransactie)
owner-NonInviteServer = de kant die het verzoek ontving (servertransactie)
owner-Proxy = de proxy, per tak
owner-CallingAgent = de user agent die de INVITE stuurde
owner-CalledAgent = de user agent die gebeld wordt
owner-Subscriber = de abonnee

reliable-NotStarted = start niet: het transport herhaalt zelf wat verloren gaat
reliable-Zero = 0 s: er zijn geen herhalingen om op te wachten

cause-class-NormalEvent = normale gebeurtenis
cause-class-ResourceUnavailable = middelen niet beschikbaar
cause-class-ServiceNotAvailable = dienst of optie niet beschikbaar
cause-class-ServiceNotImplemented = dienst of optie niet aanwezig
cause-class-InvalidMessage = ongeldig bericht
cause-class-ProtocolError = protocolfout
cause-class-Interworking = samenwerking met een ander net

## Zinnen

header-without-article = Een geregistreerd headerveld dat buiten zijn eigen toepassing zelden voorkomt. Het hieronder
    genoemde document legt het vast. Servers die het niet kennen, geven het ongewijzigd door.
code-unregistered = Dit nummer is niet geregistreerd. Een ontvanger behandelt het als <code>; de uitleg hieronder is dus die van
    die code. Lees de tekst achter het nummer, meer heeft de afzender niet gezegd.
cause-unnamed = Geen document dat Ringback kent, benoemt deze oorzaak. Ze wordt meegenomen en vertaald als elke andere:
    een oorzaak zonder eigen regel wordt 500.

## Blad

sheet-title = SIP-naslagblad
sheet-intro = Codes, methoden, timers, kenmerken en oorzaken: wat ze betekenen, wie ze stuurt, waar ze in de praktijk
    vandaan komen en wat eraan te doen is. Gemaakt met "ringback explain --html".
sheet-cause = Oorzaak
sheet-meaning = Betekenis en wat te doen
sheet-sip = SIP (RFC 3398)

## Onbekende woorden

unknown = er is niets bekend onder de naam
unknown-nearest = Bedoelde u:
unknown-list = "ringback explain" zonder meer noemt alles wat bekend is.
