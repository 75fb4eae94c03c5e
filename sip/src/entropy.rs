//! Identifiers that nobody outside can predict, from a seed that somebody outside gave.
//!
//! Tags, branches, Call-IDs and nonces need randomness (RFC 3261 §19.3), and a node may have no random source
//! of its own. A node is built with a [`Seed`]; the driver takes it from the operating system, the simulation
//! from the number of the schedule. Values are SipHash-2-4 of a counter under the seed: as hard to predict as
//! the seed is secret, and the same for the same seed. What is made for every message, and only names things in our own
//! tables, is SipHash-1-3, which is as good at keeping peers from choosing colliding names, in nearly half the time.

/// A secret of 128 bits from which a node derives all that must look random.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u64; 2]);

impl core::fmt::Debug for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seed(secret)")
    }
}

impl Seed {
    /// A seed for tests and simulations, made of one number.
    pub fn from_number(number: u64) -> Self {
        Seed([number ^ 0x9e37_79b9_7f4a_7c15, number.rotate_left(32) ^ 0xd1b5_4a32_d192_ed03])
    }

    /// An independent seed for the part of a node named by `label`.
    pub fn derive(&self, label: &[u8]) -> Self {
        let first = self.hash(label);
        Seed([first, self.hash(&first.to_le_bytes())])
    }

    /// In which of so many parts (at most 65,536) a text lies, by a hash that a filter in the kernel can compute too.
    ///
    /// What follows a blank, or the first [`PART_BYTES_MAX`] bytes, does not count. The hash is keyed, so that texts
    /// of many honest senders spread evenly whatever they look like; who studies it can find texts of one part. That
    /// is no loss where the parts are workers: who wants to burden one can send the same text again and again. Give it
    /// a seed that is used for nothing else.
    pub fn part_of(&self, text: &[u8], parts: usize) -> usize {
        let PartKeys { start, factor, last } = self.part_keys();
        let text = &text[..text.len().min(PART_BYTES_MAX)];
        let end = text.iter().position(|byte| byte & 0x7f <= b' ').unwrap_or(text.len());
        let mut hash = start;
        for bytes in text[..end].chunks(4) {
            let mut word = [0; 4];
            word[..bytes.len()].copy_from_slice(bytes);
            hash = (hash ^ u32::from_be_bytes(word)).wrapping_mul(factor);
            hash ^= hash >> 15;
        }
        ((hash.wrapping_mul(last) >> 16) as usize * parts) >> 16
    }

    /// What a filter in the kernel needs to do what [`Seed::part_of`] does.
    pub fn part_keys(&self) -> PartKeys {
        let [a, b] = self.0.map(|word| [word as u32, (word >> 32) as u32]);
        PartKeys { start: a[0] ^ b[1], factor: b[0] | 1, last: a[1] | 1 }
    }

    /// SipHash-2-4 of `bytes` under this seed: for what others see or must verify, and names that are seldom made.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        siphash::<2, 4>(self.0, bytes)
    }

    /// SipHash-1-3 of several texts under this seed, each after its length: no other texts are hashed alike.
    #[inline]
    pub fn hash_of<const N: usize>(&self, texts: [&[u8]; N]) -> u64 {
        let mut v = start(self.0);
        for text in texts {
            absorb::<1>(&mut v, text.len() as u64);
            absorb_words::<1>(&mut v, text, |word| word);
        }
        v[2] ^= 0xff;
        squeeze::<3>(&mut v)
    }

    /// SipHash-2-4-128 of `bytes` under this seed: for names that must not collide at all.
    pub fn hash128(&self, bytes: &[u8]) -> [u64; 2] {
        let mut v = start(self.0);
        v[1] ^= 0xee;
        absorb_all::<2>(&mut v, bytes);
        v[2] ^= 0xee;
        squeeze128::<4>(&mut v)
    }

    /// SipHash-1-3-128 of two texts, whatever the case of their ASCII letters, and a number: for names that must not
    /// collide at all.
    pub fn hash128_folded(&self, texts: [&[u8]; 2], number: u16) -> [u64; 2] {
        let mut v = start(self.0);
        v[1] ^= 0xee;
        for text in texts {
            absorb_words::<1>(&mut v, text, folded);
        }
        // Where one text ends and the other begins; no text is as long as 2^24.
        let [first, second] = texts.map(|text| text.len() as u64);
        absorb::<1>(&mut v, first << 40 | second << 16 | u64::from(number));
        v[2] ^= 0xee;
        squeeze128::<3>(&mut v)
    }
}

