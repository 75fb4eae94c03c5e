### Timers. Waarde: de betekenis. Attributen: sender, duty, causes, remedy.

timer-a = De klok voor het herhalen van een INVITE over UDP zolang er helemaal niets is teruggekomen.
    .sender = Begint bij het versturen van de INVITE en verdubbelt steeds. Elk antwoord stopt hem, niet alleen
        100.
    .duty = De INVITE ongewijzigd opnieuw sturen: op 0,5, 1,5, 3,5, 7,5, 15,5 en 31,5 s. Zeven exemplaren in
        totaal; dan maakt Timer B er een einde aan.
    .causes =
        - Een opname met dezelfde INVITE op deze tijden: de andere kant zwijgt, of haar antwoorden gaan
          verloren.
        - Een stack die de tussentijd op 4 s begrenst, stuurt te vaak: de bovengrens T2 geldt voor andere
          timers.
    .remedy =
        - Zoek aan beide kanten het eerste antwoord. Gebruik TCP als het netwerk pakketten verliest.

timer-b = De grens aan de stilte na een INVITE. Is er na 32 s nog geen enkel antwoord, dan is de poging mislukt.
    .sender = Begint met de INVITE. Elk antwoord ontneemt hem zijn werking, ook een 100: daarna mag het toestel
        minutenlang overgaan. De beltijd begrenst hij niet.
    .duty = De transactie eindigt, en de user agent of proxy handelt als bij een 408. Er gaat geen ACK en geen
        CANCEL uit. Een proxy probeert de volgende server, als die er is.
    .causes =
        - Oproepen die na precies 32 s mislukken zonder enig antwoord.
        - Uitwijken dat een halve minuut duurt: pas Timer B ontdekte de dode server.
    .remedy =
        - Controleer adres, poort, firewall en of daar iets luistert. Bewaak servers met OPTIONS of gebruik TCP
          om sneller uit te wijken.

timer-c = De grens van de proxy aan een tak van een INVITE die blijft overgaan: meer dan drie minuten.
    .sender = Begint per tak bij het doorgeven van de INVITE. Elke 101 tot 199 begint hem opnieuw; 100 niet.
    .duty = Heeft de tak een voorlopig antwoord gehad, dan stuurt de proxy CANCEL; anders handelt hij alsof er
        408 kwam.
    .causes =
        - Onbeantwoorde oproepen of wachtrijen eindigen na drie minuten met 487 of 408.
    .remedy =
        - Laat wachtrijen en lang overgaan elke minuut een 180 of 182 herhalen, of stel de timer langer in.

timer-d = Hoe lang de kant die de INVITE stuurde klaarstaat om herhaalde weigeringen te bevestigen. Hij hoort
    bij de client, niet bij de server.
    .sender = Begint als een 3xx tot 6xx is gekomen en de ACK daarop verstuurd is.
    .duty = De transactie wordt vergeten. Tot dan krijgt elke herhaling van de weigering dezelfde ACK.
    .causes =
        - Weigeringen die twee keer aankomen: de eerste ACK ging verloren; door deze timer wordt ook de tweede
          bevestigd.
    .remedy =
        - Niets doen. Geheugen dat na elke geweigerde oproep over UDP 32 s bezet blijft, is deze timer.

timer-e = De klok voor het herhalen over UDP van elk ander verzoek dan INVITE.
    .sender = Begint met het verzoek en verdubbelt tot 4 s. Na een voorlopig antwoord loopt hij door, elke 4 s.
        Het definitieve antwoord stopt hem.
    .duty = Het verzoek opnieuw sturen: op 0,5, 1,5, 3,5, 7,5, 11,5 s en zo elke 4 s tot 31,5 s: elf exemplaren
        in totaal.
    .causes =
        - Herhaalde REGISTER of OPTIONS in een opname: de server zwijgt of zijn antwoorden gaan verloren.
    .remedy =
        - Vergelijk de bronpoort met het adres in Via: misschien gaan de antwoorden naar een andere poort
          (rport).

