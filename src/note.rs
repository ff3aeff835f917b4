//! What is to be said of an input that was read all the same.

use crate::error::Error;
use std::fmt;
use std::sync::Arc;

/// One remark, told in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Path of the input that it is about, as the user named it; `None` where it is about all of them.
    pub about: Option<Arc<str>>,
    /// The remark.
    pub text: String,
    /// What it gives as an example.
    pub example: Option<Error>,
}

impl Note {
    /// A remark on one input.
    pub fn on(path: &Arc<str>, text: impl Into<String>) -> Self {
        Note { about: Some(Arc::clone(path)), text: text.into(), example: None }
    }

    /// A remark on everything.
    pub fn general(text: impl Into<String>) -> Self {
        Note { about: None, text: text.into(), example: None }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.about {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.text)?;
        self.example.as_ref().map_or(Ok(()), |example| write!(f, "{example}"))
    }
}