/// The keys of [`Seed::part_of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartKeys {
    /// The hash of no text.
    pub start: u32,
    /// Each word is added by exclusive or, multiplied by this, and the product shifted right by 15 added to it.
    pub factor: u32,
    /// The hash is multiplied by this before its upper half chooses the part.
    pub last: u32,
}

/// How many bytes of a text choose its part, a multiple of 4.
pub const PART_BYTES_MAX: usize = 64;

/// One of several equal parts of all texts: which worker owns the messages of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    seed: Seed,
    part: usize,
    parts: usize,
}

impl Share {
    /// The part of this number, from 0, of so many that `seed` cuts.
    pub fn new(seed: Seed, part: usize, parts: usize) -> Self {
        Share { seed, part, parts: parts.max(1) }
    }

    /// All texts.
    pub fn whole() -> Self {
        Share { seed: Seed([0, 0]), part: 0, parts: 1 }
    }

    /// Whether it is the first part.
    pub fn is_first(&self) -> bool {
        self.part == 0
    }

    /// Whether a text belongs to it.
    pub fn has(&self, text: &[u8]) -> bool {
        self.seed.part_of(text, self.parts) == self.part
    }
}

/// Maps keyed by a seed: a peer cannot choose keys that collide, and the same seed gives the same map.
impl core::hash::BuildHasher for Seed {
    type Hasher = KeyedHasher;

    fn build_hasher(&self) -> KeyedHasher {
        KeyedHasher { key: self.0, state: 0 }
    }
}

/// SipHash-1-3 for keyed maps; see [`Seed`].
#[derive(Clone)]
pub struct KeyedHasher {
    key: [u64; 2],
    state: u64,
}

impl core::hash::Hasher for KeyedHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.state = siphash::<1, 3>([self.key[0] ^ self.state, self.key[1]], bytes);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

/// The hasher of tables whose keys are keyed hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keyed(u64);

impl core::hash::BuildHasher for Keyed {
    type Hasher = Keyed;
    fn build_hasher(&self) -> Keyed {
        Keyed(0)
    }
}

impl core::hash::Hasher for Keyed {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 ^= value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A stream of values from a seed.
#[derive(Clone, Debug)]
pub struct Entropy {
    seed: Seed,
    counter: u64,
}

impl Entropy {
    /// The stream that `seed` determines.
    pub fn new(seed: Seed) -> Self {
        Entropy { seed, counter: 0 }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.counter += 1;
        self.seed.hash(&self.counter.to_le_bytes())
    }

