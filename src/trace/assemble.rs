//! Statements put together into a [`Journey`].

use super::dates::Timestamp;
use super::event::Event;
use super::identity::Guid;
use super::journey::{
    Answer, Click, Journey, Malware, PlatformStep, PostDelivery, RuleHit, Step, Text,
};
use super::statement::{Kind, Statement};
use crate::fact::{Fact, Place};
use crate::message::values::{Cat, Direction, Ipv, Sfv};
use std::net::IpAddr;
use std::sync::Arc;

impl Journey {
    /// Puts statements of any rows together; their order does not matter.
    pub fn assemble(mut statements: Vec<Statement>) -> Self {
        // by second, then phase, then place: exports mix the events of one second (§4); what yields to
        // others whenever it was said comes before them all
        statements.sort_by(|a, b| {
            let key = |s: &Statement| (!s.kind.yields(), second(s.at), phase(s));
            fn place(s: &Statement) -> (&str, Place) {
                (&s.evidence.source, s.evidence.place)
            }
            key(a).cmp(&key(b)).then_with(|| place(a).cmp(&place(b)))
        });
        let mut journey = Journey::default();
        for statement in &statements {
            journey.take(statement);
            if !journey.sources.contains(&statement.evidence.source) {
                journey.sources.push(Arc::clone(&statement.evidence.source));
            }
        }
        journey.sources.sort();
        journey.categorise();
        journey.clicks = clicks(&statements);
        journey.first = statements.iter().filter_map(|statement| statement.at).min();
        journey.delivery_seconds = delivery_seconds(&journey.events);
        journey.traced = statements.iter().any(|statement| {
            !matches!(statement.kind, Kind::Platform | Kind::PlatformError | Kind::PlatformIp)
        });
        journey
    }

    fn take(&mut self, statement: &Statement) {
        let text = || Fact::new(statement.value.clone(), &statement.evidence);
        match statement.kind {
            Kind::Event => {
                if let Some(event) = Event::parse(&statement.value) {
                    let (at, evidence) = (statement.at, statement.evidence.clone());
                    self.events.push(Step { event, at, evidence });
                }
            }
            Kind::Status | Kind::OpenStatus => self.status = Some(text()),
            Kind::Folder => self.folder = Some(text()),
            Kind::Di => self.disposition = Some(text()),
            Kind::Agent => push(&mut self.agents, text()),
            Kind::Connector => push(&mut self.connectors, text()),
            Kind::AccountForest => self.account_forest = Some(text()),
            Kind::EopForest => self.eop_forest = Some(text()),
            Kind::Successor => self.successor = Some(text()),
            Kind::Origin => self.origin = Some(text()),
            Kind::Answer | Kind::PlatformError => {
                let by_platform = statement.kind == Kind::PlatformError;
                let answer = Answer { text: statement.value.clone(), by_platform };
                push(&mut self.answers, Fact::new(answer, &statement.evidence));
            }
            Kind::TransportRule => {
                push(&mut self.rules, Fact::new(rule(statement), &statement.evidence))
            }
            Kind::Dlp => push(&mut self.dlp, Fact::new(rule(statement), &statement.evidence)),
            Kind::Malware => {
                push(&mut self.malware, Fact::new(malware(statement), &statement.evidence));
            }
            Kind::PostDelivery => {
                let action = post_delivery(&statement.value);
                // the last action counts, also where an earlier one was the same
                if self.post_delivery.last().is_none_or(|last| last.value != action) {
                    self.post_delivery.retain(|known| known.value != action);
                    self.post_delivery.push(Fact::new(action, &statement.evidence));
                }
            }
            Kind::QuarantineReason => self.quarantine.reason = Some(text()),
            Kind::QuarantinePolicyType => self.quarantine.policy_type = Some(text()),
            Kind::QuarantinePolicy => self.quarantine.policy = Some(text()),
            Kind::ReleaseStatus | Kind::HeldStatus => {
                self.quarantine.release_status = Some(text());
            }
            Kind::Platform => self.platform.push(PlatformStep {
                word: statement.value.clone(),
                at: statement.at,
                evidence: statement.evidence.clone(),
            }),
            Kind::Click | Kind::ClickIp | Kind::PlatformIp => {}
            _ if self.take_verdict(statement) => {}
            kind => {
                if let Some(slot) = self.hunting_slot(kind) {
                    *slot = Some(text());
                }
            }
        }
    }

