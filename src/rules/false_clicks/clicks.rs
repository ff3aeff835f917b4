//! Clicks and opens that no person made, told by who, when and in what order (`causes.md` §5 (f)).

use super::scanned;
use crate::case::Case;
use crate::fact::{Citation, Fact};
use crate::finding::{Certainty, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::trace::Journey;
use crate::trace::dates::Timestamp;
use crate::trace::event::Event;
use crate::trace::journey::{Click, PlatformStep};
use std::net::{IpAddr, Ipv4Addr};

/// Seconds after delivery, or after opening, within which a person hardly clicks.
const AT_ONCE: f64 = 10.0;
/// Seconds after a report within which a scan of it is expected.
const AFTER_REPORT: f64 = 900.0;

const WRITE_UP: &str =
    "GoPhish discussions of false clicks: https://github.com/gophish/gophish/issues";

pub(super) const RULE_SAFE_LINKS: Rule = Rule {
    id: "prefetch-by-safe-links-or-detonation",
    stage: Stage::FalseClicks,
    role: Role::Risk,
    entry: Entry {
        meaning: "The click came from Microsoft's own scanners: Safe Links or detonation.",
        evidence: &[
            "Likely: the clicking IP is one of Microsoft's mail or scan addresses, and no UrlClickEvents row of the user is near it",
            "Possible: this organisation's Safe Links wrapped the links, and no click log is at hand",
        ],
        against: &["A UrlClickEvents row of the same minute"],
        fix: &[
            "Advanced Delivery",
            "Where licensed, a mail flow rule that skips Safe Links for the platform",
        ],
        caveat: "Taking \"Track user clicks\" away stops the logging, not the scanning.",
        references: &[references::SAFE_LINKS, WRITE_UP],
    },
    check: |case| {
        let Some((click, ip)) = platform_clicks(case).find_map(|click| {
            let ip = click.value.ip.filter(|ip| is_microsoft(*ip))?;
            Some((click, ip))
        }) else {
            return scanned::by_safe_links(&RULE_SAFE_LINKS, case);
        };
        if near_user_click(case.journey?, click) {
            return None;
        }
        let summary =
            format!("The platform counted a click from {ip}, an address of Microsoft's scanners.");
        let mut finding = RULE_SAFE_LINKS.finding(Certainty::Likely, summary, at(click));
        finding.excluded.push("no UrlClickEvents row of the user within a minute of it".to_owned());
        finding.fix = fixes::advanced_delivery(case);
        finding.fix.extend(fixes::skip_safe_links(case));
        Some(finding)
    },
};

pub(super) const RULE_GATEWAY: Rule = Rule {
    id: "gateway-prefetch",
    stage: Stage::FalseClicks,
    role: Role::Risk,
    entry: Entry {
        meaning: "The click came from the security gateway, which follows links before or just after delivery.",
        evidence: &[
            "Likely: the clicking IP is the gateway's, as the campaign file names it",
            "Possible: the recipient's gateway rewrote the links, and no click log is at hand",
        ],
        against: &["The gateway's address is also the company's way out to the internet"],
        fix: &["Exempt the simulation's links in the gateway, or deliver straight to the tenant"],
        caveat: "Some products cannot be kept from following links: only direct delivery helps there.",
        references: &[references::OTHER_SERVICES],
    },
    check: |case| {
        let known = |ip: &IpAddr| case.campaign.is_some_and(|campaign| campaign.is_gateway(*ip));
        let Some((click, ip)) = platform_clicks(case).find_map(|click| {
            let ip = click.value.ip.filter(known)?;
            Some((click, ip))
        }) else {
            return scanned::by_gateway(&RULE_GATEWAY, case);
        };
        let summary = format!("The platform counted a click from {ip}, an address of the gateway.");
        let mut finding = RULE_GATEWAY.finding(Certainty::Likely, summary, at(click));
        finding.excluded.push("the address is the gateway's by the campaign file".to_owned());
        finding.fix = fixes::gateway_link_bypass(case);
        finding.fix.extend(fixes::direct_delivery(case));
        Some(finding)
    },
};

pub(super) const RULE_REPORT: Rule = Rule {
    id: "user-report-triggers-scan",
    stage: Stage::FalseClicks,
    role: Role::Risk,
    entry: Entry {
        meaning: "The recipient reported the message, and the tool that took the report followed its links.",
        evidence: &["Possible: a click within minutes after the platform counted the report"],
        against: &["The click came before the report"],
        fix: &[
            "With Advanced Delivery the built-in Report button does not detonate the message",
            "For other buttons or ticket systems: make the reporting mailbox a SecOps mailbox",
        ],
        caveat: "Forwarding removes what Advanced Delivery matches, so a forwarded copy is scanned like any mail.",
        references: &[references::ADVANCED_DELIVERY],
    },
    check: |case| {
        let report = step(case.journey?, &["Email Reported", "Reported"])?;
        let click = platform_clicks(case).find(|click| {
            after(report.at, click.value.at).is_some_and(|seconds| seconds <= AFTER_REPORT)
        })?;
        let evidence = vec![click.evidence.clone(), report.evidence.clone()];
        let summary = "A click came within minutes after the recipient reported the message.";
        let mut finding = RULE_REPORT.finding(Certainty::Possible, summary, evidence);
        finding.excluded.push("not checked: whose address it came from".to_owned());
        finding.fix = vec![
            fixes::portal(
                "Defender portal > Threat policies > Advanced delivery > SecOps mailbox > Add: the mailbox that \
                 takes reports",
            ),
            fixes::powershell(
                "New-SecOpsOverridePolicy -Name SecOpsOverridePolicy -SentTo <soc-mailbox>\nNew-ExoSecOpsOverrideRule -Name SecOpsOverrideRule -Policy SecOpsOverridePolicy",
            ),
        ];
        Some(finding)
    },
};

pub(super) const RULE_ENDPOINT: Rule = Rule {
    id: "endpoint-addin-soar-prefetch",
    stage: Stage::FalseClicks,
    role: Role::Risk,
    entry: Entry {
        meaning: "An add-in, endpoint protection or automation on the recipient's side followed the link.",
        evidence: &["Possible: the click came within seconds of delivery or of opening"],
        against: &["The address is Microsoft's or the gateway's: then it is their scanner"],
        fix: &[
            "Exclude the simulation in the add-in, endpoint protection, automation or link preview",
        ],
        caveat: "A quick reader looks the same.",
        references: &[references::ADVANCED_DELIVERY, WRITE_UP],
    },
    check: |case| {
        let journey = case.journey?;
        let known = |ip: IpAddr| {
            is_microsoft(ip) || case.campaign.is_some_and(|campaign| campaign.is_gateway(ip))
        };
        let opened = step(journey, &["Email Opened", "Opened"]).and_then(|step| step.at);
        let delivered = journey.last(Event::Deliver).and_then(|step| step.at);
        let click = platform_clicks(case).filter(|click| !click.value.ip.is_some_and(known)).find(
            |click| {
                [opened, delivered].into_iter().any(|then| {
                    after(then, click.value.at).is_some_and(|seconds| seconds <= AT_ONCE)
                })
            },
        )?;
        let summary = "A click came within seconds of delivery or of opening.";
        let mut finding = RULE_ENDPOINT.finding(Certainty::Possible, summary, at(click));
        finding.excluded.push("the address is none of Microsoft's known scanners'".to_owned());
        finding.fix = vec![fixes::portal(
            "Exclude the simulation's domains in endpoint protection, mail add-ins, automation and link previews.",
        )];
        Some(finding)
    },
};

pub(super) const RULE_PRIVACY: Rule = Rule {
    id: "mail-privacy-open",
    stage: Stage::FalseClicks,
    role: Role::Risk,
    entry: Entry {
        meaning: "The open came from a mail client or provider that loads images by itself.",
        evidence: &["Possible: the platform counted an open within seconds of delivery"],
        against: &["A click of the same person follows"],
        fix: &["Ignore opens"],
        caveat: "Opens tell little at best.",
        references: &[WRITE_UP],
    },
    check: |case| {
        let journey = case.journey?;
        let opened = step(journey, &["Email Opened", "Opened"])?;
        let delivered = journey.last(Event::Deliver).and_then(|step| step.at);
        let at_once = after(delivered, opened.at).is_some_and(|seconds| seconds <= AT_ONCE);
        if !at_once || platform_clicks(case).next().is_some() {
            return None;
        }
        let summary = "The platform counted an open within seconds of delivery, and no click.";
        let mut finding =
            RULE_PRIVACY.finding(Certainty::Possible, summary, vec![opened.evidence.clone()]);
        finding.fix = vec![fixes::platform("Leave opens out of the result.")];
        Some(finding)
    },
};

fn platform_clicks<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Fact<Click>> + use<'a> {
    case.journey
        .into_iter()
        .flat_map(|journey| journey.clicks.iter())
        .filter(|click| click.value.by_platform)
}

