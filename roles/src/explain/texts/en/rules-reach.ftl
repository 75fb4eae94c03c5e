### Rules about reach and transport. Value: the title. Attributes: verdict, advice, raise, why-….

rule-d01 = Nobody answers
    .advice =
        - Ask the same address with "ringback ping" over UDP and over TCP.
        - Check address and port against DNS and the configuration; see that the service runs and listens there.
        - Check the firewall on both ends and the list of addresses that the peer allows.
    .raise =
        - Capture at the other end too: it shows whether the request arrives.
    .why-first = the request
    .why-last = its last copy; nothing came back here
    .why-lives = the same peer answered this

rule-d01-silent =
    .verdict = <method> was sent <copies> times to <peer> within <seconds> s and nothing came back to the place of
        the capture: a wrong address, a firewall, or a service that is down.

rule-d01-lives =
    .verdict = <method> was sent <copies> times to <peer> within <seconds> s and nothing came back, although the
        same peer answered other requests: this request or its answer is lost on the way, or the peer drops it.
    .advice =
        - Compare this request with the one that was answered: length (over 1300 bytes it breaks into fragments),
          source address, user.
        - See whether the peer has banned the source or the user.
        - Try the same over TCP.

rule-d01-receiver =
    .verdict = <method> arrived <copies> times at <peer> within <seconds> s and it sent nothing back.
    .advice =
        - The request arrives: look at the server there, at its log and its list of allowed or banned addresses.
        - See that the service listens on this very address and port.

rule-d02 = Port closed or refused
    .advice =
        - See that the server runs and listens at <peer> over UDP; try TCP as well.
        - Compare address and port with DNS and the configuration.
    .why-reported = the network sent this one back: <from> reports it
    .why-request = the request that was to go on
    .why-refused = refused with <code>, without a connection

rule-d02-port =
    .verdict = The host of <peer> is there, but nobody listens at that port over UDP.

rule-d02-host =
    .verdict = <from> reports that there is no way to <peer>.
    .advice =
        - Look at the routes and links to that network, and whether the host is on.
        - Compare the address with DNS and the configuration.

rule-d02-filtered =
    .verdict = A filter at <from> refuses packets to <peer>.
    .advice =
        - Let the firewall at <from> pass SIP to <peer>.
        - Look at the list of addresses that the peer allows.

rule-d02-connection =
    .verdict = <peer> refused the connection that <server> asked for (TCP), and then <server> refused the call.
    .advice =
        - See that <peer> runs and listens there over TCP; it may take UDP only.
        - Compare address and port with DNS and the configuration of <server>.
    .raise =
        - Read the log of <server>: it tells for which call it opened that connection.

rule-d02-no-connection =
    .verdict = <peer> never answered when <server> asked for a connection (TCP), and then <server> refused the call.
    .advice =
        - See whether the host of <peer> is on, and let the firewalls on the way pass TCP to that port.
        - Compare address and port with DNS and the configuration of <server>.
    .raise =
        - Read the log of <server>: it tells for which call it opened that connection.

rule-d03 = The name does not lead to a server
    .advice =
        - Ask for <name> at the DNS server that <server> uses ("dig <name> <record>"), and compare with what the owner of
          the name publishes.
        - See that the domain of the address or route is spelled right in the dialled address and in <server>.
    .raise =
        - Read the log of <server>: it tells for which call it asked for that name.
    .why-request = the request that was to go on
    .why-refused = refused with <code>, after the lookup in packet <frame>
    .why-challenge = asks for credentials
    .why-late = they come <seconds> s later; packet <frame> asks for the name

rule-d03-absent =
    .verdict = <name> does not exist in DNS, as <server> was told (packet <frame>), and then <server> refused the call.

rule-d03-empty =
    .verdict = <name> has no address in DNS, as <server> was told (packet <frame>), and then <server> refused the call.
    .advice =
        - Add an address (A or AAAA) for <name>, or SRV records that lead to hosts which have one.

rule-d03-failed =
    .verdict = The DNS server could not answer the question of <server> for <name> (code <rcode>, packet <frame>), and
        then <server> refused the call.
    .advice =
        - Look at the DNS server: DNSSEC, its way to the servers of the domain, or the right of <server> to ask.

rule-d03-silent =
    .verdict = <server> asked DNS for <name> (<record>, packet <frame>), got no answer within <seconds> s, and refused the
        call.
    .advice =
        - See that the DNS server which <server> uses is up, and that firewalls pass its answers.
        - Give <server> a second DNS server.

