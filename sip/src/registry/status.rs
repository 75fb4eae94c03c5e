//! Response status codes (IANA sip-parameters, as of January 2026, and 411 of RFC 2543).

macro_rules! status_codes {
    ($($(#[$doc:meta])* ($code:literal, $const:ident, $phrase:literal);)*) => {
        impl StatusCode {
            $($(#[$doc])* pub const $const: StatusCode = StatusCode($code);)*
            /// Every registered code, ascending.
            pub const ALL: &'static [StatusCode] = &[$(StatusCode::$const),*];
        }

        const PHRASES: &[(u16, &str)] = &[$(($code, $phrase)),*];
    };
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

    /// Whether the registry holds it.
    pub fn is_registered(self) -> bool {
        self.position().is_some()
    }

    /// The registered reason phrase; that of the class's x00 code (183 for 1xx) when the code is not
    /// registered, as it is treated then (RFC 3261 §8.1.3.2).
    pub fn phrase(self) -> &'static str {
        self.position().or_else(|| self.treated_as().position()).map_or("", |i| PHRASES[i].1)
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

    fn position(self) -> Option<usize> {
        PHRASES.binary_search_by_key(&self.0, |row| row.0).ok()
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
    /// Trying (RFC 3261).
    (100, TRYING, "Trying");
    /// Ringing (RFC 3261).
    (180, RINGING, "Ringing");
    /// Call Is Being Forwarded (RFC 3261).
    (181, CALL_IS_BEING_FORWARDED, "Call Is Being Forwarded");
    /// Queued (RFC 3261).
    (182, QUEUED, "Queued");
    /// Session Progress (RFC 3261).
    (183, SESSION_PROGRESS, "Session Progress");
    /// Early Dialog Terminated (RFC 6228).
    (199, EARLY_DIALOG_TERMINATED, "Early Dialog Terminated");
    /// OK (RFC 3261).
    (200, OK, "OK");
    /// Accepted (RFC 6665).
    (202, ACCEPTED, "Accepted");
    /// No Notification (RFC 5839).
    (204, NO_NOTIFICATION, "No Notification");
    /// Multiple Choices (RFC 3261).
    (300, MULTIPLE_CHOICES, "Multiple Choices");
    /// Moved Permanently (RFC 3261).
    (301, MOVED_PERMANENTLY, "Moved Permanently");
    /// Moved Temporarily (RFC 3261).
    (302, MOVED_TEMPORARILY, "Moved Temporarily");
    /// Use Proxy (RFC 3261).
    (305, USE_PROXY, "Use Proxy");
    /// Alternative Service (RFC 3261).
    (380, ALTERNATIVE_SERVICE, "Alternative Service");
    /// Bad Request (RFC 3261).
    (400, BAD_REQUEST, "Bad Request");
    /// Unauthorized (RFC 3261).
    (401, UNAUTHORIZED, "Unauthorized");
    /// Payment Required (RFC 3261).
    (402, PAYMENT_REQUIRED, "Payment Required");
    /// Forbidden (RFC 3261).
    (403, FORBIDDEN, "Forbidden");
    /// Not Found (RFC 3261).
    (404, NOT_FOUND, "Not Found");
    /// Method Not Allowed (RFC 3261).
    (405, METHOD_NOT_ALLOWED, "Method Not Allowed");
    /// Not Acceptable (RFC 3261).
    (406, NOT_ACCEPTABLE, "Not Acceptable");
    /// Proxy Authentication Required (RFC 3261).
    (407, PROXY_AUTHENTICATION_REQUIRED, "Proxy Authentication Required");
    /// Request Timeout (RFC 3261).
    (408, REQUEST_TIMEOUT, "Request Timeout");
    /// Gone (RFC 3261).
    (410, GONE, "Gone");
    /// Length Required (RFC 2543).
    (411, LENGTH_REQUIRED, "Length Required");
    /// Conditional Request Failed (RFC 3903).
    (412, CONDITIONAL_REQUEST_FAILED, "Conditional Request Failed");
    /// Request Entity Too Large (RFC 3261).
    (413, REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large");
    /// Request-URI Too Long (RFC 3261).
    (414, REQUEST_URI_TOO_LONG, "Request-URI Too Long");
    /// Unsupported Media Type (RFC 3261).
    (415, UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type");
    /// Unsupported URI Scheme (RFC 3261).
    (416, UNSUPPORTED_URI_SCHEME, "Unsupported URI Scheme");
    /// Unknown Resource-Priority (RFC 4412).
    (417, UNKNOWN_RESOURCE_PRIORITY, "Unknown Resource-Priority");
    /// Bad Extension (RFC 3261).
    (420, BAD_EXTENSION, "Bad Extension");
    /// Extension Required (RFC 3261).
    (421, EXTENSION_REQUIRED, "Extension Required");
    /// Session Interval Too Small (RFC 4028).
    (422, SESSION_INTERVAL_TOO_SMALL, "Session Interval Too Small");
    /// Interval Too Brief (RFC 3261).
    (423, INTERVAL_TOO_BRIEF, "Interval Too Brief");
    /// Bad Location Information (RFC 6442).
    (424, BAD_LOCATION_INFORMATION, "Bad Location Information");
    /// Bad Alert Message (RFC 8876).
    (425, BAD_ALERT_MESSAGE, "Bad Alert Message");
    /// Use Identity Header (RFC 8224).
    (428, USE_IDENTITY_HEADER, "Use Identity Header");
    /// Provide Referrer Identity (RFC 3892).
    (429, PROVIDE_REFERRER_IDENTITY, "Provide Referrer Identity");
    /// Flow Failed (RFC 5626).
    (430, FLOW_FAILED, "Flow Failed");
    /// Anonymity Disallowed (RFC 5079).
    (433, ANONYMITY_DISALLOWED, "Anonymity Disallowed");
    /// Bad Identity Info (RFC 8224).
    (436, BAD_IDENTITY_INFO, "Bad Identity Info");
    /// Unsupported Credential (RFC 8224).
    (437, UNSUPPORTED_CREDENTIAL, "Unsupported Credential");
    /// Invalid Identity Header (RFC 8224).
    (438, INVALID_IDENTITY_HEADER, "Invalid Identity Header");
    /// First Hop Lacks Outbound Support (RFC 5626).
    (439, FIRST_HOP_LACKS_OUTBOUND_SUPPORT, "First Hop Lacks Outbound Support");
    /// Max-Breadth Exceeded (RFC 5393).
    (440, MAX_BREADTH_EXCEEDED, "Max-Breadth Exceeded");
    /// Bad Info Package (RFC 6086).
    (469, BAD_INFO_PACKAGE, "Bad Info Package");
    /// Consent Needed (RFC 5360).
    (470, CONSENT_NEEDED, "Consent Needed");
    /// Temporarily Unavailable (RFC 3261).
    (480, TEMPORARILY_UNAVAILABLE, "Temporarily Unavailable");
    /// Call/Transaction Does Not Exist (RFC 3261).
    (481, CALL_TRANSACTION_DOES_NOT_EXIST, "Call/Transaction Does Not Exist");
    /// Loop Detected (RFC 3261).
    (482, LOOP_DETECTED, "Loop Detected");
    /// Too Many Hops (RFC 3261).
    (483, TOO_MANY_HOPS, "Too Many Hops");
    /// Address Incomplete (RFC 3261).
    (484, ADDRESS_INCOMPLETE, "Address Incomplete");
    /// Ambiguous (RFC 3261).
    (485, AMBIGUOUS, "Ambiguous");
    /// Busy Here (RFC 3261).
    (486, BUSY_HERE, "Busy Here");
    /// Request Terminated (RFC 3261).
    (487, REQUEST_TERMINATED, "Request Terminated");
    /// Not Acceptable Here (RFC 3261).
    (488, NOT_ACCEPTABLE_HERE, "Not Acceptable Here");
    /// Bad Event (RFC 6665).
    (489, BAD_EVENT, "Bad Event");
    /// Request Pending (RFC 3261).
    (491, REQUEST_PENDING, "Request Pending");
    /// Undecipherable (RFC 3261).
    (493, UNDECIPHERABLE, "Undecipherable");
    /// Security Agreement Required (RFC 3329).
    (494, SECURITY_AGREEMENT_REQUIRED, "Security Agreement Required");
    /// Server Internal Error (RFC 3261).
    (500, SERVER_INTERNAL_ERROR, "Server Internal Error");
    /// Not Implemented (RFC 3261).
    (501, NOT_IMPLEMENTED, "Not Implemented");
    /// Bad Gateway (RFC 3261).
    (502, BAD_GATEWAY, "Bad Gateway");
    /// Service Unavailable (RFC 3261).
    (503, SERVICE_UNAVAILABLE, "Service Unavailable");
    /// Server Time-out (RFC 3261).
    (504, SERVER_TIME_OUT, "Server Time-out");
    /// Version Not Supported (RFC 3261).
    (505, VERSION_NOT_SUPPORTED, "Version Not Supported");
    /// Message Too Large (RFC 3261).
    (513, MESSAGE_TOO_LARGE, "Message Too Large");
    /// Push Notification Service Not Supported (RFC 8599).
    (555, PUSH_NOTIFICATION_SERVICE_NOT_SUPPORTED, "Push Notification Service Not Supported");
    /// Precondition Failure (RFC 3312).
    (580, PRECONDITION_FAILURE, "Precondition Failure");
    /// Busy Everywhere (RFC 3261).
    (600, BUSY_EVERYWHERE, "Busy Everywhere");
    /// Decline (RFC 3261).
    (603, DECLINE, "Decline");
    /// Does Not Exist Anywhere (RFC 3261).
    (604, DOES_NOT_EXIST_ANYWHERE, "Does Not Exist Anywhere");
    /// Not Acceptable (RFC 3261).
    (606, NOT_ACCEPTABLE_ANYWHERE, "Not Acceptable");
    /// Unwanted (RFC 8197).
    (607, UNWANTED, "Unwanted");
    /// Rejected (RFC 8688).
    (608, REJECTED, "Rejected");
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
}
