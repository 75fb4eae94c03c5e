//! `ringback mwi`: the voicemail lamps. A server that runs tells the phones within a second.

use super::check;
use crate::cli::Common;
use crate::exit::Exit;
use crate::site::Site;
use crate::terminal::Terminal;
use ringback_io::store::{StoreError, Subscribers};
use ringback_roles::event::Resource;
use ringback_roles::presence::Mailbox;
use ringback_sip::registry::EventPackage;
use serde_json::json;
use std::io;
use std::path::PathBuf;

/// Show or set how many voice messages wait for a user (message waiting indication)
///
/// A voicemail system calls this whenever the messages of a user change. Phones that have subscribed to message-summary
/// (RFC 3842) light their lamp while there are new messages. Without a count it shows what was set last.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The user; without @DOMAIN in the server's first domain
    #[arg(value_name = "NAME@DOMAIN")]
    name: String,
    /// New messages: the lamp is lit while there are any
    #[arg(long, value_name = "COUNT")]
    new: Option<u32>,
    /// Messages that were heard
    #[arg(long, value_name = "COUNT", requires = "new", default_value_t = 0)]
    old: u32,
    /// Urgent ones among the new messages
    #[arg(long, value_name = "COUNT", requires = "new", default_value_t = 0)]
    urgent_new: u32,
    /// Urgent ones among those that were heard
    #[arg(long, value_name = "COUNT", requires = "new", default_value_t = 0)]
    urgent_old: u32,
    /// What a phone calls to hear them, such as sip:voicemail@example.org
    #[arg(long, value_name = "URI", requires = "new")]
    account: Option<Box<str>>,
    /// The server's configuration file; without it, the users of a server that runs without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let site = Site::of(&settings)?;
    let aor = match site.account(&args.name) {
        Ok(aor) => aor,
        Err(fault) => {
            terminal.chatter(&format!("ringback mwi: {fault}"));
            return Ok(Exit::USAGE);
        }
    };
    let wanted = args.new.map(|new| Mailbox {
        new,
        old: args.old,
        urgent_new: args.urgent_new,
        urgent_old: args.urgent_old,
        account: args.account.clone(),
    });
    if wanted.as_ref().is_some_and(|mailbox| !mailbox.is_sound()) {
        terminal.chatter("ringback mwi: more urgent messages than messages, or an account that is no URI");
        return Ok(Exit::USAGE);
    }
    let resource = Resource { aor, package: EventPackage::MESSAGE_SUMMARY };
    let outcome = Subscribers::open(&site.data).and_then(|store| match wanted {
        Some(mailbox) => {
            store.say(&resource, Mailbox::MEDIA_TYPE, mailbox.write().as_bytes()).map(|()| mailbox)
        }
        None => Ok(store.said(&resource)?.and_then(|body| Mailbox::parse(&body)).unwrap_or_default()),
    });
    match outcome {
        Ok(mailbox) => tell(&resource, &mailbox, common, terminal),
        Err(error @ StoreError::NoSuchUser) => {
            terminal.chatter(&format!("ringback mwi: {}: {error}", resource.aor));
            Ok(Exit::FAILURE)
        }
        Err(error) => Err(io::Error::other(error)),
    }
}

fn tell(resource: &Resource, mailbox: &Mailbox, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let user = resource.aor.to_string();
    let Mailbox { new, old, urgent_new, urgent_old, account } = mailbox;
    let line = if common.json {
        let object = json!({
            "schema": "ringback.mwi/1", "user": user, "new": new, "old": old,
            "urgent_new": urgent_new, "urgent_old": urgent_old, "account": account,
        });
        format!("{object}\n")
    } else {
        let urgent = if *urgent_new > 0 || *urgent_old > 0 {
            format!(" ({urgent_new} and {urgent_old} of them urgent)")
        } else {
            String::new()
        };
        format!("{user}: {new} new, {old} old{urgent}\n")
    };
    terminal.result(&line)?;
    Ok(Exit::SUCCESS)
}
