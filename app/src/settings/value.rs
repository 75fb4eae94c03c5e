//! One value of the file: from its text to its type, or what is wrong with it.

use super::fault::FaultKind;
use super::time::UNITS;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// Reads `500ms`, `4s`, `1m30s`, `2h`, `7d`: whole numbers with units, the larger unit first.
pub(crate) fn parse_time(text: &str) -> Result<Duration, FaultKind> {
    let trimmed = text.trim();
    if trimmed.starts_with('-') {
        return Err(FaultKind::NegativeTime);
    }
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FaultKind::TimeWithoutUnit { number: trimmed.to_owned() });
    }
    let malformed = || FaultKind::NotATime { text: text.to_owned() };
    let mut total = Duration::ZERO;
    let mut rest = trimmed;
    let mut last_unit = Duration::MAX;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let unit =
            UNITS.iter().find(|(name, _)| *name == unit).map(|(_, unit)| *unit).ok_or_else(malformed)?;
        if unit >= last_unit {
            return Err(malformed());
        }
        let number: u32 = number.parse().map_err(|_| malformed())?;
        total = unit.checked_mul(number).and_then(|part| total.checked_add(part)).ok_or_else(malformed)?;
        last_unit = unit;
        rest = after;
    }
    if last_unit == Duration::MAX { Err(malformed()) } else { Ok(total) }
}

/// Reads an IP address with a port.
pub(crate) fn parse_address(text: &str) -> Result<SocketAddr, FaultKind> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return match address {
            _ if address.port() == 0 => Err(FaultKind::PortZero),
            _ if is_of_several(address.ip()) => {
                let any: IpAddr = match address {
                    SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                };
                let meant = SocketAddr::new(any, address.port()).to_string();
                Err(FaultKind::NotOneHost { text: text.to_owned(), meant })
            }
            _ => Ok(address),
        };
    }
    let suggestion = if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        Some(SocketAddr::new(ip, 5060).to_string())
    } else if let Some((host, port)) = text.rsplit_once(':') {
        match (host.parse::<IpAddr>(), port.parse::<u16>()) {
            (Ok(ip), Ok(port)) => Some(SocketAddr::new(ip, port).to_string()),
            (Ok(ip), Err(_)) => Some(SocketAddr::new(ip, 5060).to_string()),
            (Err(_), Ok(port)) if host.eq_ignore_ascii_case("localhost") => Some(format!("127.0.0.1:{port}")),
            (Err(_), Ok(port)) if host.is_empty() || host == "*" => Some(format!("0.0.0.0:{port}")),
            _ => None,
        }
    } else {
        None
    };
    Err(FaultKind::NotAnAddress { text: text.to_owned(), suggestion })
}

/// Whether an address is that of a group, or of everybody.
fn is_of_several(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ip.is_multicast() || ip == Ipv4Addr::BROADCAST
}

/// Reads a host: labels of letters, digits and hyphens, or an IP address; in lower case, without a final dot.
pub(crate) fn parse_host(text: &str) -> Result<String, FaultKind> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(ip.to_string());
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if name.is_empty() || name.len() > 253 || numeric || !name.split('.').all(label) {
        return Err(FaultKind::NotAHost { text: text.to_owned(), suggestion: host_inside(text) });
    }
    Ok(name.to_ascii_lowercase())
}

/// The host that somebody probably meant: `sip:me@example.test:5060` has one.
fn host_inside(text: &str) -> Option<String> {
    let schemes = ["sip:", "sips:", "http://", "https://"];
    let bare = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let host = bare.rsplit('@').next()?.split([':', '/', ';']).next()?.trim();
    (host != text && parse_host(host).is_ok()).then(|| host.to_owned())
}

/// Puts the values of environment variables in the place of `${NAME}`.
pub(crate) fn expand(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, FaultKind> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        expanded.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let Some(end) = after.find('}') else {
            return Err(FaultKind::UnclosedReference);
        };
        let name = &after[..end];
        expanded.push_str(
            &variable(name).ok_or_else(|| FaultKind::UndefinedReference { name: name.to_owned() })?,
        );
        rest = &after[end + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::super::time::write_time;
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in ["500ms", "4s", "1m30s", "2h", "7d", "1d2h3m4s5ms", "0ms"] {
            assert_eq!(write_time(parse_time(text).unwrap()), text);
        }
        assert_eq!(parse_time("90s").unwrap(), Duration::from_secs(90));
    }

    #[test]
    fn times_that_are_none_are_told_apart() {
        assert_eq!(parse_time("-5s"), Err(FaultKind::NegativeTime));
        assert_eq!(parse_time("500"), Err(FaultKind::TimeWithoutUnit { number: "500".to_owned() }));
        for text in ["", "s", "5 s", "5sec", "1s1m", "1s1s", "1.5s", "99999999999s"] {
            assert_eq!(parse_time(text), Err(FaultKind::NotATime { text: text.to_owned() }), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_none_comes_with_the_probable_one() {
        let suggestion = |text| match parse_address(text) {
            Err(FaultKind::NotAnAddress { suggestion, .. }) => suggestion,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(suggestion("127.0.0.1").as_deref(), Some("127.0.0.1:5060"));
        assert_eq!(suggestion("::1").as_deref(), Some("[::1]:5060"));
        assert_eq!(suggestion("2001:db8::g").as_deref(), None);
        assert_eq!(suggestion("localhost:5062").as_deref(), Some("127.0.0.1:5062"));
        assert_eq!(suggestion("*:5060").as_deref(), Some("0.0.0.0:5060"));
        assert_eq!(suggestion("10.0.0.1:sip").as_deref(), Some("10.0.0.1:5060"));
        assert_eq!(parse_address("[::1]:5060").unwrap().port(), 5060);
        assert_eq!(parse_address("127.0.0.1:0"), Err(FaultKind::PortZero));
    }

    #[test]
    fn hosts_are_names_or_addresses_and_nothing_else() {
        assert_eq!(parse_host("Example.TEST.").unwrap(), "example.test");
        assert_eq!(parse_host("[2001:DB8::1]").unwrap(), "2001:db8::1");
        for (text, meant) in [
            ("sip:example.test", Some("example.test")),
            ("bob@example.test:5060", Some("example.test")),
            ("a b", None),
            ("", None),
            ("-a.test", None),
            ("300.1.1.1", None),
            ("a..b", None),
        ] {
            let Err(FaultKind::NotAHost { suggestion, .. }) = parse_host(text) else { panic!("{text}") };
            assert_eq!(suggestion.as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn variables_are_put_in_their_places() {
        let variable = |name: &str| (name == "HOME").then(|| "/home/a".to_owned());
        assert_eq!(expand("${HOME}/x${HOME}", &variable).unwrap(), "/home/a/x/home/a");
        assert_eq!(
            expand("${NOWHERE}", &variable),
            Err(FaultKind::UndefinedReference { name: "NOWHERE".to_owned() })
        );
        assert_eq!(expand("${HOME", &variable), Err(FaultKind::UnclosedReference));
    }
}
