### Response codes. Value: the meaning. Attributes: sender, duty, causes, remedy.

## Request failure: this server cannot do this request

code-400 = The request is malformed or contradicts itself. The reason phrase should name the fault.
    .sender = Any server that reads the request; a proxy only for the parts that it must understand. Faulty
        responses are never answered, they are dropped.
    .duty = Do not send the same request again unchanged. Every unknown 4xx is treated as this one.
    .causes =
        - A header field that must be there is missing: Via, From, To, Call-ID or CSeq.
        - CSeq names another method than the first line, or a number of 2^31 and more.
        - Content-Length is longer than the datagram, or there are two that differ.
        - A router or firewall with "SIP ALG" has rewritten the message and broken it.
        - Contact: * together with other contacts or without Expires: 0; two Refer-To or two Replaces.
    .remedy =
        - Read the reason phrase and Warning, then check the message as it arrived with "ringback parse": what
          was sent may have been changed on the way.
        - Switch off SIP ALG in the router; use TLS, which nobody on the way can rewrite.

code-401 = The server that finally handles the request wants to know who is asking. It is a challenge, not yet a
    refusal: normal as the first answer to REGISTER.
    .sender = Registrars, notifiers, user agents and other servers that act for themselves. Proxies send 407.
        ACK and CANCEL are never challenged.
    .duty = Compute credentials for one of the WWW-Authenticate challenges and send the request again: same
        Call-ID, CSeq plus one. Stop if the same credentials were just refused, unless stale=true.
    .causes =
        - Normal: the first REGISTER carries no credentials.
        - 401 again after credentials were sent: wrong password, wrong authentication user name or wrong realm.
        - stale=true: the nonce has expired; the client repeats with the new one and needs no new password.
        - The client knows only MD5 and the server asks for SHA-256 only, or the other way round.
    .remedy =
        - Again and again 401: compare username and realm in Authorization with the account; the authentication
          name is often not the telephone number.
        - No second request at all after the 401: the client does not know the algorithm or has no password for
          this realm.
        - Many 401 from unknown addresses: somebody is guessing passwords. Limit and block by source.

code-402 = Payment is required. The code is reserved; carriers use it for an exhausted balance.
    .sender = Prepaid and wholesale platforms, on chargeable calls.
    .duty = Treat it as 400: no automatic repetition; show the reason phrase.
    .causes =
        - Prepaid balance or spending limit is used up.
        - The account is blocked for an unpaid invoice.
    .remedy =
        - Look at the balance and the limits at the carrier; calls to free numbers usually still pass.

code-403 = The server understood the request and refuses it. Other credentials would not help.
    .sender = Registrar, proxy, telephone system, gateway, carrier. From a gateway: call rejected by the network
        (cause 21), barred for a closed group (55, 87), bearer not authorised (57).
    .duty = Do not repeat the request, and do not try it with credentials in a loop.
    .causes =
        - A user registers or calls in the name of another user.
        - The destination is barred: foreign countries, premium numbers, or the account is not allowed to call
          out.
        - The calling number (From or P-Asserted-Identity) does not belong to the customer.
        - The source address is not on the list of the trunk.
        - Some servers answer 403 instead of 401 to a wrong password, or to blocked accounts.
        - Signed caller identity with an old date ("Stale Date").
    .remedy =
        - Read the reason phrase, Reason and Warning: most servers name the rule there.
        - Compare the calling number with the numbers that the trunk may use, in the format that the carrier
          wants.
        - Check call barring and the permissions of the account; check the clock of the machine that signs.

