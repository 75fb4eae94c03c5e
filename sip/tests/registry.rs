//! The rows of the registries against copies of the public registries (`tests/data/registry`).
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use ringback_sip::registry::{
    Cause, CauseClass, HeaderName, HeaderParameter, Method, OptionTag, Outcome, Profile, Release, Repair,
    StatusCode, UriParameter, WarnCode, outcome_from_release, release_from_status, repair_before_release,
};
use std::collections::BTreeSet;

#[test]
fn status_codes_are_those_of_iana_and_411() {
    let mut rows = table(include_str!("data/registry/response_codes.csv"));
    rows.push(["411", "Length Required", "RFC2543"].map(String::from).to_vec());
    rows.sort();
    assert_eq!(rows.len(), StatusCode::ALL.len());
    for (row, code) in rows.iter().zip(StatusCode::ALL) {
        assert_eq!((row[0].as_str(), row[1].as_str()), (code.to_string().as_str(), code.phrase()));
        assert_eq!(row[2], compressed(code.row().reference.document), "{code}");
    }
}

#[test]
fn methods_are_those_of_iana() {
    let rows = table(include_str!("data/registry/methods.csv"));
    let names: Vec<_> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, Method::ALL.iter().map(|m| m.as_str()).collect::<Vec<_>>());
    for (row, method) in rows.iter().zip(Method::ALL) {
        assert!(row[1].contains(&compressed(method.reference().document)), "{method}");
    }
}

#[test]
fn header_fields_are_those_of_iana_with_their_compact_forms() {
    // Reason-Phrase is reserved so that nobody uses it; a message that has it has an unknown field.
    let rows = table(include_str!("data/registry/header_fields.csv"));
    let rows: Vec<_> = rows.iter().filter(|row| row[0] != "Reason-Phrase").collect();
    assert_eq!(rows.len(), HeaderName::ALL.len());
    for (row, &name) in rows.iter().zip(HeaderName::ALL) {
        assert_eq!((row[0].as_str(), row[1].as_str()), (name.as_str(), name.compact().unwrap_or_default()));
        assert!(row[2].starts_with(name.reference().unwrap().document), "{name}");
        assert_eq!(row[3] == "yes", name.is_deprecated(), "{name}");
    }
}

#[test]
fn header_parameters_are_those_of_iana() {
    let rows = table(include_str!("data/registry/header_field_parameters.csv"));
    let wanted: Vec<_> = rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let all = HeaderParameter::ALL.iter();
    let ours: Vec<_> = all.map(|p| (p.header.to_string(), p.name.to_owned())).collect();
    assert_eq!(ours, wanted);
    for (row, parameter) in rows.iter().zip(HeaderParameter::ALL) {
        assert!(row[3].contains(&compressed(parameter.reference.document)), "{parameter:?}");
    }
    assert_eq!(HeaderParameter::of(HeaderName::MAX_FORWARDS).count(), 0);
    assert!(HeaderParameter::of(HeaderName::VIA).any(|parameter| parameter.name == "branch"));
}

#[test]
fn option_tags_are_those_of_iana() {
    let rows = table(include_str!("data/registry/option_tags.csv"));
    assert_eq!(rows.len(), OptionTag::ALL.len());
    for (row, &tag) in rows.iter().zip(OptionTag::ALL) {
        assert_eq!((&*row[0], &*row[1]), (tag.as_str(), &*compressed(tag.reference().document)));
        assert_eq!(OptionTag::from_bytes(tag.as_str().to_uppercase().as_bytes()), Some(tag));
    }
    assert_eq!(OptionTag::from_bytes(b"100rels"), None);
}

#[test]
fn uri_parameters_are_those_of_iana() {
    let rows = table(include_str!("data/registry/uri_parameters.csv"));
    let names: BTreeSet<_> = rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(names, UriParameter::ALL.iter().map(|p| p.to_string()).collect());
    assert_eq!(UriParameter::METHOD.reference().document, "RFC 3261");
    assert_eq!(UriParameter::from_bytes(b"LR"), Some(UriParameter::LR));
}

