use super::*;
use crate::driver::owner::owner;
use proptest::prelude::*;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::BorrowedFd;

#[test]
fn the_program_agrees_with_the_workers_about_messages_of_every_shape() {
    let seed = Seed::from_number(5);
    let program = program(seed.part_keys(), 7, BLOCKS_MAX);
    let mut seen = 0;
    for message in messages() {
        let names = message.windows(9).position(|name| name.eq_ignore_ascii_case(b"\nCall-ID:"));
        let told = run(&program, &message);
        let names = names.filter(|_| !message.starts_with(b"REGISTER"));
        let Some(name) = names.filter(|name| name + 9 < FIRST_BYTE + BLOCKS_MAX * BLOCK_BYTES) else {
            assert_eq!(told, NOBODY, "{}", String::from_utf8_lossy(&message));
            continue;
        };
        // Nearer to the end than any true message has it.
        if told == NOBODY && message.len() - name < 4 * WORDS_PER_CHECK + 9 {
            continue;
        }
        seen += 1;
        let wants = owner(&seed, &message, 7).unwrap() as u32;
        assert_eq!(told, wants, "{}", String::from_utf8_lossy(&message));
    }
    assert!(seen > 350, "{seen}");
}

#[test]
fn spellings_that_the_program_sees_and_those_that_it_leaves_to_the_worker() {
    let seed = Seed::from_number(7);
    let program = program(seed.part_keys(), 200, BLOCKS_MAX);
    for shift in 0..4 {
        let message = |row: &str| {
            let pad = "x".repeat(shift);
            format!(
                "OPTIONS sip:{pad} SIP/2.0\r\nCall-Info: all-in\r\nVia: SIP/2.0/UDP ball-in.example.com:5060;branch=z9hG4bK\r\n{row}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
            )
        };
        let wants = owner(&seed, message("i: x@y").as_bytes(), 200).unwrap() as u32;
        for row in [
            "Call-ID: x@y",
            "call-id:x@y",
            "CALL-ID:\r\n  x@y ",
            "Call-ID:  x@y\r\nCall-ID: z",
            "cALL-Id: x@y z",
        ] {
            assert_eq!(run(&program, message(row).as_bytes()), wants, "{row:?} {shift}");
        }
        for row in ["Call-IDs: x@y", "X-Call-ID: x@y", "i: x@y", "Call-ID : x@y", "Subject: Call-ID: x@y"] {
            assert_eq!(run(&program, message(row).as_bytes()), NOBODY, "{row:?} {shift}");
        }
    }
    assert_eq!(run(&program, b"\r\n\r\n"), NOBODY);
    assert_eq!(run(&program, &[1; 200]), NOBODY, "STUN");
    assert_eq!(run(&program, &[b'\r'; 2000]), NOBODY);
}

#[test]
fn the_longest_program_is_short_enough_and_reaches_far() {
    let keys = Seed::from_number(1).part_keys();
    assert!(program(keys, 256, BLOCKS_MAX).len() <= 4096);
    assert!(program(keys, 256, BLOCKS_MAX + 1).len() > 4096);
    const { assert!(BLOCKS_MAX * BLOCK_BYTES > 1600) };
}

proptest! {
    #[test]
    fn any_call_id_behind_anything_is_steered_to_its_owner(
        call_id in "[!-~]{1,100}",
        before in "[ -~]{0,700}",
        blanks in "[ \t]{0,3}",
        seed in any::<[u64; 2]>(),
        workers in 2_usize..256,
    ) {
        let before = before.replace('-', "+");
        let message = format!("INVITE sip:{before} SIP/2.0\r\nCall-ID:{blanks}{call_id}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\r\n");
        let seed = Seed(seed);
        let told = run(&program(seed.part_keys(), workers, BLOCKS_MAX), message.as_bytes());
        prop_assert_eq!(Some(told as usize), owner(&seed, message.as_bytes(), workers));
    }

    #[test]
    fn the_program_ends_whatever_it_reads(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let told = run(&program(Seed::from_number(2).part_keys(), 3, BLOCKS_MAX), &bytes);
        prop_assert!(told < 3 || told == NOBODY);
    }
}

#[test]
fn the_kernel_brings_each_datagram_to_the_socket_of_its_owner() {
    let seed = Seed::from_number(11);
    for address in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0"] {
        let mut address: SocketAddr = address.parse().unwrap();
        let mut ports = Vec::new();
        for _ in 0..3 {
            match UdpPort::bind(address, 1 << 20) {
                Ok(port) => {
                    address = port.local();
                    ports.push(port);
                }
                Err(error) => eprintln!("{address}: {error}"),
            }
        }
        let reach = if ports.len() < 3 { 0 } else { by_call(ports.iter(), &seed) };
        if reach == 0 {
            eprintln!("this system does not steer at {address}");
            continue;
        }
        let program = program(seed.part_keys(), 3, reach / BLOCK_BYTES);
        let sender = UdpSocket::bind((address.ip(), 0)).unwrap();
        let target =
            if address.ip().is_unspecified() { ([127, 0, 0, 1], address.port()).into() } else { address };
        let sent: Vec<Vec<u8>> =
            messages().into_iter().filter(|message| message.len() < 1400).take(300).collect();
        let mut got = 0;
        for (n, message) in sent.iter().enumerate() {
            sender.send_to(message, target).unwrap();
            if n % 50 == 49 || n == sent.len() - 1 {
                got = receive(&ports, got, n + 1, &program);
            }
        }
    }
}

