### Rules about call set-up. Value: the title. Attributes: verdict, advice, raise, why-….

rule-d29 = No common codec or media
    .advice =
        - Switch on a codec that both sides have, such as PCMA or PCMU, and for wideband G722 or opus.
        - Or let a server between them translate the media.
    .raise =
        - Capture a call in the other direction: its offer shows what the called side can do.
    .why-offer = offers <detail>
    .why-refused = refuses the offer with <code>
    .why-warning = says why: <warning>

rule-d29-disabled =
    .verdict = The call was refused with <code>, for the caller's offer switches every medium off (<detail>). No
        codec is missing: the offer asks for nothing.
    .advice =
        - Look at the caller: it makes offers with port 0, inactive media or an empty address, mostly because no
          codec is enabled or it found no address of its own.

rule-d29-profile =
    .verdict = The call was refused with <code>, for one side wants encrypted media and the other plain ones
        (<detail>), as between a browser and a common phone.
    .advice =
        - Put a server that relays media between them, one that speaks SRTP with ICE on the one side and RTP on the other.
        - Or enable SRTP on the phone, or disable it on both.

rule-d29-codecs =
    .verdict = The call was refused with <code>: the called side takes none of the codecs that were offered
        (<detail>).

rule-d29-fax =
    .verdict = The call was refused with <code>: it asks for fax (<detail>) and the called side does not do that.
    .advice =
        - Enable T.38 on the called side, or send the fax as sound with PCMA or PCMU.

rule-d29-address =
    .verdict = The call was refused with <code>: the offer has IPv6 addresses only (<detail>) and the called side
        is reached by IPv4.
    .advice =
        - Let the caller offer an IPv4 address too, or put a server between them that relays media.

rule-d29-type =
    .verdict = The request was refused with <code>: its body is of a type that the other side does not read
        (<detail>).
    .advice =
        - Look at Accept in the answer and let the sender use one of these types; for calls it is application/sdp.

rule-d29-late =
    .verdict = The call was refused with <code> although it had no offer: the called side should make the offer
        itself, and does not do so.
    .advice =
        - Let the caller put its offer into the INVITE; some systems have a setting for "early offer".

rule-d22 = Wrong number or address
    .verdict = <peer> refused the call to <user> with <code>: it knows no such number or address.
    .advice =
        - Compare <user> with how that number must be written there: with or without +, country code, leading 0 or
          00, or a prefix for outside lines.
        - Is it an account of one's own? Look whether it exists and is registered, and whether the domain is right.
    .raise =
        - Capture a call to the same number that works: the way it is written shows what is expected.
    .why-ringing = rings
    .why-refused = refuses the call with <code>
    .why-told = tells: <told>

rule-d22-variant =
    .verdict = <peer> refused the call to <user> with <code>, and the same number written as <other> was answered.
    .advice =
        - Write the number as <other>, or let the server rewrite it so.

rule-d22-gone =
    .verdict = <peer> refused the call to <user> with <code>: the number was in use and is so no more.
    .advice =
        - Look up the new number; for a number of one's own, ask the carrier whether it was moved or cancelled.

rule-d22-incomplete =
    .verdict = <peer> refused the call to <user> with <code>: digits are missing.
    .advice =
        - Look at the dial plan of the caller: does it send before the whole number was dialled?
        - Count the digits of <user>, area code and prefix included.

rule-d22-ambiguous =
    .verdict = <peer> refused the call to <user> with <code>: it could mean several.
    .advice =
        - Use the whole address; Contact in the answer may list what it can mean.

rule-d22-scheme =
    .verdict = <peer> refused the call to <user> with <code>: it does not serve URIs of that kind.
    .advice =
        - Let the caller use a sip: URI; sips: and tel: are not served everywhere.

rule-d24 = Called party not available
    .verdict = <peer> answered <code> for <user> at once: nobody can be reached there now. The phone may be off,
        not registered, or set not to be disturbed.
    .advice =
        - Look whether a phone of <user> is registered, and switch off "do not disturb".
        - Add voicemail or another destination for when nobody can be reached.
    .raise =
        - Capture at the registrar, registrations included.
    .why-ringing = rings
    .why-refused = answers <code>
    .why-told = tells: <told>

rule-d24-phone =
    .verdict = <peer>, which looks like a phone, answered <code> for <user>: set not to be disturbed, or logged out.

rule-d24-rang =
    .verdict = <user> rang for <seconds> s and nobody answered; then <peer> ended it with <code>.
    .advice =
        - Add voicemail or another destination, or let it ring longer.

