//! Replaced addresses followed to the final recipient.

use crate::case::Landing;
use crate::trace::Journey;
use crate::trace::identity;
use crate::trace::journey::Followed;
use std::collections::HashMap;

/// Longest chain that is followed: longer ones are loops.
const LONGEST: usize = 16;

type Key = (Option<Box<str>>, String);

/// Tells every journey whose address was replaced where the final recipient's copy ended.
pub fn follow(journeys: &mut [Journey]) {
    if journeys.iter().all(|journey| journey.successor.is_none()) {
        return;
    }
    let places: HashMap<Key, usize> = journeys
        .iter()
        .enumerate()
        .filter_map(|(at, journey)| Some((key(journey, &journey.recipient.as_ref()?.value), at)))
        .collect();
    let ends: Vec<Option<Followed>> =
        journeys.iter().map(|journey| end(journeys, &places, journey)).collect();
    for (journey, end) in journeys.iter_mut().zip(ends) {
        journey.followed = end;
    }
}

fn key(journey: &Journey, address: &str) -> Key {
    let mut recipient = String::new();
    identity::address_key(address, &mut recipient);
    let envelope = &journey.envelope;
    let id = envelope.message_id.as_ref().or(envelope.network_message_id.as_ref());
    (id.map(|id| id.value.clone()), recipient)
}

fn end(journeys: &[Journey], places: &HashMap<Key, usize>, from: &Journey) -> Option<Followed> {
    let mut chain = Vec::new();
    let mut journey = from;
    while let Some(successor) = &journey.successor {
        if chain.len() == LONGEST {
            return None;
        }
        chain.push(successor.value.clone());
        journey = &journeys[*places.get(&key(journey, &successor.value))?];
    }
    let landing = Landing::from_journey(journey);
    (!chain.is_empty()).then_some(Followed {
        chain,
        outcome: landing.outcome,
        certainty: landing.certainty,
        evidence: landing.evidence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::testing::fact;
    use crate::trace::statement::{Kind, Statement};

    fn journey(recipient: &str, statements: &[(Kind, &str)]) -> Journey {
        let all = statements.iter().map(|(kind, value)| Statement::test(*kind, value)).collect();
        let mut journey = Journey::assemble(all);
        journey.recipient = Some(fact(recipient.into()));
        journey.envelope.message_id = Some(fact("m@sim.example".into()));
        journey
    }

    #[test]
    fn a_chain_of_addresses_ends_where_the_last_one_ends() {
        let mut journeys = [
            journey(
                "old@contoso.example",
                &[(Kind::Event, "resolve"), (Kind::Successor, "Mid@contoso.example")],
            ),
            journey(
                "mid@contoso.example",
                &[(Kind::Event, "redirect"), (Kind::Successor, "new@contoso.example")],
            ),
            journey(
                "new@contoso.example",
                &[(Kind::Event, "deliver"), (Kind::Folder, "JunkEmail")],
            ),
        ];
        follow(&mut journeys);
        let landing = Landing::from_journey(&journeys[0]);
        assert_eq!(landing.outcome, Outcome::Junk);
        assert!(landing.because.contains("Mid@contoso.example → new@contoso.example"));
    }

    #[test]
    fn a_loop_of_addresses_ends_nowhere() {
        let mut journeys = [
            journey(
                "a@contoso.example",
                &[(Kind::Event, "redirect"), (Kind::Successor, "b@contoso.example")],
            ),
            journey(
                "b@contoso.example",
                &[(Kind::Event, "redirect"), (Kind::Successor, "a@contoso.example")],
            ),
        ];
        follow(&mut journeys);
        assert_eq!(Landing::from_journey(&journeys[0]).outcome, Outcome::HandedOn);
    }
}
