//! Diagnoses that wait until later messages have told their names.

use super::known::Known;
use super::{Redactor, sheet};
use crate::diagnosis::Diagnosis;
use std::collections::VecDeque;

/// Most diagnoses that wait.
const MOST: usize = 1_000;

/// The diagnoses that wait, oldest first, with what each of them names.
pub(super) type Queue = VecDeque<(Diagnosis, Known)>;

impl Redactor {
    /// Takes in the next diagnosis. Once 1,000 wait for the names of later messages it gives back the oldest,
    /// redacted.
    pub fn take(&mut self, diagnosis: Diagnosis) -> Option<Diagnosis> {
        let known = self.learn(&diagnosis);
        self.waiting.push_back((diagnosis, known));
        if self.waiting.len() > MOST { self.rest() } else { None }
    }

    /// The oldest of the diagnoses that still wait, redacted: all there will be has been read.
    pub fn rest(&mut self) -> Option<Diagnosis> {
        let (mut diagnosis, known) = self.waiting.pop_front()?;
        sheet::redact(self, &mut diagnosis, &known.sorted());
        Some(diagnosis)
    }
}
