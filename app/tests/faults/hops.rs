//! Next hops that cannot be reached, or not safely.

use crate::office::{Folder, ringback, text};
use crate::{Expected, PATIENCE, Phone, Tap, ack, offered};
use rcgen::{CertificateParams, Issuer, KeyPair, date_time_ymd};
use ringback_sip::flow::Transport;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// The next hops, with what listens there.
pub(crate) struct Hops {
    folder: Folder,
    servers: Vec<Child>,
    /// Tells that a connection through a relay has ended.
    ended: Receiver<()>,
    /// The number to call, the URI of its next hop, and what is expected.
    rows: Vec<(String, String, Expected)>,
}

impl Hops {
    #[allow(clippy::print_stderr, reason = "who runs the tests should know what was left out")]
    pub(crate) fn open(tap: &Tap) -> Hops {
        let (tell, ended) = channel();
        let mut hops = Hops { folder: Folder::make("hops"), servers: Vec::new(), ended, rows: Vec::new() };
        let own = hops.folder.0.clone();
        certify(&own, "127.0.0.1");
        let authority = own.join("authority.pem");
        let (other, stranger, over, strict) =
            (own.join("other"), own.join("stranger"), own.join("over"), own.join("strict"));
        for (folder, is_known) in [(&other, true), (&stranger, false), (&over, true), (&strict, true)] {
            std::fs::create_dir_all(folder).unwrap();
            for name in ["authority.pem", "authority.key"].iter().filter(|_| is_known) {
                std::fs::copy(own.join(name), folder.join(name)).unwrap();
            }
            certify(folder, if *folder == other { "other.test" } else { "127.0.0.1" });
        }
        outdate(&over);
        let clients = format!("[tls]\nauthorities = {authority:?}\nclients = \"require\"\n");
        for (call, folder, more, rule) in [
            ("tls-name", &other, "", "D04-certificate"),
            ("tls-stranger", &stranger, "", "D04-certificate"),
            ("tls-over", &over, "", "D04-expired"),
            ("tls-strict", &strict, &*clients, "D04-certificate"),
        ] {
            let behind = hops.serve(folder, more);
            let relay = relay(tap, &tell, behind);
            hops.add(&format!("sip:{relay};transport=tls"), (call, "transport", rule));
        }
        hops.add(
            &format!("sip:{};transport=tls", relay(tap, &tell, deaf())),
            ("tls-none", "transport", "D04-common"),
        );
        // Nobody tells of the packets to them.
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        hops.add(&format!("sip:{closed};transport=tcp"), ("closed-tcp", "transport", ""));
        hops.add(&format!("sip:{closed};transport=udp"), ("closed-udp", "transport", ""));
        // At the caller a capture shows what the server makes of a 503: 500 (RFC 3261 §16.7).
        for (call, status, told) in [
            ("sipp-busy", "486 Busy Here", ("passed", "D31-busy")),
            ("sipp-unknown", "404 Not Found", ("passed", "D22-unknown")),
            ("sipp-codec", "488 Not Acceptable Here", ("passed", "D29-codecs")),
            ("sipp-broken", "500 Server Internal Error", ("passed", "D32-error")),
            ("sipp-down", "503 Service Unavailable", ("only-unavailable", "D32-error")),
        ] {
            match hops.sipp(call, status) {
                Some(address) => hops.add(&format!("sip:{address};transport=udp"), (call, told.0, told.1)),
                None => eprintln!("{call} is left out: there is no sipp"),
            }
        }
        hops
    }