fn at(click: &Fact<Click>) -> Vec<Citation> {
    vec![click.evidence.clone()]
}

fn step<'a>(journey: &'a Journey, words: &[&str]) -> Option<&'a PlatformStep> {
    journey.platform_says(words)
}

/// Seconds from `then` to `now`, where both are known and in that order.
fn after(then: Option<Timestamp>, now: Option<Timestamp>) -> Option<f64> {
    Some(now?.seconds_since(then?)).filter(|seconds| *seconds >= 0.0)
}

/// Whether Safe Links saw the user click within a minute of it.
fn near_user_click(journey: &Journey, click: &Fact<Click>) -> bool {
    journey.clicks.iter().filter(|other| !other.value.by_platform).any(|other| {
        match (other.value.at, click.value.at) {
            (Some(seen), Some(counted)) => counted.seconds_since(seen).abs() <= 60.0,
            _ => false,
        }
    })
}

/// Addresses that public reports of false clicks name: Exchange Online's mail range and scanners.
fn is_microsoft(ip: IpAddr) -> bool {
    const SCANNERS: [Ipv4Addr; 3] = [
        Ipv4Addr::new(40, 64, 100, 180),
        Ipv4Addr::new(40, 64, 64, 110),
        Ipv4Addr::new(40, 64, 64, 90),
    ];
    let IpAddr::V4(ip) = ip else { return false };
    SCANNERS.contains(&ip) || ip.octets()[..2] == [40, 107]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    /// Delivered at second 0; the platform's steps at theirs.
    fn rows(ip: &str, steps: &[(&str, i64)], user_click: Option<i64>) -> Rows {
        let time = |second: i64| Some(Timestamp(second * 1_000_000));
        let evidence = crate::testing::fact(()).evidence;
        Rows::of(&[(Kind::Event, "deliver")]).with(|journey| {
            journey.events[0].at = time(0);
            for (word, second) in steps {
                let evidence = evidence.clone();
                journey.platform.push(PlatformStep {
                    word: (*word).into(),
                    at: time(*second),
                    evidence,
                });
                if word.contains("Clicked") {
                    let click = Click {
                        action: (*word).into(),
                        ip: ip.parse().ok(),
                        at: time(*second),
                        by_platform: true,
                    };
                    journey.clicks.push(crate::testing::fact(click));
                }
            }
            if let Some(second) = user_click {
                let click = Click {
                    action: "ClickAllowed".into(),
                    ip: None,
                    at: time(second),
                    by_platform: false,
                };
                journey.clicks.push(crate::testing::fact(click));
            }
        })
    }

    #[test]
    fn a_click_from_microsofts_scanners_is_likely_unless_the_user_clicked_then() {
        let scan = rows("40.107.1.2", &[("Clicked Link", 300)], None);
        assert_eq!(scan.certainty(&RULE_SAFE_LINKS), Some(Certainty::Likely));
        let user = rows("40.107.1.2", &[("Clicked Link", 300)], Some(290));
        assert_eq!(user.certainty(&RULE_SAFE_LINKS), None);
        let other = rows("203.0.113.7", &[("Clicked Link", 300)], None);
        assert_eq!(other.certainty(&RULE_SAFE_LINKS), None);
    }

    #[test]
    fn a_click_after_a_report_is_possible_and_one_before_it_is_not() {
        let steps = [("Email Reported", 600), ("Clicked Link", 700)];
        assert_eq!(
            rows("203.0.113.7", &steps, None).certainty(&RULE_REPORT),
            Some(Certainty::Possible)
        );
        let steps = [("Clicked Link", 500), ("Email Reported", 600)];
        assert_eq!(rows("203.0.113.7", &steps, None).certainty(&RULE_REPORT), None);
    }

    #[test]
    fn a_click_at_once_is_possible_where_no_known_scanner_made_it() {
        let steps = [("Email Opened", 500), ("Clicked Link", 503)];
        assert_eq!(
            rows("203.0.113.7", &steps, None).certainty(&RULE_ENDPOINT),
            Some(Certainty::Possible)
        );
        assert_eq!(rows("40.107.1.2", &steps, None).certainty(&RULE_ENDPOINT), None);
        let late = [("Email Opened", 500), ("Clicked Link", 530)];
        assert_eq!(rows("203.0.113.7", &late, None).certainty(&RULE_ENDPOINT), None);
    }

    #[test]
    fn an_open_at_once_without_a_click_is_possible() {
        assert_eq!(
            rows("203.0.113.7", &[("Email Opened", 4)], None).certainty(&RULE_PRIVACY),
            Some(Certainty::Possible)
        );
        assert_eq!(
            rows("203.0.113.7", &[("Email Opened", 400)], None).certainty(&RULE_PRIVACY),
            None
        );
        let steps = [("Email Opened", 4), ("Clicked Link", 600)];
        assert_eq!(rows("203.0.113.7", &steps, None).certainty(&RULE_PRIVACY), None);
    }

    #[test]
    fn without_a_campaign_file_no_address_is_the_gateways() {
        assert_eq!(
            rows("203.0.113.7", &[("Clicked Link", 300)], None).certainty(&RULE_GATEWAY),
            None
        );
    }
}
