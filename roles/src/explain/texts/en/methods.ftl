### Methods. Value: the meaning. Attributes: sender, duty, causes, remedy.

method-ack = Confirms that the final response to an INVITE has arrived. It confirms the response, not the
    INVITE, and is itself never answered.
    .sender = The side that sent the INVITE. After a 2xx it comes from the user agent, goes end to end over the
        route set to the Contact, and has a new branch. After a 3xx to 6xx it comes from the client transaction
        of each hop, with the same branch and Route as the INVITE, and ends at that hop.
    .duty = The called side stops repeating its response. An ACK is never challenged, never rejected and never
        answered; one that fits nothing is dropped. When the INVITE had no SDP, the ACK carries the answer.
    .causes =
        - Calls drop after 32 seconds: the ACK to the 200 does not arrive, because Contact or Record-Route in
          the 200 leads nowhere for the caller.
        - The ACK to the 200 arrives without the route set and is stopped by a firewall.
        - An ACK to a 486 that has a new branch or lacks the Route fits no transaction, and the 486 goes on.
    .remedy =
        - Follow the ACK from hop to hop; compare its Request-URI with the Contact of the 200, and its Route
          with the Record-Route.
        - Private addresses in the Contact: let the proxy or session border controller correct them, or switch
          on rport and STUN in the telephone.

method-bye = Ends a call.
    .sender = Either user agent, once the call is answered; the caller may also use it for one early dialog. The
        called side must first have the ACK, or have given up waiting for it. Proxies never send it; session
        border controllers and telephone systems do.
    .duty = Answer 200 and stop the media, also when the rest does not please. Without such a call the answer is
        481. The sender considers the call ended as soon as BYE is sent, whatever comes back.
    .causes =
        - BYE does not reach the other side: the call seems to go on there, and channels stay in use.
        - Unexpected BYE after 32 s: the ACK was lost. After half an hour or a fixed time: session timer. Read
          Reason.
        - BYE of both sides crosses: each gets 200 or 481; harmless.
    .remedy =
        - Read Reason in the BYE: Q.850;cause=16 is a normal end; other causes name the fault.
        - Hanging calls: switch on session timers, so that a lost BYE does no lasting harm.

method-cancel = Gives up an INVITE that has no final response yet.
    .sender = The caller who hangs up while it rings, or a proxy for the branches that lost. It goes hop by hop
        with the same branch as the INVITE, and only after a provisional response has come. It is of use for
        INVITE only.
    .duty = Answer the CANCEL itself with 200, and end the INVITE with 487 unless it has its final response
        already. A proxy answers 200 and cancels its own branches. It cannot be challenged. No matching INVITE:
        481.
    .causes =
        - It crosses with the answer: a 200 to the INVITE comes nevertheless, and the caller sends ACK and BYE
          at once.
        - It comes before any provisional response, or with another branch or other sender address: it matches
          nothing.
        - The telephone rings on although the caller hung up: the CANCEL did not reach it.
        - Missed-call lists show calls that were answered elsewhere: the CANCEL had no Reason: SIP;cause=200.
    .remedy =
        - Compare branch, Request-URI and the sender's address of CANCEL and INVITE.
        - See that proxies and telephone systems pass on Reason, so that telephones do not list a missed call.

method-info = Carries application data inside a call, without changing the call.
    .sender = Either user agent in a call: DTMF of older systems, conference and media control. With an Info
        Package only if the other side has listed that package in Recv-Info.
    .duty = Answer 200; 469 for a package that was not offered, 415 for a body of the wrong kind, 481 without
        such a call. A failure never ends the call.
    .causes =
        - DTMF sent by INFO, while the other side waits for it in the media (RFC 4733), or twice by both ways.
        - Formats of DTMF bodies differ: application/dtmf and application/dtmf-relay.
    .remedy =
        - Choose one way for DTMF on both sides, best RFC 4733.

