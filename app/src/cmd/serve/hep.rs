//! What is told to a collector of HEP3.

use crate::http::Gauge;
use crate::settings::Settings;
use ringback_io::hep::{HepFigures, HepSender};
use ringback_io::record::ServerTap;
use std::io;

/// Starts the sender, if one is wanted; its tap stands behind that of the recorder.
pub(super) fn start(
    settings: &Settings,
    recorder: Option<ServerTap>,
) -> io::Result<(Option<HepSender>, Vec<ServerTap>)> {
    let (hep, tap) = settings.hep.clone().map(HepSender::start).transpose()?.unzip();
    Ok((hep, recorder.into_iter().chain(tap).collect()))
}

/// What was told.
pub(super) fn gauges(hep: Option<&HepSender>) -> Vec<Gauge> {
    let Some(hep) = hep else { return Vec::new() };
    let gauge = |name, help, read: fn(&HepFigures) -> u64| {
        let figures = hep.figures();
        Gauge { name, help, read: Box::new(move || i64::try_from(read(&figures)).unwrap_or(i64::MAX)) }
    };
    vec![
        gauge("hep_sent", "messages that left by HEP3 since the start", HepFigures::sent),
        gauge("hep_lost", "messages that could not leave by HEP3 since the start", HepFigures::lost),
    ]
}