code-404 = The server knows for certain that this user or number does not exist here.
    .sender = The server of the domain in the Request-URI, or a gateway whose network has no such number or no
        route to it (causes 1, 2, 3, 26). A user who exists but is not registered is 480; one who is gone for
        good is 410.
    .duty = End the attempt; the number is wrong as dialled. In a running dialog the remote address has become
        useless: the dialog ends.
    .causes =
        - Typing error, or a number in a format that the server does not expect (0031, +31 or 31).
        - Dial plan or route for the number is missing.
        - The domain in the Request-URI is not one that the server serves: an address instead of the name.
        - The telephone was called at its own address with a user name that it does not know.
    .remedy =
        - Compare the Request-URI, character for character, with the account or the dial plan.
        - From a gateway: read the cause in Reason. 1 means wrong number, 2 and 3 mean a routing fault in the
          network.

code-405 = The server knows the method, but does not allow it for this address.
    .sender = User agents, registrars, redirect and event servers; a proxy forwards every method. A method that
        nobody here knows gives 501.
    .duty = Read Allow, and do not send that method there again; use another way, such as re-INVITE instead of
        UPDATE.
    .causes =
        - REGISTER sent to something that is not a registrar, often by a wrong registrar address.
        - INVITE or MESSAGE to a server that only registers.
        - UPDATE or INFO in a call to a peer that does not take it.
    .remedy =
        - Compare the method with Allow in the response, and the target address with the role of the server.

code-406 = The server could only answer with a kind of body that the request's Accept excludes.
    .sender = User agents and event servers. It is about the body of the answer; 415 is about the body of the
        request, and 488 about the media.
    .duty = Try again with a wider Accept, or without it.
    .causes =
        - A SUBSCRIBE whose Accept lists no format of that event package.
        - A client with an odd Accept in OPTIONS or INVITE.
    .remedy =
        - Correct Accept at the sender; for INVITE it should at least allow application/sdp.

code-407 = A proxy on the way wants to know who is calling before it forwards the request. Normal as the first
    answer to an INVITE through the caller's own proxy.
    .sender = Proxies, and telephone systems that act as such. Servers that handle the request themselves send
        401. ACK and CANCEL are never challenged.
    .duty = Send the request again with Proxy-Authorization for that realm, CSeq plus one; keep it for later
        requests of the same call. A forked request may be challenged by several proxies at once: answer all of
        them.
    .causes =
        - Normal: the first INVITE carries no credentials.
        - 407 again: wrong password or authentication name, or the client answers for another realm.
        - Calls fail with 407 while registration works: the client has no credentials for outgoing calls, or the
          trunk is meant to be recognised by its address.
    .remedy =
        - Compare realm, username and the algorithm with the account.
        - For trunks by address: check that the calls really come from the address that the carrier knows.

code-408 = No answer came in time. Nothing is known about the user: somebody who had to answer did not.
    .sender = A proxy whose branches gave no final response to an INVITE, a queue whose longest wait was over, a
        gateway on cause 18. Clients also make it up themselves when a transaction times out. It is not sent in
        answer to other methods than INVITE.
    .duty = The request may be tried again later. Inside a call it counts as a timeout: end the call with BYE.
        After a failed REGISTER do not try again at once.
    .causes =
        - The called device's binding is still there, but the device is gone: switched off, another network,
          mapping lost at a router.
        - A firewall drops the INVITE, often because it is larger than one UDP packet and arrives in fragments.
        - The next hop is down and no other was known.
        - Silence for 32 seconds without any provisional response: Timer B.
    .remedy =
        - Find the hop after which nothing comes back: the last 100 shows how far the INVITE got.
        - Large INVITE over UDP: switch to TCP, or shorten it (fewer codecs).
        - Dead bindings: shorter registrations, keep-alives, outbound (RFC 5626).
        - Nobody home at all? A user without a binding gets 480, not 408.

code-410 = The user or number was here, is gone for good, and has left no new address.
    .sender = The server of the domain; a gateway on a changed number without the new one (cause 22) and on
        cause 23.
    .duty = End the attempt, and remove the address from address books and caches.
    .causes =
        - A number was given up or ported away.
        - An account was deleted and its address kept from being handed out again.
    .remedy =
        - Find out the new number; correct the stored one. If it should work, let the holder of the number check
          its routing.

