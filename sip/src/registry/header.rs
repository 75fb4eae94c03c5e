//! Header fields: names, compact forms, defining documents (IANA sip-parameters, as of January 2026).

use super::Reference;

macro_rules! header_fields {
    ($($(#[$doc:meta])* ($const:ident, $name:literal, $compact:literal, $document:literal $section:literal
        $(, $deprecated:ident)?);)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Position { $($const),* }

        impl HeaderName {
            $($(#[$doc])* pub const $const: HeaderName = HeaderName(Position::$const as u8);)*
            /// Every registered header field, in the order of the registry.
            pub const ALL: &'static [HeaderName] = &[$(HeaderName::$const),*];
        }

        const NAMES: &[(&str, &str)] = &[$(($name, $compact)),*];
        const REFERENCES: &[Reference] = &[$(Reference::new($document, $section)),*];
        const DEPRECATED: &[HeaderName] = &[$($(header_fields!(@$deprecated $const),)?)*];
    };
    (@deprecated $const:ident) => { HeaderName::$const };
}

/// A registered header field name, or [`HeaderName::UNKNOWN`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeaderName(u8);

impl HeaderName {
    /// A name that the registry does not hold; the message has its spelling.
    pub const UNKNOWN: HeaderName = HeaderName(u8::MAX);

    /// Finds a name, long or compact, in any case; [`HeaderName::UNKNOWN`] when it is not registered.
    pub fn from_bytes(name: &[u8]) -> Self {
        HeaderName::find(name).0
    }

    /// The same, and whether the name is spelled as [`HeaderName::as_str`] spells it.
    pub(crate) fn find(name: &[u8]) -> (Self, bool) {
        let mut slot = slot_of(name);
        loop {
            let entry = TABLE[slot];
            if entry == 0 {
                return (HeaderName::UNKNOWN, false);
            }
            let (row, compact) = (usize::from(entry >> 1) - 1, entry & 1 == 1);
            let text = if compact { NAMES[row].1 } else { NAMES[row].0 };
            let same = text.as_bytes() == name;
            if same || text.as_bytes().eq_ignore_ascii_case(name) {
                return (HeaderName(row as u8), same && !compact);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Its number, for sets of names; another one in another version.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The name as the registry spells it; `"?"` for an unknown one.
    pub fn as_str(self) -> &'static str {
        NAMES.get(usize::from(self.0)).map_or("?", |row| row.0)
    }

    /// The one-letter form, when there is one (RFC 3261 §7.3.3).
    pub fn compact(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0)).map(|row| row.1).filter(|c| !c.is_empty())
    }

    /// The defining document; `None` for an unknown name.
    pub fn reference(self) -> Option<Reference> {
        REFERENCES.get(usize::from(self.0)).copied()
    }

    /// Whether the registry lists it as out of use.
    pub fn is_deprecated(self) -> bool {
        DEPRECATED.contains(&self)
    }
}

impl core::fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::fmt::Display for HeaderName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Open addressing over length, first and last letter; an entry is `(row + 1) * 2 + is_compact`.
const SLOTS: usize = 1024;
static TABLE: [u16; SLOTS] = table();

const fn slot_of(name: &[u8]) -> usize {
    if name.is_empty() {
        return 0;
    }
    let first = (name[0] | 0x20) as usize;
    let last = (name[name.len() - 1] | 0x20) as usize;
    let middle = (name[name.len() / 2] | 0x20) as usize;
    (name.len() * 83 + first * 31 + last * 7 + middle * 151) % SLOTS
}

const fn table() -> [u16; SLOTS] {
    let mut table = [0; SLOTS];
    let mut row = 0;
    while row < NAMES.len() {
        let (name, compact) = NAMES[row];
        insert(&mut table, name.as_bytes(), ((row + 1) * 2) as u16);
        if !compact.is_empty() {
            insert(&mut table, compact.as_bytes(), ((row + 1) * 2 + 1) as u16);
        }
        row += 1;
    }
    table
}

const fn insert(table: &mut [u16; SLOTS], name: &[u8], entry: u16) {
    let mut slot = slot_of(name);
    while table[slot] != 0 {
        slot = (slot + 1) % SLOTS;
    }
    table[slot] = entry;
}

header_fields! {
    /// Accept (RFC 3261 §20.1).
    (ACCEPT, "Accept", "", "RFC 3261" "20.1");
    /// Accept-Contact (RFC 3841 §9.2).
    (ACCEPT_CONTACT, "Accept-Contact", "a", "RFC 3841" "9.2");
    /// Accept-Encoding (RFC 3261 §20.2).
    (ACCEPT_ENCODING, "Accept-Encoding", "", "RFC 3261" "20.2");
    /// Accept-Language (RFC 3261 §20.3).
    (ACCEPT_LANGUAGE, "Accept-Language", "", "RFC 3261" "20.3");
    /// Accept-Resource-Priority (RFC 4412 §3.2).
    (ACCEPT_RESOURCE_PRIORITY, "Accept-Resource-Priority", "", "RFC 4412" "3.2");
    /// Additional-Identity (3GPP TS 24.229 v16.7.0).
    (ADDITIONAL_IDENTITY, "Additional-Identity", "", "3GPP TS 24.229 v16.7.0" "");
    /// Alert-Info (RFC 3261 §20.4).
    (ALERT_INFO, "Alert-Info", "", "RFC 3261" "20.4");
    /// AlertMsg-Error (RFC 8876 §5.2).
    (ALERTMSG_ERROR, "AlertMsg-Error", "", "RFC 8876" "5.2");
    /// Allow (RFC 3261 §20.5).
    (ALLOW, "Allow", "", "RFC 3261" "20.5");
    /// Allow-Events (RFC 6665 §8.2.2).
    (ALLOW_EVENTS, "Allow-Events", "u", "RFC 6665" "8.2.2");
    /// Answer-Mode (RFC 5373 §3).
    (ANSWER_MODE, "Answer-Mode", "", "RFC 5373" "3");
    /// Attestation-Info (3GPP TS 24.229 v15.11.0).
    (ATTESTATION_INFO, "Attestation-Info", "", "3GPP TS 24.229 v15.11.0" "");
    /// Authentication-Info (RFC 3261 §20.6).
    (AUTHENTICATION_INFO, "Authentication-Info", "", "RFC 3261" "20.6");
    /// Authorization (RFC 3261 §20.7).
    (AUTHORIZATION, "Authorization", "", "RFC 3261" "20.7");
    /// Call-ID (RFC 3261 §20.8).
    (CALL_ID, "Call-ID", "i", "RFC 3261" "20.8");
    /// Call-Info (RFC 3261 §20.9).
    (CALL_INFO, "Call-Info", "", "RFC 3261" "20.9");
    /// Cellular-Network-Info (3GPP TS 24.229 v13.9.0).
    (CELLULAR_NETWORK_INFO, "Cellular-Network-Info", "", "3GPP TS 24.229 v13.9.0" "");
    /// Contact (RFC 3261 §20.10).
    (CONTACT, "Contact", "m", "RFC 3261" "20.10");
    /// Content-Disposition (RFC 3261 §20.11).
    (CONTENT_DISPOSITION, "Content-Disposition", "", "RFC 3261" "20.11");
    /// Content-Encoding (RFC 3261 §20.12).
    (CONTENT_ENCODING, "Content-Encoding", "e", "RFC 3261" "20.12");
    /// Content-ID (RFC 8262 §3).
    (CONTENT_ID, "Content-ID", "", "RFC 8262" "3");
    /// Content-Language (RFC 3261 §20.13).
    (CONTENT_LANGUAGE, "Content-Language", "", "RFC 3261" "20.13");
    /// Content-Length (RFC 3261 §20.14).
    (CONTENT_LENGTH, "Content-Length", "l", "RFC 3261" "20.14");
    /// Content-Type (RFC 3261 §20.15).
    (CONTENT_TYPE, "Content-Type", "c", "RFC 3261" "20.15");
    /// CSeq (RFC 3261 §20.16).
    (CSEQ, "CSeq", "", "RFC 3261" "20.16");
    /// Date (RFC 3261 §20.17).
    (DATE, "Date", "", "RFC 3261" "20.17");
    /// DC-Info (3GPP TS 24.229 v19.4.1).
    (DC_INFO, "DC-Info", "", "3GPP TS 24.229 v19.4.1" "");
    /// Encryption (RFC 3261).
    (ENCRYPTION, "Encryption", "", "RFC 3261" "", deprecated);
    /// Error-Info (RFC 3261 §20.18).
    (ERROR_INFO, "Error-Info", "", "RFC 3261" "20.18");
    /// Event (RFC 6665 §8.2.1).
    (EVENT, "Event", "o", "RFC 6665" "8.2.1");
    /// Expires (RFC 3261 §20.19).
    (EXPIRES, "Expires", "", "RFC 3261" "20.19");
    /// Feature-Caps (RFC 6809 §4).
    (FEATURE_CAPS, "Feature-Caps", "", "RFC 6809" "4");
    /// Flow-Timer (RFC 5626 §11.1).
    (FLOW_TIMER, "Flow-Timer", "", "RFC 5626" "11.1");
    /// From (RFC 3261 §20.20).
    (FROM, "From", "f", "RFC 3261" "20.20");
    /// Geolocation (RFC 6442 §4.1).
    (GEOLOCATION, "Geolocation", "", "RFC 6442" "4.1");
    /// Geolocation-Error (RFC 6442 §4.4).
    (GEOLOCATION_ERROR, "Geolocation-Error", "", "RFC 6442" "4.4");
    /// Geolocation-Routing (RFC 6442 §4.2).
    (GEOLOCATION_ROUTING, "Geolocation-Routing", "", "RFC 6442" "4.2");
    /// Hide (RFC 3261).
    (HIDE, "Hide", "", "RFC 3261" "", deprecated);
    /// History-Info (RFC 7044 §5).
    (HISTORY_INFO, "History-Info", "", "RFC 7044" "5");
    /// Identity (RFC 8224 §4).
    (IDENTITY, "Identity", "y", "RFC 8224" "4");
    /// Identity-Info (RFC 8224).
    (IDENTITY_INFO, "Identity-Info", "n", "RFC 8224" "", deprecated);
    /// Info-Package (RFC 6086 §7.2).
    (INFO_PACKAGE, "Info-Package", "", "RFC 6086" "7.2");
    /// In-Reply-To (RFC 3261 §20.21).
    (IN_REPLY_TO, "In-Reply-To", "", "RFC 3261" "20.21");
    /// Join (RFC 3911 §7.1).
    (JOIN, "Join", "", "RFC 3911" "7.1");
    /// Max-Breadth (RFC 5393 §5.3).
    (MAX_BREADTH, "Max-Breadth", "", "RFC 5393" "5.3");
    /// Max-Forwards (RFC 3261 §20.22).
    (MAX_FORWARDS, "Max-Forwards", "", "RFC 3261" "20.22");
    /// MIME-Version (RFC 3261 §20.24).
    (MIME_VERSION, "MIME-Version", "", "RFC 3261" "20.24");
    /// Min-Expires (RFC 3261 §20.23).
    (MIN_EXPIRES, "Min-Expires", "", "RFC 3261" "20.23");
    /// Min-SE (RFC 4028 §5).
    (MIN_SE, "Min-SE", "", "RFC 4028" "5");
    /// Organization (RFC 3261 §20.25).
    (ORGANIZATION, "Organization", "", "RFC 3261" "20.25");
    /// Origination-Id (3GPP TS 24.229 v15.11.0).
    (ORIGINATION_ID, "Origination-Id", "", "3GPP TS 24.229 v15.11.0" "");
    /// P-Access-Network-Info (RFC 7315 §4.4).
    (P_ACCESS_NETWORK_INFO, "P-Access-Network-Info", "", "RFC 7315" "4.4");
    /// P-Answer-State (RFC 4964).
    (P_ANSWER_STATE, "P-Answer-State", "", "RFC 4964" "");
    /// P-Asserted-Identity (RFC 3325 §9.1).
    (P_ASSERTED_IDENTITY, "P-Asserted-Identity", "", "RFC 3325" "9.1");
    /// P-Asserted-Service (RFC 6050).
    (P_ASSERTED_SERVICE, "P-Asserted-Service", "", "RFC 6050" "");
    /// P-Associated-URI (RFC 7315 §4.1).
    (P_ASSOCIATED_URI, "P-Associated-URI", "", "RFC 7315" "4.1");
    /// P-Called-Party-ID (RFC 7315 §4.2).
    (P_CALLED_PARTY_ID, "P-Called-Party-ID", "", "RFC 7315" "4.2");
    /// P-Charge-Info (RFC 8496).
    (P_CHARGE_INFO, "P-Charge-Info", "", "RFC 8496" "");
    /// P-Charging-Function-Addresses (RFC 7315 §4.5).
    (P_CHARGING_FUNCTION_ADDRESSES, "P-Charging-Function-Addresses", "", "RFC 7315" "4.5");
    /// P-Charging-Vector (RFC 7315 §4.6).
    (P_CHARGING_VECTOR, "P-Charging-Vector", "", "RFC 7315" "4.6");
    /// P-DCS-Trace-Party-ID (RFC 5503).
    (P_DCS_TRACE_PARTY_ID, "P-DCS-Trace-Party-ID", "", "RFC 5503" "");
    /// P-DCS-OSPS (RFC 5503).
    (P_DCS_OSPS, "P-DCS-OSPS", "", "RFC 5503" "");
    /// P-DCS-Billing-Info (RFC 5503).
    (P_DCS_BILLING_INFO, "P-DCS-Billing-Info", "", "RFC 5503" "");
    /// P-DCS-LAES (RFC 5503).
    (P_DCS_LAES, "P-DCS-LAES", "", "RFC 5503" "");
    /// P-DCS-Redirect (RFC 5503).
    (P_DCS_REDIRECT, "P-DCS-Redirect", "", "RFC 5503" "");
    /// P-Early-Media (RFC 5009 §8).
    (P_EARLY_MEDIA, "P-Early-Media", "", "RFC 5009" "8");
    /// P-Media-Authorization (RFC 3313).
    (P_MEDIA_AUTHORIZATION, "P-Media-Authorization", "", "RFC 3313" "");
    /// P-Preferred-Identity (RFC 3325 §9.2).
    (P_PREFERRED_IDENTITY, "P-Preferred-Identity", "", "RFC 3325" "9.2");
    /// P-Preferred-Service (RFC 6050).
    (P_PREFERRED_SERVICE, "P-Preferred-Service", "", "RFC 6050" "");
    /// P-Private-Network-Indication (RFC 7316).
    (P_PRIVATE_NETWORK_INDICATION, "P-Private-Network-Indication", "", "RFC 7316" "");
    /// P-Profile-Key (RFC 5002).
    (P_PROFILE_KEY, "P-Profile-Key", "", "RFC 5002" "");
    /// P-Refused-URI-List (RFC 5318).
    (P_REFUSED_URI_LIST, "P-Refused-URI-List", "", "RFC 5318" "");
    /// P-Served-User (RFC 5502 §6).
    (P_SERVED_USER, "P-Served-User", "", "RFC 5502" "6");
    /// P-User-Database (RFC 4457).
    (P_USER_DATABASE, "P-User-Database", "", "RFC 4457" "");
    /// P-Visited-Network-ID (RFC 7315 §4.3).
    (P_VISITED_NETWORK_ID, "P-Visited-Network-ID", "", "RFC 7315" "4.3");
    /// Path (RFC 3327 §4).
    (PATH, "Path", "", "RFC 3327" "4");
    /// Permission-Missing (RFC 5360 §5.9.3).
    (PERMISSION_MISSING, "Permission-Missing", "", "RFC 5360" "5.9.3");
    /// Policy-Contact (RFC 6794).
    (POLICY_CONTACT, "Policy-Contact", "", "RFC 6794" "");
    /// Policy-ID (RFC 6794).
    (POLICY_ID, "Policy-ID", "", "RFC 6794" "");
    /// Priority (RFC 3261 §20.26).
    (PRIORITY, "Priority", "", "RFC 3261" "20.26");
    /// Priority-Share (3GPP TS 24.229 v13.16.0).
    (PRIORITY_SHARE, "Priority-Share", "", "3GPP TS 24.229 v13.16.0" "");
    /// Priority-Verstat (3GPP TS 24.229).
    (PRIORITY_VERSTAT, "Priority-Verstat", "", "3GPP TS 24.229" "");
    /// Priv-Answer-Mode (RFC 5373 §3).
    (PRIV_ANSWER_MODE, "Priv-Answer-Mode", "", "RFC 5373" "3");
    /// Privacy (RFC 3323 §4.2).
    (PRIVACY, "Privacy", "", "RFC 3323" "4.2");
    /// Proxy-Authenticate (RFC 3261 §20.27).
    (PROXY_AUTHENTICATE, "Proxy-Authenticate", "", "RFC 3261" "20.27");
    /// Proxy-Authorization (RFC 3261 §20.28).
    (PROXY_AUTHORIZATION, "Proxy-Authorization", "", "RFC 3261" "20.28");
    /// Proxy-Require (RFC 3261 §20.29).
    (PROXY_REQUIRE, "Proxy-Require", "", "RFC 3261" "20.29");
    /// RAck (RFC 3262 §7.2).
    (RACK, "RAck", "", "RFC 3262" "7.2");
    /// Reason (RFC 3326 §2).
    (REASON, "Reason", "", "RFC 3326" "2");
    /// Record-Route (RFC 3261 §20.30).
    (RECORD_ROUTE, "Record-Route", "", "RFC 3261" "20.30");
    /// Recv-Info (RFC 6086 §7.3).
    (RECV_INFO, "Recv-Info", "", "RFC 6086" "7.3");
    /// Refer-Events-At (RFC 7614).
    (REFER_EVENTS_AT, "Refer-Events-At", "", "RFC 7614" "");
    /// Refer-Sub (RFC 4488 §4).
    (REFER_SUB, "Refer-Sub", "", "RFC 4488" "4");
    /// Refer-To (RFC 3515 §2.1).
    (REFER_TO, "Refer-To", "r", "RFC 3515" "2.1");
    /// Referred-By (RFC 3892 §3).
    (REFERRED_BY, "Referred-By", "b", "RFC 3892" "3");
    /// Reject-Contact (RFC 3841 §9.2).
    (REJECT_CONTACT, "Reject-Contact", "j", "RFC 3841" "9.2");
    /// Relayed-Charge (3GPP TS 24.229 v12.14.0).
    (RELAYED_CHARGE, "Relayed-Charge", "", "3GPP TS 24.229 v12.14.0" "");
    /// Replaces (RFC 3891 §6.1).
    (REPLACES, "Replaces", "", "RFC 3891" "6.1");
    /// Reply-To (RFC 3261 §20.31).
    (REPLY_TO, "Reply-To", "", "RFC 3261" "20.31");
    /// Request-Disposition (RFC 3841 §9.1).
    (REQUEST_DISPOSITION, "Request-Disposition", "d", "RFC 3841" "9.1");
    /// Require (RFC 3261 §20.32).
    (REQUIRE, "Require", "", "RFC 3261" "20.32");
    /// Resource-Priority (RFC 4412 §3.1).
    (RESOURCE_PRIORITY, "Resource-Priority", "", "RFC 4412" "3.1");
    /// Resource-Share (3GPP TS 24.229 v13.7.0).
    (RESOURCE_SHARE, "Resource-Share", "", "3GPP TS 24.229 v13.7.0" "");
    /// Response-Key (RFC 3261).
    (RESPONSE_KEY, "Response-Key", "", "RFC 3261" "", deprecated);
    /// Response-Source (3GPP TS 24.229 v15.11.0).
    (RESPONSE_SOURCE, "Response-Source", "", "3GPP TS 24.229 v15.11.0" "");
    /// Restoration-Info (3GPP TS 24.229 v12.14.0).
    (RESTORATION_INFO, "Restoration-Info", "", "3GPP TS 24.229 v12.14.0" "");
    /// Retry-After (RFC 3261 §20.33).
    (RETRY_AFTER, "Retry-After", "", "RFC 3261" "20.33");
    /// Route (RFC 3261 §20.34).
    (ROUTE, "Route", "", "RFC 3261" "20.34");
    /// RSeq (RFC 3262 §7.1).
    (RSEQ, "RSeq", "", "RFC 3262" "7.1");
    /// Security-Client (RFC 3329 §2.2).
    (SECURITY_CLIENT, "Security-Client", "", "RFC 3329" "2.2");
    /// Security-Server (RFC 3329 §2.2).
    (SECURITY_SERVER, "Security-Server", "", "RFC 3329" "2.2");
    /// Security-Verify (RFC 3329 §2.2).
    (SECURITY_VERIFY, "Security-Verify", "", "RFC 3329" "2.2");
    /// Server (RFC 3261 §20.35).
    (SERVER, "Server", "", "RFC 3261" "20.35");
    /// Service-Interact-Info (3GPP TS 24.229 v13.18.0).
    (SERVICE_INTERACT_INFO, "Service-Interact-Info", "", "3GPP TS 24.229 v13.18.0" "");
    /// Service-Route (RFC 3608 §5).
    (SERVICE_ROUTE, "Service-Route", "", "RFC 3608" "5");
    /// Session-Expires (RFC 4028 §4).
    (SESSION_EXPIRES, "Session-Expires", "x", "RFC 4028" "4");
    /// Session-ID (RFC 7989 §5).
    (SESSION_ID, "Session-ID", "", "RFC 7989" "5");
    /// SIP-ETag (RFC 3903 §11.3.1).
    (SIP_ETAG, "SIP-ETag", "", "RFC 3903" "11.3.1");
    /// SIP-If-Match (RFC 3903 §11.3.2).
    (SIP_IF_MATCH, "SIP-If-Match", "", "RFC 3903" "11.3.2");
    /// Subject (RFC 3261 §20.36).
    (SUBJECT, "Subject", "s", "RFC 3261" "20.36");
    /// Subscription-State (RFC 6665 §8.2.3).
    (SUBSCRIPTION_STATE, "Subscription-State", "", "RFC 6665" "8.2.3");
    /// Supported (RFC 3261 §20.37).
    (SUPPORTED, "Supported", "k", "RFC 3261" "20.37");
    /// Suppress-If-Match (RFC 5839 §7.2).
    (SUPPRESS_IF_MATCH, "Suppress-If-Match", "", "RFC 5839" "7.2");
    /// Target-Dialog (RFC 4538 §7).
    (TARGET_DIALOG, "Target-Dialog", "", "RFC 4538" "7");
    /// Timestamp (RFC 3261 §20.38).
    (TIMESTAMP, "Timestamp", "", "RFC 3261" "20.38");
    /// To (RFC 3261 §20.39).
    (TO, "To", "t", "RFC 3261" "20.39");
    /// Trigger-Consent (RFC 5360 §5.11.2).
    (TRIGGER_CONSENT, "Trigger-Consent", "", "RFC 5360" "5.11.2");
    /// Unsupported (RFC 3261 §20.40).
    (UNSUPPORTED, "Unsupported", "", "RFC 3261" "20.40");
    /// User-Agent (RFC 3261 §20.41).
    (USER_AGENT, "User-Agent", "", "RFC 3261" "20.41");
    /// User-to-User (RFC 7433 §4).
    (USER_TO_USER, "User-to-User", "", "RFC 7433" "4");
    /// Via (RFC 3261 §20.42).
    (VIA, "Via", "v", "RFC 3261" "20.42");
    /// Warning (RFC 3261 §20.43).
    (WARNING, "Warning", "", "RFC 3261" "20.43");
    /// WWW-Authenticate (RFC 3261 §20.44).
    (WWW_AUTHENTICATE, "WWW-Authenticate", "", "RFC 3261" "20.44");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_in_compact_form() {
        for &name in HeaderName::ALL {
            assert_eq!(HeaderName::from_bytes(name.as_str().to_uppercase().as_bytes()), name);
            assert_eq!(HeaderName::from_bytes(name.as_str().to_lowercase().as_bytes()), name);
            if let Some(compact) = name.compact() {
                assert_eq!(HeaderName::from_bytes(compact.as_bytes()), name);
            }
        }
        assert_eq!(HeaderName::ALL.len(), NAMES.len());
    }

    #[test]
    fn unregistered_names_are_unknown() {
        for name in ["", "X-Custom", "Vi", "Viaa", "q", "Call-IDs"] {
            assert_eq!(HeaderName::from_bytes(name.as_bytes()), HeaderName::UNKNOWN, "{name}");
        }
        assert_eq!(HeaderName::UNKNOWN.as_str(), "?");
    }
}
