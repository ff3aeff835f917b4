//! The two headers of Enhanced Filtering for Connectors (`headers.md` §6.3).

use super::InternetSender;
use nom::bytes::complete::{tag_no_case, take_till, take_until};
use nom::character::complete::char;
use nom::combinator::opt;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

impl InternetSender {
    /// Reads `ip=[203.0.113.10];domain=mx.sim.example`; either half may be missing.
    pub fn parse(value: &str) -> Self {
        let mut sender = InternetSender { ip: None, domain: None };
        for piece in value.split(';').map(str::trim) {
            if let Ok((_, ip)) = address(piece) {
                sender.ip = ip.trim().parse().ok();
            } else if let Ok((_, domain)) = domain(piece) {
                sender.domain = (!domain.is_empty()).then(|| domain.into());
            }
        }
        sender
    }
}

fn address(piece: &str) -> IResult<&str, &str> {
    let bracketed = delimited(char('['), take_until("]"), char(']'));
    let bare = take_till(|_| false);
    preceded((tag_no_case("ip"), char('=')), nom::branch::alt((bracketed, bare))).parse(piece)
}

fn domain(piece: &str) -> IResult<&str, &str> {
    preceded((tag_no_case("domain"), char('='), opt(char('['))), take_till(|c| c == ']'))
        .parse(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_read_in_every_seen_form() {
        let table = [
            (
                "ip=[203.0.113.10];domain=mx.sim.example",
                Some("203.0.113.10"),
                Some("mx.sim.example"),
            ),
            ("ip=[2001:db8::25];domain=[10.0.0.1]", Some("2001:db8::25"), Some("10.0.0.1")),
            ("ip=203.0.113.10", Some("203.0.113.10"), None),
            ("domain=only.example", None, Some("only.example")),
            ("nonsense", None, None),
        ];
        for (value, ip, domain) in table {
            let got = InternetSender::parse(value);
            assert_eq!(got.ip.map(|ip| ip.to_string()).as_deref(), ip, "{value}");
            assert_eq!(got.domain.as_deref(), domain, "{value}");
        }
    }
}
