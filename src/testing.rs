//! What unit tests build cases from.

use crate::case::{Case, Envelope, Landing, Verdict};
use crate::fact::{Evidence, Fact, Place};
use crate::finding::{Certainty, Outcome};
use std::sync::Arc;

/// A fact of a source that does not matter.
pub(crate) fn fact<T>(value: T) -> Fact<T> {
    let evidence = Evidence::new(&Arc::from("test"), Place::Whole, "test", "");
    Fact::new(value, &Arc::new(evidence))
}

/// A case that knows nothing.
pub(crate) fn bare_case() -> Case<'static> {
    Case {
        message: None,
        journey: None,
        links: None,
        tenant: None,
        campaign: None,
        recipient: None,
        verdict: Verdict::default(),
        envelope: Envelope::default(),
        landing: Landing {
            outcome: Outcome::Unknown,
            certainty: Certainty::Possible,
            evidence: Vec::new(),
            because: String::new(),
            contradictions: Vec::new(),
        },
    }
}