    /// Takes what the filter said. The first statement of the filter itself counts; the trace's own
    /// client address only where the filter names none.
    fn take_verdict(&mut self, statement: &Statement) -> bool {
        let (verdict, at, value) = (&mut self.verdict, &statement.evidence, &*statement.value);
        let text = || Fact::new(statement.value.clone(), at);
        match statement.kind {
            Kind::Sfv => verdict.sfv = Some(Fact::new(Sfv::parse(value), at)),
            Kind::Cat => verdict.cat = Some(Fact::new(Cat::parse(value), at)),
            Kind::Ipv => verdict.ipv = Some(Fact::new(Ipv::parse(value), at)),
            Kind::Scl => set(&mut verdict.scl, scl(value).map(|scl| Fact::new(scl, at))),
            Kind::Bcl => set(&mut verdict.bcl, bcl(value).map(|bcl| Fact::new(bcl, at))),
            Kind::Bulk => verdict.bulk = Some(Fact::new((), at)),
            Kind::Direction => {
                set(&mut verdict.direction, direction(value).map(|way| Fact::new(way, at)));
            }
            Kind::Country => verdict.country = Some(text()),
            Kind::Language => verdict.language = Some(text()),
            Kind::Helo => verdict.helo = Some(text()),
            Kind::Ptr => verdict.ptr = Some(text()),
            Kind::Cip | Kind::ClientIp => {
                let by_filter = statement.kind == Kind::Cip;
                if (by_filter || verdict.connecting_ip.is_none())
                    && let Some(ip) = ip(value)
                {
                    verdict.connecting_ip = Some(Fact::new(ip, at));
                }
            }
            _ => return false,
        }
        true
    }

    /// Where the filter's own report is not among the rows, the quarantine list or hunting names the
    /// category (`causes.md` §5 (b)).
    fn categorise(&mut self) {
        if self.verdict.cat.is_some() {
            return;
        }
        let listed = self.quarantine.reason.as_ref().and_then(|reason| {
            Some(Fact::new(quarantine_category(&reason.value)?, &reason.evidence))
        });
        self.verdict.cat = listed.or_else(|| {
            let policy = self.hunting.email_action_policy.as_ref();
            let by_policy = policy.and_then(|policy| {
                Some(Fact::new(policy_category(&policy.value)?, &policy.evidence))
            });
            let confidence = self.hunting.confidence.as_ref()?;
            let sure = is_high_confidence_phish(&confidence.value)
                && self
                    .hunting
                    .threat_types
                    .as_ref()
                    .is_some_and(|types| types.value.to_ascii_lowercase().contains("phish"));
            if sure {
                Some(Fact::new(Cat::HighConfidencePhish, &confidence.evidence))
            } else {
                by_policy
            }
        });
    }

    fn hunting_slot(&mut self, kind: Kind) -> Option<&mut Option<Text>> {
        let hunting = &mut self.hunting;
        Some(match kind {
            Kind::DeliveryAction => &mut hunting.delivery_action,
            Kind::DeliveryLocation => &mut hunting.delivery_location,
            Kind::LatestLocation => &mut hunting.latest_location,
            Kind::LatestAction => &mut hunting.latest_action,
            Kind::ThreatTypes => &mut hunting.threat_types,
            Kind::DetectionMethods => &mut hunting.detection_methods,
            Kind::Confidence => &mut hunting.confidence,
            Kind::EmailAction => &mut hunting.email_action,
            Kind::EmailActionPolicy => &mut hunting.email_action_policy,
            Kind::OrgAction => &mut hunting.org_action,
            Kind::OrgPolicy => &mut hunting.org_policy,
            Kind::UserAction => &mut hunting.user_action,
            Kind::UserPolicy => &mut hunting.user_policy,
            Kind::Authentication => &mut hunting.authentication,
            _ => return None,
        })
    }
}

