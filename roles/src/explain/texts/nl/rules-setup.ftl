### Regels over het opzetten van gesprekken. Waarde: de titel. Attributen: verdict, advice, raise, why-….

rule-d29 = Geen gezamenlijke codec of media
    .advice =
        - Zet een codec aan die beide kanten hebben, zoals PCMA of PCMU, en voor breedband G722 of opus.
        - Of laat een server ertussen de media vertalen.
    .raise =
        - Neem een gesprek in de andere richting op: het aanbod daarvan toont wat de gebelde kant kan.
    .why-offer = biedt <detail> aan
    .why-refused = weigert het aanbod met <code>
    .why-warning = zegt waarom: <warning>

rule-d29-disabled =
    .verdict = Het gesprek is geweigerd met <code>, want het aanbod van de beller zet alle media uit (<detail>). Er
        ontbreekt geen codec: het aanbod vraagt om niets.
    .advice =
        - Kijk naar de beller: die biedt poort 0, inactieve media of een leeg adres aan, meestal doordat geen codec
          aan staat of doordat hij geen eigen adres vond.

rule-d29-profile =
    .verdict = Het gesprek is geweigerd met <code>, want de ene kant wil versleutelde media en de andere gewone
        (<detail>), zoals tussen een browser en een gewone telefoon.
    .advice =
        - Zet er een server tussen die media doorgeeft: aan de ene kant SRTP met ICE, aan de andere RTP.
        - Of zet SRTP aan op de telefoon, of uit aan beide kanten.

rule-d29-codecs =
    .verdict = Het gesprek is geweigerd met <code>: de gebelde kant neemt geen van de aangeboden codecs (<detail>).

rule-d29-fax =
    .verdict = Het gesprek is geweigerd met <code>: het vraagt om fax (<detail>) en dat doet de gebelde kant niet.
    .advice =
        - Zet T.38 aan bij de gebelde kant, of stuur de fax als geluid met PCMA of PCMU.

rule-d29-address =
    .verdict = Het gesprek is geweigerd met <code>: het aanbod heeft alleen IPv6-adressen (<detail>) en de gebelde
        kant is met IPv4 bereikbaar.
    .advice =
        - Laat de beller ook een IPv4-adres aanbieden, of zet er een server tussen die media doorgeeft.

rule-d29-type =
    .verdict = Het verzoek is geweigerd met <code>: de inhoud is van een soort die de andere kant niet leest
        (<detail>).
    .advice =
        - Kijk naar Accept in het antwoord en laat de afzender een van die soorten gebruiken; voor gesprekken is dat
          application/sdp.

rule-d29-late =
    .verdict = Het gesprek is geweigerd met <code> hoewel er geen aanbod in zat: de gebelde kant hoort dan zelf een
        aanbod te doen, en doet dat niet.
    .advice =
        - Laat de beller het aanbod in de INVITE zetten; sommige systemen noemen dat "early offer".
