//! Event packages: what a SUBSCRIBE, NOTIFY or PUBLISH is about. The registry of IANA (sip-events) holds more;
//! these are the ones in use that the corpus defines.

use super::named::named_rows;

named_rows! {
    /// An event package (RFC 6665 §7.2). Names are compared exactly.
    EventPackage, exactly;
    /// `presence` (RFC 3856 §6).
    (PRESENCE, "presence", "RFC 3856" "6");
    /// `presence.winfo` (RFC 3857 §4).
    (WATCHER_INFORMATION, "presence.winfo", "RFC 3857" "4");
    /// `dialog` (RFC 4235 §3).
    (DIALOG, "dialog", "RFC 4235" "3");
    /// `message-summary` (RFC 3842 §3).
    (MESSAGE_SUMMARY, "message-summary", "RFC 3842" "3");
    /// `reg` (RFC 3680 §4).
    (REGISTRATION, "reg", "RFC 3680" "4");
    /// `conference` (RFC 4575 §3).
    (CONFERENCE, "conference", "RFC 4575" "3");
    /// `refer` (RFC 3515 §2.4.4).
    (REFER, "refer", "RFC 3515" "2.4.4");
    /// `kpml` (RFC 4730 §3).
    (KPML, "kpml", "RFC 4730" "3");
    /// `call-completion` (RFC 6910).
    (CALL_COMPLETION, "call-completion", "RFC 6910" "");
    /// `load-control` (RFC 7200).
    (LOAD_CONTROL, "load-control", "RFC 7200" "");
    /// `ua-profile` (RFC 6080).
    (USER_AGENT_PROFILE, "ua-profile", "RFC 6080" "");
    /// `xcap-diff` (RFC 5875).
    (XCAP_DIFFERENCES, "xcap-diff", "RFC 5875" "");
    /// `vq-rtcpxr` (RFC 6035).
    (VOICE_QUALITY, "vq-rtcpxr", "RFC 6035" "");
    /// `certificate` (RFC 6072).
    (CERTIFICATE, "certificate", "RFC 6072" "");
    /// `credential` (RFC 6072).
    (CREDENTIAL, "credential", "RFC 6072" "");
    /// `consent-pending-additions` (RFC 5362).
    (CONSENT_PENDING, "consent-pending-additions", "RFC 5362" "");
    /// `http-monitor` (RFC 5989).
    (HTTP_MONITOR, "http-monitor", "RFC 5989" "");
    /// `session-spec-policy` (RFC 6795).
    (SESSION_POLICY, "session-spec-policy", "RFC 6795" "");
}
