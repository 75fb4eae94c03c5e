### Response codes. Value: the meaning. Attributes: sender, duty, causes, remedy.

## Server failure: this server failed at a request that may be valid

code-500 = Something went wrong inside the server. It says little about the request.
    .sender = Any server: on a fault of its own, on requests of a call that arrive out of order, on an INVITE or
        UPDATE while the one before is unanswered (with Retry-After). A proxy sends it in place of a single 503.
        A gateway sends it for causes 111, 127 and every cause without a row.
    .duty = The request may be tried again, after Retry-After if there is one. It ends no dialog. Every unknown
        5xx is treated as this one.
    .causes =
        - A script, database or licence of the server has failed.
        - A registrar that could not store the binding.
        - CSeq is lower than in an earlier request of the call: messages overtook each other, or a peer counts
          wrongly.
        - The server behind the proxy is overloaded (503) and there is no other.
    .remedy =
        - The log of the server that sent it holds the reason: find it by Call-ID and time. Server or Warning
          tell which server it was.
        - From a gateway: read Reason for the real cause.

code-501 = The server does not have this method at all, for anyone.
    .sender = User agents, registrars and others that handle the request themselves; gateways on causes 29, 69
        and 79. A known method that is not allowed here gives 405.
    .duty = Do not send that method there again.
    .causes =
        - An old or simple device that gets PUBLISH, MESSAGE, REFER or a private method.
        - Through a gateway: the telephone network does not have the service that was asked for.
    .remedy =
        - Switch the feature off towards this peer; read Allow.

code-502 = A gateway or server got a useless answer from the system behind it.
    .sender = Gateways (cause 27: destination out of order), session border controllers and telephone systems,
        seldom proxies.
    .duty = Take it as a failure of this way and try another trunk or server. Inside a dialog it ends the
        dialog.
    .causes =
        - The line, trunk or device behind the gateway is out of order.
        - A carrier's system answers with something that cannot be understood.
    .remedy =
        - Check the trunk or line behind the sender; read Reason. Add a second route for the destination.

code-503 = The server cannot work now: overloaded, in maintenance, or something that it needs is down.
    .sender = Any server; gateways when the network has no channels or is congested (causes 34, 38, 41, 42, 47,
        58, 88). A failed connection counts as a 503 that the client makes up itself. A proxy does not pass it
        on: the caller gets 500.
    .duty = Try the next server of the destination. With Retry-After send nothing to this one until then;
        without it treat the code as 500.
    .causes =
        - Overload protection: too many calls per second.
        - All channels of a trunk are in use, or the carrier limits the calls per second.
        - The server is being stopped and takes no new calls.
        - The connection was refused: nothing listens on that port, or TLS failed.
    .remedy =
        - Compare the number of calls with the limits of trunk and licence at that time.
        - Give the destination several servers (SRV), so that callers move on.
        - Read Reason: 34 means no channel, 38 that the network is down, 41 and 42 that trying later may help.

code-504 = Something outside that the server needs did not answer in time. It is not about the called user, who
    would give 408 or 480.
    .sender = Gateways (no answer to call set-up, cause 102), servers that wait for a database, DNS or a web
        service, user agents for an UPDATE that needs their user.
    .duty = Try another server. After 504 to an UPDATE use a re-INVITE.
    .causes =
        - DNS or a database does not answer.
        - The telephone network does not answer the call set-up within 20 to 30 s.
        - A request for authorisation or number portability that takes too long.
    .remedy =
        - Find what the sender was waiting for, in its log: time of the request and of the 504 differ by the
          limit that was set.

code-505 = The server does not know this version of SIP.
    .sender = Any server, when the first line names something other than SIP/2.0.
    .duty = Give up: there is no other version in use.
    .causes =
        - A broken client or test tool, or another protocol on the SIP port.
    .remedy =
        - Look at the first line of the request.

code-513 = The whole message is larger than the server can take.
    .sender = Any server. When only the body is too long it is 413.
    .duty = Send a smaller message.
    .causes =
        - Very many header fields: a long History-Info, many Via or Record-Route after a loop.
        - Large bodies over UDP.
    .remedy =
        - Look what makes it large. Shorten it, and use TCP for what exceeds 1300 bytes.

