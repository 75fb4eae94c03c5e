### Optietags, gebeurtenispakketten, waarschuwingscodes, URI-parameters. Waarde: de betekenis.

## Optietags

option-100rel = Voorlopige antwoorden kunnen betrouwbaar gestuurd worden, bevestigd met PRACK. In Require van
    een antwoord zegt het dat dit ene bevestigd moet worden.

option-199 = De beller begrijpt 199, zodat een splitsende proxy elke geëindigde vroege dialoog mag melden.

option-answermode = Het toestel kan gevraagd worden vanzelf op te nemen, of juist alleen met de hand: intercom
    en push-to-talk.

option-early-session = Vroeg geluid kan een eigen sessiebeschrijving hebben, los van die van het gesprek.

option-eventlist = Eén abonnement kan een hele lijst gebruikers omvatten. Een lijstserver die het in het verzoek
    mist, antwoordt 421.

option-explicitsub = Een REFER geeft een adres waarop men zich op het verloop kan abonneren, in plaats van zelf
    verslag te doen.

option-from-change = De adressen in From en To mogen tijdens het gesprek veranderen, zodat te zien is wie er
    werkelijk verbonden is.

option-geolocation-http = Een locatie mag gegeven worden als webverwijzing om op te halen.

option-geolocation-sip = Een locatie mag gegeven worden als adres om zich op te abonneren.

option-gin = Eén aanmelding dekt alle nummers van een telefooncentrale.

option-gruu = De registrar geeft adressen uit die precies één toestel bereiken.

option-histinfo = De client wil de geschiedenis van de omleidingen in de antwoorden terugzien.

option-ice = Beide kanten zoeken zelf uit over welke adressen het geluid werkt, door te proberen (ICE).

option-join = Het headerveld Join wordt begrepen: in een lopend gesprek stappen.

option-multiple-refer = Een REFER kan meer doelen in een lijst noemen.

option-norefersub = Een REFER kan aangenomen worden zonder er verslag van te doen.

option-nosub = Een REFER zonder enig abonnement.

option-outbound = Een toestel houdt meer verbindingen met zijn edge proxy's en krijgt over elk daarvan oproepen.

option-path = Proxy's mogen zich in Path van een REGISTER zetten, en oproepen komen langs hen.

option-policy = Regels voor sessies kunnen bij een policyserver worden opgehaald.

option-precondition = Het toestel gaat pas over als aan voorwaarden voldaan is, zoals gereserveerde bandbreedte.
    Gebruikelijk in mobiele netten.

option-pref = De mogelijkheden van een toestel in zijn Contact, en de wensen van de beller daarover, worden
    begrepen.

option-privacy = In Proxy-Require: proxy's moeten de gevraagde privacy geven of het verzoek weigeren.

option-recipient-list-invite = Een INVITE kan de deelnemers van een conferentie in een lijst noemen.

option-recipient-list-message = Een MESSAGE kan meer ontvangers in een lijst noemen.

option-recipient-list-subscribe = Een SUBSCRIBE kan de lijst van bronnen in zijn inhoud meegeven.

option-record-aware = Aan het toestel kan gemeld worden dat het gesprek wordt opgenomen, en het toont dat.

option-replaces = Het headerveld Replaces wordt begrepen: nodig voor doorverbinden met ruggespraak en het
    overnemen van oproepen.

option-resource-priority = Voorrang met Resource-Priority wordt begrepen. In Require geven onbekende waarden
    417.

option-sdp-anat = Dezelfde media kunnen over IPv4 en IPv6 worden aangeboden. Ingehaald door ICE.

option-sec-agree = De beveiliging met de eerste schakel wordt afgesproken met Security-Client, -Server en
    -Verify.

option-siprec = De sessie dient om een andere op te nemen.

option-tdialog = Het headerveld Target-Dialog wordt begrepen.

option-timer = Sessietimers: het gesprek wordt met tussenpozen verlengd, zodat een dood gesprek opvalt.

option-trickle-ice = Adressen voor ICE mogen een voor een volgen terwijl de oproep wordt opgezet.

option-uui = Het headerveld User-to-User wordt begrepen.

## Gebeurtenispakketten

event-presence = Of een gebruiker beschikbaar is en hoe: de inhoud is PIDF.

event-presence-winfo = Wie de aanwezigheid van een gebruiker volgt.

event-dialog = De gesprekken van een gebruiker of lijn: bezetlampjes, oproepen overnemen.

event-message-summary = Hoeveel berichten er in de mailbox wachten: het berichtenlampje.

event-reg = De aanmeldingen van een gebruiker: welke toestellen er zijn, en wanneer ze komen en gaan.

event-conference = Wie er aan een conferentie deelneemt, en met welke media.

event-refer = Het verloop van een verzoek waar een REFER om vroeg. Zonder REFER kan men zich er niet op
    abonneren.

event-kpml = Toetsen die een gebruiker indrukt, als patronen: DTMF via de signalering.

event-call-completion = Wanneer een bezette of afwezige gebruiker gebeld kan worden: terugbellen bij bezet.

event-load-control = Hoeveel belasting een server aanneemt, met filters.

event-ua-profile = De configuratie van een toestel uit zijn net.

event-xcap-diff = Veranderingen in documenten die op een XCAP-server staan.

event-vq-rtcpxr = De spraakkwaliteit van een gesprek, volgens de toestellen aan het einde.

