### Het scherm van ringback tui.

tui-calls = gesprekken
tui-calls-one = gesprek
tui-live = live
tui-reading = leest …
tui-marked = aangevinkt
tui-left-out = andere die niet worden getoond
tui-empty = er is nog niets gebeurd
tui-no-match = geen gesprek past bij het filter
tui-small = dit venster is te klein
tui-filter = Filter
tui-save = Opslaan als pcap, bestandsnaam
tui-saved = berichten opgeslagen in
tui-not-saved = niet opgeslagen:
tui-pane-ladder = Berichten
tui-pane-why = Waarom
tui-pane-message = Bericht

## Toetsen

tui-help = Toetsen
tui-help-move = omhoog en omlaag; per pagina; naar het eerste en het laatste
tui-help-open = het gesprek, of de aangevinkte als één ladder; in het gesprek: het bericht
tui-help-back = terug; in de lijst: stoppen
tui-help-pane = volgend deel van het venster
tui-help-sideways = de ladder opzij schuiven
tui-help-raw = het bericht zoals het is verstuurd
tui-help-filter = filter: gesprekken met al deze woorden
tui-help-clear = geen filter
tui-help-mark = aanvinken
tui-help-save = de aangevinkte gesprekken, of dit ene, opslaan als opname zonder geheimen
tui-help-colour = kleuren aan of uit
tui-help-help = deze toetsen
tui-help-quit = stoppen
tui-key-help = toetsen
tui-key-save = opslaan
tui-key-filter = filter
tui-key-open = gesprek
tui-key-mark = aanvinken
tui-key-quit = stoppen
tui-key-back = terug
tui-key-pane = volgend deel
tui-key-raw = bericht
