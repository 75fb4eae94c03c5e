//! The arguments.

use ringback_io::hep::HepAddress;
use std::path::PathBuf;

/// Say what went wrong in the calls of other servers, live, from the HEP3 that they send (Kamailio, OpenSIPS, Asterisk,
/// FreeSWITCH)
///
/// A call's line comes when the call has ended or gone quiet; Ctrl-C ends with a summary.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples: listen-hep --listen udp:192.0.2.7:9060,tcp:192.0.2.7:9060 · listen-hep --faults --lang nl"
)]
pub(crate) struct Args {
    /// Where to take HEP3: udp:ADDRESS:PORT or tcp:ADDRESS:PORT, or several
    #[arg(long, value_name = "PLACE", value_delimiter = ',', default_value = "udp:127.0.0.1:9060")]
    pub(in crate::cmd) listen: Vec<HepAddress>,
    /// Take packets with this key only
    #[arg(long, value_name = "KEY")]
    pub(in crate::cmd) authenticate: Option<String>,
    /// Show only calls in which something went wrong
    #[arg(long)]
    pub(in crate::cmd) faults: bool,
    /// At the end, write one page with the last calls and their ladders
    #[arg(long, value_name = "FILE")]
    pub(in crate::cmd) html: Option<PathBuf>,
    /// Write what comes into a capture, without secrets
    #[arg(long, value_name = "FILE")]
    pub(in crate::cmd) pcap_out: Option<PathBuf>,
    /// Leave the secrets in that capture
    #[arg(long, requires = "pcap_out")]
    pub(in crate::cmd) keep_secrets: bool,
}