timer-f = De grens aan het wachten op het definitieve antwoord op elk ander verzoek dan INVITE: 32 s.
    .sender = Begint met het verzoek. Alleen een definitief antwoord stopt hem; een 100 niet.
    .duty = Het verzoek is mislukt, zoals bij 408. Bij REGISTER: niet aangemeld; bij BYE: het gesprek is toch
        voorbij; bij NOTIFY: het abonnement eindigt.
    .causes =
        - Aanmeldingen die na 32 s mislukken: de registrar is niet te bereiken.
    .remedy =
        - Controleer de weg naar de server en terug; een 408 komt er niet, want die stuurt niemand op deze
          methoden.

timer-g = De klok voor het herhalen over UDP van een weigering van een INVITE tot de ACK komt.
    .sender = Begint bij het versturen van een 3xx tot 6xx en verdubbelt tot 4 s. De ACK stopt hem.
    .duty = De weigering opnieuw sturen.
    .causes =
        - Dezelfde 486 of 404 op 0, 0,5, 1,5, 3,5 s ...: de ACK komt niet aan, of past niet omdat zijn branch
          anders is.
    .remedy =
        - Vergelijk de branch van ACK en INVITE; kijk waar de weigeringen heen gaan.

timer-h = De grens aan het wachten op de ACK op een weigering: 32 s.
    .sender = Begint bij het versturen van een 3xx tot 6xx. De ACK stopt hem.
    .duty = Het wachten opgeven en de transactie vergeten. Voor de geweigerde oproep maakt het niets uit.
    .causes =
        - Alleen in logboeken te zien, als een weigering die nooit bevestigd is.
    .remedy =
        - Zoals bij Timer G: zoek uit waarom de ACK niet komt.

timer-i = Hoe lang de kant die een INVITE weigerde nog verdere exemplaren van de ACK opvangt.
    .sender = Begint met de eerste ACK.
    .duty = De transactie wordt vergeten.
    .causes =
        - Nooit te zien; zonder hem zou een laat exemplaar van de ACK nergens bij horen.
    .remedy =
        - Niets doen.

timer-j = Hoe lang een server zijn antwoord op een ander verzoek dan INVITE onthoudt, zodat een herhaald verzoek
    hetzelfde antwoord krijgt en niet twee keer wordt uitgevoerd.
    .sender = Begint met het definitieve antwoord.
    .duty = De transactie wordt vergeten.
    .causes =
        - Geheugen van een drukke registrar: elke REGISTER over UDP blijft 32 s staan.
    .remedy =
        - Niets doen; over TCP en TLS bestaat hij niet.

timer-k = Hoe lang een client nog verdere exemplaren van het definitieve antwoord op een ander verzoek dan
    INVITE opvangt.
    .sender = Begint met het definitieve antwoord. Hij hoort bij de client; de server heeft Timer J.
    .duty = De transactie wordt vergeten.
    .causes =
        - Nooit te zien.
    .remedy =
        - Niets doen.

timer-l = Hoe lang de gebelde kant de INVITE-transactie na een 2xx bewaart, zodat late exemplaren van de INVITE
    het toestel niet opnieuw laten overgaan.
    .sender = Begint bij het versturen van de 2xx.
    .duty = De transactie wordt vergeten. Het herhalen van de 2xx zelf heeft een eigen klok in de user agent.
    .causes =
        - Een tweede keer overgaan van een aangenomen oproep komt van stacks zonder deze timer, ouder dan RFC
          6026.
    .remedy =
        - Werk zo'n stack bij.

timer-m = Hoe lang de bellende kant de INVITE-transactie na de eerste 2xx bewaart, zodat verdere 2xx-antwoorden,
    van andere toestellen van een splitsing, nog aankomen.
    .sender = Begint met de eerste 2xx.
    .duty = De transactie wordt vergeten; een 2xx daarna hoort nergens bij en wordt weggegooid.
    .causes =
        - Twee toestellen namen tegelijk op: dankzij deze timer komen beide antwoorden door, en de beller
          beëindigt een van de gesprekken.
    .remedy =
        - Niets doen.

