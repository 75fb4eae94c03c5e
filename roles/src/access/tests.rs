use super::*;
use ringback_sip::auth::Answer;
use ringback_sip::flow::Transport;
use ringback_sip::syntax::Uri;

const T0: Instant = Instant::from_unix_secs(1_700_000_000);
const REALM: &[u8] = b"example.test";

fn access() -> Access {
    let domains = Domains::new().with("example.test").with_alias("192.0.2.9");
    Access::new(AccessSettings::default(), domains, Seed::from_number(1), Seed::from_number(2))
}

fn flow(last: u8) -> Flow {
    Flow {
        transport: Transport::Udp,
        local: "192.0.2.9:5060".parse().unwrap(),
        remote: ([198, 51, 100, last], 5060).into(),
        connection: None,
        peer: None,
    }
}

fn request(method: &str, uri: &str, from: &str, cseq: u32, rows: &str) -> Vec<u8> {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{cseq}\r\nFrom: <{from}>;tag=1\r\n\
         To: <sip:bob@example.test>\r\nCall-ID: c\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{rows}\r\n"
    )
    .into_bytes()
}

fn invite(cseq: u32, rows: &str) -> Vec<u8> {
    request("INVITE", "sip:bob@example.test", "sip:alice@example.test", cseq, rows)
}

/// Two workers of one server.
fn workers() -> [Access; 2] {
    let nonces = Some(Nonces::new(Seed::from_number(3), Duration::from_secs(300), 1));
    let settings = AccessSettings { nonces, ..AccessSettings::default() };
    [1, 2].map(|seed| {
        let domains = Domains::new().with("example.test");
        Access::new(settings.clone(), domains, Seed::from_number(seed), Seed::from_number(2))
    })
}

/// A client with a password, and the nonce it has.
struct Client {
    password: &'static str,
    nonce_count: u32,
    challenge: Vec<u8>,
}

impl Client {
    fn row(&mut self, method: &str) -> String {
        self.nonce_count += 1;
        let challenge = Challenge::parse(&self.challenge).unwrap();
        let secret = challenge.secret_of(b"alice", self.password.as_bytes());
        let value = challenge.answer(&Answer {
            user: b"alice",
            secret: &secret,
            method: method.as_bytes(),
            uri: b"sip:bob@example.test",
            body: b"",
            nonce_count: self.nonce_count,
            cnonce: b"cn",
        });
        format!("Proxy-Authorization: {}\r\n", String::from_utf8(value).unwrap())
    }
}

fn attempt(a: &mut Access, now: Instant, flow: &Flow, bytes: &[u8]) -> Result<Aor, Denial> {
    let message = Message::parse(bytes).unwrap();
    let named = (&message, a.name_of(&message));
    let (Ask::Secret { user, hash }, begun) = a.begin(now, named, flow, Asker::Proxy, REALM)? else {
        panic!()
    };
    let alice = user.as_bytes() == b"alice@example.test";
    let secret = alice.then(|| Ha1::from_password(hash, b"alice", REALM, b"sesame"));
    a.finish(now, &message, flow, Asker::Proxy, REALM, (begun, secret))
}

/// The client after its first challenge, by the row of `hash`.
fn challenged(a: &mut Access, hash: Hash, password: &'static str) -> Client {
    let denial = attempt(a, T0, &flow(1), &invite(1, "")).unwrap_err();
    let rows = denial.headers.iter().map(|(_, row)| row.to_vec());
    let challenge = rows.into_iter().find(|r| Challenge::parse(r).unwrap().algorithm.hash == hash).unwrap();
    Client { password, nonce_count: 0, challenge }
}

fn first_row(denial: &Denial) -> Vec<u8> {
    denial.headers.iter().next().unwrap().1.to_vec()
}

fn is_stale(denial: &Denial) -> bool {
    denial.headers.iter().all(|(_, row)| Challenge::parse(row).unwrap().stale)
}

