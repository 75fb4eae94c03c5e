### The screen of ringback tui.

tui-calls = calls
tui-calls-one = call
tui-live = live
tui-reading = reading …
tui-marked = marked
tui-left-out = more that are not shown
tui-empty = nothing has happened yet
tui-no-match = no call fits the filter
tui-small = this window is too small
tui-filter = Filter
tui-save = Save as pcap, file name
tui-saved = messages saved in
tui-not-saved = not saved:
tui-pane-ladder = Messages
tui-pane-why = Why
tui-pane-message = Message

## Keys

tui-help = Keys
tui-help-move = up and down; by pages; to the first and the last
tui-help-open = the call, or the marked ones as one ladder; in the call, the message
tui-help-back = back; from the list, quit
tui-help-pane = next part of the window
tui-help-sideways = move the ladder sideways
tui-help-raw = the message as it was sent
tui-help-filter = filter: calls that have all these words
tui-help-clear = no filter
tui-help-mark = mark
tui-help-save = save the marked calls, or this one, as a capture without secrets
tui-help-colour = colours on or off
tui-help-help = these keys
tui-help-quit = quit
tui-key-help = keys
tui-key-save = save
tui-key-filter = filter
tui-key-open = call
tui-key-mark = mark
tui-key-quit = quit
tui-key-back = back
tui-key-pane = next part
tui-key-raw = message