timer-n = Hoe lang een abonnee op de eerste NOTIFY na zijn SUBSCRIBE wacht: 32 s.
    .sender = Begint met elke SUBSCRIBE. Een NOTIFY stopt hem, of een 204, waarna er geen komt.
    .duty = Het abonnement is mislukt of geëindigd. Een NOTIFY die later komt, wordt met 481 beantwoord.
    .causes =
        - Wel 200 op de SUBSCRIBE, maar geen NOTIFY: de notifier kan het Contact van de abonnee niet bereiken.
    .remedy =
        - Controleer Contact en Record-Route van de SUBSCRIBE, en firewalls in de richting van de abonnee.

timer-trying-delay = Hoe snel een server moet laten merken dat hij de INVITE heeft.
    .sender = Begint als de INVITE aankomt. Elk verstuurd antwoord stopt hem.
    .duty = 100 sturen, zodat de afzender niet meer herhaalt. Bij andere verzoeken komt de 100 over UDP op zijn
        vroegst na 3,5 s.
    .causes =
        - Herhaalde INVITE's na een halve seconde terwijl de server wel leeft: hij antwoordt later dan dit, of
          zijn 100 gaat verloren.
    .remedy =
        - Een server die trager is dan 200 ms en zelf geen 100 stuurt, bevat een fout.

timer-2xx-retransmission = De klok voor het herhalen van de 2xx van een aangenomen oproep tot de ACK komt, over
    elk transport.
    .sender = Begint bij het versturen van de 2xx, in de user agent zelf en niet in de transactie. De ACK stopt
        hem.
    .duty = De 2xx opnieuw sturen: op 0,5, 1,5, 3,5, 7,5 s en daarna elke 4 s.
    .causes =
        - Een herhaalde 200 in een opname: de ACK gaat verloren of gaat ergens anders heen. Het gesprek valt na
          32 s weg.
    .remedy =
        - Volg de ACK: Contact en Record-Route van de 200 zeggen waar hij heen moet.

timer-2xx-without-ack = De grens aan het wachten op de ACK op een 2xx. Dit zijn de beruchte 32 seconden waarna
    gesprekken wegvallen.
    .sender = Begint bij het versturen van de 2xx. De ACK stopt hem.
    .duty = De gebelde kant houdt op met herhalen en beëindigt het gesprek met BYE.
    .causes =
        - Gesprekken die altijd na 32 s eindigen: de ACK op de 200 komt niet aan.
    .remedy =
        - Bekijk het Contact van de 200 (een privéadres?), Record-Route, en de firewall op de weg van de ACK.

timer-1xx-retransmission = De klok voor het herhalen van een betrouwbaar voorlopig antwoord, zoals een 183 met vroege
    media, tot de PRACK komt, over elk transport.
    .sender = Begint bij het versturen van een voorlopig antwoord met RSeq, in de gebelde user agent. De PRACK waarvan
        RAck het noemt, stopt hem.
    .duty = Hetzelfde antwoord opnieuw sturen: op 0,5, 1,5, 3,5, 7,5 s enzovoort; de wachttijd verdubbelt telkens.
    .causes =
        - Een herhaalde 183 in een opname: de PRACK gaat verloren of ergens anders heen, of de beller kent 100rel niet.
    .remedy =
        - Volg de PRACK: Contact en Record-Route van het voorlopige antwoord zeggen waar hij heen moet.

