//! Mutations of seeds, the same on every machine: what libFuzzer does, without its eyes.

use ringback_sip::entropy::{Entropy, Seed};

/// Calls `target` with every seed, and then with `runs` mutations, each of one to four changes.
pub fn run(seeds: &[Vec<u8>], dictionary: &[&[u8]], number: u64, runs: usize, mut target: impl FnMut(&[u8])) {
    let mut target = |data: &[u8]| {
        let shown = Shown(data);
        target(data);
        drop(shown);
    };
    seeds.iter().for_each(|seed| target(seed));
    let mut entropy = Entropy::new(Seed::from_number(number));
    for _ in 0..runs {
        let mut data = pick(seeds, &mut entropy).clone();
        for _ in 0..=entropy.below(4) {
            change(&mut data, seeds, dictionary, &mut entropy);
        }
        data.truncate(BYTES_MAX);
        target(&data);
    }
}

/// Shows the input, when its test panics.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input: b\"{}\"", self.0.escape_ascii());
        }
    }
}

fn change(data: &mut Vec<u8>, seeds: &[Vec<u8>], dictionary: &[&[u8]], entropy: &mut Entropy) {
    let length = data.len() as u64;
    let at = entropy.below(length + 1) as usize;
    let end = at + entropy.below(length + 1 - at as u64) as usize;
    match entropy.below(8) {
        0 if at < data.len() => data[at] ^= 1 << entropy.below(8),
        1 if at < data.len() => data[at] = entropy.next_u64() as u8,
        2 => data.truncate(at),
        3 => drop(data.drain(at..end)),
        4 => {
            let copy = data[at..end].to_vec();
            let to = entropy.below(length + 1) as usize;
            data.splice(to..to, copy);
        }
        5 => {
            let other = pick(seeds, entropy);
            let from = entropy.below(other.len() as u64 + 1) as usize;
            data.splice(at..end, other[from..].iter().copied());
        }
        6 => drop(
            data.splice(at..at, core::iter::repeat_n(entropy.next_u64() as u8, entropy.below(40) as usize)),
        ),
        _ => {
            let word = dictionary[entropy.below(dictionary.len() as u64) as usize];
            let end = if entropy.below(2) == 0 { at } else { end };
            data.splice(at..end, word.iter().copied());
        }
    }
}

fn pick<'s>(seeds: &'s [Vec<u8>], entropy: &mut Entropy) -> &'s Vec<u8> {
    &seeds[entropy.below(seeds.len() as u64) as usize]
}

const BYTES_MAX: usize = 8192;
