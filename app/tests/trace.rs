//! `ringback trace`: a capture in, verdicts out.

use ringback_io::capture::PacketWriter;
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A capture of a REGISTER that is refused after its credentials, and of an INVITE that nobody answers.
fn capture(name: &str) -> PathBuf {
    let [phone, server]: [SocketAddr; 2] =
        ["192.0.2.1:5060", "192.0.2.2:5060"].map(|a| a.parse().expect("an address"));
    let path = std::env::temp_dir().join(format!("ringback-trace-{}-{name}.pcap", std::process::id()));
    let file = std::fs::File::create(&path).expect("a file");
    let mut writer = PacketWriter::new(file).expect("a file");
    let mut write = |millis: u64, ends: [SocketAddr; 2], start: &str, call: &str, cseq: &str, more: &str| {
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{}\r\nMax-Forwards: 70\r\nFrom: <sip:ann@x.test>;tag=1\r\n\
             To: <sip:bob@x.test>\r\nCall-ID: {call}\r\nCSeq: {cseq}\r\n{more}Content-Length: 0\r\n\r\n",
            &cseq[..1],
        );
        let at = Instant::from_unix_micros(1_700_000_000_000_000 + millis * 1000);
        writer.write(at, ends[0], ends[1], text.as_bytes()).expect("a file");
    };
    let (out, back) = ([phone, server], [server, phone]);
    let challenge = "WWW-Authenticate: Digest realm=\"x.test\", nonce=\"n1\"\r\n";
    let proof = "Authorization: Digest username=\"ann\", realm=\"x.test\", nonce=\"n1\", uri=\"sip:x.test\", \
                 response=\"0123456789abcdef0123456789abcdef\"\r\n";
    write(0, out, "REGISTER sip:x.test SIP/2.0", "reg@x", "1 REGISTER", "");
    write(9, back, "SIP/2.0 401 Unauthorized", "reg@x", "1 REGISTER", challenge);
    write(20, out, "REGISTER sip:x.test SIP/2.0", "reg@x", "2 REGISTER", proof);
    write(30, back, "SIP/2.0 401 Unauthorized", "reg@x", "2 REGISTER", challenge);
    let elsewhere = [phone, "192.0.2.3:5060".parse().expect("an address")];
    for millis in [1000, 1500, 2500, 4500, 8500, 16500, 32500] {
        write(
            millis,
            elsewhere,
            "INVITE sip:bob@192.0.2.3 SIP/2.0",
            "call@x",
            "1 INVITE",
            "Contact: <sip:ann@192.0.2.1>\r\n",
        );
    }
    write(60_000, out, "OPTIONS sip:x.test SIP/2.0", "ping@x", "1 OPTIONS", "");
    write(60_009, back, "SIP/2.0 200 OK", "ping@x", "1 OPTIONS", "");
    writer.finish().expect("a file");
    path
}

