//! The one sentence that a support engineer pastes into a ticket.

use crate::case::Landing;
use crate::finding::{Certainty, Finding, Outcome, Role};

/// Where it ended and why, each with its certainty.
pub(super) fn write(landing: &Landing, findings: &[Finding]) -> String {
    let place = place(landing);
    match decisive(landing.outcome, findings) {
        Some(finding) => {
            let summary = finding.summary.trim_end_matches('.');
            format!("{place}: {summary} ({}).", surety(finding.certainty))
        }
        None if landing.outcome == Outcome::Unknown => format!("{place}."),
        None if landing.outcome.is_failure() => {
            format!("{place}; what is given does not tell why.")
        }
        None => format!("{place}; what is given does not tell what let it through."),
    }
}

/// The finding that a reader wants first: the cause of a failure, the mechanism of a success, else
/// what changed on the way.
fn decisive(outcome: Outcome, findings: &[Finding]) -> Option<&Finding> {
    let wanted: &[Role] = if outcome.is_failure() || outcome == Outcome::CustomFolder {
        &[Role::Cause, Role::Contributing]
    } else {
        &[Role::Cause, Role::Allow, Role::Contributing]
    };
    wanted.iter().find_map(|role| findings.iter().find(|finding| finding.role == *role))
}

fn place(landing: &Landing) -> String {
    let what = match landing.outcome {
        Outcome::Inbox => "Delivered to the Inbox",
        Outcome::CustomFolder => "Delivered to another folder",
        Outcome::Junk => "Delivered to Junk Email",
        Outcome::Quarantine => "Quarantined",
        Outcome::Rejected => "Rejected",
        Outcome::Dropped => "Dropped without a reply",
        Outcome::Failed => "Not delivered",
        Outcome::Deferred => "Not delivered yet",
        Outcome::Delivered => "Delivered; the folder isn't shown",
        Outcome::HandedOn => "Handed on to another system",
        Outcome::Expanded => "Sent on to the members of a group",
        Outcome::Removed => "Removed after delivery",
        Outcome::NotTraced => "Expected, but in no source given",
        Outcome::Unknown => return format!("Where it ended is unknown: {}", landing.because),
    };
    match landing.certainty {
        Certainty::Proven => what.to_owned(),
        Certainty::Likely => format!("{what} (likely)"),
        Certainty::Possible => format!("{what} (possibly)"),
    }
}

/// How a certainty reads in a sentence.
const fn surety(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Proven => "proven",
        Certainty::Likely => "likely",
        Certainty::Possible => "possible: other causes are not excluded",
    }
}