method-invite = Sets up a call, or changes one that is running (re-INVITE).
    .sender = A user agent. The offer of media stands in it as SDP, or it is left to the called side (delayed
        offer). While one INVITE of a dialog is unanswered, neither side may send another.
    .duty = Answer with 1xx at once and a final response when the user has decided; every final response needs
        an ACK. A failed re-INVITE leaves the call as it was. A new call is known by a new branch and by the
        lack of a To tag.
    .causes =
        - No answer at all: Timer B ends it after 32 s; look at the network, not the user.
        - INVITE larger than a UDP packet is lost in fragments, while REGISTER works.
        - 407 or 401 first, then again with credentials: normal.
        - Hold and retrieve fail with 488 or 491: the re-INVITE is the culprit, not the call set-up.
        - One number rings several devices: proxies fork; each device makes its own early dialog.
    .remedy =
        - Read the final response and its Reason; then the SDP of offer and answer.
        - Use TCP or TLS when SDP is long.

method-message = Carries a short text message, outside any call.
    .sender = User agents and services. There is no Contact in it and no dialog afterwards. It should fit into
        1300 bytes.
    .duty = Answer at once: 200 means delivered to this device, 202 kept for later. At least text/plain must be
        understood.
    .causes =
        - Too long for UDP, or HTML to a device that takes text only (415).
        - The user is offline and nothing stores the message (480).
        - A fork delivers it to several devices; only one answer comes back.
    .remedy =
        - Read Content-Type and length; for long texts use TCP or a message service.

method-notify = Reports a state or an event to a subscriber: presence, waiting messages, the progress of a
    transfer.
    .sender = The notifier, at once after each SUBSCRIBE or REFER and then on every change, inside the
        subscription. Subscription-State tells whether it goes on, and until when.
    .duty = Answer 200 at once; 481 when there is no such subscription, 489 for an unknown event. It may arrive
        before the 200 to the SUBSCRIBE. A timeout or a 481 makes the notifier end the subscription.
    .causes =
        - No NOTIFY after the 200: Timer N ends the subscription after 32 s; usually the Contact of the
          subscriber cannot be reached.
        - Message lamp does not light: NOTIFY is answered 481 or 489, or the mailbox is another one.
        - Unsolicited NOTIFY without subscription: a habit of some telephone systems, outside the standard.
    .remedy =
        - Compare Call-ID, tags and Event with the SUBSCRIBE; read the reason in Subscription-State.

method-options = Asks what the other side can do. It is also used to see whether a trunk or server is alive.
    .sender = Anyone, in or outside a call. A Request-URI without user asks the server itself.
    .duty = Answer as an INVITE would be answered now, without ringing: 200 with Allow, Accept and Supported, or
        486, 404, 480 and so on.
    .causes =
        - A trunk is taken as dead because the peer answers 403, 404 or 405: any answer proves that it is alive.
        - OPTIONS from unknown addresses: scanners that look for servers to abuse.
    .remedy =
        - Take every final response as a sign of life, and only silence as failure.
        - Answer scanners with nothing, or limit them by source.

method-prack = Confirms a provisional response that was sent reliably.
    .sender = The caller's user agent, inside the early dialog, for each 101 to 199 with Require: 100rel and
        RSeq. RAck names the response.
    .duty = Answer 200 and stop repeating that provisional response; 481 when RAck fits none. SDP may be offered
        and answered in it.
    .causes =
        - A reliable 183 is repeated at 0.5, 1.5, 3.5 s ... and the call fails after 32 s: the PRACK does not
          arrive or is refused.
        - 420 to the INVITE: the other side does not do 100rel.
        - RAck counts wrongly after a forked call.
    .remedy =
        - Compare RAck with RSeq and CSeq of the 183. Make 100rel optional (Supported) or switch it off where
          the peer is weak.

