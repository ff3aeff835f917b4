//! The page of one message: its verdict, then all that explains it.

use super::{details, value};
use crate::diagnosis::Diagnosis;
use crate::report::escape::clip;
use crate::report::words;
use maud::{Markup, html};

pub(super) fn title(diagnosis: &Diagnosis) -> String {
    let subject = diagnosis.message.subject.as_deref().unwrap_or("a message");
    format!("{}: {}", words::outcome_title(diagnosis.outcome), clip(subject, 80))
}

pub(super) fn body(diagnosis: &Diagnosis) -> Markup {
    html! {
        main class="one" {
            header class={ "verdict tone-" (diagnosis.outcome.name()) } {
                p class="eyebrow" { "Where it ended" }
                h1 {
                    (words::outcome_title(diagnosis.outcome)) " "
                    (details::certainty(diagnosis.outcome_certainty))
                }
                p class="headline" { (value(&diagnosis.headline)) }
                @if !diagnosis.outcome_because.is_empty() {
                    p class="because" { (value(&diagnosis.outcome_because)) }
                }
                (identity(diagnosis))
            }
            (details::all(diagnosis))
        }
    }
}

/// Who sent what to whom.
pub(super) fn identity(diagnosis: &Diagnosis) -> Markup {
    html! {
        dl class="identity" {
            @for (name, text) in words::identity(diagnosis) {
                div { dt { (name) } dd { (value(text)) } }
            }
        }
    }
}
