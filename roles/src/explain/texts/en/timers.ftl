### Timers. Value: the meaning. Attributes: sender, duty, causes, remedy.

timer-a = The clock for repeating an INVITE over UDP while nothing at all has come back.
    .sender = Starts when the INVITE is sent and doubles each time. Any response stops it, not only 100.
    .duty = Send the INVITE again, unchanged: at 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s. Seven copies in all; then
        Timer B ends it.
    .causes =
        - A capture with the same INVITE at these times: the other side is silent, or its answers get lost.
        - A stack that caps the interval at 4 s sends too often: the cap T2 is for other timers.
    .remedy =
        - Look for the first response on both ends. Use TCP when the network loses packets.

timer-b = The limit on silence after an INVITE. If no response of any kind has come after 32 s, the attempt has
    failed.
    .sender = Starts with the INVITE. Any response ends its effect, also a 100: from then on ringing may last
        minutes. It does not limit ringing.
    .duty = The transaction ends, and the user agent or proxy acts as on a 408. No ACK and no CANCEL is sent. A
        proxy tries the next server, if there is one.
    .causes =
        - Calls that fail after exactly 32 s without any response.
        - A failover that takes half a minute: the dead server was found out by Timer B only.
    .remedy =
        - Check address, port, firewall and whether anything listens there. For faster failover watch the
          servers with OPTIONS, or use TCP.

timer-c = The proxy's limit on an INVITE branch that keeps ringing: more than three minutes.
    .sender = Starts for each branch when the INVITE is forwarded. Every 101 to 199 restarts it; 100 does not.
    .duty = When the branch has had a provisional response, the proxy sends CANCEL; else it acts as if 408 had
        come.
    .causes =
        - Unanswered calls or queues end after three minutes with 487 or 408.
    .remedy =
        - Let queues and long ringing repeat a 180 or 182 every minute, or set the timer longer.

timer-d = How long the side that sent the INVITE stays ready to confirm repeated refusals. It belongs to the
    client, not to the server.
    .sender = Starts when a 3xx to 6xx has come and its ACK was sent.
    .duty = The transaction is forgotten. Until then each repetition of the refusal gets the same ACK.
    .causes =
        - Refusals that arrive twice: the first ACK was lost; this timer is why the second is confirmed too.
    .remedy =
        - Nothing to do. Memory held for 32 s after every refused call over UDP is this timer.

timer-e = The clock for repeating any request other than INVITE over UDP.
    .sender = Starts with the request and doubles up to 4 s. After a provisional response it goes on, every 4 s.
        The final response stops it.
    .duty = Send the request again: at 0.5, 1.5, 3.5, 7.5, 11.5 s and so on every 4 s to 31.5 s: eleven copies
        in all.
    .causes =
        - REGISTER or OPTIONS repeated in a capture: the server is silent or its answers get lost.
    .remedy =
        - Compare the source port and the address in Via: the answers may go to another port (rport).

timer-f = The limit on waiting for the final response to any request other than INVITE: 32 s.
    .sender = Starts with the request. Only a final response stops it; a 100 does not.
    .duty = The request has failed, as with 408. For a REGISTER: not registered; for a BYE: the call is over all
        the same; for a NOTIFY: the subscription ends.
    .causes =
        - Registrations that fail after 32 s: the registrar cannot be reached.
    .remedy =
        - Check the way to the server and back; a 408 will not come, for nobody sends one to these methods.

timer-g = The clock for repeating a refusal of an INVITE over UDP until its ACK comes.
    .sender = Starts when a 3xx to 6xx is sent, and doubles up to 4 s. The ACK stops it.
    .duty = Send the refusal again.
    .causes =
        - The same 486 or 404 at 0, 0.5, 1.5, 3.5 s ...: the ACK does not arrive, or does not match because its
          branch differs.
    .remedy =
        - Compare the branch of ACK and INVITE; look where the refusals go.

