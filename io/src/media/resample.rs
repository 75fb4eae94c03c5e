//! Recordings of any rate at 8,000 Hz.

use core::f64::consts::PI;

use super::frame::SAMPLES_PER_SEC;

/// Resamples by windowed sinc: what 8,000 Hz cannot carry is filtered out, not folded down.
pub fn to_telephone_rate(samples: &[i16], rate: u32) -> Vec<i16> {
    let to = SAMPLES_PER_SEC;
    if rate == to || rate == 0 {
        return samples.to_vec();
    }
    let divisor = greatest_common_divisor(rate, to);
    let (phases, step) = (u64::from(to / divisor), u64::from(rate / divisor));
    let cutoff = (f64::from(to) / f64::from(rate)).min(1.0);
    let half = (LOBES / cutoff).ceil() as i64;
    let kernels: Vec<Vec<f64>> =
        (0..phases).map(|phase| kernel(phase as f64 / phases as f64, half, cutoff)).collect();
    let length = samples.len() as u64 * phases / step;
    (0..length)
        .map(|n| {
            let at = n * step;
            let first = (at / phases) as i64 - half + 1;
            let kernel = &kernels[(at % phases) as usize];
            let sum: f64 = kernel
                .iter()
                .enumerate()
                .filter_map(|(tap, weight)| {
                    let sample = samples.get(usize::try_from(first + tap as i64).ok()?)?;
                    Some(weight * f64::from(*sample))
                })
                .sum();
            sum.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
        })
        .collect()
}

/// Weights of the `2 * half` samples around a point that lies `phase` after one of them.
fn kernel(phase: f64, half: i64, cutoff: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1 - half..=half)
        .map(|offset| {
            let x = offset as f64 - phase;
            let angle = PI * x * cutoff;
            let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
            sinc * (0.5 + 0.5 * (PI * x / half as f64).cos())
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Lobes of the sinc on each side.
const LOBES: f64 = 12.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::share_at;

    fn sine(rate: u32, hertz: f64, seconds: u32) -> Vec<i16> {
        (0..rate * seconds)
            .map(|n| ((2.0 * PI * hertz * f64::from(n) / f64::from(rate)).sin() * 10_000.0) as i16)
            .collect()
    }

    #[test]
    fn tone_keeps_its_frequency_and_level_from_every_usual_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000] {
            let resampled = to_telephone_rate(&sine(rate, 1000.0, 1), rate);
            assert_eq!(resampled.len(), 8000, "{rate}");
            let middle = &resampled[400..7600];
            assert!(share_at(middle, 1000.0) > 0.99, "{rate}");
            let loudest = middle.iter().map(|s| s.abs()).max().unwrap();
            assert!((9_800..10_200).contains(&loudest), "{rate}: {loudest}");
        }
    }

    #[test]
    fn what_lies_above_4000_hz_is_not_folded_down() {
        let resampled = to_telephone_rate(&sine(48_000, 7_000.0, 1), 48_000);
        let loudest = resampled[400..7600].iter().map(|s| s.abs()).max().unwrap();
        assert!(loudest < 100, "{loudest}");
    }
}
