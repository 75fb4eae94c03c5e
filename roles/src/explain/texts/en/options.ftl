### Option tags, event packages, warn codes, URI parameters. Value: the meaning.

## Option tags

option-100rel = Provisional responses can be sent reliably, confirmed by PRACK. Required in a response, it says
    that this one must be confirmed.

option-199 = The caller understands 199, so that a forking proxy may tell it of each early dialog that has
    ended.

option-answermode = The device can be asked to answer by itself, or by hand only: intercom and push-to-talk.

option-early-session = Early media can have a session description of its own, apart from that of the call.

option-eventlist = One subscription can cover a whole list of users. A list server without it in the request
    answers 421.

option-explicitsub = A REFER gives an address at which its progress can be subscribed to, instead of reporting
    by itself.

option-from-change = The addresses in From and To may change during the call, so that the party really connected
    can be shown.

option-geolocation-http = A location may be given as a web link to be fetched.

option-geolocation-sip = A location may be given as an address to be subscribed to.

option-gin = One registration covers all numbers of a telephone system.

option-gruu = The registrar hands out addresses that reach exactly one device.

option-histinfo = The client wants the history of the call's diversions back in the responses.

option-ice = Both sides find the working addresses for the media themselves, by trying (ICE).

option-join = The Join header field is understood: entering a call that is running.

option-multiple-refer = A REFER can name several targets in a list.

option-norefersub = A REFER can be taken without reporting on it.

option-nosub = A REFER without a subscription of any kind.

option-outbound = A device keeps several connections to its edge proxies and gets calls over each of them.

option-path = Proxies may enter themselves in Path of a REGISTER, and calls come by them.

option-policy = Session policies can be fetched from a policy server.

option-precondition = The telephone rings only when conditions hold, such as reserved bandwidth. Common in
    mobile networks.

option-pref = The abilities of a device in its Contact, and the caller's wishes about them, are understood.

option-privacy = In Proxy-Require: proxies must give the privacy that was asked for, or refuse the request.

option-recipient-list-invite = An INVITE can name the parties of a conference in a list.

option-recipient-list-message = A MESSAGE can name several recipients in a list.

option-recipient-list-subscribe = A SUBSCRIBE can carry the list of resources in its body.

option-record-aware = The device can be told that the call is recorded, and show it.

option-replaces = The Replaces header field is understood: attended transfer and call pick-up need it.

option-resource-priority = Right of way by Resource-Priority is understood. Required, unknown values give 417.

option-sdp-anat = The same media can be offered over IPv4 and IPv6. Superseded by ICE.

option-sec-agree = Security with the first hop is agreed on by Security-Client, -Server and -Verify.

option-siprec = The session serves to record another one.

option-tdialog = The Target-Dialog header field is understood.

option-timer = Session timers: the call is refreshed at intervals, so that a dead one is found.

option-trickle-ice = Addresses for ICE may follow one by one while the call is set up.

option-uui = The User-to-User header field is understood.

## Event packages

event-presence = Whether a user is available and how: the body is PIDF.

event-presence-winfo = Who watches the presence of a user.

event-dialog = The calls of a user or line: busy lamps, call pick-up.

event-message-summary = How many messages wait in the mailbox: the message lamp.

event-reg = The registrations of a user: which devices there are, and when they come and go.

event-conference = Who takes part in a conference, and with which media.

event-refer = The progress of a request that a REFER asked for. It cannot be subscribed to without REFER.

event-kpml = Keys pressed by a user, as patterns: DTMF over signalling.

event-call-completion = When a busy or absent user can be called: call completion.

event-load-control = How much load a server takes, by filters.

event-ua-profile = The configuration of a device from its network.

event-xcap-diff = Changes in documents that are kept on an XCAP server.

event-vq-rtcpxr = The voice quality of a call, as reported by the devices at its end.

event-certificate = The certificate of a user.

event-credential = The certificate of a user with its encrypted private key, for the user's own devices.

event-consent-pending-additions = Which recipients of a list have not given their consent yet.

event-http-monitor = Changes of a resource on the web.

event-session-spec-policy = The rules of a network for one session.

## Warn codes

warn-300 = A network protocol named in the session description is not available.

warn-301 = The kind of network address is not available: IPv6 to a device with IPv4 only, for instance.

warn-302 = The transport of the media is not available: encryption (SAVP) asked for or missing, for instance.

warn-303 = A unit of bandwidth was not understood.

warn-304 = A kind of media is not available: video to a telephone without a screen, for instance.

warn-305 = No common codec: a media format offered is not available.

warn-306 = An attribute of the media was not understood.

warn-307 = Another parameter of the session description was not understood.

warn-308 = None of the languages asked for is available; the text lists those that are.

warn-330 = Multicast is not available where the user is.

warn-331 = Only multicast is possible where the user is, mostly since a firewall stops unicast.

warn-370 = Not enough bandwidth for the session. On a trunk it means that no more calls fit.

warn-380 = A sips: address cannot be used here, mostly since no device of the user is registered with one.

warn-381 = Only sips: addresses are accepted here.

warn-399 = Any other reason, as text for people and logs. No program may act on it.

## URI parameters

uri-aai = Passes application data to a VoiceXML service.

uri-bnc = Marks the contact of a telephone system that registers all its numbers at once.

uri-cause = Why a call was diverted to this address, for voicemail and other services: 486 busy, 408 no answer,
    302 always.

uri-ccxml = The call control document of a VoiceXML service.

uri-comp = Asks for messages compressed with SigComp.

uri-content-type = The kind of announcement text for a media service.

uri-delay = The pause between repetitions of an announcement.

uri-duration = How long an announcement plays at most.

uri-extension = Parameters of a media service that are not standardised.

uri-gr = Marks an address that reaches exactly one device (GRUU).

uri-iotl = What part of a call's way through mobile networks this leg is.

uri-locale = The language of an announcement.

uri-lr = Loose routing: the proxy at this address leaves the Request-URI alone. Nearly every Route and
    Record-Route has it; without it the rules of the oldest SIP apply.

uri-m = Which call completion is meant: on busy, on no answer, or when not logged in.

uri-maddr = Send the request to this address instead of the host of the URI. Out of fashion, and a way to misuse
    a careless proxy.

uri-maxage = How old a stored document of a media service may be.

uri-maxstale = How far beyond its expiry a stored document of a media service may be used.

uri-method = With which method the address shall be contacted: used in Refer-To and web links.

uri-ob = In Path: the first proxy keeps connections open (outbound). In Contact: use this connection for the
    dialog.

uri-param-n = Numbered values for an announcement, such as a time or a number to be read out.

uri-play = The announcement to be played.

uri-pn-param = Which app the push service is to wake.

uri-pn-prid = Which device the push service is to wake.

uri-pn-provider = Which push service wakes the device.

uri-pn-purr = Lets a proxy wake the device also for requests inside a dialog.

uri-postbody = The data that a VoiceXML service sends with its request.

uri-repeat = How often an announcement is repeated.

uri-sg = Tells which of a telephone system's numbers is meant inside its own addresses.

uri-sigcomp-id = Names the device for compression with SigComp.

uri-target = For whom a call diverted to voicemail was meant.

uri-transport = The transport: udp, tcp, tls, ws and so on. It decides the connection over which requests go
    there.

uri-ttl = How far a multicast packet may go. Out of use.

uri-user = Whether the user part is a telephone number (phone), a name (ip) or a string of dialled digits
    (dialstring).

uri-voicexml = The document that a VoiceXML service shall run.
