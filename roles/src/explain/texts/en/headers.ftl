### Header fields. Value: the meaning. Attributes: sender, duty, causes, remedy.

header-accept = The kinds of body that the sender understands in the answer.
    .causes = Too narrow a list gives 406; without it, SDP is assumed for INVITE.

header-accept-contact = The caller's wish which of the user's devices should ring, by their abilities.
    .duty = Proxies choose and order the contacts by it; with require and explicit it excludes those that do not
        fit.
    .causes = A wish that no device meets gives 480 although devices are registered.

header-accept-encoding = The compressions of a body that the sender understands.
    .causes = 415 names in it what the server would take.

header-accept-language = The languages that the sender would like in texts of the answer, such as reason phrases
    and announcements.

header-accept-resource-priority = The priority values that a server knows, in a 417 or an answer to OPTIONS.

header-alert-info = Asks the called telephone for another ringing, or the caller's for another ringback tone.
    .causes = Values differ by manufacturer: what one telephone rings on, another ignores.

header-allow = The methods that the sender takes.
    .duty = Must stand in a 405; should stand in INVITE and its 2xx.
    .causes = If UPDATE is not in it, changes go by re-INVITE.

header-allow-events = The event packages that the sender knows.
    .duty = Must stand in a 489.

header-authentication-info = The server's part of a mutual authentication, and the next nonce.
    .duty = With rspauth the client can see that the server knows the password, too.

header-authorization = The client's credentials for a server that challenged with 401.
    .duty = realm, nonce and opaque come from the challenge, uri from the request; response is computed and
        holds no password.
    .causes = username is the authentication name, often not the number. uri differs from the Request-URI when a
        proxy rewrote it: that alone is no fault.

header-call-id = Names one conversation. See the identifier call-id.
    .duty = Exactly one in each message.

header-call-info = Further information about the caller or the called party: picture, card, web page; also the
    contact in a 608.
    .causes = Links in it come from strangers: do not fetch them blindly.

header-contact = The address at which the sender itself can be reached directly: where later requests of the
    dialog go, or what is registered.
    .duty = Exactly one in INVITE and its 2xx. In REGISTER several, or * with Expires 0 to remove all. In 3xx
        the places to try.
    .causes = A private address in it is the usual reason for calls that drop after 32 s and for telephones that
        register but do not ring.

header-content-disposition = What a body is for: session, render, early-session and so on; and whether the
    receiver must understand it.
    .causes = A part with handling=required that is not understood gives 415.

header-content-encoding = The compression of the body.

header-content-language = The language of the body.

header-content-length = The number of bytes of the body.
    .duty = Must be there over TCP and TLS, for it tells where the message ends. Over UDP the end of the packet
        serves.
    .causes = Counted in characters instead of bytes it is too small. Two different values, or one larger than
        the packet, give 400. Editing a body without correcting it breaks the message.

header-content-type = The kind of the body: application/sdp, text/plain, multipart/mixed.
    .duty = Must be there when there is a body.
    .causes = 415 follows when the receiver does not know the kind.

header-cseq = Number and method of the request. See the identifier cseq.
    .duty = Exactly one in each message.

header-date = When the message was sent, in UTC.
    .duty = Signed identity needs it; a registrar gives it to telephones that have no clock.
    .causes = A wrong clock makes signatures fail (403 Stale Date).

header-error-info = Where to find more about a failure: an announcement or a page.

header-event = The event package of SUBSCRIBE, NOTIFY and PUBLISH.
    .duty = Exactly one; compared as it is, with case.
    .causes = Missing or unknown: 489.

header-expires = A lifetime in seconds: of a registration, a subscription, a publication or an invitation.
    .duty = The parameter expires of a Contact goes before it. 0 removes or ends.
    .causes = The server may shorten it: take its value, not one's own.

header-feature-caps = What a server on the way can do for the call or registration.

header-flow-timer = How many seconds without a sign of life the server keeps a connection.
    .duty = The client sends keep-alives somewhat more often.

header-from = Who sends the request, as claimed by the sender; with the tag of that side.
    .duty = Exactly one, with tag. Display name and address may be anonymous.
    .causes = It proves nothing. Carriers look at P-Asserted-Identity or Identity; a number in From that is not
        the customer's gives 403.