code-411 = A length is required: Content-Length is missing. The code comes from the first SIP (RFC 2543) and is
    no longer registered.
    .sender = Old servers; some use it for a message without Content-Length on TCP or TLS, where the end of the
        message cannot be found otherwise.
    .duty = Send the request with the right Content-Length, or treat the code as 400.
    .causes =
        - A client or a test script that leaves out Content-Length over TCP.
        - Something on the way removed or spoilt the field.
    .remedy =
        - Let the sender write Content-Length in every message over TCP and TLS.

code-412 = The condition of the request does not hold: the publication that it wants to change is not the
    current one.
    .sender = An event server, to a PUBLISH whose SIP-If-Match names no publication that it holds.
    .duty = Do not repeat it. Forget the entity tag and publish anew, with the full body and without
        SIP-If-Match.
    .causes =
        - The publication has expired, often because the client slept or lost its network.
        - The server was restarted and forgot it.
        - Two requests crossed, and the client used an old tag.
    .remedy =
        - Normal now and then. If it comes often: refresh well before the expiry, and never send two PUBLISH at
          the same time.

code-413 = The body of the request is longer than the server takes.
    .sender = User agents, registrars, event and message servers. When the whole message is too large it is 513.
    .duty = Send less, or nothing, in the body. With Retry-After the same may succeed later.
    .causes =
        - A long text or picture in a MESSAGE.
        - An SDP with very many codecs and candidates.
        - A large presence document or resource list.
    .remedy =
        - Shorten the body or send a link; remove codecs that are not used; raise the limit at the server if it
          is yours.

code-414 = The Request-URI is longer than the server takes.
    .sender = Any server.
    .duty = Do not use that URI again.
    .causes =
        - A proxy or client that adds parameters to the URI at every hop or every redirection.
        - A test or an attack.
    .remedy =
        - Look at the URI: what repeats in it shows who adds it.

code-415 = The server does not understand the kind of body in the request: its type, its compression or its
    language. It is not about codecs: those give 488.
    .sender = User agents, event servers, gateways. The response says in Accept, Accept-Encoding or
        Accept-Language what would be taken.
    .duty = Send the request again with a body as listed there.
    .causes =
        - An INVITE with a body other than SDP, or multipart sent to a device that takes only SDP.
        - A MESSAGE in HTML or with a file, to a device that takes only plain text.
        - INFO with DTMF in a format that the peer does not know.
    .remedy =
        - Compare Content-Type of the request with Accept of the response. Change the DTMF or message format in
          the settings of the sender.

code-416 = The server cannot handle this kind of URI.
    .sender = Proxies, redirect servers and user agents, when the Request-URI is tel:, sips: or something else
        that they do not know.
    .duty = Send the request again with a sip: URI, for instance a telephone number as
        sip:number@domain;user=phone. Never turn sips: into sip: without asking.
    .causes =
        - A tel: URI sent to a server without a dial plan for it.
        - sips: to a server without TLS.
    .remedy =
        - Let the client dial sip: addresses, or give the server a rule for tel: numbers.

code-417 = The request demands priority handling, and none of the priority values in it is known here.
    .sender = Proxies, gateways and telephones in networks with call priority (Resource-Priority).
    .duty = Try again with a value from Accept-Resource-Priority, or without demanding it.
    .causes =
        - Priority namespaces of one network used in another.
    .remedy =
        - Configure the namespace that the network uses; leave resource-priority out of Require for ordinary
          calls.

code-420 = The request demands an extension that the server does not have. Unsupported lists which.
    .sender = The called side for Require; a proxy for Proxy-Require; the registrar when it may not use Path.
    .duty = Send the request again without the extensions in Unsupported, or give up when it makes no sense
        without them.
    .causes =
        - A client that requires 100rel, timer or precondition where the peer has it not.
        - A session border controller that adds Require for its own purposes.
    .remedy =
        - Put the extension into Supported instead of Require. Compare Require with Unsupported.

