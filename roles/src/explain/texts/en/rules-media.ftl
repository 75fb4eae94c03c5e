### Rules about media. Value: the title. Attributes: verdict, advice, raise, why-….

rule-d45 = Sound in one direction only
    .verdict = <packets> packets of sound came from the side of <party>, and none passed here towards it at <wants>,
        though both sides had agreed on both directions.
    .advice =
        - Look whether <other> sends sound, and is not muted; some send nothing while nobody speaks.
        - Open the RTP ports in the firewalls, in both directions, and look where a router translates addresses.
        - Or let a server between them relay the media.
    .raise =
        - Capture at the other side too: does it send, and where to?
    .why-wants = wants its sound at <wants>

rule-d45-private =
    .verdict = <party> asked for its sound at <wants>, an internal address that the other side cannot reach: it
        sent <packets> packets, and none passed here towards it.
    .advice =
        - Tell the phone or server at <party> its external address, or let it use STUN or ICE.
        - Or let a server between them relay the media and send to where packets come from.

rule-d45-refused =
    .verdict = <party> asked for its sound at <wants>, and the network reports that this cannot be reached: it sent
        <packets> packets and none came through to it.
    .advice =
        - Look whether the program at <party> still listens there, and let the firewall pass that port.

rule-d47 = Hold that never ends
    .advice =
        - Update the side at <party>: when the other side wants sound both ways again, it must agree to that.
    .raise =
        - Capture media too: they show who is silent.
    .why-hold = puts the call on hold
    .why-back = takes it back
    .why-not = answers <code>
    .why-left = hangs up

rule-d47-answered =
    .verdict = <holder> put the call on hold and took it back, and <party> answered as if it were still held: no sound, or
        in one direction only.

rule-d47-refused =
    .verdict = <holder> put the call on hold and could not take it back: <party> refused with <code>, and the call stays on
        hold.

rule-d47-left =
    .verdict = <party> was put on hold by <holder> and hung up after <seconds> s.
    .advice =
        - Nothing is broken; somebody waited in vain. Music on hold, or a call that comes back by itself, would help.
