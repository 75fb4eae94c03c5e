//! Lets the kernel bring a datagram to the worker that owns its call.
//!
//! The workers' UDP sockets of one address form a group in the kernel (`SO_REUSEPORT`), which chooses one of them for
//! each datagram: by its addresses, or by a filter, a classic BPF program that anyone may set
//! (`SO_ATTACH_REUSEPORT_CBPF`). Ours looks for the first Call-ID, computes its owner as [`Seed::part_of`] does,
//! and answers with the owner's number, which is that of its socket as long as no other process shares the address:
//! the kernel counts sockets in the order in which they were bound. That is only a hint. The worker that takes the
//! datagram still looks who owns it and hands it over where the kernel erred, or no program could be set.
//!
//! A REGISTER may be taken by any worker ([`may_take`](ringback_sip::node::Node::may_take)): the addresses choose.
//!
//! Such a program has no loops and at most 4096 instructions: it sees Call-IDs that begin within about 1,700 bytes,
//! and only the spelling `Call-ID:`, in upper and lower case. Where it finds none, the addresses choose.
#![allow(unsafe_code)]

use super::udp::UdpPort;
use libc::{
    BPF_A, BPF_ABS, BPF_ADD, BPF_ALU, BPF_AND, BPF_B, BPF_IMM, BPF_IND, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP,
    BPF_K, BPF_LD, BPF_LDX, BPF_LEN, BPF_MEM, BPF_MISC, BPF_MUL, BPF_OR, BPF_RET, BPF_RSH, BPF_ST, BPF_STX,
    BPF_SUB, BPF_TAX, BPF_TXA, BPF_W, BPF_X, BPF_XOR, sock_filter, sock_fprog,
};
use ringback_sip::entropy::{PART_BYTES_MAX, PartKeys, Seed};
use std::os::fd::RawFd;

/// Steers the datagrams of one address; `group` is its socket of each worker, in the order of the workers. Gives how
/// many bytes of a message the kernel looks at; 0 when it does not steer.
pub(crate) fn by_call<'a>(group: impl ExactSizeIterator<Item = &'a UdpPort>, seed: &Seed) -> usize {
    let workers = group.len();
    let Some(port) = { group }.next().filter(|_| workers > 1) else { return 0 };
    let mut blocks = BLOCKS_MAX;
    // Before Linux 6.8 the default of net.core.optmem_max takes only a short program.
    while blocks > 0 && !attach(port.fd(), &program(seed.part_keys(), workers, blocks)) {
        blocks = blocks * 3 / 4;
    }
    blocks * BLOCK_BYTES
}

/// Sets the program of the group to which the socket belongs; `false` when the system cannot.
fn attach(fd: RawFd, program: &[sock_filter]) -> bool {
    let Ok(len) = u16::try_from(program.len()) else { return false };
    let fprog = sock_fprog { len, filter: program.as_ptr().cast_mut() };
    let size = size_of::<sock_fprog>() as libc::socklen_t;
    // SAFETY: `fprog` lives through the call and `size` is its size; it names the instructions of `program` and their
    // number. The kernel copies them and writes nothing.
    let result = unsafe {
        let place = (&raw const fprog).cast();
        libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_ATTACH_REUSEPORT_CBPF, place, size)
    };
    result == 0
}

/// The program that gives the owner of a message among so many workers, and looks for it in so many blocks.
fn program(keys: PartKeys, workers: usize, blocks: usize) -> Vec<sock_filter> {
    let mut code = Assembly::default();
    let (nobody, some, found) = (code.label(), code.label(), code.label());
    code.load(BPF_W | BPF_LEN, 0);
    code.unless(BPF_JGE, ANY_WORKERS.len() as u32, nobody);
    code.load(BPF_W | BPF_ABS, 0);
    code.when(BPF_JEQ, u32::from_be_bytes(*ANY_WORKERS), nobody);
    code.when(BPF_JGE, STUN_END << 24, some);
    code.place(nobody);
    code.push(BPF_RET | BPF_K, NOBODY);
    code.place(some);
    for block in 0..blocks {
        look_through_block(&mut code, FIRST_BYTE + block * BLOCK_BYTES, found);
    }
    code.push(BPF_RET | BPF_K, NOBODY);
    code.place(found);
    skip_blanks(&mut code);
    hash_value(&mut code, keys);
    code.alu(BPF_MUL, keys.last);
    code.alu(BPF_RSH, 16);
    code.alu(BPF_MUL, workers as u32);
    code.alu(BPF_RSH, 16);
    code.push(BPF_RET | BPF_A, 0);
    code.code
}

