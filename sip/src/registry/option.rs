//! Option tags: names of extensions in Supported, Require, Proxy-Require and Unsupported (IANA sip-parameters).

use super::named::named_rows;

named_rows! {
    /// A registered option tag (RFC 3261 §19.2).
    OptionTag, ignoring case;
    /// `100rel` (RFC 3262).
    (RELIABLE_PROVISIONAL, "100rel", "RFC 3262" "");
    /// `199` (RFC 6228).
    (EARLY_DIALOG_TERMINATED, "199", "RFC 6228" "");
    /// `answermode` (RFC 5373).
    (ANSWERMODE, "answermode", "RFC 5373" "");
    /// `early-session` (RFC 3959).
    (EARLY_SESSION, "early-session", "RFC 3959" "");
    /// `eventlist` (RFC 4662).
    (EVENTLIST, "eventlist", "RFC 4662" "");
    /// `explicitsub` (RFC 7614).
    (EXPLICITSUB, "explicitsub", "RFC 7614" "");
    /// `from-change` (RFC 4916).
    (FROM_CHANGE, "from-change", "RFC 4916" "");
    /// `geolocation-http` (RFC 6442).
    (GEOLOCATION_HTTP, "geolocation-http", "RFC 6442" "");
    /// `geolocation-sip` (RFC 6442).
    (GEOLOCATION_SIP, "geolocation-sip", "RFC 6442" "");
    /// `gin` (RFC 6140).
    (GIN, "gin", "RFC 6140" "");
    /// `gruu` (RFC 5627).
    (GRUU, "gruu", "RFC 5627" "");
    /// `histinfo` (RFC 7044).
    (HISTINFO, "histinfo", "RFC 7044" "");
    /// `ice` (RFC 5768).
    (ICE, "ice", "RFC 5768" "");
    /// `join` (RFC 3911).
    (JOIN, "join", "RFC 3911" "");
    /// `multiple-refer` (RFC 5368).
    (MULTIPLE_REFER, "multiple-refer", "RFC 5368" "");
    /// `norefersub` (RFC 4488).
    (NOREFERSUB, "norefersub", "RFC 4488" "");
    /// `nosub` (RFC 7614).
    (NOSUB, "nosub", "RFC 7614" "");
    /// `outbound` (RFC 5626).
    (OUTBOUND, "outbound", "RFC 5626" "");
    /// `path` (RFC 3327).
    (PATH, "path", "RFC 3327" "");
    /// `policy` (RFC 6794).
    (POLICY, "policy", "RFC 6794" "");
    /// `precondition` (RFC 3312).
    (PRECONDITION, "precondition", "RFC 3312" "");
    /// `pref` (RFC 3840).
    (PREF, "pref", "RFC 3840" "");
    /// `privacy` (RFC 3323).
    (PRIVACY, "privacy", "RFC 3323" "");
    /// `recipient-list-invite` (RFC 5366).
    (RECIPIENT_LIST_INVITE, "recipient-list-invite", "RFC 5366" "");
    /// `recipient-list-message` (RFC 5365).
    (RECIPIENT_LIST_MESSAGE, "recipient-list-message", "RFC 5365" "");
    /// `recipient-list-subscribe` (RFC 5367).
    (RECIPIENT_LIST_SUBSCRIBE, "recipient-list-subscribe", "RFC 5367" "");
    /// `record-aware` (RFC 7866).
    (RECORD_AWARE, "record-aware", "RFC 7866" "");
    /// `replaces` (RFC 3891).
    (REPLACES, "replaces", "RFC 3891" "");
    /// `resource-priority` (RFC 4412).
    (RESOURCE_PRIORITY, "resource-priority", "RFC 4412" "");
    /// `sdp-anat` (RFC 4092).
    (SDP_ANAT, "sdp-anat", "RFC 4092" "");
    /// `sec-agree` (RFC 3329).
    (SEC_AGREE, "sec-agree", "RFC 3329" "");
    /// `siprec` (RFC 7866).
    (SIPREC, "siprec", "RFC 7866" "");
    /// `tdialog` (RFC 4538).
    (TDIALOG, "tdialog", "RFC 4538" "");
    /// `timer` (RFC 4028).
    (TIMER, "timer", "RFC 4028" "");
    /// `trickle-ice` (RFC 8840).
    (TRICKLE_ICE, "trickle-ice", "RFC 8840" "");
    /// `uui` (RFC 7433).
    (UUI, "uui", "RFC 7433" "");
}