event-certificate = Het certificaat van een gebruiker.

event-credential = Het certificaat van een gebruiker met de versleutelde privésleutel, voor diens eigen
    toestellen.

event-consent-pending-additions = Welke ontvangers van een lijst nog geen toestemming hebben gegeven.

event-http-monitor = Veranderingen van iets op het web.

event-session-spec-policy = De regels van een net voor één sessie.

## Waarschuwingscodes

warn-300 = Een netwerkprotocol uit de sessiebeschrijving is niet beschikbaar.

warn-301 = Dit soort netwerkadres is niet beschikbaar: IPv6 naar een toestel met alleen IPv4, bijvoorbeeld.

warn-302 = Het transport van de media is niet beschikbaar: versleuteling (SAVP) die gevraagd wordt of juist
    ontbreekt, bijvoorbeeld.

warn-303 = Een eenheid van bandbreedte is niet begrepen.

warn-304 = Een soort media is niet beschikbaar: video naar een toestel zonder scherm, bijvoorbeeld.

warn-305 = Geen gemeenschappelijke codec: een aangeboden mediaformaat is niet beschikbaar.

warn-306 = Een eigenschap van de media is niet begrepen.

warn-307 = Een andere parameter van de sessiebeschrijving is niet begrepen.

warn-308 = Geen van de gevraagde talen is beschikbaar; de tekst noemt welke wel.

warn-330 = Multicast is niet beschikbaar waar de gebruiker is.

warn-331 = Waar de gebruiker is kan alleen multicast, meestal doordat een firewall unicast tegenhoudt.

warn-370 = Niet genoeg bandbreedte voor de sessie. Op een trunk betekent het dat er geen gesprek meer bij past.

warn-380 = Een sips:-adres kan hier niet gebruikt worden, meestal doordat geen toestel van de gebruiker er een
    heeft aangemeld.

warn-381 = Hier worden alleen sips:-adressen aangenomen.

warn-399 = Een andere reden, als tekst voor mensen en logboeken. Geen programma mag erop handelen.

## URI-parameters

uri-aai = Geeft gegevens van een toepassing door aan een VoiceXML-dienst.

uri-bnc = Merkt het contact van een telefooncentrale die al haar nummers tegelijk aanmeldt.

uri-cause = Waarom een oproep naar dit adres is omgeleid, voor voicemail en andere diensten: 486 in gesprek, 408
    geen gehoor, 302 altijd.

uri-ccxml = Het document voor oproepbesturing van een VoiceXML-dienst.

uri-comp = Vraagt om berichten die met SigComp zijn ingepakt.

uri-content-type = De soort tekst van een mededeling voor een mediadienst.

uri-delay = De pauze tussen herhalingen van een mededeling.

uri-duration = Hoe lang een mededeling hooguit speelt.

uri-extension = Parameters van een mediadienst die niet zijn vastgelegd.

uri-gr = Merkt een adres dat precies één toestel bereikt (GRUU).

uri-iotl = Welk deel van de weg door mobiele netten deze tak is.

uri-locale = De taal van een mededeling.

uri-lr = Loose routing: de proxy op dit adres laat de Request-URI met rust. Bijna elke Route en Record-Route
    heeft het; zonder gelden de regels van de oudste SIP.

uri-m = Welk terugbellen bedoeld is: bij bezet, bij geen gehoor, of bij niet aangemeld.

uri-maddr = Stuur het verzoek naar dit adres in plaats van naar de host van de URI. Uit de mode, en een middel
    om een onvoorzichtige proxy te misbruiken.

uri-maxage = Hoe oud een bewaard document van een mediadienst mag zijn.

uri-maxstale = Hoe lang na het verlopen een bewaard document van een mediadienst nog gebruikt mag worden.

uri-method = Met welke methode het adres benaderd moet worden: gebruikt in Refer-To en webverwijzingen.

uri-ob = In Path: de eerste proxy houdt verbindingen open (outbound). In Contact: gebruik deze verbinding voor
    de dialoog.

uri-param-n = Genummerde waarden voor een mededeling, zoals een tijd of een nummer om voor te lezen.

uri-play = De mededeling die afgespeeld moet worden.

uri-pn-param = Welke app de pushdienst moet wekken.

uri-pn-prid = Welk toestel de pushdienst moet wekken.

uri-pn-provider = Welke pushdienst het toestel wekt.

uri-pn-purr = Laat een proxy het toestel ook wekken voor verzoeken binnen een dialoog.

uri-postbody = De gegevens die een VoiceXML-dienst met zijn verzoek meestuurt.

uri-repeat = Hoe vaak een mededeling herhaald wordt.

uri-sg = Zegt in de eigen adressen van een telefooncentrale welk van haar nummers bedoeld is.

uri-sigcomp-id = Benoemt het toestel voor het inpakken met SigComp.

uri-target = Voor wie een oproep bedoeld was die naar voicemail is omgeleid.

uri-transport = Het transport: udp, tcp, tls, ws enzovoort. Het bepaalt over welke verbinding verzoeken erheen
    gaan.

uri-ttl = Hoe ver een multicastpakket mag komen. Buiten gebruik.

uri-user = Of het gebruikersdeel een telefoonnummer (phone), een naam (ip) of een reeks gekozen cijfers
    (dialstring) is.

uri-voicexml = Het document dat een VoiceXML-dienst moet uitvoeren.