/// Goes to `found` with X at the line feed before `Call-ID:`, when that begins here.
///
/// It steps from word to word. The name is so long that of four words in a row, wherever it begins, one lies in it
/// whole: that one is compared, and what stands around it verified.
fn look_through_block(code: &mut Assembly, start: usize, found: Label) {
    let windows = WINDOWS.map(|window| (folded(window), code.label()));
    let (verify, next) = (code.label(), code.label());
    for word in 0..BLOCK_WORDS {
        let at = (start + 4 * word) as u32;
        if word % WORDS_PER_CHECK == 0 {
            // To load from behind the end would choose the first worker.
            let all_there = code.label();
            code.load(BPF_W | BPF_LEN, 0);
            code.when(BPF_JGE, at + 4 * WORDS_PER_CHECK as u32, all_there);
            code.push(BPF_RET | BPF_K, NOBODY);
            code.place(all_there);
        }
        code.push(BPF_LDX | BPF_W | BPF_IMM, at - LAST_WINDOW);
        code.load(BPF_W | BPF_ABS, at);
        code.alu(BPF_OR, LOWER_CASE);
        for (window, label) in windows {
            code.when(BPF_JEQ, window, label);
        }
    }
    code.go(next);
    for (i, (_, label)) in windows.into_iter().enumerate() {
        code.place(label);
        code.push(BPF_MISC | BPF_TXA, 0);
        code.alu(BPF_ADD, (WINDOWS.len() - 1 - i) as u32);
        code.go(verify);
    }
    code.place(verify);
    code.push(BPF_MISC | BPF_TAX, 0);
    for (offset, part) in [(0, b"\nCal"), (5, b"-ID:")] {
        code.load(BPF_W | BPF_IND, offset);
        code.alu(BPF_OR, LOWER_CASE);
        code.unless(BPF_JEQ, folded(part), next);
    }
    code.go(found);
    code.place(next);
}

/// Moves X so that the value begins at [`VALUE`] from it; a fold is blank.
fn skip_blanks(code: &mut Assembly) {
    let value = code.label();
    for _ in 0..BLANKS_MAX {
        code.load(BPF_B | BPF_IND, VALUE);
        code.when(BPF_JGE, FIRST_VISIBLE.into(), value);
        code.push(BPF_MISC | BPF_TXA, 0);
        code.alu(BPF_ADD, 1);
        code.push(BPF_MISC | BPF_TAX, 0);
    }
    code.place(value);
}

/// Leaves the hash of the value in A, as [`Seed::part_of`] computes it.
fn hash_value(code: &mut Assembly, keys: PartKeys) {
    let (last, done) = (code.label(), code.label());
    code.push(BPF_STX, PLACE);
    code.push(BPF_LD | BPF_IMM, keys.start);
    code.push(BPF_ST, HASH);
    for at in (0..PART_BYTES_MAX as u32).step_by(4) {
        code.load(BPF_W | BPF_IND, VALUE + at);
        code.push(BPF_ST, WORD);
        // The highest bit of a byte stays where it is more than a blank.
        code.alu(BPF_OR, HIGHEST_BITS);
        code.alu(BPF_SUB, u32::from_be_bytes([FIRST_VISIBLE; 4]));
        code.alu(BPF_AND, HIGHEST_BITS);
        code.unless(BPF_JEQ, HIGHEST_BITS, last);
        code.push(BPF_LD | BPF_MEM, WORD);
        absorb(code, keys);
        code.push(BPF_LDX | BPF_MEM, PLACE);
    }
    code.go(done);
    code.place(last);
    // Of this word the bytes before the blank count.
    let end = code.label();
    for (shift, before) in [(24, 0), (16, 0xff00_0000), (8, 0xffff_0000), (0, 0xffff_ff00)] {
        let later = code.label();
        code.push(BPF_LD | BPF_MEM, WORD);
        code.alu(BPF_AND, 0x7f << shift);
        code.when(BPF_JGE, u32::from(FIRST_VISIBLE) << shift, later);
        code.push(BPF_LD | BPF_MEM, WORD);
        code.alu(BPF_AND, before);
        code.go(if before == 0 { done } else { end });
        code.place(later);
    }
    code.place(end);
    absorb(code, keys);
    code.place(done);
    code.push(BPF_LD | BPF_MEM, HASH);
}