#[test]
fn a_request_without_credentials_gets_a_challenge_for_each_algorithm_in_order() {
    let mut a = access();
    let denial = attempt(&mut a, T0, &flow(1), &invite(1, "")).unwrap_err();
    assert_eq!(
        (denial.status, &denial.cause),
        (StatusCode::PROXY_AUTHENTICATION_REQUIRED, &Cause::NoCredentials)
    );
    let hashes: Vec<_> = denial
        .headers
        .iter()
        .map(|(name, row)| {
            assert_eq!(name, HeaderName::PROXY_AUTHENTICATE);
            let challenge = Challenge::parse(row).unwrap();
            assert!(!challenge.stale && &*challenge.realm == REALM);
            challenge.algorithm.hash
        })
        .collect();
    assert_eq!(hashes, Hash::ALL);
    let bytes = invite(1, "");
    let message = Message::parse(&bytes).unwrap();
    let response = denial.respond(&message, &flow(1), b"tag");
    let response = Message::parse(&response).unwrap();
    assert_eq!(response.headers(HeaderName::PROXY_AUTHENTICATE).count(), 3, "rows of their own");
    assert_eq!(response.to().unwrap().tag(), Some(&b"tag"[..]));
}

#[test]
fn the_right_password_passes_with_every_algorithm() {
    for hash in Hash::ALL {
        let mut a = access();
        let mut client = challenged(&mut a, hash, "sesame");
        let row = client.row("INVITE");
        let user = attempt(&mut a, T0, &flow(1), &invite(2, &row)).unwrap();
        assert_eq!(user.as_bytes(), b"alice@example.test");
        let row = client.row("INVITE");
        assert!(attempt(&mut a, T0, &flow(1), &invite(3, &row)).is_ok(), "the nonce serves again");
    }
}

#[test]
fn a_wrong_password_is_challenged_anew_and_not_as_stale() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Sha256, "wrong");
    let row = client.row("INVITE");
    let denial = attempt(&mut a, T0, &flow(1), &invite(2, &row)).unwrap_err();
    assert_eq!(denial.cause, Cause::WrongCredentials(Shown::from("alice")));
    assert_eq!(denial.status, StatusCode::PROXY_AUTHENTICATION_REQUIRED);
    assert!(!is_stale(&denial));
}

#[test]
fn a_user_who_does_not_exist_is_refused_like_a_wrong_password() {
    let mut a = access();
    let client = challenged(&mut a, Hash::Md5, "sesame");
    let challenge = Challenge::parse(&client.challenge).unwrap();
    // The empty user with the empty password is what stands in for a missing account; it must not open.
    for user in [&b"mallory"[..], b""] {
        let secret = challenge.secret_of(user, b"");
        let value = challenge.answer(&Answer {
            user,
            secret: &secret,
            method: b"INVITE",
            uri: b"sip:bob@example.test",
            body: b"",
            nonce_count: 1,
            cnonce: b"c",
        });
        let row = format!("Proxy-Authorization: {}\r\n", String::from_utf8(value).unwrap());
        let denial = attempt(&mut a, T0, &flow(1), &invite(2, &row)).unwrap_err();
        assert_eq!(denial.cause, Cause::WrongCredentials(Shown::from(user)));
    }
}

#[test]
fn an_old_or_foreign_nonce_is_stale_and_its_proof_is_not_looked_at() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Sha256, "sesame");
    let row = client.row("INVITE");
    let late = T0 + Duration::from_secs(301);
    let denial = attempt(&mut a, late, &flow(1), &invite(2, &row)).unwrap_err();
    assert_eq!((denial.cause.clone(), is_stale(&denial)), (Cause::StaleNonce, true));
    let elsewhere = attempt(&mut a, T0, &flow(2), &invite(2, &row)).unwrap_err();
    assert_eq!((elsewhere.cause.clone(), is_stale(&elsewhere)), (Cause::BadNonce, true));
    for password in ["sesame", "wrong"] {
        let mut own = Client {
            password,
            nonce_count: 0,
            challenge: b"Digest realm=\"example.test\", nonce=\"mine\", qop=\"auth\"".to_vec(),
        };
        let row = own.row("INVITE");
        let denial = attempt(&mut a, T0, &flow(1), &invite(2, &row)).unwrap_err();
        assert!(is_stale(&denial), "no oracle for {password}");
    }
}

