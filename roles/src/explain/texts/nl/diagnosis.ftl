### Woorden van de diagnose.

diagnosis-certain = zeker
diagnosis-likely = waarschijnlijk
diagnosis-possible = mogelijk
diagnosis-cut-short = de opname is afgekapt

## Wie iets moet doen

diagnosis-caller = de bellende kant
diagnosis-callee = de gebelde kant
diagnosis-network = wie het netwerk ertussen beheert
diagnosis-us = deze server
diagnosis-carrier = de aanbieder
diagnosis-nobody = niemand
