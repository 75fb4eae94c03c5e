//! The command line of `ringback call`.

use crate::phone::{Options, SessionOptions, SoundOptions, WishOptions, digits, duration, parsed_uri};
use std::time::Duration;

/// Make a call with audio
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whom to call: sip:bob@example.test
    pub(super) target: String,
    /// Call in the name of this address
    #[arg(long, value_name = "URI")]
    pub(super) from: Option<String>,
    /// Hang up after this time [default: at the end of --wav-in, else at Ctrl-C or when the peer does]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) duration: Option<Duration>,
    /// Give up when nobody answers within this time
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration)]
    pub(super) timeout: Duration,
    /// Send these digits once the call stands
    #[arg(long, value_name = "DIGITS", value_parser = digits)]
    pub(super) dtmf: Option<String>,
    /// Put the peer on hold for this time, half a second into the call
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) hold: Option<Duration>,
    /// Send the peer to this address once the call stands, and end when it is there (REFER)
    #[arg(long, value_name = "URI", value_parser = parsed_uri, conflicts_with_all = ["duration", "hold"])]
    pub(super) transfer_to: Option<String>,
    /// Transfer so long after the call stands
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration, requires = "transfer_to")]
    pub(super) transfer_after: Duration,
    /// Call the address of --transfer-to first, and connect the peer with that call
    #[arg(long, requires = "transfer_to")]
    pub(super) attended: bool,
    /// Let the peer make the offer of audio
    #[arg(long)]
    pub(super) late_offer: bool,
    /// Do not go on to where a 3xx sends us; its exit code is 3x
    #[arg(long)]
    pub(super) no_follow: bool,
    #[command(flatten)]
    pub(super) wishes: WishOptions,
    #[command(flatten)]
    pub(super) session: SessionOptions,
    #[command(flatten)]
    pub(super) sound: SoundOptions,
    #[command(flatten)]
    pub(super) options: Options,
}