    /// A value in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A token of 13 characters `0-9a-v` that carries 64 bits: fit for tags, branches and Call-IDs.
    pub fn token(&mut self) -> Token {
        Token::from_u64(self.next_u64())
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// What each character of the alphabet stands for; 255 for others.
static DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        digits[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

/// 64 bits as 13 characters of the alphabet `0-9a-v`, without a heap.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token([u8; 13]);

impl Token {
    /// Writes `value` in base 32.
    pub fn from_u64(value: u64) -> Self {
        let mut text = [0; 13];
        for (i, c) in text.iter_mut().enumerate() {
            *c = ALPHABET[(value >> (60 - 5 * i)) as usize & 31];
        }
        Token(text)
    }

    /// The value that `text` stands for; `None` for what [`Token::from_u64`] does not write.
    pub fn value(text: &[u8]) -> Option<u64> {
        let text: &[u8; 13] = text.try_into().ok()?;
        let (mut value, mut seen) = (0, 0);
        for &b in text {
            let digit = DIGITS[usize::from(b)];
            seen |= digit;
            value = value << 5 | u64::from(digit & 31);
        }
        // The first digit has one bit less than the others.
        (seen < 32 && DIGITS[usize::from(text[0])] < 16).then_some(value)
    }

    /// The characters.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The characters as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl core::fmt::Display for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// SipHash with so many rounds for each word, and so many at the end.
fn siphash<const EACH: usize, const END: usize>(key: [u64; 2], bytes: &[u8]) -> u64 {
    let mut v = start(key);
    absorb_all::<EACH>(&mut v, bytes);
    v[2] ^= 0xff;
    squeeze::<END>(&mut v)
}

fn start([k0, k1]: [u64; 2]) -> [u64; 4] {
    [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ]
}

#[inline]
fn absorb_all<const EACH: usize>(v: &mut [u64; 4], bytes: &[u8]) {
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        absorb::<EACH>(v, u64::from_le_bytes(*word));
    }
    absorb::<EACH>(v, tail(bytes) | (bytes.len() as u64) << 56);
}

/// Absorbs a text word by word, each as `change` makes it; the last one may be short.
#[inline]
fn absorb_words<const EACH: usize>(v: &mut [u64; 4], text: &[u8], change: impl Fn(u64) -> u64) {
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        absorb::<EACH>(v, change(u64::from_le_bytes(*word)));
    }
    if !rest.is_empty() {
        absorb::<EACH>(v, change(tail(text)));
    }
}

/// What is left of a text behind its last whole word, as a word.
#[inline]
fn tail(bytes: &[u8]) -> u64 {
    let rest = bytes.len() % 8;
    match bytes.last_chunk::<8>() {
        _ if rest == 0 => 0,
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest),
        None => bytes.iter().rev().fold(0, |word, b| word << 8 | u64::from(*b)),
    }
}

#[inline]
fn squeeze<const END: usize>(v: &mut [u64; 4]) -> u64 {
    for _ in 0..END {
        round(v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

#[inline]
fn squeeze128<const END: usize>(v: &mut [u64; 4]) -> [u64; 2] {
    let first = squeeze::<END>(v);
    v[1] ^= 0xdd;
    [first, squeeze::<END>(v)]
}

/// Eight characters with their ASCII letters in lower case.
#[inline]
fn folded(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = word & (0x7f * EACH);
    let (from_a, above_z) = (low + (0x80 - b'A' as u64) * EACH, low + (0x7f - b'Z' as u64) * EACH);
    word | ((from_a ^ above_z) & !word & (0x80 * EACH)) >> 2
}

#[inline]
fn absorb<const EACH: usize>(v: &mut [u64; 4], word: u64) {
    v[3] ^= word;
    for _ in 0..EACH {
        round(v);
    }
    v[0] ^= word;
}

#[inline]
fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[2] = v[2].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[1]);
    v[0] = v[0].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siphash_matches_known_vectors() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let input: Vec<u8> = (0..15).collect();
        assert_eq!(siphash::<2, 4>(key, &input), 0xa129_ca61_49be_45e5);
        assert_eq!(siphash::<2, 4>(key, &[]), 0x726f_db47_dd0e_0e31);
        // As the standard library's hasher of maps has them.
        assert_eq!(siphash::<1, 3>(key, &[]), 0xabac_0158_050f_c4dc);
        assert_eq!(siphash::<1, 3>(key, &input[..8]), 0x3690_9511_8d29_9a8e);
        assert_eq!(Seed(key).hash128(&[]), [0xe6a8_25ba_047f_81a3, 0x9302_55c7_1472_f66d]);
        assert_eq!(Seed(key).hash128(&[0]), [0x44af_996b_d8c1_87da, 0x45fc_229b_1159_7634]);
    }

    #[test]
    fn texts_that_look_alike_spread_evenly_over_any_number_of_parts() {
        type Make = fn(u32) -> String;
        let makes: [Make; 5] = [
            |n| format!("{n}-8071@127.0.0.1"),
            |n| format!("call-{n}"),
            |n| format!("{n}"),
            |n| format!("{:08x}-0000-4000-8000-0123456789ab", n.reverse_bits()),
            |n| format!("always-the-same-to-begin-with-{n:05}"),
        ];
        for number in 0..5 {
            let seed = Seed::from_number(number).derive(b"owner");
            for (kind, make) in makes.iter().enumerate() {
                for parts in [2, 3, 4, 8, 16] {
                    let mut counts = vec![0_usize; parts];
                    for n in 0..1000 * parts as u32 {
                        counts[seed.part_of(make(n).as_bytes(), parts)] += 1;
                    }
                    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
                    assert!(*least > 800 && *most < 1200, "{number} {kind} {parts}: {counts:?}");
                }
            }
        }
    }

    #[test]
    fn what_follows_a_blank_or_the_first_bytes_does_not_choose_the_part() {
        let seed = Seed::from_number(3);
        let part = |text: &str| seed.part_of(text.as_bytes(), 65_536);
        assert_eq!(part("abcd efgh"), part("abcd"));
        assert_eq!(part("abcde\r\nf"), part("abcde"));
        assert_ne!(part("abcde"), part("abcd"));
        let long = "x".repeat(PART_BYTES_MAX);
        assert_eq!(part(&format!("{long}y")), part(&long));
        assert_ne!(part(&long), part(&long[1..]));
        assert_eq!(part(""), part(" a"));
    }

    #[test]
    fn texts_are_hashed_apart_and_in_their_order() {
        let key = Seed::from_number(1);
        let text: Vec<u8> = (0..40).collect();
        let mut seen = std::collections::BTreeSet::new();
        for cut in 0..=text.len() {
            let (a, b) = text.split_at(cut);
            assert!(seen.insert(key.hash_of([a, b])) && seen.insert(key.hash_of([a, b, b""])), "{cut}");
            assert!(a.is_empty() || b.is_empty() || seen.insert(key.hash_of([b, a])), "{cut}");
            assert_eq!(key.hash_of([a, b]), key.hash_of([a, b]));
        }
        assert_ne!(key.hash_of([b"ab\0"]), key.hash_of([b"ab"]));
    }

    #[test]
    fn same_seed_same_stream_and_other_seed_other_stream() {
        let stream = |n| {
            let mut e = Entropy::new(Seed::from_number(n));
            [e.next_u64(), e.next_u64(), e.below(10)]
        };
        assert_eq!(stream(1), stream(1));
        assert_ne!(stream(1), stream(2));
    }

    #[test]
    fn tokens_differ_for_every_value() {
        assert_eq!(Token::from_u64(0).as_str(), "0000000000000");
        assert_eq!(Token::from_u64(31).as_str(), "000000000000v");
        assert_eq!(Token::from_u64(u64::MAX).as_str(), "fvvvvvvvvvvvv");
        for value in [0, 31, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(Token::value(Token::from_u64(value).as_bytes()), Some(value));
        }
        for none in [&b""[..], b"000000000000", b"g000000000000", b"00000000000w0", b"00000000000A0"] {
            assert_eq!(Token::value(none), None);
        }
    }

    #[test]
    fn letters_are_folded_and_nothing_else() {
        for byte in 0..=u8::MAX {
            let text = [byte, b'x', byte, 0, 0xff, byte, b'Z', byte];
            assert_eq!(
                folded(u64::from_le_bytes(text)),
                u64::from_le_bytes(text.map(|b| b.to_ascii_lowercase()))
            );
        }
    }

    #[test]
    fn folded_texts_are_told_apart_by_all_but_case() {
        let hash = |one: &str, other: &str, number| {
            Seed::from_number(5).hash128_folded([one.as_bytes(), other.as_bytes()], number)
        };
        let mut seen = std::collections::BTreeSet::new();
        for (one, other) in
            [("", ""), ("a", ""), ("", "a"), ("a\0", ""), ("abcdefgh", "i"), ("abcdefghi", "")]
        {
            for number in [0, 1, u16::MAX] {
                assert_eq!(hash(one, other, number), hash(&one.to_uppercase(), other, number));
                assert!(seen.insert(hash(one, other, number)), "{one} {other} {number}");
            }
        }
        assert_ne!(hash("abcdefgh", "ijklmnop", 1), hash("abcdefghijklmnop", "", 1));
    }
}