rule-d25 = A timer ended the ringing
    .verdict = <user> rang for <seconds> s and nobody answered; then a timer ended the call.
    .advice =
        - Raise the timer if that is too short, or add voicemail or another destination behind it.
    .raise =
        - Capture more calls that nobody answers: a timer ends all of them after the same time.
    .why-ringing = rings
    .why-refused = ends with <code>
    .why-cancel = stops the ringing
    .why-told = tells: <told>

rule-d25-server =
    .verdict = <user> rang for <seconds> s and nobody answered; then <peer> gave up with <code>.

rule-d25-expires =
    .verdict = <user> rang for <seconds> s and nobody answered; the call ended when the time was over that Expires of
        the INVITE allows.
    .advice =
        - Raise the time that the caller allows for ringing, or add voicemail behind it.

rule-d25-round =
    .verdict = <user> rang for <seconds> s and nobody answered; then the call was cancelled. Another call rang exactly
        as long, so that a timer did it and no person.

rule-d26 = The call was cancelled
    .verdict = The caller hung up before <user> answered. The <code> is what follows from that, and no fault.
    .advice =
        - Nothing needs to be done.
    .raise =
        - Reason in the CANCEL would tell why it was sent.
    .why-ringing = rings
    .why-refused = ends with <code>, as it must
    .why-cancel = withdraws the call
    .why-told = tells: <told>

rule-d26-elsewhere =
    .verdict = The call to <user> was answered on another device. The <code> is what follows from that, and no fault.
    .advice =
        - Does the phone list it as missed? Then it does not read Reason in the CANCEL, or a server on the way drops it.

rule-d26-declined =
    .verdict = The call to <user> was declined on another device. The <code> is what follows from that, and no fault.

rule-d26-timer =
    .verdict = A timer withdrew the call to <user>. The <code> is what follows from that.
    .advice =
        - Raise the timer if that is too short, or add voicemail behind it.

rule-d26-unseen =
    .verdict = The call to <user> ended with <code>, which follows from a CANCEL. The CANCEL was not captured on
        this hop.
    .raise =
        - Capture nearer to the called party too.

rule-d27 = The CANCEL crossed the answer, and nobody hung up
    .verdict = The caller gave up while <peer> answered, and did not hang up afterwards: the call stays up and is charged.
    .advice =
        - Correct the caller: an answer that crosses a CANCEL must be confirmed with ACK and ended with BYE at once.
        - Check the bill for calls of this kind.
    .raise =
        - Capture until the call has ended.
    .why-cancel = withdraws the call
    .why-answer = answers the call at the same moment
    .why-bye = ends it at last

rule-d27-late =
    .verdict = The caller gave up while <peer> answered, and hung up only <seconds> s later: so long the call was up and
        charged.

rule-d28 = A CANCEL without effect
    .verdict = The caller gave up, but its CANCEL ended nothing: <peer> answered <code>.
    .advice =
        - Read the log of <peer>: a CANCEL must end the INVITE with the same branch with 487.
    .raise =
        - Capture at <peer> too.
    .why-invite = the call that it is for
    .why-cancel = withdraws the call
    .why-answer = answers the CANCEL with <code>

rule-d28-early =
    .verdict = The caller gave up before anything had come back, and its CANCEL ended nothing: before the first
        provisional answer a CANCEL must not be sent, since it may overtake the call.
    .advice =
        - Correct the caller: hold the CANCEL until a 1xx has come, and send none when a final answer comes first.

rule-d28-other =
    .verdict = The caller gave up, and its CANCEL matches no call: branch, CSeq number, Request-URI and destination must be
        those of the INVITE.
    .advice =
        - Compare both messages; correct the caller, or the server on the way that changes one of them.

rule-d28-silent =
    .verdict = The caller gave up, and its CANCEL was sent to <peer> <copies> times without an answer: the server has
        gone since it took the call, or no longer hears it.
    .advice =
        - Look whether <peer> still runs, and whether a firewall dropped the way back in the meantime.

rule-d28-kept =
    .verdict = <peer> accepted the CANCEL, and the call did not end: no final answer to the INVITE came.
    .advice =
        - Correct <peer>: whoever accepts a CANCEL must end the INVITE with 487.

rule-d30 = The answer does not fit the offer
    .advice =
        - Correct the side at <party>, or the server on the way that changes session descriptions.
    .raise =
        - Capture media too: they show what comes of it.
    .why-offer = says <line>
    .why-answer = makes of it <line>
    .why-bye = hangs up at once

rule-d30-lines =
    .verdict = <party> answered the offer with other media lines, or in another order: <offered> became <answered>.
        Each line of an offer needs its own in the answer, with port 0 when it is declined.

rule-d30-profile =
    .verdict = One side wants encrypted media and the other answered with plain ones, or the other way round: <offered>
        became <answered>.

