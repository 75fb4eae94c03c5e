### Labels of the reference entries. Ids of the form group-Variant name the variants of the registries' types.

## Headings of prose

field-meaning = What it means
field-note = Not registered
field-sender = Who sends it, and when
field-duty = What the receiver must do
field-causes = Usual causes
field-remedy = What to do
field-facts = In the registries
field-related = See also

field-method-causes = What goes wrong in practice
field-timer-sender = Start and stop
field-timer-duty = When it fires
field-timer-causes = How one meets it in practice
field-id-sender = Who makes it
field-id-duty = Rules
field-id-causes = Pitfalls
field-header-duty = Rules
field-header-causes = Pitfalls

## Kinds

kind-code = Response codes
kind-method = Methods
kind-timer = Timers
kind-id = Identifiers
kind-header = Header fields
kind-q850 = Causes of the telephone network (Q.850)
kind-option = Option tags
kind-event = Event packages
kind-warn = Warn codes
kind-uri = URI parameters

## Facts

fact-treated = Not registered; treated as
fact-class = Class
fact-element = Originated by
fact-required = Must carry
fact-required-any = Must carry at least one of
fact-advised = Useful in it
fact-effect = Inside a dialog it ends
fact-rank = At a forking proxy
fact-to-cause = Towards the telephone network
fact-from-cause = From the telephone network
fact-to-status = Becomes in SIP
fact-from-status = Comes in SIP from
fact-creates-dialog = Establishes a dialog
fact-refreshes-target = Moves the remote target
fact-challenged = May be challenged (401, 407)
fact-cancelled = Can be cancelled
fact-length = Length
fact-owner = Run by
fact-reliable = Over TCP and TLS
fact-compact = Compact form
fact-parameters = Parameters
fact-deprecated = Out of use
fact-cause-class = Class
fact-national = National variants only
fact-warning-cause = With 488 or 606, towards the telephone network

yes = yes
no = no

## Values

class-Provisional = provisional: the request is being worked on
class-Success = success: the request was done
class-Redirection = redirection: the client must go elsewhere
class-RequestFailure = request failure: this server cannot do this request
class-ServerFailure = server failure: this server failed at a request that may be valid
class-GlobalFailure = global failure: no server can do this request

element-Anyone = any server
element-UserAgent = user agent (telephone)
element-Proxy = proxy
element-EdgeProxy = edge proxy
element-Registrar = registrar
element-RedirectServer = redirect server
element-Notifier = event or presence server
element-B2bua = back-to-back user agent (telephone system, session border controller)
element-Gateway = gateway to the telephone network
element-Verifier = verifier of signed caller identity
element-ListServer = list server

effect-Nothing = nothing
effect-EarlyDialog = the early dialog that its To tag names
effect-Transaction = only the transaction: session and dialog stay as they were
effect-UsageOfMethod = the usage (session or subscription) when that needs the refused method, else only the transaction
effect-Usage = the usage (session or subscription) in which it came; the dialog when that was its last
effect-Dialog = the dialog with everything in it

rank-Provisional = forwarded at once, except 100
rank-Success = forwarded at once; the other branches are cancelled
rank-Global = ends the search; beats every other failure
rank-Redirect = beats 4xx and 5xx
rank-Repairable = the best of the 4xx: the caller can repair the request
rank-Verdict = a verdict about the user: beats other 4xx that cannot be repaired
rank-Weak = a weak 4xx: loses against any that says more
rank-Server = loses against any 3xx, 4xx and 6xx

length-Doubling = T1 (0.5 s), doubled each time, without a cap
length-DoublingToT2 = T1 (0.5 s), doubled each time up to T2 (4 s)
length-T1Times64 = 64 times T1
length-T4 = T4
length-TimerC = configured, longer than 3 minutes
length-AtLeast32Seconds = 32 s or more
length-Milliseconds200 = 200 ms
length-FromHeader = the seconds of the Expires header field
length-HalfInterval = half of the seconds in Session-Expires
length-Interval = the seconds in Session-Expires; for the side that does not refresh, 32 s or a third less
length-Random = random: 2.1 to 4 s for the side that made the Call-ID, 0 to 2 s for the other

owner-InviteClient = the side that sent the INVITE (client transaction)
owner-InviteServer = the side that received the INVITE (server transaction)
owner-NonInviteClient = the side that sent the request (client transaction)
owner-NonInviteServer = the side that received the request (server transaction)
owner-Proxy = the proxy, for each branch
owner-CallingAgent = the user agent that sent the INVITE
owner-CalledAgent = the user agent that was called
owner-Subscriber = the subscriber

reliable-NotStarted = not started: the transport itself repeats what is lost
reliable-Zero = 0 s: there are no repetitions to wait for

cause-class-NormalEvent = normal event
cause-class-ResourceUnavailable = resource unavailable
cause-class-ServiceNotAvailable = service or option not available
cause-class-ServiceNotImplemented = service or option not implemented
cause-class-InvalidMessage = invalid message
cause-class-ProtocolError = protocol error
cause-class-Interworking = interworking with another network

## Sentences

header-without-article = A registered header field that is seldom seen outside its own field of use. The document named
    below defines it. Servers that do not know it pass it on unchanged.
code-unregistered = This number is not registered. A receiver treats it as <code>, and the explanation below is that code's; read
    the reason phrase, it is all that the sender told.
cause-unnamed = No document that Ringback knows names this cause. It is carried and mapped like any other: a cause
    without a row of its own becomes 500.

## Sheet

sheet-title = SIP reference sheet
sheet-intro = Codes, methods, timers, identifiers and causes: what they mean, who sends them, where they come from in
    practice, and what to do. Made by "ringback explain --html".
sheet-cause = Cause
sheet-meaning = What it means and what to do
sheet-sip = SIP (RFC 3398)

## Unknown words

unknown = nothing is known by the name
unknown-nearest = Did you mean:
unknown-list = "ringback explain" alone lists everything that is known.
