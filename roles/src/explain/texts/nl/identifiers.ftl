### Kenmerken. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

id-call-id = Benoemt één geheel: een oproep met al zijn berichten, of een reeks aanmeldingen.
    .sender = De client die begint, willekeurig en eens voor altijd. Hij blijft gelijk als het verzoek opnieuw
        gaat met inloggegevens of na een omleiding, en in alles binnen de dialoog.
    .duty = Byte voor byte vergelijken, met hoofdletters. Alleen hiermee is een dialoog niet bekend: daar horen
        beide tags bij. Een toestel gebruikt één Call-ID voor al zijn aanmeldingen tot het uitgaat.
    .causes =
        - Telefooncentrales en session border controllers beginnen aan hun andere kant een nieuwe oproep: daar
          verandert de Call-ID. Session-ID of de tijden helpen de tegenhanger te vinden.
        - Call-ID's met het adres van het toestel erin verraden privéadressen.

id-from-tag = De helft van de bellende kant in het kenmerk van een dialoog.
    .sender = De client die begint, willekeurig, in het eerste verzoek.
    .duty = Hij blijft gelijk in elk verzoek en antwoord van de dialoog; in verzoeken van de gebelde kant staat
        hij in To.
    .causes =
        - Een verzoek zonder From-tag komt van een heel oude of kapotte client; het wordt geduld.
        - Twee verzoeken met dezelfde From-tag, Call-ID en CSeq maar een andere branch zijn één gesplitst
          verzoek dat tweemaal aankwam (482).

id-to-tag = De helft van de antwoordende kant in het kenmerk van een dialoog. Hij houdt toestellen van een
    splitsing uit elkaar.
    .sender = De gebelde kant, in elk antwoord behalve 100: al in de 180, niet pas in het definitieve antwoord.
    .duty = Een verzoek zonder To-tag begint iets nieuws; een verzoek met To-tag hoort bij een dialoog en krijgt
        481 als die er niet is. Alle antwoorden van één toestel op één verzoek hebben dezelfde tag. Proxy's
        veranderen hem niet.
    .causes =
        - Meer To-tags bij één INVITE zijn meer toestellen, geen fout.
        - Een client die de To-tag van een 401 in zijn volgende INVITE overneemt, krijgt 481 of brengt servers
          in de war.

id-cseq = Getal en methode: de volgorde van de verzoeken van één kant in een dialoog, en het verband tussen een
    antwoord en zijn verzoek.
    .sender = De client. Elk nieuw verzoek in de dialoog heeft een hoger getal, ook een herhaling met
        inloggegevens. ACK en CANCEL dragen het getal van hun INVITE. Elke kant telt voor zichzelf.
    .duty = De methode moet die van het verzoek zijn. Een verzoek met een lager getal dan het vorige krijgt 500.
        Getallen blijven onder 2^31.
    .causes =
        - 500 midden in een gesprek: twee verzoeken haalden elkaar in, of een systeem ertussen telt opnieuw.
        - 400: getal en methode passen niet bij de eerste regel.

id-branch = Benoemt een transactie op één schakel: de parameter in de bovenste Via waarmee een antwoord zijn
    verzoek vindt.
    .sender = Elke client en proxy die een verzoek stuurt, nieuw voor elke transactie; hij begint met z9hG4bK.
        CANCEL en de ACK op een weigering gebruiken de branch van hun INVITE; de ACK op een 2xx heeft een
        nieuwe.
    .duty = Een server vergelijkt branch, sent-by en methode samen. Een herhaling heeft dezelfde branch; een
        nieuwe poging, ook met inloggegevens, een andere.
    .causes =
        - Een branch zonder z9hG4bK komt van een client van de oudste SIP (RFC 2543): dan tellen andere velden.
        - Een client die bij zijn tweede poging dezelfde branch houdt, krijgt het bewaarde antwoord opnieuw en
          komt nooit verder.

id-sent-by = Host en poort in Via: waar de afzender van deze schakel zegt te luisteren.
    .sender = Elke afzender, in zijn eigen Via.
    .duty = Antwoorden gaan naar received en rport als die er staan, anders naar sent-by. Het hoort bij het
        kenmerk van de transactie.
    .causes =
        - Een privéadres erin is achter een router normaal, zolang received en rport het verbeteren.
        - Een hostnaam die niet te vinden is: zonder received gaan de antwoorden verloren.

id-received = Het adres waar het verzoek werkelijk vandaan kwam, als Via iets anders zegt.
    .sender = De ontvanger, in de bovenste Via van het verzoek voordat hij het doorgeeft of beantwoordt.
    .duty = Antwoorden over UDP gaan naar dit adres.
    .causes =
        - received verschilt van sent-by: er zit adresvertaling tussen.
        - Geen received terwijl er wel vertaling is: de server voegt het niet toe en antwoorden gaan verloren.

