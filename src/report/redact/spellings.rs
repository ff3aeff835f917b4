//! Other ways to write an IP address: in host names, in zones of reverse DNS, as one number.

use std::net::IpAddr;

/// Fewest digits of an address as one decimal number: fewer may number anything.
const DIGITS: usize = 8;

/// The spellings of an address besides those that read as an address: with dashes or underscores, backwards, as hex,
/// as one number. The address is in its canonical form.
pub(super) fn of(ip: IpAddr) -> Vec<String> {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            let number = u32::from(v4);
            let mut all = Vec::new();
            for joint in ['-', '_'] {
                all.push(format!("{a}{joint}{b}{joint}{c}{joint}{d}"));
                all.push(format!("{a:03}{joint}{b:03}{joint}{c:03}{joint}{d:03}"));
                all.push(format!("{d}{joint}{c}{joint}{b}{joint}{a}"));
            }
            all.push(format!("{a}[.]{b}[.]{c}[.]{d}"));
            all.push(format!("{number:08x}"));
            all.push(format!("0x{number:08x}"));
            let decimal = number.to_string();
            if decimal.len() >= DIGITS {
                all.push(decimal);
            }
            all
        }
        IpAddr::V6(v6) => {
            let parts = v6.segments();
            let plain = parts.map(|part| format!("{part:x}"));
            let full = parts.map(|part| format!("{part:04x}"));
            let nibbles: Vec<String> =
                full.concat().chars().rev().map(|nibble| nibble.to_string()).collect();
            let short = v6.to_string();
            let mut all = vec![
                plain.join("-"),
                plain.join("_"),
                full.join("-"),
                full.join("_"),
                full.concat(),
                nibbles.join("."),
            ];
            if !short.starts_with(':') && !short.ends_with(':') {
                all.push(short.replace(':', "-"));
                all.push(short.replace(':', "_"));
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_zones_are_named_after_addresses_in_these_ways() {
        let v4 = of("203.0.113.7".parse().unwrap());
        for spelling in [
            "203-0-113-7",
            "203_0_113_7",
            "203-000-113-007",
            "7-113-0-203",
            "cb007107",
            "0xcb007107",
            "203[.]0[.]113[.]7",
        ] {
            assert!(v4.iter().any(|one| one == spelling), "{spelling}");
        }
        assert!(v4.contains(&"3405803783".to_owned()));
        assert!(!of("0.9.9.9".parse().unwrap()).contains(&"592137".to_owned()));
        let v6 = of("2001:db8::1:0:0:7".parse().unwrap());
        for spelling in [
            "2001-db8-0-0-1-0-0-7",
            "2001-db8--1-0-0-7",
            "2001_0db8_0000_0000_0001_0000_0000_0007",
            "20010db8000000000001000000000007",
        ] {
            assert!(v6.iter().any(|one| one == spelling), "{spelling}");
        }
        assert!(v6.iter().any(|one| one.starts_with("7.0.0.0.0.0.0.0.0.0.0.0.1.0.")));
    }
}
