### Response codes. Value: the meaning. Attributes: sender, duty, causes, remedy.

## Provisional: the request is being worked on

code-100 = The next hop has the INVITE and works on it. It stops the repetitions on this one hop and says
    nothing about the called user yet.
    .sender = Every server that keeps state for the INVITE: it must send 100 within 200 ms when it has nothing
        better to say. Requests other than INVITE get a 100 at most, over UDP only after 3.5 s.
    .duty = Stop repeating the INVITE and keep waiting: Timer B no longer matters. From now on a CANCEL is
        allowed. Never forward it: each hop has its own 100. It makes no dialog.
    .causes =
        - Normal: it is the first answer to nearly every call.
        - Followed by nothing: the server works on the call, but what lies behind it does not answer.
        - Missing although the server is up: the answer takes another way back (address translation, wrong
          received or rport), or a firewall drops it.
    .remedy =
        - A 100 and then silence: look for the fault behind the hop that sent it, not between you and it.
        - No 100 within half a second and INVITEs repeated at 0.5, 1.5, 3.5 s: the first hop does not get the
          INVITE, or its answers do not come back. Capture on both ends.

code-180 = The called user's device was found and is alerting its user.
    .sender = The telephone that rings, or a gateway whose network reports that the subscriber's line rings.
        With several devices ringing, one 180 from each, told apart by the To tag.
    .duty = Play ringback tone, unless early media already arrives. Make an early dialog for each To tag;
        confirm it with PRACK when it has Require: 100rel. It stops Timer B and, at a proxy, restarts Timer C.
    .causes =
        - Normal: the telephone rings.
        - Rings for minutes without end: nobody answers and nothing limits it; the caller, Expires in the INVITE
          or the proxy's Timer C must.
        - Two ringback tones or none: a 180 and a 183 with media arrive both, or the gateway promises early
          media that never comes.
    .remedy =
        - Caller hears nothing: see whether a 183 or 180 carried SDP; then audio is expected from the network
          and the RTP path is at fault.
        - Calls are cut off while ringing, always after the same time: that is Timer C or a ring timeout on the
          way. Repeating 180 every minute keeps Timer C alive.

code-181 = The call is being forwarded to another address. It is information only: the caller need not do
    anything.
    .sender = The server or telephone system that carries out the forwarding, before the new destination rings.
        Any URI may be the new destination, not only another number or carrier.
    .duty = Show it to the caller if you like, and keep waiting. History-Info, when present, tells where the
        call went and why. Earlier early dialogs live on.
    .causes =
        - Call forwarding: always, on busy or on no answer.
        - A proxy followed a redirection by itself.
    .remedy =
        - Forwarded to a place that nobody expects: read History-Info, and the forwarding settings of the called
          user.
        - Nothing follows the 181: the new destination does not answer; look at the branch that was started for
          it.

code-182 = The called party cannot take the call now and has put it in a queue.
    .sender = A call centre or telephone system that queues instead of answering busy. It repeats the 182 at
        least once a minute, often with the place in the queue in the reason phrase.
    .duty = Keep waiting, tell the user, and do not time out locally. A caller who does not want to wait sends
        CANCEL, or says so beforehand with Request-Disposition: no-queue.
    .causes =
        - All agents are busy.
        - Long stays in the queue without 182 or media: the queue announces nothing, and proxies end the call
          when Timer C expires.
    .remedy =
        - Calls end in the queue after some three minutes: make the queue repeat its provisional answer every
          minute.
        - Queue full answers 486, waited too long answers 408: set room and longest wait of the queue
          accordingly.

code-183 = Progress that has no code of its own: often an announcement or a tone from the network, sent as early
    media before the call is answered.
    .sender = Gateways, session border controllers and voice servers; seldom telephones. An unknown 1xx is
        treated as 183 too.
    .duty = Make an early dialog for its To tag. When there is SDP in it (or in a 180) and media arrives, play
        that instead of your own ringback tone. Confirm with PRACK when it has Require: 100rel.
    .causes =
        - A telephone network that plays its own ringback tone or an announcement ("the number has changed").
        - A gateway that received a cause together with an announcement: the final refusal follows when the
          announcement is over.
        - Silence after a 183 with SDP: the RTP path is blocked, or the media relay sends to the wrong address.
    .remedy =
        - No ringback tone on calls to the telephone network: check that early media reaches the caller through
          firewalls and media relays.
        - Read Reason in the 183: it often holds the Q.850 cause before the call has even failed.
        - Early media is one-way on some systems by intent, against toll fraud: nobody can talk before the
          answer.

code-199 = One of several early dialogs has ended while the call as a whole is still pending.
    .sender = A forking proxy, when a branch that rang has failed and the caller has said Supported: 199. It
        carries the reason as Reason: SIP with the code of the branch.
    .duty = Free the media and tones of that early dialog, send no BYE and no other request on it, and wait for
        the other branches.
    .causes =
        - One of several ringing devices was declined, was busy or lost its connection.
    .remedy =
        - Nothing to do: it prevents ringback tone or early media of a dead branch. If a client gets confused by
          it, take 199 out of its Supported.

## Success: the request was done