id-rport = De poort waar het verzoek werkelijk vandaan kwam. De afzender vraagt erom met een lege rport, de
    ontvanger vult hem in.
    .sender = De client vraagt; de server of proxy antwoordt in de bovenste Via.
    .duty = Antwoorden over UDP gaan naar deze poort, en vertrekken van de poort waarop het verzoek aankwam.
    .causes =
        - Antwoorden gaan naar poort 5060 en raken achter een router verloren: rport ontbreekt in het verzoek;
          zet het in het toestel aan of dwing het op de server af.

id-max-forwards = Het aantal schakels dat een verzoek nog mag passeren. Het stopt lussen.
    .sender = De client, meestal 70. Elke proxy verlaagt het met één; een back-to-back user agent hoort het ook
        verlaagd door te geven.
    .duty = Bij 0 wordt het verzoek niet meer doorgegeven: 483. OPTIONS met 0 mag die schakel zelf beantwoorden.
    .causes =
        - 483 betekent bijna altijd een lus, en zelden een lange weg.
        - Systemen die weer bij 70 beginnen verbergen lussen, en zo'n lus loopt door tot er iets breekt.

id-request-uri = Waar het verzoek nu heen moet: de eerste regel. To zegt wie er eerst bedoeld was.
    .sender = De client; proxy's vervangen het door wat zij vinden: een alias, een contact, een route.
    .duty = Servers routeren hierop, niet op To. Binnen een dialoog is het het Contact van de overkant.
    .causes =
        - Doorgeschakelde oproepen: in To staat nog het eerst gekozen nummer, in de Request-URI het nieuwe.
        - 404 terwijl To klopt: de Request-URI is onderweg herschreven.

id-aor = Het openbare adres van een gebruiker, zoals sip:alice@example.com, waaronder toestellen zich aanmelden
    en dat anderen bellen.
    .sender = De beheerder van het domein geeft het uit.
    .duty = REGISTER heeft het in To. Vergeleken worden gebruiker en domein; parameters tellen niet mee. Bij
        gebruikersnamen tellen hoofdletters, bij domeinen niet.
    .causes =
        - Aanmelden op het ene adres en het andere bellen: nummer en inlognaam worden verward.
        - Het IP-adres in plaats van de naam van het domein erin: de server herkent het niet als het zijne.

id-binding = Eén toestel van een gebruiker: het aangemelde Contact, met looptijd en voorkeur.
    .sender = Het toestel van de gebruiker met REGISTER; de registrar bewaart het tot het verloopt of wordt
        verwijderd.
    .duty = Een oproep voor de gebruiker gaat naar alle registraties, in volgorde van q. Is er geen, dan is het
        antwoord 480.
    .causes =
        - Verouderde registraties van een toestel dat van adres wisselde gaan in het niets over: 408 na 32 s.
        - Een maximum aan registraties weigert het nieuwste toestel.

id-dialog-id = Call-ID, eigen tag en tag van de overkant samen: zij benoemen een dialoog.
    .sender = Beide kanten samen: het eerste verzoek brengt Call-ID en From-tag, het antwoord de To-tag.
    .duty = Alles in een gesprek wordt met deze drie herkend. Wat nergens bij past krijgt 481; een ACK wordt
        weggegooid.
    .causes =
        - Systemen ertussen die aan elke kant een eigen dialoog hebben, hebben er twee voor één gesprek.
        - Wie een gesprek alleen op Call-ID zoekt, haalt de takken van een splitsing door elkaar.

id-transaction-id = Branch, sent-by en methode samen: zij benoemen een transactie, één verzoek met zijn
    antwoorden op één schakel.
    .sender = De afzender van het verzoek, met zijn Via.
    .duty = Een herhaling wordt eraan herkend en niet twee keer uitgevoerd. ACK hoort bij zijn INVITE; bij
        CANCEL telt de methode niet mee.
    .causes =
        - Twee servers met één adres en dezelfde branches: antwoorden komen bij de verkeerde.
        - Een load balancer ervoor die pakketten verdeelt zonder op de branch te letten.

id-route-set = De proxy's die elk verzoek van een dialoog moet passeren, in volgorde.
    .sender = Proxy's zetten zich in Record-Route van het eerste verzoek; beide kanten bewaren de lijst.
    .duty = Elk verzoek van de dialoog draagt hem als Route. Hij ligt vast zodra de dialoog er is; alleen het
        doel aan het einde kan veranderen.
    .causes =
        - Een proxy die een privéadres of verkeerd adres opgeeft, laat BYE en ACK verloren gaan: gesprekken
          vallen na 32 s weg of blijven hangen.
        - Een route zonder de parameter lr betekent een proxy van de oudste soort, en een andere behandeling.

id-remote-target = Het adres waar de verzoeken van een dialoog uiteindelijk heen gaan: het Contact van de
    overkant.
    .sender = De overkant, in de INVITE of het antwoord daarop. Een re-INVITE, UPDATE en dergelijke met een
        ander Contact verlegt het.
    .duty = Het is de Request-URI van het volgende verzoek. Alleen een geslaagd verzoek verlegt het.
    .causes =
        - Een privéadres erin dat niemand kan bereiken: ACK en BYE gaan verloren.

