### Words of the diagnosis.

diagnosis-certain = certain
diagnosis-likely = likely
diagnosis-possible = possible
diagnosis-cut-short = the capture is cut short

## Who must act

diagnosis-caller = the caller's side
diagnosis-callee = the called side
diagnosis-network = whoever runs the network between them
diagnosis-us = this server
diagnosis-carrier = the carrier
diagnosis-nobody = nobody