code-421 = The server needs an extension that the client did not list. Require says which.
    .sender = List and event servers that need eventlist, edge proxies that need path, servers that insist on a
        security agreement.
    .duty = If the client has the extension, send the request again with it in Supported (or Require). Otherwise
        give up.
    .causes =
        - A subscription to a list by a client without eventlist.
        - A mobile or edge network that insists on its own procedures.
    .remedy =
        - Switch the extension on in the client, or relax the demand at the server.

code-422 = The session timer asked for is shorter than someone on the way allows.
    .sender = The called side or a proxy, to an INVITE or UPDATE with Session-Expires below its minimum.
    .duty = Send the request again with Session-Expires and Min-SE not below the Min-SE of the response. The
        running session goes on.
    .causes =
        - Session timers set to less than 90 s, or below the minimum of the carrier.
        - Every hop raises the minimum, so that two or three rounds are needed.
    .remedy =
        - Set the session timer to 1800 s unless there is a reason for less.

code-423 = The lifetime asked for is too short for the server.
    .sender = Registrars (REGISTER), event servers (SUBSCRIBE, PUBLISH) and edge proxies. It is never the answer
        to a lifetime of 0, which removes.
    .duty = Ask again for at least Min-Expires.
    .causes =
        - The registration interval on the telephone is shorter than the registrar's minimum.
        - Keep-alive by very frequent registration, to keep a router's mapping open.
    .remedy =
        - Set the interval to Min-Expires or more. To keep a mapping open use keep-alives (CRLF or STUN)
          instead.

code-424 = The location that came with the request cannot be used.
    .sender = Emergency and other services that route by location. Geolocation-Error says what is wrong.
    .duty = Correct the location and try again a few times at most. It never ends a call that is running.
    .causes =
        - A broken or incomplete location document.
        - A link to a location that cannot be fetched or is not allowed to be.
    .remedy =
        - Read the number in Geolocation-Error: 100 means unusable, 200 to 202 mean that permission is missing,
          300 means that it could not be fetched.

code-425 = The alert message in the request is too damaged to act on.
    .sender = Emergency services that take alerts in the Common Alerting Protocol.
    .duty = Correct the alert and send it again. AlertMsg-Error tells the fault.
    .causes =
        - Truncated or invalid XML, or no alert at all where one was announced.
    .remedy =
        - Validate the alert before sending, and check that large ones do not go over UDP.

code-428 = Calls from this source must carry a signed caller identity, and this one has none that can be used.
    .sender = A verification service (STIR), for sources where policy demands signatures.
    .duty = The authentication service, not the telephone, signs and tries again once.
    .causes =
        - Calls pass by the signing service.
        - Something on the way removed the Identity header field.
        - The only signature uses a PASSporT type that the verifier does not know.
    .remedy =
        - Route the calls through the signing service; let session border controllers pass Identity on.

code-429 = The call was asked for by a third party (REFER), and the called side wants proof of who that is.
    .sender = The target of a transfer, when Referred-By carries no valid token.
    .duty = Report it to the party that transfers; it may send the REFER again with a signed token.
    .causes =
        - Policy demands signed Referred-By tokens; nearly no telephone makes them.
    .remedy =
        - Switch the demand off unless all parties can sign.

code-430 = The connection over which the called device could be reached is gone.
    .sender = An edge proxy, towards the proxy behind it, when the flow that its token names no longer exists. A
        user should never see it.
    .duty = The proxy tries another flow of the same device, and forgets this one; without any the caller gets
        480.
    .causes =
        - The device lost its network or its TCP connection and has not come back yet.
    .remedy =
        - Seen by a caller: the proxy behind the edge does not know outbound (RFC 5626). Otherwise look why
          flows break: keep-alives, router timeouts.

code-433 = The called side takes no anonymous calls.
    .sender = Telephones, telephone systems and carriers that reject callers who hide their number.
    .duty = Do not call again with the number shown unless the user agrees.
    .causes =
        - Anonymous call rejection is on, and the caller withholds the number.
        - A trunk or session border controller makes all calls anonymous (Privacy: id) by mistake.
    .remedy =
        - Call with the number shown; check Privacy and From on the way out.

