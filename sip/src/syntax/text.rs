//! Numbers and addresses as text: what every message gets, without the machinery of formatting.

use core::net::{IpAddr, SocketAddr};
use std::io::Write;

/// Writes a number in decimal.
pub fn push_decimal(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let start = decimal(&mut digits, number);
    out.extend_from_slice(&digits[start..]);
}

/// Writes a number at the end of `text`; gives the place of its first digit.
fn decimal(text: &mut [u8], mut number: u64) -> usize {
    let mut start = text.len();
    while let Some(place) = start.checked_sub(1) {
        start = place;
        text[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    start
}

/// Writes an address as [`IpAddr`] shows itself, without brackets.
pub fn push_ip(out: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(v4) => {
            let (mut text, mut length) = ([b'.'; 16], 0);
            for octet in v4.octets() {
                for digit in [octet / 100, octet / 10].into_iter().skip_while(|digit| *digit == 0) {
                    text[length] = b'0' + digit % 10;
                    length += 1;
                }
                text[length] = b'0' + octet % 10;
                length += 2;
            }
            out.extend_from_slice(&text[..length - 1]);
        }
        // Writing to a Vec cannot fail.
        IpAddr::V6(v6) => drop(write!(out, "{v6}")),
    }
}

/// Writes an address and its port as [`SocketAddr`] shows itself; a scope is left out.
pub fn push_address(out: &mut Vec<u8>, address: SocketAddr) {
    match address.ip() {
        ip @ IpAddr::V4(_) => push_ip(out, ip),
        ip @ IpAddr::V6(_) => {
            out.push(b'[');
            push_ip(out, ip);
            out.push(b']');
        }
    }
    out.push(b':');
    push_decimal(out, address.port().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_that_of_the_formatter() {
        for number in [0, 7, 10, 255, 5060, 65_535, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            push_decimal(&mut out, number);
            assert_eq!(out, number.to_string().as_bytes());
        }
        for text in ["192.0.2.1:5060", "0.0.0.0:0", "[2001:db8::1]:5061", "[::ffff:1.2.3.4]:9"] {
            let address: SocketAddr = text.parse().unwrap();
            let mut out = Vec::new();
            push_address(&mut out, address);
            assert_eq!(out, address.to_string().as_bytes());
        }
    }
}
