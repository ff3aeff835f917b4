//! Where a message ended by traces, hunting and quarantine lists (`trace-formats.md` §1–§4, §7, §8).
//!
//! What is nearest to the mailbox counts first: actions after delivery, the quarantine list, hunting's
//! location, the folder of a detail row; then the last event, then a status. A release ends what
//! quarantine rows say ([`super::release`]). "Delivered" is not the
//! Inbox: junk and quarantine are delivered too. A recipient without a row is missing only where rows
//! were given, and not where the platform shows that the message was opened.

use super::release;
use crate::case::Landing;
use crate::fact::{Citation, Fact};
use crate::finding::{Certainty, Outcome};
use crate::trace::Journey;
use crate::trace::event::Event;
use crate::trace::journey::{Answer, Location, RuleHit, Step, Text};
use std::borrow::Cow;

use Certainty::{Likely, Possible, Proven};

impl Landing {
    /// Where a message ended by the rows about it.
    pub fn from_journey(journey: &Journey) -> Self {
        if !journey.traced {
            return not_traced(journey);
        }
        let now = match journey.release() {
            Some(evidence) => release::claims(journey, evidence),
            None => vec![
                after_delivery(journey),
                held(journey),
                hunted(journey),
                folder(journey),
                status_of(journey, "Quarantined"),
            ],
        };
        // `Quarantined` is told above, or is over
        let status = status(journey).filter(|told| told.outcome != Outcome::Quarantine);
        let rest = [followed(journey), last_event(journey), status, on_the_way(journey)];
        let mut claims = now.into_iter().chain(rest).flatten();
        let Some(mut first) = claims.next() else { return no_final_event(journey) };
        first.contradictions = claims.filter_map(|other| against(&first, &other)).collect();
        first
    }
}

pub(super) fn say(
    outcome: Outcome,
    certainty: Certainty,
    evidence: &Citation,
    because: impl Into<Cow<'static, str>>,
) -> Option<Landing> {
    Some(Landing {
        outcome,
        certainty,
        evidence: vec![evidence.clone()],
        because: because.into(),
        contradictions: Vec::new(),
    })
}

fn not_traced(journey: &Journey) -> Landing {
    let unsent = journey.not_sent();
    let refused = journey
        .answers
        .iter()
        .find(|answer| answer.value.by_platform && answer.value.class() == Some(5));
    let (outcome, certainty, evidence, because) = match (unsent, journey.opened(), refused) {
        (None, Some(step), _) => {
            let rows = if journey.without_trace {
                "no trace was given"
            } else {
                "no row given is about this message"
            };
            let because = format!(
                "{rows}; by the platform's “{}” it reached a reader or a scanner",
                step.word
            );
            (Outcome::Unknown, Possible, Some(&step.evidence), because)
        }
        _ if !journey.without_trace => {
            let because =
                "the recipient was expected, and no row given is about this message for it";
            let first = journey.platform.first().map(|step| &step.evidence);
            (Outcome::NotTraced, Proven, first, because.to_owned())
        }
        (_, _, Some(answer)) => {
            let because = "the platform was given an answer that refuses it".to_owned();
            (Outcome::Rejected, Proven, Some(&answer.evidence), because)
        }
        (Some(step), _, None) => {
            let (outcome, what) = if step.is_final() {
                (Outcome::Failed, "it could not hand the message over")
            } else {
                (Outcome::Deferred, "it has not handed the message over")
            };
            let because = format!("the platform's “{}” tells that {what}", step.word);
            (outcome, Likely, Some(&step.evidence), because)
        }
        _ => {
            let first = journey.platform.first().map(|step| &step.evidence);
            (Outcome::Unknown, Possible, first, "no trace was given".to_owned())
        }
    };
    Landing {
        outcome,
        certainty,
        evidence: evidence.cloned().into_iter().collect(),
        because: because.into(),
        contradictions: Vec::new(),
    }
}

