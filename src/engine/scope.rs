//! Which messages a configuration is for.
//!
//! A run may hold many tickets, of many tenants: a configuration must never judge another tenant's
//! message. It is for the smallest folder that holds both it and messages; a message is judged by
//! the nearest one above it.

use crate::campaign::Campaign;
use crate::tenant::Tenant;
use std::collections::BTreeSet;

/// A folder by the names on its path; what is inside an archive counts as in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Folder(Vec<Box<str>>);

impl Folder {
    /// The folder that an item with this label is in: `a/b.zip:c/d.eml` is in a, b.zip, c.
    pub(super) fn of(label: &str) -> Self {
        let mut names: Vec<Box<str>> = label
            .split(['/', '\\', ':'])
            .enumerate()
            // A leading separator is a name, the root's; an empty name elsewhere is none.
            .filter(|(at, name)| (*at == 0 || !name.is_empty()) && *name != ".")
            .map(|(_, name)| name.into())
            .collect();
        names.pop();
        Folder(names)
    }

    /// Whether `other` is this folder or below it.
    fn holds(&self, other: &Folder) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The smallest folder at or above this one that holds one of `mail`; the folder above all if there
    /// is none.
    pub(super) fn up_to(mut self, mail: &BTreeSet<Folder>) -> Self {
        // Folders below another sort right behind it.
        while !mail.range(&self..).next().is_some_and(|folder| self.holds(folder)) {
            if self.0.pop().is_none() {
                break;
            }
        }
        self
    }
}

/// What the messages of one folder are judged with.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) folder: Folder,
    pub(super) tenant: Option<Tenant>,
    pub(super) campaign: Option<Campaign>,
}

/// The nearest of `scopes` above an item of which `get` gives something.
pub(super) fn nearest<'a, T>(
    scopes: &'a [Scope],
    label: &str,
    get: impl Fn(&'a Scope) -> Option<&'a T>,
) -> Option<&'a T> {
    if scopes.is_empty() {
        return None;
    }
    let folder = Folder::of(label);
    scopes
        .iter()
        .filter(|scope| scope.folder.holds(&folder))
        .filter_map(|scope| Some((scope.folder.0.len(), get(scope)?)))
        .max_by_key(|(depth, _)| *depth)
        .map(|(_, found)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_for_the_smallest_folder_with_messages() {
        let mail: BTreeSet<Folder> =
            ["t/a/1.eml", "t/b/mails/2.eml", "z.zip:in/3.eml"].map(Folder::of).into();
        let table = [
            ("t/a/tenant.json", "t/a/x"),
            ("t/b/tenant.json", "t/b/x"),
            ("t/b/config/tenant.json", "t/b/x"),
            ("t/tenant.json", "t/x"),
            ("./t/a/tenant.json", "t/a/x"),
            ("z.zip:config/tenant.json", "z.zip/x"),
            ("elsewhere/tenant.json", "x"),
            ("tenant.json", "x"),
        ];
        for (label, item_of_scope) in table {
            assert_eq!(Folder::of(label).up_to(&mail), Folder::of(item_of_scope), "{label}");
        }
    }

    #[test]
    fn the_nearest_configuration_judges_and_a_neighbours_never_does() {
        let scope = |folder: &str, name: &str| Scope {
            folder: Folder::of(folder),
            campaign: Some(Campaign { name: Some(name.into()), ..Campaign::default() }),
            tenant: None,
        };
        let scopes = [scope("t/x", "all"), scope("t/a/x", "a")];
        let name = |label: &str| {
            nearest(&scopes, label, |scope| scope.campaign.as_ref())
                .and_then(|campaign| campaign.name.as_deref())
        };
        assert_eq!(name("t/a/deep/1.eml"), Some("a"));
        assert_eq!(name("t/ab/1.eml"), Some("all"));
        assert_eq!(name("other/1.eml"), None);
    }
}
