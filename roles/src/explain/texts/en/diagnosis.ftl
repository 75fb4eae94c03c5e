### Words of the diagnosis.

diagnosis-certain = certain
diagnosis-likely = likely
diagnosis-possible = possible
diagnosis-cut-short = the capture is cut short

## Who must act

diagnosis-caller = the caller's side
diagnosis-callee = the called side
diagnosis-sender = the side that sent the request
diagnosis-receiver = the side that the request is meant for
diagnosis-network = whoever runs the network between them
diagnosis-us = this server
diagnosis-carrier = the carrier
diagnosis-nobody = nobody

## Lists and reports

diagnosis-good = nothing wrong
diagnosis-unknown = failed; no rule knows why
diagnosis-open = its end was not captured
diagnosis-sure = How sure
diagnosis-who = Who must act
diagnosis-ruled-out = Looked at and ruled out
diagnosis-ended-by-caller = Ended by the caller
diagnosis-ended-by-callee = Ended by the called side
diagnosis-ended-by-middle = Ended from between the legs: neither side hung up
diagnosis-ended-by-timer = Ended by a timer: nobody wished it
diagnosis-independent = These findings are independent of each other.
diagnosis-leg-identifier = both carry the same identifier
diagnosis-leg-media = both ask for media at the same place
diagnosis-leg-numbers = the host that got one made the other at that time, with the same numbers
diagnosis-packets = packets
diagnosis-packets-one = packet
diagnosis-messages = messages
diagnosis-messages-one = message
diagnosis-calls = calls shown
diagnosis-calls-one = call shown
diagnosis-no-such-call = no call has a Call-ID that begins with
diagnosis-near-calls = The nearest are:
diagnosis-lost = lost
diagnosis-torn = the file ends in the middle of a packet
diagnosis-cut = packets are not whole in the file: capture with a greater length
diagnosis-cut-one = packet is not whole in the file: capture with a greater length
diagnosis-odd-ends = messages have addresses that can hardly be right (their capturer errs): findings about their calls are not certain
diagnosis-odd-ends-one = message has addresses that can hardly be right (its capturer errs): findings about its call are not certain
diagnosis-left-out = messages were left out, since there were too many
diagnosis-left-out-one = message was left out, since there were too many
diagnosis-locked-secret = the key log has no secrets of this connection
diagnosis-locked-suite = this cipher suite is not read:
diagnosis-locked-midway = the beginning of this connection was not captured
diagnosis-locked-broken = the secrets do not open this connection, or a part of it is missing
diagnosis-capturing = Capturing on
diagnosis-column-began = Began
diagnosis-column-from = From
diagnosis-column-to = To
diagnosis-column-code = Result
diagnosis-column-verdict = Verdict

## What servers tell by HEP3

hep-listening = Taking HEP3 at
hep-title = Calls that servers told of
hep-calls = calls
hep-calls-one = call
hep-agent = Capture agent
hep-refused = packets were not taken
hep-refused-one = packet was not taken
hep-refused-from = Not taken from
hep-wrong-key = the key is missing or wrong
hep-not-hep = it is no HEP
hep-no-ends = addresses or ports are missing
hep-no-payload = there is nothing in it
hep-compressed = what is compressed cannot be read
hep-malformed = it is malformed
