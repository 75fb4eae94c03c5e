### Regels over media. Waarde: de titel. Attributen: verdict, advice, raise, why-….

rule-d45 = Geluid in één richting
    .verdict = Van de kant van <party> kwamen <packets> pakketten geluid, en ernaartoe, naar <wants>, ging er hier
        geen enkel langs, hoewel beide kanten twee richtingen hadden afgesproken.
    .advice =
        - Kijk of <other> geluid stuurt en niet gedempt is; sommige sturen niets zolang niemand spreekt.
        - Open de RTP-poorten in de firewalls, in beide richtingen, en kijk waar een router adressen vertaalt.
        - Of laat een server ertussen de media doorgeven.
    .raise =
        - Neem ook aan de andere kant op: stuurt die, en waarheen?
    .why-wants = wil het geluid op <wants>

rule-d45-private =
    .verdict = <party> vroeg het geluid op <wants>, een intern adres dat de andere kant niet kan bereiken: zelf stuurde
        die kant <packets> pakketten, en ernaartoe ging er hier geen enkel langs.
    .advice =
        - Vertel de telefoon of server op <party> het externe adres, of laat die STUN of ICE gebruiken.
        - Of laat een server ertussen de media doorgeven en sturen naar waar pakketten vandaan komen.

rule-d45-refused =
    .verdict = <party> vroeg het geluid op <wants>, en het netwerk meldt dat dat niet te bereiken is: zelf stuurde die
        kant <packets> pakketten, en er kwam niets aan.
    .advice =
        - Kijk of het programma op <party> daar nog luistert, en laat de firewall die poort door.

rule-d47 = In de wacht blijven hangen
    .advice =
        - Werk de kant op <party> bij: wil de andere kant weer geluid in twee richtingen, dan moet die dat toestaan.
    .raise =
        - Neem ook de media op: dan blijkt wie er zwijgt.
    .why-hold = zet het gesprek in de wacht
    .why-back = haalt het terug
    .why-not = antwoordt <code>
    .why-left = hangt op

rule-d47-answered =
    .verdict = <holder> zette het gesprek in de wacht en haalde het terug, en <party> antwoordde alsof het nog in de wacht
        stond: geen geluid, of in één richting.

rule-d47-refused =
    .verdict = <holder> zette het gesprek in de wacht en kreeg het niet terug: <party> weigerde met <code>, en het gesprek
        blijft in de wacht.

rule-d47-left =
    .verdict = <party> is door <holder> in de wacht gezet en hing na <seconds> s op.
    .advice =
        - Er is niets stuk; iemand wachtte vergeefs. Wachtmuziek, of een gesprek dat vanzelf terugkomt, zou helpen.