code-200 = The request was done. For an INVITE: the call is answered, and a session exists.
    .sender = Every server. To an INVITE it comes end to end from the one who answered, and it is repeated until
        the ACK arrives, over TCP as well.
    .duty = After an INVITE: send an ACK for each 200, again for each repetition; when several devices answered,
        keep one call and end the others with ACK and BYE. Later requests go to the Contact over the route set.
    .causes =
        - Normal: the request succeeded.
        - 200 repeated at 0.5, 1.5, 3.5 s and a BYE after 32 s: the ACK does not arrive. The Contact or a
          Record-Route of the 200 is not reachable for the caller.
        - 200 but no sound, or sound one way: the SDP names an address that the other side cannot reach.
    .remedy =
        - Calls that drop after exactly 32 seconds: follow the ACK. Look at the Contact and Record-Route in the
          200, and at private addresses in them.
        - A 200 to REGISTER lists all contacts of the user: strange ones there explain calls that ring
          elsewhere.
        - For sound problems compare the addresses in both SDP bodies with the addresses from which RTP really
          comes.

code-202 = The request was taken for later handling; success is not promised. Out of use except for messages
    that are stored or distributed.
    .sender = A relay that stores a MESSAGE for a user who is offline, or distributes one to a list. It may no
        longer be sent to SUBSCRIBE, NOTIFY or REFER: those get 200.
    .duty = Treat it as 200 everywhere. For a MESSAGE do not claim that it was delivered.
    .causes =
        - A message to a user who is offline and for whom messages are kept.
        - An older server that still answers SUBSCRIBE or REFER with 202.
    .remedy =
        - Message never arrives: look at the store of the relay and at the moment when the user registers.
        - For REFER the result comes in NOTIFY, whether the answer was 200 or 202.

code-204 = The subscription was refreshed and, as asked, no NOTIFY follows because nothing has changed. The 204
    itself is the response; what is left out is the notification.
    .sender = A notifier, to a SUBSCRIBE inside the subscription whose Suppress-If-Match equals the current
        entity tag. To the first SUBSCRIBE the answer is 200 and only the body of the NOTIFY is left out.
    .duty = Take the expiry from Expires, keep the state as it was, and stop Timer N: no NOTIFY will come.
    .causes =
        - Normal for subscribers with conditional refresh.
    .remedy =
        - State looks stale afterwards: drop the entity tag and subscribe without the condition once.

## Redirection: the client must go elsewhere

code-300 = The user has several addresses, and the server leaves the choice to the caller instead of trying them
    itself.
    .sender = A redirect server, or a proxy that was asked not to fork (Request-Disposition: redirect).
    .duty = Try the Contacts in the order of their q values, or ask the user; never the same URI twice. Same
        Call-ID, next CSeq. When all fail, report the last failure.
    .causes =
        - Redirection instead of proxying is configured, and the user has more than one device.
        - A caller or session border controller asked for redirection.
    .remedy =
        - Calls fail with 300: the caller's equipment does not follow redirections. Let the server proxy, or let
          a system in between recurse.
        - Check that the Contacts can be reached from the caller's network.

code-301 = The user has moved for good; the new address is in Contact.
    .sender = A redirect server or user agent; a gateway that learned the new number from the telephone network
        (cause 22 with the number).
    .duty = Call the new address, and replace the old one in address books and caches, so that the next call
        goes there directly.
    .causes =
        - A number was ported or changed, or a user got a new domain, with a redirection left behind.
    .remedy =
        - Correct the stored number. If the new address is wrong, correct the redirection at the old server.
        - No Contact in it: nothing can be followed; ask the sender's operator.

code-302 = The user can be reached elsewhere for the time being; the addresses are in Contact.
    .sender = A redirect server, or a telephone whose user deflects or forwards the call. Any URI can stand
        there, not only a number.
    .duty = Call the Contact. Remember it only as long as Expires says; without Expires for this call only. A
        proxy may follow it by itself if it is configured to, and the caller then never sees the 302.
    .causes =
        - Call forwarding on the telephone.
        - A redirect or least-cost routing server that answers where the call must go.
        - Two users who forward to each other: the caller gives up when every address was tried.
    .remedy =
        - Forwarding does not work: the device that got the 302 does not follow redirections, or is not allowed
          to call the new destination. Let the server follow it, or forward on the server.
        - Unwanted forwarding: look for it on the telephone itself first.
        - A redirection from a sips: address may not silently lead to a sip: address.

code-305 = The called device accepts the call only through its proxy, which is named in Contact.
    .sender = Only a user agent that was called directly; proxies and redirect servers never send it.
    .duty = Send this one request again through that proxy, with the Request-URI unchanged and the proxy in
        Route. Do not remember it.
    .causes =
        - A caller used the device's own address instead of the user's public address.
    .remedy =
        - Call the public address (user@domain). Remove the device's address from speed dials and routing
          tables.

code-380 = The call cannot be done this way, but other services are offered: voicemail, a web page, an emergency
    service.
    .sender = A user agent or telephone system. In mobile networks it is known for emergency numbers that must
        be dialled in another way. The form of the body is not standardised.
    .duty = Show the alternatives, and let the user or a policy choose. It is not followed automatically.
    .causes =
        - An emergency number was called over a network that wants an emergency call procedure.
        - A service offers a substitute for the user who cannot be reached.
    .remedy =
        - Read the body: it tells the alternative. For emergency calls on mobile networks check that the
          telephone handles the operator's XML.