code-436 = The certificate behind the caller's signed identity could not be fetched.
    .sender = A verification service (STIR), when this holds for every Identity header field.
    .duty = The signing service may try again with an address from which the certificate can be had.
    .causes =
        - The URL in info= does not answer, is private, or gives no certificate.
        - The verifier may not reach the Internet.
    .remedy =
        - Fetch the URL from the verifier's own machine; check firewall, DNS and certificate of that web server.

code-437 = The certificate behind the caller's signed identity was fetched but is not accepted.
    .sender = A verification service (STIR).
    .duty = The signing service must use another certificate.
    .causes =
        - The issuer is not on the list of trusted authorities, or the certificate has expired.
        - The certificate does not cover the calling number.
        - An algorithm that the verifier does not take.
    .remedy =
        - Check the chain, the dates and the numbers in the certificate; bring the list of trusted authorities
          up to date.

code-438 = The signature of the caller's identity does not fit the call.
    .sender = A verification service (STIR), when a certificate is there but no signature is valid.
    .duty = A service that signed in compact form may try once more in full form. Otherwise the call is not
        trusted.
    .causes =
        - From, To or Date were changed after signing: number formatting by a session border controller is the
          usual culprit.
        - The wrong key, or a PASSporT that lacks what its type demands.
        - A signature that is too old gives 403 (Stale Date) instead.
    .remedy =
        - Sign as the last step before the call leaves; compare the numbers inside the PASSporT with From and To
          as they arrive.

code-439 = The client wants several connections (outbound), but the first proxy on its way does not do that.
    .sender = A registrar, to a REGISTER with reg-id whose first hop put no ob into Path.
    .duty = Register again without reg-id through the same proxy, or use another proxy.
    .causes =
        - The first proxy is not an edge proxy in the sense of RFC 5626.
    .remedy =
        - Switch outbound off in the client, or install an edge proxy that supports it.

code-440 = The request would have to branch more often at once than its sender allows.
    .sender = A proxy that may not try the targets one after the other instead.
    .duty = The request did not reach all targets. Do not simply repeat it.
    .causes =
        - Very many devices or forwardings for one user.
        - Loops that multiply: the limit is there to stop them.
    .remedy =
        - Look for forwardings to groups that contain each other; reduce the targets, or let the proxy try them
          in turn.

code-469 = The INFO carries an Info Package that the receiver has not said it takes.
    .sender = User agents, inside a call. Recv-Info lists what they take. It never ends the call.
    .duty = Do not send that package again in this call.
    .causes =
        - A feature (DTMF, conference control) that only one side has.
    .remedy =
        - Compare Info-Package with Recv-Info, and switch the feature off or use another way such as RFC 4733
          for DTMF.

code-470 = Some recipients have not agreed to get requests through this list. Nothing was sent to anyone.
    .sender = Servers that relay to a list in the request. Permission-Missing names the recipients concerned.
    .duty = Obtain their consent, then try again.
    .causes =
        - A new member of a distribution list who has not given permission.
    .remedy =
        - Ask for permission through the consent procedure, or leave that recipient out.

code-480 = The called user is known here but cannot be reached at this moment. Nothing is wrong with the number
    or with the request: the same call may succeed later.
    .sender = The server of the called user's domain when no device is registered; the telephone itself when it
        is set to do-not-disturb or logged off; a gateway when the telephone network reports no answer or an
        absent subscriber.
    .duty = End this attempt. When the response has Retry-After, do not try again before that time. In a running
        subscription or session it ends that usage only. A call to a sips: address may not be repeated to the
        sip: address without asking the user.
    .causes =
        - The telephone is switched off, offline, or its registration has expired.
        - Registration fails since a change of password or network, and nobody noticed.
        - A router dropped the address mapping; the binding was stale and was removed.
        - Do-not-disturb is on, or all agents of a queue are logged off.
        - Through a gateway: it rang and nobody answered (cause 19), or the mobile has no coverage (cause 20).
    .remedy =
        - Look whether the called user has a binding, and when the last REGISTER arrived.
        - Read the Reason and Warning header fields of the response: they tell no answer from not registered.
        - Shorten the registration interval or switch on keep-alives if bindings die behind a router.
        - Set a forward to voicemail for users who are often unreachable.