#[test]
fn replayed_credentials_are_refused_and_a_retransmission_is_not() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Sha256, "sesame");
    let row = client.row("INVITE");
    let bytes = invite(2, &row);
    assert!(attempt(&mut a, T0, &flow(1), &bytes).is_ok());
    assert!(attempt(&mut a, T0, &flow(1), &bytes).is_ok(), "the same request again");
    let denial = attempt(&mut a, T0, &flow(1), &invite(3, &row)).unwrap_err();
    assert_eq!((denial.cause.clone(), is_stale(&denial)), (Cause::BadNonce, true));
}

#[test]
fn too_many_wrong_passwords_close_the_door_for_that_source_and_user() {
    let mut a = access();
    let mut wrong = challenged(&mut a, Hash::Sha256, "wrong");
    for n in 0..5 {
        let row = wrong.row("INVITE");
        let denial = attempt(&mut a, T0, &flow(1), &invite(2 + n, &row)).unwrap_err();
        assert_eq!(denial.status, StatusCode::PROXY_AUTHENTICATION_REQUIRED);
    }
    let mut right = Client { password: "sesame", nonce_count: 9, challenge: wrong.challenge };
    let row = right.row("INVITE");
    let denial = attempt(&mut a, T0, &flow(1), &invite(20, &row)).unwrap_err();
    assert_eq!((denial.status, denial.cause), (StatusCode::FORBIDDEN, Cause::TooManyAttempts));
    let later = T0 + Duration::from_secs(121);
    assert!(attempt(&mut a, later, &flow(1), &invite(20, &row)).is_ok(), "the window has passed");
}

#[test]
fn credentials_of_other_realms_and_schemes_are_left_alone_and_broken_ones_of_ours_are_400() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Md5, "sesame");
    let others = "Proxy-Authorization: NoOneKnowsThisScheme opaque-data=here\r\n\
                  Proxy-Authorization: Digest username=\"x\",realm=\"other\",nonce=\"n\",uri=\"sip:x\",\
                  response=\"0123456789abcdef0123456789abcdef\"\r\n";
    let denial = attempt(&mut a, T0, &flow(1), &invite(2, others)).unwrap_err();
    assert_eq!(denial.cause, Cause::NoCredentials);
    let both = others.to_owned() + &client.row("INVITE");
    assert!(attempt(&mut a, T0, &flow(1), &invite(3, &both)).is_ok());
    let broken = "Proxy-Authorization: Digest username=\"alice\",realm=\"example.test\",nonce=\"n\",\
                  response=\"0123456789abcdef0123456789abcdef\"\r\n";
    let denial = attempt(&mut a, T0, &flow(1), &invite(4, broken)).unwrap_err();
    assert_eq!(denial.status, StatusCode::BAD_REQUEST);
    assert!(
        matches!(denial.cause, Cause::Malformed { header: Some(HeaderName::PROXY_AUTHORIZATION), at } if at > 0)
    );
    let early = "Proxy-Authorization: Digest username=\"alice\",realm=\"example.test\",nonce=\"\",uri=\"sip:x\",\
                 response=\"\"\r\n";
    let denial = attempt(&mut a, T0, &flow(1), &invite(5, early)).unwrap_err();
    assert_eq!(denial.cause, Cause::NoCredentials, "answers no challenge yet");
}

