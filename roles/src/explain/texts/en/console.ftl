### Words of the console. `<name>` stands for a value.

console-skip = Skip to the content
console-places = Places
console-overview = Overview
console-calls = Calls
console-registrations = Registrations
console-bans = Bans
console-routes = Routes
console-codes = Codes
console-capture = Capture
console-language = Language
console-sign-out = Sign out
console-signed-in = Signed in as <name>
console-table = Table, scrolls sideways

## Signing in

console-sign-in = Sign in
console-name = Name
console-password = Password
console-sign-in-wrong = Name or password is wrong.
console-sign-in-wait = There were too many attempts: wait five minutes.
console-sign-in-failed = The server could not sign you in; its log says why.
console-sign-in-origin = This page came from elsewhere: load it again, and sign in.
console-sign-in-hint = The account admin was made when the server started for the first time, which showed its password once. `ringback account password admin` gives it another.

## Words of several pages

console-began = Began
console-from = From
console-to = To
console-code = Code
console-method = Method
console-verdict = Verdict
console-lasted = Length
console-user = User
console-why = Why
console-since = Since
console-until = Until
console-show = Show
console-clear = Clear
console-any = all
console-newest = Newest
console-older = Older
console-next = Next
console-sure = How sure
console-who = Who must act
console-do = What to do
console-not-recorded = Nothing is recorded: `[journal]` is off, or keeps no calls. See docs/why.md.
console-none = none
console-figures = Figures
console-server = Server

## Overview

console-calls-now = Calls now
console-users-registered = Users registered
console-of = of <count>
console-contacts = Phones
console-answer-ratio = Answered (ASR)
console-answer-ratio-of = <answered> of <attempts>
console-delay = Post-dial delay
console-delay-median = median
console-delay-p95 = 95 % within
console-delay-of = median · 95 % within <p95>
console-connections = Connections
console-banned = Banned sources
console-lost = Records lost
console-window = Period
console-window-1h = 1 hour
console-window-6h = 6 hours
console-window-24h = 24 hours
console-window-7d = 7 days
console-live = live
console-not-live = not live: the page shows what was when it was loaded
console-codes-over-time = Codes over time
console-codes-over-time-alt = Final codes of calls, by class, from <from> to <to>; the highest column has <most>. The figures follow as a table.
console-ratio-over-time = Answer ratio over time
console-ratio-over-time-alt = Share of calls that were answered, from <from> to <to>. The figures follow as a table.
console-delay-over-time = Post-dial delay over time
console-delay-over-time-alt = From the INVITE to the first ringing or answer: the median, and the longest wait of 95 in 100 calls, from <from> to <to>; at most <most> ms. The figures follow as a table.
console-time = Time
console-class-2 = 2xx answered
console-class-3 = 3xx redirected
console-class-4 = 4xx refused
console-class-5 = 5xx server
console-class-6 = 6xx refused everywhere
console-top-causes = Most frequent causes
console-count = Count
console-no-causes = No call failed in this period.
console-state-ok = The server works.
console-state-draining = The server is being stopped: it takes no new calls.
console-state-failed = A worker has failed: the server does not work as it should.
console-up-since = Running since
console-version = Version
console-domains = Domains
console-journal-off = Figures of calls need the journal: set `[journal] enabled = true`.

## Calls

console-live-only = going on only
console-no-calls = No calls fit.
console-calls-caption = Calls, the newest first
console-state-trying = trying
console-state-ringing = ringing
console-state-talking = talking
console-state-ended = ended
console-no-code = no code

## A call

console-call = Call
console-call-id = Call-ID
console-stage = State
console-heard = last message <age> ago
console-lost-call = ended, though nobody was seen hanging up
console-evidence = Evidence
console-facts-all = Everything that the server noted (<count>)
console-branches = Whom the server asked
console-target = Target
console-address = Address
console-end = End
console-fate = What became of it
console-ladder = Messages
console-ladder-hint = Choose a line to read its message; the arrow keys go from one to the next. Marked lines show the cause.
console-ladder-label = Ladder of messages
console-no-messages = No messages are recorded of this call.
console-media = Media
console-others = Other requests of this call that were refused
console-missing = <count> records are missing in between: the account may have gaps.
console-sent = sent
console-received = received
console-telling = shows the cause
console-codec = Format
console-packets = Packets
console-packets-lost = Lost
console-jitter = Jitter (worst)
console-digits = Keys pressed