fn no_final_event(journey: &Journey) -> Landing {
    Landing {
        outcome: Outcome::Unknown,
        certainty: Possible,
        evidence: journey.events.last().map(|step| step.evidence.clone()).into_iter().collect(),
        because: "the rows given show no end of the delivery".into(),
        contradictions: Vec::new(),
    }
}

/// ZAP and remediation, unless the message came back.
fn after_delivery(journey: &Journey) -> Option<Landing> {
    let last = journey.last_action()?;
    let what = format!("{} after delivery", last.value.action);
    match last.value.place() {
        Some(Location::InboxOrFolder) if last.value.is_remediation() => {
            say(Outcome::Inbox, Likely, &last.evidence, format!("{what}, to the Inbox or a folder"))
        }
        _ if !last.value.takes_away() => None,
        Some(Location::Junk) => say(Outcome::Junk, Proven, &last.evidence, what),
        _ => say(Outcome::Removed, Proven, &last.evidence, what),
    }
}

pub(super) fn held(journey: &Journey) -> Option<Landing> {
    let quarantine = &journey.quarantine;
    if !quarantine.is_listed() || quarantine.is_released() {
        return None;
    }
    let fact = quarantine.reason.as_ref().or(quarantine.release_status.as_ref());
    let fact = fact.or(quarantine.policy_type.as_ref())?;
    let (certainty, because) = match quarantine.release_status {
        Some(_) => (Proven, "the quarantine list has it"),
        // lists hold what was released, too
        None => (Likely, "the quarantine list has it, without its release status"),
    };
    say(Outcome::Quarantine, certainty, &fact.evidence, because)
}

pub(super) fn hunted(journey: &Journey) -> Option<Landing> {
    let hunting = &journey.hunting;
    let first = hunting.delivery_location.as_ref();
    let latest = hunting.latest_location.as_ref().or(first);
    if let Some(latest) = latest
        && let Some(place) = Location::parse(&latest.value)
    {
        return at_location(journey, first, latest, place);
    }
    let action = hunting.delivery_action.as_ref()?;
    let because = format!("hunting shows the delivery action {}", action.value);
    match action.value.to_ascii_lowercase().as_str() {
        "delivered" | "replaced" => say(Outcome::Delivered, Proven, &action.evidence, because),
        "junked" | "delivered to junk" => say(Outcome::Junk, Proven, &action.evidence, because),
        "blocked" => say(Outcome::Failed, Likely, &action.evidence, because),
        _ => None,
    }
}

fn at_location(
    journey: &Journey,
    first: Option<&Text>,
    latest: &Text,
    place: Location,
) -> Option<Landing> {
    let was = first.and_then(|first| Location::parse(&first.value));
    let was_delivered = matches!(was, Some(Location::InboxOrFolder | Location::Junk));
    let because = format!("hunting shows the location {}", latest.value);
    let (outcome, certainty) = match place {
        Location::InboxOrFolder => {
            let because =
                format!("{because}, which is the Inbox or a folder of the recipient's own");
            return say(Outcome::Inbox, Likely, &latest.evidence, because);
        }
        Location::Quarantine if was_delivered => (Outcome::Removed, Likely),
        Location::Quarantine => (Outcome::Quarantine, Proven),
        Location::Junk => (Outcome::Junk, Proven),
        Location::DeletedItems => (Outcome::Removed, Likely),
        Location::External => (Outcome::HandedOn, Proven),
        Location::Dropped => (Outcome::Dropped, Proven),
        Location::Failed if refusal(journey).is_some() => (Outcome::Rejected, Proven),
        Location::Failed => (Outcome::Failed, Proven),
    };
    say(outcome, certainty, &latest.evidence, because)
}

/// The folder of a detail row. Quarantine is a hidden folder of the mailbox (§4).
pub(super) fn folder(journey: &Journey) -> Option<Landing> {
    // behind its end the detail of a group goes on with the copies of its members
    let folder = journey.folder.as_ref().filter(|_| expansion(journey).is_none())?;
    let because = format!("it was delivered to the folder {}", folder.value);
    let outcome = match folder.value.to_ascii_lowercase().as_str() {
        "inbox" => Outcome::Inbox,
        "junkemail" => Outcome::Junk,
        quarantine if quarantine.starts_with("quarantine") => Outcome::Quarantine,
        _ => Outcome::Delivered,
    };
    say(outcome, Proven, &folder.evidence, because)
}