/// Adds the word in A to the hash.
fn absorb(code: &mut Assembly, keys: PartKeys) {
    code.push(BPF_LDX | BPF_MEM, HASH);
    code.push(BPF_ALU | BPF_XOR | BPF_X, 0);
    code.alu(BPF_MUL, keys.factor);
    code.push(BPF_MISC | BPF_TAX, 0);
    code.alu(BPF_RSH, 15);
    code.push(BPF_ALU | BPF_XOR | BPF_X, 0);
    code.push(BPF_ST, HASH);
}

/// A word in lower case; what else falls together may: it is a hint.
fn folded(word: &[u8; 4]) -> u32 {
    u32::from_be_bytes(*word) | LOWER_CASE
}

/// Instructions, and where their jumps go: to places further on.
#[derive(Default)]
struct Assembly {
    code: Vec<sock_filter>,
    /// Who jumps to each label.
    jumps: Vec<Vec<usize>>,
}

/// A place to which instructions before it jump.
#[derive(Clone, Copy)]
struct Label(usize);

/// The distance of a jump until its label is placed.
const OPEN: u8 = u8::MAX;

impl Assembly {
    fn label(&mut self) -> Label {
        self.jumps.push(Vec::new());
        Label(self.jumps.len() - 1)
    }

    /// The next instruction is where the label lies. A conditional jump reaches less than [`OPEN`] instructions.
    fn place(&mut self, label: Label) {
        for from in std::mem::take(&mut self.jumps[label.0]) {
            let distance = self.code.len() - from - 1;
            let jump = &mut self.code[from];
            match (jump.jt, jump.jf) {
                (OPEN, _) => jump.jt = distance as u8,
                (_, OPEN) => jump.jf = distance as u8,
                _ => jump.k = distance as u32,
            }
        }
    }

    fn push(&mut self, code: u32, k: u32) {
        self.code.push(sock_filter { code: code as u16, jt: 0, jf: 0, k });
    }

    fn load(&mut self, kind: u32, k: u32) {
        self.push(BPF_LD | kind, k);
    }

    fn alu(&mut self, operation: u32, k: u32) {
        self.push(BPF_ALU | operation | BPF_K, k);
    }

    fn go(&mut self, label: Label) {
        self.jump(BPF_JA, 0, (0, 0), label);
    }

    fn when(&mut self, condition: u32, k: u32, label: Label) {
        self.jump(condition, k, (OPEN, 0), label);
    }

    fn unless(&mut self, condition: u32, k: u32, label: Label) {
        self.jump(condition, k, (0, OPEN), label);
    }

    fn jump(&mut self, condition: u32, k: u32, (jt, jf): (u8, u8), label: Label) {
        self.jumps[label.0].push(self.code.len());
        self.code.push(sock_filter { code: (BPF_JMP | condition | BPF_K) as u16, jt, jf, k });
    }
}

/// No worker's number: the addresses choose.
const NOBODY: u32 = u32::MAX;
/// Bytes less than this begin STUN, no message.
const STUN_END: u32 = 4;
/// How a REGISTER begins, which most often any worker may take.
const ANY_WORKERS: &[u8; 4] = b"REGI";
/// The words that lie in `Call-ID:`, seldom elsewhere, as they follow each other.
const WINDOWS: [&[u8; 4]; 4] = [b"all-", b"ll-I", b"l-ID", b"-ID:"];
/// From the line feed before the name to the last window.
const LAST_WINDOW: u32 = 5;
/// From that line feed to what follows the colon.
const VALUE: u32 = 9;
const LOWER_CASE: u32 = 0x2020_2020;
const HIGHEST_BITS: u32 = 0x8080_8080;
/// The first byte that is more than a blank.
const FIRST_VISIBLE: u8 = b' ' + 1;
/// The first word that is looked at; a start line is longer.
const FIRST_BYTE: usize = 8;
/// Where a word was like the name and is not, the search goes on with the next block.
const BLOCK_WORDS: usize = 16;
const BLOCK_BYTES: usize = 4 * BLOCK_WORDS;
const WORDS_PER_CHECK: usize = 8;
/// As many as make at most 4096 instructions.
const BLOCKS_MAX: usize = 27;
/// Most blanks before the value; a fold has at least three.
const BLANKS_MAX: usize = 5;
// What the program remembers.
const WORD: u32 = 0;
const HASH: u32 = 1;
const PLACE: u32 = 2;

#[cfg(test)]
mod tests;
