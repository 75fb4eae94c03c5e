//! Request methods (IANA sip-parameters).

use super::Reference;

macro_rules! methods {
    ($($(#[$doc:meta])* ($variant:ident, $name:literal, $document:literal $section:literal,
        [$($trait:ident),*]);)*) => {
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

            /// The defining section.
            pub const fn reference(self) -> Reference {
                match self { $(Method::$variant => Reference::new($document, $section)),* }
            }

            const fn traits(self) -> &'static [Trait] {
                match self { $(Method::$variant => &[$(Trait::$trait),*]),* }
            }

            /// Finds a method by its exact name.
            pub fn from_token(token: &[u8]) -> Option<Self> {
                $(if token == const { $name.as_bytes() } { return Some(Method::$variant); })*
                None
            }
        }
    };
}

/// What a method does that not every method does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trait {
    CreatesDialog,
    RefreshesTarget,
    MayBeChallenged,
    MayBeCancelled,
}

impl Method {
    /// Whether a request outside a dialog can establish one (RFC 3261 §12.1, RFC 6665 §4.4.1).
    pub fn creates_dialog(self) -> bool {
        self.traits().contains(&Trait::CreatesDialog)
    }

    /// Whether its Contact moves the remote target of a dialog (RFC 3261 §12.2, RFC 5057 §5.4).
    pub fn refreshes_target(self) -> bool {
        self.traits().contains(&Trait::RefreshesTarget)
    }

    /// Whether a server may answer it with 401 or 407 (RFC 3261 §22.1: not ACK, not CANCEL).
    pub fn may_be_challenged(self) -> bool {
        self.traits().contains(&Trait::MayBeChallenged)
    }

    /// Whether a CANCEL for it has an effect (RFC 3261 §9.1).
    pub fn may_be_cancelled(self) -> bool {
        self.traits().contains(&Trait::MayBeCancelled)
    }
}

methods! {
    /// Confirms that a final response to INVITE arrived (RFC 3261 §13.2.2.4).
    (Ack, "ACK", "RFC 3261" "13.2.2.4", []);
    /// Ends a session (RFC 3261 §15).
    (Bye, "BYE", "RFC 3261" "15", [MayBeChallenged]);
    /// Gives up a pending INVITE (RFC 3261 §9).
    (Cancel, "CANCEL", "RFC 3261" "9", []);
    /// Carries application data inside a session (RFC 6086 §4).
    (Info, "INFO", "RFC 6086" "4", [MayBeChallenged]);
    /// Sets up or changes a session (RFC 3261 §13).
    (Invite, "INVITE", "RFC 3261" "13", [CreatesDialog, RefreshesTarget, MayBeChallenged, MayBeCancelled]);
    /// Carries an instant message (RFC 3428 §4).
    (Message, "MESSAGE", "RFC 3428" "4", [MayBeChallenged]);
    /// Reports an event to a subscriber (RFC 6665 §4.2.2).
    (Notify, "NOTIFY", "RFC 6665" "4.2.2", [CreatesDialog, RefreshesTarget, MayBeChallenged]);
    /// Asks what a peer can do (RFC 3261 §11).
    (Options, "OPTIONS", "RFC 3261" "11", [MayBeChallenged]);
    /// Confirms a reliable provisional response (RFC 3262 §6).
    (Prack, "PRACK", "RFC 3262" "6", [MayBeChallenged]);
    /// Sets event state (RFC 3903 §4).
    (Publish, "PUBLISH", "RFC 3903" "4", [MayBeChallenged]);
    /// Asks a peer to contact a third party (RFC 3515 §2).
    (Refer, "REFER", "RFC 3515" "2", [CreatesDialog, RefreshesTarget, MayBeChallenged]);
    /// Binds a contact to an address of record (RFC 3261 §10).
    (Register, "REGISTER", "RFC 3261" "10", [MayBeChallenged]);
    /// Asks for reports of an event (RFC 6665 §4.1.2).
    (Subscribe, "SUBSCRIBE", "RFC 6665" "4.1.2", [CreatesDialog, RefreshesTarget, MayBeChallenged]);
    /// Changes a session without touching the INVITE (RFC 3311 §5).
    (Update, "UPDATE", "RFC 3311" "5", [RefreshesTarget, MayBeChallenged]);
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

    #[test]
    fn traits_are_those_of_the_methods() {
        let with = |has: fn(Method) -> bool| -> Vec<&str> {
            Method::ALL.iter().filter(|&&m| has(m)).map(|m| m.as_str()).collect()
        };
        assert_eq!(with(Method::creates_dialog), ["INVITE", "NOTIFY", "REFER", "SUBSCRIBE"]);
        assert_eq!(with(Method::refreshes_target), ["INVITE", "NOTIFY", "REFER", "SUBSCRIBE", "UPDATE"]);
        assert_eq!(with(|m| !m.may_be_challenged()), ["ACK", "CANCEL"]);
        assert_eq!(with(Method::may_be_cancelled), ["INVITE"]);
    }
}
