### Identifiers. Value: the meaning. Attributes: sender, duty, causes, remedy.

id-call-id = Names one conversation: a call attempt with all its messages, or a series of registrations.
    .sender = The client that begins, at random and once for all time. It stays the same when the request is
        sent again with credentials or after a redirection, and in everything inside the dialog.
    .duty = Compare it byte for byte, with case. Alone it identifies no dialog: that takes both tags too. A
        telephone uses one Call-ID for all its registrations until it is switched off.
    .causes =
        - Telephone systems and session border controllers start a new call on their other side: the Call-ID
          changes there. Session-ID or the times help to find the counterpart.
        - Call-IDs with the device's address in them reveal private addresses.

id-from-tag = The calling side's half of the identity of a dialog.
    .sender = The client that begins, at random, in the first request.
    .duty = It stays the same in every request and response of the dialog; in requests of the called side it
        stands in To.
    .causes =
        - A request without From tag comes from a very old or broken client; it is tolerated.
        - Two requests with one From tag, Call-ID and CSeq but other branches are one forked request that
          arrived twice (482).

id-to-tag = The answering side's half of the identity of a dialog. It tells forked devices apart.
    .sender = The called side, in every response but 100: already in the 180, not only in the final response.
    .duty = A request without To tag begins something new; one with it belongs to a dialog, and gets 481 if
        there is none. All responses of one device to one request carry the same tag. Proxies do not change it.
    .causes =
        - Several To tags for one INVITE are several devices, not a fault.
        - A client that copies the To tag of a 401 into its next INVITE gets 481 or confuses servers.

id-cseq = Number and method: the order of the requests of one side in a dialog, and the link between a response
    and its request.
    .sender = The client. Each new request in the dialog has a higher number, also a repetition with
        credentials. ACK and CANCEL carry the number of their INVITE. Each side counts for itself.
    .duty = The method must be that of the request. A request with a lower number than the last gets 500.
        Numbers are below 2^31.
    .causes =
        - 500 in the middle of a call: two requests overtook each other, or a system in between counts anew.
        - 400: number and method do not fit the first line.

id-branch = Names a transaction on one hop: the parameter in the top Via by which a response finds its request.
    .sender = Every client and proxy that sends a request, fresh for each transaction; it begins with z9hG4bK.
        CANCEL and the ACK to a refusal use the branch of their INVITE; the ACK to a 2xx has a new one.
    .duty = A server matches by branch, sent-by and method together. A repetition has the same branch; a new
        attempt, with credentials too, another.
    .causes =
        - A branch without z9hG4bK comes from a client of the oldest SIP (RFC 2543): matching uses other fields
          then.
        - A client that keeps its branch for the second try gets the stored answer again and never gets further.

id-sent-by = Host and port in Via: where the sender of this hop says that it listens.
    .sender = Every sender, in its own Via.
    .duty = Responses go to received and rport when these are present, else to sent-by. It is part of the
        transaction's identity.
    .causes =
        - A private address in it is normal behind a router, as long as received and rport correct it.
        - A host name that does not resolve: without received the responses are lost.

id-received = The address from which the request really came, when Via says something else.
    .sender = The receiver, in the top Via of the request before it passes it on or answers.
    .duty = Responses over UDP go to this address.
    .causes =
        - received differs from sent-by: there is address translation in between.
        - No received although there is translation: the server does not add it, and responses are lost.

id-rport = The port from which the request really came. The sender asks for it with an empty rport, the receiver
    fills it in.
    .sender = The client asks; the server or proxy answers in the top Via.
    .duty = Responses over UDP go to this port, and are sent from the port on which the request arrived.
    .causes =
        - Answers go to port 5060 and are lost behind a router: rport is missing in the request; switch it on in
          the telephone, or force it on the server.

id-max-forwards = The number of hops that a request may still take. It stops loops.
    .sender = The client, mostly 70. Every proxy lowers it by one; a back-to-back user agent should pass it on
        lowered as well.
    .duty = At 0 the request is not forwarded any more: 483. OPTIONS at 0 may be answered by that hop itself.
    .causes =
        - 483 nearly always means a loop, and seldom a long path.
        - Systems that start anew at 70 hide loops, and such a loop runs until something breaks.

id-request-uri = Where the request must go now: the first line. To tells who was meant at first.
    .sender = The client; proxies replace it by what they find: an alias, a contact, a route.
    .duty = Servers route by it, not by To. Inside a dialog it is the other side's Contact.
    .causes =
        - Forwarded calls: To still holds the number dialled first, the Request-URI the new one.
        - 404 although To is right: the Request-URI was rewritten on the way.

id-aor = The public address of a user, such as sip:alice@example.com, under which devices register and at which
    others call.
    .sender = The operator of the domain gives it out.
    .duty = REGISTER carries it in To. Compared by user and domain; parameters do not count. User names differ
        by case, domains do not.
    .causes =
        - Registering under one address and calling another: number and authentication name are confused.
        - The address instead of the name of the domain in it: the server does not take it as its own.

id-binding = One device of a user: the Contact that was registered, with its lifetime and preference.
    .sender = The user's device by REGISTER; the registrar keeps it until it expires or is removed.
    .duty = A call for the user goes to all bindings, ordered by q. Without any binding the answer is 480.
    .causes =
        - Stale bindings of a device that changed its address ring into the void: 408 after 32 s.
        - A limit of bindings refuses the newest device.

