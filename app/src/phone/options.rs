//! The options that all commands of the user agent have, and what they come to on this machine.

use super::audio::KeyPath;
use super::device::{Phone, Plan};
use super::transfer::Consent;
use crate::exit::Exit;
use clap::ValueEnum;
use ringback_io::clock::Clock;
use ringback_io::driver::local_ip_towards;
use ringback_io::media::dtmf::DIGITS_MAX;
use ringback_io::tls::{CertificateFiles, Tls, TlsError, TlsSettings};
use ringback_roles::agent::{AgentSettings, FLOWS_MAX, Outbound, Reliable, Secret, Transfers};
use ringback_sip::dialog::SessionPolicy;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use ringback_sip::registry::HeaderName;
use ringback_sip::sdp::{Codec, Strength};
use ringback_sip::syntax::Uri;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Who we are and which way requests take.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "A password is read from --password-file or from the variable RINGBACK_PASSWORD.")]
pub(crate) struct Options {
    /// Send every request to this server first; several of them with --outbound
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) proxy: Vec<String>,
    /// The transport when a URI names none
    #[arg(long, value_enum, value_name = "TRANSPORT", default_value_t = Way::Udp)]
    transport: Way,
    /// Trust the authorities in this file, in PEM [default: those that the system trusts]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Do not check who the server is, under TLS: anybody in between can listen and answer; for tests only
    #[arg(long, conflicts_with = "ca")]
    insecure: bool,
    /// Show this certificate to servers that ask for one, under TLS: a file in PEM with the authorities behind it
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// The key of --certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Ask servers for a security agreement where nothing protects what we send, and prove which list we saw (RFC 3329)
    #[arg(long)]
    sec_agree: bool,
    /// Bind this address; port 0 lets the system choose [default: what leads to the peer, port 0]
    #[arg(long, value_name = "IP[:PORT]", value_parser = local)]
    local: Option<SocketAddr>,
    /// The user name of the credentials [default: the user of our address]
    #[arg(long, value_name = "NAME")]
    auth_user: Option<String>,
    /// Read the password from the first line of a file [default: the variable RINGBACK_PASSWORD]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Where else the password may stand: a variable that is asked before the common one.
    #[arg(skip)]
    pub(crate) password_variable: Option<String>,
    /// Show the messages that are sent and received on stderr, with secrets masked
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// How we stay reachable.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FlowOptions {
    /// Keep a flow to each --proxy alive and replace it when it dies (RFC 5626)
    #[arg(long)]
    outbound: bool,
    /// The URN of this device, with --outbound [default: one made of this machine and our address]
    #[arg(long, value_name = "URN", requires = "outbound", value_parser = urn)]
    instance: Option<String>,
}

impl FlowOptions {
    /// What the agent is told, with these proxies.
    fn settings(&self, proxies: &[String], own: &str) -> Option<Outbound> {
        let instance = || self.instance.clone().unwrap_or_else(|| device_urn(own));
        self.outbound.then(|| Outbound { instance: instance(), proxies: proxies.to_vec() })
    }
}

/// How calls are set up.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct SessionOptions {
    /// Provisional responses that the peer acknowledges (RFC 3262)
    #[arg(long = "100rel", value_enum, value_name = "WHEN", default_value_t = Certainty::Supported)]
    certainty: Certainty,
    /// Let nobody ring before audio can flow both ways (RFC 3312); turns --100rel on
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Precondition::Never)]
    precondition: Precondition,
    /// How digits are sent: as telephone events in the audio (RFC 4733), or as INFO
    #[arg(long, value_enum, value_name = "WAY", default_value_t = DigitsBy::Rtp)]
    pub(crate) digits_by: DigitsBy,
    /// Refresh the session within this time, and hang up when the peer is gone (RFC 4028)
    #[arg(long, value_name = "SECONDS", value_parser = interval)]
    session_expires: Option<Duration>,
    /// The shortest time between refreshes that we take, 90 or more
    #[arg(long, value_name = "SECONDS", default_value = "90", value_parser = interval)]
    min_se: Duration,
    /// Call whom the peer of a call sends us to, and let calls take the place of others (REFER, Replaces)
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t = Consent::Refuse)]
    transfers: Consent,
}

impl SessionOptions {
    /// From whom transfers are taken.
    pub(crate) fn transfers(&self) -> Transfers {
        self.transfers.into()
    }

    /// Whether calls wait for reservations.
    pub(crate) fn preconditions(&self) -> Option<Strength> {
        match self.precondition {
            Precondition::Never => None,
            Precondition::Optional => Some(Strength::Optional),
            Precondition::Mandatory => Some(Strength::Mandatory),
        }
    }