timer-h = The limit on waiting for the ACK to a refusal: 32 s.
    .sender = Starts when a 3xx to 6xx is sent. The ACK stops it.
    .duty = Give up on the ACK and forget the transaction. For the refused call it makes no difference.
    .causes =
        - Only seen in logs, as a refusal that was never confirmed.
    .remedy =
        - As with Timer G: find out why the ACK does not come.

timer-i = How long the side that refused an INVITE still absorbs further copies of the ACK.
    .sender = Starts with the first ACK.
    .duty = The transaction is forgotten.
    .causes =
        - Never seen; without it a late copy of the ACK would seem to belong to nothing.
    .remedy =
        - Nothing to do.

timer-j = How long a server remembers its answer to a request other than INVITE, so that a repeated request gets
    the same answer and is not done twice.
    .sender = Starts with the final response.
    .duty = The transaction is forgotten.
    .causes =
        - Memory of a busy registrar: each REGISTER over UDP stays for 32 s.
    .remedy =
        - Nothing to do; over TCP and TLS it does not exist.

timer-k = How long a client still absorbs further copies of the final response to a request other than INVITE.
    .sender = Starts with the final response. It belongs to the client; the server has Timer J.
    .duty = The transaction is forgotten.
    .causes =
        - Never seen.
    .remedy =
        - Nothing to do.

timer-l = How long the called side keeps the INVITE transaction after a 2xx, so that late copies of the INVITE
    do not ring again.
    .sender = Starts when the 2xx is sent.
    .duty = The transaction is forgotten. The repetition of the 2xx itself has its own clock in the user agent.
    .causes =
        - A second ringing of an answered call comes from stacks without this timer, older than RFC 6026.
    .remedy =
        - Update such a stack.

timer-m = How long the calling side keeps the INVITE transaction after the first 2xx, so that further 2xx, from
    other devices of a fork, still arrive.
    .sender = Starts with the first 2xx.
    .duty = The transaction is forgotten; a 2xx after that is a stray and is dropped.
    .causes =
        - Two devices answered at once: both 2xx pass because of this timer, and the caller ends one of the
          calls.
    .remedy =
        - Nothing to do.

timer-n = How long a subscriber waits for the first NOTIFY after its SUBSCRIBE: 32 s.
    .sender = Starts with each SUBSCRIBE. A NOTIFY stops it, or a 204, after which none comes.
    .duty = The subscription has failed or ended. A NOTIFY that comes later is answered 481.
    .causes =
        - 200 to the SUBSCRIBE, but no NOTIFY: the notifier cannot reach the subscriber's Contact.
    .remedy =
        - Check the Contact and Record-Route of the SUBSCRIBE, and firewalls in the direction of the subscriber.

timer-trying-delay = How soon a server must show that it has the INVITE.
    .sender = Starts when the INVITE arrives. Any response that is sent stops it.
    .duty = Send 100, so that the sender stops repeating. For other requests the 100 comes over UDP after 3.5 s
        at the earliest.
    .causes =
        - Repeated INVITEs at half a second although the server is alive: it answers later than this, or its 100
          gets lost.
    .remedy =
        - A server that is slower than 200 ms and does not send 100 by itself has a fault.

timer-2xx-retransmission = The clock for repeating the 2xx of an answered call until its ACK comes, over every
    transport.
    .sender = Starts when the 2xx is sent, in the user agent itself and not in the transaction. The ACK stops
        it.
    .duty = Send the 2xx again: at 0.5, 1.5, 3.5, 7.5 s and every 4 s after that.
    .causes =
        - Repeated 200 in a capture: the ACK gets lost or goes elsewhere. The call will drop after 32 s.
    .remedy =
        - Follow the ACK: Contact and Record-Route of the 200 tell where it must go.

timer-2xx-without-ack = The limit on waiting for the ACK to a 2xx. It is the famous 32 seconds after which calls
    drop.
    .sender = Starts when the 2xx is sent. The ACK stops it.
    .duty = The called side stops repeating and ends the call with BYE.
    .causes =
        - Calls that end after 32 s, always: the ACK to the 200 does not arrive.
    .remedy =
        - Look at the Contact of the 200 (a private address?), at Record-Route, and at the firewall on the way
          of the ACK.