code-481 = The receiver knows no call or transaction to which the request belongs.
    .sender = User agents, back-to-back user agents and event servers: to requests with a To tag that fit no
        dialog, to a CANCEL or PRACK that fits nothing, to a NOTIFY without subscription.
    .duty = The call or subscription is gone: stop the media and forget it; no BYE is needed. Other usages of
        the same dialog live on. A 481 to a CANCEL concerns the CANCEL only. Subscribe anew after a 481 to a
        refresh.
    .causes =
        - The other side was restarted and lost its calls.
        - Both sides hung up at the same moment: harmless.
        - A CANCEL that came after the final response: harmless.
        - Requests of one call reach another machine of a cluster.
        - Tags or Call-ID were changed on the way, or the wrong one was sent.
    .remedy =
        - Compare Call-ID and both tags with those of the 200 to the INVITE.
        - With several servers: check that all requests of a call go to the same one (Record-Route, affinity).
        - Once per call at its end it is mostly a crossing, and no fault.

code-482 = The request has come back to where it already was, or the same request reached one device over two
    ways.
    .sender = A proxy that sees its own Via with an unchanged destination; a user agent that gets a second copy
        of a forked request.
    .duty = Nothing in this request will help. A second copy of a forked call loses against any other answer,
        and rings once anyway.
    .causes =
        - Two servers send the call to each other: each believes that the other serves the number.
        - Forwardings that go round in a circle.
        - A domain name or alias that is not known as the server's own, so that it sends the call to itself.
    .remedy =
        - Follow the Via list from below: where the same host stands twice, its routing is at fault.
        - Enter all own names and addresses of the server as its domains.

code-483 = The request has passed more hops than it may. Max-Forwards had reached 0.
    .sender = The proxy, edge proxy or back-to-back user agent that would have had to forward it.
    .duty = Give up, unless Max-Forwards was unusually small at the start.
    .causes =
        - A routing loop that no loop detection found, mostly through a back-to-back user agent that starts a
          new call each time.
        - A client that sends a small Max-Forwards.
    .remedy =
        - Follow Via and Max-Forwards over the hops. Two systems that take turns are the loop: correct the route
          of that number on one of them.

code-484 = The number is incomplete.
    .sender = Servers with a dial plan, and gateways on cause 28.
    .duty = Wait for more digits and send a new INVITE with all of them (overlap dialling), or report the
        failure.
    .causes =
        - The telephone sends before all digits were dialled: its digit map or time-out is too short.
        - Number in the wrong format, for instance without area code.
    .remedy =
        - Correct the digit map or dial plan of the telephone; check the number format that the carrier expects.

code-485 = The address fits several users.
    .sender = A proxy or redirect server; the candidates may stand in Contact, unless privacy forbids it.
    .duty = Ask the user which one is meant. It is not followed automatically.
    .causes =
        - Dialling by a name that several people have.
    .remedy =
        - Dial the full address; give users unique names.

code-486 = This device cannot take another call now.
    .sender = The called device; a telephone system at its call limit; a gateway on cause 17. If it is known
        that the user can be reached nowhere else, 600 is sent.
    .duty = Play busy tone. A proxy goes on with the other branches first.
    .causes =
        - The user is in a call, and call waiting is off.
        - The user pressed reject: many telephones answer 486 to that.
        - All channels of a trunk or all calls of an account are in use.
        - Calls that hang after a lost BYE still count.
        - Do-not-disturb, on telephones that answer busy to it.
    .remedy =
        - Always busy: look for calls that hang, and at the call limits of the account.
        - Read Reason: Q.850;cause=17 means the telephone network was busy, 34 that it had no channel.
        - Set forwarding on busy, or switch call waiting on.