    /// What we want of session timers.
    pub(crate) fn session(&self) -> SessionPolicy {
        SessionPolicy { expires: self.session_expires, min: self.min_se }
    }

    /// What we do about reliable provisional responses.
    pub(crate) fn reliable(&self) -> Reliable {
        match self.certainty {
            Certainty::Never if self.precondition == Precondition::Never => Reliable::Never,
            Certainty::Never => Reliable::Supported,
            Certainty::Supported => Reliable::Supported,
            Certainty::Required => Reliable::Required,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Precondition {
    Never,
    Optional,
    Mandatory,
}

/// How digits are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DigitsBy {
    Rtp,
    Info,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Certainty {
    Never,
    Supported,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Way {
    Udp,
    Tcp,
    Tls,
    Ws,
    Wss,
}

impl From<Way> for Transport {
    fn from(way: Way) -> Self {
        match way {
            Way::Udp => Transport::Udp,
            Way::Tcp => Transport::Tcp,
            Way::Tls => Transport::Tls,
            Way::Ws => Transport::Ws,
            Way::Wss => Transport::Wss,
        }
    }
}

/// What a command wants of its phone.
#[derive(Clone, Debug)]
pub(crate) struct Role<'a> {
    /// Our address of record; without one, a name for this machine.
    pub(crate) own: Option<&'a str>,
    /// Whom it will talk to first.
    pub(crate) target: Option<&'a str>,
    /// Whether calls go on to where a 3xx sends them.
    pub(crate) follows: bool,
    /// Most calls at a time.
    pub(crate) calls_max: usize,
    /// Formats of audio and digits, best first.
    pub(crate) codecs: &'a [Codec],
    /// What is done about reliable provisional responses.
    pub(crate) reliable: Reliable,
    /// Whether the formats are all that the user has on any device.
    pub(crate) formats_everywhere: bool,
    /// How it stays reachable.
    pub(crate) flows: Option<&'a FlowOptions>,
    /// How long sessions last without a refresh.
    pub(crate) session: SessionPolicy,
    /// Whether audio is encrypted, and over what its keys may go.
    pub(crate) srtp: Option<KeyPath>,
    /// Whether calls wait for reservations, and how much ours matter.
    pub(crate) preconditions: Option<Strength>,
    /// From whom transfers are taken.
    pub(crate) transfers: Transfers,
    /// What our calls say of whom they want.
    pub(crate) preferences: Vec<(HeaderName, String)>,
    /// What we say that we can do.
    pub(crate) features: String,
}

impl<'a> Role<'a> {
    /// As `own`, towards `target`.
    pub(crate) fn new(own: Option<&'a str>, target: Option<&'a str>) -> Self {
        let reliable = Reliable::default();
        let (codecs, session) = (&Codec::ALL, SessionPolicy::default());
        Role {
            own,
            target,
            follows: true,
            calls_max: 1,
            codecs,
            reliable,
            formats_everywhere: false,
            flows: None,
            session,
            srtp: None,
            preconditions: None,
            transfers: Transfers::Refuse,
            preferences: Vec::new(),
            features: String::new(),
        }
    }
}

/// Why no phone can be made of the options.
#[derive(Debug)]
pub(crate) enum Fault {
    /// This is no SIP URI.
    Uri(String),
    /// There are more proxies than flows.
    Proxies,
    /// The file of the password cannot be read or is empty.
    Password(PathBuf, io::Error),
    /// The authorities or our certificate cannot be used.
    Tls(TlsError),
    /// Whoever reads the signalling would have the keys of the audio.
    KeysInClear,
    /// The machine refuses.
    System(io::Error),
}

impl Fault {
    /// What the command ends with.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Fault::Uri(_) | Fault::Proxies | Fault::Password(..) | Fault::Tls(_) | Fault::KeysInClear => {
                Exit::USAGE
            }
            Fault::System(_) => Exit::FAILURE,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Uri(text) => write!(f, "{text:?} is not a SIP URI such as sip:alice@example.test"),
            Fault::Proxies => {
                write!(f, "several --proxy need --outbound, and more than {FLOWS_MAX} are too many")
            }
            Fault::Password(path, error) => write!(f, "no password in {}: {error}", path.display()),
            Fault::Tls(error) => error.fmt(f),
            Fault::KeysInClear => f.write_str(
                "--srtp tells the keys to everybody on the way unless the signalling goes over TLS: --transport tls; or \
                 --srtp=clear, when that is wanted",
            ),
            Fault::System(error) => error.fmt(f),
        }
    }
}