fn trace(args: &[&str], file: &std::path::Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.arg("trace").arg(file).args(args).env("LC_ALL", "C").output().expect("ringback runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn each_call_of_a_capture_gets_one_verdict() {
    let file = capture("table");
    let table = text(&trace(&[], &file));
    assert!(table.contains("Nobody answers (certain)"), "{table}");
    assert!(table.contains("Wrong password or user (likely)"), "{table}");
    assert!(table.contains("nothing wrong"), "{table}");
    let dutch = text(&trace(&["--lang", "nl", "--faults"], &file));
    assert!(dutch.contains("Geen enkel antwoord (zeker)") && !dutch.contains("ping@x"), "{dutch}");
}

#[test]
fn one_call_is_shown_with_evidence_and_ladder_and_without_secrets() {
    let file = capture("one");
    let shown = text(&trace(&["--call-id", "reg@"], &file));
    assert!(shown.contains("D11") && shown.contains("Who must act: the caller's side"), "{shown}");
    assert!(shown.contains("^ ") && shown.contains("401 Unauthorized"), "{shown}");
    assert!(!shown.contains("0123456789abcdef"), "{shown}");
    assert_eq!(trace(&["--call-id", "nobody"], &file).status.code(), Some(2));
}

#[test]
fn data_page_and_cut_out_hold_the_same_call() {
    let file = capture("data");
    let [page, cut] = ["html", "cut.pcap"].map(|end| file.with_extension(end));
    let [page_arg, cut_arg] = [&page, &cut].map(|path| path.to_str().expect("a path").to_owned());
    let data =
        text(&trace(&["--call-id", "call@x", "--json", "--html", &page_arg, "--pcap-out", &cut_arg], &file));
    let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    assert_eq!(data["schema"], "ringback.trace/1");
    assert_eq!(data["calls"][0]["roots"][0]["finding"]["rule"], "D01");
    assert_eq!(data["calls"][0]["roots"][0]["told"]["advice"].as_array().map(Vec::len), Some(3));
    let page = std::fs::read_to_string(&page).expect("the page");
    assert!(
        page.contains("<svg") && page.contains("Nobody answers") && !page.contains("http-equiv"),
        "{page}"
    );
    let again = text(&trace(&["--json"], &cut));
    let again: serde_json::Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!(
        (again["messages"].as_u64(), again["calls"][0]["call_id"].as_str()),
        (Some(7), Some("call@x"))
    );
}

/// A call over TCP with a password's proof and media; its own bytes twice.
fn call_with_media(name: &str) -> PathBuf {
    let [phone, server, sends, takes]: [SocketAddr; 4] =
        ["192.0.2.1:40000", "192.0.2.2:5060", "192.0.2.2:6000", "192.0.2.1:4000"]
            .map(|a| a.parse().expect("an address"));
    let path = std::env::temp_dir().join(format!("ringback-trace-{}-{name}.pcap", std::process::id()));
    let mut writer = PacketWriter::new(std::fs::File::create(&path).expect("a file")).expect("a file");
    let sdp =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let at = |millis: u64| Instant::from_unix_micros(1_700_000_000_000_000 + millis * 1000);
    for (millis, call) in [(0, "media@x"), (1, "other@x")] {
        let sdp = if call == "media@x" { sdp } else { "" };
        let text = format!(
            "INVITE sip:bob@x.test SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n\
             From: <sip:ann@x.test>;tag=1\r\nTo: <sip:bob@x.test>\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\n\
             Proxy-Authorization: Digest username=\"ann\", realm=\"x.test\", nonce=\"n1\", uri=\"sip:x.test\", \
             response=\"0123456789abcdef0123456789abcdef\"\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        writer.write_message(at(millis), Transport::Tcp, [phone, server], text.as_bytes()).expect("a file");
    }
    for n in 0..50_u8 {
        let packet = [&[0x80, 8, 0, n, 0, 0, n, 0, 0, 0, 0, 7][..], &[0xd5; 160]].concat();
        writer.write(at(10 + u64::from(n) * 20), sends, takes, &packet).expect("a file");
        writer.write(at(11 + u64::from(n) * 20), sends, server, &packet).expect("a file");
    }
    writer.finish().expect("a file");
    path
}

#[test]
fn a_call_that_is_cut_out_keeps_media_ends_and_transport_and_loses_secrets_unless_told() {
    let file = call_with_media("media");
    let cut = file.with_extension("cut.pcap");
    let cut_arg = cut.to_str().expect("a path");
    let whole = text(&trace(&["--call-id", "media@x", "--json"], &file));
    for keeps in [false, true] {
        let mut args = vec!["--call-id", "media@x", "--json", "--pcap-out", cut_arg];
        args.extend(keeps.then_some("--keep-secrets"));
        assert!(trace(&args, &file).status.success());
        let bytes = String::from_utf8_lossy(&std::fs::read(&cut).expect("the cut")).into_owned();
        assert_eq!(bytes.contains("0123456789abcdef"), keeps);
        assert!(!bytes.contains("other@x") && bytes.contains("Digest username"), "{bytes}");
        let [before, after] = [whole.clone(), text(&trace(&["--json"], &cut))]
            .map(|json| serde_json::from_str::<serde_json::Value>(&json).expect("JSON"));
        assert_eq!(after["packets"], 51);
        assert_eq!(before["calls"][0]["streams"], after["calls"][0]["streams"]);
        assert_eq!(after["calls"][0]["streams"][0]["packets"], 50);
    }
    let before = std::fs::read(&file).expect("the file");
    let onto_itself = trace(&["--pcap-out", file.to_str().expect("a path")], &file);
    assert_eq!(onto_itself.status.code(), Some(2));
    assert_eq!(std::fs::read(&file).expect("the file"), before);
}

/// A description of PCMA at an address.
fn sdp_of(at: SocketAddr) -> String {
    let ip = at.ip();
    format!("v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n")
}

#[test]
fn what_was_offered_and_answered_is_in_text_data_and_page() {
    let path = std::env::temp_dir().join(format!("ringback-trace-{}-offer.txt", std::process::id()));
    let [phone, server]: [SocketAddr; 2] =
        ["192.0.2.1:5060", "192.0.2.2:5060"].map(|a| a.parse().expect("an address"));
    let message = |second: u8, [src, dst]: [SocketAddr; 2], start: &str, to: &str| {
        let sdp = sdp_of(src);
        format!(
            "2026/11/21 17:00:0{second}.000000 {src} -> {dst}\n{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
             Max-Forwards: 70\r\nFrom: <sip:ann@x.test>;tag=1\r\nTo: <sip:bob@x.test>{to}\r\nCall-ID: offer@x\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:{src}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}\n",
            sdp.len()
        )
    };
    let invite = message(0, [phone, server], "INVITE sip:bob@x.test SIP/2.0", "");
    let answer = message(2, [server, phone], "SIP/2.0 200 OK", ";tag=2");
    std::fs::write(&path, invite + &answer).expect("a file");
    let [heading, what, way] = [
        "agreed, offered by the caller",
        "audio PCMA/8000, both ways, not encrypted",
        "caller 192.0.2.1:4000 \u{2194} callee 192.0.2.2:4000",
    ];
    let page = path.with_extension("html");
    let one = text(&trace(&["--call-id", "offer@x", "--html", page.to_str().expect("a path")], &path));
    let page = std::fs::read_to_string(&page).expect("the page");
    for told in [heading, what, way] {
        assert!(one.contains(told) && page.contains(told), "{told}: {one}{page}");
    }
    let data = text(&trace(&["--json"], &path));
    let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    let media = &data["calls"][0]["media"][0];
    assert_eq!(
        (&media["state"], &media["by"], &media["offer"]),
        (&"agreed".into(), &"caller".into(), &1.into())
    );
    assert_eq!(media["at"].as_str().map(|at| &at[..19]), Some("2026-11-21T17:00:00"));
    assert_eq!(media["media"][0]["codec"], "PCMA/8000");
    assert_eq!(media["media"][0]["caller"]["direction"], "sendrecv");
    assert_eq!(media["media"][0]["protection"], "plain");
    assert_eq!(media["told"]["heading"], heading);
    assert_eq!(media["told"]["lines"][0], serde_json::json!([what, way]));
    assert!(!text(&trace(&[], &path)).contains(heading));
}

/// A call through a back-to-back user agent: the second leg is refused, and the first one therefore.
fn call_of_two_legs() -> PathBuf {
    let [phone, server, trunk]: [SocketAddr; 3] =
        ["192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5060"].map(|a| a.parse().expect("an address"));
    let path = std::env::temp_dir().join(format!("ringback-trace-{}-legs.pcap", std::process::id()));
    let mut writer = PacketWriter::new(std::fs::File::create(&path).expect("a file")).expect("a file");
    let mut write = |millis: u64, ends: [SocketAddr; 2], start: &str, call: &str, cseq: &str| {
        let sdp = if start.starts_with("INVITE") { sdp_of(ends[0]) } else { String::new() };
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\nFrom: <sip:100@x.test>;tag=1\r\n\
             To: <sip:200@x.test>\r\nCall-ID: {call}\r\nCSeq: {cseq}\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        let at = Instant::from_unix_micros(1_700_000_000_000_000 + millis * 1000);
        writer.write(at, ends[0], ends[1], text.as_bytes()).expect("a file");
    };
    write(0, [phone, server], "INVITE sip:200@x.test SIP/2.0", "first@x", "1 INVITE");
    write(20, [server, trunk], "INVITE sip:200@y.test SIP/2.0", "second@y", "1 INVITE");
    write(50, [trunk, server], "SIP/2.0 503 Service Unavailable", "second@y", "1 INVITE");
    write(51, [server, trunk], "ACK sip:200@y.test SIP/2.0", "second@y", "1 ACK");
    write(60, [server, phone], "SIP/2.0 480 Temporarily Unavailable", "first@x", "1 INVITE");
    write(61, [phone, server], "ACK sip:200@x.test SIP/2.0", "first@x", "1 ACK");
    writer.finish().expect("a file");
    path
}

#[test]
fn legs_of_one_call_are_one_line_one_ladder_and_one_verdict() {
    let file = call_of_two_legs();
    let table = text(&trace(&[], &file));
    assert!(table.contains("+ second@y (likely: ") && table.lines().count() == 4, "{table}");
    assert!(table.contains("INVITE 480"), "{table}");
    let page = file.with_extension("html");
    let one = text(&trace(&["--call-id", "second@", "--html", page.to_str().expect("a path")], &file));
    assert!(one.contains("first@x\n+ second@y") && one.contains("D32"), "{one}");
    assert!(one.contains("6 ACK") && one.contains("192.0.2.3:5060"), "one ladder: {one}");
    let page = std::fs::read_to_string(page).expect("the page");
    assert!(page.matches("<svg").count() == 1 && page.contains("<code>second@y</code>"), "{page}");
    let data: serde_json::Value = serde_json::from_str(&text(&trace(&["--json"], &file))).expect("JSON");
    let [call] = &data["calls"].as_array().expect("calls")[..] else { panic!("{data}") };
    assert_eq!(call["roots"][0]["finding"]["call_id"], "second@y");
    let leg = &call["legs"][0];
    assert_eq!(
        (leg["call_id"].as_str(), leg["certainty"].as_str(), leg["sign"].as_str(), leg["status"].as_u64()),
        (Some("second@y"), Some("likely"), Some("numbers"), Some(503))
    );
    let [first, second] = [call, leg].map(|leg| &leg["media"][0]);
    assert_eq!((&first["offer"], &first["status"]), (&1.into(), &480.into()));
    assert_eq!((&second["offer"], &second["state"]), (&2.into(), &"refused".into()));
}

#[test]
fn the_ladder_is_as_wide_as_the_terminal_and_88_columns_when_nobody_knows() {
    let file = capture("wide");
    let widest = |columns: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        command.arg("trace").arg(&file).args(["--call-id", "reg@"]).env("LC_ALL", "C").env_remove("COLUMNS");
        columns.map(|columns| command.env("COLUMNS", columns));
        let shown = text(&command.output().expect("ringback runs"));
        assert!(!shown.contains('\u{1b}'), "no style in a pipe");
        shown
            .lines()
            .filter(|line| line.ends_with('│'))
            .map(|line| line.chars().count())
            .max()
            .expect("a ladder")
    };
    let (narrow, unknown, nonsense) = (widest(Some("40")), widest(None), widest(Some("wide")));
    assert!(narrow <= 40 && narrow < unknown && unknown <= 88, "{narrow} {unknown}");
    assert_eq!(unknown, nonsense);
}