header-geolocation = Where the caller is, as a document in the body or as a link.
    .causes = Unusable location gives 424.

header-geolocation-error = What is wrong with the location: the mandatory companion of 424.

header-geolocation-routing = Whether servers on the way may use the location to choose the route.

header-history-info = The way a call has taken: each address that was tried, and why it was left.
    .duty = The index (1, 1.1, 1.2) shows the order and the branches; Reason in an entry names the code.
    .causes = Removed or shortened for privacy at the borders of networks.

header-identity = The signed identity of the caller (STIR): a PASSporT with the link to its certificate.
    .duty = Signed over calling and called number and time; checked by a verification service.
    .causes = Whoever rewrites numbers after signing breaks it (438). Large: over UDP it leads to fragments.

header-in-reply-to = The Call-IDs of calls that this call returns.

header-info-package = The package to which an INFO belongs.
    .causes = Not in the peer's Recv-Info: 469.

header-join = Asks to be joined to the call that it names: conference, listening in.
    .causes = Names a call that does not exist: 481.

header-max-breadth = Into how many branches at once a request may still fork.
    .duty = A proxy divides the number among its branches; without it 60 is assumed.
    .causes = Used up: 440.

header-max-forwards = The hops that are left. See the identifier max-forwards.
    .duty = Lowered by one at each hop; 0 gives 483.

header-min-expires = The shortest lifetime that the server takes: must stand in a 423.

header-min-se = The shortest session interval that someone on the way allows.
    .duty = Must stand in a 422; the next try carries at least this value. Never below 90 s.

header-mime-version = The version of MIME, 1.0; of use with multipart bodies.

header-organization = The organisation of the sender, for display.

header-p-access-network-info = By which access network a device is attached, in mobile networks: cell or access
    point.
    .causes = It reveals the location: removed at the border of trust.

header-p-asserted-identity = Who is calling, as asserted by the network that has checked it.
    .duty = Trusted only from trusted neighbours; removed before it leaves the circle of trust when the caller
        wants privacy.
    .causes = Carriers take the calling number from here. Missing or wrong: 403, or calls without number.

header-p-associated-uri = The other addresses of the user that were registered along with this one, in the 200
    to a REGISTER.

header-p-called-party-id = The address that was really called, before it was replaced by the device's Contact.

header-p-charging-vector = Names a call for billing between networks.
    .causes = Removed at the border; a missing icid troubles mobile cores.

header-p-early-media = Whether early media may flow, and in which direction.
    .causes = Some mobile networks play no announcement without it.

header-p-preferred-identity = Which of the user's addresses the network should assert.
    .causes = Ignored when it does not belong to the user.

header-path = The proxies that requests to a registered device must pass: entered by them into the REGISTER.
    .duty = The registrar keeps it with the binding and uses it as Route.
    .causes = Lost Path: calls go straight to a device that only its edge proxy can reach.

header-priority = How urgent the caller takes the request to be: emergency, urgent, normal, non-urgent.
    .causes = Display only; it gives no right of way.

header-privacy = Which identity the network shall hide: id, header, session, user, none.
    .causes = Privacy: id on all calls makes them anonymous; callees may refuse with 433.

header-proxy-authenticate = A proxy's challenge: realm, nonce, algorithm.
    .duty = Must stand in a 407; several rows are several choices or several proxies.

header-proxy-authorization = The client's credentials for a proxy that challenged with 407.
    .duty = Each proxy takes only those for its own realm.

header-proxy-require = Extensions that every proxy on the way must know.
    .causes = 420 by the first that does not.

header-rack = Names the reliable provisional response that a PRACK confirms. See the identifier rseq.

header-reason = Why a request or response was sent: SIP code or Q.850 cause. The best clue to a failed call.
    .duty = In BYE, CANCEL and, with Q.850, in responses. One value for each protocol. It does not change how
        the message is handled.
    .causes = Lost at borders that do not trust it. CANCEL with SIP;cause=200 means: answered elsewhere.

header-record-route = A proxy that wants to stay in the way of the whole call enters itself here.
    .duty = The called side copies it into its response; both build the route set from it. Should have lr.
    .causes = A private or wrong address here loses ACK and BYE. Double entries are normal where a proxy changes
        network or transport.

header-recv-info = The Info Packages that the sender takes.
    .duty = Must stand in a 469.

