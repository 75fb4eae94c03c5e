//! `ringback cert --dev`: an authority and a certificate for a laboratory.

use crate::cli::Common;
use crate::exit::Exit;
use crate::named::unwritten;
use crate::terminal::Terminal;
use jiff::{Span, Timestamp, ToSpan};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Make a test authority and a certificate for TLS
///
/// Phones and servers must be told to trust the authority, which is why it is good for a laboratory only. A second run
/// in the same folder uses the authority that is there.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Say that this is for development; certificates for the public come from a public authority
    #[arg(long, required = true)]
    dev: bool,
    /// The folder for the files
    #[arg(long, value_name = "DIR", default_value = "certificates")]
    out: PathBuf,
    /// The names or addresses to certify [default: localhost, 127.0.0.1, ::1]
    #[arg(long = "name", value_name = "HOST", num_args = 1.., value_parser = host)]
    names: Vec<String>,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let names = match args.names.as_slice() {
        [] => ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
        named => named.to_vec(),
    };
    fs::create_dir_all(&args.out).map_err(unwritten(&args.out))?;
    let files = Files::of(&args.out);
    let is_new = !files.authority.exists();
    let authority = if is_new { make_authority(&files)? } else { read_authority(&files)? };
    make_certificate(&files, &names, &authority)?;
    if common.json {
        let row = json!({
            "schema": "ringback.cert/1", "authority": files.authority, "chain": files.chain, "key": files.key,
            "names": names, "days": CERTIFICATE_DAYS,
        });
        terminal.result(&format!("{row}\n"))?;
    } else {
        terminal.result(&text(&files, &names, is_new))?;
    }
    Ok(Exit::SUCCESS)
}

struct Files {
    authority: PathBuf,
    authority_key: PathBuf,
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    fn of(folder: &Path) -> Files {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let file = |name: &str| folder.join(name);
        Files {
            authority: file("authority.pem"),
            authority_key: file("authority.key"),
            chain: file("server.pem"),
            key: file("server.key"),
        }
    }
}

fn text(files: &Files, names: &[String], is_new: bool) -> String {
    let (authority, chain, key) = (files.authority.display(), files.chain.display(), files.key.display());
    let made =
        if is_new { "A test authority was made" } else { "The test authority that was there was used" };
    let address =
        names.iter().find_map(|name| name.parse::<IpAddr>().ok()).map_or("127.0.0.1:5061".to_owned(), |ip| {
            if ip.is_ipv6() { format!("[{ip}]:5061") } else { format!("{ip}:5061") }
        });
    // Who certifies no address must call the server by its name in Record-Route too.
    let name = match names.iter().any(|name| name.parse::<IpAddr>().is_ok()) {
        true => String::new(),
        false => names.first().map(|name| format!("name = \"{name}\"\n")).unwrap_or_default(),
    };
    format!(
        "{made}; a certificate for {} is good for {CERTIFICATE_DAYS} days.\n\n\
         Put this in the configuration of the server:\n\n\
         [[listen]]\naddress = \"{address}\"\ntransports = [\"tls\"]\n\n\
         [[certificate]]\nchain = \"{chain}\"\nkey = \"{key}\"\n\n\
         [tls]\n{name}authorities = \"{authority}\"\n\n\
         Phones must trust {authority}. Ringback's own do so with\n\
         \x20 ringback ping {} --transport tls --ca {authority}\n",
        names.join(", "),
        names.first().map_or("localhost", String::as_str),
    )
}

fn make_authority(files: &Files) -> io::Result<Issuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Ringback test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    last(&mut params, 3650.days());
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.self_signed(&key).map_err(io::Error::other)?;
    write_secret(&files.authority_key, &key.serialize_pem())?;
    fs::write(&files.authority, certificate.pem())?;
    Ok(Issuer::new(params, key))
}

fn read_authority(files: &Files) -> io::Result<Issuer<'static, KeyPair>> {
    let key = KeyPair::from_pem(&fs::read_to_string(&files.authority_key)?).map_err(io::Error::other)?;
    Issuer::from_ca_cert_pem(&fs::read_to_string(&files.authority)?, key).map_err(io::Error::other)
}

fn make_certificate(files: &Files, names: &[String], authority: &Issuer<'_, KeyPair>) -> io::Result<()> {
    let mut params = CertificateParams::default();
    for name in names {
        params.subject_alt_names.push(match name.parse::<IpAddr>() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(name.as_str().try_into().map_err(io::Error::other)?),
        });
    }
    params.distinguished_name.push(DnType::CommonName, names.first().map_or("localhost", String::as_str));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    last(&mut params, CERTIFICATE_DAYS.days());
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.signed_by(&key, authority).map_err(io::Error::other)?;
    write_secret(&files.key, &key.serialize_pem())?;
    fs::write(&files.chain, certificate.pem())
}

/// Good from yesterday, since clocks differ, for `days`.
fn last(params: &mut CertificateParams, days: Span) {
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let moment = |span: Span| {
        let date = today.saturating_add(span);
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = moment((-1).days());
    params.not_after = moment(days);
}

/// Writes a key so that only its owner can read it.
fn write_secret(file: &Path, text: &str) -> io::Result<()> {
    // An older file keeps the rights that it had.
    if file.exists() {
        fs::remove_file(file)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?.write_all(text.as_bytes())
}

fn host(text: &str) -> Result<String, &'static str> {
    crate::settings::parse_host(text).map_err(|_| "not a name or address such as sip.example.test")
}

/// Public authorities give no more than 398 days; a laboratory gets used to the same.
const CERTIFICATE_DAYS: i64 = 397;
