//! Cases from traces, and traces joined to a message's own headers.

use super::{Case, Landing, Verdict};
use crate::fact::Fact;
use crate::finding::{Certainty, Outcome};
use crate::message::Envelope;
use crate::trace::Journey;
use std::borrow::Cow;

impl<'a> Case<'a> {
    /// The case of one (message, recipient) that only traces know.
    pub fn from_journey(journey: &'a Journey) -> Self {
        Case {
            message: None,
            journey: Some(journey),
            links: None,
            attached: None,
            tenant: None,
            campaign: None,
            in_brief: false,
            recipient: journey.recipient.clone(),
            verdict: journey.verdict.clone(),
            envelope: Cow::Borrowed(&journey.envelope),
            landing: Landing::from_journey(journey),
            source: None,
        }
    }

    /// Joins what traces say to a case that a message's headers began. The headers' word stands; the
    /// trace fills what they leave open and tells what came after them.
    #[must_use]
    pub fn with_journey(mut self, journey: &'a Journey) -> Self {
        // without a row the message itself tells more than the platform's list
        if journey.traced {
            self.landing = self.landing.joined(Landing::from_journey(journey));
        }
        self.landing.contradictions.extend(self.verdict.against(&journey.verdict));
        self.verdict.fill(&journey.verdict);
        self.envelope.to_mut().fill(&journey.envelope);
        fill(&mut self.recipient, &journey.recipient);
        self.journey = Some(journey);
        self
    }
}

fn fill<T: Clone>(slot: &mut Option<T>, other: &Option<T>) {
    if slot.is_none() {
        slot.clone_from(other);
    }
}

impl Verdict {
    fn fill(&mut self, other: &Verdict) {
        fill(&mut self.sfv, &other.sfv);
        fill(&mut self.cat, &other.cat);
        fill(&mut self.ipv, &other.ipv);
        fill(&mut self.scl, &other.scl);
        fill(&mut self.bcl, &other.bcl);
        fill(&mut self.bulk, &other.bulk);
        fill(&mut self.sfty, &other.sfty);
        fill(&mut self.direction, &other.direction);
        fill(&mut self.connecting_ip, &other.connecting_ip);
        fill(&mut self.country, &other.country);
        fill(&mut self.language, &other.language);
        fill(&mut self.helo, &other.helo);
        fill(&mut self.ptr, &other.ptr);
    }

    /// What headers and trace say differently.
    fn against(&self, traced: &Verdict) -> Vec<String> {
        let mut sentences = Vec::new();
        let mut compare = |name: &str, ours: Option<String>, theirs: Option<String>| {
            if let (Some(ours), Some(theirs)) = (ours, theirs)
                && !ours.eq_ignore_ascii_case(&theirs)
            {
                sentences.push(format!("the header says {name}:{ours}, the trace {name}={theirs}"));
            }
        };
        compare("SFV", told(&self.sfv), told(&traced.sfv));
        compare("CAT", told(&self.cat), told(&traced.cat));
        compare("IPV", told(&self.ipv), told(&traced.ipv));
        sentences
    }
}

fn told<T: ToString>(fact: &Option<Fact<T>>) -> Option<String> {
    fact.as_ref().map(|fact| fact.value.to_string())
}

impl Envelope {
    /// Fills what is open.
    pub(crate) fn fill(&mut self, other: &Envelope) {
        fill(&mut self.message_id, &other.message_id);
        fill(&mut self.network_message_id, &other.network_message_id);
        fill(&mut self.subject, &other.subject);
        fill(&mut self.from, &other.from);
        fill(&mut self.mail_from, &other.mail_from);
        fill(&mut self.date, &other.date);
        fill(&mut self.tenant_id, &other.tenant_id);
    }
}

impl Landing {
    /// The landing of headers and the landing of traces in one.
    fn joined(self, traced: Landing) -> Landing {
        let in_mailbox = |outcome| {
            matches!(
                outcome,
                Outcome::Inbox | Outcome::Junk | Outcome::CustomFolder | Outcome::Delivered
            )
        };
        let trace_tells_more = match traced.outcome {
            Outcome::Unknown => false,
            // what came after delivery is in no header
            Outcome::Removed => true,
            // a place that no header can show
            _ if self.certainty < Certainty::Proven => {
                traced.certainty >= self.certainty
                    && !(traced.outcome == Outcome::Delivered && in_mailbox(self.outcome))
            }
            _ => false,
        };
        let (mut kept, other) = if trace_tells_more { (traced, self) } else { (self, traced) };
        let agree = kept.outcome == other.outcome
            || matches!(other.outcome, Outcome::Unknown | Outcome::Delivered)
            || kept.outcome == Outcome::Removed && in_mailbox(other.outcome)
            || other.certainty < Certainty::Proven;
        if !agree {
            kept.contradictions.push(format!(
                "{} ({}), yet {} ({})",
                kept.because, kept.outcome, other.because, other.outcome
            ));
        }
        kept.contradictions.extend(other.contradictions);
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::trace::statement::{Kind, Statement};
    use std::sync::Arc;

    const REPORT: &str =
        "X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;H:mx.sim.example;DIR:INB;";

    fn journey(statements: &[(Kind, &str)]) -> Journey {
        Journey::assemble(
            statements.iter().map(|(kind, value)| Statement::test(*kind, value)).collect(),
        )
    }

    #[test]
    fn headers_stand_and_the_trace_fills_what_they_leave_open() {
        let headers = format!(
            "{REPORT}SFV:NSPM;\nX-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;dest:I;\n"
        );
        let message = Message::parse(&Arc::from("a.eml"), headers.as_bytes());
        let rows = journey(&[(Kind::Event, "deliver"), (Kind::Sfv, "NSPM"), (Kind::Cat, "NONE")]);
        let case = Case::from_message(&message).with_journey(&rows);
        assert_eq!(
            (case.landing.outcome, case.landing.certainty),
            (Outcome::Inbox, Certainty::Proven)
        );
        assert_eq!(case.landing.contradictions, Vec::<String>::new());
        assert_eq!(told(&case.verdict.cat).as_deref(), Some("NONE"));
    }

    #[test]
    fn what_came_after_delivery_is_the_traces_word() {
        let headers = format!(
            "{REPORT}SFV:NSPM;\nX-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;dest:I;\n"
        );
        let message = Message::parse(&Arc::from("a.eml"), headers.as_bytes());
        let rows = journey(&[(Kind::PostDelivery, "Phish ZAP|SpecialAction|Success|Quarantine")]);
        let case = Case::from_message(&message).with_journey(&rows);
        assert_eq!(case.landing.outcome, Outcome::Removed);
        assert!(case.landing.contradictions.is_empty());
    }

    #[test]
    fn a_verdict_that_differs_is_told() {
        let message =
            Message::parse(&Arc::from("a.eml"), format!("{REPORT}SFV:NSPM;\n").as_bytes());
        let rows =
            journey(&[(Kind::Event, "deliver"), (Kind::Folder, "JunkEmail"), (Kind::Sfv, "SPM")]);
        let case = Case::from_message(&message).with_journey(&rows);
        assert_eq!(case.landing.outcome, Outcome::Junk);
        assert_eq!(case.landing.contradictions.len(), 1);
    }
}
