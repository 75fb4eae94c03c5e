//! `ringback resolve` against a name server of the test's own, on loopback.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use serde_json::Value;
use std::net::UdpSocket;
use std::process::{Command, Output};

const A: u16 = 1;
const SRV: u16 = 33;
const NAPTR: u16 = 35;

#[test]
fn every_step_is_shown_for_a_person_and_for_a_program() {
    let dns = name_server();
    let output = resolve(&dns, &["example.test", "--transports", "udp,tcp"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for line in [
        "NAPTR example.test: 2 records",
        "SIPS+D2T by _sips._tcp.example.test: a transport that we have not",
        "SIP+D2T by _sip._tcp.example.test: followed",
        "SRV _sip._tcp.example.test: 1 record",
        "s1.example.test port 5070: followed",
        "A/AAAA s1.example.test: 1 record",
        "  1. TCP 192.0.2.1:5070",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    let output = resolve(&dns, &["example.test", "--transports", "udp,tcp", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "ringback.resolve/1");
    let steps = json["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["step"] == "naptr" && step["verdict"] == "taken"), "{json}");
    assert_eq!(json["targets"][0]["address"], "192.0.2.1:5070", "{json}");
    // With TLS the first record counts, and it leads nowhere: the transport is decided (RFC 3263 §4.1).
    let output = resolve(&dns, &["example.test", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &json["error"]), (Some(71), &"no-address".into()), "{json}");
}

#[test]
fn a_name_that_leads_nowhere_is_exit_code_71_and_names_the_reason() {
    let dns = name_server();
    let output = resolve(&dns, &["nowhere.test", "--json"]);
    assert_eq!(output.status.code(), Some(71));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["error"], json["targets"].as_array().map(Vec::len)), (&"no-such-name".into(), Some(0)));
    assert_eq!(resolve(&dns, &["sip:x@example.test;transport=pigeon"]).status.code(), Some(2));
    let numeric = resolve(&dns, &["sip:192.0.2.7:5080;transport=tcp"]);
    assert!(String::from_utf8_lossy(&numeric.stdout).contains("1. TCP 192.0.2.7:5080"));
}

fn resolve(dns: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.arg("resolve").args(args).args(["--dns", dns]).output().unwrap()
}

/// Starts a name server; gives its address.
fn name_server() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut bytes = [0; 1500];
        while let Ok((count, from)) = socket.recv_from(&mut bytes) {
            let _ = socket.send_to(&answer(&bytes[..count]), from);
        }
    });
    address
}

/// The answer to a question (RFC 1035 §4.1): its header and question, and the records that there are.
fn answer(question: &[u8]) -> Vec<u8> {
    let mut end = 12;
    let mut name = Vec::new();
    while question[end] > 0 {
        let label = &question[end + 1..end + 1 + usize::from(question[end])];
        name.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        end += label.len() + 1;
    }
    let kind = u16::from_be_bytes([question[end + 1], question[end + 2]]);
    let records = records(&name.join("."), kind);
    let status = if records.is_empty() && !name.join(".").ends_with("example.test") { 3 } else { 0 };
    let mut bytes = question[..2].to_vec();
    bytes.extend([0x84, status, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    bytes.extend(&question[12..end + 5]);
    for record in records {
        // The name of the question, the kind, the class IN, 60 seconds.
        bytes.extend([0xc0, 12]);
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 1, 0, 0, 0, 60]);
        bytes.extend((record.len() as u16).to_be_bytes());
        bytes.extend(record);
    }
    bytes
}

fn records(name: &str, kind: u16) -> Vec<Vec<u8>> {
    match (name, kind) {
        ("example.test", NAPTR) => vec![
            naptr(10, "SIPS+D2T", "_sips._tcp.example.test"),
            naptr(20, "SIP+D2T", "_sip._tcp.example.test"),
        ],
        ("_sip._tcp.example.test", SRV) => {
            let mut record = vec![0, 10, 0, 5];
            record.extend(5070_u16.to_be_bytes());
            record.extend(labels("s1.example.test"));
            vec![record]
        }
        ("s1.example.test", A) => vec![vec![192, 0, 2, 1]],
        _ => vec![],
    }
}

fn naptr(order: u16, service: &str, replacement: &str) -> Vec<u8> {
    let mut record = order.to_be_bytes().to_vec();
    record.extend([0, 1, 1, b's', service.len() as u8]);
    record.extend(service.as_bytes());
    record.push(0);
    record.extend(labels(replacement));
    record
}

fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
