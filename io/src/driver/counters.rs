//! What the driver did, counted; read by the metrics endpoint.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($(#[doc = $doc:literal] $name:ident;)*) => {
        /// The counters of one worker. A worker only adds; anyone may read.
        #[derive(Debug, Default)]
        #[repr(align(128))]
        pub struct Counters {
            $(#[doc = $doc] pub $name: Counter,)*
        }

        impl Counters {
            /// Every counter with its name and what it counts.
            pub fn rows(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), $doc, self.$name.value())),*]
            }
        }
    };
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`. Only one thread adds, so that no locked instruction is needed.
    pub(crate) fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    /// The number so far.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

counters! {
    #[doc = "datagrams received"]
    datagrams_received;
    #[doc = "datagrams sent"]
    datagrams_sent;
    #[doc = "datagrams that the kernel would not take because its buffer was full"]
    datagrams_dropped;
    #[doc = "receiving system calls on UDP sockets"]
    udp_receives;
    #[doc = "sending system calls on UDP sockets"]
    udp_sends;
    #[doc = "keep-alive datagrams and bytes between messages, taken without a message"]
    keepalives;
    #[doc = "messages received on streams"]
    stream_messages_received;
    #[doc = "messages written to streams"]
    stream_messages_sent;
    #[doc = "connections accepted"]
    connections_accepted;
    #[doc = "connections opened"]
    connections_opened;
    #[doc = "connections refused because of a limit"]
    connections_refused;
    #[doc = "connections that ended"]
    connections_ended;
    #[doc = "connections closed because the end of a message could not be found"]
    framing_faults;
    #[doc = "connections closed because the peer was too slow or silent"]
    connections_timed_out;
    #[doc = "handshakes of TLS and WebSocket that failed"]
    handshakes_failed;
    #[doc = "messages handed to the worker that owns their call"]
    handed_over;
    #[doc = "messages dropped because their owner had too many waiting"]
    handover_dropped;
    #[doc = "times that more messages waited than could be served in time"]
    strains;
    #[doc = "paths reported as failed"]
    flows_failed;
    #[doc = "deadlines met"]
    deadlines;
    #[doc = "journal entries that were counted and not written"]
    journal_dropped;
    #[doc = "journal entries written"]
    journal_entries;
}