    /// SIPp, which answers a call so; `None` where it is not installed.
    fn sipp(&mut self, name: &str, status: &str) -> Option<SocketAddr> {
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let file = self.folder.0.join(format!("{name}.xml"));
        let scenario = format!(
            "<?xml version=\"1.0\"?><scenario name=\"x\"><recv request=\"INVITE\"/><send retrans=\"500\"><![CDATA[\nSIP/2.0 {status}\n\
             [last_Via:]\n[last_From:]\n[last_To:];tag=sipp[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n\
             ]]></send><recv request=\"ACK\"/></scenario>"
        );
        std::fs::write(&file, scenario).unwrap();
        let port = address.port().to_string();
        let mut sipp = Command::new("sipp");
        sipp.arg("-sf").arg(&file).args(["-i", "127.0.0.1", "-p", &port, "-m", "1", "-nostdin"]);
        sipp.current_dir(&self.folder.0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.servers.push(sipp.spawn().ok()?);
        let deadline = Instant::now() + PATIENCE;
        // To ask it or to try its port would disturb it.
        let own = format!("0100007F:{:04X}", address.port());
        while !std::fs::read_to_string("/proc/net/udp").ok()?.contains(&own) {
            assert!(Instant::now() < deadline, "sipp does not listen");
            std::thread::yield_now();
        }
        Some(address)
    }

    fn add(&mut self, uri: &str, expected: Expected) {
        let number = format!("9{:02}", self.rows.len());
        self.rows.push((number, uri.to_owned(), expected));
    }

    /// A server with the certificate of the folder; where it listens with TLS.
    fn serve(&mut self, folder: &Path, more: &str) -> SocketAddr {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = free();
        let config = format!(
            "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 1\n[http]\nenabled = false\n[[listen]]\n\
             address = \"{address}\"\ntransports = [\"tls\"]\n[[certificate]]\nchain = \"server.pem\"\nkey = \"server.key\"\n{more}"
        );
        let file = folder.join("ringback.toml");
        std::fs::write(&file, config).unwrap();
        let mut server = ringback(&["serve", "--json", "--config", file.to_str().unwrap()], "");
        let mut server = server.stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.contains("ringback.serve/1"), "{greeting}");
        self.servers.push(server);
        address
    }

    /// The dial plan that leads to them.
    pub(crate) fn config(&self) -> String {
        let (own, free) = (&self.folder.0, TcpListener::bind("127.0.0.1:0").unwrap());
        // Who listens for no connections over TLS opens none. Nobody trusts our own certificate.
        let mut config = format!(
            "[tls]\nauthorities = {:?}\n[[listen]]\naddress = \"{}\"\ntransports = [\"tls\"]\n[[certificate]]\n\
             chain = {:?}\nkey = {:?}\n",
            own.join("authority.pem"),
            free.local_addr().unwrap(),
            own.join("stranger/server.pem"),
            own.join("stranger/server.key"),
        );
        for (number, uri, _) in &self.rows {
            let _ = write!(
                config,
                "[[hop]]\nname = \"h{number}\"\ntargets = [{{ uri = \"{uri};lr\" }}]\n[[route]]\nname = \"r{number}\"\n\
                 users = [\"{number}\"]\nopen = true\naction = \"hop\"\nhop = \"h{number}\"\n"
            );
        }
        config
    }

    /// Somebody calls by way of each.
    pub(crate) fn fail(&self, caller: &Phone<'_>, expected: &mut Vec<Expected>) {
        for (number, _, told) in &self.rows {
            let uri = format!("sip:{number}@example.test");
            let invite = offered(&caller.text("INVITE", &uri, told.0, 1, ""));
            caller.send(&invite);
            if told.0.starts_with("tls") {
                // What the relay notes stands before the refusal, as on the wire.
                self.ended.recv_timeout(PATIENCE).unwrap();
            }
            let answer = caller.hear("SIP/2.0 ", told.0);
            caller.send(&ack(&invite, &answer));
            expected.push(*told);
        }
    }
}

impl Drop for Hops {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn certify(folder: &Path, name: &str) {
    let output =
        ringback(&["cert", "--dev", "--out", folder.to_str().unwrap(), "--name", name], "").output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

/// Gives the folder a certificate whose time is over.
fn outdate(folder: &Path) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let authority = KeyPair::from_pem(&read("authority.key")).unwrap();
    let authority = Issuer::from_ca_cert_pem(&read("authority.pem"), authority).unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let key = KeyPair::from_pem(&read("server.key")).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
}

/// Somebody who understands nothing, and hangs up.
fn deaf() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            // The alert that says that no version is common.
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 70]);
        }
    });
    address
}

/// Passes connections on to `behind`, and notes what goes through.
fn relay(tap: &Tap, ended: &Sender<()>, behind: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap();
    let (tap, ended) = (tap.clone(), ended.clone());
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(behind) else { continue };
            let peer = near.peer_addr().unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
            let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { continue };
            let (there, ended) = (tap.clone(), ended.clone());
            std::thread::spawn(move || {
                pass(near, far, |bytes| there.note(Transport::Tcp, peer, own, bytes));
                let _ = ended.send(());
            });
            let back = tap.clone();
            std::thread::spawn(move || {
                pass(far_too, near_too, |bytes| back.note(Transport::Tcp, own, peer, bytes))
            });
        }
    });
    own
}

fn pass(mut from: TcpStream, mut to: TcpStream, note: impl Fn(&[u8])) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        note(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}