rule-d30-codec =
    .verdict = <party> answered with codecs that were not offered: <offered> became <answered>. Neither side may
        understand what the other sends.

rule-d30-number =
    .verdict = <party> uses a payload number for another codec than the offer does: <offered> became <answered>. Who
        confuses them plays noise or nothing.

rule-d30-direction =
    .verdict = <party> answered <answered> to <offered>: it wants to send or hear more than was offered.

rule-d30-second =
    .verdict = <party> described its media anew when it answered (<answered>), and otherwise than while it rang
        (<offered>). The first description counts, so that sound may go to where nobody listens any more.
    .advice =
        - Let the answer carry the same description as the 18x before it, or none; to move media, change the call later.

rule-d30-version =
    .verdict = <party> changed its description (<offered> became <answered>) and kept the version in o=. Who compares
        versions does not see the change.

rule-d31 = Busy or declined
    .verdict = <user> is busy: in a call, or set not to be disturbed (<code>).
    .advice =
        - Nothing needs to be done; call waiting or voicemail would take such calls.
    .why-ringing = rings
    .why-refused = answers <code>
    .why-told = tells: <told>

rule-d31-rejected =
    .verdict = <user> rang and was then refused with <code>: somebody pressed the button, or it became busy.

rule-d31-everywhere =
    .verdict = <user> was refused with <code>, which ends the call on all devices.
    .advice =
        - Should the other devices go on ringing? Let the phone answer 486 instead; many have a setting for it.
        - From a carrier, and at once, it may be call blocking: ask there.

rule-d32 = Server or trunk cannot serve the call
    .verdict = <peer> failed with <code>.
    .advice =
        - Read the log of <peer> at that moment.
        - Give the caller a second server to try (several SRV records, or a second trunk).
    .raise =
        - Capture behind <peer> too: the fault may come from further on.
    .why-ringing = rings
    .why-refused = fails with <code>
    .why-told = tells: <told>

rule-d32-overload =
    .verdict = <peer> cannot take calls now (<code>) and says when to come back: it is overloaded or being serviced.
    .advice =
        - Do not try again before the time in Retry-After.
        - Compare calls at a time and calls a second with what <peer> is made for.
        - Give the caller a second server to try.

rule-d32-down =
    .verdict = <peer> cannot take calls now (<code>): overloaded, being serviced, or what it needs behind it is gone.
    .advice =
        - Look whether <peer> is up and its trunks are registered; compare calls at a time with its limit.
        - Give the caller a second server to try (several SRV records, or a second trunk).

rule-d32-trunk =
    .verdict = <peer> failed with <code>, and the telephone network behind it says why: no line is free, or the
        network is out of order.
    .advice =
        - Compare calls at a time with the number of channels that was ordered.
        - Ask the carrier, with Call-ID and time.

rule-d32-gateway =
    .verdict = <peer> failed with <code>: what came back from behind it made no sense.
    .advice =
        - Ask whoever runs <peer>, with Call-ID and time.

rule-d32-timeout =
    .verdict = <peer> failed with <code>: a server that it needs, such as a name server, did not answer in time.
    .advice =
        - Look from <peer> at the names that it must resolve, and at the servers behind it.

rule-d33 = A required extension is missing
    .advice =
        - Set the extension to "supported" and not to "required", or enable it on the other side.
    .raise =
        - Capture a call between other devices: it shows which of the two is the odd one.
    .why-request = asks
    .why-refused = refuses it
    .why-first = must be confirmed with a PRACK
    .why-last = is still repeated
    .why-end = gives up with <end>

rule-d33-unsupported =
    .verdict = <peer> refused <method> with <code>: <client> requires an extension that it does not have (<options>),
        and does not try without it.

rule-d33-required =
    .verdict = <peer> refused <method> with <code>: it insists on an extension that <client> does not offer (<options>).

rule-d33-method =
    .verdict = <peer> refused <method> with <code>: it does not serve that method (it names <options>).
    .advice =
        - Was it meant for somebody else? See whom the address leads to.

rule-d33-event =
    .verdict = <peer> refused <method> with <code>: it knows no such event (it names <options>).
    .advice =
        - Switch off in <client> what it wants to be told of, or ask the server that knows of it.

rule-d33-unmatched =
    .verdict = <peer> refused the PRACK with <code>: it has no provisional answer with the numbers in RAck (<options>)
        that waits for one.
    .advice =
        - Compare RAck with RSeq and CSeq of the provisional answer; correct the caller, or whoever changes them.

rule-d33-unconfirmed =
    .verdict = <peer> sent its <code> <copies> times and wants it confirmed, and no PRACK came: the call cannot go on.
    .advice =
        - Set reliable provisional answers (100rel) to "supported" or off on either side.
        - Look at Contact and Record-Route of that answer: the PRACK goes there, and may not arrive.