#[test]
fn one_worker_needs_no_program() {
    let port = UdpPort::bind("127.0.0.1:0".parse().unwrap(), 1 << 16).unwrap();
    assert_eq!(by_call(std::iter::once(&port), &Seed::from_number(1)), 0);
}

/// Takes what came until there is as much as there must be.
fn receive(ports: &[UdpPort], mut got: usize, wanted: usize, program: &[sock_filter]) -> usize {
    let mut buffer = [0; 2000];
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while got < wanted {
        assert!(std::time::Instant::now() < end, "{got} of {wanted}");
        for (worker, port) in ports.iter().enumerate() {
            // SAFETY: the descriptor is open as long as `port` lives.
            let socket = unsafe { BorrowedFd::borrow_raw(port.fd()) }.try_clone_to_owned().unwrap();
            while let Ok(count) = UdpSocket::from(socket.try_clone().unwrap()).recv(&mut buffer) {
                let told = run(program, &buffer[..count]);
                assert!(told == worker as u32 || told == NOBODY, "{told} {worker}");
                got += 1;
            }
        }
        std::thread::yield_now();
    }
    got
}

/// Real messages: those of the call-flow RFCs, and one that went far.
fn messages() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../sip/tests/data/flows");
    let mut messages = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "dat") {
            continue;
        }
        let bytes = std::fs::read(path).unwrap();
        let mut rest = &bytes[..];
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let head = std::str::from_utf8(&rest[..end]).unwrap();
            let len: usize = head.rsplit(' ').next().unwrap().parse().unwrap();
            messages.push(rest[end + 1..][..len].to_vec());
            rest = &rest[end + 1 + len + 1..];
        }
    }
    let rows: String = (0..5)
        .map(|n| {
            format!(
                "Via: SIP/2.0/UDP 192.0.2.{n}:5060;branch=z9hG4bK-{n}-0123456789abcdef;rport=5060;received=198.51.100.{n}\r\n\
                 Record-Route: <sip:192.0.2.{n}:5060;lr;ftag=0123456789;did=abc.{n}>\r\n"
            )
        })
        .collect();
    let far = format!(
        "INVITE sip:bob@example.com SIP/2.0\r\n{rows}From: <sip:a@example.com>;tag=1\r\nTo: <sip:callcenter@example.com>\r\nCall-ID: 0123-4567@192.0.2.77\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    );
    assert!(far.find("Call-ID").unwrap() > 900);
    messages.push(far.into_bytes());
    messages
}

/// Runs a program as the kernel does.
fn run(program: &[sock_filter], packet: &[u8]) -> u32 {
    let (mut a, mut x, mut memory, mut at) = (0_u32, 0_u32, [0_u32; 16], 0);
    loop {
        let sock_filter { code, jt, jf, k } = program[at];
        at += 1;
        let operand = if u32::from(code) & BPF_X == 0 { k } else { x };
        match u32::from(code) & 7 {
            BPF_LD | BPF_LDX => {
                let size = match u32::from(code) & 0x18 {
                    BPF_B => 1,
                    _ => 4,
                };
                let value = match u32::from(code) & 0xe0 {
                    BPF_IMM => k,
                    BPF_MEM => memory[k as usize],
                    BPF_LEN => packet.len() as u32,
                    mode => {
                        let offset = k as usize + if mode == BPF_IND { x as usize } else { 0 };
                        let Some(bytes) = packet.get(offset..offset + size) else { return 0 };
                        bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte))
                    }
                };
                if u32::from(code) & 7 == BPF_LD { a = value } else { x = value }
            }
            BPF_ST => memory[k as usize] = a,
            BPF_STX => memory[k as usize] = x,
            BPF_ALU => {
                a = match u32::from(code) & 0xf0 {
                    BPF_ADD => a.wrapping_add(operand),
                    BPF_SUB => a.wrapping_sub(operand),
                    BPF_MUL => a.wrapping_mul(operand),
                    BPF_OR => a | operand,
                    BPF_AND => a & operand,
                    BPF_XOR => a ^ operand,
                    BPF_RSH => a >> operand,
                    other => panic!("{other:x}"),
                }
            }
            BPF_JMP => {
                at += match u32::from(code) & 0xf0 {
                    BPF_JA => k as usize,
                    BPF_JEQ => usize::from(if a == operand { jt } else { jf }),
                    BPF_JGE => usize::from(if a >= operand { jt } else { jf }),
                    other => panic!("{other:x}"),
                }
            }
            BPF_RET => return if u32::from(code) & BPF_A == 0 { k } else { a },
            _ => {
                if u32::from(code) & 0xf8 == BPF_TXA {
                    a = x
                } else {
                    x = a
                }
            }
        }
    }
}
