//! Session descriptions.

use ringback_sip::sdp::Description;

/// Reading and writing.
pub fn sdp(data: &[u8]) {
    let Ok(read) = Description::parse(data) else { return };
    let written = read.write();
    let again = Description::parse(written.as_bytes()).expect("what we write can be read");
    assert_eq!(again.write(), written, "the canonical form is its own canonical form");
}