/// Category of a quarantine type or of the portal's reason (`trace-formats.md` §12).
fn quarantine_category(reason: &str) -> Option<Cat> {
    let plain: String = reason.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match plain.to_ascii_lowercase().as_str() {
        "highconfphish" | "highconfidencephish" | "highconfidencephishing" => {
            Cat::HighConfidencePhish
        }
        "phish" | "phishing" => Cat::Phish,
        "spam" => Cat::Spam,
        "bulk" => Cat::Bulk,
        "malware" => Cat::Malware,
        "filetypeblock" | "adminactionfiletypeblock" => Cat::FileType,
        _ => return None,
    })
}

/// Category that the name of hunting's action policy tells (`trace-formats.md` §10).
fn policy_category(policy: &str) -> Option<Cat> {
    Some(match policy.to_ascii_lowercase().as_str() {
        "antispam high-confidence" => Cat::HighConfidenceSpam,
        "antispam" => Cat::Spam,
        "antispam bulk mail" => Cat::Bulk,
        "antispam phishing" => Cat::Phish,
        "anti-phishing domain impersonation" => Cat::DomainImpersonation,
        "anti-phishing user impersonation" => Cat::UserImpersonation,
        "anti-phishing graph impersonation" => Cat::MailboxImpersonation,
        "anti-phishing spoof" => Cat::Spoof,
        "antimalware" => Cat::Malware,
        "safe attachments" => Cat::SafeAttachments,
        _ => return None,
    })
}

/// `{"Phish":"High"}`.
fn is_high_confidence_phish(confidence: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(confidence).ok().is_some_and(|json| {
        json.get("Phish")
            .and_then(serde_json::Value::as_str)
            .is_some_and(|level| level.eq_ignore_ascii_case("High"))
    })
}

/// Whether this may be the statement that counts where the last one of its kind does. What is
/// understood of no value leaves the one before it.
pub(super) fn may_stand(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Event
        | Kind::Answer
        | Kind::Agent
        | Kind::Bulk
        | Kind::TransportRule
        | Kind::Malware
        | Kind::Dlp
        | Kind::Connector
        | Kind::Click
        | Kind::Platform
        | Kind::PlatformError => false,
        Kind::Scl => scl(value).is_some(),
        Kind::Bcl => bcl(value).is_some(),
        Kind::Direction => direction(value).is_some(),
        Kind::PostDelivery => {
            let action = post_delivery(value);
            action.succeeded() && !action.action.is_empty()
        }
        kind => !kind.is_identity(),
    }
}

/// The second of a time, by which statements are put in order; 0 for those without a time, which come
/// first. Times before 1970 and after 2106 are all one.
pub(super) fn second(at: Option<Timestamp>) -> u32 {
    let second = |at: Timestamp| at.0.div_euclid(1_000_000).max(1);
    at.map_or(0, |at| u32::try_from(second(at)).unwrap_or(u32::MAX))
}

fn scl(value: &str) -> Option<i8> {
    value.parse().ok()
}

fn bcl(value: &str) -> Option<u8> {
    value.parse().ok()
}

fn phase(statement: &Statement) -> u8 {
    match statement.kind {
        Kind::Event => Event::parse(&statement.value).map_or(u8::MAX, Event::phase),
        // the filter's own address comes after the trace's, so that it stands
        Kind::Cip => 4,
        _ => 3,
    }
}

/// Keeps equal facts once: rows repeat them.
fn push<T: PartialEq>(list: &mut Vec<Fact<T>>, fact: Fact<T>) {
    if !list.iter().any(|known| known.value == fact.value) {
        list.push(fact);
    }
}

fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

fn word(text: &str) -> Option<Box<str>> {
    (!text.is_empty()).then(|| text.into())
}

/// An address; a zone (`%3`) is left out.
fn ip(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.trim_matches(['[', ']']).parse().ok()
}

fn direction(text: &str) -> Option<Direction> {
    Some(match text.to_ascii_lowercase().as_str() {
        "inb" | "incoming" | "inbound" | "1" => Direction::Inbound,
        "out" | "originating" | "outbound" | "2" => Direction::Outbound,
        "int" | "intra-org" | "intraorg" => Direction::Internal,
        _ => return None,
    })
}

