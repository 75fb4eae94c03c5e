### Rules about what happens inside a call. Value: the title. Attributes: verdict, advice, raise, why-….

rule-d37 = The way back misses the proxy
    .advice =
        - Let the proxy add Record-Route to the INVITE, and twice when it changes transport or network.
    .raise =
        - Capture at the proxy: it shows both hops at once.
    .why-through = came through the proxy
    .why-answer = tells by which way to come back
    .why-past = goes past the proxy, and fails

rule-d37-missing =
    .verdict = The call went through <proxy>, which did not ask to stay in it (no Record-Route). <method> from <sender> went
        straight to <target> and did not arrive.

rule-d37-ignored =
    .verdict = <sender> should send <method> by way of <routes>, and sent it straight to <target>, where it did not arrive.
    .advice =
        - Correct <sender>: it must keep the Record-Route of the answer as its route.

rule-d38 = Hanging up does not arrive
    .advice =
        - Look at Contact and Record-Route of the answer: the BYE goes there, and must be able to arrive.
        - A session timer or a limit on silent media ends such calls on the side that did not hear of it.
    .raise =
        - Capture at <peer> too: does the BYE arrive there?
    .why-bye = hangs up
    .why-last = the last copy; nothing came back
    .why-refused = refuses it with <code>

rule-d38-silent =
    .verdict = The BYE was sent to <peer> and nothing came back: there the call may go on, and be charged.

rule-d38-ghost =
    .verdict = The BYE was sent to <peer> and nothing came back, and media went on after it: the other side does not
        know that the call has ended.

rule-d38-refused =
    .verdict = <peer> refused the BYE with <code>: there the call may go on, and be charged.
    .advice =
        - Look why <peer> does not accept it: a BYE inside a call needs no permission and cannot be declined.

rule-d39 = The other side does not know the call
    .advice =
        - Was <peer> restarted, or is it one of several servers? Then requests of one call must reach the same one.
        - A subscription that is unknown must be made anew.
    .raise =
        - Capture the beginning of the call too, and at both sides.
    .why-made = the call begins with these tags
    .why-end = had ended it
    .why-request = belongs to the call
    .why-refused = is not known there

rule-d39-lost =
    .verdict = <peer> answered 481 to <method>: it has lost the call to which that belongs, or the request reached
        another server than the one that holds it.

rule-d39-changed =
    .verdict = <peer> answered 481 to <method>, for its tags are not those with which the call began: something on the
        way changes them, or the sender mixes up two calls.
    .advice =
        - Compare the tags in From and To of both messages; correct the sender, or switch off what rewrites them (SIP ALG).

rule-d39-ended =
    .verdict = <peer> answered 481 to <method>: the call had ended already, and the BYE was accepted.
    .advice =
        - Correct the sender: after a BYE nothing more belongs to the call.

rule-d40 = A session timer ended the call
    .advice =
        - Let the side that can do it best renew the call (refresher), with a re-INVITE when UPDATE does not get through.
        - Look whether requests inside the call arrive: Contact, Record-Route, firewalls.
    .raise =
        - Capture at the side that should renew the call: does it try?
    .why-agreed = agrees on the interval
    .why-tried = tries to renew it
    .why-answer = answers
    .why-bye = hangs up when the time is over

rule-d40-unrenewed =
    .verdict = The call had to be renewed within <interval> s, which nobody did; <party> hung up after <seconds> s, as it
        must.

rule-d40-failed =
    .verdict = The call had to be renewed within <interval> s, which was tried and failed (<code>); <party> hung up after
        <seconds> s.

rule-d40-round =
    .verdict = <party> hung up after <seconds> s, and so did another call here: a timer or a limit ends calls, and no person.
    .advice =
        - Look in <party> for session timers, or for a limit on how long calls may last.

rule-d41 = A change of the call fails
    .advice =
        - Update the software of the side that is named, or switch off what changes the call (hold, codec, video).
    .why-request = changes the call
    .why-refused = refuses that with <code>
    .why-shown = this shows it

rule-d41-dropped =
    .verdict = A change of the call was refused with <code>, and <millis> ms later the call was hung up. A refused change
        must leave the call as it was.
    .advice =
        - Correct the side that hangs up: it must go on with the media that it had.

rule-d41-glare =
    .verdict = Both sides changed the call at the same time (<code>), and <client> tried again after <millis> ms: too
        soon, so that they collided again. Whoever made the call waits between 2.1 and 4 s, the other at most 2 s.

rule-d41-order =
    .verdict = <peer> refused <method> with <code>: its number in CSeq is not higher than that of an earlier request
        from <client>.
    .advice =
        - Correct <client>: each request inside a call has a higher number. Two programs that share a call do this too.

rule-d41-overlap =
    .verdict = <peer> refused <method> with <code>: an earlier one from <client> had not been answered yet.
    .advice =
        - Correct <client>: a change of the call waits until the one before has a final answer.

rule-d41-unrepeated =
    .verdict = Both sides changed the call at the same time (<code>), and neither tried again: what <client> wanted did not
        happen.
    .advice =
        - Correct <client>: after 491 it tries again, after 2.1 to 4 s when it made the call, else within 2 s.

rule-d42 = A transfer fails
    .advice =
        - Read the answer in the marked message: it came from the new call, not from the one that was transferred.
        - Can whoever was asked reach <target>? An internal address of the other side often does not work there.
    .raise =
        - Capture the new call too.
    .why-refer = asks for the transfer
    .why-told = tells: <told>
    .why-replaces = names the call whose place it takes

rule-d42-failed =
    .verdict = <peer> was asked to call <target> and tells that this failed: <told>. The 202 before it only meant that it
        would try.

rule-d42-refused =
    .verdict = <peer> refused the transfer to <target>: <told>.
    .advice =
        - Allow transfers on that side (REFER in Allow), or let the server transfer the call itself.

rule-d42-unheard =
    .verdict = <peer> accepted the transfer to <target> and never told what came of it.
    .advice =
        - Look whether the NOTIFY goes elsewhere (Contact, Record-Route), or is not sent at all.

rule-d42-replaces =
    .verdict = <peer> answered <told>: it has no call <target> whose place the new one could take.
    .advice =
        - Did that call end before? Or does another server or device hold it? Send the new call to the device that has it.

rule-d42-swapped =
    .verdict = <peer> answered <told>, for Replaces names the call <target> with its tags the wrong way round: to-tag must
        be the tag of the side that is called now.
    .advice =
        - Correct whoever makes the Refer-To or the Replaces.

rule-d44 = Cut off
    .advice =
        - Look at <party> at that moment: its log tells why it ended the call.
    .raise =
        - Capture behind <party> too: the reason may come from further on.
    .why-answer = answers
    .why-bye = hangs up

rule-d44-told =
    .verdict = No person ended the call: <party> did after <seconds> s and says why (<told>).

rule-d44-brief =
    .verdict = <party> hung up <seconds> s after the answer, before any sound had passed here: a machine, or media that the
        one side does not take.

rule-d44-middle =
    .verdict = Neither side hung up: <party>, which stands between them, ended both legs after <seconds> s.
    .advice =
        - Look at the log of <party>: a limit on how long calls last, a timer for sessions or silent media, a balance that ran
            out, or somebody who ended it there.
