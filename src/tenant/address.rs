//! IP addresses as the allow and block lists of Exchange Online write them.
//!
//! Forms and limits: `causes.md` §2. An entry is one address, one CIDR range or one dash range. The
//! connection filter's lists take IPv4 only, `/24` to `/32`, at most 256 addresses in a dash range
//! and at most 1,273 entries each; allow beats block.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most entries that the IP Allow List, and the IP Block List, take.
pub const LIST_LIMIT: usize = 1273;
/// From here on `ip-allow-near-limit` warns.
pub const LIST_NEAR_LIMIT: usize = 1250;
/// Most addresses of one dash range.
pub const DASH_LIMIT: u128 = 256;

/// One entry: the addresses from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
    form: Form,
}

/// How an entry was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// `203.0.113.10`
    Single,
    /// `203.0.113.0/26`, with its prefix length.
    Cidr(u8),
    /// `203.0.113.1-203.0.113.5`
    Dash,
}

/// Why a text is no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No address at all.
    #[error("not an IP address, CIDR range or dash range")]
    NotAnAddress,
    /// `/33`, `/129`, `/x`.
    #[error("the prefix length after `/` is not a number from 0 to {0}")]
    Prefix(u8),
    /// `203.0.113.5-203.0.113.1`.
    #[error("the range ends before it begins")]
    Backwards,
    /// `203.0.113.1-2001:db8::1`.
    #[error("the range mixes IPv4 and IPv6")]
    Mixed,
}

impl AddressRange {
    /// Reads one entry; blanks around it and around the dash are ignored.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if let Some((address, prefix)) = text.split_once('/') {
            return Self::cidr(parse_ip(address)?, prefix.trim());
        }
        if let Some((first, last)) = text.split_once('-') {
            return Self::dash(parse_ip(first)?, parse_ip(last)?);
        }
        let ip = parse_ip(text)?;
        Ok(AddressRange { first: ip, last: ip, form: Form::Single })
    }

    /// The range that holds just this address.
    pub fn single(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        AddressRange { first: ip, last: ip, form: Form::Single }
    }

    fn cidr(ip: IpAddr, prefix: &str) -> Result<Self, AddressError> {
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let prefix =
            prefix.parse::<u8>().ok().filter(|p| *p <= most).ok_or(AddressError::Prefix(most))?;
        let (first, last) = match ip {
            IpAddr::V4(v4) => {
                let hosts = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
                let base = u32::from(v4) & !hosts;
                (Ipv4Addr::from(base).into(), Ipv4Addr::from(base | hosts).into())
            }
            IpAddr::V6(v6) => {
                let hosts = u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
                let base = u128::from(v6) & !hosts;
                (Ipv6Addr::from(base).into(), Ipv6Addr::from(base | hosts).into())
            }
        };
        Ok(AddressRange { first, last, form: Form::Cidr(prefix) })
    }

    fn dash(first: IpAddr, last: IpAddr) -> Result<Self, AddressError> {
        if first.is_ipv4() != last.is_ipv4() {
            Err(AddressError::Mixed)
        } else if last < first {
            Err(AddressError::Backwards)
        } else {
            Ok(AddressRange { first, last, form: Form::Dash })
        }
    }

    /// First address.
    pub fn first(&self) -> IpAddr {
        self.first
    }

    /// Last address.
    pub fn last(&self) -> IpAddr {
        self.last
    }

    /// How it was written.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether the address is inside. An IPv4-mapped IPv6 address counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        ip.is_ipv4() == self.first.is_ipv4() && self.first <= ip && ip <= self.last
    }

    /// Whether the two share an address.
    pub fn overlaps(&self, other: &AddressRange) -> bool {
        self.first.is_ipv4() == other.first.is_ipv4()
            && self.first <= other.last
            && other.first <= self.last
    }

    /// Whether every address of `other` is inside.
    pub fn covers(&self, other: &AddressRange) -> bool {
        self.contains(other.first) && self.contains(other.last)
    }

    /// Number of addresses; `u128::MAX` for all of IPv6.
    pub fn count(&self) -> u128 {
        match (self.first, self.last) {
            (IpAddr::V4(a), IpAddr::V4(b)) => u128::from(u32::from(b) - u32::from(a)) + 1,
            (IpAddr::V6(a), IpAddr::V6(b)) => (u128::from(b) - u128::from(a)).saturating_add(1),
            _ => 0,
        }
    }

    /// Why the IP Allow List and the IP Block List refuse this entry, and what to do instead;
    /// `None` when they take it.
    pub fn connection_filter_problem(&self) -> Option<String> {
        if self.first.is_ipv6() {
            return Some(
                "IPv6 is not supported in the connection filter; the Tenant Allow/Block List takes IPv6 addresses, and Advanced Delivery takes them through PowerShell".to_owned(),
            );
        }
        match self.form {
            Form::Cidr(prefix) if prefix < 24 => Some(format!(
                "/{prefix} is outside /24 to /32, the only prefix lengths the connection filter takes; split it into {} ranges of /24",
                1u32 << (24 - u32::from(prefix)).min(24)
            )),
            Form::Dash if self.count() > DASH_LIMIT => Some(format!(
                "a dash range holds at most {DASH_LIMIT} addresses and this one holds {}",
                self.count()
            )),
            _ => None,
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Single => write!(f, "{}", self.first),
            Form::Cidr(prefix) => write!(f, "{}/{prefix}", self.first),
            Form::Dash => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

fn parse_ip(text: &str) -> Result<IpAddr, AddressError> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    text.parse::<IpAddr>().map(|ip| ip.to_canonical()).map_err(|_| AddressError::NotAnAddress)
}

/// An allow or block list: entries with their raw texts, and those that are no entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressList {
    entries: Vec<Entry>,
    /// Indices of `entries` by first address, and for each the index of the one among it and its
    /// predecessors that reaches furthest.
    by_first: Vec<(usize, usize)>,
    /// Entries that could not be read: raw text and why.
    pub unreadable: Vec<(Box<str>, AddressError)>,
}