id-dialog-id = Call-ID, own tag and the other side's tag together: they name a dialog.
    .sender = Both sides together: the first request brings Call-ID and From tag, the answer the To tag.
    .duty = Everything in a call is matched by these three. What matches nothing gets 481; an ACK is dropped.
    .causes =
        - Systems in between that open a dialog of their own on each side have two of them for one call.
        - Looking for a call by its Call-ID alone mixes up the branches of a fork.

id-transaction-id = Branch, sent-by and method together: they name a transaction, one request with its responses
    on one hop.
    .sender = The sender of the request, through its Via.
    .duty = A repetition is recognised by it and is not done twice. ACK matches its INVITE; CANCEL matches with
        its method left out.
    .causes =
        - Two servers with one address and the same branches: responses reach the wrong one.
        - A load balancer in front that spreads packets without regard to the branch.

id-route-set = The proxies that every request of a dialog must pass, in order.
    .sender = Proxies enter themselves in Record-Route of the first request; both sides keep the list.
    .duty = Each request of the dialog carries it as Route. It is fixed when the dialog is made; only the target
        at its end may change.
    .causes =
        - A proxy that enters a private or wrong address makes BYE and ACK get lost: calls drop after 32 s, or
          hang.
        - A route without the parameter lr means a proxy of the oldest kind, and other handling.

id-remote-target = The address to which the requests of a dialog go at last: the other side's Contact.
    .sender = The other side, in the INVITE or its answer. A re-INVITE, UPDATE or the like with another Contact
        moves it.
    .duty = It is the Request-URI of the next request. Only a request that succeeds moves it.
    .causes =
        - A private address in it that nobody can reach: ACK and BYE are lost.

id-realm = The domain of protection to which user name and password belong: what the server names in its
    challenge.
    .sender = The server or proxy that challenges.
    .duty = The client chooses its credentials by it. Several challenges with different realms are answered
        together.
    .causes =
        - Client settings with a wrong realm: it answers with the wrong password, or not at all.
        - HA1 in a database was made with another realm: every password seems wrong.

id-nonce = The value that a server gives with its challenge and that enters into the client's answer, so that a
    recorded answer is of no use later.
    .sender = The challenging server; it expires after a while.
    .duty = With stale=true only the nonce is too old: repeat with the new one, without asking the user.
    .causes =
        - Frequent stale=true: lifetime too short, or requests reach another server that does not know the
          nonce.

id-nc = How often the client has used this nonce: eight hexadecimal digits, beginning at 00000001.
    .sender = The client, one higher for each request with the same nonce.
    .duty = The server refuses a count that it has seen, for that would be a replay.
    .causes =
        - Two devices that share a nonce, or packets that overtake each other, are refused once and come through
          at the second try.

id-rseq = RSeq numbers a reliable provisional response; RAck in the PRACK names number, CSeq and method of the
    one it confirms.
    .sender = RSeq the called side, RAck the caller.
    .duty = Each RSeq is one higher than the last. A gap is not confirmed; a PRACK that fits nothing gets 481.
    .causes =
        - After forking each early dialog has its own count.

id-entity-tag = Names the version of a publication that a server holds.
    .sender = The event server, in SIP-ETag of the 200 to a PUBLISH; a new one each time.
    .duty = The next PUBLISH names it in SIP-If-Match. Unknown tags get 412, and the client begins anew.
    .causes =
        - A lost answer leaves the client with the old tag: 412 at the next try.

id-instance-id = Names a device for good, whatever its address and however often it restarts: +sip.instance in
    Contact, mostly a UUID.
    .sender = The device, once, at its first start.
    .duty = The registrar recognises a device that comes back, and replaces its old binding.
    .causes =
        - Cloned devices with one instance ID push each other out.

id-reg-id = Tells apart several registrations of one device over different connections.
    .sender = The device, a small number for each connection, the same after each restart.
    .duty = Together with the instance ID it names one flow; a new registration with the same pair replaces the
        old.
    .causes =
        - A REGISTER with two contacts may not carry it (400).

id-flow-token = A note to itself that an edge proxy writes into its address in Path or Record-Route, to find a
    client's connection again.
    .sender = The edge proxy, protected against forging.
    .duty = Requests to the device come back with it. If the connection is gone: 430; a forged one: 403.
    .causes =
        - Tokens of a server before its restart are void: devices must register anew.

id-gruu = An address that reaches exactly one device of a user, from anywhere.
    .sender = The registrar, to devices that ask for it with an instance ID. There is a public one (gr=) and
        temporary, anonymous ones.
    .duty = The device uses it as Contact, so that transfers and other requests find just this device.
    .causes =
        - Without it, transfer to a private Contact from outside fails.

id-session-id = Names a call from end to end, also through telephone systems and session border controllers that
    change the Call-ID.
    .sender = Both user agents, each with its own UUID; systems in between pass it on.
    .duty = The own half comes first, remote= holds the other's.
    .causes =
        - Devices without it leave zeros in the other half.

id-q-value = The preference of a contact between 0 and 1; higher is tried first.
    .sender = The device in the Contact of its REGISTER; without it most servers take 1.
    .duty = A proxy tries contacts of equal value at the same time and lower ones after them.
    .causes =
        - A telephone that rings only seconds later has a lower q than another.
