//! One exported object, read property by property, and the macro that declares what an object has.

use super::address::AddressList;
use super::json;
use crate::error::Error;
use crate::fact::{Citation, Evidence, Place};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Where an exported object stands, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// File as the user named it.
    pub source: Arc<str>,
    /// Cmdlet noun, such as `TransportRule`.
    pub noun: &'static str,
    /// `Name` or `Identity` of the object; empty where it has none.
    pub name: Box<str>,
}

impl Origin {
    /// Evidence for one property: `TransportRule.SetSCL` with its raw value.
    pub fn evidence(&self, property: &str, value: &str) -> Citation {
        let field = format!("{}.{property}", self.noun);
        Evidence::new(&self.source, Place::Whole, field, value).into()
    }

    /// Evidence that names the object itself.
    pub fn named(&self) -> Citation {
        self.evidence("Name", &self.name)
    }

    /// Evidence for a list property.
    pub fn list(&self, property: &str, values: &[Box<str>]) -> Citation {
        self.evidence(property, &values.join(", "))
    }
}

/// One exported object while it is read. What has a wrong type becomes a problem and is unknown.
#[derive(Debug)]
pub struct Row<'a> {
    /// Its properties.
    pub map: &'a Map<String, Value>,
    /// File as the user named it.
    pub source: &'a Arc<str>,
    /// Cmdlet noun.
    pub noun: &'static str,
    /// What was wrong so far.
    pub problems: &'a mut Vec<Error>,
}

impl Row<'_> {
    /// Where the object stands.
    pub fn origin(&mut self) -> Origin {
        let name = self.text("Name").or_else(|| self.text("Identity")).unwrap_or_default();
        Origin { source: Arc::clone(self.source), noun: self.noun, name }
    }

    fn read<T>(
        &mut self,
        property: &str,
        expected: &str,
        convert: fn(&Value) -> std::result::Result<T, json::WrongType>,
    ) -> Option<T> {
        let value = json::get(self.map, property)?;
        match convert(value) {
            Ok(value) => Some(value),
            Err(json::WrongType) => {
                self.problems.push(Error::Value {
                    path: Arc::clone(self.source),
                    place: Place::Whole,
                    field: format!("Get-{}, {property}", self.noun),
                    found: json::shown(value),
                    expected: expected.to_owned(),
                });
                None
            }
        }
    }

    /// A text property; `None` where it is absent or null.
    pub fn text(&mut self, property: &str) -> Option<Box<str>> {
        self.read(property, "a string", json::text).flatten()
    }

    /// A list property; empty where it is null, `None` where it is absent.
    pub fn list(&mut self, property: &str) -> Option<Vec<Box<str>>> {
        self.read(property, "a list of strings", json::list)
    }

    /// A list of addresses.
    pub fn addresses(&mut self, property: &str) -> Option<AddressList> {
        self.list(property).map(AddressList::new)
    }

    /// A boolean property.
    pub fn flag(&mut self, property: &str) -> Option<bool> {
        self.read(property, "true or false", json::flag).flatten()
    }

    /// A whole number.
    pub fn number(&mut self, property: &str) -> Option<i64> {
        self.read(property, "a whole number", json::number).flatten()
    }

    /// A date in seconds since 1970-01-01 UTC.
    pub fn date(&mut self, property: &str) -> Option<i64> {
        self.read(property, "a date", json::date).flatten()
    }
}

/// An object that can be read from a row.
pub trait FromRow: Sized {
    /// Reads it; what is missing is `None`.
    fn from_row(row: &mut Row<'_>) -> Self;
}

/// Declares a struct of exported properties: field, kind, property name and its other names.
macro_rules! settings {
    (
        $(#[$doc:meta])*
        $name:ident { $($field:ident: $kind:ident $property:literal $(| $alias:literal)*,)+ }
        $(with { $($(#[$xdoc:meta])* $extra:ident: $type:ty = $make:path,)+ })?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// Where it was read.
            pub origin: $crate::tenant::settings::Origin,
            $(
                #[doc = concat!("`", $property, "`; `None` where it is not exported or not set.")]
                pub $field: settings!(@type $kind),
            )+
            $($($(#[$xdoc])* pub $extra: $type,)+)?
        }

        impl $crate::tenant::settings::FromRow for $name {
            fn from_row(row: &mut $crate::tenant::settings::Row<'_>) -> Self {
                $name {
                    origin: row.origin(),
                    $($field: row.$kind($property)$(.or_else(|| row.$kind($alias)))*,)+
                    $($($extra: $make(row),)+)?
                }
            }
        }
    };
    (@type text) => { Option<Box<str>> };
    (@type list) => { Option<Vec<Box<str>>> };
    (@type addresses) => { Option<$crate::tenant::address::AddressList> };
    (@type flag) => { Option<bool> };
    (@type number) => { Option<i64> };
    (@type date) => { Option<i64> };
}
pub(super) use settings;

/// Whether an optional text equals a word, in any case.
pub fn says(text: &Option<Box<str>>, word: &str) -> bool {
    text.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
}

/// The entries of an optional list; none where it is unknown.
pub fn entries(list: &Option<Vec<Box<str>>>) -> &[Box<str>] {
    list.as_deref().unwrap_or_default()
}
