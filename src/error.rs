//! What can go wrong with an input: always the path, the place, what was found and what was expected.

use crate::fact::Place;
use std::fmt;
use std::sync::Arc;

/// A failure that a user can act on, told in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to open or read a file.
    #[error("{path}: cannot be read: {reason}")]
    Read {
        /// Path as the user named it.
        path: Arc<str>,
        /// The system's own words.
        reason: String,
    },
    /// A file is of no kind that the command reads.
    #[error("{path}: {found}; expected {expected}")]
    Kind {
        /// Path as the user named it.
        path: Arc<str>,
        /// What the content looks like.
        found: String,
        /// What the command reads.
        expected: String,
    },
    /// A value is not of the form that its format has.
    #[error("{path}{place}: {field}: found {found}, expected {expected}", place = At(.place))]
    Value {
        /// Path as the user named it.
        path: Arc<str>,
        /// Line or row.
        place: Place,
        /// Header, column or property.
        field: String,
        /// What stands there, quoted and cut.
        found: String,
        /// What the format wants there.
        expected: String,
    },
    /// An archive or message goes beyond a limit that keeps memory and time bounded.
    #[error("{path}: {what}; the limit is {limit}")]
    Limit {
        /// Path as the user named it.
        path: Arc<str>,
        /// What is too large, with the number found.
        what: String,
        /// The limit.
        limit: String,
    },
    /// An archive is encrypted and was not opened.
    #[error("{path}: {what}")]
    Locked {
        /// Path as the user named it.
        path: Arc<str>,
        /// What is encrypted, and what to do.
        what: String,
    },
    /// A report could not be written.
    #[error("{path}: cannot be written: {reason}")]
    Write {
        /// Path as the user named it.
        path: Arc<str>,
        /// The system's own words.
        reason: String,
    },
    /// Whoever read the output has gone away: not a failure.
    #[error("output closed")]
    Closed,
    /// The command line or a settings file asks for something that cannot be done.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// What is wrong with a TOML file, with its line and, for a misspelled key, the nearest known one.
    /// `what` names the kind of file.
    pub fn in_toml(path: &Arc<str>, text: &str, what: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let message = error.message();
        let (field, found, expected) = match unknown_key(message) {
            Some((key, expected)) => ("unknown key", format!("`{key}`"), expected),
            None => {
                let (found, expected) =
                    message.split_once(", expected ").unwrap_or((message, "TOML"));
                (what, found.replace('\n', " "), expected.to_owned())
            }
        };
        Error::Value {
            path: Arc::clone(path),
            place: Place::Line(u32::try_from(line).unwrap_or(u32::MAX)),
            field: field.to_owned(),
            found,
            expected,
        }
    }
}

/// The key and what to write instead, out of serde's own words:
/// unknown field `x`, expected one of `a`, `b`.
fn unknown_key(message: &str) -> Option<(&str, String)> {
    let (key, known) = message.strip_prefix("unknown field `")?.split_once('`')?;
    let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(key, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3);
    let expected = match nearest {
        Some((_, name)) => format!("`{name}`? It is the nearest known name"),
        None => format!("one of {}", known.join(", ")),
    };
    Some((key, expected))
}

/// A fallible result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

struct At<'a>(&'a Place);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Place::Line(line) => write!(f, ":{line}"),
            Place::Row(row) => write!(f, ": row {row}"),
            Place::Whole => Ok(()),
        }
    }
}
