//! URI parameters (IANA sip-parameters). `method` stands here with the meaning of RFC 3261; RFC 5552 gives the
//! same name another meaning in URIs of VoiceXML services.

use super::named::named_rows;

named_rows! {
    /// A registered parameter of SIP and SIPS URIs (RFC 3969).
    UriParameter, ignoring case;
    /// `aai` (RFC 5552).
    (AAI, "aai", "RFC 5552" "");
    /// `bnc` (RFC 6140).
    (BNC, "bnc", "RFC 6140" "");
    /// `cause` (RFC 4458).
    (CAUSE, "cause", "RFC 4458" "");
    /// `ccxml` (RFC 5552).
    (CCXML, "ccxml", "RFC 5552" "");
    /// `comp` (RFC 3486).
    (COMP, "comp", "RFC 3486" "");
    /// `content-type` (RFC 4240).
    (CONTENT_TYPE, "content-type", "RFC 4240" "");
    /// `delay` (RFC 4240).
    (DELAY, "delay", "RFC 4240" "");
    /// `duration` (RFC 4240).
    (DURATION, "duration", "RFC 4240" "");
    /// `extension` (RFC 4240).
    (EXTENSION, "extension", "RFC 4240" "");
    /// `gr` (RFC 5627).
    (GR, "gr", "RFC 5627" "");
    /// `iotl` (RFC 7549).
    (IOTL, "iotl", "RFC 7549" "");
    /// `locale` (RFC 4240).
    (LOCALE, "locale", "RFC 4240" "");
    /// `lr` (RFC 3261 §19.1.1).
    (LR, "lr", "RFC 3261" "19.1.1");
    /// `m` (RFC 6910).
    (M, "m", "RFC 6910" "");
    /// `maddr` (RFC 3261 §19.1.1).
    (MADDR, "maddr", "RFC 3261" "19.1.1");
    /// `maxage` (RFC 5552).
    (MAXAGE, "maxage", "RFC 5552" "");
    /// `maxstale` (RFC 5552).
    (MAXSTALE, "maxstale", "RFC 5552" "");
    /// `method` (RFC 3261 §19.1.1).
    (METHOD, "method", "RFC 3261" "19.1.1");
    /// `ob` (RFC 5626).
    (OB, "ob", "RFC 5626" "");
    /// `param[n]` (RFC 4240).
    (PARAM_N, "param[n]", "RFC 4240" "");
    /// `play` (RFC 4240).
    (PLAY, "play", "RFC 4240" "");
    /// `pn-param` (RFC 8599).
    (PN_PARAM, "pn-param", "RFC 8599" "");
    /// `pn-prid` (RFC 8599).
    (PN_PRID, "pn-prid", "RFC 8599" "");
    /// `pn-provider` (RFC 8599).
    (PN_PROVIDER, "pn-provider", "RFC 8599" "");
    /// `pn-purr` (RFC 8599).
    (PN_PURR, "pn-purr", "RFC 8599" "");
    /// `postbody` (RFC 5552).
    (POSTBODY, "postbody", "RFC 5552" "");
    /// `repeat` (RFC 4240).
    (REPEAT, "repeat", "RFC 4240" "");
    /// `sg` (RFC 6140).
    (SG, "sg", "RFC 6140" "");
    /// `sigcomp-id` (RFC 5049).
    (SIGCOMP_ID, "sigcomp-id", "RFC 5049" "");
    /// `target` (RFC 4458).
    (TARGET, "target", "RFC 4458" "");
    /// `transport` (RFC 3261 §19.1.1).
    (TRANSPORT, "transport", "RFC 3261" "19.1.1");
    /// `ttl` (RFC 3261 §19.1.1).
    (TTL, "ttl", "RFC 3261" "19.1.1");
    /// `user` (RFC 3261 §19.1.1).
    (USER, "user", "RFC 3261" "19.1.1");
    /// `voicexml` (RFC 4240).
    (VOICEXML, "voicexml", "RFC 4240" "");
}
