//! Which export a table is: told by the set of its header names, never by its file name
//! (`trace-formats.md §0`).
//!
//! To add an export: one file in `formats/` with its `Definition`, and its line in
//! `formats::ALL`. The reader does not know formats.

use super::columns::Field;
use super::formats;
use std::fmt;

/// An export whose rows are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// Enhanced summary of Exchange Online: one row per message (§1).
    EnhancedSummary,
    /// Extended report of Exchange Online: one row per event (§2).
    Extended,
    /// `Get-MessageTrace`, `Get-MessageTraceV2` and their Graph twin: one row per recipient (§3).
    MessageTrace,
    /// `Get-MessageTraceDetail`, `…V2` and their Graph twin: one row per event (§4).
    MessageTraceDetail,
    /// `MSGTRK*.LOG` of an Exchange server (§5).
    TrackingLog,
    /// `Get-MessageTrackingLog` (§6).
    TrackingLogCmdlet,
    /// Advanced hunting `EmailEvents` (§10).
    EmailEvents,
    /// Advanced hunting `EmailPostDeliveryEvents` (§10).
    EmailPostDeliveryEvents,
    /// Advanced hunting `EmailUrlInfo` (§10).
    EmailUrlInfo,
    /// Advanced hunting `UrlClickEvents` (§10).
    UrlClickEvents,
    /// Threat Explorer's export (§11).
    Explorer,
    /// Quarantine list of the portal or `Get-QuarantineMessage` (§12).
    Quarantine,
    /// GoPhish results: one row per person (§13).
    GophishResults,
    /// GoPhish events: one row per event of a person (§13).
    GophishEvents,
    /// KnowBe4 recipients (§13).
    KnowBe4,
    /// Any table with a column of addresses: who was to get the simulation (§13).
    Recipients,
}

impl Format {
    /// Name for users: `Extended report`.
    #[must_use]
    pub fn name(self) -> &'static str {
        formats::ALL.iter().find(|d| d.format == self).map_or("table", |d| d.name)
    }

    /// Whether rows are people that a message was meant for, not messages that were seen.
    #[must_use]
    pub fn is_expectation(self) -> bool {
        matches!(
            self,
            Format::GophishResults | Format::GophishEvents | Format::KnowBe4 | Format::Recipients
        )
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of one export.
#[derive(Debug)]
pub(super) struct Definition {
    /// Which one.
    pub(super) format: Format,
    /// Name for users.
    pub(super) name: &'static str,
    /// Sets of column names; a header that has all names of one set may be this export.
    pub(super) marks: &'static [&'static [&'static str]],
    /// Column names, [`plain`], and what each one is.
    pub(super) columns: &'static [(&'static str, Field)],
    /// Numbers of rows at which the export is cut without a word (§1, §3).
    pub(super) cut_at: &'static [u64],
    /// Whether the export itself writes ISO dates, so that others tell of a detour through a
    /// spreadsheet (§17).
    pub(super) iso_dates: bool,
    /// What a reader of every such export must know.
    pub(super) caveat: Option<&'static str>,
}

impl Definition {
    /// The canonical column of a header cell.
    pub(super) fn field(&self, name: &str) -> Option<Field> {
        let name = plain(name);
        self.columns.iter().find(|(alias, _)| *alias == name).map(|(_, field)| *field)
    }

    /// How many of `names` are known, if one of the marks is complete.
    fn fits(&self, names: &[String]) -> Option<usize> {
        let has = |wanted: &&str| names.iter().any(|name| name == wanted);
        let marked = self.marks.iter().any(|set| set.iter().all(has));
        marked.then(|| {
            names.iter().filter(|name| self.columns.iter().any(|(alias, _)| alias == name)).count()
        })
    }
}

/// Columns that no list of people has. A trace without the columns that tell which one it is must not be
/// taken for the people of whom rows are then missing.
const OF_MAIL: [&str; 6] = [
    "senderaddress",
    "messageid",
    "messagetraceid",
    "networkmessageid",
    "internetmessageid",
    "eventid",
];

/// The export with these header cells: of those whose marks are complete, the one that knows most
/// columns, the earlier one of two equals.
pub(super) fn recognise<'n>(
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'static Definition> {
    let names: Vec<String> = names.into_iter().map(plain).collect();
    let is_mail = names.iter().any(|name| OF_MAIL.contains(&&**name));
    let mut best: Option<(usize, &'static Definition)> = None;
    for definition in formats::ALL {
        if is_mail && definition.format == Format::Recipients {
            continue;
        }
        if let Some(known) = definition.fits(&names)
            && best.is_none_or(|(most, _)| known > most)
        {
            best = Some((known, definition));
        }
    }
    best.map(|(_, definition)| definition)
}

/// The export that has columns, or JSON rows with properties, of these names.
#[must_use]
pub fn of_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<Format> {
    recognise(names).map(|definition| definition.format)
}

/// A header cell without what differs between spellings of one name: case, blanks, `-`, `_`,
/// stray quotes, byte order mark.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