#[test]
fn nothing_secret_shows_in_a_denial() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Md5, "wrong");
    let row = client.row("INVITE");
    let denial = attempt(&mut a, T0, &flow(1), &invite(2, &row)).unwrap_err();
    let response = row.split("response=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!format!("{denial:?} {a:?}").contains(response));
}

fn passage(a: &Access, method: &str, uri: &str, from: &str, sealed: bool) -> Passage {
    let bytes = request(method, uri, from, 1, "");
    a.passage(&Message::parse(&bytes).unwrap(), sealed).unwrap()
}

#[test]
fn who_claims_to_be_ours_must_prove_it_and_strangers_reach_our_users_only() {
    let a = access();
    let prove = passage(&a, "INVITE", "sip:bob@elsewhere.test", "sip:%61lice@EXAMPLE.test;x=y", false);
    let Passage::Prove { asker: Asker::Proxy, realm, claim: Some(claim) } = prove else {
        panic!("{prove:?}")
    };
    assert_eq!((&*realm, claim.as_bytes()), (REALM, &b"alice@example.test"[..]));
    let inbound = passage(&a, "INVITE", "sip:bob@192.0.2.9", "sip:eve@elsewhere.test", false);
    assert_eq!(inbound, Passage::Free(Why::Inbound));
    for target in ["sip:bob@third.test", "sip:bob@example.test.third.test"] {
        let relay = passage(&a, "INVITE", target, "sip:eve@elsewhere.test", false);
        assert_eq!(relay, Passage::Refused(Cause::Relay(Shown::from(target))), "{target}");
    }
    let number = passage(&a, "INVITE", "tel:+31201234567", "sip:eve@elsewhere.test", false);
    assert_eq!(number, Passage::Free(Why::Inbound), "whose it is the dial plan says");
    let relay = passage(&a, "MESSAGE", "sip:bob@third.test", "tel:+31201234567", false);
    assert!(matches!(relay, Passage::Refused(_)));
}

#[test]
fn ack_and_cancel_are_never_challenged_and_neither_are_dialogs_let_through() {
    let a = access();
    for method in ["ACK", "CANCEL"] {
        let p = passage(&a, method, "sip:bob@elsewhere.test", "sip:alice@example.test", false);
        assert_eq!(p, Passage::Free(Why::NeverChallenged));
    }
    let p = passage(&a, "BYE", "sip:bob@198.51.100.7:5062", "sip:eve@elsewhere.test", true);
    assert_eq!(p, Passage::Free(Why::Dialog));
    let p = passage(&a, "BYE", "sip:bob@198.51.100.7:5062", "sip:eve@elsewhere.test", false);
    assert!(matches!(p, Passage::Refused(_)));
}

#[test]
fn a_probe_of_the_server_itself_is_free() {
    let a = access();
    let p = passage(&a, "OPTIONS", "sip:example.test", "sip:sipsak@192.0.2.9", false);
    assert_eq!(p, Passage::Free(Why::Probe));
    let p = passage(&a, "OPTIONS", "sip:bob@example.test", "sip:sipsak@192.0.2.9", false);
    assert!(matches!(p, Passage::Prove { .. }));
}

#[test]
fn a_laboratory_asks_nobody_and_still_relays_for_no_stranger() {
    let mut a = access();
    let domains = a.domains().clone();
    a.reconfigure(AccessSettings { required: false, ..AccessSettings::default() }, domains);
    let p = passage(&a, "INVITE", "sip:bob@elsewhere.test", "sip:alice@example.test", false);
    assert_eq!(p, Passage::Free(Why::Laboratory));
    let p = passage(&a, "INVITE", "sip:bob@elsewhere.test", "sip:eve@elsewhere.test", false);
    assert!(matches!(p, Passage::Refused(_)));
}

