//! The values by which messages are told apart and put in their place: what a person reads first in a trace.

macro_rules! identifiers {
    ($($(#[$doc:meta])* ($variant:ident, $id:literal, $name:literal, $document:literal $section:literal);)*) => {
        /// A value that identifies a message, transaction, dialog, user or device.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Identifier { $($(#[$doc])* $variant),* }

        impl Identifier {
            /// Every identifier.
            pub const ALL: &'static [Identifier] = &[$(Identifier::$variant),*];

            /// The word that finds it.
            pub const fn id(self) -> &'static str {
                match self { $(Identifier::$variant => $id),* }
            }

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Identifier::$variant => $name),* }
            }

            /// The defining section.
            pub const fn reference(self) -> Reference {
                match self { $(Identifier::$variant => Reference::new($document, $section)),* }
            }
        }
    };
}

use super::Reference;

identifiers! {
    /// Names a call attempt, a registration or another conversation (RFC 3261 §8.1.1.4).
    (CallId, "call-id", "Call-ID", "RFC 3261" "8.1.1.4");
    /// The caller's half of a dialog (RFC 3261 §19.3).
    (FromTag, "from-tag", "From tag", "RFC 3261" "19.3");
    /// The answering side's half of a dialog (RFC 3261 §8.2.6.2).
    (ToTag, "to-tag", "To tag", "RFC 3261" "8.2.6.2");
    /// Number and method that order the requests of one side (RFC 3261 §8.1.1.5).
    (Cseq, "cseq", "CSeq", "RFC 3261" "8.1.1.5");
    /// Names a transaction on one hop (RFC 3261 §8.1.1.7).
    (Branch, "branch", "Via branch", "RFC 3261" "8.1.1.7");
    /// Host and port to which the responses of a hop go (RFC 3261 §18.1.1).
    (SentBy, "sent-by", "Via sent-by", "RFC 3261" "18.1.1");
    /// The source address that the receiver saw (RFC 3261 §18.2.1).
    (Received, "received", "Via received", "RFC 3261" "18.2.1");
    /// The source port that the receiver saw (RFC 3581 §4).
    (Rport, "rport", "Via rport", "RFC 3581" "4");
    /// The hops that a request may still take (RFC 3261 §8.1.1.6).
    (MaxForwards, "max-forwards", "Max-Forwards", "RFC 3261" "8.1.1.6");
    /// Where a request goes now (RFC 3261 §8.1.1.1).
    (RequestUri, "request-uri", "Request-URI", "RFC 3261" "8.1.1.1");
    /// The public address of a user (RFC 3261 §10).
    (AddressOfRecord, "aor", "Address of record", "RFC 3261" "10");
    /// The address of one device of a user, as its registrar knows it (RFC 3261 §10.2.1).
    (Binding, "binding", "Binding", "RFC 3261" "10.2.1");
    /// Call-ID, local tag and remote tag together (RFC 3261 §12).
    (DialogId, "dialog-id", "Dialog identifier", "RFC 3261" "12");
    /// Branch, sent-by and method together (RFC 3261 §17.2.3).
    (TransactionId, "transaction-id", "Transaction identifier", "RFC 3261" "17.2.3");
    /// The proxies that a dialog's requests must pass (RFC 3261 §12.1).
    (RouteSet, "route-set", "Route set", "RFC 3261" "12.1");
    /// The peer's Contact, to which a dialog's requests go (RFC 3261 §12.2.1.1).
    (RemoteTarget, "remote-target", "Remote target", "RFC 3261" "12.2.1.1");
    /// The protection domain of credentials (RFC 3261 §22.1).
    (Realm, "realm", "Realm", "RFC 3261" "22.1");
    /// The server's challenge value (RFC 7616 §3.3).
    (Nonce, "nonce", "Nonce", "RFC 7616" "3.3");
    /// How often the client has used a nonce (RFC 7616 §3.4).
    (NonceCount, "nc", "Nonce count", "RFC 7616" "3.4");
    /// Number of a reliable provisional response (RFC 3262 §7.1).
    (ResponseNumber, "rseq", "RSeq and RAck", "RFC 3262" "7.1");
    /// Version of a publication (RFC 3903 §4.1).
    (EntityTag, "entity-tag", "Entity tag", "RFC 3903" "4.1");
    /// Names a device for good, over restarts and addresses (RFC 5626 §4.1).
    (InstanceId, "instance-id", "Instance ID", "RFC 5626" "4.1");
    /// Tells a device's several registrations apart (RFC 5626 §4.2).
    (RegId, "reg-id", "reg-id", "RFC 5626" "4.2");
    /// Lets an edge proxy find the connection of a client again (RFC 5626 §5.2).
    (FlowToken, "flow-token", "Flow token", "RFC 5626" "5.2");
    /// An address that reaches exactly one device from anywhere (RFC 5627 §3).
    (Gruu, "gruu", "GRUU", "RFC 5627" "3");
    /// Names a session end to end, through back-to-back user agents too (RFC 7989 §5).
    (SessionId, "session-id", "Session-ID", "RFC 7989" "5");
    /// The preference among the contacts of a user (RFC 3261 §10.2.1.2).
    (QValue, "q-value", "q value", "RFC 3261" "10.2.1.2");
}
