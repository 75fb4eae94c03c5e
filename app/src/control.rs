//! The door for the operator: a Unix socket in the server's data folder, which only the server's own user and root may
//! open. A line is an order, and a line of JSON answers it; who asks twice connects twice.

use ringback_roles::access::Network;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener as BlockingListener, UnixStream as BlockingStream};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

/// What an operator may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tell who is banned.
    Bans,
    /// Ban a source for so long.
    Ban(Network, Duration),
    /// Lift its ban.
    Lift(Network),
}

impl Order {
    /// Ban the source to which an address belongs.
    pub(crate) fn ban(address: IpAddr, length: Duration) -> Self {
        Order::Ban(Network::of_source(address), length)
    }

    fn write(self) -> String {
        match self {
            Order::Bans => "bans\n".to_owned(),
            Order::Ban(source, length) => format!("ban {source} {}\n", length.as_secs()),
            Order::Lift(source) => format!("lift {source}\n"),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        Some(match words[..] {
            ["bans"] => Order::Bans,
            ["ban", source, secs] => {
                Order::Ban(source.parse().ok()?, Duration::from_secs(secs.parse().ok()?))
            }
            ["lift", source] => Order::Lift(source.parse().ok()?),
            _ => return None,
        })
    }
}

/// Opens the door of a server that holds the lock of `folder`: what lies there is of one that is dead.
pub(crate) fn open(folder: &Path) -> io::Result<BlockingListener> {
    let path = folder.join(SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = BlockingListener::bind(&path)?;
    listener.set_nonblocking(true)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves until the task is dropped; `obey` gives the answer to an order.
pub(crate) async fn serve<F: Future<Output = Value>>(
    listener: BlockingListener,
    folder: &Path,
    obey: impl Fn(Order) -> F,
) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    let owner = fs::metadata(folder.join(SOCKET))?.uid();
    loop {
        let (stream, _) = listener.accept().await?;
        let may = stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0);
        if may {
            // One after the other: an operator has time, and an order takes none. Who does not speak is left.
            let _ = timeout(PATIENCE, answer(stream, &obey)).await;
        }
    }
}

async fn answer<F: Future<Output = Value>>(
    mut stream: UnixStream,
    obey: &impl Fn(Order) -> F,
) -> io::Result<()> {
    let mut line = String::new();
    tokio::io::BufReader::new((&mut stream).take(ORDER_BYTES_MAX)).read_line(&mut line).await?;
    let value = match Order::parse(&line) {
        Some(order) => obey(order).await,
        None => json!({ "error": "not an order of this version" }),
    };
    stream.write_all(format!("{value}\n").as_bytes()).await
}

/// Gives the server of `folder` an order, and returns its answer.
///
/// # Errors
/// When no server runs there, or it does not answer.
pub(crate) fn ask(folder: &Path, order: Order) -> io::Result<Value> {
    let mut stream = BlockingStream::connect(folder.join(SOCKET))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(order.write().as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.take(ANSWER_BYTES_MAX)).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// The name of the socket.
const SOCKET: &str = "control";
/// How long one side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest order.
const ORDER_BYTES_MAX: u64 = 200;
/// The longest answer: a few thousand bans.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_as_they_were_written_and_others_are_not_read() {
        let source = "192.0.2.7/32".parse().unwrap();
        for order in [Order::Bans, Order::Ban(source, Duration::from_secs(60)), Order::Lift(source)] {
            assert_eq!(Order::parse(&order.write()), Some(order));
        }
        for line in ["", "ban", "ban x 1", "ban 192.0.2.7/32 -1", "lift", "bans 192.0.2.7", "BANS"] {
            assert_eq!(Order::parse(line), None, "{line}");
        }
    }
}
