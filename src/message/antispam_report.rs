//! `X-Forefront-Antispam-Report`: its grammar, and which copy to believe (`headers.md` §1).

use super::pairs::Pairs;
use super::values::{Cat, Direction, Ipv, Sfty, Sfv};
use super::{AntispamReport, Standing};
use crate::fact::Citation;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// `CIP` of a message that no SMTP client handed over: it began inside Microsoft 365.
pub const NO_CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::BROADCAST);

impl AntispamReport {
    /// Reads one copy. `untrusted` is whether the header's name ends in `-Untrusted`.
    pub fn parse(value: Arc<str>, untrusted: bool, evidence: Citation) -> Self {
        let (pairs, leftovers) = Pairs::of(value);
        let get = |key: &str| pairs.first(key);
        let direction = get("DIR").map(Direction::parse);
        let standing = if untrusted || direction == Some(Direction::Outbound) {
            Standing::Sender
        } else if get("CIP").is_none() && get("CTRY").is_none() && get("H").is_none() {
            // The filter always writes these; a report without them is a rule's own text (§1.2).
            Standing::Planted
        } else {
            Standing::Recipient
        };
        AntispamReport {
            standing,
            connecting_ip: get("CIP").and_then(|cip| cip.trim_matches(['[', ']']).parse().ok()),
            scl: get("SCL").and_then(|scl| scl.parse().ok()),
            ipv: get("IPV").or_else(|| get("EFV")).map(Ipv::parse),
            sfv: get("SFV").map(Sfv::parse),
            cat: get("CAT").map(Cat::parse),
            sfty: get("SFTY").map(Sfty::parse),
            direction,
            evidence,
            pairs,
            leftovers,
        }
    }

    /// `CTRY`.
    pub fn country(&self) -> Option<&str> {
        self.pairs.first("CTRY")
    }

    /// `LANG`.
    pub fn language(&self) -> Option<&str> {
        self.pairs.first("LANG")
    }

    /// `SRV`; most reports have an empty one, which is none.
    pub fn srv(&self) -> Option<&str> {
        self.pairs.first("SRV")
    }

    /// `H`, the name in HELO/EHLO.
    pub fn helo(&self) -> Option<&str> {
        self.pairs.first("H")
    }

    /// `PTR`, reverse DNS of the connecting IP.
    pub fn ptr(&self) -> Option<&str> {
        self.pairs.first("PTR")
    }
}

/// Settles the standing of several copies and tells which one states the recipient's verdict: the
/// topmost inbound (or internal) one; copies below it belong to earlier passes (§1.2).
pub(super) fn settle(reports: &mut [AntispamReport]) -> Option<usize> {
    let believed = reports.iter().position(|report| report.standing == Standing::Recipient)?;
    for report in &mut reports[believed + 1..] {
        if report.standing == Standing::Recipient {
            report.standing = Standing::EarlierPass;
        }
    }
    Some(believed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Evidence, Place};

    fn report(value: &str, untrusted: bool) -> AntispamReport {
        let source = Arc::from("t.eml");
        let evidence = Evidence::new(&source, Place::Line(1), "X-Forefront-Antispam-Report", value);
        AntispamReport::parse(value.into(), untrusted, evidence.into())
    }

    #[test]
    fn a_modern_inbound_report_is_read_whole() {
        let got = report(
            "CIP:203.0.113.10;CTRY:US;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mx.sim.example;\
             PTR:mx.sim.example;CAT:SPM;SFTY:9.25;SFS:(13230040)(4022899009);DIR:INB;",
            false,
        );
        assert_eq!(got.standing, Standing::Recipient);
        assert_eq!(got.connecting_ip, Some(IpAddr::from([203, 0, 113, 10])));
        assert_eq!(got.srv(), None);
        assert_eq!((got.scl, got.sfv, got.cat), (Some(5), Some(Sfv::Spam), Some(Cat::Spam)));
        assert_eq!((got.ipv, got.sfty), (Some(Ipv::NotListed), Some(Sfty::FirstContact)));
        assert_eq!(got.pairs.len(), 13);
    }

    #[test]
    fn an_ipv6_connecting_ip_survives_its_colons() {
        let got = report("CIP:2001:db8:13df::219;CTRY:DE;IPV:NLI;SFV:NSPM;H:m;DIR:INB;", false);
        assert_eq!(
            got.connecting_ip.map(|ip| ip.to_string()).as_deref(),
            Some("2001:db8:13df::219")
        );
    }

    #[test]
    fn the_2016_form_keeps_its_old_keys() {
        let got = report(
            "CIP:198.51.100.4; IPV:CAL; CTRY:US; EFV:NLI; SFV:SKN; SFS:; DIR:INB; SFP:; SCL:-1; \
             SRVR:BN8PR03MB4801; H:host; FPR:; SPF:None; LANG:en; ; SKIP:1;",
            false,
        );
        assert_eq!(
            (got.ipv, got.sfv, got.scl),
            (Some(Ipv::AllowList), Some(Sfv::RuleBypass), Some(-1))
        );
        assert!(got.pairs.iter().any(|(key, _)| key == "SRVR"));
    }

    #[test]
    fn a_report_without_cip_ctry_and_h_was_planted() {
        assert_eq!(report("SFV:SKI;CAT:NONE;", false).standing, Standing::Planted);
    }

    #[test]
    fn untrusted_and_outbound_reports_are_the_senders() {
        assert_eq!(report("CIP:203.0.113.1;IPV:CAL;H:x;DIR:INB;", true).standing, Standing::Sender);
        assert_eq!(
            report("CIP:203.0.113.1;IPV:CAL;H:x;DIR:OUT;", false).standing,
            Standing::Sender
        );
    }

    #[test]
    fn the_topmost_inbound_report_is_believed_and_lower_ones_are_earlier_passes() {
        let mut reports = [
            report("SFV:SKI;", false),
            report("CIP:203.0.113.1;H:a;SFV:NSPM;DIR:INB;", false),
            report("CIP:203.0.113.2;H:b;SFV:SPM;DIR:INB;", false),
            report("CIP:203.0.113.3;H:c;SFV:SPM;DIR:OUT;", false),
        ];
        assert_eq!(settle(&mut reports), Some(1));
        let standings: Vec<_> = reports.iter().map(|r| r.standing).collect();
        assert_eq!(
            standings,
            [Standing::Planted, Standing::Recipient, Standing::EarlierPass, Standing::Sender]
        );
    }
}