## Registrations

console-registrations-caption = Users and their phones
console-contact = Contact
console-phone = Phone
console-peer = From address
console-age = Last heard
console-age-ago = <age> ago
console-expires = Expires
console-not-registered = not registered
console-reachable = can be called
console-unreachable = cannot be called
console-no-users = There are no users yet: `ringback user add` adds them.
console-no-such-user = No user has these letters in the name.
console-why-user = Why can this user not be reached?
console-history = History
console-no-history = Nothing is recorded of this user.
console-unknown-user = This user has no account here.
console-contacts-now = Phones now
console-no-contacts = No phone of this user can be called now.
console-refused-call = the request

## Bans

console-bans-caption = Sources that are not served
console-source = Source
console-lift = Lift
console-lift-source = Lift the ban of <source>
console-no-bans = Nobody is banned.
console-bans-hint = Bans end by themselves. An address of IPv6 stands for its /64.
console-ban-add = Ban an address
console-ban-for = For how long
console-ban = Ban
console-ban-lifted = <source> is served again.
console-ban-added = <source> is banned.
console-ban-failed = Nothing changed: <source> is no address, or is not banned.
console-ban-operator = by the operator

## Routes

console-try = Try
console-try-heading = What would become of a request?
console-try-hint = The rules are tried as the server tries them, and registrations are looked up. Nothing is sent.
console-no-uri = “<text>” is no URI such as sip:bob@example.test.
console-no-address = “<text>” is no IP address.
console-no-transport = “<text>” is none of udp, tcp, tls, ws and wss.
console-no-time = “<text>” is no time such as 2026-11-21T04:30.
console-no-store = The registrations cannot be read: <text>
console-for-whom = For whom
console-caller = Caller
console-caller-hint = empty: some user of the domains
console-source-address = From address
console-transport = Transport
console-when = When
console-when-hint = empty: now
console-outcome = Outcome
console-outcome-answer = The server answers by itself
console-outcome-send = The request is sent on
console-outcome-unknown = The user cannot be looked up: there is no store.
console-goes-to = To
console-by-way-of = by way of
console-preference = preference
console-tried = Routes that were tried
console-route = Route
console-line = Line
console-holds = holds
console-result = Result
console-no-routes-tried = No route was tried: the request is settled before the dial plan, or there are no routes.
console-target-is = The request would be for

## Codes

console-codes-hint = Every code, method, timer, header field and cause of SIP: what it means, who sends it, where it comes from and what helps.
console-find-code = Find
console-kind = Kind
console-shown = shown
console-no-entries = Nothing fits. Try a code such as 480, a cause such as q850:34, or a word.
console-entry = Entry
console-meaning = Meaning
console-back-to-codes = All codes
console-references = Defined in
console-calls-with = Calls with this code

## Captures

console-capture-hint = A capture of anybody's SIP equipment: pcap, pcapng, or a text with whole messages. It is read on this server, judged and forgotten.
console-capture-file = Capture file
console-capture-judge = Judge
console-capture-drop = Drop a file anywhere onto this page, or choose one.
console-capture-busy = Reading…
console-capture-of = Verdicts on <name>
console-capture-calls = Calls: <calls>, messages: <messages>, packets: <packets>
console-capture-none = There are no SIP messages in this file.
console-no-capture = <name> is neither a capture nor a text with SIP messages.
console-capture-cut = Only the first <count> calls are shown; `ringback trace` shows all.
console-capture-more = What would make it surer
console-capture-evidence = Message <number>: 

## What cannot be shown

console-fault-404 = There is no such page, or nothing is recorded under this name.
console-near = Did you mean
console-fault-403 = This was refused: the page was too old, or came from elsewhere. Load it again and repeat what you did.
console-fault-413 = This file is too large for the console; `ringback trace` reads it.
console-fault-500 = The server could not make this page; its log says why.
console-fault-503 = The server is ending, or takes too long.
console-fault-back = To the overview