id-realm = Het beveiligde domein waar gebruikersnaam en wachtwoord bij horen: wat de server noemt als hij om
    inloggegevens vraagt.
    .sender = De server of proxy die erom vraagt.
    .duty = De client kiest er zijn gegevens mee. Meer vragen met verschillende realms worden samen beantwoord.
    .causes =
        - Een verkeerde realm in de instellingen: de client antwoordt met het verkeerde wachtwoord, of helemaal
          niet.
        - De HA1 in een database is met een andere realm gemaakt: elk wachtwoord lijkt fout.

id-nonce = De waarde die een server bij zijn vraag geeft en die in het antwoord van de client verwerkt wordt,
    zodat een opgenomen antwoord later waardeloos is.
    .sender = De server die om inloggegevens vraagt; ze verloopt na een tijd.
    .duty = Bij stale=true is alleen de nonce te oud: herhaal met de nieuwe, zonder de gebruiker iets te vragen.
    .causes =
        - Vaak stale=true: te korte looptijd, of verzoeken komen bij een andere server die de nonce niet kent.

id-nc = Hoe vaak de client deze nonce heeft gebruikt: acht hexadecimale cijfers, te beginnen bij 00000001.
    .sender = De client, één hoger bij elk verzoek met dezelfde nonce.
    .duty = De server weigert een telling die hij al zag, want dat zou een opgenomen en opnieuw afgespeeld
        verzoek zijn.
    .causes =
        - Twee toestellen die een nonce delen, of pakketten die elkaar inhalen, worden eenmaal geweigerd en
          slagen bij de tweede poging.

id-rseq = RSeq nummert een betrouwbaar voorlopig antwoord; RAck in de PRACK noemt nummer, CSeq en methode van
    het antwoord dat bevestigd wordt.
    .sender = RSeq de gebelde kant, RAck de beller.
    .duty = Elke RSeq is één hoger dan de vorige. Een gat wordt niet bevestigd; een PRACK die nergens bij past
        krijgt 481.
    .causes =
        - Na een splitsing telt elke vroege dialoog voor zich.

id-entity-tag = Benoemt de versie van een publicatie die een server bewaart.
    .sender = De gebeurtenisserver, in SIP-ETag van de 200 op een PUBLISH; elke keer een nieuwe.
    .duty = De volgende PUBLISH noemt hem in SIP-If-Match. Onbekende tags krijgen 412, en de client begint
        opnieuw.
    .causes =
        - Een verloren antwoord laat de client met de oude tag achter: 412 bij de volgende poging.

id-instance-id = Benoemt een toestel voorgoed, wat zijn adres ook is en hoe vaak het ook herstart: +sip.instance
    in Contact, meestal een UUID.
    .sender = Het toestel, eenmaal, bij de eerste start.
    .duty = De registrar herkent een toestel dat terugkomt en vervangt de oude registratie.
    .causes =
        - Gekloonde toestellen met hetzelfde kenmerk verdringen elkaar.

id-reg-id = Houdt registraties van één toestel over verschillende verbindingen uit elkaar.
    .sender = Het toestel, een klein getal per verbinding, na elke herstart hetzelfde.
    .duty = Samen met het instance ID benoemt het één verbinding; een nieuwe aanmelding met hetzelfde paar
        vervangt de oude.
    .causes =
        - In een REGISTER met twee contacten mag het niet staan (400).

id-flow-token = Een aantekening voor zichzelf die een edge proxy in zijn adres in Path of Record-Route zet, om
    de verbinding van een client terug te vinden.
    .sender = De edge proxy, beveiligd tegen namaak.
    .duty = Verzoeken aan het toestel komen ermee terug. Is de verbinding weg: 430; is het nagemaakt: 403.
    .causes =
        - Tokens van een server van vóór zijn herstart zijn waardeloos: toestellen moeten zich opnieuw
          aanmelden.

id-gruu = Een adres dat overal vandaan precies één toestel van een gebruiker bereikt.
    .sender = De registrar, aan toestellen die er met een instance ID om vragen. Er is een openbaar adres (gr=),
        en er zijn tijdelijke, anonieme.
    .duty = Het toestel gebruikt het als Contact, zodat doorverbindingen en andere verzoeken juist dit toestel
        vinden.
    .causes =
        - Zonder GRUU mislukt doorverbinden van buitenaf naar een privé-Contact.

id-session-id = Benoemt een gesprek van eind tot eind, ook door telefooncentrales en session border controllers
    heen die de Call-ID veranderen.
    .sender = Beide user agents, elk met een eigen UUID; systemen ertussen geven het door.
    .duty = De eigen helft staat voorop, remote= bevat die van de ander.
    .causes =
        - Apparaten die het niet kennen laten nullen achter in de andere helft.

id-q-value = De voorkeur voor een contact tussen 0 en 1; hoger komt eerst.
    .sender = Het toestel in het Contact van zijn REGISTER; zonder q nemen de meeste servers 1 aan.
    .duty = Een proxy probeert contacten met gelijke waarde tegelijk en lagere daarna.
    .causes =
        - Een toestel dat pas seconden later overgaat, heeft een lagere q dan een ander.
