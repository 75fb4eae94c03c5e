//! Response status codes (IANA sip-parameters, as of January 2026, and 411 of RFC 2543).

use super::{DialogEffect, Element, Fields, ForkRank, HeaderName, Reference};

macro_rules! status_codes {
    ($($(#[$doc:meta])* ($code:literal, $const:ident, $phrase:literal, $document:literal $section:literal,
        [$($element:ident),*], $quantity:ident [$($field:ident),*], [$($advised:ident),*], $effect:ident,
        $rank:ident $(($order:literal))?);)*) => {
        impl StatusCode {
            $($(#[$doc])* pub const $const: StatusCode = StatusCode($code);)*
            /// Every registered code, ascending.
            pub const ALL: &'static [StatusCode] = &[$(StatusCode::$const),*];
        }

        const ROWS: &[StatusRow] = &[$(StatusRow {
            code: StatusCode($code),
            phrase: $phrase,
            reference: Reference::new($document, $section),
            emitters: &[$(Element::$element),*],
            required: fields!($quantity [$($field),*]),
            advised: &[$(HeaderName::$advised),*],
            effect: DialogEffect::$effect,
            rank: ForkRank::$rank $(($order))?,
        }),*];
    };
}

macro_rules! fields {
    (all [$($field:ident),*]) => { Fields::All(&[$(HeaderName::$field),*]) };
    (any [$($field:ident),*]) => { Fields::Any(&[$(HeaderName::$field),*]) };
}

/// What the registry states about one status code.
#[derive(Clone, Copy, Debug)]
pub struct StatusRow {
    /// The code.
    pub code: StatusCode,
    /// The registered reason phrase.
    pub phrase: &'static str,
    /// The defining section.
    pub reference: Reference,
    /// Who originates it; a proxy forwards the others' responses.
    pub emitters: &'static [Element],
    /// The header fields that it must carry.
    pub required: Fields,
    /// The header fields that make it more useful.
    pub advised: &'static [HeaderName],
    /// What it takes down when it answers a request inside a dialog.
    pub effect: DialogEffect,
    /// Its preference at a forking proxy.
    pub rank: ForkRank,
}

/// A status code from 100 to 699 (RFC 3261 §7.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

/// The first digit of a status code (RFC 3261 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusClass {
    /// 1xx: the request is being worked on.
    Provisional,
    /// 2xx: the request was done.
    Success,
    /// 3xx: more is needed from the client.
    Redirection,
    /// 4xx: this server cannot do this request.
    RequestFailure,
    /// 5xx: this server failed at a valid request.
    ServerFailure,
    /// 6xx: no server can do this request.
    GlobalFailure,
}

impl StatusCode {
    /// The code, when it lies in 100 to 699.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 699 { Some(StatusCode(code)) } else { None }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The class.
    pub const fn class(self) -> StatusClass {
        match self.0 / 100 {
            1 => StatusClass::Provisional,
            2 => StatusClass::Success,
            3 => StatusClass::Redirection,
            4 => StatusClass::RequestFailure,
            5 => StatusClass::ServerFailure,
            _ => StatusClass::GlobalFailure,
        }
    }

    /// Whether it is a 1xx.
    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }

    /// Whether it ends the transaction: everything but 1xx.
    pub const fn is_final(self) -> bool {
        self.0 >= 200
    }

    /// Whether it is a 2xx.
    pub const fn is_success(self) -> bool {
        self.0 / 100 == 2
    }

    /// Whether it asks for a password: then the exchange goes on (RFC 3261 §22).
    pub const fn is_challenge(self) -> bool {
        matches!(self.0, 401 | 407)
    }

    /// Whether the registry holds it.
    pub fn is_registered(self) -> bool {
        self.position().is_some()
    }

    /// The registered reason phrase; that of the class's x00 code (183 for 1xx) when the code is not
    /// registered, as it is treated then (RFC 3261 §8.1.3.2).
    pub fn phrase(self) -> &'static str {
        self.row().phrase
    }

    /// The code as which a receiver treats this one: itself when registered, else x00 of its class, and 183
    /// for an unknown 1xx (RFC 3261 §8.1.3.2).
    pub fn treated_as(self) -> StatusCode {
        if self.is_registered() {
            self
        } else if self.is_provisional() {
            StatusCode::SESSION_PROGRESS
        } else {
            StatusCode(self.0 / 100 * 100)
        }
    }

    /// What the registry states about the code, or about the code as which this one is treated.
    pub fn row(self) -> &'static StatusRow {
        let position = self.position().or_else(|| self.treated_as().position());
        &ROWS[position.unwrap_or_default()]
    }

    fn position(self) -> Option<usize> {
        ROWS.binary_search_by_key(&self, |row| row.code).ok()
    }
}

