//! The simulation platform's own record of a person, and what its words tell (`trace-formats.md` §13).

use super::dates::Timestamp;
use super::journey::Journey;
use crate::fact::Citation;

/// One status or event of the simulation platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformStep {
    /// Its word: `Email Sent`, `Error Sending Email`, `Clicked Link` ….
    pub word: Box<str>,
    /// When.
    pub at: Option<Timestamp>,
    /// Where it stands.
    pub evidence: Citation,
}

/// A platform's words for what follows an open, or comes of a scanner.
const OPENED: [&str; 8] = [
    "Submitted Data",
    "Submitted",
    "Clicked Link",
    "Clicked",
    "Email Opened",
    "Opened",
    "Email Reported",
    "Reported",
];

/// Whether a platform's word is of what happened after the delivery.
pub(super) fn is_after_delivery(word: &str) -> bool {
    OPENED.iter().any(|known| word.eq_ignore_ascii_case(known))
}

impl PlatformStep {
    /// Whether it says that the platform gave up, rather than that it is not done yet.
    pub fn is_final(&self) -> bool {
        ["Error", "Error Sending Email", "Bounced"]
            .iter()
            .any(|word| self.word.eq_ignore_ascii_case(word))
    }
}

impl Journey {
    /// What shows that the message was opened: by its reader, or by a scanner.
    pub fn opened(&self) -> Option<&PlatformStep> {
        self.platform_says(&OPENED)
    }

    /// The simulation platform's word that it did not get rid of the message; its last word counts.
    pub fn not_sent(&self) -> Option<&PlatformStep> {
        const NEVER_SENT: [&str; 8] = [
            "Scheduled",
            "Scheduling",
            "Queued",
            "Sending",
            "Retrying",
            "Error",
            "Error Sending Email",
            "Bounced",
        ];
        let last = self.platform.last()?;
        NEVER_SENT.iter().any(|word| last.word.eq_ignore_ascii_case(word)).then_some(last)
    }

    /// Whether the simulation platform was refused in the end: it gave up, or was given a refusal that no
    /// word of a success follows. One that is still trying was not.
    pub fn was_refused(&self) -> bool {
        let got_through = |step: &PlatformStep| {
            let sent = ["Email Sent", "Sent", "Delivered"];
            is_after_delivery(&step.word)
                || sent.iter().any(|word| step.word.eq_ignore_ascii_case(word))
        };
        let told_so = || {
            let mut answers = self.answers.iter().map(|answer| &answer.value);
            answers.any(|answer| answer.by_platform && answer.class() == Some(5))
        };
        self.not_sent().is_some_and(PlatformStep::is_final)
            || !self.platform.last().is_some_and(got_through) && told_so()
    }

    /// Whether the simulation platform's record has one of these words, in any case.
    pub fn platform_says(&self, words: &[&str]) -> Option<&PlatformStep> {
        self.platform
            .iter()
            .find(|step| words.iter().any(|word| step.word.eq_ignore_ascii_case(word)))
    }
}
