//! Where a message is that was let out of quarantine.
//!
//! A release is later than the quarantining by nature: what tells that the message was put there
//! (status, folder, first location) says nothing of now. What may be newer, the location that hunting
//! shows now and the quarantine list itself, is weighed against it. No row dates these, so that none of
//! this is proven.

use super::journey::{folder, held, hunted, say};
use crate::case::Landing;
use crate::fact::Citation;
use crate::finding::Certainty::{Likely, Proven};
use crate::finding::Outcome;
use crate::trace::Journey;
use crate::trace::journey::Location;

/// The claims about a message that was let out, as `evidence` shows; the first one stands.
pub(super) fn claims(journey: &Journey, evidence: &Citation) -> Vec<Option<Landing>> {
    let quarantined = |landing: &Landing| landing.outcome == Outcome::Quarantine;
    let (now, still) = match place(journey) {
        Some(Location::Quarantine) => (None, hunted(journey).filter(|_| is_latest(journey))),
        // a blocked message was held, or the release would have found nothing
        None if is_blocked(journey) => (None, None),
        _ => (hunted(journey), None),
    };
    vec![
        let_out_to(journey),
        now,
        folder(journey).filter(|landing| !quarantined(landing)),
        let_out(journey, evidence),
        still,
        held(journey),
    ]
}

/// The place that the row of the release names.
fn let_out_to(journey: &Journey) -> Option<Landing> {
    let action = journey.last_action().filter(|action| action.value.is_release())?;
    let place = action.value.location.as_deref()?;
    let because = format!("{} after delivery, to {place}", action.value.action);
    let (outcome, certainty) = match action.value.place()? {
        // or a folder of the recipient's own
        Location::InboxOrFolder => (Outcome::Inbox, Likely),
        Location::Junk => (Outcome::Junk, Proven),
        _ => return None,
    };
    say(outcome, certainty, &action.evidence, because)
}

fn let_out(journey: &Journey, evidence: &Citation) -> Option<Landing> {
    let by_action = journey.last_action().is_some_and(|action| action.value.is_release());
    let because = if by_action {
        "it was released from quarantine; no row tells the folder"
    } else {
        "the quarantine list shows it as released; no row tells the folder"
    };
    say(Outcome::Delivered, Likely, evidence, because)
}

/// The location that hunting shows, the latest where it shows two.
fn place(journey: &Journey) -> Option<Location> {
    let hunting = &journey.hunting;
    let shown = hunting.latest_location.as_ref().or(hunting.delivery_location.as_ref())?;
    Location::parse(&shown.value)
}

fn is_latest(journey: &Journey) -> bool {
    journey.hunting.latest_location.is_some()
}

fn is_blocked(journey: &Journey) -> bool {
    let action = journey.hunting.delivery_action.as_ref();
    action.is_some_and(|action| action.value.eq_ignore_ascii_case("blocked"))
}
