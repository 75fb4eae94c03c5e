//! Plots, drawn on the server: a picture that fills its place, its scales as text beside it, its figures as a table.

use super::frame::Frame;
use super::written;
use crate::web::model::{CodeBucket, DelayBucket};
use askama::Template;
use std::fmt::Write as _;

/// What a plot shows.
#[derive(Debug)]
struct Plot {
    title: String,
    /// What it says to those who do not see it.
    alt: String,
    /// Its shapes, in squares of twelve, and what they mean.
    keys: Vec<(String, String)>,
    /// The marks of its left side, from above.
    scale: [String; 3],
    /// The marks below.
    times: Vec<String>,
    /// How wide the picture is, in columns of ten.
    wide: usize,
    shapes: String,
    heads: Vec<String>,
    /// A moment and its figures.
    rows: Vec<(String, Vec<String>)>,
}

#[derive(Template)]
#[template(path = "plot.html")]
struct Figure<'a> {
    f: &'a Frame<'a>,
    plot: &'a Plot,
}

/// Final codes over time: a column a bucket, a stripe a class.
pub(super) fn codes(f: &Frame<'_>, buckets: &[CodeBucket]) -> String {
    let counts: Vec<[u64; CLASSES.len()]> = buckets.iter().map(by_class).collect();
    let most = counts.iter().map(|row| row.iter().sum()).max().unwrap_or(0_u64);
    let top = rounded_up(most);
    let mut shapes = String::new();
    for (place, row) in counts.iter().enumerate() {
        let mut below = 0;
        for (class, count) in CLASSES.iter().zip(row).filter(|(_, count)| **count > 0) {
            below += count;
            let (y, high) = (100.0 - share(below, top), share(*count, top));
            let x = place * COLUMN + 1;
            // Writing to a String cannot fail.
            let _ = write!(
                shapes,
                "<rect class=\"c{class}\" x=\"{x}\" y=\"{y:.1}\" width=\"8\" height=\"{high:.1}\"><title>{class}xx: {count}</title></rect>"
            );
        }
    }
    let moments: Vec<&str> = buckets.iter().map(|bucket| &*bucket.at).collect();
    let word = |class: &u8| f.say(&format!("class-{class}"));
    let rows = buckets.iter().zip(&counts).filter(|(_, row)| row.iter().any(|count| *count > 0));
    let plot = Plot {
        title: f.say("codes-over-time"),
        alt: alt(f, "codes-over-time-alt", &moments, most),
        keys: CLASSES.iter().map(|class| (square(*class), word(class))).collect(),
        scale: [top.to_string(), half(top), "0".to_owned()],
        times: times(&moments),
        wide: buckets.len().max(1) * COLUMN,
        shapes,
        heads: CLASSES.iter().map(|class| format!("{class}xx")).collect(),
        rows: rows
            .map(|(bucket, row)| (bucket.at.clone(), row.iter().map(u64::to_string).collect()))
            .collect(),
    };
    written(&Figure { f, plot: &plot })
}

/// The share of calls that were answered over time: a curve, broken where there were none.
pub(super) fn answer_ratio(f: &Frame<'_>, buckets: &[CodeBucket]) -> String {
    let ratio = |bucket: &CodeBucket| {
        let row = by_class(bucket);
        let all: u64 = row.iter().sum();
        (all > 0).then(|| share(row[0], all))
    };
    let ratios: Vec<Option<f64>> = buckets.iter().map(ratio).collect();
    let moments: Vec<&str> = buckets.iter().map(|bucket| &*bucket.at).collect();
    let rows = buckets.iter().zip(&ratios);
    let plot = Plot {
        title: f.say("ratio-over-time"),
        alt: alt(f, "ratio-over-time-alt", &moments, 0),
        keys: Vec::new(),
        scale: ["100 %", "50 %", "0 %"].map(str::to_owned),
        times: times(&moments),
        wide: buckets.len().max(1) * COLUMN,
        shapes: curve("curve", &ratios),
        heads: vec![f.say("answer-ratio")],
        rows: rows
            .filter_map(|(bucket, ratio)| Some((bucket.at.clone(), vec![format!("{:.0} %", (*ratio)?)])))
            .collect(),
    };
    written(&Figure { f, plot: &plot })
}

