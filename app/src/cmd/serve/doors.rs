//! The sockets for HTTP: health and metrics, and the console.

use crate::settings::{Console, Http, Settings};
use crate::terminal::Terminal;
use crate::web::Web;
use std::io;
use std::net::{SocketAddr, TcpListener};

/// The sockets for HTTP.
pub(super) struct Doors {
    pub(super) http: Option<TcpListener>,
    pub(super) web: Option<Web>,
}

impl Doors {
    /// Opens them. A port that the configuration does not name may be taken by others: then the server runs without.
    pub(super) fn open(settings: &Settings, terminal: &Terminal) -> io::Result<Self> {
        let http = settings.http.map(|Http { address, named }| {
            open(TcpListener::bind(address), ["HTTP", "health and metrics"], address, named, terminal)
        });
        let web = settings.console.as_ref().map(|Console { address, named, .. }| {
            open(Web::bind(*address), ["the console:", "it"], *address, *named, terminal)
        });
        Ok(Doors { http: http.transpose()?.flatten(), web: web.transpose()?.flatten() })
    }
}

fn open<T>(
    bound: io::Result<T>,
    [what, without]: [&str; 2],
    address: SocketAddr,
    named: bool,
    terminal: &Terminal,
) -> io::Result<Option<T>> {
    match bound {
        Ok(socket) => Ok(Some(socket)),
        Err(error) => {
            let text = format!("cannot listen on {what} {address}: {error}");
            if named {
                return Err(io::Error::new(error.kind(), text));
            }
            terminal.chatter(&format!("ringback serve: {text}; runs without {without}"));
            Ok(None)
        }
    }
}
