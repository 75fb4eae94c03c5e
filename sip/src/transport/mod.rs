//! Transport rules without sockets: Via, response routing.