timer-1xx-without-prack = De grens aan het wachten op de PRACK op een betrouwbaar voorlopig antwoord.
    .sender = Begint bij de eerste keer dat het antwoord verstuurd wordt. De PRACK stopt hem.
    .duty = De gebelde kant geeft het op en weigert de INVITE met een 5xx; Ringback zegt 504.
    .causes =
        - Oproepen die na 32 s overgaan met 504 mislukken: er komt geen PRACK aan.
        - Iets onderweg houdt PRACK voor een onbekende methode en gooit hem weg.
    .remedy =
        - Laat PRACK door bij firewalls en session border controllers, of zet 100rel aan een van de kanten uit.

timer-cancel-wait = Hoe lang de beller na zijn CANCEL op het einde van een INVITE wacht.
    .sender = Begint bij het versturen van de CANCEL; daarvoor wacht de CANCEL op een voorlopig antwoord.
    .duty = De INVITE vergeten alsof er 487 kwam.
    .causes =
        - Heel oude apparaten beantwoorden de CANCEL, maar nooit de INVITE.
    .remedy =
        - Niets doen.

timer-invite-expires = Hoe lang een uitnodiging geldt: wat Expires in de INVITE zegt.
    .sender = Begint met de INVITE, als er Expires in staat. Een definitief antwoord stopt hem.
    .duty = De beller stuurt CANCEL en de gebelde kant antwoordt 487; een proxy mag intrekken.
    .causes =
        - Oproepen eindigen tijdens het overgaan na een rond aantal seconden.
    .remedy =
        - Kijk of het toestel of het systeem ervoor Expires zet, en stel daar de beltijd in.

timer-session-refresh = De klok van de kant die een oproep met een sessietimer in leven houdt.
    .sender = Begint bij elke 2xx op een INVITE of UPDATE van de oproep, aan de kant die `refresher` noemt.
    .duty = Een UPDATE sturen, of een re-INVITE aan wie geen UPDATE aanneemt, met dezelfde Session-Expires.
    .causes =
        - UPDATE of INVITE midden in een oproep op vaste tijden: er is niets mis, een van de kanten vroeg om een
          sessietimer.
    .remedy =
        - Niets doen. Een langere Session-Expires maakt ze zeldzamer; 1800 s is gebruikelijk.

timer-session-expiration = Het einde van een oproep waarvan niemand de sessietimer ververste.
    .sender = Begint bij elke 2xx op een INVITE of UPDATE van de oproep, aan beide kanten.
    .duty = BYE sturen. De kant die niet ververst, doet dat tot 32 s voor het einde.
    .causes =
        - De andere kant is gecrasht of haar netwerk kwijt: de timer deed zijn werk.
        - Oproepen die altijd na dezelfde lange tijd eindigen, zoals een half uur: verversingen komen niet aan.
    .remedy =
        - Volg de UPDATE of re-INVITE op de helft van de tijd: wie beantwoordt hem, en draagt de 2xx Session-Expires?

timer-glare = Het willekeurige wachten nadat twee wijzigingen van één sessie elkaar kruisten (491).
    .sender = Begint met de 491.
    .duty = De re-INVITE of UPDATE nog eenmaal sturen, als dat nog gewenst is.
    .causes =
        - In de wacht zetten of doorverbinden heeft pas na een paar seconden effect.
    .remedy =
        - Beide kanten moeten uit verschillende reeksen trekken; botsen ze steeds weer, dan houdt een van de
          twee zich niet aan de regel.

base-t1 = De schatting van de tijd heen en terug, waaruit de meeste timers bestaan: 64 maal T1 zijn de 32 s die
    men overal tegenkomt.
    .remedy =
        - Laat hem op 500 ms staan. Maak hem groter bij satellietverbindingen; kleiner alleen in uw eigen net,
          en dan voor alle servers gelijk.

base-t2 = De langste tijd tussen herhalingen van andere verzoeken dan INVITE, van weigeringen en van de 2xx.
    .remedy =
        - Laat hem op 4 s staan.

base-t4 = Hoe lang een bericht in het netwerk kan blijven hangen: Timer I en K wachten zo lang op late
    exemplaren.
    .remedy =
        - Laat hem op 5 s staan.
