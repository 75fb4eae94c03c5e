//! Request methods (IANA sip-parameters).

macro_rules! methods {
    ($($(#[$doc:meta])* ($variant:ident, $name:literal);)*) => {
        /// A registered request method. Method names are case-sensitive (RFC 3261 §7.1); an unregistered one
        /// is known by its token only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Method { $($(#[$doc])* $variant),* }

        impl Method {
            /// Every registered method, in alphabetical order.
            pub const ALL: &'static [Method] = &[$(Method::$variant),*];

            /// The name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Method::$variant => $name),* }
            }

            /// Finds a method by its exact name.
            pub fn from_token(token: &[u8]) -> Option<Self> {
                Method::ALL.iter().copied().find(|m| m.as_str().as_bytes() == token)
            }
        }
    };
}

methods! {
    /// Confirms that a final response to INVITE arrived (RFC 3261).
    (Ack, "ACK");
    /// Ends a session (RFC 3261).
    (Bye, "BYE");
    /// Gives up a pending INVITE (RFC 3261).
    (Cancel, "CANCEL");
    /// Carries application data inside a session (RFC 6086).
    (Info, "INFO");
    /// Sets up or changes a session (RFC 3261 RFC 6026).
    (Invite, "INVITE");
    /// Carries an instant message (RFC 3428).
    (Message, "MESSAGE");
    /// Reports an event to a subscriber (RFC 6665).
    (Notify, "NOTIFY");
    /// Asks what a peer can do (RFC 3261).
    (Options, "OPTIONS");
    /// Confirms a reliable provisional response (RFC 3262).
    (Prack, "PRACK");
    /// Sets event state (RFC 3903).
    (Publish, "PUBLISH");
    /// Asks a peer to contact a third party (RFC 3515).
    (Refer, "REFER");
    /// Binds a contact to an address of record (RFC 3261).
    (Register, "REGISTER");
    /// Asks for reports of an event (RFC 6665).
    (Subscribe, "SUBSCRIBE");
    /// Changes a session without touching the INVITE (RFC 3311).
    (Update, "UPDATE");
}

impl core::fmt::Display for Method {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_methods_found_by_exact_name_only() {
        assert_eq!(Method::ALL.len(), 14);
        for &m in Method::ALL {
            assert_eq!(Method::from_token(m.as_str().as_bytes()), Some(m));
        }
        assert_eq!(Method::from_token(b"invite"), None);
    }
}
