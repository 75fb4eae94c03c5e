//! Header fields: names, compact forms, defining documents (IANA sip-parameters, as of January 2026).

macro_rules! header_fields {
    ($($(#[$doc:meta])* ($const:ident, $name:literal, $compact:literal);)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Position { $($const),* }

        impl HeaderName {
            $($(#[$doc])* pub const $const: HeaderName = HeaderName(Position::$const as u8);)*
            /// Every registered header field, in the order of the registry.
            pub const ALL: &'static [HeaderName] = &[$(HeaderName::$const),*];
        }

        const NAMES: &[(&str, &str)] = &[$(($name, $compact)),*];
    };
}

/// A registered header field name, or [`HeaderName::UNKNOWN`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeaderName(u8);

impl HeaderName {
    /// A name that the registry does not hold; the message has its spelling.
    pub const UNKNOWN: HeaderName = HeaderName(u8::MAX);

    /// Finds a name, long or compact, in any case; [`HeaderName::UNKNOWN`] when it is not registered.
    pub fn from_bytes(name: &[u8]) -> Self {
        let mut slot = slot_of(name);
        loop {
            let entry = TABLE[slot];
            if entry == 0 {
                return HeaderName::UNKNOWN;
            }
            let (row, compact) = (usize::from(entry >> 1) - 1, entry & 1 == 1);
            let text = if compact { NAMES[row].1 } else { NAMES[row].0 };
            if text.as_bytes().eq_ignore_ascii_case(name) {
                return HeaderName(row as u8);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// The name as the registry spells it; `"?"` for an unknown one.
    pub fn as_str(self) -> &'static str {
        NAMES.get(usize::from(self.0)).map_or("?", |row| row.0)
    }

    /// The one-letter form, when there is one (RFC 3261 §7.3.3).
    pub fn compact(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0)).map(|row| row.1).filter(|c| !c.is_empty())
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
    /// Accept (RFC 3261).
    (ACCEPT, "Accept", "");
    /// Accept-Contact (RFC 3841).
    (ACCEPT_CONTACT, "Accept-Contact", "a");
    /// Accept-Encoding (RFC 3261).
    (ACCEPT_ENCODING, "Accept-Encoding", "");
    /// Accept-Language (RFC 3261).
    (ACCEPT_LANGUAGE, "Accept-Language", "");
    /// Accept-Resource-Priority (RFC 4412).
    (ACCEPT_RESOURCE_PRIORITY, "Accept-Resource-Priority", "");
    /// Additional-Identity (3GPP TS 24.229 v16.7.0).
    (ADDITIONAL_IDENTITY, "Additional-Identity", "");
    /// Alert-Info (RFC 3261).
    (ALERT_INFO, "Alert-Info", "");
    /// AlertMsg-Error (RFC 8876).
    (ALERTMSG_ERROR, "AlertMsg-Error", "");
    /// Allow (RFC 3261).
    (ALLOW, "Allow", "");
    /// Allow-Events (RFC 6665).
    (ALLOW_EVENTS, "Allow-Events", "u");
    /// Answer-Mode (RFC 5373).
    (ANSWER_MODE, "Answer-Mode", "");
    /// Attestation-Info (3GPP TS 24.229 v15.11.0).
    (ATTESTATION_INFO, "Attestation-Info", "");
    /// Authentication-Info (RFC 3261).
    (AUTHENTICATION_INFO, "Authentication-Info", "");
    /// Authorization (RFC 3261).
    (AUTHORIZATION, "Authorization", "");
    /// Call-ID (RFC 3261).
    (CALL_ID, "Call-ID", "i");
    /// Call-Info (RFC 3261).
    (CALL_INFO, "Call-Info", "");
    /// Cellular-Network-Info (3GPP TS 24.229 v13.9.0).
    (CELLULAR_NETWORK_INFO, "Cellular-Network-Info", "");
    /// Contact (RFC 3261).
    (CONTACT, "Contact", "m");
    /// Content-Disposition (RFC 3261).
    (CONTENT_DISPOSITION, "Content-Disposition", "");
    /// Content-Encoding (RFC 3261).
    (CONTENT_ENCODING, "Content-Encoding", "e");
    /// Content-ID (RFC 8262).
    (CONTENT_ID, "Content-ID", "");
    /// Content-Language (RFC 3261).
    (CONTENT_LANGUAGE, "Content-Language", "");
    /// Content-Length (RFC 3261).
    (CONTENT_LENGTH, "Content-Length", "l");
    /// Content-Type (RFC 3261).
    (CONTENT_TYPE, "Content-Type", "c");
    /// CSeq (RFC 3261).
    (CSEQ, "CSeq", "");
    /// Date (RFC 3261).
    (DATE, "Date", "");
    /// DC-Info (3GPP TS 24.229 v19.4.1).
    (DC_INFO, "DC-Info", "");
    /// Encryption (RFC 3261).
    (ENCRYPTION, "Encryption", "");
    /// Error-Info (RFC 3261).
    (ERROR_INFO, "Error-Info", "");
    /// Event (RFC 6665).
    (EVENT, "Event", "o");
    /// Expires (RFC 3261).
    (EXPIRES, "Expires", "");
    /// Feature-Caps (RFC 6809).
    (FEATURE_CAPS, "Feature-Caps", "");
    /// Flow-Timer (RFC 5626).
    (FLOW_TIMER, "Flow-Timer", "");
    /// From (RFC 3261).
    (FROM, "From", "f");
    /// Geolocation (RFC 6442).
    (GEOLOCATION, "Geolocation", "");
    /// Geolocation-Error (RFC 6442).
    (GEOLOCATION_ERROR, "Geolocation-Error", "");
    /// Geolocation-Routing (RFC 6442).
    (GEOLOCATION_ROUTING, "Geolocation-Routing", "");
    /// Hide (RFC 3261).
    (HIDE, "Hide", "");
    /// History-Info (RFC 7044).
    (HISTORY_INFO, "History-Info", "");
    /// Identity (RFC 8224).
    (IDENTITY, "Identity", "y");
    /// Identity-Info (RFC 8224).
    (IDENTITY_INFO, "Identity-Info", "n");
    /// Info-Package (RFC 6086).
    (INFO_PACKAGE, "Info-Package", "");
    /// In-Reply-To (RFC 3261).
    (IN_REPLY_TO, "In-Reply-To", "");
    /// Join (RFC 3911).
    (JOIN, "Join", "");
    /// Max-Breadth (RFC 5393).
    (MAX_BREADTH, "Max-Breadth", "");
    /// Max-Forwards (RFC 3261).
    (MAX_FORWARDS, "Max-Forwards", "");
    /// MIME-Version (RFC 3261).
    (MIME_VERSION, "MIME-Version", "");
    /// Min-Expires (RFC 3261).
    (MIN_EXPIRES, "Min-Expires", "");
    /// Min-SE (RFC 4028).
    (MIN_SE, "Min-SE", "");
    /// Organization (RFC 3261).
    (ORGANIZATION, "Organization", "");
    /// Origination-Id (3GPP TS 24.229 v15.11.0).
    (ORIGINATION_ID, "Origination-Id", "");
    /// P-Access-Network-Info (RFC 7315).
    (P_ACCESS_NETWORK_INFO, "P-Access-Network-Info", "");
    /// P-Answer-State (RFC 4964).
    (P_ANSWER_STATE, "P-Answer-State", "");
    /// P-Asserted-Identity (RFC 3325).
    (P_ASSERTED_IDENTITY, "P-Asserted-Identity", "");
    /// P-Asserted-Service (RFC 6050).
    (P_ASSERTED_SERVICE, "P-Asserted-Service", "");
    /// P-Associated-URI (RFC 7315).
    (P_ASSOCIATED_URI, "P-Associated-URI", "");
    /// P-Called-Party-ID (RFC 7315).
    (P_CALLED_PARTY_ID, "P-Called-Party-ID", "");
    /// P-Charge-Info (RFC 8496).
    (P_CHARGE_INFO, "P-Charge-Info", "");
    /// P-Charging-Function-Addresses (RFC 7315).
    (P_CHARGING_FUNCTION_ADDRESSES, "P-Charging-Function-Addresses", "");
    /// P-Charging-Vector (RFC 7315).
    (P_CHARGING_VECTOR, "P-Charging-Vector", "");
    /// P-DCS-Trace-Party-ID (RFC 5503).
    (P_DCS_TRACE_PARTY_ID, "P-DCS-Trace-Party-ID", "");
    /// P-DCS-OSPS (RFC 5503).
    (P_DCS_OSPS, "P-DCS-OSPS", "");
    /// P-DCS-Billing-Info (RFC 5503).
    (P_DCS_BILLING_INFO, "P-DCS-Billing-Info", "");
    /// P-DCS-LAES (RFC 5503).
    (P_DCS_LAES, "P-DCS-LAES", "");
    /// P-DCS-Redirect (RFC 5503).
    (P_DCS_REDIRECT, "P-DCS-Redirect", "");
    /// P-Early-Media (RFC 5009).
    (P_EARLY_MEDIA, "P-Early-Media", "");
    /// P-Media-Authorization (RFC 3313).
    (P_MEDIA_AUTHORIZATION, "P-Media-Authorization", "");
    /// P-Preferred-Identity (RFC 3325).
    (P_PREFERRED_IDENTITY, "P-Preferred-Identity", "");
    /// P-Preferred-Service (RFC 6050).
    (P_PREFERRED_SERVICE, "P-Preferred-Service", "");
    /// P-Private-Network-Indication (RFC 7316).
    (P_PRIVATE_NETWORK_INDICATION, "P-Private-Network-Indication", "");
    /// P-Profile-Key (RFC 5002).
    (P_PROFILE_KEY, "P-Profile-Key", "");
    /// P-Refused-URI-List (RFC 5318).
    (P_REFUSED_URI_LIST, "P-Refused-URI-List", "");
    /// P-Served-User (RFC 5502).
    (P_SERVED_USER, "P-Served-User", "");
    /// P-User-Database (RFC 4457).
    (P_USER_DATABASE, "P-User-Database", "");
    /// P-Visited-Network-ID (RFC 7315).
    (P_VISITED_NETWORK_ID, "P-Visited-Network-ID", "");
    /// Path (RFC 3327).
    (PATH, "Path", "");
    /// Permission-Missing (RFC 5360).
    (PERMISSION_MISSING, "Permission-Missing", "");
    /// Policy-Contact (RFC 6794).
    (POLICY_CONTACT, "Policy-Contact", "");
    /// Policy-ID (RFC 6794).
    (POLICY_ID, "Policy-ID", "");
    /// Priority (RFC 3261).
    (PRIORITY, "Priority", "");
    /// Priority-Share (3GPP TS 24.229 v13.16.0).
    (PRIORITY_SHARE, "Priority-Share", "");
    /// Priority-Verstat (3GPP TS 24.229).
    (PRIORITY_VERSTAT, "Priority-Verstat", "");
    /// Priv-Answer-Mode (RFC 5373).
    (PRIV_ANSWER_MODE, "Priv-Answer-Mode", "");
    /// Privacy (RFC 3323).
    (PRIVACY, "Privacy", "");
    /// Proxy-Authenticate (RFC 3261).
    (PROXY_AUTHENTICATE, "Proxy-Authenticate", "");
    /// Proxy-Authorization (RFC 3261).
    (PROXY_AUTHORIZATION, "Proxy-Authorization", "");
    /// Proxy-Require (RFC 3261).
    (PROXY_REQUIRE, "Proxy-Require", "");
    /// RAck (RFC 3262).
    (RACK, "RAck", "");
    /// Reason (RFC 3326).
    (REASON, "Reason", "");
    /// Record-Route (RFC 3261).
    (RECORD_ROUTE, "Record-Route", "");
    /// Recv-Info (RFC 6086).
    (RECV_INFO, "Recv-Info", "");
    /// Refer-Events-At (RFC 7614).
    (REFER_EVENTS_AT, "Refer-Events-At", "");
    /// Refer-Sub (RFC 4488).
    (REFER_SUB, "Refer-Sub", "");
    /// Refer-To (RFC 3515).
    (REFER_TO, "Refer-To", "r");
    /// Referred-By (RFC 3892).
    (REFERRED_BY, "Referred-By", "b");
    /// Reject-Contact (RFC 3841).
    (REJECT_CONTACT, "Reject-Contact", "j");
    /// Relayed-Charge (3GPP TS 24.229 v12.14.0).
    (RELAYED_CHARGE, "Relayed-Charge", "");
    /// Replaces (RFC 3891).
    (REPLACES, "Replaces", "");
    /// Reply-To (RFC 3261).
    (REPLY_TO, "Reply-To", "");
    /// Request-Disposition (RFC 3841).
    (REQUEST_DISPOSITION, "Request-Disposition", "d");
    /// Require (RFC 3261).
    (REQUIRE, "Require", "");
    /// Resource-Priority (RFC 4412).
    (RESOURCE_PRIORITY, "Resource-Priority", "");
    /// Resource-Share (3GPP TS 24.229 v13.7.0).
    (RESOURCE_SHARE, "Resource-Share", "");
    /// Response-Key (RFC 3261).
    (RESPONSE_KEY, "Response-Key", "");
    /// Response-Source (3GPP TS 24.229 v15.11.0).
    (RESPONSE_SOURCE, "Response-Source", "");
    /// Restoration-Info (3GPP TS 24.229 v12.14.0).
    (RESTORATION_INFO, "Restoration-Info", "");
    /// Retry-After (RFC 3261).
    (RETRY_AFTER, "Retry-After", "");
    /// Route (RFC 3261).
    (ROUTE, "Route", "");
    /// RSeq (RFC 3262).
    (RSEQ, "RSeq", "");
    /// Security-Client (RFC 3329).
    (SECURITY_CLIENT, "Security-Client", "");
    /// Security-Server (RFC 3329).
    (SECURITY_SERVER, "Security-Server", "");
    /// Security-Verify (RFC 3329).
    (SECURITY_VERIFY, "Security-Verify", "");
    /// Server (RFC 3261).
    (SERVER, "Server", "");
    /// Service-Interact-Info (3GPP TS 24.229 v13.18.0).
    (SERVICE_INTERACT_INFO, "Service-Interact-Info", "");
    /// Service-Route (RFC 3608).
    (SERVICE_ROUTE, "Service-Route", "");
    /// Session-Expires (RFC 4028).
    (SESSION_EXPIRES, "Session-Expires", "x");
    /// Session-ID (RFC 7989).
    (SESSION_ID, "Session-ID", "");
    /// SIP-ETag (RFC 3903).
    (SIP_ETAG, "SIP-ETag", "");
    /// SIP-If-Match (RFC 3903).
    (SIP_IF_MATCH, "SIP-If-Match", "");
    /// Subject (RFC 3261).
    (SUBJECT, "Subject", "s");
    /// Subscription-State (RFC 6665).
    (SUBSCRIPTION_STATE, "Subscription-State", "");
    /// Supported (RFC 3261).
    (SUPPORTED, "Supported", "k");
    /// Suppress-If-Match (RFC 5839).
    (SUPPRESS_IF_MATCH, "Suppress-If-Match", "");
    /// Target-Dialog (RFC 4538).
    (TARGET_DIALOG, "Target-Dialog", "");
    /// Timestamp (RFC 3261).
    (TIMESTAMP, "Timestamp", "");
    /// To (RFC 3261).
    (TO, "To", "t");
    /// Trigger-Consent (RFC 5360).
    (TRIGGER_CONSENT, "Trigger-Consent", "");
    /// Unsupported (RFC 3261).
    (UNSUPPORTED, "Unsupported", "");
    /// User-Agent (RFC 3261).
    (USER_AGENT, "User-Agent", "");
    /// User-to-User (RFC 7433).
    (USER_TO_USER, "User-to-User", "");
    /// Via (RFC 3261).
    (VIA, "Via", "v");
    /// Warning (RFC 3261).
    (WARNING, "Warning", "");
    /// WWW-Authenticate (RFC 3261).
    (WWW_AUTHENTICATE, "WWW-Authenticate", "");
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
