//! Session descriptions.

use ringback_sip::sdp::{AudioSession, Capabilities, Codec, Description, KeySource};
use std::net::SocketAddr;

/// Reading and writing, and answering with and without encryption.
pub fn sdp(data: &[u8]) {
    let Ok(read) = Description::parse(data) else { return };
    let written = read.write();
    let again = Description::parse(written.as_bytes()).expect("what we write can be read");
    assert_eq!(again.write(), written, "the canonical form is its own canonical form");
    for srtp in [None, Some(KeySource::new([1; 32]))] {
        let plain = Capabilities::new(SocketAddr::from(([192, 0, 2, 1], 4000)), &Codec::ALL);
        let is_secure = srtp.is_some();
        let mut session = AudioSession::new(Capabilities { srtp, ..plain }, 1);
        if let Ok(Ok(_)) = session.answer(data) {
            assert!(
                session.agreed().is_none_or(|agreed| agreed.keys.is_some() == is_secure),
                "never by halves"
            );
        }
    }
}