#[test]
fn a_user_acts_for_its_own_address_only() {
    let a = access();
    let aor = |text: &str| a.domains().aor_of(&Uri::parse(text.as_bytes()).unwrap());
    let alice = aor("sip:alice@example.test").unwrap();
    assert_eq!(a.check_owner(&alice, aor("sip:alice@192.0.2.9:5070").as_ref()), Ok(()));
    let denial = a.check_owner(&alice, aor("sip:bob@example.test").as_ref()).unwrap_err();
    assert_eq!(
        (denial.status, denial.cause),
        (StatusCode::FORBIDDEN, Cause::NotOwner(Shown::from("bob@example.test")))
    );
    assert!(a.check_owner(&alice, None).is_err());
}

#[test]
fn five_copies_of_one_wrong_proof_count_once_and_five_guesses_five_times() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Sha256, "wrong");
    let row = client.row("INVITE");
    for copy in 0..5 {
        let denial = attempt(&mut a, T0, &flow(1), &invite(2, &row)).unwrap_err();
        assert_eq!(denial.cause, Cause::WrongCredentials(Shown::from("alice")), "{copy}");
    }
    // Guesses that look like copies of one request count each.
    for guess in 0..4 {
        let row = client.row("INVITE");
        let denial = attempt(&mut a, T0, &flow(1), &invite(2, &row)).unwrap_err();
        assert_eq!(denial.cause, Cause::WrongCredentials(Shown::from("alice")), "{guess}");
    }
    client.password = "sesame";
    let row = client.row("INVITE");
    let denial = attempt(&mut a, T0, &flow(1), &invite(3, &row)).unwrap_err();
    assert_eq!((denial.status, denial.cause), (StatusCode::FORBIDDEN, Cause::TooManyAttempts));
}

fn offered(denial: &Denial) -> Vec<Hash> {
    denial.headers.iter().map(|(_, row)| Challenge::parse(row).unwrap().algorithm.hash).collect()
}

#[test]
fn a_phone_that_gives_up_is_offered_md5_alone_and_says_why() {
    let mut a = access();
    let secs = |n| T0 + Duration::from_secs(n);
    let ask = |a: &mut Access, now, from: &Flow, cseq| attempt(a, now, from, &invite(cseq, "")).unwrap_err();
    assert_eq!(offered(&ask(&mut a, T0, &flow(1), 1)), Hash::ALL);
    assert_eq!(offered(&ask(&mut a, secs(9), &flow(1), 1)), Hash::ALL, "a copy");
    let alone = ask(&mut a, secs(9), &flow(1), 2);
    assert_eq!((offered(&alone), &alone.cause), (vec![Hash::Md5], &Cause::Md5Alone));
    assert_eq!(offered(&ask(&mut a, secs(9), &flow(2), 3)), Hash::ALL, "another source");
    let mut client = Client { password: "sesame", nonce_count: 0, challenge: first_row(&alone) };
    let row = client.row("INVITE");
    assert!(attempt(&mut a, secs(9), &flow(1), &invite(3, &row)).is_ok());
    assert_eq!(offered(&ask(&mut a, secs(3600), &flow(1), 4)), [Hash::Md5], "from then on");
    let row = client.row("INVITE");
    let stale = attempt(&mut a, secs(3600), &flow(1), &invite(5, &row)).unwrap_err();
    assert_eq!((offered(&stale), &stale.cause), (vec![Hash::Md5], &Cause::StaleNonce));
}

#[test]
fn a_program_that_is_known_to_give_up_is_offered_md5_alone_at_once() {
    for (agent, alone) in
        [("baresip v1.0.0 (x86_64/linux)", true), ("sipsak 0.9.8.1", true), ("baresip v3.5.0", false)]
    {
        let mut a = access();
        let denial =
            attempt(&mut a, T0, &flow(1), &invite(1, &format!("User-Agent: {agent}\r\n"))).unwrap_err();
        assert_eq!(offered(&denial) == [Hash::Md5], alone, "{agent}");
        assert_eq!(denial.cause == Cause::Md5Alone, alone);
    }
}

