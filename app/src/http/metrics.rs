//! The metrics, gathered when somebody asks.

use super::tally::{Counts, Tally};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use ringback_io::driver::Counters;
use ringback_roles::server::Census;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A figure that goes up and down: its name, what it is, how to read it.
pub(crate) struct Gauge {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) read: Box<dyn Fn() -> i64 + Send + Sync>,
}

/// Where the figures come from.
pub(crate) struct Sources {
    pub(crate) counters: Vec<Arc<Counters>>,
    pub(crate) tallies: Vec<Arc<Tally>>,
    pub(crate) gauges: Vec<Gauge>,
    pub(crate) draining: AtomicBool,
    pub(crate) failed: AtomicBool,
}

impl Sources {
    /// Of a server that takes calls.
    pub(crate) fn new(counters: Vec<Arc<Counters>>, tallies: Vec<Arc<Tally>>, gauges: Vec<Gauge>) -> Self {
        let (draining, failed) = (AtomicBool::new(false), AtomicBool::new(false));
        Sources { counters, tallies, gauges, draining, failed }
    }

    /// One word for the state of the server.
    pub(crate) fn state(&self) -> &'static str {
        if self.failed.load(Ordering::Relaxed) {
            "failed"
        } else if self.draining.load(Ordering::Relaxed) {
            "draining"
        } else {
            "ok"
        }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

/// The metrics in the text format of OpenMetrics, which Prometheus reads.
pub(crate) fn exposition(sources: &Arc<Sources>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("ringback");
    registry.register_collector(Box::new(Snapshot(Arc::clone(sources))));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Snapshot(Arc<Sources>);

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let sources = &self.0;
        let all: Vec<_> = sources.counters.iter().map(|counters| counters.rows()).collect();
        for (i, (name, help, _)) in all.first().into_iter().flatten().enumerate() {
            let sum: u64 = all.iter().filter_map(|rows| rows.get(i)).map(|row| row.2).sum();
            let counter = ConstCounter::new(sum);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        for Gauge { name, help, read } in &sources.gauges {
            let gauge = ConstGauge::new(read());
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        let held = || sources.tallies.iter().map(|tally| &tally.census);
        let fullest = held().map(Census::percent).max().unwrap_or_default();
        for (name, help, value) in [
            ("transactions", TRANSACTIONS_HELP, held().map(Census::transactions).sum()),
            ("transactions_percent", TRANSACTIONS_PERCENT_HELP, fullest),
        ] {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        let mut counts = Counts::default();
        sources.tallies.iter().for_each(|tally| tally.add_to(&mut counts));
        let help = "journal entries by what they say";
        let mut family = encoder.encode_descriptor("facts", help, None, MetricType::Counter)?;
        for (fact, count) in &counts.facts {
            ConstCounter::new(*count).encode(family.encode_family(&[("fact", *fact)])?)?;
        }
        if !counts.hops.is_empty() {
            let help = "whether a next hop of the dial plan is up, as far as it changed since the start";
            let mut family = encoder.encode_descriptor("hop_up", help, None, MetricType::Gauge)?;
            for (uri, is_up) in &counts.hops {
                ConstGauge::new(i64::from(*is_up)).encode(family.encode_family(&[("hop", uri.as_str())])?)?;
            }
        }
        let help = "messages dropped without an answer and noted in the journal, by cause";
        let mut family = encoder.encode_descriptor("drops", help, None, MetricType::Counter)?;
        for (cause, count) in &counts.drops {
            ConstCounter::new(*count).encode(family.encode_family(&[("cause", *cause)])?)?;
        }
        let help = "responses that this server originated, by code and cause";
        let mut family = encoder.encode_descriptor("responses", help, None, MetricType::Counter)?;
        for ((code, cause), count) in &counts.responses {
            let code = code.to_string();
            let labels = [("code", code.as_str()), ("cause", *cause)];
            ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

const TRANSACTIONS_HELP: &str = "transactions in memory, also those that have ended and wait for copies";
const TRANSACTIONS_PERCENT_HELP: &str =
    "transactions of the worker that has the most, in percent of what [limits] transactions_max allows";

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::journal::{Cause, Entry, Fact, HopState};
    use ringback_sip::registry::{Method, StatusCode};
    use ringback_sip::time::Instant;

    #[test]
    fn exposition_names_counters_gauges_and_causes() {
        let tally = Arc::new(Tally::default());
        let fact = Fact::Answered {
            method: Some(Method::Register),
            status: StatusCode::FORBIDDEN,
            peer: "192.0.2.1:5060".parse().unwrap(),
            cause: Cause::TooManyAttempts,
        };
        for _ in 0..3 {
            tally.note(&Entry::new(Instant::EPOCH, b"x", fact.clone()));
        }
        let hop = Fact::Hop { uri: "sip:192.0.2.40".into(), state: HopState::Down };
        tally.note(&Entry::new(Instant::EPOCH, b"", hop));
        let gauges = vec![Gauge { name: "bindings", help: "bindings in memory", read: Box::new(|| 42) }];
        let sources =
            Arc::new(Sources::new(vec![Arc::default(), Arc::default()], vec![tally, Arc::default()], gauges));
        let text = exposition(&sources).unwrap();
        for line in [
            "ringback_datagrams_received_total 0",
            "ringback_bindings 42",
            "ringback_transactions 0",
            "ringback_transactions_percent 0",
            "ringback_facts_total{fact=\"answered\"} 3",
            "ringback_responses_total{code=\"403\",cause=\"too-many-attempts\"} 3",
            "ringback_hop_up{hop=\"sip:192.0.2.40\"} 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
        assert_eq!(sources.state(), "ok");
        sources.draining.store(true, Ordering::Relaxed);
        assert_eq!(sources.state(), "draining");
    }
}