impl core::fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl core::fmt::Display for StatusCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

status_codes! {
    /// Trying (RFC 3261 §21.1.1).
    (100, TRYING, "Trying", "RFC 3261" "21.1.1", [UserAgent, Proxy, B2bua, Gateway], all [], [],
        Nothing, Provisional);
    /// Ringing (RFC 3261 §21.1.2).
    (180, RINGING, "Ringing", "RFC 3261" "21.1.2", [UserAgent, B2bua, Gateway], all [CONTACT], [],
        Nothing, Provisional);
    /// Call Is Being Forwarded (RFC 3261 §21.1.3).
    (181, CALL_IS_BEING_FORWARDED, "Call Is Being Forwarded", "RFC 3261" "21.1.3", [UserAgent, Proxy, B2bua, Gateway], all [CONTACT], [HISTORY_INFO],
        Nothing, Provisional);
    /// Queued (RFC 3261 §21.1.4).
    (182, QUEUED, "Queued", "RFC 3261" "21.1.4", [UserAgent, B2bua], all [CONTACT], [],
        Nothing, Provisional);
    /// Session Progress (RFC 3261 §21.1.5).
    (183, SESSION_PROGRESS, "Session Progress", "RFC 3261" "21.1.5", [UserAgent, B2bua, Gateway], all [CONTACT], [REASON],
        Nothing, Provisional);
    /// Early Dialog Terminated (RFC 6228 §6).
    (199, EARLY_DIALOG_TERMINATED, "Early Dialog Terminated", "RFC 6228" "6", [Proxy], all [REASON], [],
        EarlyDialog, Provisional);
    /// OK (RFC 3261 §21.2.1).
    (200, OK, "OK", "RFC 3261" "21.2.1", [Anyone], all [], [],
        Nothing, Success);
    /// Accepted (RFC 6665 §8.3.1).
    (202, ACCEPTED, "Accepted", "RFC 6665" "8.3.1", [B2bua, ListServer], all [], [],
        Nothing, Success);
    /// No Notification (RFC 5839 §7.1).
    (204, NO_NOTIFICATION, "No Notification", "RFC 5839" "7.1", [Notifier], all [EXPIRES], [],
        Nothing, Success);
    /// Multiple Choices (RFC 3261 §21.3.1).
    (300, MULTIPLE_CHOICES, "Multiple Choices", "RFC 3261" "21.3.1", [RedirectServer, UserAgent, Proxy], all [], [CONTACT],
        Transaction, Redirect);
    /// Moved Permanently (RFC 3261 §21.3.2).
    (301, MOVED_PERMANENTLY, "Moved Permanently", "RFC 3261" "21.3.2", [RedirectServer, UserAgent, Proxy, Gateway], all [], [CONTACT],
        Transaction, Redirect);
    /// Moved Temporarily (RFC 3261 §21.3.3).
    (302, MOVED_TEMPORARILY, "Moved Temporarily", "RFC 3261" "21.3.3", [RedirectServer, UserAgent, Proxy, Registrar], all [], [CONTACT],
        Transaction, Redirect);
    /// Use Proxy (RFC 3261 §21.3.4).
    (305, USE_PROXY, "Use Proxy", "RFC 3261" "21.3.4", [UserAgent], all [], [CONTACT],
        Transaction, Redirect);
    /// Alternative Service (RFC 3261 §21.3.5).
    (380, ALTERNATIVE_SERVICE, "Alternative Service", "RFC 3261" "21.3.5", [UserAgent, B2bua], all [], [CONTACT],
        Transaction, Redirect);
    /// Bad Request (RFC 3261 §21.4.1).
    (400, BAD_REQUEST, "Bad Request", "RFC 3261" "21.4.1", [Anyone], all [], [],
        Transaction, Weak);
    /// Unauthorized (RFC 3261 §21.4.2).
    (401, UNAUTHORIZED, "Unauthorized", "RFC 3261" "21.4.2", [Registrar, UserAgent, RedirectServer, Notifier, B2bua], all [WWW_AUTHENTICATE], [],
        Transaction, Repairable);
    /// Payment Required (RFC 3261 §21.4.3).
    (402, PAYMENT_REQUIRED, "Payment Required", "RFC 3261" "21.4.3", [B2bua], all [], [],
        Transaction, Verdict(7));
    /// Forbidden (RFC 3261 §21.4.4).
    (403, FORBIDDEN, "Forbidden", "RFC 3261" "21.4.4", [Registrar, Proxy, UserAgent, B2bua, Notifier, EdgeProxy, Verifier, Gateway], all [], [],
        Transaction, Verdict(6));
    /// Not Found (RFC 3261 §21.4.5).
    (404, NOT_FOUND, "Not Found", "RFC 3261" "21.4.5", [Proxy, RedirectServer, UserAgent, Registrar, Notifier, Gateway], all [], [],
        Dialog, Verdict(4));
    /// Method Not Allowed (RFC 3261 §21.4.6).
    (405, METHOD_NOT_ALLOWED, "Method Not Allowed", "RFC 3261" "21.4.6", [UserAgent, Registrar, RedirectServer, Notifier], all [ALLOW], [],
        UsageOfMethod, Verdict(8));
    /// Not Acceptable (RFC 3261 §21.4.7).
    (406, NOT_ACCEPTABLE, "Not Acceptable", "RFC 3261" "21.4.7", [UserAgent, Notifier], all [], [WARNING],
        Transaction, Verdict(8));
    /// Proxy Authentication Required (RFC 3261 §21.4.8).
    (407, PROXY_AUTHENTICATION_REQUIRED, "Proxy Authentication Required", "RFC 3261" "21.4.8", [Proxy, EdgeProxy, B2bua], all [PROXY_AUTHENTICATE], [],
        Transaction, Repairable);
    /// Request Timeout (RFC 3261 §21.4.9).
    (408, REQUEST_TIMEOUT, "Request Timeout", "RFC 3261" "21.4.9", [Proxy, B2bua, Gateway, UserAgent], all [], [],
        Usage, Weak);
    /// Gone (RFC 3261 §21.4.10).
    (410, GONE, "Gone", "RFC 3261" "21.4.10", [Proxy, RedirectServer, UserAgent, Gateway], all [], [],
        Dialog, Verdict(3));
    /// Length Required (RFC 2543 §7.4.12).
    (411, LENGTH_REQUIRED, "Length Required", "RFC 2543" "7.4.12", [Anyone], all [], [],
        Transaction, Weak);
    /// Conditional Request Failed (RFC 3903 §11.2.1).
    (412, CONDITIONAL_REQUEST_FAILED, "Conditional Request Failed", "RFC 3903" "11.2.1", [Notifier], all [], [],
        Transaction, Verdict(8));
    /// Request Entity Too Large (RFC 3261 §21.4.11).
    (413, REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large", "RFC 3261" "21.4.11", [UserAgent, Registrar, Notifier, B2bua], all [], [RETRY_AFTER],
        Transaction, Repairable);
    /// Request-URI Too Long (RFC 3261 §21.4.12).
    (414, REQUEST_URI_TOO_LONG, "Request-URI Too Long", "RFC 3261" "21.4.12", [Anyone], all [], [],
        Transaction, Verdict(8));
    /// Unsupported Media Type (RFC 3261 §21.4.13).
    (415, UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type", "RFC 3261" "21.4.13", [UserAgent, Notifier, B2bua, Gateway], any [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE], [],
        Transaction, Repairable);
    /// Unsupported URI Scheme (RFC 3261 §21.4.14).
    (416, UNSUPPORTED_URI_SCHEME, "Unsupported URI Scheme", "RFC 3261" "21.4.14", [Proxy, UserAgent, RedirectServer], all [], [],
        Dialog, Repairable);
    /// Unknown Resource-Priority (RFC 4412 §4.6.2).
    (417, UNKNOWN_RESOURCE_PRIORITY, "Unknown Resource-Priority", "RFC 4412" "4.6.2", [Proxy, UserAgent, Gateway], all [], [ACCEPT_RESOURCE_PRIORITY],
        Transaction, Repairable);
    /// Bad Extension (RFC 3261 §21.4.15).
    (420, BAD_EXTENSION, "Bad Extension", "RFC 3261" "21.4.15", [UserAgent, Registrar, Proxy], all [UNSUPPORTED], [],
        Transaction, Repairable);
    /// Extension Required (RFC 3261 §21.4.16).
    (421, EXTENSION_REQUIRED, "Extension Required", "RFC 3261" "21.4.16", [Notifier, Proxy, EdgeProxy, UserAgent], all [REQUIRE], [],
        Transaction, Repairable);
    /// Session Interval Too Small (RFC 4028 §6).
    (422, SESSION_INTERVAL_TOO_SMALL, "Session Interval Too Small", "RFC 4028" "6", [UserAgent, Proxy, B2bua], all [MIN_SE], [],
        Transaction, Repairable);
    /// Interval Too Brief (RFC 3261 §21.4.17).
    (423, INTERVAL_TOO_BRIEF, "Interval Too Brief", "RFC 3261" "21.4.17", [Registrar, Notifier, EdgeProxy], all [MIN_EXPIRES], [],
        Transaction, Repairable);
    /// Bad Location Information (RFC 6442 §4.3).
    (424, BAD_LOCATION_INFORMATION, "Bad Location Information", "RFC 6442" "4.3", [UserAgent, Proxy, B2bua, Gateway], all [GEOLOCATION_ERROR], [],
        Transaction, Repairable);
    /// Bad Alert Message (RFC 8876 §5).
    (425, BAD_ALERT_MESSAGE, "Bad Alert Message", "RFC 8876" "5", [UserAgent, Proxy], all [ALERTMSG_ERROR], [],
        Transaction, Repairable);
    /// Use Identity Header (RFC 8224 §6.2.2).
    (428, USE_IDENTITY_HEADER, "Use Identity Header", "RFC 8224" "6.2.2", [Verifier], all [], [],
        Transaction, Repairable);
    /// Provide Referrer Identity (RFC 3892 §5).
    (429, PROVIDE_REFERRER_IDENTITY, "Provide Referrer Identity", "RFC 3892" "5", [UserAgent], all [], [],
        Transaction, Repairable);
    /// Flow Failed (RFC 5626 §11.5).
    (430, FLOW_FAILED, "Flow Failed", "RFC 5626" "11.5", [EdgeProxy], all [], [],
        Transaction, Weak);
    /// Anonymity Disallowed (RFC 5079 §5).
    (433, ANONYMITY_DISALLOWED, "Anonymity Disallowed", "RFC 5079" "5", [UserAgent, Proxy, B2bua], all [], [],
        Transaction, Repairable);
    /// Bad Identity Info (RFC 8224 §6.2.2).
    (436, BAD_IDENTITY_INFO, "Bad Identity Info", "RFC 8224" "6.2.2", [Verifier], all [], [],
        Transaction, Repairable);
    /// Unsupported Credential (RFC 8224 §6.2.2).
    (437, UNSUPPORTED_CREDENTIAL, "Unsupported Credential", "RFC 8224" "6.2.2", [Verifier], all [], [],
        Transaction, Repairable);
    /// Invalid Identity Header (RFC 8224 §6.2.2).
    (438, INVALID_IDENTITY_HEADER, "Invalid Identity Header", "RFC 8224" "6.2.2", [Verifier], all [], [],
        Transaction, Repairable);
    /// First Hop Lacks Outbound Support (RFC 5626 §11.6).
    (439, FIRST_HOP_LACKS_OUTBOUND_SUPPORT, "First Hop Lacks Outbound Support", "RFC 5626" "11.6", [Registrar], all [], [],
        Nothing, Verdict(8));
    /// Max-Breadth Exceeded (RFC 5393 §6.2).
    (440, MAX_BREADTH_EXCEEDED, "Max-Breadth Exceeded", "RFC 5393" "6.2", [Proxy], all [], [],
        Transaction, Weak);
    /// Bad Info Package (RFC 6086 §4.2.2).
    (469, BAD_INFO_PACKAGE, "Bad Info Package", "RFC 6086" "4.2.2", [UserAgent], all [RECV_INFO], [],
        Transaction, Verdict(8));
    /// Consent Needed (RFC 5360 §5.9.2).
    (470, CONSENT_NEEDED, "Consent Needed", "RFC 5360" "5.9.2", [ListServer], all [], [PERMISSION_MISSING],
        Transaction, Repairable);
    /// Temporarily Unavailable (RFC 3261 §21.4.18).
    (480, TEMPORARILY_UNAVAILABLE, "Temporarily Unavailable", "RFC 3261" "21.4.18", [Proxy, RedirectServer, UserAgent, Notifier, Gateway], all [], [RETRY_AFTER],
        Usage, Verdict(1));
    /// Call/Transaction Does Not Exist (RFC 3261 §21.4.19).
    (481, CALL_TRANSACTION_DOES_NOT_EXIST, "Call/Transaction Does Not Exist", "RFC 3261" "21.4.19", [UserAgent, B2bua, Notifier], all [], [],
        Usage, Weak);
    /// Loop Detected (RFC 3261 §21.4.20).
    (482, LOOP_DETECTED, "Loop Detected", "RFC 3261" "21.4.20", [Proxy, UserAgent, B2bua], all [], [],
        Dialog, Weak);
    /// Too Many Hops (RFC 3261 §21.4.21).
    (483, TOO_MANY_HOPS, "Too Many Hops", "RFC 3261" "21.4.21", [Proxy, EdgeProxy, B2bua], all [], [],
        Dialog, Weak);
    /// Address Incomplete (RFC 3261 §21.4.22).
    (484, ADDRESS_INCOMPLETE, "Address Incomplete", "RFC 3261" "21.4.22", [Proxy, B2bua, Gateway], all [], [],
        Dialog, Repairable);
    /// Ambiguous (RFC 3261 §21.4.23).
    (485, AMBIGUOUS, "Ambiguous", "RFC 3261" "21.4.23", [Proxy, RedirectServer], all [], [CONTACT],
        Dialog, Verdict(5));
    /// Busy Here (RFC 3261 §21.4.24).
    (486, BUSY_HERE, "Busy Here", "RFC 3261" "21.4.24", [UserAgent, B2bua, Gateway], all [], [RETRY_AFTER],
        Transaction, Verdict(0));
    /// Request Terminated (RFC 3261 §21.4.25).
    (487, REQUEST_TERMINATED, "Request Terminated", "RFC 3261" "21.4.25", [UserAgent, B2bua, Gateway], all [], [],
        Transaction, Weak);
    /// Not Acceptable Here (RFC 3261 §21.4.26).
    (488, NOT_ACCEPTABLE_HERE, "Not Acceptable Here", "RFC 3261" "21.4.26", [UserAgent, B2bua, Gateway], all [], [WARNING],
        Transaction, Verdict(2));
    /// Bad Event (RFC 6665 §8.3.2).
    (489, BAD_EVENT, "Bad Event", "RFC 6665" "8.3.2", [Notifier, UserAgent], all [ALLOW_EVENTS], [],
        Usage, Verdict(8));
    /// Request Pending (RFC 3261 §21.4.27).
    (491, REQUEST_PENDING, "Request Pending", "RFC 3261" "21.4.27", [UserAgent, B2bua], all [], [],
        Transaction, Verdict(8));
    /// Undecipherable (RFC 3261 §21.4.28).
    (493, UNDECIPHERABLE, "Undecipherable", "RFC 3261" "21.4.28", [UserAgent], all [], [],
        Transaction, Verdict(8));
    /// Security Agreement Required (RFC 3329 §2.3.1).
    (494, SECURITY_AGREEMENT_REQUIRED, "Security Agreement Required", "RFC 3329" "2.3.1", [EdgeProxy, Proxy], all [SECURITY_SERVER], [],
        Transaction, Repairable);
    /// Server Internal Error (RFC 3261 §21.5.1).
    (500, SERVER_INTERNAL_ERROR, "Server Internal Error", "RFC 3261" "21.5.1", [Anyone], all [], [RETRY_AFTER],
        Transaction, Server(5));
    /// Not Implemented (RFC 3261 §21.5.2).
    (501, NOT_IMPLEMENTED, "Not Implemented", "RFC 3261" "21.5.2", [UserAgent, Registrar, RedirectServer, Notifier, Gateway], all [], [ALLOW],
        UsageOfMethod, Server(1));
    /// Bad Gateway (RFC 3261 §21.5.3).
    (502, BAD_GATEWAY, "Bad Gateway", "RFC 3261" "21.5.3", [Gateway, B2bua, Proxy], all [], [],
        Dialog, Server(7));
    /// Service Unavailable (RFC 3261 §21.5.4).
    (503, SERVICE_UNAVAILABLE, "Service Unavailable", "RFC 3261" "21.5.4", [Anyone], all [], [RETRY_AFTER],
        Transaction, Server(8));
    /// Server Time-out (RFC 3261 §21.5.5).
    (504, SERVER_TIME_OUT, "Server Time-out", "RFC 3261" "21.5.5", [Gateway, B2bua, Proxy, Notifier, UserAgent], all [], [],
        Transaction, Server(6));
    /// Version Not Supported (RFC 3261 §21.5.6).
    (505, VERSION_NOT_SUPPORTED, "Version Not Supported", "RFC 3261" "21.5.6", [Anyone], all [], [],
        Transaction, Server(3));
    /// Message Too Large (RFC 3261 §21.5.7).
    (513, MESSAGE_TOO_LARGE, "Message Too Large", "RFC 3261" "21.5.7", [Anyone], all [], [],
        Transaction, Server(2));
    /// Push Notification Service Not Supported (RFC 8599 §8.1).
    (555, PUSH_NOTIFICATION_SERVICE_NOT_SUPPORTED, "Push Notification Service Not Supported", "RFC 8599" "8.1", [Registrar, Proxy], all [], [],
        Nothing, Server(4));
    /// Precondition Failure (RFC 3312 §8).
    (580, PRECONDITION_FAILURE, "Precondition Failure", "RFC 3312" "8", [UserAgent, B2bua], all [], [],
        Transaction, Server(0));
    /// Busy Everywhere (RFC 3261 §21.6.1).
    (600, BUSY_EVERYWHERE, "Busy Everywhere", "RFC 3261" "21.6.1", [UserAgent, Proxy, B2bua], all [], [RETRY_AFTER],
        Transaction, Global);
    /// Decline (RFC 3261 §21.6.2).
    (603, DECLINE, "Decline", "RFC 3261" "21.6.2", [UserAgent, Notifier, Gateway], all [], [RETRY_AFTER],
        Transaction, Global);
    /// Does Not Exist Anywhere (RFC 3261 §21.6.3).
    (604, DOES_NOT_EXIST_ANYWHERE, "Does Not Exist Anywhere", "RFC 3261" "21.6.3", [Proxy, B2bua], all [], [],
        Dialog, Global);
    /// Not Acceptable (RFC 3261 §21.6.4).
    (606, NOT_ACCEPTABLE_ANYWHERE, "Not Acceptable", "RFC 3261" "21.6.4", [UserAgent, B2bua], all [], [WARNING],
        Transaction, Global);
    /// Unwanted (RFC 8197 §4).
    (607, UNWANTED, "Unwanted", "RFC 8197" "4", [UserAgent], all [], [],
        Transaction, Global);
    /// Rejected (RFC 8688 §3).
    (608, REJECTED, "Rejected", "RFC 8688" "3", [B2bua, Proxy], all [], [CALL_INFO],
        Transaction, Global);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventy_six_codes_in_ascending_order() {
        assert_eq!(StatusCode::ALL.len(), 76);
        assert!(StatusCode::ALL.is_sorted());
        assert_eq!(StatusCode::TOO_MANY_HOPS.phrase(), "Too Many Hops");
    }

    #[test]
    fn unknown_codes_are_treated_as_their_class() {
        let treated = |n| StatusCode::new(n).map(|c| c.treated_as().number());
        assert_eq!(treated(187), Some(183));
        assert_eq!(treated(299), Some(200));
        assert_eq!(treated(499), Some(400));
        assert_eq!(treated(699), Some(600));
        assert_eq!(treated(486), Some(486));
        assert_eq!(treated(99), None);
        assert_eq!(treated(700), None);
    }

    #[test]
    fn least_fork_rank_is_the_best_response() {
        let rank = |code: StatusCode| code.row().rank;
        let order =
            [200, 600, 302, 401, 486, 480, 488, 410, 404, 485, 403, 402, 405, 481, 580, 501, 500, 503];
        let ranks: Vec<_> = order.iter().filter_map(|&n| StatusCode::new(n)).map(rank).collect();
        assert_eq!(ranks.len(), order.len());
        assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
    }

    #[test]
    fn dialog_effects_are_those_of_rfc_5057() {
        let codes = |effect| -> Vec<u16> {
            let rows = ROWS.iter().filter(|row| row.effect == effect);
            rows.map(|row| row.code.number()).collect()
        };
        assert_eq!(codes(DialogEffect::Dialog), [404, 410, 416, 482, 483, 484, 485, 502, 604]);
        assert_eq!(codes(DialogEffect::Usage), [408, 480, 481, 489]);
        assert_eq!(codes(DialogEffect::UsageOfMethod), [405, 501]);
    }

    #[test]
    fn required_fields_are_met_by_all_or_by_any() {
        let unauthorized = StatusCode::UNAUTHORIZED.row().required;
        assert!(unauthorized.are_met(|name| name == HeaderName::WWW_AUTHENTICATE));
        assert!(!unauthorized.are_met(|name| name == HeaderName::PROXY_AUTHENTICATE));
        let media = StatusCode::UNSUPPORTED_MEDIA_TYPE.row().required;
        assert!(media.are_met(|name| name == HeaderName::ACCEPT_ENCODING));
        assert!(!media.are_met(|_| false));
        assert!(StatusCode::BUSY_HERE.row().required.are_met(|_| false));
    }
}