/// What passes on the loopback is judged while it passes; where the right to capture is missing, that is said.
#[test]
#[cfg(target_os = "linux")]
fn calls_on_an_interface_are_judged_live() {
    use std::io::{BufRead as _, BufReader, Read as _};
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringback"))
        .args(["trace", "-i", "lo", "--json"])
        .env("LC_ALL", "C")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("ringback runs");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let Some(first) = lines.next() else {
        let mut said = String::new();
        child.stderr.take().expect("stderr").read_to_string(&mut said).expect("text");
        assert!(said.contains("setcap cap_net_raw+ep"), "{said}");
        assert!(!child.wait().expect("an end").success());
        return;
    };
    assert!(first.expect("a line").contains("\"listening\""));
    let [phone, server] = [0, 1].map(|_| std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket"));
    let [from, to] = [&phone, &server].map(|socket| socket.local_addr().expect("an address"));
    let call = format!("live-{}@x", from.port());
    for (socket, to, start) in [(&phone, to, "OPTIONS sip:x.test SIP/2.0"), (&server, from, "SIP/2.0 200 OK")]
    {
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKlive\r\nMax-Forwards: 70\r\nFrom: <sip:ann@x.test>;tag=1\r\n\
             To: <sip:bob@x.test>;tag=2\r\nCall-ID: {call}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        socket.send_to(text.as_bytes(), to).expect("sent");
    }
    // Others may speak SIP on this interface too.
    let line = lines.map(|line| line.expect("a line")).find(|line| line.contains(&call)).expect("the call");
    let told: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((told["event"].as_str(), told["messages"].as_u64()), (Some("call"), Some(2)), "{line}");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(child.wait().expect("an end").success());
}

/// A source asks for twenty users in two seconds, each is unknown.
fn scan() -> PathBuf {
    let [source, server]: [SocketAddr; 2] =
        ["192.0.2.66:5060", "192.0.2.2:5060"].map(|a| a.parse().expect("an address"));
    let path = std::env::temp_dir().join(format!("ringback-trace-{}-scan.pcap", std::process::id()));
    let mut writer = PacketWriter::new(std::fs::File::create(&path).expect("a file")).expect("a file");
    for user in 0..20 {
        let headers = format!(
            "Via: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bK{user}\r\nFrom: <sip:{user}@x.test>;tag=1\r\n\
             To: <sip:{user}@x.test>\r\nCall-ID: {user}@x\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
        );
        for (after, ends, start) in [
            (0, [source, server], "REGISTER sip:x.test SIP/2.0"),
            (9, [server, source], "SIP/2.0 404 Not Found"),
        ] {
            let at = Instant::from_unix_micros(1_700_000_000_000_000 + user * 100_000 + after);
            let text = format!("{start}\r\n{headers}");
            writer.write(at, ends[0], ends[1], text.as_bytes()).expect("a file");
        }
    }
    writer.finish().expect("a file");
    path
}

#[test]
fn what_is_wrong_with_all_calls_together_is_said_as_text_as_data_and_on_the_page() {
    let file = scan();
    let page = file.with_extension("html");
    let said = "192.0.2.66 asked for 20 different users";
    assert!(text(&trace(&["--html", page.to_str().expect("UTF-8")], &file)).contains(said));
    assert!(std::fs::read_to_string(&page).expect("a page").contains(said));
    let told: serde_json::Value = serde_json::from_slice(&trace(&["--json"], &file).stdout).expect("JSON");
    assert_eq!(told["findings"][0]["finding"]["rule"], "D18");
    let one = trace(&["--json", "--call-id", "3@x"], &file);
    let told: serde_json::Value = serde_json::from_slice(&one.stdout).expect("JSON");
    assert_eq!(told["findings"], serde_json::json!([]));
    [file, page].iter().for_each(|file| std::fs::remove_file(file).expect("a file"));
}

#[test]
fn a_call_id_that_is_not_there_is_said_with_those_that_come_near() {
    let path = capture("missing");
    let run = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ringback"))
            .arg("trace")
            .arg(&path)
            .args(more)
            .output()
            .expect("the program runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = run(&["--call-id", "callee@x"]);
    assert_eq!(code, Some(2));
    assert!(
        told.contains(
            "no call has a Call-ID that begins with \"callee@x\" (3 calls)\nThe nearest are:\n  call@x\n"
        ),
        "{told}"
    );
    let (code, told) = run(&["--call-id", "zzz", "--lang", "nl"]);
    assert!(code == Some(2) && told.contains("(3 gesprekken)") && !told.contains("call@x"), "{told}");
    let (code, told) = run(&["--call-id", "call@x"]);
    assert!(code == Some(0) && told.contains(", 1 call shown"), "{told}");
    let _ = std::fs::remove_file(path);
}

#[test]
fn a_file_of_another_kind_is_refused_in_words() {
    let file = std::env::temp_dir().join(format!("ringback-trace-{}-other", std::process::id()));
    std::fs::write(&file, b"\x89PNG\r\n").expect("a file");
    let output = trace(&[], &file);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("neither pcap nor pcapng"));
}
