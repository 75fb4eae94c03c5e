//! What must hold for every input: each target panics when it does not. They are driven by libFuzzer (`fuzz_targets/`)
//! and, without it, by `io/tests/bad_bytes.rs`, which takes these files by their paths.

mod capture;
mod framing;
mod media;
mod message;
mod sdp;
mod uri;

pub use capture::capture;
pub use framing::framing;
pub use media::media;
pub use message::message;
pub use sdp::sdp;
pub use uri::uri;
