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
