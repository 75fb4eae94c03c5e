//! Names of instances (RFC 5627 §5).

use super::path::rows;
use super::*;

const URN: &str = "+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"";
const PUBLIC: &str = "sip:alice@example.test;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";

fn send(house: &mut House, call_id: &str, cseq: u32, rows: &str) -> Reply {
    house.send(&register(ALICE, call_id, cseq, &format!("Supported: gruu\r\n{rows}")))
}

/// The name of a kind in the contact of this number.
fn name(reply: &Reply, contact: usize, kind: &str) -> Option<String> {
    let row = rows(reply, HeaderName::CONTACT).remove(contact);
    let start = row.find(&format!(";{kind}-gruu=\""))? + kind.len() + 8;
    Some(row[start..].split('"').next().unwrap().to_owned())
}

/// Whether a temporary name is good now: it names a binding.
fn is_good(house: &House, uri: &str) -> bool {
    let uri = Uri::parse(uri.as_bytes()).unwrap();
    let gruus = Gruus::new(Seed::from_number(1));
    let Some(gruu) = gruus.read(house.access.domains(), &uri) else { return false };
    house.location.bindings(&gruu.aor).live(house.now).any(|b| gruus.names(&gruu, b))
}

#[test]
fn an_instance_gets_a_public_and_a_temporary_name_when_it_knows_what_they_are() {
    let mut house = House::new(false);
    let contact = format!("Contact: <sip:alice@198.51.100.7>;{URN}\r\n");
    let reply = send(&mut house, "c", 1, &contact);
    assert_eq!(name(&reply, 0, "pub").as_deref(), Some(PUBLIC));
    let first = name(&reply, 0, "temp").unwrap();
    assert!(is_good(&house, &first) && !first.contains("alice"));
    for absent in [HeaderName::REQUIRE, HeaderName::SUPPORTED] {
        assert!(rows(&reply, absent).is_empty());
    }
    let plain = house.send(&register(ALICE, "c", 2, &contact));
    assert_eq!((name(&plain, 0, "pub"), name(&plain, 0, "temp")), (None, None));
    let other = send(&mut house, "d", 1, "Contact: <sip:alice@198.51.100.8>\r\n");
    assert_eq!(name(&other, 1, "pub"), None, "a contact without an instance has no name");
    assert!(name(&other, 0, "pub").is_some(), "all contacts are told with their names");
    let query = send(&mut house, "q", 1, "");
    assert_eq!(name(&query, 0, "temp"), name(&other, 0, "temp"));
}

#[test]
fn temporary_names_add_up_until_the_call_id_changes_or_the_instance_goes() {
    let mut house = House::new(false);
    let contact = format!("Contact: <sip:alice@198.51.100.7>;{URN};expires=600\r\n");
    let first = name(&send(&mut house, "c", 1, &contact), 0, "temp").unwrap();
    let again = name(&send(&mut house, "c", 1, &contact), 0, "temp").unwrap();
    assert_eq!(first, again, "a copy is told the same");
    house.now += Duration::from_secs(300);
    let second = name(&send(&mut house, "c", 2, &contact), 0, "temp").unwrap();
    assert_ne!(first, second);
    assert!(is_good(&house, &first) && is_good(&house, &second));
    let third = name(&send(&mut house, "rebooted", 1, &contact), 0, "temp").unwrap();
    assert!(!is_good(&house, &first) && !is_good(&house, &second) && is_good(&house, &third));
    house.now += Duration::from_secs(600);
    assert!(!is_good(&house, &third), "with the last contact they go");
    house.now += Duration::from_secs(1);
    let fourth = name(&send(&mut house, "rebooted", 2, &contact), 0, "temp").unwrap();
    assert!(is_good(&house, &fourth) && !is_good(&house, &third), "and do not come back");
    assert_eq!(name(&send(&mut house, "rebooted", 3, &contact), 0, "pub").as_deref(), Some(PUBLIC));
}

#[test]
fn names_that_a_phone_brings_are_not_its_to_choose() {
    let mut house = House::new(false);
    let reply = send(
        &mut house,
        "c",
        1,
        &format!(
            "Contact: <sip:alice@198.51.100.7>;{URN};pub-gruu=\"sip:me@example.test;gr=x\";temp-gruu=\"sip:x\"\r\n"
        ),
    );
    assert_eq!(name(&reply, 0, "pub").as_deref(), Some(PUBLIC));
    assert_ne!(name(&reply, 0, "temp").as_deref(), Some("sip:x"));
}

#[test]
fn a_contact_that_leads_back_to_the_same_user_is_403() {
    let mut house = House::new(false);
    house.reconfigure(RegistrarSettings::default());
    let contact = format!("Contact: <sip:alice@198.51.100.7>;{URN}\r\n");
    let temporary = name(&send(&mut house, "c", 1, &contact), 0, "temp").unwrap();
    let before = house.bound("alice@example.test").len();
    for own in [ALICE, "sip:alice@192.0.2.9", "sip:%61lice@EXAMPLE.test:5060;x=1", PUBLIC, &temporary] {
        let reply = send(&mut house, "d", 1, &format!("Contact: <{own}>\r\n"));
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{own}");
        assert!(matches!(reply.cause, Cause::OwnName(_)), "{own}");
        assert_eq!(house.bound("alice@example.test").len(), before);
    }
    let fax = send(&mut house, "d", 1, &format!("Contact: <tel:+31201234567>;{URN}\r\n"));
    assert_eq!(fax.status, StatusCode::FORBIDDEN, "an instance is reached by sip");
    for other in ["sip:bob@example.test", "sip:alice@192.0.2.9:5070", &PUBLIC.replace("alice", "bob")] {
        let reply = send(&mut house, other, 1, &format!("Contact: <{other}>\r\n"));
        assert_eq!(reply.status, StatusCode::OK, "{other}");
    }
    let gone = send(&mut house, "e", 1, &format!("Contact: <{ALICE}>;expires=0\r\n"));
    assert_eq!(gone.status, StatusCode::OK, "removing cannot make a loop");
}