rule-d03-slow =
    .verdict = <server> took <seconds> s to send its credentials; meanwhile it asked DNS for <name> (<record>) and got no
        answer.
    .advice =
        - See that the DNS server which <server> uses is up and answers questions for <record> too, if only with "none".
        - Give <server> a second DNS server, or the address of its proxy instead of a name.
    .raise =
        - Capture at the DNS server too: it shows whether the question arrives.

rule-d04 = TLS refused on the way to the next hop
    .verdict = <server> refused the call just after TLS between <from> and <to> had failed (alert <alert>).
    .advice =
        - Look at the certificate of <peer> with "ringback ping" over TLS, and at the log of <server>.
    .raise =
        - Read the journal or log of <server>: it knows for which call it opened that connection.
    .why-request = the request that was to go on
    .why-refused = refused with <code> after the alert

rule-d04-expired =
    .verdict = <from> told <to> that its certificate is out of date, and then <server> refused the call.
    .advice =
        - Renew the certificate of <to>, and check the clock of <from>.

rule-d04-certificate =
    .verdict = <from> does not accept the certificate of <to> (alert <alert>), and then <server> refused the call.
    .advice =
        - Let <to> show its whole chain, without the root, and let <from> trust that authority.
        - See that the certificate names the domain of the SIP address, and not the host alone.

rule-d04-name =
    .verdict = <from> has no certificate for the name that <to> asked for, and then <server> refused the call.
    .advice =
        - Give <from> a certificate for the domain of the SIP address, or correct the name in the route.

rule-d04-asked =
    .verdict = <from> wants a certificate of <to> and got none, and then <server> refused the call.
    .advice =
        - Give <to> a client certificate, or let <from> not ask for one.

rule-d04-common =
    .verdict = <from> and <to> could not agree on a version or cipher suite of TLS (alert <alert>), and then <server>
        refused the call.
    .advice =
        - Let both ends support TLS 1.2 or 1.3 with AES-GCM; see that the port speaks TLS at all.

rule-d05 = Too big for UDP
    .advice =
        - Use TCP or TLS on this leg: a request within 200 bytes of the path's limit, or over 1300 bytes, may not go
          over UDP.
        - Shorten it: fewer codecs and ICE candidates, compact header fields.
        - Let firewalls and routers pass fragments of IP.
    .raise =
        - Capture at the other end too: there, fragments without the rest prove it.
    .why-big = <bytes> bytes
    .why-small = a small request to the same peer was answered
    .why-last = its last copy; nothing came back here

rule-d05-likely =
    .verdict = <method> with <bytes> bytes went to <peer> over UDP without any answer, while a small request was
        answered: its fragments are lost on the way.

rule-d05-limit =
    .verdict = <method> with <bytes> bytes is too big for a link on the way to <peer>, as the network reports.

rule-d06 = Answers go to the wrong place
    .advice =
        - Switch on rport in the device.
        - Let the server answer to where a request comes from (rport by force for devices behind a NAT).
    .raise =
        - Capture at the server, or name its address with --local.
    .why-request = the request, from <source>
    .why-answer = the answer goes to <goal>
    .why-again = the client asks again

rule-d06-absent =
    .verdict = The request came from <source>, its Via asks for no rport, and <code> went to <goal>: the client goes
        on asking.

rule-d06-ignored =
    .verdict = The request came from <source> and asks for an answer there (rport), but <code> went to <goal>: the
        client goes on asking.
    .advice =
        - Update or set the server: it must answer a request with rport to its source.

rule-d07 = Answer from another address
    .verdict = <asked> was asked and <from> answered <code>: a NAT or firewall drops that, and the client goes on
        asking.
    .advice =
        - Bind the server to the address at which it is asked, when it has several.
        - Give a shared address (VIP) as the source of what the server sends.
    .raise =
        - Capture at the client too: it shows whether the answer arrives.
    .why-request = asks <asked>
    .why-answer = comes from <from>
    .why-again = the client asks again

rule-d08 = The connection of the called device is gone
    .verdict = The connection over which <device> registered is gone: <server> tried to open one to it, in vain, and
        refused the call.
    .advice =
        - Let the device send keep-alives more often than the NAT or firewall between forgets, and register again as soon
          as its connection breaks.
        - Never let <server> open a connection to a device: use the one that the device opened (outbound).
    .raise =
        - Capture at the device too: it shows which side or box ended the connection.
    .why-granted = the registration, over the connection from <device>
    .why-request = the call to that user
    .why-refused = refused with <code>