/// How long callers waited over time: half of them no longer than the one curve, 95 of 100 no longer than the other.
pub(super) fn delays(f: &Frame<'_>, buckets: &[DelayBucket]) -> String {
    let most = buckets.iter().filter_map(|bucket| bucket.p95_millis).max().unwrap_or(0);
    let top = rounded_up(most.max(DELAY_TOP_MIN));
    let height = |millis: Option<u64>| millis.map(|millis| share(millis, top));
    let medians: Vec<Option<f64>> = buckets.iter().map(|bucket| height(bucket.median_millis)).collect();
    let highs: Vec<Option<f64>> = buckets.iter().map(|bucket| height(bucket.p95_millis)).collect();
    let moments: Vec<&str> = buckets.iter().map(|bucket| &*bucket.at).collect();
    let words = ["delay-median", "delay-p95"].map(|word| f.say(word));
    let row = |bucket: &DelayBucket| {
        let cells = [bucket.median_millis?, bucket.p95_millis?].map(wait);
        Some((bucket.at.clone(), [cells.to_vec(), vec![bucket.calls.to_string()]].concat()))
    };
    let plot = Plot {
        title: f.say("delay-over-time"),
        alt: alt(f, "delay-over-time-alt", &moments, most),
        keys: ["curve high", "curve"]
            .map(stroke)
            .into_iter()
            .zip([words[1].clone(), words[0].clone()])
            .collect(),
        scale: [wait(top), wait(top / 2), "0".to_owned()],
        times: times(&moments),
        wide: buckets.len().max(1) * COLUMN,
        shapes: curve("curve high", &highs) + &curve("curve", &medians),
        heads: [words.to_vec(), vec![f.say("calls")]].concat(),
        rows: buckets.iter().filter_map(row).collect(),
    };
    written(&Figure { f, plot: &plot })
}

/// A time to wait: in seconds where milliseconds would be long.
pub(super) fn wait(millis: u64) -> String {
    match millis {
        0..10_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", millis as f64 / 1000.0),
    }
}

/// A curve of hundredths over the buckets, broken where there is nothing.
fn curve(class: &str, heights: &[Option<f64>]) -> String {
    let (mut curve, mut dots, mut is_open) = (String::new(), String::new(), false);
    for (place, height) in heights.iter().enumerate() {
        let Some(height) = height else {
            is_open = false;
            continue;
        };
        let (x, y) = (place * COLUMN + COLUMN / 2, 100.0 - height);
        // A moment alone would make no line: a stroke of no length with round ends is a dot.
        let _ = write!(curve, "{}{x} {y:.1}", if is_open { "L" } else { "M" });
        let _ = write!(dots, "M{x} {y:.1}h0");
        is_open = true;
    }
    format!(
        "<path class=\"{class}\" vector-effect=\"non-scaling-stroke\" d=\"{curve}\"/>\
         <path class=\"{class} dots\" vector-effect=\"non-scaling-stroke\" d=\"{dots}\"/>"
    )
}

/// The key to a class of codes.
fn square(class: u8) -> String {
    format!("<rect class=\"c{class}\" width=\"12\" height=\"12\" rx=\"2\"/>")
}

/// The key to a curve.
fn stroke(class: &str) -> String {
    format!("<path class=\"{class}\" d=\"M0 6h12\"/>")
}

/// The counts of 2xx to 6xx.
fn by_class(bucket: &CodeBucket) -> [u64; CLASSES.len()] {
    CLASSES.map(|class| {
        let of_class = bucket.counts.iter().filter(|count| count.code / 100 == u16::from(class));
        of_class.map(|count| count.count).sum()
    })
}

/// The part of the whole in hundredths.
fn share(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

/// The next number that a scale may end with: 4, 10, 20, 40, 100 …
fn rounded_up(most: u64) -> u64 {
    let mut unit: u64 = 1;
    loop {
        let tops = [4, 10, 20].map(|factor| unit.saturating_mul(factor));
        if let Some(top) = tops.into_iter().find(|top| *top >= most) {
            return top;
        }
        unit = unit.saturating_mul(10);
    }
}

fn half(top: u64) -> String {
    (top / 2).to_string()
}

/// The first, the middle and the last moment.
fn times(moments: &[&str]) -> Vec<String> {
    let places = [0, moments.len() / 2, moments.len().saturating_sub(1)];
    places.iter().filter_map(|place| Some((*moments.get(*place)?).to_owned())).collect()
}

fn alt(f: &Frame<'_>, word: &str, moments: &[&str], most: u64) -> String {
    let [from, to] = [moments.first(), moments.last()].map(|at| at.copied().unwrap_or_default());
    f.fill(word, &[("from", from), ("to", to), ("most", &most.to_string())])
}

/// The classes of final codes.
const CLASSES: [u8; 5] = [2, 3, 4, 5, 6];
/// The least that the scale of delays ends with, in milliseconds: less is no difference that anybody hears.
const DELAY_TOP_MIN: u64 = 100;
/// How wide a bucket is.
const COLUMN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_with_a_round_number_that_can_be_halved() {
        let tops = [0, 4, 5, 11, 21, 41, 101, 4001].map(rounded_up);
        assert_eq!(tops, [4, 4, 10, 20, 40, 100, 200, 10_000]);
        assert_eq!(rounded_up(u64::MAX), u64::MAX);
    }
}