header-refer-sub = Whether a REFER shall bring reports: false asks for none.

header-refer-to = Whom the recipient of a REFER shall contact.
    .duty = Exactly one. Header fields can be packed into its URI, such as Replaces.
    .causes = None or two: 400. An address that only the sender can reach makes the transfer fail.

header-referred-by = Who asked for the call: the sender of the REFER.
    .causes = Some systems need it to allow and to bill a transfer.

header-reject-contact = Which of the user's devices shall not ring.

header-replaces = The call takes the place of the dialog that it names: attended transfer, call pick-up.
    .duty = Call-ID and both tags, seen from the recipient. Exactly one.
    .causes = 481 when the recipient has no such dialog, mostly since a system in between has changed the
        Call-ID.

header-reply-to = Where a return call should go, if not to From.

header-request-disposition = How the caller wants proxies to handle the request: fork or not, redirect, queue.

header-require = Extensions that the other side must know to handle the request.
    .causes = Unknown ones give 420; Supported is the polite form.

header-resource-priority = Right of way in networks that have priority classes: emergency services, defence.
    .causes = Unknown values do no harm unless they are required (417).

header-retry-after = After how many seconds a further try makes sense.
    .duty = In 503 for this server, in 480, 486, 600 and 603 for this user, in 500 for this request.

header-route = The proxies that the request still has to pass, in order.
    .duty = Each removes itself. Preloaded by the client it leads to the outbound proxy.
    .causes = The entry without lr is handled by the old rules (strict routing).

header-rseq = Numbers a reliable provisional response. See the identifier rseq.

header-security-client = The security mechanisms of the client, for the agreement with its first hop.

header-security-server = The security mechanisms of the first hop: stands in a 494.

header-security-verify = The server's list, repeated by the client under protection, so that nobody can have
    shortened it.
    .causes = A different list: 494.

header-server = The software that answers.
    .duty = The quickest hint which of several systems sent a response.

header-service-route = The proxies through which the registered user shall send requests: stands in the 200 to a
    REGISTER.
    .causes = A client that ignores it is refused by the core network.

header-session-expires = After how many seconds a call without refresh counts as dead, and who refreshes: uac or
    uas.
    .duty = Refresh at half the time. Without it the other side ends the call shortly before the end.
    .causes = Calls that end after the same time, such as 15 or 30 minutes: the refresh fails. 422: value too
        small.

header-session-id = Names a call from end to end. See the identifier session-id.

header-sip-etag = The version of a publication, in the 200 to a PUBLISH.

header-sip-if-match = The version that a PUBLISH wants to refresh, change or remove.
    .causes = Not the current one: 412.

header-subject = What the call is about, for display.

header-subscription-state = Whether a subscription is active, pending or terminated, for how long, and why it
    ended.
    .duty = Must stand in every NOTIFY.
    .causes = The reason tells what to do: deactivated and timeout subscribe anew, rejected and noresource do
        not.

header-supported = Extensions that the sender knows: an offer, not a demand.

header-suppress-if-match = Asks for no NOTIFY when nothing has changed since this version.

header-target-dialog = Names another dialog of the recipient, as proof that the sender is part of it.

header-timestamp = The sender's clock, copied into the response, to measure the way there and back.

header-to = Who was meant at first. With a tag it belongs to a dialog.
    .duty = Servers route by the Request-URI, not by To.
    .causes = After forwarding it still shows the number dialled first.

header-unsupported = The extensions that were required and are not known: must stand in a 420.

header-user-agent = The software of the client.
    .causes = Scanners give themselves away here (friendly-scanner, sipvicious); it can be forged.

header-user-to-user = Data that one application passes to another with the call, as in ISDN; call centres use
    it.
    .causes = Removed at many borders.

header-via = The way that the request has come, hop by hop: the response goes back along it.
    .duty = Each hop puts its own on top and takes it off the response. The top one holds the branch.
    .causes = received and rport show what address translation did. Twice the same host: a loop, or a spiral.

header-warning = Why something was refused, with a code and text: codec, bandwidth, bad message.
    .duty = Should stand in 488 and 606.

header-www-authenticate = A server's challenge: realm, nonce, algorithm, qop.
    .duty = Must stand in a 401; one row for each algorithm, the preferred first.
    .causes = A client that knows only MD5 fails when only SHA-256 is offered.
