//! What traces say, found again for each message by its identifiers and recipient
//! (`trace-formats.md §0`).

use crate::campaign::Campaign;
use crate::landing::follow;
use crate::message::{Envelope, Identity};
use crate::trace::Journey;
use crate::trace::collect::Collector;
use crate::trace::expected::DAY;
use crate::trace::identity::address_key;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The journeys of a run, and which of them some message belongs to.
#[derive(Debug, Default)]
pub struct Journeys {
    all: Vec<Journey>,
    joined: Vec<AtomicBool>,
    by_message: HashMap<Box<str>, Vec<usize>>,
    by_network: HashMap<Box<str>, Vec<usize>>,
    /// Expected recipients that no row is about.
    expected: HashMap<String, usize>,
}

impl Journeys {
    /// The journeys of what was collected; `campaign` gives the campaign of a source.
    pub(super) fn new<'c>(
        collector: Collector,
        campaign: &dyn Fn(&str) -> Option<&'c Campaign>,
    ) -> Self {
        let mut all = collector.finish_with(campaign);
        follow(&mut all);
        let mut journeys = Journeys {
            joined: all.iter().map(|_| AtomicBool::new(false)).collect(),
            ..Journeys::default()
        };
        for (at, journey) in all.iter().enumerate() {
            let envelope = &journey.envelope;
            if let Some(id) = &envelope.message_id {
                journeys.by_message.entry(id.value.clone()).or_default().push(at);
            }
            if let Some(id) = &envelope.network_message_id {
                journeys.by_network.entry(id.value.clone()).or_default().push(at);
            }
            if !journey.traced
                && let Some(key) = recipient(journey)
            {
                journeys.expected.insert(key, at);
            }
        }
        journeys.all = all;
        journeys
    }

    /// The journey of this message to its recipient. A message that does not tell its recipient has
    /// one where the traces know only one.
    pub(super) fn of(&self, identity: &Identity) -> Option<&Journey> {
        let id = |fact: &Option<crate::fact::Fact<Box<str>>>,
                  map: &HashMap<Box<str>, Vec<usize>>| {
            map.get(&fact.as_ref()?.value).cloned()
        };
        let known = id(&identity.envelope.message_id, &self.by_message)
            .or_else(|| id(&identity.envelope.network_message_id, &self.by_network))
            .unwrap_or_default();
        let at = match &identity.recipient {
            Some(address) => {
                let mut key = String::new();
                address_key(&address.value, &mut key);
                let same = |at: &usize| recipient(&self.all[*at]).as_ref() == Some(&key);
                let expected = self.expected.get(&key).copied();
                let expected = expected.filter(|at| may_be(&self.all[*at], &identity.envelope));
                known.into_iter().find(same).or(expected)
            }
            None => known.first().copied().filter(|_| known.len() == 1),
        }?;
        self.joined[at].store(true, Relaxed);
        Some(&self.all[at])
    }

    /// The journeys that no message was found for, in the order of their rows.
    pub(super) fn alone(&self) -> impl Iterator<Item = &Journey> {
        let joined = self.joined.iter().map(|joined| joined.load(Relaxed));
        self.all.iter().zip(joined).filter(|(_, joined)| !joined).map(|(journey, _)| journey)
    }
}

/// Whether a message may be the one that the record of an expected recipient is about: it is there, so
/// that it was not refused, and it was written on the day of the sending.
fn may_be(record: &Journey, message: &Envelope) -> bool {
    let written = message.date.as_ref().map(|date| date.value.seconds());
    let apart = record
        .sent
        .zip(written)
        .map(|(sent, written)| written.saturating_mul(1_000_000).abs_diff(sent.0));
    !record.was_refused() && apart.is_none_or(|apart| apart <= DAY.unsigned_abs())
}

