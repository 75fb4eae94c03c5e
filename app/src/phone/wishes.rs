//! What a caller wants of whom is called (RFC 3841), and what a phone says that it can do (RFC 3840).

use ringback_sip::registry::HeaderName;

/// Options of calls.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct WishOptions {
    /// Prefer phones with these features: video;require (Accept-Contact)
    #[arg(long, value_name = "FEATURES", value_parser = features)]
    prefer: Vec<String>,
    /// Leave out phones with these features: actor="msg-taker" (Reject-Contact)
    #[arg(long, value_name = "FEATURES", value_parser = features)]
    avoid: Vec<String>,
    /// Ask this of proxies: no-fork, sequential, parallel, redirect, no-cancel, no-recurse (Request-Disposition)
    #[arg(long, value_name = "WORD", value_delimiter = ',', value_parser = DISPOSITIONS)]
    disposition: Vec<String>,
}

/// Options of phones that register.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct FeatureOptions {
    /// Register with these features: audio;methods="INVITE,BYE"
    #[arg(long, value_name = "FEATURES", value_parser = features)]
    feature: Vec<String>,
}

impl WishOptions {
    /// The header fields of calls.
    pub(crate) fn rows(&self) -> Vec<(HeaderName, String)> {
        let all = |name, of: &[String]| of.iter().map(|wish| (name, format!("*{wish}"))).collect::<Vec<_>>();
        let mut rows = all(HeaderName::ACCEPT_CONTACT, &self.prefer);
        rows.extend(all(HeaderName::REJECT_CONTACT, &self.avoid));
        if !self.disposition.is_empty() {
            rows.push((HeaderName::REQUEST_DISPOSITION, self.disposition.join(", ")));
        }
        rows
    }
}

impl FeatureOptions {
    /// The parameters of the contact.
    pub(crate) fn params(&self) -> String {
        self.feature.concat()
    }
}

/// Parameters with a `;` before each: a name, or a name with its value.
fn features(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-._!'".contains(c))
    };
    let is_value = |value: &str| {
        let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        !inner.is_empty() && inner.chars().all(|c| (' '..='~').contains(&c) && !"\"\\;".contains(c))
    };
    let good = parts.iter().all(|part| match part.split_once('=') {
        Some((name, value)) => is_name(name) && is_value(value),
        None => is_name(part),
    });
    if parts.is_empty() || !good {
        return Err("features are written like video;methods=\"INVITE,BYE\"".to_owned());
    }
    // A value goes out in quotes, whether the shell left them or not.
    let write = |part: &&str| match part.split_once('=') {
        Some((name, value)) => format!(";{name}=\"{}\"", value.trim_matches('"')),
        None => format!(";{part}"),
    };
    Ok(parts.iter().map(write).collect())
}

/// The words of RFC 3841 §9.1.
const DISPOSITIONS: [&str; 12] = [
    "proxy",
    "redirect",
    "cancel",
    "no-cancel",
    "fork",
    "no-fork",
    "recurse",
    "no-recurse",
    "parallel",
    "sequential",
    "queue",
    "no-queue",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_parameters_and_nothing_else() {
        for (text, written) in [
            ("video", ";video"),
            ("video ; require", ";video;require"),
            ("methods=INVITE,BYE", ";methods=\"INVITE,BYE\""),
            ("+sip.x=\"<a b>\"", ";+sip.x=\"<a b>\""),
        ] {
            assert_eq!(features(text).as_deref(), Ok(written));
        }
        for wrong in ["", ";", "a b", "x=", "x=\"a\r\nb\"", "x=a\"b", "=x", "a,b"] {
            assert!(features(wrong).is_err(), "{wrong}");
        }
    }
}
