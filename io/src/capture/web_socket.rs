//! Frames of WebSocket on a connection that somebody else watches (RFC 6455 §5): masks are taken off, parts joined.

use std::io::Cursor;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// One direction of a WebSocket.
#[derive(Debug, Default)]
pub(super) struct Frames {
    message: Vec<u8>,
}

impl Frames {
    /// Takes the whole frames at the start of `bytes`, gives each message, and says how many bytes were taken; `None`
    /// when it is no WebSocket or a message is too long.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        message_bytes_max: usize,
        give: &mut dyn FnMut(&[u8]),
    ) -> Option<usize> {
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            let mut cursor = Cursor::new(rest);
            let Some((header, length)) = FrameHeader::parse(&mut cursor).ok()? else { return Some(taken) };
            let start = usize::try_from(cursor.position()).ok()?;
            let length = usize::try_from(length).ok().filter(|length| *length <= message_bytes_max)?;
            let Some(payload) = rest.get(start..start + length) else { return Some(taken) };
            taken += start + length;
            if let OpCode::Data(kind) = header.opcode {
                if kind != Data::Continue {
                    self.message.clear();
                }
                if self.message.len() + length > message_bytes_max {
                    return None;
                }
                let before = self.message.len();
                self.message.extend_from_slice(payload);
                if let Some(mask) = header.mask {
                    self.message[before..]
                        .iter_mut()
                        .zip(mask.iter().cycle())
                        .for_each(|(byte, mask)| *byte ^= mask);
                }
                if header.is_final {
                    give(&self.message);
                    self.message.clear();
                }
            }
        }
    }
}
