//! Entries of an exported address list: which of them a command may take off.

use super::powershell_text;
use crate::tenant::address::{AddressList, AddressRange, Entry};

/// The entries that share an address with a range.
#[derive(Debug, Clone)]
pub struct ListedEntries<'a> {
    /// Those that hold nothing but addresses of the range.
    pub own: Vec<&'a Entry>,
    /// Those that hold other addresses too: to take them off would hit somebody else.
    pub wider: Vec<&'a Entry>,
}

impl<'a> ListedEntries<'a> {
    /// The entries of `list` that share an address with `range`.
    pub fn of(list: &'a AddressList, range: &AddressRange) -> Self {
        let sharing = list.entries().iter().filter(|entry| entry.range.overlaps(range));
        let (own, wider) = sharing.partition(|entry| range.covers(&entry.range));
        ListedEntries { own, wider }
    }

    /// Whether the list has none.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.wider.is_empty()
    }

    /// The own ones as the members of a PowerShell array.
    pub fn own_members(&self) -> String {
        let quoted = self.own.iter().map(|entry| powershell_text(&entry.raw, "<entry>"));
        quoted.collect::<Vec<_>>().join(",")
    }

    /// What to do about the wider ones, where there are any.
    pub fn advice(&self, range: &AddressRange) -> Option<String> {
        let named: Vec<String> =
            self.wider.iter().map(|entry| format!("`{}`", entry.raw)).collect();
        let (noun, verb, them) = match named.len() {
            0 => return None,
            1 => ("entry", "covers", "it"),
            _ => ("entries", "cover", "them"),
        };
        let covered = if self.wider.iter().all(|entry| entry.range.covers(range)) {
            range.to_string()
        } else {
            format!("a part of {range}")
        };
        Some(format!(
            "{noun} {} {verb} {covered}: replace {them} with ranges that leave {range} out",
            named.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(list: &[&str], range: &str) -> (String, Option<String>) {
        let list = AddressList::new(list.iter().copied());
        let range = AddressRange::parse(range).unwrap();
        let found = ListedEntries::of(&list, &range);
        (found.own_members(), found.advice(&range))
    }

    #[test]
    fn only_entries_inside_the_range_may_be_taken_off() {
        let (own, told) = advice(&["203.0.113.10", "198.51.100.1"], "203.0.113.10");
        assert_eq!((own.as_str(), told), ("'203.0.113.10'", None));
        let (own, told) = advice(&["203.0.113.10", "203.0.113.12"], "203.0.113.8/29");
        assert_eq!((own.as_str(), told), ("'203.0.113.10','203.0.113.12'", None));
        let (own, told) = advice(&["198.51.100.1"], "203.0.113.10");
        assert_eq!((own.as_str(), told), ("", None));
    }

    #[test]
    fn a_wider_entry_is_to_be_replaced() {
        for wide in ["203.0.113.0/24", "203.0.113.8-203.0.113.15"] {
            let (own, told) = advice(&["203.0.113.10", wide], "203.0.113.10");
            assert_eq!(own, "'203.0.113.10'");
            let expected = format!(
                "entry `{wide}` covers 203.0.113.10: replace it with ranges that leave 203.0.113.10 out"
            );
            assert_eq!(told, Some(expected));
        }
        let (_, told) = advice(&["203.0.113.0/28", "203.0.113.0/24"], "203.0.113.10");
        assert!(
            told.unwrap().starts_with("entries `203.0.113.0/28`, `203.0.113.0/24` cover 203.0")
        );
        let (own, told) = advice(&["203.0.113.8-203.0.113.20"], "203.0.113.16/28");
        assert_eq!(own, "");
        assert!(told.unwrap().contains("covers a part of 203.0.113.16/28"));
    }
}