/// The end of the address that replaced this one.
fn followed(journey: &Journey) -> Option<Landing> {
    let followed = journey.followed.as_ref()?;
    let successor = journey.successor.as_ref()?;
    let chain = followed.chain.join(" → ");
    let mut landing = say(
        followed.outcome,
        followed.certainty.min(Likely),
        &successor.evidence,
        format!("the address was replaced by {chain}, which ended there"),
    )?;
    landing.evidence.extend(followed.evidence.iter().cloned());
    Some(landing)
}

fn last_event(journey: &Journey) -> Option<Landing> {
    let last = journey.last_final()?;
    if let Some(answer) = expansion(journey) {
        let because = "the group was expanded, and its own copy ended";
        return say(Outcome::Expanded, Proven, &answer.evidence, because);
    }
    let at = &last.evidence;
    match last.event {
        Event::Deliver => Some(delivered(journey, last)),
        Event::Fail => failed(journey, last),
        Event::Drop if journey.has(Event::Expand) => {
            say(Outcome::Expanded, Proven, at, "the group was expanded, and its own copy ended")
        }
        Event::Drop => say(Outcome::Dropped, Proven, at, "it was dropped without a reply"),
        Event::SendExternal => say(Outcome::HandedOn, Proven, at, "it was sent to the outside"),
        Event::ModeratorReject => {
            say(Outcome::Rejected, Likely, at, "moderation did not let it through")
        }
        Event::Recall => say(Outcome::Removed, Proven, at, "its sender recalled it"),
        _ => None,
    }
}

fn delivered(journey: &Journey, last: &Step) -> Landing {
    let plain = Landing {
        outcome: Outcome::Delivered,
        certainty: Proven,
        evidence: vec![last.evidence.clone()],
        because: "it was delivered; no row tells the folder, which may be Junk or quarantine"
            .into(),
        contradictions: Vec::new(),
    };
    by_disposition(journey).unwrap_or(plain)
}

/// Where the spam filter meant it to go (§9); `SN` and `SO` are documented both ways.
fn by_disposition(journey: &Journey) -> Option<Landing> {
    let disposition = journey.disposition.as_ref()?;
    let outcome = match disposition.value.to_ascii_uppercase().as_str() {
        "SQ" => Outcome::Quarantine,
        "SJ" => Outcome::Junk,
        "SD" => Outcome::Dropped,
        _ => return None,
    };
    let because = format!("the spam filter's disposition is DI={}", disposition.value);
    say(outcome, Likely, &disposition.evidence, because)
}

fn failed(journey: &Journey, last: &Step) -> Option<Landing> {
    let logged = journey.answers.iter().find(|answer| answer.value.is_deletion());
    if let Some(logged) = logged {
        return say(Outcome::Dropped, Proven, &logged.evidence, "a mail flow rule deleted it");
    }
    // a deleted message has no answer, so that an answer tells of another end
    if let Some(answer) = refusal(journey) {
        return say(Outcome::Rejected, Proven, &answer, "it failed with an answer to the sender");
    }
    let deletes =
        |rule: &&Fact<RuleHit>| !rule.value.is_audit() && rule.value.does("DeleteMessage");
    match journey.rules.iter().find(deletes) {
        Some(rule) => say(Outcome::Dropped, Proven, &rule.evidence, "a mail flow rule deleted it"),
        None => say(Outcome::Failed, Proven, &last.evidence, "it failed"),
    }
}

/// The 5xx answer of a trace row.
fn refusal(journey: &Journey) -> Option<Citation> {
    let refused = |answer: &&Fact<Answer>| {
        !answer.value.by_platform && !answer.value.is_deletion() && answer.value.class() == Some(5)
    };
    journey.answers.iter().find(refused).map(|answer| answer.evidence.clone())
}

