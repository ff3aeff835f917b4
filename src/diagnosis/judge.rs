//! Runs the rules over a case and puts their findings in order.

use super::{Detail, Diagnosis, FactSheet, Facts, MessageSummary, SourceSummary, headline};
use crate::case::Case;
use crate::fact::Fact;
use crate::finding::{Certainty, Finding, Role};
use crate::message::identity;
use crate::rules::{self, source};
use std::borrow::Cow;
use std::sync::Arc;

impl Diagnosis {
    /// Judges a case by every rule.
    pub fn of(mut case: Case<'_>, detail: Detail) -> Self {
        let misplaced = case.message.is_some_and(|message| message.misplaced);
        // what a finding rests on is asked for below
        case.in_brief = detail == Detail::Line && !misplaced;
        // several rules and recipes ask for it
        case.source = Some(source::find(&case));
        let mut findings: Vec<Finding> =
            rules::all().filter_map(|rule| (rule.check)(&case)).collect();
        if misplaced {
            findings.iter_mut().for_each(doubt);
        }
        // Stable: equals stay in the catalogue's order.
        findings.sort_by_key(|finding| (finding.role, std::cmp::Reverse(finding.certainty)));
        if detail == Detail::Line {
            return Self::line(case, findings);
        }
        for cited in findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
            *cited = cited.kept();
        }
        let full = detail == Detail::Full;
        Diagnosis {
            message: MessageSummary::of(&case),
            recipient: text(&case.recipient),
            delivered_at: delivered_at(&case),
            sources: sources(&case),
            headline: headline::write(&case.landing, &findings),
            notes: notes(&case),
            people: if full { people(&case) } else { Vec::new() },
            facts: if full { FactSheet::of(&case).into() } else { Facts::default() },
            findings,
            outcome: case.landing.outcome,
            outcome_certainty: case.landing.certainty,
            outcome_because: case.landing.because.into_owned(),
            contradictions: case.landing.contradictions,
        }
    }

    /// What a line and a sum need. The rest is left out here, so that the thread that made it also frees it.
    fn line(case: Case<'_>, mut findings: Vec<Finding>) -> Self {
        let outcome = case.landing.outcome;
        for finding in &mut findings {
            let counted = finding.role == Role::Cause && !outcome.is_reached();
            *finding = Finding {
                summary: if counted { std::mem::take(&mut finding.summary) } else { String::new() },
                fix: if counted { std::mem::take(&mut finding.fix) } else { Vec::new() },
                caveat: finding.caveat.take().filter(|_| counted),
                evidence: Vec::new(),
                excluded: Vec::new(),
                references: Cow::default(),
                ..*finding
            };
        }
        Diagnosis {
            message: MessageSummary {
                subject: text(&case.envelope.subject),
                ..MessageSummary::default()
            },
            delivered_at: delivered_at(&case),
            sources: sources(&case),
            recipient: case.recipient.map(|fact| fact.value.into()),
            outcome,
            outcome_certainty: case.landing.certainty,
            outcome_because: String::new(),
            headline: String::new(),
            contradictions: case.landing.contradictions,
            notes: Vec::new(),
            people: Vec::new(),
            facts: Facts::default(),
            findings,
        }
    }
}

/// Lowers what rests on stamps that the sender may have written.
fn doubt(finding: &mut Finding) {
    const STAMPS: [&str; 2] =
        ["X-Forefront-Antispam-Report", "X-Microsoft-Antispam-Mailbox-Delivery"];
    let rests = finding.evidence.iter().any(|one| STAMPS.iter().any(|stamp| one.is_of(stamp)));
    if rests {
        finding.certainty = Certainty::Possible;
        finding.excluded.push(
            "not excluded: the sender wrote the stamp, which stands among the sender's own headers"
                .to_owned(),
        );
    }
}

impl MessageSummary {
    fn of(case: &Case<'_>) -> Self {
        let envelope = &case.envelope;
        MessageSummary {
            message_id: text(&envelope.message_id),
            network_message_id: text(&envelope.network_message_id),
            subject: text(&envelope.subject),
            from: text(&envelope.from),
            mail_from: text(&envelope.mail_from),
            date: text(&envelope.date),
            tenant_id: text(&envelope.tenant_id),
        }
    }
}

/// When the message was handed to the last system known, else when it was written.
fn delivered_at(case: &Case<'_>) -> Option<i64> {
    let newest_hop = case.message.and_then(|message| message.hops.iter().find_map(|h| h.timestamp));
    newest_hop.or_else(|| case.envelope.date.as_ref().map(|date| date.value.seconds()))
}

fn text<T: ToString>(fact: &Option<Fact<T>>) -> Option<String> {
    fact.as_ref().map(|fact| fact.value.to_string())
}

fn sources(case: &Case<'_>) -> Vec<SourceSummary> {
    let mut sources = Vec::with_capacity(1);
    let mut add = |path: &Arc<str>, kind| {
        sources.push(SourceSummary { path: Arc::clone(path), kind });
    };
    if let Some(message) = case.message {
        add(&message.source, "message");
    }
    for path in case.journey.iter().flat_map(|journey| &journey.sources) {
        add(path, "trace");
    }
    for path in case.tenant.iter().flat_map(|tenant| &tenant.sources) {
        add(path, "tenant");
    }
    if let Some(campaign) = case.campaign {
        add(&campaign.source, "campaign");
    }
    sources
}

/// Names that the address headers show.
fn people(case: &Case<'_>) -> Vec<String> {
    let Some(message) = case.message else { return Vec::new() };
    let shown = ["From", "To", "Cc", "Reply-To", "Sender"];
    shown
        .iter()
        .filter_map(|name| message.headers.get(name))
        .flat_map(|header| identity::display_names(header.value))
        .collect()
}

fn notes(case: &Case<'_>) -> Vec<String> {
    case.message.map(|message| message.notes.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn what_rests_on_stamps_that_the_sender_may_have_written_is_only_possible() {
        const EDGE: &str = "Received: from mta.phish.example (203.0.113.10) by AMS0EPF0000013F.mail.protection.outlook.com (10.167.242.136) with Microsoft SMTP Server id 15.20.9253.7; Tue, 3 Feb 2026 07:30:02 +0000\n";
        const OWN: &str = "From: a@phish.example\nTo: ann@contoso.example\n";
        const ORGANIZATION: &str = "X-MS-Exchange-Organization-AuthAs: Anonymous\n";
        const STAMPS: &str = "X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;H:mta.phish.example;IPV:CAL;SFV:SKN;CAT:NONE;DIR:INB;\nX-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;dest:I;\n";
        let certainty = |headers: &str, detail| {
            let message = Message::parse(&Arc::from("t.eml"), headers.as_bytes());
            let diagnosis = Diagnosis::of(Case::from_message(&message), detail);
            let mut allows = diagnosis.findings.iter().filter(|one| one.role == Role::Allow);
            (diagnosis.outcome_certainty, allows.next().map(|allow| allow.certainty))
        };
        for detail in [Detail::Full, Detail::Line] {
            let (outcome, allow) = certainty(&[EDGE, OWN, ORGANIZATION, STAMPS].concat(), detail);
            assert_eq!(outcome, Certainty::Proven);
            assert!(allow > Some(Certainty::Possible));
            let planted = certainty(&[EDGE, STAMPS, OWN, ORGANIZATION].concat(), detail);
            assert_eq!(planted, (Certainty::Possible, Some(Certainty::Possible)));
        }
    }
}