rule-d09 = Malformed message
    .advice =
        - Compare the marked message with the grammar: "ringback parse" shows the place.
        - Update or correct the device that made it, or what rewrites messages on the way (SIP ALG).
    .raise =
        - Capture nearer to the sender: was it broken there already?
    .why-broken = breaks the grammar at byte <at>: <defect>
    .why-request = asks
    .why-refused = refuses it: <phrase>

rule-d09-refused =
    .verdict = <message> from <from> breaks the grammar (<defect>), and <peer> refused it for that (<phrase>).

rule-d09-ignored =
    .verdict = <message> from <from> breaks the grammar (<defect>), and <peer> never answered it: servers drop what they
        cannot read.

rule-d09-answer =
    .verdict = The answer <message> from <from> breaks the grammar (<defect>), and the other side goes on asking as if it
        had not come.

rule-d09-said =
    .verdict = <peer> answered <phrase> to <message> from <from>: it cannot read that request, though nothing in it breaks
        the grammar here.
    .advice =
        - Read the log of <peer>: which header field does it dislike? Its own reading may be too strict.
        - Leave out what is unusual in the request, a part at a time.

rule-d10 = Routing loop or hops used up
    .advice =
        - See which rule sends the request back: mostly a proxy does not know that a domain is its own, or two systems
          forward unknown numbers to each other.
    .raise =
        - Capture at the systems on the way: their Via fields show the circle.
    .why-request = the request
    .why-answer = says <code>

rule-d10-round =
    .verdict = The request goes round: <detail>; <hop> ended it with <code>.

rule-d10-low =
    .verdict = The request started with Max-Forwards <detail>, too few for the way; <hop> ended it with <code>.
    .advice =
        - Let the device start with Max-Forwards 70.

rule-d10-breadth =
    .verdict = The request may go to <detail> places at once (Max-Breadth), and <hop> had more of them: it ended it with
        <code>.
    .advice =
        - Register fewer phones for the user, or let the caller, or who forks before, allow more (60 is usual).

rule-d10-hops =
    .verdict = <hop> said <code>: most likely the request goes round.

rule-d10-merged =
    .verdict = The same request reached <hop> on two ways, and the second one got <code>.
    .advice =
        - See that no two targets of a fork lead to the same server.

rule-d10-said =
    .verdict = <hop> said <code>: it has seen this request before.

rule-d43 = A router rewrites messages (SIP ALG)
    .verdict = Between <source> and <goal> somebody changed <field> of <message>: <before> became <behind>. That is a
        SIP ALG.
    .advice =
        - Switch off the SIP ALG in the router or firewall (also called SIP helper, SIP inspection, SIP fixup).
        - Where it cannot be switched off, use TLS, or another port than 5060.
    .raise =
        - Capture on both sides of the router.
    .why-before = before the router: <before>
    .why-behind = behind it: <behind>

rule-d43-signs =
    .verdict = What <party> sent carries addresses from inside and outside of its router, and media suffer (<signs> signs
        in all): probably a SIP ALG rewrote it.
    .why-via = Contact and Via name different sides of the router: <inside> and <outside>
    .why-origin = the o= and c= lines name different sides of the router: <inside> and <outside>
    .why-call-id = Contact and Call-ID name different sides of the router: <inside> and <outside>
    .why-length = Content-Length is off by what <inside> and <outside> differ in length
    .why-one-way = after this answer sound passes in one direction only
    .why-unheard = after this answer a side reports (RTCP) that it does not hear the other one
    .why-refused = after this answer the network sends media back: nobody listens there

rule-d49 = Lost between two capture points
    .verdict = <message> from <source> to <goal> was seen by capture point <from> and not by capture point <by>: it was lost between
        them (copies: <copies>).
    .advice =
        - Look at what stands between the two: firewall, NAT, VPN, a line that is full.
        - Compare with smaller messages and with TCP: if only big ones are lost, it is fragments of IP.
    .raise =
        - Where servers tell what they see by HEP, let them do so over TCP, so that no report is lost.
    .why-seen = seen by capture point <from> only
    .why-last = its last copy that only capture point <from> saw
    .why-after = capture point <by> sees this one

rule-d49-once =
    .verdict = <message> from <source> to <goal> was lost between capture point <from> and capture point <by>; a copy came through.
