//! What a run measured.

use crate::meter::Usage;
use hdrhistogram::Histogram;
use ringback_sip::time::Duration;
use std::collections::BTreeMap;

/// Counts, times and latencies of one run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) operations: u64,
    pub(crate) elapsed: Duration,
    /// How long new operations were begun, and how many had succeeded by then.
    pub(crate) beginning: Duration,
    pub(crate) succeeded_meanwhile: u64,
    /// Processor time of the server's processes; none without their pid.
    pub(crate) server: Option<Usage>,
    /// Processor time of the load generator.
    pub(crate) own: Usage,
    pub(crate) strays: u64,
    /// Times that an open loop found no room in its window.
    pub(crate) starved: u64,
    /// New operations that the server had asked to keep back.
    pub(crate) kept_back: u64,
    pub(crate) retransmissions: u64,
    pub(crate) retransmissions_before: u64,
    pub(crate) flow_failures: u64,
    /// Messages of operations that took too long that have not come.
    pub(crate) missed: u64,
    succeeded: u64,
    timeouts: u64,
    failures: BTreeMap<u16, u64>,
    /// From the first request to the final response of it, in nanoseconds.
    answer: Option<Histogram<u64>>,
    /// From the first request to the operation's end, in nanoseconds.
    whole: Option<Histogram<u64>>,
}

impl Default for Report {
    fn default() -> Self {
        Report {
            operations: 0,
            elapsed: Duration::ZERO,
            beginning: Duration::ZERO,
            succeeded_meanwhile: 0,
            server: None,
            own: Usage::default(),
            strays: 0,
            starved: 0,
            kept_back: 0,
            retransmissions: 0,
            retransmissions_before: 0,
            flow_failures: 0,
            missed: 0,
            succeeded: 0,
            timeouts: 0,
            failures: BTreeMap::new(),
            answer: histogram(),
            whole: histogram(),
        }
    }
}

impl Report {
    pub(crate) fn answered(&mut self, measured: bool, nanos: u64) {
        if let (true, Some(answer)) = (measured, &mut self.answer) {
            // It grows as needed; only a latency beyond 2⁶⁴ could fail.
            let _ = answer.record(nanos);
        }
    }

    pub(crate) fn done(&mut self, measured: bool, nanos: u64) {
        self.succeeded += 1;
        if let (true, Some(whole)) = (measured, &mut self.whole) {
            let _ = whole.record(nanos);
        }
    }

    /// The last operation has begun, so long after measuring did.
    pub(crate) fn begun_all(&mut self, beginning: Duration) {
        (self.beginning, self.succeeded_meanwhile) = (beginning, self.succeeded);
    }

    /// A failure in the warm-up counts too: a server has no right to it.
    pub(crate) fn failed(&mut self, status: Option<u16>) {
        match status {
            Some(status) => *self.failures.entry(status).or_default() += 1,
            None => self.timeouts += 1,
        }
    }

    /// One object, times in microseconds.
    pub(crate) fn json(&self, scenario: &str, memory: Option<(u64, u64)>) -> serde_json::Value {
        let operations = self.operations as f64;
        let failed = self.timeouts + self.failures.values().sum::<u64>();
        let answer = self.answer.as_ref().filter(|answer| !answer.is_empty());
        let latency = answer.or(self.whole.as_ref());
        let micros = |quantile| latency.map(|times| times.value_at_quantile(quantile) as f64 / 1e3);
        let failures: BTreeMap<String, u64> =
            self.failures.iter().map(|(code, count)| (code.to_string(), *count)).collect();
        serde_json::json!({
            "scenario": scenario,
            "operations": self.operations,
            "succeeded": self.succeeded,
            "failed": failed,
            "timeouts": self.timeouts,
            "failures": failures,
            "retransmissions": self.retransmissions,
            "kept_back": self.kept_back,
            "strays": self.strays,
            "starved": self.starved,
            "flow_failures": self.flow_failures,
            "missed": self.missed,
            "seconds": self.elapsed.as_secs_f64(),
            "goodput_per_second": self.succeeded_meanwhile as f64 / self.beginning.as_secs_f64().max(1e-9),
            "operations_per_second": operations / self.elapsed.as_secs_f64(),
            "server_cpu_micros": self.server.as_ref().map(|usage| usage.nanos as f64 / 1e3 / operations),
            "load_cpu_micros": self.own.nanos as f64 / 1e3 / operations,
            "p50_micros": micros(0.5),
            "p99_micros": micros(0.99),
            "memory_before": memory.map(|(before, _)| before),
            "memory_after": memory.map(|(_, after)| after),
        })
    }
}

/// Two digits, of whatever length.
fn histogram() -> Option<Histogram<u64>> {
    Histogram::new(2).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_of_a_millisecond_is_told_as_one() {
        let mut report = Report { operations: 1, elapsed: Duration::from_secs(1), ..Report::default() };
        report.done(true, 1_000_000);
        let told = report.json("x", None)["p50_micros"].as_f64().unwrap();
        assert!((990.0..1010.0).contains(&told), "{told}");
    }
}