code-487 = The INVITE was ended before it was answered. It is the normal end of a call that the caller gave up.
    .sender = The called side, for the INVITE: after CANCEL, after BYE before the answer, or when Expires in the
        INVITE ran out. It is never the answer to the CANCEL itself, which gets 200.
    .duty = Send ACK; the call is over. If a 200 crossed with the CANCEL, send ACK and then BYE.
    .causes =
        - The caller hung up while it rang.
        - Another device of the called user answered, and the proxy cancelled this branch.
        - Ring time is over: Timer C of a proxy, a dial time-out, forwarding on no answer.
        - A session border controller or queue that gave up.
    .remedy =
        - Look who sent the CANCEL and read its Reason: SIP;cause=200 means that it was answered elsewhere.
        - Always after the same number of seconds: a configured ring time, not a user.

code-488 = The called side understood the offered session and cannot accept it, on this device. Codec,
    encryption, address family or bandwidth do not fit.
    .sender = User agents, gateways, session border controllers. Warning should say why. For all devices of the
        user it is 606.
    .duty = Try again with another offer if possible. In a running call the session stays as it was.
    .causes =
        - No common codec: one side only G.729, the other only G.711.
        - One side demands encryption (SRTP), the other does not do it or only in another way (SDES, DTLS).
        - IPv6 addresses offered to a device that has only IPv4.
        - Video or fax (T.38) offered in a call where the peer takes audio only.
        - No bandwidth or channel left on the trunk (Warning 370).
    .remedy =
        - Put both SDP side by side: m= lines (RTP/AVP or SAVP), codecs, c= addresses.
        - Allow one codec on both sides, PCMA or PCMU at least.
        - Set encryption to optional, or the same on both sides.

code-489 = The event package is not known here.
    .sender = Event servers and user agents, to SUBSCRIBE, NOTIFY or PUBLISH. Allow-Events lists the known ones.
    .duty = Do not ask for that package here again. A notifier that gets it ends the subscription.
    .causes =
        - Telephones that subscribe to features which the server does not have (presence, message-summary,
          as-feature-event).
        - A NOTIFY without a subscription.
    .remedy =
        - Switch the feature off on the telephone, or on at the server. It does no harm to calls.

code-491 = Both sides wanted to change the session at the same moment.
    .sender = A user agent that gets a re-INVITE or UPDATE while its own is still open.
    .duty = Send ACK, wait a random time and try once more: 2.1 to 4 s for the side that made the Call-ID, 0 to
        2 s for the other. The session stays as it was.
    .causes =
        - Hold, transfer or session refresh on both sides at once.
        - A device that keeps an INVITE open for long, for instance because the answer to it was lost.
    .remedy =
        - Now and then it is normal. If the same call gets it again and again, look for a transaction that never
          ends, or for a side that does not wait.

code-493 = The body is encrypted for a key that the receiver does not have.
    .sender = A user agent with S/MIME. Its certificate may come with the response.
    .duty = Encrypt with the right certificate and send again, after asking the user whether to trust it.
    .causes =
        - The recipient has a new certificate or another device.
    .remedy =
        - Exchange certificates again, or send without encryption if that is acceptable.

code-494 = The first hop demands that a security mechanism is agreed on first.
    .sender = An edge proxy, as in mobile networks (IMS). Security-Server lists the mechanisms.
    .duty = Choose the best mechanism that both have, start it, and send the request again with Security-Verify.
    .causes =
        - A client without security agreement on a network that insists on it.
        - The list in Security-Verify differs from the server's: something tampers with it, or the client mixes
          up two servers.
    .remedy =
        - Switch sec-agree on in the client, or use TLS on a port where the server does not demand it.
