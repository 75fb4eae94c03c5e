//! Laws of reading and writing, over generated messages and URIs.

use proptest::prelude::*;
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Edit, Message, NameAddr, Params, RequestBuilder, Uri, unquote};

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(
        target in uri(),
        rows in prop::collection::vec((token(), "[!-~\u{e9}]([ -~]{0,30}[!-~])?"), 0..12),
        body in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut builder = RequestBuilder::new("INVITE", target.as_bytes());
        for (name, value) in &rows {
            builder = builder.header_named(&format!("X-{name}"), value);
        }
        let bytes = builder.body("application/octet-stream", &body);
        let m = Message::parse(&bytes).unwrap();
        prop_assert_eq!((m.request_uri(), m.body()), (target.as_bytes(), &body[..]));
        prop_assert!(m.deviations().is_empty() && m.body_is_whole());
        let read: Vec<_> = m.lines().iter().map(|l| (m.name_of(l).to_vec(), m.value_of(l).to_vec())).collect();
        let written = rows.iter().map(|(n, v)| (format!("X-{n}").into_bytes(), v.clone().into_bytes()));
        prop_assert_eq!(&read[..rows.len()], &written.collect::<Vec<_>>()[..]);
        prop_assert_eq!(&Edit::new(&m).finish(), &bytes);
    }

    #[test]
    fn written_addresses_are_read_back(
        display in "[ -~\u{e9}]{0,12}", target in uri(), params in params(),
    ) {
        let quoted = format!("\"{}\"", display.replace('\\', "\\\\").replace('"', "\\\""));
        let raw: String = params.iter().map(|(n, v)| format!(" ;{n} = {v}")).collect();
        let text = format!("{quoted}<{target}>{raw}");
        let address = NameAddr::parse(HeaderName::CONTACT, text.as_bytes()).unwrap();
        prop_assert_eq!((&*unquote(address.display), address.uri), (display.as_bytes(), target.as_bytes()));
        let read: Vec<_> = address.params.iter().map(|(n, v)| (n.to_vec(), v.unwrap_or_default().to_vec())).collect();
        let wanted: Vec<_> = params.into_iter().map(|(n, v)| (n.into_bytes(), v.into_bytes())).collect();
        prop_assert_eq!(read, wanted);
    }

    #[test]
    fn parameters_are_found_in_any_case_and_order(params in params()) {
        let raw: String = params.iter().rev().map(|(n, v)| format!(";{}={v}", n.to_uppercase())).collect();
        let all = Params::new(raw.as_bytes());
        for (name, _) in &params {
            let last = params.iter().rfind(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_bytes());
            prop_assert_eq!(all.get(name.as_bytes()), last);
        }
    }

    #[test]
    fn uri_equality_is_reflexive_and_symmetric(a in uri(), b in uri()) {
        let (a, b) = (Uri::parse(a.as_bytes()).unwrap(), Uri::parse(b.as_bytes()).unwrap());
        prop_assert!(a.equals(&a) && b.equals(&b));
        prop_assert_eq!(a.equals(&b), b.equals(&a));
    }

    #[test]
    fn uris_that_differ_in_escapes_case_of_host_and_order_are_equal(
        user in "[a-zA-Z0-9]{1,8}", host in host(), params in params(), which in any::<u16>(),
    ) {
        let escaped: String = user.bytes().enumerate()
            .map(|(i, b)| if which >> (i % 16) & 1 == 1 { format!("%{b:02x}") } else { char::from(b).to_string() })
            .collect();
        let mut distinct = params;
        distinct.sort();
        distinct.dedup_by(|a, b| a.0.eq_ignore_ascii_case(&b.0));
        let write = |p: &(String, String)| format!(";{}={}", p.0, p.1);
        let forward: String = distinct.iter().map(write).collect();
        let backward: String = distinct.iter().rev().map(write).collect();
        let a = format!("sip:{user}@{host}{forward}");
        let b = format!("SIP:{escaped}@{}{backward}", host.to_uppercase());
        let (a, b) = (Uri::parse(a.as_bytes()).unwrap(), Uri::parse(b.as_bytes()).unwrap());
        prop_assert!(a.equals(&b) && b.equals(&a));
        prop_assert_eq!(a.address_of_record(), b.address_of_record());
    }

    #[test]
    fn uris_of_other_users_hosts_ports_or_schemes_are_not_equal(user in "[a-z]{1,6}", host in host(), port in 1..9999_u16) {
        let base = format!("sip:{user}@{host}");
        for other in [
            format!("sip:{user}x@{host}"), format!("sip:{user}@other.test"), format!("sip:{user}@{host}:{port}"),
            format!("sips:{user}@{host}"), format!("sip:{host}"), format!("sip:{user}@{host};transport=tcp"),
            format!("sip:{user}@{host}?a=b"), format!("sip:{}@{host}", user.to_uppercase()),
        ] {
            prop_assert!(!Uri::parse(base.as_bytes()).unwrap().equals(&Uri::parse(other.as_bytes()).unwrap()), "{}", other);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in any::<u16>()) {
        let valid = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n";
        let mut mixed = valid[..usize::from(cut) % valid.len()].to_vec();
        mixed.extend_from_slice(&bytes);
        for text in [&bytes, &mixed] {
            if let Ok(m) = Message::parse(text) {
                let faults: Vec<_> = m.faults().collect();
                prop_assert_eq!(m.check().is_err() || m.check_values().is_err(), !faults.is_empty());
                prop_assert!(faults.iter().all(|(_, e)| e.at <= text.len()));
                prop_assert_eq!(&Edit::new(&m).finish()[..], &text[..]);
            }
        }
    }
}

fn token() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9.!%*_+`'~-]{1,10}"
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9]{0,6}(\\.[a-z]{2,5}){0,2}",
        any::<[u8; 4]>().prop_map(|a| core::net::Ipv4Addr::from(a).to_string()),
        any::<[u16; 8]>().prop_map(|a| format!("[{}]", core::net::Ipv6Addr::from(a))),
    ]
}

fn params() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("[a-z][a-z0-9-]{0,6}", "[a-zA-Z0-9.-]{1,6}"), 0..5)
}

fn uri() -> impl Strategy<Value = String> {
    let user = prop_oneof![Just(String::new()), "[a-zA-Z0-9;?/&=+$,_.!~*'()-]{1,10}(%[0-9a-f]{2})?@"];
    let port = prop_oneof![Just(String::new()), (1..=u16::MAX).prop_map(|p| format!(":{p}"))];
    let sip = ("sips?", user, host(), port, params()).prop_map(|(scheme, user, host, port, params)| {
        let params: String = params.iter().map(|(n, v)| format!(";{n}={v}")).collect();
        format!("{scheme}:{user}{host}{port}{params}")
    });
    prop_oneof![4 => sip, 1 => "tel:\\+[0-9][0-9.()-]{0,9}(;ext=[0-9]{1,3})?"]
}
