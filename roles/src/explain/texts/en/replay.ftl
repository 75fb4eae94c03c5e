## Calls that are run again

replay-same = The same again, byte for byte
replay-differs = Something else is sent, from this message of the server on:
replay-recorded = recorded
replay-replayed = run again
replay-nothing = nothing more
replay-was = was
replay-would = would be
replay-open = not known what would be answered
replay-rule = rule
replay-unknown = asked for, and not on record
replay-beside = Cannot be told
replay-beside-gap = records are missing in this time
replay-beside-no-messages = no message of the call is on record
replay-beside-cut = a message was so long that only its beginning is on record
replay-beside-load = it depended on how much others did, or the caller had done before
replay-beside-store = it concerns subscriptions, and the states that they tell are not on record
replay-beside-hidden = what was published is hidden, and cannot be replaced
replay-beside-contacts = which contacts the user had before is not on record
replay-beside-configuration = the configuration changed during the call
replay-beside-hop-aside = a next hop had asked to be left alone
replay-beside-no-beginning = the configuration with which the server ran is not on record
replay-beside-differs = run again with the recorded configuration, something else is sent
diff-calls = calls
diff-calls-one = call
diff-changed = of them would change
diff-unjudged = of them cannot be judged
