//! One row, lent to the fold: cells are decoded when they are asked for, and not before.

use super::cell::{Cells, Scratch};
use super::columns::Field;
use super::dates::{self, DateOrder, Timestamp};
use super::format::Format;
use super::report::Refusal;
use super::table::{IdCells, Table};
use crate::fact::{Citation, Evidence, Place};
use std::borrow::Cow;
use std::sync::Arc;

/// One row of a table.
#[derive(Debug)]
pub struct Row<'a> {
    /// The export it belongs to.
    pub format: Format,
    /// Path as the user named it, `-` for standard input, `a.zip:b.csv` for a member.
    pub source: &'a Arc<str>,
    /// Number of the record within the source, from 1; headers, directives and blank lines are not
    /// counted.
    pub number: u64,
    /// Where the record begins in the source, in bytes; `None` where the source has no such place
    /// (JSON).
    pub offset: Option<u64>,
    pub(super) table: &'a Table,
    pub(super) cells: Cells<'a>,
    pub(super) scratch: &'a Scratch,
}

impl Row<'_> {
    /// The cell of `field`, unquoted; `None` where the table has no such column, the cell is empty,
    /// or it holds only the name of a .NET collection type (`System.String[]`: content lost in the
    /// export).
    ///
    /// Costs nothing for columns that nobody asks for; borrows from the file's block unless quotes
    /// are doubled in the cell or its charset must be decoded.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        let slot = self.table.slot(field)?;
        self.cells.get(slot, self.scratch)
    }

    /// A few neighbouring cells with the message's ids among them, and which these are: rows of one format
    /// with the same there are of the same message. `None` where the ids do not stand together, or
    /// cells must be decoded.
    pub(super) fn ids(&self) -> Option<(IdCells, &str)> {
        let ids = self.table.ids()?;
        Some((ids, self.cells.stretch(ids.first(), ids.last())?))
    }

    /// Whether the table has a column for `field`.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.table.slot(field).is_some()
    }

    /// The header cell of `field`, spelled as in the file.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<&str> {
        self.table.name(field)
    }

    /// The moment in the cell of `field`; `None` where [`Row::get`] has none or the cell holds
    /// .NET's unset date (year 1).
    ///
    /// # Errors
    ///
    /// A [`Refusal`] that names the cell where it holds no date.
    pub fn time(&self, field: Field) -> Option<Result<Timestamp, Refusal>> {
        let time = self.time_with(field, dates::parse)?;
        Some(time.ok_or_else(|| self.refuse(field, "a date and time")))
    }

    /// What `parse` makes of the moment in the cell of `field`; `None` as with [`Row::time`].
    pub(super) fn time_with(
        &self,
        field: Field,
        parse: impl FnOnce(&str, DateOrder) -> Option<Timestamp>,
    ) -> Option<Option<Timestamp>> {
        let text = self.get(field)?;
        (!dates::is_unset(text)).then(|| parse(text, self.table.order))
    }

    /// The row's own words in `field`, as evidence.
    #[must_use]
    pub fn evidence(&self, field: Field) -> Option<Citation> {
        let (name, value) = (self.column(field)?, self.get(field)?);
        let place = Place::Row(self.number);
        Some(Evidence::new(self.source, place, Cow::Owned(name.to_owned()), value).into())
    }

    /// A refusal of this row for what `field` holds.
    #[must_use]
    pub fn refuse(&self, field: Field, expected: impl Into<Cow<'static, str>>) -> Refusal {
        let column = self.column(field).map_or_else(|| format!("{field:?}"), str::to_owned);
        Refusal::new(self.source, self.number, column, self.get(field).unwrap_or(""), expected)
    }
}

/// `text` without blanks around it: cells rarely have any, and then a look at both ends tells.
pub(super) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [one] | [one, .., _] if !one.is_ascii_graphic() => text.trim(),
        [.., last] if !last.is_ascii_graphic() => text.trim(),
        _ => text,
    }
}
