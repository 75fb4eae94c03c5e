//! Warn codes of the Warning header field (IANA sip-parameters).

use super::Reference;

macro_rules! warn_codes {
    ($($(#[$doc:meta])* ($code:literal, $const:ident, $text:literal, $document:literal $section:literal);)*) => {
        impl WarnCode {
            $($(#[$doc])* pub const $const: WarnCode = WarnCode($code);)*
            /// Every registered code, ascending.
            pub const ALL: &'static [WarnCode] = &[$(WarnCode::$const),*];
        }

        const ROWS: &[(u16, &str, Reference)] = &[$(($code, $text, Reference::new($document, $section))),*];
    };
}

/// A registered warn code (RFC 3261 §20.43).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WarnCode(u16);

impl WarnCode {
    /// Finds a registered code.
    pub fn from_number(code: u16) -> Option<Self> {
        ROWS.iter().any(|row| row.0 == code).then_some(WarnCode(code))
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// What it says.
    pub fn text(self) -> &'static str {
        self.row().1
    }

    /// The defining document.
    pub fn reference(self) -> Reference {
        self.row().2
    }

    fn row(self) -> &'static (u16, &'static str, Reference) {
        ROWS.iter().find(|row| row.0 == self.0).unwrap_or(&ROWS[0])
    }
}

impl core::fmt::Display for WarnCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

warn_codes! {
/// Incompatible network protocol (RFC 3261 §20.43).
(300, INCOMPATIBLE_NETWORK_PROTOCOL, "Incompatible network protocol", "RFC 3261" "20.43");
/// Incompatible network address formats (RFC 3261 §20.43).
(301, INCOMPATIBLE_NETWORK_ADDRESS_FORMATS, "Incompatible network address formats", "RFC 3261" "20.43");
/// Incompatible transport protocol (RFC 3261 §20.43).
(302, INCOMPATIBLE_TRANSPORT_PROTOCOL, "Incompatible transport protocol", "RFC 3261" "20.43");
/// Incompatible bandwidth units (RFC 3261 §20.43).
(303, INCOMPATIBLE_BANDWIDTH_UNITS, "Incompatible bandwidth units", "RFC 3261" "20.43");
/// Media type not available (RFC 3261 §20.43).
(304, MEDIA_TYPE_NOT_AVAILABLE, "Media type not available", "RFC 3261" "20.43");
/// Incompatible media format (RFC 3261 §20.43).
(305, INCOMPATIBLE_MEDIA_FORMAT, "Incompatible media format", "RFC 3261" "20.43");
/// Attribute not understood (RFC 3261 §20.43).
(306, ATTRIBUTE_NOT_UNDERSTOOD, "Attribute not understood", "RFC 3261" "20.43");
/// Session description parameter not understood (RFC 3261 §20.43).
(307, SESSION_DESCRIPTION_PARAMETER_NOT_UNDERSTOOD, "Session description parameter not understood", "RFC 3261" "20.43");
/// Incompatible language specification (RFC 8373).
(308, INCOMPATIBLE_LANGUAGE_SPECIFICATION, "Incompatible language specification", "RFC 8373" "");
/// Multicast not available (RFC 3261 §20.43).
(330, MULTICAST_NOT_AVAILABLE, "Multicast not available", "RFC 3261" "20.43");
/// Unicast not available (RFC 3261 §20.43).
(331, UNICAST_NOT_AVAILABLE, "Unicast not available", "RFC 3261" "20.43");
/// Insufficient bandwidth (RFC 3261 §20.43).
(370, INSUFFICIENT_BANDWIDTH, "Insufficient bandwidth", "RFC 3261" "20.43");
/// SIPS Not Allowed (RFC 5630).
(380, SIPS_NOT_ALLOWED, "SIPS Not Allowed", "RFC 5630" "");
/// SIPS Required (RFC 5630).
(381, SIPS_REQUIRED, "SIPS Required", "RFC 5630" "");
/// Miscellaneous warning (RFC 3261 §20.43).
(399, MISCELLANEOUS_WARNING, "Miscellaneous warning", "RFC 3261" "20.43");}
