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

rule-d45-closed =
    .verdict = <party> asked for its sound at <wants>, and <packets> packets passed here towards that; but from there the network reports
        again and again, as long as they come, that they do not get in.
    .advice =
        - Look whether the program at <party> listens at that port, and lets it stand open for the whole call.
        - Look whether something on the way wrote another address or port into the session description (a SIP ALG).

rule-d45-unheard =
    .verdict = <packets> packets of sound passed here towards <wants>, and <party> reports again and again (RTCP) without a
        word about them: they are lost behind this place, or not understood.
    .advice =
        - Look at the firewall and the NAT in front of <party>: does it let RTP in at that port?
        - Look whether <party> takes that format and that encryption.

rule-d46 = No sound at all
    .advice =
        - Open the range of RTP ports in the firewalls on both sides, and look at the addresses in the session descriptions.
        - A server that relays media may have run out of ports, or listen on the wrong address.
    .raise =
        - Capture media at both sides of the call.
    .why-wants = wants its sound at <wants>
    .why-bye = hangs up

rule-d46-none =
    .verdict = The call was answered and lasted <seconds> s, and no sound passed between <one> and <other>, though that of
        other calls of these hosts did.

rule-d46-stopped =
    .verdict = Sound between <one> and <other> stopped, and <seconds> s later <party> hung up: its limit on silent media ended
        the call.
    .advice =
        - Look why the sound stopped: a phone that lost its network, or one that sends nothing while it is muted or on hold.
        - Raise the limit at <party>, or let phones send comfort noise.

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

rule-d48 = Keys, encryption or quality
    .advice =
        - Look at the network on that way: a full line, wireless links, or voice that has no priority.
    .raise =
        - Capture at the other side too, to see where it begins.
    .why-info = tells the key in an INFO as well
    .why-asked = says what it takes
    .why-setup = wants the role <role>
    .why-checked = wants to look for a way with ICE
    .why-key = tells a new key (<field>)
    .why-bye = hangs up

rule-d48-twice =
    .verdict = <from> sends each key twice: in the media and as INFO. The other side may count them double.
    .advice =
        - Choose one way in the settings of the phone; the one in the media (RFC 4733) is the usual one.

rule-d48-unasked =
    .verdict = <from> sent <keys> keys as telephone events to <to>, which does not take any: they are not heard.
    .advice =
        - Enable telephone events (RFC 4733) on the side that receives, or let the other one send keys as sound or INFO.

rule-d48-roles =
    .verdict = <party> answered a=setup:<given> to a=setup:<asked>: nobody begins to encrypt, or both do, and no sound comes.
    .advice =
        - Correct the side at <party>: to "actpass" it answers "active" or "passive", and to one of these the other one.

rule-d48-loss =
    .verdict = <figure> % of the packets from <from> to <to> were lost before they came here.

rule-d48-behind =
    .verdict = The packets from <from> to <to> passed here whole, and <to> reports that it missed <figure> % of them: they are
        lost behind this place.

rule-d48-jitter =
    .verdict = The packets from <from> to <to> come unevenly (jitter <figure> ms): the sound stutters where the buffer is
        small.

rule-d48-told =
    .verdict = <to> reports that it missed <figure> % of the packets from <from>. They did not pass here, so where they were
        lost is not known.

rule-d48-fast =
    .verdict = <from> sends faster than its own clock says, by <figure> %: the buffer of <to> runs over, and sound is dropped
        again and again.
    .advice =
        - Look at the timing of <from>: a wrong sample rate, or a machine that is out of step or overloaded.

rule-d48-slow =
    .verdict = <from> sends more slowly than its own clock says, by <figure> %: the buffer of <to> runs dry, and the sound has
        gaps.
    .advice =
        - Look at the timing of <from>: a wrong sample rate, or a machine that is out of step or overloaded.

rule-d48-unmarked =
    .verdict = The packets from <from> to <to> carry no mark of priority (DSCP <own>), while those of the other direction do
        (DSCP <other>): routers treat them as any download.
    .advice =
        - Let <from> mark its sound with DSCP 46 (EF), and look whether a router or switch on the way removes that mark.

rule-d48-remarked =
    .verdict = The packets from <from> to <to> were marked anew on the way: DSCP <own> at one capture point, DSCP <other> at the
        other.
    .advice =
        - Look at the router or switch between the two: which marks does it trust, and which does it remove?

rule-d48-unopened =
    .verdict = Both sides looked for a way for their media with ICE and asked <requests> times on <pairs> ways, and nothing
        answered: no way is open.
    .advice =
        - Let firewalls pass UDP between the two, or give both a TURN server.
        - Look at the candidates in the session descriptions: internal addresses only cannot be reached from outside.

rule-d48-conflict =
    .verdict = Both sides want the same role in ICE: <conflicts> checks were refused for it (487), and no way was opened.
    .advice =
        - One of the two does not change its role after a 487; update it, and look whether a server between them changes who
            offers and who answers.

rule-d48-unchosen =
    .verdict = ICE opened a way (<answers> answers), and neither side chose it: the checks were never finished and no media
        came.
    .advice =
        - Look at the side that made the offer: it must choose a way. Where one side is "ice-lite", the other one chooses.

rule-d48-rekeyed =
    .verdict = <party> told a new key for its media and went on with the same stream (<from>); <seconds> s later somebody hung
        up. The other side may not have taken the new key over, and have heard noise or nothing.
    .advice =
        - Look at the log of whoever receives: errors of SRTP from then on?
        - Let <party> keep its key when it changes a call, or begin a new stream with a new one.