#[test]
fn warn_codes_are_those_of_iana() {
    let rows = table(include_str!("data/registry/warn_codes.csv"));
    assert_eq!(rows.len(), WarnCode::ALL.len());
    for (row, code) in rows.iter().zip(WarnCode::ALL) {
        assert_eq!(row[0], code.to_string());
        assert!(row[1].starts_with(&format!("{}:", code.text())), "{code}");
        assert_eq!(row[2].to_uppercase(), compressed(code.reference().document));
    }
}

#[test]
fn causes_are_those_of_q850_with_their_class() {
    let rows = table(include_str!("data/registry/q850_causes.csv"));
    assert_eq!(rows.len(), Cause::ALL.len());
    for (row, &cause) in rows.iter().zip(Cause::ALL) {
        assert_eq!((&*row[0], Some(&*row[1])), (&*cause.to_string(), cause.name()));
        assert_eq!(row[3], class_in_q850(cause.class()), "{cause}");
        assert_eq!(row[4] != "Q.850", cause.is_national(), "{cause}");
    }
}

#[test]
fn causes_become_statuses_as_in_rfc_3398() {
    for row in table(include_str!("data/registry/q850_to_sip.csv")) {
        let cause = match row[0].parse() {
            Ok(number) => Cause::new(number).unwrap(),
            // "any other cause": one that the table does not name.
            Err(_) => Cause::EXCHANGE_ROUTING_ERROR,
        };
        let has_new_number = row[1].contains("w/ diagnostic");
        let outcome =
            outcome_from_release(Profile::Rfc3398, Release { cause, by_user: false, has_new_number });
        match row[2].parse().ok().and_then(StatusCode::new) {
            Some(status) => assert_eq!(outcome, Outcome::Status(status), "cause {cause}"),
            None => assert!(!matches!(outcome, Outcome::Status(_)), "cause {cause}"),
        }
    }
}

#[test]
fn statuses_become_causes_as_in_rfc_3398() {
    for row in table(include_str!("data/registry/sip_to_q850.csv")) {
        // "any other" is proven with a code that nobody registered; BYE and CANCEL are no statuses.
        let number = if row[0] == "*" { Ok(499) } else { row[0].parse() };
        let Some(status) = number.ok().and_then(StatusCode::new) else { continue };
        let release = release_from_status(Profile::Rfc3398, status, None);
        match row[2].parse().ok().and_then(Cause::new) {
            Some(cause) => assert_eq!(release.map(|r| r.cause), Some(cause), "status {status}"),
            None if status == StatusCode::REQUEST_TERMINATED => assert_eq!(release, None),
            None => assert_eq!(release.map(|r| r.cause), Some(Cause::NORMAL_UNSPECIFIED), "status {status}"),
        }
        let repair = match &row[3] {
            text if text.contains("(+)") => Repair::Request,
            text if text.contains("(*)") => Repair::Credentials,
            _ => Repair::None,
        };
        assert_eq!(repair_before_release(status), repair, "status {status}");
    }
}

fn class_in_q850(class: CauseClass) -> &'static str {
    match class {
        CauseClass::NormalEvent => "normal event",
        CauseClass::ResourceUnavailable => "resource unavailable",
        CauseClass::ServiceNotAvailable => "service or option not available",
        CauseClass::ServiceNotImplemented => "service or option not implemented",
        CauseClass::InvalidMessage => "invalid message",
        CauseClass::ProtocolError => "protocol error",
        CauseClass::Interworking => "interworking",
    }
}

/// `RFC 3261` as `RFC3261`.
fn compressed(document: &str) -> String {
    document.replace(' ', "")
}

/// The rows below the heading of a CSV file; fields may stand in double quotes, with `""` for a quote.
fn table(csv: &str) -> Vec<Vec<String>> {
    csv.lines().skip(1).map(fields).collect()
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut characters) = (false, line.chars().peekable());
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                fields.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}