rule-d34 = Slow to ring
    .advice =
        - Measure with other destinations: is it one carrier, or every call?
    .raise =
        - Capture behind <peer> too: that shows which of the next hops takes the time.
    .why-asked = calls
    .why-tried = is tried first, and does not serve the call
    .why-heard = the first answer, after <heard> s
    .why-ringing = rings after <seconds> s

rule-d34-far =
    .verdict = The call rang after <seconds> s. <peer> answered after <heard> s; the rest of the time went by behind it.
    .advice =
        - Ask whoever runs <peer>, with Call-ID and time; carriers that try several routes one after the other are slow.

rule-d34-near =
    .verdict = The call rang after <seconds> s, of which <heard> s passed before <peer> said anything at all.
    .advice =
        - Look at what <peer> does before it answers: names that resolve slowly, a database, a server that is overloaded.
        - Or the first copies of the call were lost on the way.

rule-d34-tried =
    .verdict = The call rang after <seconds> s, for <peer> was tried before and did not serve it.
    .advice =
        - Let the server give up on a dead destination sooner (2 to 5 s), and watch its destinations with OPTIONS.

rule-d35 = Trouble before the answer
    .advice =
        - Let only one side make the tone: the phone itself, or whoever sends early media.
    .raise =
        - Capture at the called side too.
    .why-promised = promises sound before the answer
    .why-answer = answers
    .why-first = the first phone answers
    .why-second = another phone answers too

rule-d35-silent =
    .verdict = <peer> promised sound before the answer, and none came for <seconds> s: the caller heard silence in place of
        a ringing tone.
    .advice =
        - Let <peer> answer 180 without a session description when it has no sound, or send its tone.
        - Let the phone make the tone itself when no sound has come within a second.

rule-d35-unconfirmed =
    .verdict = Two phones answered, and the caller took no notice of the second one (over <peer>): it goes on asking for an
        ACK, and whoever answered it hears nothing.
    .advice =
        - Correct the caller: each 2xx needs an ACK, and the calls that are not wanted a BYE after it.

rule-d35-kept =
    .verdict = Two phones answered, and the caller kept both: the second one (over <peer>) was never hung up.
    .advice =
        - Correct the caller: after the ACK the call that is not wanted needs a BYE.

rule-d35-several =
    .verdict = Several phones were asked, and for <seconds> s before the answer sound came from <one> and <other> at a time: the
        caller hears both mixed, or the one that its phone happened to choose.
    .advice =
        - Let the server that forks pass early media of one phone only, or none (180 without a session description).
        - Let phones that are asked together ring with 180, and send announcements only where one phone is asked.

rule-d35-lingers =
    .verdict = Several phones were asked. One of them (over <peer>), which did not answer, went on sending sound to the caller
        for <seconds> s after another one had answered.
    .advice =
        - Look whether its CANCEL arrived, and why it goes on after it.
        - Let the caller take sound only from where the answer says.

rule-d36 = The answer was never confirmed: the ACK is lost
    .verdict = <peer> sent its answer <copies> times within <seconds> s, and no ACK came: the call cannot last. It
        ends about 32 s after the answer, even when both sides hear each other.
    .advice =
        - Look whether the caller understands the answer: an ACK is due for each 2xx, also for one that it dislikes.
        - Look at Contact and Record-Route of the answer: can the caller reach what stands there?
        - Switch off SIP ALG in routers, and let firewalls pass what the caller sends inside the call.
    .raise =
        - Capture at the caller too: does it send an ACK, and where to?
    .why-first = answers the call
    .why-last = is still repeated: copy <copies>
    .why-ack = confirms: for <target>, sent to <sent-to>
    .why-bye = gives up after <after> s

rule-d36-unsent =
    .verdict = <peer> sent its answer <copies> times within <seconds> s. It came to the caller, and the caller
        confirmed it never.
    .advice =
        - Read the log of the caller: it could not read the answer, its session description, or Contact.

rule-d36-astray =
    .verdict = <peer> repeats its answer (<copies> times within <seconds> s), for the ACK goes astray: it is for
        <target> and was sent to <sent-to>, and the answer asked for <contact>.
    .advice =
        - Requests inside the call go to the Contact of the answer, by the way of its Record-Route; correct whoever
          sends or rewrites this ACK.
        - Is a private address in Contact? Correct that, or let the server rewrite it.

rule-d36-lost =
    .verdict = <peer> repeats its answer (<copies> times within <seconds> s) although ACKs were sent to <sent-to>:
        they do not reach it.
    .advice =
        - Look at firewalls between <before> and <peer>, and whether a proxy on the way drops the ACK.
    .raise =
        - Capture at the called side too.