timer-1xx-retransmission = The clock for repeating a reliable provisional response, such as a 183 with early media,
    until its PRACK comes, over every transport.
    .sender = Starts when a provisional response with RSeq is sent, in the called user agent. The PRACK whose RAck names
        it stops it.
    .duty = Send the same response again: at 0.5, 1.5, 3.5, 7.5 s and so on, the wait doubling each time.
    .causes =
        - A repeated 183 in a capture: the PRACK gets lost, goes elsewhere, or the caller does not know 100rel.
    .remedy =
        - Follow the PRACK: Contact and Record-Route of the provisional response tell where it must go.

timer-1xx-without-prack = The limit on waiting for the PRACK to a reliable provisional response.
    .sender = Starts when the response is first sent. The PRACK stops it.
    .duty = The called side gives up and refuses the INVITE with a 5xx; Ringback says 504.
    .causes =
        - Calls that fail after 32 s of ringing with 504: no PRACK arrives.
        - Something on the way takes PRACK for an unknown method and drops it.
    .remedy =
        - Let PRACK pass at firewalls and session border controllers, or switch 100rel off at one of the ends.

timer-cancel-wait = How long the caller waits for the end of an INVITE after its CANCEL.
    .sender = Starts when the CANCEL is sent; before that the CANCEL waits for a provisional response.
    .duty = Forget the INVITE as if 487 had come.
    .causes =
        - Very old devices answer the CANCEL but never the INVITE.
    .remedy =
        - Nothing to do.

timer-invite-expires = How long an invitation is valid: what Expires in the INVITE says.
    .sender = Starts with the INVITE, when it carries Expires. A final response stops it.
    .duty = The caller sends CANCEL, and the called side answers 487; a proxy may cancel.
    .causes =
        - Calls end while ringing after a round number of seconds.
    .remedy =
        - Look whether the telephone or the system in front sets Expires, and set its ring time.

timer-session-refresh = The clock of the side that keeps a call with a session timer alive.
    .sender = Starts with each 2xx to an INVITE or UPDATE of the call, at the side that `refresher` names.
    .duty = Send an UPDATE, or a re-INVITE to a peer that does not take UPDATE, with the same Session-Expires.
    .causes =
        - UPDATE or INVITE in the middle of a call at regular times: nothing is wrong, one side asked for a session
          timer.
    .remedy =
        - Nothing to do. A longer Session-Expires makes them rarer; 1800 s is usual.

timer-session-expiration = The end of a call whose session timer nobody refreshed.
    .sender = Starts with each 2xx to an INVITE or UPDATE of the call, on both sides.
    .duty = Send BYE. The side that does not refresh does so up to 32 s before the end.
    .causes =
        - The other side has crashed or lost its network: the timer did its work.
        - Calls that always end after the same long time, such as half an hour: refreshes do not get through.
    .remedy =
        - Follow the UPDATE or re-INVITE at half of the time: who answers it, and does the 2xx carry Session-Expires?

timer-glare = The random wait after two changes of one session have crossed (491).
    .sender = Starts with the 491.
    .duty = Send the re-INVITE or UPDATE once more, if it is still wanted.
    .causes =
        - Hold or transfer takes effect a few seconds late.
    .remedy =
        - Both sides must draw from different ranges; if they collide again and again, one does not follow the
          rule.

base-t1 = The estimate of the time there and back, from which most timers are made: 64 times T1 is the 32 s that
    one meets everywhere.
    .remedy =
        - Leave it at 500 ms. Make it larger on satellite links; smaller only in networks of your own, for all
          servers alike.

base-t2 = The longest interval between repetitions of requests other than INVITE, of refusals and of the 2xx.
    .remedy =
        - Leave it at 4 s.

base-t4 = How long a message may linger in the network: Timers I and K wait that long for late copies.
    .remedy =
        - Leave it at 5 s.