#[test]
fn a_phone_that_knows_better_is_never_offered_md5_alone() {
    let mut a = access();
    for n in 0..20 {
        let now = T0 + Duration::from_secs(u64::from(n) * 1000);
        let denial = attempt(&mut a, now, &flow(1), &invite(2 * n, "")).unwrap_err();
        assert_eq!(offered(&denial), Hash::ALL, "{n}");
        let mut client = Client { password: "sesame", nonce_count: 0, challenge: first_row(&denial) };
        let row = client.row("INVITE");
        assert!(attempt(&mut a, now, &flow(1), &invite(2 * n + 1, &row)).is_ok());
    }
}

#[test]
fn without_fallback_everybody_is_offered_all() {
    for (md5_fallback, hashes) in [(false, Hash::ALL.to_vec()), (true, vec![Hash::Sha256, Hash::Sha512_256])]
    {
        let domains = Domains::new().with("example.test");
        let settings = AccessSettings { md5_fallback, hashes: hashes.clone(), ..AccessSettings::default() };
        let mut a = Access::new(settings, domains, Seed::from_number(1), Seed::from_number(2));
        for n in 0..5 {
            let now = T0 + Duration::from_secs(u64::from(n) * 10);
            assert_eq!(offered(&attempt(&mut a, now, &flow(1), &invite(n, "")).unwrap_err()), hashes);
        }
    }
}

#[test]
fn guesses_with_our_nonces_end_in_a_ban_and_those_from_a_forged_address_do_not() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Sha256, "wrong");
    for n in 2..200 {
        // The attacker has a nonce of his own, and sends in the name of another address.
        attempt(&mut a, T0, &flow(2), &invite(n, &client.row("INVITE"))).unwrap_err();
    }
    assert!(a.admission().take_ban().is_none());
    for n in 200..260 {
        attempt(&mut a, T0, &flow(1), &invite(n, &client.row("INVITE"))).unwrap_err();
    }
    let ban = a.admission().take_ban().unwrap();
    assert_eq!(ban.source, Network::of_source(flow(1).remote_ip()));
    assert!(!a.admission().is_banned(T0, flow(2).remote_ip()));
}

#[test]
fn when_a_ban_is_lifted_the_right_password_passes_at_once() {
    let mut a = access();
    let mut wrong = challenged(&mut a, Hash::Sha256, "wrong");
    for n in 2..100 {
        attempt(&mut a, T0, &flow(1), &invite(n, &wrong.row("INVITE"))).unwrap_err();
    }
    let mut right = Client { password: "sesame", nonce_count: 200, challenge: wrong.challenge };
    let ban = a.admission().take_ban().unwrap();
    a.admission().ban(ban.source, ban.until);
    a.lift(&ban.source);
    assert!(!a.admission().is_banned(T0, flow(1).remote_ip()));
    attempt(&mut a, T0, &flow(1), &invite(200, &right.row("INVITE"))).unwrap();
}

#[test]
fn copies_of_one_wrong_proof_are_one_strike() {
    let mut a = access();
    let mut client = challenged(&mut a, Hash::Sha256, "wrong");
    let copy = invite(2, &client.row("INVITE"));
    for _ in 0..500 {
        attempt(&mut a, T0, &flow(1), &copy).unwrap_err();
    }
    assert!(a.admission().take_ban().is_none());
}

#[test]
fn a_user_over_his_rate_is_refused_though_his_proof_is_right() {
    let settings = AccessSettings {
        admission: AdmissionSettings { user: Rate::new(3, Duration::from_secs(3)), ..Default::default() },
        ..AccessSettings::default()
    };
    let mut a = Access::new(
        settings,
        Domains::new().with("example.test"),
        Seed::from_number(1),
        Seed::from_number(2),
    );
    let mut client = challenged(&mut a, Hash::Sha256, "sesame");
    let codes: Vec<u16> = (2..7)
        .map(|n| match attempt(&mut a, T0, &flow(1), &invite(n, &client.row("INVITE"))) {
            Ok(_) => 200,
            Err(denial) => denial.status.number(),
        })
        .collect();
    assert_eq!(codes, [200, 200, 200, 503, 503]);
}