/// `guid|name|mode|action,action`.
fn rule(statement: &Statement) -> RuleHit {
    let mut parts = statement.value.splitn(4, '|');
    let mut next = || parts.next().unwrap_or_default();
    RuleHit {
        id: Guid::parse(next()),
        name: word(next()),
        mode: word(next()),
        actions: next().split(',').filter_map(word).collect(),
    }
}

/// `action|name`.
fn malware(statement: &Statement) -> Malware {
    let (action, name) = statement.value.split_once('|').unwrap_or((&statement.value, ""));
    Malware { action: word(action), name: word(name) }
}

/// `type|trigger|result|location`.
fn post_delivery(value: &str) -> PostDelivery {
    let mut parts = value.splitn(4, '|');
    let mut next = || parts.next().unwrap_or_default();
    PostDelivery {
        action: next().into(),
        trigger: word(next()),
        result: word(next()),
        location: word(next()),
    }
}

/// Clicks with the address that stands in the same row.
fn clicks(statements: &[Statement]) -> Vec<Fact<Click>> {
    let is_click = |statement: &&Statement| match statement.kind {
        Kind::Click => true,
        Kind::Platform => statement.value.to_ascii_lowercase().contains("clicked"),
        _ => false,
    };
    let mut clicks = Vec::new();
    for statement in statements.iter().filter(is_click) {
        let by_platform = statement.kind == Kind::Platform;
        let wanted = if by_platform { Kind::PlatformIp } else { Kind::ClickIp };
        let same_row = |other: &&Statement| {
            other.kind == wanted
                && other.evidence.place == statement.evidence.place
                && other.evidence.source == statement.evidence.source
        };
        let ip = statements.iter().find(same_row).and_then(|found| ip(&found.value));
        let click = Click { action: statement.value.clone(), ip, at: statement.at, by_platform };
        clicks.push(Fact::new(click, &statement.evidence));
    }
    clicks
}

/// Seconds from the first receipt to the first delivery after it. A row that tells both has one time, that
/// of the receipt.
fn delivery_seconds(events: &[Step]) -> Option<f64> {
    let first = |event| events.iter().find(|step| step.event == event);
    let (received, delivered) = (first(Event::Receive)?, first(Event::Deliver)?);
    let row = |step: &Step| (Arc::clone(&step.evidence.source), step.evidence.place);
    if row(received) == row(delivered) {
        return None;
    }
    Some(delivered.at?.seconds_since(received.at?)).filter(|seconds| *seconds >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(statements: &[(Kind, &str)]) -> Option<Cat> {
        let all = statements.iter().map(|(kind, value)| Statement::test(*kind, value)).collect();
        Journey::assemble(all).verdict.cat.map(|cat| cat.value)
    }

    #[test]
    fn quarantine_and_hunting_name_the_category_where_the_filter_does_not() {
        let high = [(Kind::ThreatTypes, "Phish, Spam"), (Kind::Confidence, r#"{"Phish":"High"}"#)];
        let low = [(Kind::ThreatTypes, "Phish"), (Kind::Confidence, r#"{"Phish":"Low"}"#)];
        assert_eq!(
            category(&[(Kind::QuarantineReason, "HighConfPhish")]),
            Some(Cat::HighConfidencePhish)
        );
        assert_eq!(
            category(&[(Kind::QuarantineReason, "High confidence phishing")]),
            Some(Cat::HighConfidencePhish)
        );
        assert_eq!(category(&[(Kind::QuarantineReason, "Transport rule")]), None);
        assert_eq!(category(&high), Some(Cat::HighConfidencePhish));
        assert_eq!(category(&low), None);
        assert_eq!(category(&[(Kind::Cat, "SPM"), high[0], high[1]]), Some(Cat::Spam));
        let policy = (Kind::EmailActionPolicy, "Antispam phishing");
        assert_eq!(category(&[low[0], low[1], policy]), Some(Cat::Phish));
    }
}