code-555 = The push service that the client wants to be woken by is not supported here.
    .sender = A proxy or registrar, to a REGISTER with a pn-provider that nobody on the way knows.
    .duty = Register without push parameters and keep the connection open, or use a service that the network
        offers.
    .causes =
        - An app made for another provider's push service.
    .remedy =
        - Configure the push service on the server, or switch push off in the app.

code-580 = Conditions that had to hold before the telephone may ring, such as reserved bandwidth, cannot be met.
    .sender = The called side, to an offer with mandatory preconditions. SDP in it shows which failed.
    .duty = Try again without mandatory preconditions, or give up. A running session goes on.
    .causes =
        - No resources in the mobile or access network.
        - The peer is asked to reserve something that it cannot.
    .remedy =
        - Make the preconditions optional, or look at the capacity of the access network.

## Global failure: no server can do this request

code-600 = The user is busy, and the one who answers knows that no other device and no voicemail will take the
    call.
    .sender = Telephones and telephone systems that know about all devices of the user. Otherwise 486 is right.
    .duty = Stop looking: no other branch is tried. Call again only when the user wants to, after Retry-After.
    .causes =
        - The user is in a call and wants no other.
        - A telephone system that reports the whole extension as busy.
    .remedy =
        - Does it prevent forwarding or voicemail? Let the device answer 486, or decide at the server before it
          forwards the 600.

code-603 = The called user does not want the call and knows that nobody else will take it. No reason is given.
    .sender = A telephone on which the user declined, an event server that refuses, a gateway when the user on
        the other side rejected (cause 21, location user). Some carriers also use it when they block a call as
        unwanted.
    .duty = Stop looking and show that the call was declined. Forking proxies cancel the other branches.
    .causes =
        - The user pressed decline.
        - A call filter or block list refuses the caller; in North America carriers use it for analytics
          blocking.
        - A transfer or REFER is refused.
    .remedy =
        - Voicemail does not take the call: 603 ends the search. Set the telephone to answer 486 or 480 on
          reject.
        - Always, from one caller only: look for that number on block lists; read the reason phrase.

code-604 = The number or user exists nowhere, says someone who knows it for certain.
    .sender = A server with authority over the number space, for instance after a portability look-up.
    .duty = Stop looking, and mark the number as invalid. Inside a dialog it ends the dialog.
    .causes =
        - The number is not in use.
    .remedy =
        - Check the number. If it is in use, correct the authoritative data, for other routes are no longer
          tried.

code-606 = The user was reached and is willing, but what is offered can be accepted on none of the user's
    devices.
    .sender = User agents and telephone systems that know all devices of the user; for a single device it is
        488. Warning says what does not fit.
    .duty = Do not try other devices. The caller may call again with another offer.
    .causes =
        - A policy for all devices, such as encrypted calls only.
        - Bandwidth or media that the whole site does not allow.
    .remedy =
        - As with 488: put both SDP side by side, and read Warning.

code-607 = A person has marked this caller as unwanted.
    .sender = The called user's telephone, on the button for unwanted calls. It may also stand in Reason of a
        BYE.
    .duty = Stop, as with every 6xx. The carrier may use it to block this caller for this user later.
    .causes =
        - Spam calls, or a user who takes the caller for one.
    .remedy =
        - A wrongly marked caller is put right at the called user's carrier, on the personal block list.

code-608 = A machine on the way has blocked the call; the called telephone did not ring.
    .sender = Call analytics and filters at carriers. Call-Info names whom to contact, signed, unless the caller
        is believed to be malicious.
    .duty = Stop, and show the contact to the caller so that a wrong decision can be disputed.
    .causes =
        - The calling number has a bad reputation: many short calls, complaints, an unsigned or wrongly signed
          identity.
    .remedy =
        - Dispute it at the contact in Call-Info. Sign the calls (STIR) with full attestation, and register the
          number where carriers keep lists.