/// One readable entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As the list writes it.
    pub raw: Box<str>,
    /// What it means.
    pub range: AddressRange,
}

impl AddressList {
    /// The list with these raw entries.
    pub fn new<I, S>(raw: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<Box<str>>,
    {
        let mut entries = Vec::new();
        let mut unreadable = Vec::new();
        for raw in raw {
            let raw: Box<str> = raw.into();
            match AddressRange::parse(&raw) {
                Ok(range) => entries.push(Entry { raw, range }),
                Err(error) => unreadable.push((raw, error)),
            }
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|i| (entries[*i].range.first.is_ipv6(), entries[*i].range.first, *i));
        let mut by_first: Vec<(usize, usize)> = Vec::with_capacity(order.len());
        for i in order {
            let furthest = match by_first.last() {
                Some((_, best)) if !further(&entries[i].range, &entries[*best].range) => *best,
                _ => i,
            };
            by_first.push((i, furthest));
        }
        AddressList { entries, by_first, unreadable }
    }

    /// Readable entries, in the list's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of entries, unreadable ones included.
    pub fn len(&self) -> usize {
        self.entries.len() + self.unreadable.len()
    }

    /// Whether the list has no entry at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An entry that covers the address.
    pub fn covering(&self, ip: IpAddr) -> Option<&Entry> {
        self.overlapping(&AddressRange::single(ip))
    }

    /// An entry that shares an address with the range.
    pub fn overlapping(&self, range: &AddressRange) -> Option<&Entry> {
        let starts_before = self.by_first.partition_point(|(i, _)| {
            let first = self.entries[*i].range.first;
            (first.is_ipv6(), first) <= (range.last.is_ipv6(), range.last)
        });
        let (_, furthest) = *self.by_first.get(starts_before.checked_sub(1)?)?;
        let entry = &self.entries[furthest];
        entry.range.overlaps(range).then_some(entry)
    }

    /// Whether one entry covers every address of the range.
    pub fn covers(&self, range: &AddressRange) -> bool {
        self.entries.iter().any(|entry| entry.range.covers(range))
    }
}

fn further(a: &AddressRange, b: &AddressRange) -> bool {
    (a.last.is_ipv6(), a.last) > (b.last.is_ipv6(), b.last)
}

/// What the connection filter does with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListVerdict<'a> {
    /// On the IP Allow List, by this entry; a block entry for it does not count.
    Allowed(&'a Entry),
    /// On the IP Block List, by this entry.
    Blocked(&'a Entry),
    /// On neither.
    NotListed,
}

/// Allow beats block (`causes.md` §3.1).
pub fn judge<'a>(allow: &'a AddressList, block: &'a AddressList, ip: IpAddr) -> ListVerdict<'a> {
    if let Some(entry) = allow.covering(ip) {
        ListVerdict::Allowed(entry)
    } else if let Some(entry) = block.covering(ip) {
        ListVerdict::Blocked(entry)
    } else {
        ListVerdict::NotListed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn range(text: &str) -> AddressRange {
        AddressRange::parse(text).unwrap()
    }

    #[test]
    fn each_form_covers_its_ends_and_not_their_neighbours() {
        for (entry, first, last, before, after) in [
            ("203.0.113.10", "203.0.113.10", "203.0.113.10", "203.0.113.9", "203.0.113.11"),
            ("203.0.113.64/26", "203.0.113.64", "203.0.113.127", "203.0.113.63", "203.0.113.128"),
            ("203.0.113.70/26", "203.0.113.64", "203.0.113.127", "203.0.113.63", "203.0.113.128"),
            (
                " 203.0.113.1 - 203.0.113.5 ",
                "203.0.113.1",
                "203.0.113.5",
                "203.0.113.0",
                "203.0.113.6",
            ),
            (
                "2001:db8::/64",
                "2001:db8::",
                "2001:db8::ffff:ffff:ffff:ffff",
                "2001:db7::",
                "2001:db8:0:1::",
            ),
            ("2001:db8::1", "2001:db8::1", "2001:db8::1", "2001:db8::", "2001:db8::2"),
        ] {
            let range = range(entry);
            assert!(range.contains(ip(first)) && range.contains(ip(last)), "{entry}");
            assert!(!range.contains(ip(before)) && !range.contains(ip(after)), "{entry}");
        }
    }

    #[test]
    fn whole_families_and_single_hosts_are_cidr_too() {
        assert!(range("0.0.0.0/0").contains(ip("255.255.255.255")));
        assert!(!range("0.0.0.0/0").contains(ip("2001:db8::1")));
        assert_eq!(range("::/0").count(), u128::MAX);
        assert_eq!(range("203.0.113.7/32").count(), 1);
    }

    #[test]
    fn a_mapped_address_counts_as_ipv4() {
        assert!(range("203.0.113.10").contains(ip("::ffff:203.0.113.10")));
        assert_eq!(range("::ffff:203.0.113.10").to_string(), "203.0.113.10");
    }

    #[test]
    fn broken_entries_say_why() {
        for (text, why) in [
            ("", AddressError::NotAnAddress),
            ("trust.me.please", AddressError::NotAnAddress),
            ("203.0.113", AddressError::NotAnAddress),
            ("203.0.113.0/33", AddressError::Prefix(32)),
            ("203.0.113.0/", AddressError::Prefix(32)),
            ("2001:db8::/129", AddressError::Prefix(128)),
            ("203.0.113.5-203.0.113.1", AddressError::Backwards),
            ("203.0.113.5-2001:db8::1", AddressError::Mixed),
        ] {
            assert_eq!(AddressRange::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn entries_beyond_the_documented_limits_are_explained() {
        let why = |text: &str| range(text).connection_filter_problem().unwrap_or_default();
        assert!(why("203.0.112.0/22").contains("4 ranges of /24"));
        assert!(why("198.51.100.0-198.51.101.0").contains("257"));
        assert!(why("2001:db8::1").contains("IPv6 is not supported"));
        for fine in ["203.0.113.0/24", "203.0.113.9/32", "203.0.113.0-203.0.113.255"] {
            assert_eq!(range(fine).connection_filter_problem(), None, "{fine}");
        }
    }

    #[test]
    fn a_list_finds_the_covering_entry_even_behind_many_short_ones() {
        let mut raw: Vec<String> = (0..250).map(|i| format!("198.51.100.{i}")).collect();
        raw.insert(0, "198.51.100.0/24".to_owned());
        raw.push("nonsense".to_owned());
        let list = AddressList::new(raw);
        assert_eq!(list.covering(ip("198.51.100.255")).map(|e| &*e.raw), Some("198.51.100.0/24"));
        assert_eq!(list.covering(ip("198.51.101.0")), None);
        assert_eq!(list.covering(ip("2001:db8::1")), None);
        assert_eq!(list.len(), 252);
        assert_eq!(list.unreadable.len(), 1);
    }

    #[test]
    fn a_list_of_both_families_keeps_them_apart() {
        let list = AddressList::new(["::/0", "203.0.113.10"]);
        assert_eq!(list.covering(ip("203.0.113.10")).map(|e| &*e.raw), Some("203.0.113.10"));
        assert_eq!(list.covering(ip("203.0.113.11")), None);
        assert_eq!(list.covering(ip("2001:db8::9")).map(|e| &*e.raw), Some("::/0"));
    }

    #[test]
    fn allow_beats_block() {
        let allow = AddressList::new(["203.0.113.10"]);
        let block = AddressList::new(["203.0.113.0/24"]);
        assert!(matches!(judge(&allow, &block, ip("203.0.113.10")), ListVerdict::Allowed(_)));
        assert!(matches!(judge(&allow, &block, ip("203.0.113.11")), ListVerdict::Blocked(_)));
        assert_eq!(judge(&allow, &block, ip("192.0.2.1")), ListVerdict::NotListed);
    }
}
