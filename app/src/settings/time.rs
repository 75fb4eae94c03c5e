//! Times as the file writes them.

use std::time::Duration;

/// Writes a time as `value::parse_time` reads it.
pub(crate) fn write_time(time: Duration) -> String {
    let mut left = time.as_millis();
    let mut text = String::new();
    for (name, unit) in UNITS {
        let count = left / unit.as_millis();
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
            left %= unit.as_millis();
        }
    }
    if text.is_empty() { "0ms".to_owned() } else { text }
}

/// The units of a time, the largest first.
pub(super) const UNITS: [(&str, Duration); 5] = [
    ("d", Duration::from_secs(86_400)),
    ("h", Duration::from_secs(3600)),
    ("m", Duration::from_secs(60)),
    ("s", Duration::from_secs(1)),
    ("ms", Duration::from_millis(1)),
];