fn recipient(journey: &Journey) -> Option<String> {
    let mut key = String::new();
    address_key(&journey.recipient.as_ref()?.value, &mut key);
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::trace::reader::{self, Body, Input};

    fn journeys(table: &str) -> anyhow::Result<Journeys> {
        let body = Body::Bytes(table.as_bytes());
        let (collector, _) = reader::read(
            vec![Input { source: "t.csv".into(), body }],
            &reader::Options::default(),
            Collector::default,
            |collector: &mut Collector, row| collector.row(row),
            std::convert::identity,
            Collector::merge,
        )?;
        Ok(Journeys::new(collector, &|_| None))
    }

    fn identity(headers: &str) -> Identity {
        Message::parse(&"a.eml".into(), headers.as_bytes()).identity
    }

    const TABLE: &str = "Received,RecipientAddress,MessageId,Status\n\
        2024-01-01T00:00:00Z,Ann@contoso.example,<1@phish.example>,Delivered\n\
        2024-01-01T00:00:00Z,bob@contoso.example,<1@phish.example>,Failed\n\
        2024-01-01T00:00:00Z,bob@contoso.example,<2@phish.example>,Failed\n";

    #[test]
    fn a_message_finds_the_row_of_its_own_recipient() -> anyhow::Result<()> {
        let journeys = journeys(TABLE)?;
        let mut ann = identity("Message-ID: <1@phish.example>\n\n");
        ann.recipient = identity_of("ann@contoso.example");
        let found = journeys.of(&ann).and_then(recipient);
        assert_eq!(found.as_deref(), Some("ann@contoso.example"));
        ann.recipient = identity_of("carl@contoso.example");
        assert!(journeys.of(&ann).is_none(), "another recipient's row proves nothing");
        assert_eq!(journeys.alone().count(), 2);
        Ok(())
    }

    #[test]
    fn a_message_without_recipient_joins_only_where_one_is_known() -> anyhow::Result<()> {
        let journeys = journeys(TABLE)?;
        assert!(journeys.of(&identity("Message-ID: <1@phish.example>\n\n")).is_none());
        assert!(journeys.of(&identity("Message-ID: <2@phish.example>\n\n")).is_some());
        Ok(())
    }

    #[test]
    fn an_expected_recipient_with_a_message_is_not_missing() -> anyhow::Result<()> {
        let journeys = journeys("email\nann@contoso.example\nbob@contoso.example\n")?;
        let mut ann = identity("Message-ID: <1@phish.example>\n\n");
        ann.recipient = identity_of("ANN@contoso.example");
        assert!(journeys.of(&ann).is_some_and(|journey| !journey.traced));
        let missing: Vec<_> = journeys.alone().filter_map(recipient).collect();
        assert_eq!(missing, ["bob@contoso.example"]);
        Ok(())
    }

    #[test]
    fn a_message_is_not_the_one_that_was_refused_or_sent_on_another_day() -> anyhow::Result<()> {
        let record = |word: &str| {
            journeys(&format!(
                "campaign_id,email,time,message,details\n1,ann@contoso.example,2026-03-02T08:15:00Z,{word},\n"
            ))
        };
        let table = [
            ("Email Sent", "Mon, 2 Mar 2026 08:14:00 +0000", true),
            ("Email Sent", "Wed, 25 Feb 2026 09:00:00 +0000", false),
            ("Error Sending Email", "Mon, 2 Mar 2026 08:14:00 +0000", false),
        ];
        for (word, date, joins) in table {
            let mut ann = identity(&format!("Message-ID: <1@a.example>\nDate: {date}\n\n"));
            ann.recipient = identity_of("ann@contoso.example");
            assert_eq!(record(word)?.of(&ann).is_some(), joins, "{word} {date}");
        }
        Ok(())
    }

    fn identity_of(address: &str) -> Option<crate::fact::Fact<Box<str>>> {
        use crate::fact::{Evidence, Fact, Place};
        let evidence = Evidence::new(&"a.eml".into(), Place::Line(1), "To", address);
        Some(Fact::new(address.into(), &evidence.into()))
    }
}
