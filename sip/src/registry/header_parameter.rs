//! Parameters and parameter values of header fields (IANA sip-parameters).

use super::{HeaderName, Reference};

/// A registered parameter of a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderParameter {
    /// The header field.
    pub header: HeaderName,
    /// The name of the parameter.
    pub name: &'static str,
    /// The defining document.
    pub reference: Reference,
}

impl HeaderParameter {
    /// The registered parameters of a header field.
    pub fn of(header: HeaderName) -> impl Iterator<Item = &'static HeaderParameter> {
        Self::ALL.iter().filter(move |parameter| parameter.header == header)
    }
}

macro_rules! header_parameters {
    ($(($header:ident, $name:literal, $document:literal);)*) => {
        impl HeaderParameter {
            /// Every registered parameter, in the order of the registry.
            pub const ALL: &'static [HeaderParameter] = &[$(HeaderParameter {
                header: HeaderName::$header,
                name: $name,
                reference: Reference::new($document, ""),
            }),*];
        }
    };
}

header_parameters! {
    (ACCEPT, "q", "RFC 3261");
    (ACCEPT_ENCODING, "q", "RFC 3261");
    (ACCEPT_LANGUAGE, "q", "RFC 3261");
    (ALERT_INFO, "appearance", "RFC 7463");
    (ALERTMSG_ERROR, "code", "RFC 8876");
    (ANSWER_MODE, "require", "RFC 5373");
    (AUTHENTICATION_INFO, "cnonce", "RFC 3261");
    (AUTHENTICATION_INFO, "nc", "RFC 3261");
    (AUTHENTICATION_INFO, "nextnonce", "RFC 3261");
    (AUTHENTICATION_INFO, "qop", "RFC 3261");
    (AUTHENTICATION_INFO, "rspauth", "RFC 3261");
    (AUTHORIZATION, "algorithm", "RFC 3261");
    (AUTHORIZATION, "auts", "RFC 3310");
    (AUTHORIZATION, "cnonce", "RFC 3261");
    (AUTHORIZATION, "nc", "RFC 3261");
    (AUTHORIZATION, "nonce", "RFC 3261");
    (AUTHORIZATION, "opaque", "RFC 3261");
    (AUTHORIZATION, "qop", "RFC 3261");
    (AUTHORIZATION, "realm", "RFC 3261");
    (AUTHORIZATION, "response", "RFC 3261");
    (AUTHORIZATION, "uri", "RFC 3261");
    (AUTHORIZATION, "username", "RFC 3261");
    (CALL_INFO, "call-reason", "RFC 9796");
    (CALL_INFO, "integrity", "RFC 9796");
    (CALL_INFO, "m", "RFC 6910");
    (CALL_INFO, "purpose", "RFC 3261");
    (CALL_INFO, "verified", "RFC 9796");
    (CONTACT, "expires", "RFC 3261");
    (CONTACT, "mp", "RFC 7044");
    (CONTACT, "np", "RFC 7044");
    (CONTACT, "pub-gruu", "RFC 5627");
    (CONTACT, "q", "RFC 3261");
    (CONTACT, "rc", "RFC 7044");
    (CONTACT, "reg-id", "RFC 5626");
    (CONTACT, "temp-gruu", "RFC 5627");
    (CONTACT, "temp-gruu-cookie", "RFC 6140");
    (CONTENT_DISPOSITION, "handling", "RFC 3204");
    (EVENT, "adaptive-min-rate", "RFC 6446");
    (EVENT, "body", "RFC 5989");
    (EVENT, "call-id", "RFC 4235");
    (EVENT, "effective-by", "RFC 6080");
    (EVENT, "from-tag", "RFC 4235");
    (EVENT, "id", "RFC 6665");
    (EVENT, "include-session-description", "RFC 4235");
    (EVENT, "max-rate", "RFC 6446");
    (EVENT, "min-rate", "RFC 6446");
    (EVENT, "model", "RFC 6080");
    (EVENT, "profile-type", "RFC 6080");
    (EVENT, "shared", "RFC 7463");
    (EVENT, "to-tag", "RFC 4235");
    (EVENT, "vendor", "RFC 6080");
    (EVENT, "version", "RFC 6080");
    (FEATURE_CAPS, "fcap-name", "RFC 6809");
    (FROM, "tag", "RFC 3261");
    (GEOLOCATION, "loc-src", "RFC 8787");
    (GEOLOCATION_ERROR, "code", "RFC 6442");
    (HISTORY_INFO, "mp", "RFC 7044");
    (HISTORY_INFO, "np", "RFC 7044");
    (HISTORY_INFO, "rc", "RFC 7044");
    (P_ACCESS_NETWORK_INFO, "cgi-3gpp", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "ci-3gpp2", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "ci-3gpp2-femto", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "dsl-location", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "dvb-rcs2-node-id", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "eth-location", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "fiber-location", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "gstn-location", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "i-wlan-node-id", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "local-time-zone", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "operator-specific-GI", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "utran-cell-id-3gpp", "RFC 7315");
    (P_ACCESS_NETWORK_INFO, "utran-sai-3gpp", "RFC 7315");
    (P_CHARGING_FUNCTION_ADDRESSES, "ccf", "RFC 7315");
    (P_CHARGING_FUNCTION_ADDRESSES, "ccf-2", "RFC 7315");
    (P_CHARGING_FUNCTION_ADDRESSES, "ecf", "RFC 7315");
    (P_CHARGING_FUNCTION_ADDRESSES, "ecf-2", "RFC 7315");
    (P_CHARGING_VECTOR, "icid-value", "RFC 7315");
    (P_CHARGING_VECTOR, "icid-generated-at", "RFC 7315");
    (P_CHARGING_VECTOR, "orig-ioi", "RFC 7315");
    (P_CHARGING_VECTOR, "related-icid", "RFC 7315");
    (P_CHARGING_VECTOR, "related-icid-generated-at", "RFC 7315");
    (P_CHARGING_VECTOR, "term-ioi", "RFC 7315");
    (P_CHARGING_VECTOR, "transit-ioi", "RFC 7315");
    (P_DCS_BILLING_INFO, "called", "RFC 5503");
    (P_DCS_BILLING_INFO, "calling", "RFC 5503");
    (P_DCS_BILLING_INFO, "charge", "RFC 5503");
    (P_DCS_BILLING_INFO, "jip", "RFC 5503");
    (P_DCS_BILLING_INFO, "locroute", "RFC 5503");
    (P_DCS_BILLING_INFO, "rksgroup", "RFC 5503");
    (P_DCS_BILLING_INFO, "routing", "RFC 5503");
    (P_DCS_LAES, "bcid", "RFC 5503");
    (P_DCS_LAES, "cccid", "RFC 5503");
    (P_DCS_LAES, "content", "RFC 5503");
    (P_DCS_LAES, "key (OBSOLETED)", "RFC 3603");
    (P_DCS_REDIRECT, "count", "RFC 5503");
    (P_DCS_REDIRECT, "redirector-uri", "RFC 5503");
    (P_DCS_TRACE_PARTY_ID, "timestamp", "RFC 5503");
    (P_REFUSED_URI_LIST, "members", "RFC 5318");
    (P_SERVED_USER, "sescase", "RFC 5502");
    (P_SERVED_USER, "regstate", "RFC 5502");
    (P_SERVED_USER, "orig-cdiv", "RFC 8498");
    (POLICY_CONTACT, "non-cacheable", "RFC 6794");
    (PRIV_ANSWER_MODE, "require", "RFC 5373");
    (PROXY_AUTHENTICATE, "algorithm", "RFC 3261");
    (PROXY_AUTHENTICATE, "authz_server", "RFC 8898");
    (PROXY_AUTHENTICATE, "domain", "RFC 3261");
    (PROXY_AUTHENTICATE, "error", "RFC 8898");
    (PROXY_AUTHENTICATE, "nonce", "RFC 3261");
    (PROXY_AUTHENTICATE, "opaque", "RFC 3261");
    (PROXY_AUTHENTICATE, "qop", "RFC 3261");
    (PROXY_AUTHENTICATE, "realm", "RFC 3261");
    (PROXY_AUTHENTICATE, "scope", "RFC 8898");
    (PROXY_AUTHENTICATE, "stale", "RFC 3261");
    (PROXY_AUTHORIZATION, "algorithm", "RFC 3261");
    (PROXY_AUTHORIZATION, "auts", "RFC 3310");
    (PROXY_AUTHORIZATION, "cnonce", "RFC 3261");
    (PROXY_AUTHORIZATION, "nc", "RFC 3261");
    (PROXY_AUTHORIZATION, "nonce", "RFC 3261");
    (PROXY_AUTHORIZATION, "opaque", "RFC 3261");
    (PROXY_AUTHORIZATION, "qop", "RFC 3261");
    (PROXY_AUTHORIZATION, "realm", "RFC 3261");
    (PROXY_AUTHORIZATION, "response", "RFC 3261");
    (PROXY_AUTHORIZATION, "uri", "RFC 3261");
    (PROXY_AUTHORIZATION, "username", "RFC 3261");
    (REASON, "cause", "RFC 3326");
    (REASON, "location", "RFC 8606");
    (REASON, "ppi", "RFC 9410");
    (REASON, "text", "RFC 3326");
    (RETRY_AFTER, "duration", "RFC 3261");
    (SECURITY_CLIENT, "alg", "RFC 3329");
    (SECURITY_CLIENT, "ealg", "RFC 3329");
    (SECURITY_CLIENT, "d-alg", "RFC 3329");
    (SECURITY_CLIENT, "d-qop", "RFC 3329");
    (SECURITY_CLIENT, "d-ver", "RFC 3329");
    (SECURITY_CLIENT, "mod", "RFC 3329");
    (SECURITY_CLIENT, "port1", "RFC 3329");
    (SECURITY_CLIENT, "port2", "RFC 3329");
    (SECURITY_CLIENT, "prot", "RFC 3329");
    (SECURITY_CLIENT, "q", "RFC 3329");
    (SECURITY_CLIENT, "spi", "RFC 3329");
    (SECURITY_SERVER, "alg", "RFC 3329");
    (SECURITY_SERVER, "ealg", "RFC 3329");
    (SECURITY_SERVER, "d-alg", "RFC 3329");
    (SECURITY_SERVER, "d-qop", "RFC 3329");
    (SECURITY_SERVER, "d-ver", "RFC 3329");
    (SECURITY_SERVER, "mod", "RFC 3329");
    (SECURITY_SERVER, "port1", "RFC 3329");
    (SECURITY_SERVER, "port2", "RFC 3329");
    (SECURITY_SERVER, "prot", "RFC 3329");
    (SECURITY_SERVER, "q", "RFC 3329");
    (SECURITY_SERVER, "spi", "RFC 3329");
    (SECURITY_VERIFY, "alg", "RFC 3329");
    (SECURITY_VERIFY, "ealg", "RFC 3329");
    (SECURITY_VERIFY, "d-alg", "RFC 3329");
    (SECURITY_VERIFY, "d-qop", "RFC 3329");
    (SECURITY_VERIFY, "d-ver", "RFC 3329");
    (SECURITY_VERIFY, "mod", "RFC 3329");
    (SECURITY_VERIFY, "port1", "RFC 3329");
    (SECURITY_VERIFY, "port2", "RFC 3329");
    (SECURITY_VERIFY, "prot", "RFC 3329");
    (SECURITY_VERIFY, "q", "RFC 3329");
    (SECURITY_VERIFY, "spi", "RFC 3329");
    (SESSION_ID, "logme", "RFC 8497");
    (SESSION_ID, "remote", "RFC 7989");
    (SUBSCRIPTION_STATE, "adaptive-min-rate", "RFC 6446");
    (SUBSCRIPTION_STATE, "expires", "RFC 6665");
    (SUBSCRIPTION_STATE, "max-rate", "RFC 6446");
    (SUBSCRIPTION_STATE, "min-rate", "RFC 6446");
    (SUBSCRIPTION_STATE, "reason", "RFC 6665");
    (SUBSCRIPTION_STATE, "retry-after", "RFC 6665");
    (TARGET_DIALOG, "local-tag", "RFC 4538");
    (TARGET_DIALOG, "remote-tag", "RFC 4538");
    (TO, "tag", "RFC 3261");
    (TRIGGER_CONSENT, "target-uri", "RFC 5360");
    (USER_TO_USER, "content", "RFC 7433");
    (USER_TO_USER, "encoding", "RFC 7433");
    (USER_TO_USER, "purpose", "RFC 7433");
    (VIA, "alias", "RFC 5923");
    (VIA, "branch", "RFC 3261");
    (VIA, "comp", "RFC 3486");
    (VIA, "keep", "RFC 6223");
    (VIA, "maddr", "RFC 3261");
    (VIA, "oc", "RFC 7339");
    (VIA, "oc-algo", "RFC 7339");
    (VIA, "oc-seq", "RFC 7339");
    (VIA, "oc-validity", "RFC 7339");
    (VIA, "received", "RFC 3261");
    (VIA, "received-realm", "RFC 8055");
    (VIA, "rport", "RFC 3581");
    (VIA, "sigcomp-id", "RFC 5049");
    (VIA, "ttl", "RFC 3261");
    (WWW_AUTHENTICATE, "algorithm", "RFC 3261");
    (WWW_AUTHENTICATE, "authz_server", "RFC 8898");
    (WWW_AUTHENTICATE, "domain", "RFC 3261");
    (WWW_AUTHENTICATE, "error", "RFC 8898");
    (WWW_AUTHENTICATE, "nonce", "RFC 3261");
    (WWW_AUTHENTICATE, "opaque", "RFC 3261");
    (WWW_AUTHENTICATE, "qop", "RFC 3261");
    (WWW_AUTHENTICATE, "realm", "RFC 3261");
    (WWW_AUTHENTICATE, "scope", "RFC 8898");
    (WWW_AUTHENTICATE, "stale", "RFC 3261");
}
