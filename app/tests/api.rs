//! The console's server and the API, through the binary and over loopback.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

mod office;

use office::{Office, ringback};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.head, self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let rows = self.head.lines().filter_map(|line| line.split_once(": "));
        rows.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    #[track_caller]
    fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
    }
}

/// One request on a connection of its own.
fn ask(console: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(console).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let has_host = headers.iter().any(|(name, _)| *name == "Host");
    let host = if has_host { String::new() } else { format!("Host: {console}\r\n") };
    let rows: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\n{host}{rows}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Who is refused early may find the connection closed while it still writes.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

impl Office {
    fn config(&self) -> String {
        self.folder.join("ringback.toml").to_str().unwrap().to_owned()
    }

    fn token(&self, name: &str, scope: &str) -> String {
        let config = self.config();
        let args = ["token", "add", name, "--scope", scope, "--config", &config];
        let output = ringback(&args, "").output().unwrap();
        assert!(output.status.success(), "{}", office::text(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn get(&self, token: &str, path: &str) -> Answer {
        self.send(token, "GET", path, None)
    }

    fn send(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("Authorization", bearer.as_str())];
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        ask(&self.console, method, &format!("/api/v1{path}"), &headers, body.as_bytes())
    }

    /// Asks again until the answer is as wanted: the journal is written a moment after what it tells.
    fn get_until(&self, token: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let answer = self.get(token, path);
            let value = answer.json();
            if answer.status == 200 && wanted(&value) {
                return value;
            }
            assert!(begin.elapsed() < PATIENCE, "{path}: {value}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn calls_tell_their_verdict_and_users_their_history() {
    let office = Office::open("api-calls");
    let token = office.token("reader", "read");
    let refused = office.run(&["call", "sip:bob@example.test", "--from", "sip:alice@example.test"], "alice");
    assert!(!refused.status.success());
    let list = office.get_until(&token, "/calls", |list| list["calls"][0]["cause"] == "never-registered");
    let call = &list["calls"][0];
    assert_eq!((&call["status"], &call["live"]), (&json!(480), &json!(false)));
    assert_eq!(call["to"], "sip:bob@example.test");
    assert!(call["verdict"].as_str().unwrap().contains("bob"), "{call}");
    let id = call["call_id"].as_str().unwrap().replace('@', "%40");
    let page = office.get(&token, &format!("/calls/{id}?lang=nl")).json();
    assert_eq!(page["schema"], "ringback.why/1");
    assert_eq!(page["call"]["certainty"], "likely");
    assert!(page["call"]["messages"].as_array().unwrap().len() >= 3);
    assert_eq!(
        page["call"]["ladder"]["rungs"].as_array().unwrap().len(),
        page["call"]["messages"].as_array().unwrap().len()
    );
    let text = page.to_string();
    let mut digests = text.split("response=\\\"").skip(1).peekable();
    assert!(
        digests.peek().is_some() && digests.all(|rest| rest.starts_with('*')),
        "the digest is hidden: {text}"
    );
    assert_eq!(office.get(&token, "/calls?code=486").json()["calls"], json!([]));
    assert_eq!(office.get(&token, "/calls?user=bob&code=480").json()["calls"].as_array().unwrap().len(), 1);

    let overview = office.get(&token, "/overview").json();
    assert_eq!(
        (&overview["users"], &overview["attempts"], &overview["answered"]),
        (&json!(2), &json!(1), &json!(0))
    );
    assert_eq!(overview["codes"].as_array().unwrap().len(), 60);
    assert_eq!(overview["causes"][0]["code"], 480);

    let _bob = office.listen(&[]);
    let users = office.get_until(&token, "/registrations", |users| {
        !users["users"][1]["contacts"].as_array().unwrap().is_empty()
    });
    assert_eq!(users["users"][1]["user"], "bob@example.test");
    let bob = office.get_until(&token, "/registrations/bob", |bob| bob["state"] == "registered");
    assert_eq!(bob["contacts"].as_array().unwrap().len(), 1);
    assert!(bob["history"].as_array().unwrap().iter().any(|event| event["event"] == "refused"));
    office.get(&token, "/registrations/nobody").is_problem(404, "unknown");
    let near = office.get(&token, "/calls/unheard-of");
    near.is_problem(404, "unknown");
}

#[test]
fn tokens_open_what_their_scope_says_and_nothing_after_they_are_removed() {
    let office = Office::open("api-tokens");
    let [reader, operator, admin] = ["read", "operate", "admin"].map(|scope| office.token(scope, scope));
    ask(&office.console, "GET", "/api/v1/calls", &[], b"").is_problem(401, "no-token");
    office.get("ringback_0000", "/calls").is_problem(401, "no-token");
    let counts = json!({ "new": 2, "old": 1 });
    office.send(&reader, "PUT", "/mwi/bob", Some(counts.clone())).is_problem(403, "scope");
    assert_eq!(office.send(&operator, "PUT", "/mwi/bob", Some(counts)).status, 200);
    assert_eq!(office.get(&reader, "/mwi/bob").json()["new"], 2);
    office
        .send(&operator, "PUT", "/mwi/bob", Some(json!({ "new": 1, "urgent_new": 2 })))
        .is_problem(400, "bad-request");
    let carol = json!({ "user": "carol" });
    office.send(&operator, "POST", "/users", Some(carol.clone())).is_problem(403, "scope");
    let added = office.send(&admin, "POST", "/users", Some(carol.clone()));
    assert_eq!(added.status, 201);
    assert_eq!(added.json()["user"], "carol@example.test");
    assert_eq!(added.json()["password"].as_str().unwrap().len(), 19);
    office.send(&admin, "POST", "/users", Some(carol)).is_problem(409, "exists");
    assert_eq!(office.send(&admin, "DELETE", "/users/carol", None).status, 204);
    office.send(&admin, "DELETE", "/users/carol", None).is_problem(404, "unknown");

    let config = office.config();
    assert!(ringback(&["bans", "add", "192.0.2.7", "--config", &config], "").status().unwrap().success());
    assert_eq!(office.get(&reader, "/bans").json()["bans"][0]["why"], "operator");
    office.send(&reader, "DELETE", "/bans/192.0.2.7%2F32", None).is_problem(403, "scope");
    assert_eq!(office.send(&operator, "DELETE", "/bans/192.0.2.7%2F32", None).status, 204);
    office.send(&operator, "DELETE", "/bans/192.0.2.7", None).is_problem(404, "unknown");

    assert!(ringback(&["token", "remove", "read", "--config", &config], "").status().unwrap().success());
    office.get(&reader, "/bans").is_problem(401, "no-token");
    let file = std::fs::metadata(office.folder.join("data/console.json")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[test]
fn every_answer_keeps_browsers_to_what_we_send_and_other_names_are_refused() {
    let office = Office::open("api-guard");
    for path in ["/", "/api/v1/health", "/api/v1/calls", "/nowhere"] {
        let answer = ask(&office.console, "GET", path, &[], b"");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    }
    assert_eq!(ask(&office.console, "GET", "/api/v1/health", &[], b"").json()["status"], "ok");
    for host in ["evil.test", "evil.test:7080", ""] {
        assert_eq!(
            ask(&office.console, "GET", "/api/v1/health", &[("Host", host)], b"").status,
            421,
            "{host:?}"
        );
    }
    let token = office.token("reader", "read");
    let bearer = format!("Bearer {token}");
    let large = vec![b'x'; (16 << 20) + 1];
    let refused = ask(&office.console, "POST", "/api/v1/traces", &[("Authorization", &bearer)], &large);
    refused.is_problem(413, "body");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(ask(&office.console, "POST", "/sign-in", &form, &vec![b'x'; 1 << 20]).status, 413);
    office.send(&token, "POST", "/calls", None).is_problem(405, "method");
    office.get(&token, "/nowhere").is_problem(404, "unknown");
    office.get(&token, "/calls?limit=0").is_problem(400, "bad-request");
    office.get(&token, "/calls?cursor=x").is_problem(400, "bad-request");
    office.get(&token, "/overview?lang=fr").is_problem(400, "bad-request");
}

#[test]
fn people_sign_in_with_a_form_of_ours_and_out_again() {
    let office = Office::open("api-sign-in");
    let config = office.config();
    let args = ["account", "password", "admin", "--password-stdin", "--config", &config];
    let mut child = ringback(&args, "").stdin(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "correct horse battery").unwrap();
    assert!(child.wait().unwrap().success());
    let origin = format!("http://{}", office.console);
    let form = "application/x-www-form-urlencoded";
    let sign_in = |origin: &str, password: &str| {
        let headers = [("Origin", origin), ("Content-Type", form)];
        let body = format!("name=admin&password={password}&next=%2Fcalls");
        ask(&office.console, "POST", "/sign-in", &headers, body.as_bytes())
    };
    assert_eq!(
        sign_in("http://evil.test", "correct+horse+battery").header("location"),
        Some("/sign-in?fault=origin")
    );
    let wrong = sign_in(&origin, "wrong");
    assert_eq!(
        (wrong.status, wrong.header("location"), wrong.header("set-cookie")),
        (303, Some("/sign-in?fault=wrong"), None)
    );
    let right = sign_in(&origin, "correct+horse+battery");
    assert_eq!((right.status, right.header("location")), (303, Some("/calls")));
    let cookie = right.header("set-cookie").unwrap();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with = |method: &str, path: &str, more: &[(&str, &str)], body: &str| {
        let headers = [&[("Cookie", cookie.as_str())], more].concat();
        ask(&office.console, method, path, &headers, body.as_bytes())
    };
    assert_eq!(with("GET", "/api/v1/calls", &[], "").status, 200);
    // A page of somebody else, and one without the word of ours, change nothing.
    for headers in [
        &[("Origin", "http://evil.test")][..],
        &[("Origin", origin.as_str()), ("X-CSRF-Token", "guess")],
        &[],
    ] {
        with("DELETE", "/api/v1/bans/192.0.2.7", headers, "").is_problem(403, "csrf");
    }
    // The sign-out without that word is refused too: the session lives on.
    with("POST", "/sign-out", &[("Origin", &origin), ("Content-Type", form)], "csrf=guess");
    assert_eq!(with("GET", "/api/v1/calls", &[], "").status, 200);
    // Another password ends the session.
    assert!(
        ringback(&["account", "password", "admin", "--config", &config], "")
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    with("GET", "/api/v1/calls", &[], "").is_problem(401, "no-token");
    for _ in 0..5 {
        sign_in(&origin, "wrong");
    }
    assert_eq!(sign_in(&origin, "wrong").header("location"), Some("/sign-in?fault=wait"));
}

#[test]
fn events_tell_of_a_call_as_it_happens() {
    let office = Office::open("api-events");
    let token = office.token("reader", "read");
    let mut stream = TcpStream::connect(&office.console).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
        office.console
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("200"));
    assert!(lines.any(|line| line == "event: numbers"));
    office.run(&["call", "sip:bob@example.test", "--from", "sip:alice@example.test"], "alice");
    let is_told = |line: &String| {
        let call = line.strip_prefix("data: ").and_then(|data| serde_json::from_str::<Value>(data).ok());
        call.is_some_and(|call| call["status"] == 480)
    };
    assert!(lines.any(|line| is_told(&line)));
}

#[test]
fn captures_codes_and_routes_are_judged() {
    let office = Office::open("api-lookup");
    let token = office.token("reader", "read");
    let code = office.get(&token, "/codes/480?lang=nl").json();
    assert_eq!((&code["id"], &code["lang"]), (&json!("480"), &json!("nl")));
    office.get(&token, "/codes/tempoarily").is_problem(404, "unknown");
    assert!(office.get(&token, "/codes").json()["codes"].as_array().unwrap().len() > 100);
    let trial = office.get(&token, "/routes/trial?uri=sip:bob@example.test").json();
    assert_eq!((&trial["schema"], &trial["outcome"]["status"]), (&json!("ringback.route/1"), &json!(480)));
    office.get(&token, "/routes/trial?uri=bob").is_problem(400, "bad-request");
    office.get(&token, "/routes/trial").is_problem(400, "bad-request");
    let bearer = format!("Bearer {token}");
    let log = b"INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
        From: <sip:alice@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\nCall-ID: captured\r\nCSeq: 1 INVITE\r\n\
        Content-Length: 0\r\n\r\n";
    let judge =
        |body: &[u8]| ask(&office.console, "POST", "/api/v1/traces", &[("Authorization", &bearer)], body);
    let report = judge(log).json();
    assert_eq!((&report["schema"], &report["messages"]), (&json!("ringback.trace/1"), &json!(1)));
    assert_eq!(report["calls"][0]["call_id"], "captured");
    assert_eq!(report["findings"], json!([]));
    let scan = judge(include_bytes!("recorded/scanned.pcap")).json();
    assert_eq!(scan["findings"][0]["finding"]["rule"], "D18");
    judge(b"").is_problem(422, "no-capture");
    judge(&[0xff; 4096]).is_problem(422, "no-capture");
}

#[test]
fn the_description_names_every_path() {
    let office = Office::open("api-description");
    let api = ask(&office.console, "GET", "/api/v1/openapi.json", &[], b"").json();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in [
        "/calls",
        "/calls/{call_id}",
        "/registrations",
        "/registrations/{user}",
        "/users",
        "/users/{user}",
        "/bans",
        "/bans/{source}",
        "/mwi/{user}",
        "/overview",
        "/codes",
        "/codes/{code}",
        "/routes/trial",
        "/traces",
        "/events",
        "/health",
    ] {
        assert!(api["paths"][path].is_object(), "{path}");
    }
    assert_eq!(api["components"]["securitySchemes"]["token"]["scheme"], "bearer");
}