impl Options {
    /// Starts a phone for the role.
    ///
    /// # Errors
    /// When the options do not fit together, or the machine refuses.
    pub(crate) fn start(&self, role: Role<'_>) -> Result<Phone, Fault> {
        let own = role.own.map(sip_uri).transpose()?;
        let target = role.target.map(sip_uri).transpose()?;
        let proxies = self.proxy.iter().map(|proxy| self.proxy_uri(proxy)).collect::<Result<Vec<_>, _>>()?;
        let has_flows = role.flows.is_some_and(|flows| flows.outbound);
        if proxies.len() > if has_flows { FLOWS_MAX } else { 1 } {
            return Err(Fault::Proxies);
        }
        let proxy = proxies.first().cloned();
        let password = self.password()?;
        let first_hop = proxy.as_ref().or(target.as_ref()).or(own.as_ref());
        let local = match self.local {
            Some(local) => local,
            None => SocketAddr::new(first_hop.map_or(LOOPBACK, |uri| ip_towards(uri)), 0),
        };
        let transport = self.transport.into();
        if role.srtp == Some(KeyPath::Tls) && !self.is_secure(first_hop) {
            return Err(Fault::KeysInClear);
        }
        let uris = [&own, &target, &proxy].into_iter().flatten();
        let tls = self.tls(transport, uris)?;
        let plan = Plan { local, transport, tls, sees_messages: self.verbose, clock: Clock::start() };
        Phone::start(plan, |local| {
            let host = host_of(local.address.ip());
            // Who only listens, and has no name, takes the calls to every name.
            let user = if target.is_some() { "ringback@" } else { "" };
            let aor = own.unwrap_or_else(|| format!("sip:{user}{host}"));
            AgentSettings {
                outbound: role.flows.and_then(|flows| flows.settings(&proxies, &aor)),
                proxy,
                password: password.map(Secret::new),
                auth_user: self.auth_user.clone().unwrap_or_default(),
                sec_agree: self.sec_agree,
                follow_redirects: role.follows,
                calls_max: role.calls_max,
                codecs: role.codecs.to_vec(),
                reliable: role.reliable,
                formats_everywhere: role.formats_everywhere,
                session: role.session,
                srtp: role.srtp.is_some(),
                preconditions: role.preconditions,
                transfers: role.transfers,
                preferences: role.preferences,
                features: role.features,
                ..AgentSettings::new(&aor, local)
            }
        })
        .map_err(Fault::System)
    }

    /// With the flags that others have: where a flag is left out, clap takes it for `false`.
    pub(crate) fn keep_flags(&mut self, others: &Options) {
        self.insecure |= others.insecure;
        self.verbose |= others.verbose;
    }

    /// TLS, when some URI or option wants it; the authorities of the system are not read for nothing.
    fn tls<'a>(
        &self,
        transport: Transport,
        mut uris: impl Iterator<Item = &'a String>,
    ) -> Result<Option<Arc<Tls>>, Fault> {
        let is_wanted = self.ca.is_some() || self.insecure || self.certificate.is_some();
        if !(transport.is_secure() || is_wanted || uris.any(|uri| asks_for_tls(uri))) {
            return Ok(None);
        }
        let files = self.certificate.clone().zip(self.key.clone());
        let settings = TlsSettings {
            certificates: files.map(|(chain, key)| CertificateFiles { chain, key }).into_iter().collect(),
            authorities: self.ca.clone(),
            trusts_everybody: self.insecure,
            ..TlsSettings::default()
        };
        Tls::load(&settings).map(|tls| Some(Arc::new(tls))).map_err(Fault::Tls)
    }

    /// Whether requests that begin something leave over TLS.
    fn is_secure(&self, first_hop: Option<&String>) -> bool {
        let names_another = |uri: &str| uri.to_ascii_lowercase().contains(";transport=");
        match first_hop {
            Some(uri) if asks_for_tls(uri) => true,
            Some(uri) if names_another(uri) => false,
            _ => Transport::from(self.transport).is_secure(),
        }
    }

    fn proxy_uri(&self, text: &str) -> Result<String, Fault> {
        let uri = sip_uri(text)?;
        if uri.contains(";transport=") {
            return Ok(uri);
        }
        Ok(match self.transport {
            Way::Udp => uri,
            // Under TLS a WebSocket has no name of its own (RFC 7118 §5.2).
            Way::Wss => format!("{};transport=ws", uri.replacen("sip:", "sips:", 1)),
            way => format!("{uri};transport={}", Transport::from(way).uri_name()),
        })
    }

    fn password(&self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(path) = &self.password_file else {
            let names = self.password_variable.as_deref().into_iter().chain([PASSWORD_VARIABLE]);
            let mut values = names.filter_map(std::env::var_os).filter(|value| !value.is_empty());
            return Ok(values.next().map(std::os::unix::ffi::OsStringExt::into_vec));
        };
        let bytes = std::fs::read(path).map_err(|error| Fault::Password(path.clone(), error))?;
        let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        if line.is_empty() {
            let error = io::Error::new(io::ErrorKind::InvalidData, "its first line is empty");
            return Err(Fault::Password(path.clone(), error));
        }
        Ok(Some(line.to_vec()))
    }
}