/// The answer with which the copy of a group ends.
fn expansion(journey: &Journey) -> Option<&Fact<Answer>> {
    let told = |answer: &&Fact<Answer>| {
        answer.value.code().is_some_and(|code| code.says("resolver.grp.expanded"))
    };
    journey.answers.iter().find(told)
}

fn status_of(journey: &Journey, word: &str) -> Option<Landing> {
    journey.status.as_ref().filter(|status| status.value.eq_ignore_ascii_case(word))?;
    status(journey)
}

/// The status of Get-MessageTrace (§3).
fn status(journey: &Journey) -> Option<Landing> {
    let status = journey.status.as_ref()?;
    let at = &status.evidence;
    let because = format!("the trace's status is {}", status.value);
    match status.value.to_ascii_lowercase().as_str() {
        "delivered" | "deliver" => by_disposition(journey).or_else(|| {
            say(Outcome::Delivered, Likely, at, format!("{because}, which tells no folder"))
        }),
        "quarantined" => say(Outcome::Quarantine, Proven, at, because),
        "failed" | "fail" => match refusal(journey) {
            Some(answer) => say(Outcome::Rejected, Proven, &answer, because),
            None => say(Outcome::Failed, Proven, at, because),
        },
        // junk, or refused, or only marked: three documents, three meanings
        "filteredasspam" => {
            let because =
                format!("{because}: a spam verdict, usually in Junk; a header would tell");
            say(Outcome::Junk, Possible, at, because)
        }
        "pending" | "defer" => say(Outcome::Deferred, Proven, at, because),
        "expanded" | "expand" => say(Outcome::Expanded, Proven, at, because),
        "send" | "transfer" => say(Outcome::HandedOn, Likely, at, because),
        "recalled" => say(Outcome::Removed, Proven, at, because),
        "resolved" | "resolve" => {
            let because =
                format!("{because}: the address was replaced; the new one has its own row");
            say(Outcome::Unknown, Possible, at, because)
        }
        _ => None,
    }
}

/// No end yet: what the last event before it tells.
fn on_the_way(journey: &Journey) -> Option<Landing> {
    if let Some(step) = journey.last(Event::Expand) {
        return say(Outcome::Expanded, Proven, &step.evidence, "the group was expanded");
    }
    if let Some(step) = journey.last(Event::Redirect) {
        return say(
            Outcome::HandedOn,
            Likely,
            &step.evidence,
            "it was redirected to another recipient",
        );
    }
    let waiting = [
        (Event::Moderation, "it waits for a moderator"),
        (Event::Defer, "it was put off, and no later row shows an end"),
        (Event::Throttle, "it was throttled, and no later row shows an end"),
    ];
    for (event, because) in waiting {
        let approved = event == Event::Moderation && journey.has(Event::ModeratorApprove);
        if let Some(step) = journey.last(event).filter(|_| !approved) {
            return say(Outcome::Deferred, Proven, &step.evidence, because);
        }
    }
    let sent = journey.last(Event::Send)?;
    say(Outcome::HandedOn, Likely, &sent.evidence, "it was handed to the next server")
}

/// A sentence where two claims cannot both be the place of delivery.
fn against(first: &Landing, other: &Landing) -> Option<String> {
    use Outcome::{CustomFolder, Delivered, Inbox, Junk, Quarantine, Removed};
    let in_mailbox =
        |outcome| matches!(outcome, Inbox | Junk | CustomFolder | Delivered | Quarantine);
    let agree = first.outcome == other.outcome
        // removed later, or told less exactly
        || first.outcome == Removed && in_mailbox(other.outcome)
        || other.outcome == Delivered && in_mailbox(first.outcome)
        || other.certainty < Proven
        || matches!(other.outcome, Outcome::Unknown | Outcome::Deferred | Outcome::HandedOn | Outcome::Expanded);
    (!agree).then(|| {
        format!("{} ({}), yet {} ({})", first.because, first.outcome, other.because, other.outcome)
    })
}

#[cfg(test)]
mod tests;