/// Digest in an agreement: the proof of the list that the client saw stands beside the proof of the request.
#[test]
fn digest_agrees_only_with_a_proof_of_the_list_that_we_sent() {
    let ours = "tls;q=0.9, digest;d-alg=SHA-256;d-qop=auth;q=0.8";
    let shortened = "digest;d-alg=SHA-256;d-qop=auth;q=0.8";
    for (seen, expected) in [(Some(ours), None), (Some(shortened), Some(494)), (None, Some(494))] {
        let settings = AccessSettings {
            hashes: vec![Hash::Sha256],
            agreement: Agreement { at: vec![flow(1).local], has_tls: true },
            ..AccessSettings::default()
        };
        let domains = Domains::new().with("example.test");
        let mut a = Access::new(settings, domains, Seed::from_number(1), Seed::from_number(2));
        let bytes = invite(1, "Supported: sec-agree\r\n");
        let denial = a.agree(T0, &Message::parse(&bytes).unwrap(), &flow(1)).unwrap_err();
        assert_eq!(denial.status, StatusCode::SECURITY_AGREEMENT_REQUIRED);
        let challenge = first_row(&denial);
        let mut client = Client { password: "sesame", nonce_count: 0, challenge };
        let row = client.row("INVITE");
        // An attacker on the way may show us the list that we sent; what he cannot make is the proof of the client.
        let proof = seen.map(|list| {
            let challenge = Challenge::parse(&client.challenge).unwrap();
            let uri = format!("sip:bob@example.test:{list}");
            let value = challenge.answer(&Answer {
                user: b"alice",
                secret: &challenge.secret_of(b"alice", b"sesame"),
                method: b"INVITE",
                uri: uri.as_bytes(),
                body: b"",
                nonce_count: 1,
                cnonce: b"cn",
            });
            let value = String::from_utf8(value).unwrap();
            format!(";d-ver=\"{}\"", value.split("response=\"").nth(1).unwrap().split('"').next().unwrap())
        });
        let rows = format!(
            "{row}Require: sec-agree\r\nProxy-Require: sec-agree\r\nSecurity-Verify: {ours}{}\r\n",
            proof.unwrap_or_default()
        );
        let bytes = invite(2, &rows);
        assert!(a.agree(T0, &Message::parse(&bytes).unwrap(), &flow(1)).unwrap().is_some(), "the tag is off");
        match attempt(&mut a, T0, &flow(1), &bytes) {
            Ok(_) => assert_eq!(expected, None),
            Err(denial) => {
                assert_eq!(
                    (Some(denial.status.number()), &denial.cause),
                    (expected, &Cause::AgreementBroken)
                );
            }
        }
    }
}

#[test]
fn workers_take_each_others_nonces_and_a_count_that_one_took_is_refused_by_all() {
    let [mut here, mut there] = workers();
    let mut client = challenged(&mut here, Hash::Sha256, "sesame");
    for cseq in 2..20 {
        let row = client.row("INVITE");
        let proof = invite(cseq, &row);
        assert!(attempt(&mut there, T0, &flow(1), &proof).is_ok(), "a challenge of the other worker");
        assert!(attempt(&mut here, T0, &flow(1), &proof).is_ok(), "its retransmission");
        for worker in [&mut here, &mut there] {
            let replay = attempt(worker, T0, &flow(1), &invite(cseq + 100, &row)).unwrap_err();
            assert_eq!((&replay.cause, is_stale(&replay)), (&Cause::BadNonce, true));
        }
    }
    let mut restarted = access();
    let late = attempt(&mut restarted, T0, &flow(1), &invite(99, &client.row("INVITE"))).unwrap_err();
    assert_eq!((&late.cause, is_stale(&late)), (&Cause::BadNonce, true));
}