/// Whether a URI asks for TLS by its scheme or its transport.
fn asks_for_tls(uri: &str) -> bool {
    let uri = uri.to_ascii_lowercase();
    uri.starts_with("sips:") || uri.contains(";transport=tls")
}

/// The URI that `text` means: `sip:` may be left out.
pub(crate) fn sip_uri(text: &str) -> Result<String, Fault> {
    let has_scheme =
        ["sip:", "sips:"].iter().any(|s| text.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)));
    let uri = if has_scheme { text.to_owned() } else { format!("sip:{text}") };
    match Uri::parse(uri.as_bytes()) {
        Ok(parsed) if parsed.is_sip() => Ok(uri),
        _ => Err(Fault::Uri(text.to_owned())),
    }
}

/// The same, for the command line.
pub(crate) fn parsed_uri(text: &str) -> Result<String, String> {
    sip_uri(text).map_err(|fault| fault.to_string())
}

/// Reads a time such as `2s` or `1m30s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    crate::settings::parse_time(text).map_err(|_| "not a time such as 500ms, 2s or 1m30s".to_owned())
}

/// Reads the interval of a session timer: seconds, or a time such as `30m`; 90 s or more (RFC 4028 §4).
fn interval(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>().map(|secs| Duration::from_secs(secs.into()));
    let time = seconds.or_else(|_| duration(text))?;
    if time < Duration::from_secs(90) { Err("shorter than 90 seconds".to_owned()) } else { Ok(time) }
}

/// Reads digits that a keypad has.
pub(crate) fn digits(text: &str) -> Result<String, String> {
    let is_digit = |c: char| matches!(c.to_ascii_uppercase(), '0'..='9' | '*' | '#' | 'A'..='D');
    if text.is_empty() || text.len() > DIGITS_MAX || !text.chars().all(is_digit) {
        return Err(format!("not 1 to {DIGITS_MAX} of 0-9, *, #, A-D"));
    }
    Ok(text.to_owned())
}

fn urn(text: &str) -> Result<String, &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '.' | '_');
    let is_urn = text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"));
    if is_urn && text.len() > 4 && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err("not a URN such as urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
}

/// A URN for this machine and our address, the same at each start (RFC 5626 §4.1, RFC 9562 §5.8).
fn device_urn(own: &str) -> String {
    let machine = std::fs::read("/etc/machine-id").unwrap_or_default();
    let both = [&machine[..], own.as_bytes()].concat();
    let half = |number| Seed::from_number(number).hash(&both);
    let bits = (u128::from(half(1)) << 64) | u128::from(half(2));
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x8 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn local(text: &str) -> Result<SocketAddr, &'static str> {
    let with_port = text.parse::<SocketAddr>();
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match with_port.or(bare.map(|ip| SocketAddr::new(ip, 0))) {
        Ok(address) if address.ip().is_unspecified() => {
            Err("peers need to be told one address of this machine")
        }
        Ok(address) => Ok(address),
        Err(_) => Err("not an address such as 192.0.2.1:0"),
    }
}

/// Our address on the way to the host of `uri`; if nothing leads there, loopback.
fn ip_towards(uri: &str) -> IpAddr {
    let Ok(uri) = Uri::parse(uri.as_bytes()) else { return LOOPBACK };
    let port = uri.port.unwrap_or(5060);
    let address = uri.host.ip().map(|ip| SocketAddr::new(ip, port)).or_else(|| {
        let name = String::from_utf8_lossy(uri.host.0).into_owned();
        // The agent finds the server itself (RFC 3263); here only the way out is asked for.
        let found: Vec<_> = (name.as_str(), port).to_socket_addrs().ok()?.collect();
        found.iter().find(|address| address.is_ipv4()).or(found.first()).copied()
    });
    local_ip_towards(address.unwrap_or(ELSEWHERE)).unwrap_or(LOOPBACK)
}

/// An address as the host of a URI.
fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

const PASSWORD_VARIABLE: &str = "RINGBACK_PASSWORD";
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// An address of nobody (RFC 5737), to which the default route leads.
const ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);