method-publish = Gives a server the state of a user, such as presence, that it passes on to subscribers.
    .sender = A user agent. The 200 returns an entity tag, which the next PUBLISH names in SIP-If-Match to
        refresh, change or remove.
    .duty = The server stores and answers 200 with a new SIP-ETag; 412 when the tag is unknown, 423 when the
        lifetime is too short, 489 for an unknown event.
    .causes =
        - 412 after sleep or restart: the publication has expired; the client must publish anew.
        - Presence hangs at an old state: a second device has published too, or the lifetime is very long.
    .remedy =
        - Refresh before the expiry; never send two at once; look which devices publish for the user.

method-refer = Asks the recipient to contact someone else, and to report how it went. Call transfer is the
    best-known use.
    .sender = A user agent; Refer-To names the target, which may be any URI. With Replaces in it the new call
        takes the place of an existing one (attended transfer).
    .duty = Accept with 200, contact the target, and report with NOTIFY: SIP/2.0 100 first, then the final
        response. Refuse with 603 or 403. The transferring side ends its own call by BYE when it likes the
        result.
    .causes =
        - The recipient may not call the target: dial plan, credentials or 403; the NOTIFY tells.
        - Attended transfer fails with 481: Replaces names a dialog that the target does not know, because a
          telephone system in between uses other Call-IDs.
        - Telephone systems intercept REFER and do the transfer themselves, or forbid it.
    .remedy =
        - Read the body of the NOTIFY: it is the answer to the new call.
        - Compare Call-ID and tags in Replaces with the call at the target's side.

method-register = Tells the registrar under which address a user's device can be reached now, and for how long.
    .sender = The user agent, at switching on and again before the expiry. With Expires 0 it removes. Without
        Contact it asks for the present bindings.
    .duty = The registrar checks domain, credentials and permission, stores, and answers 200 with all bindings
        of the user and their lifetimes. All changes of one request are made, or none. It never answers 6xx.
    .causes =
        - 401 again and again: wrong password or authentication name.
        - Registered, but no calls arrive: the Contact holds a private address, or the router's mapping has
          expired before the refresh.
        - Several strange bindings: old ones of a device that changes its address without removing them.
        - 423: the interval is too short; 403: another user's name.
    .remedy =
        - Read the Contacts in the 200 and compare them with the source address; use rport, keep-alives or TCP.
        - Refresh at 50 to 90 % of the lifetime, not all devices at once.

method-subscribe = Asks to be told about an event: presence, waiting messages, the state of other telephones.
    .sender = A user agent; Event names the package, Expires how long. The same request refreshes and, with
        Expires 0, ends. Each notifier that a fork reaches makes a subscription of its own.
    .duty = The notifier answers 200 or refuses (489, 403, 423), and sends NOTIFY at once, always. The
        subscriber waits for it with Timer N.
    .causes =
        - 489: the server does not know the package. 403: the user may not watch.
        - The subscription dies silently: refresh answered 481 after a restart; the client must subscribe anew
          with a new Call-ID.
        - Many telephones that watch many others: floods of NOTIFY after a restart.
    .remedy =
        - Read Event, Accept and the response; spread refreshes; use lists (eventlist) for many watched users.

method-update = Changes a session without touching the INVITE: also before the call is answered. It refreshes
    session timers, too.
    .sender = Either user agent, if the other lists UPDATE in Allow. It is answered at once; what needs the
        user's consent should go by re-INVITE.
    .duty = Answer 200 with the SDP answer; 488 when it cannot be accepted, 491 or 500 with Retry-After when
        offers cross, 504 when the user would have to be asked. A failure leaves the session as it was; only
        481, 408 and a timeout end it.
    .causes =
        - 491 or 500: both sides changed something at once.
        - 405: the other side does not have it; use re-INVITE.
        - Calls end in the middle: the session refresh got no answer.
    .remedy =
        - Look at Session-Expires and who refreshes; let the side that can do it best be the refresher.
