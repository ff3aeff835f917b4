//! `custom_data` / `custom-data`: what transport agents wrote about a message
//! (`trace-formats.md` §9).
//!
//! ```text
//! cell   := member *( ";" member ) [";"]
//! member := bare | "'" quoted "'"                ; '' inside quoted = one '
//! bare   := [type ":"] key "=" value             ; type S | I32 | F | Dbl | Dt
//! agent  := key "=" GROUP *( "|" name "=" val )  ; e.g. S:SFA=SUM|SFV=SPM|SCL=9
//! ```
//!
//! Nothing is dropped: unknown members, repeated keys and pieces without `=` all come out, in order.
//! Names are compared without regard to case, because generations differ (`SFV`, `sfv`).

use super::list;
use super::row::trim;
use crate::marks::Marks;
use std::borrow::Cow;

/// The members of a `custom_data` cell, in order; blank ones are skipped.
pub fn members(cell: &str) -> Members<'_> {
    Members { cell, begin: Some(0), ends: Marks::new(cell, b';') }
}

/// Iterator over the members of a `custom_data` cell.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    cell: &'a str,
    /// Where the next member begins; `None` behind the last one.
    begin: Option<usize>,
    ends: Marks<'a>,
}

impl<'a> Members<'a> {
    /// The next member whose key may be `wanted`, by its first bytes, and these. Most members of most cells
    /// are not, and are passed over as they stand.
    pub fn next_like(
        &mut self,
        wanted: impl Fn(&[u8; 4]) -> bool,
    ) -> Option<([u8; 4], Member<'a>)> {
        loop {
            let begin = self.begin?;
            let bytes = self.cell.as_bytes().get(begin..)?;
            // neither wrapped nor behind a blank
            if bytes.first().is_some_and(u8::is_ascii_alphanumeric) {
                let end = self.ends.next();
                self.begin = end.map(|end| end + 1);
                if let Some(initial) = initial(bytes).filter(|initial| wanted(initial)) {
                    let text = trim(&self.cell[begin..end.unwrap_or(self.cell.len())]);
                    return Some((*initial, Member { text: Cow::Borrowed(text) }));
                }
                continue;
            }
            let member = self.next()?;
            if let Some(initial) = member.initial().filter(|initial| wanted(initial)) {
                return Some((*initial, member));
            }
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        loop {
            let begin = self.begin?;
            let from = begin + list::wrapped(&self.cell.as_bytes()[begin..]).unwrap_or(0);
            let end = self.ends.find(|end| *end >= from);
            self.begin = end.map(|end| end + 1);
            let text = trim(&self.cell[begin..end.unwrap_or(self.cell.len())]);
            if !text.is_empty() {
                return Some(Member { text: list::unquote(text) });
            }
        }
    }
}

/// One member, unwrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    text: Cow<'a, str>,
}

impl Member<'_> {
    /// The whole member without its wrapping.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first bytes behind the type prefix: the key, or enough of it to leave most keys aside.
    fn initial(&self) -> Option<&[u8; 4]> {
        initial(self.text.as_bytes())
    }

    /// The key: `SFA`, `TRA`, `AccountForest`; the whole text where there is no `=`.
    pub fn key(&self) -> &str {
        self.parts().0
    }

    /// What stands after the first `=`; `None` where there is no `=`.
    pub fn value(&self) -> Option<&str> {
        self.parts().1
    }

    /// Whether it is an agent's entry of this group, if its key has `key` bytes.
    pub fn is_of_group(&self, key: usize, group: &str) -> bool {
        let bytes = self.text.as_bytes();
        let behind = bytes.get(type_length(bytes) + key + 1..).unwrap_or_default();
        behind.get(..group.len()).is_some_and(|own| own.eq_ignore_ascii_case(group.as_bytes()))
            && matches!(behind.get(group.len()), None | Some(b'|'))
    }

    /// The member read as an agent's entry: its group word and its `name=value` list.
    pub fn agent(&self) -> Option<Agent<'_>> {
        let (key, value) = self.parts();
        let value = value?;
        let (group, pairs) = split(value, b'|');
        Some(Agent { key, group, pairs })
    }

    fn parts(&self) -> (&str, Option<&str>) {
        name_and_value(&self.text[type_length(self.text.as_bytes())..])
    }
}

/// Length of the type prefix of a member: text, integer, float, double or date.
fn type_length(member: &[u8]) -> usize {
    match member {
        [b'S' | b'F', b':', ..] => 2,
        [b'D', b't', b':', ..] => 3,
        [b'I', b'3', b'2', b':', ..] | [b'D', b'b', b'l', b':', ..] => 4,
        _ => 0,
    }
}

#[inline]
fn initial(member: &[u8]) -> Option<&[u8; 4]> {
    match member {
        // the commonest type
        [b'S', b':', key @ ..] => key.first_chunk(),
        _ => member[type_length(member)..].first_chunk(),
    }
}

/// An agent's entry: `S:TRA=ETR|ruleId=…|action=…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent<'a> {
    /// Which agent: `SFA`, `AMA`, `TRA`, `DPA`, `MLA`, `PCFA`, `CompCost`.
    pub key: &'a str,
    /// Kind of entry: `SUM`, `EV`, `ETR`, `ETRP`, `DPR`; may be empty.
    pub group: &'a str,
    pairs: Option<&'a str>,
}

impl<'a> Agent<'a> {
    /// Every `name=value` in order; a piece without `=` has no value.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        self.pieces().map(name_and_value)
    }

    /// Every `name=value` in order, not taken apart.
    pub fn pieces(&self) -> Pieces<'a> {
        let text = self.pairs.unwrap_or_default();
        Pieces { text, begin: self.pairs.map(|_| 0), bars: Marks::new(text, b'|') }
    }

    /// The first value of `name` that is not empty.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Every value of `name` that is not empty.
    pub fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.pairs()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .filter_map(|(_, value)| value.filter(|value| !value.is_empty()))
    }
}

/// Iterator over the `name=value` pieces of an agent's entry.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    text: &'a str,
    /// Where the next piece begins; `None` behind the last one.
    begin: Option<usize>,
    bars: Marks<'a>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let begin = self.begin?;
        let bar = self.bars.next();
        self.begin = bar.map(|bar| bar + 1);
        Some(&self.text[begin..bar.unwrap_or(self.text.len())])
    }
}

/// What stands before the first `=` and after it.
fn name_and_value(piece: &str) -> (&str, Option<&str>) {
    split(piece, b'=')
}

/// What stands before the first `at`, an ASCII byte, and after it: byte by byte, because names and
/// groups are short.
fn split(text: &str, at: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == at) {
        Some(found) => (&text[..found], Some(&text[found + 1..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SFA: &str = "S:SFA=SUM|SFV=SPM|IPV=CAL|SRV=BULK|SFS=470454002|SFS=349001|SCL=9|SCORE=-1|\
        LIST=0|DI=SN|RD=mail.phish.example|H=mail.phish.example|CIP=203.0.113.10|SFP=1501|ASF=1|\
        CTRY=US|CLTCTRY=|LANG=en|LAT=287|LAT=260|LAT=18;";

    fn only(cell: &str) -> Member<'_> {
        let mut all: Vec<Member<'_>> = members(cell).collect();
        assert_eq!(all.len(), 1, "{cell}");
        all.remove(0)
    }

    #[test]
    fn a_spam_filter_entry_keeps_every_key_and_every_repetition() {
        let member = only(SFA);
        let agent = member.agent().unwrap();
        assert_eq!((agent.key, agent.group), ("SFA", "SUM"));
        assert_eq!(agent.get("SFV"), Some("SPM"));
        assert_eq!(agent.get("scl"), Some("9"));
        assert_eq!(agent.all("SFS").collect::<Vec<_>>(), ["470454002", "349001"]);
        assert_eq!(agent.all("LAT").collect::<Vec<_>>(), ["287", "260", "18"]);
        assert_eq!(agent.get("CLTCTRY"), None);
        assert_eq!(agent.pairs().count(), 20);
    }

    #[test]
    fn no_member_is_lost_and_none_keeps_its_type() {
        let cell = "S:AMA=SUM|v=1|action=b|error=|atch=1;S:AMA=EV|engine=M|v=1;I32:BCL=3;\
            Dbl:DeliveryLatency=1.2;F:E2ELatency=1.211;Dt:At=2026-03-02T08:15:01.123Z;plain;=x;;";
        let all: Vec<_> = members(cell).collect();
        let keys: Vec<_> = all.iter().map(Member::key).collect();
        assert_eq!(keys, ["AMA", "AMA", "BCL", "DeliveryLatency", "E2ELatency", "At", "plain", ""]);
        assert_eq!(all[5].value(), Some("2026-03-02T08:15:01.123Z"));
        assert_eq!(all[6].value(), None);
        assert_eq!(all[7].value(), Some("x"));
    }

    #[test]
    fn a_wrapped_member_may_hold_semicolons_and_doubled_apostrophes() {
        let cell =
            "S:CompCost=|ETR=0;'S:OriginalFromAddress=\"Doe; Jane\" <o''d@phish.example>';S:A=1";
        let all: Vec<_> = members(cell).collect();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].agent().unwrap().get("ETR"), Some("0"));
        assert_eq!(all[1].value(), Some("\"Doe; Jane\" <o'd@phish.example>"));
        assert_eq!(all[2].value(), Some("1"));
    }

    #[test]
    fn a_rule_hit_shows_its_guid_and_every_action() {
        let member = only(
            "S:TRA=ETR|ruleId=19a25eb2-3e43-4896-ad9e-47b6c359779d|st=7/17/2017 12:31:25 AM|\
             action=PrependSubject|action=Encrypt|sev=2|mode=audit",
        );
        let agent = member.agent().unwrap();
        assert_eq!((agent.key, agent.group), ("TRA", "ETR"));
        assert_eq!(agent.get("ruleid"), Some("19a25eb2-3e43-4896-ad9e-47b6c359779d"));
        assert_eq!(agent.all("action").collect::<Vec<_>>(), ["PrependSubject", "Encrypt"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(cell in any::<String>()) {
            for member in members(&cell) {
                let _ = (member.key(), member.value());
                if let Some(agent) = member.agent() {
                    agent.pairs().for_each(drop);
                }
            }
        }

        #[test]
        fn pairs_are_what_a_plain_split_gives(text in "[a=|é]{0,300}") {
            let entry = format!("S:SFA=SUM|{text}");
            let member = only(&entry);
            let plain: Vec<_> = text
                .split('|')
                .map(|piece| piece.split_once('=').map_or((piece, None), |(name, value)| (name, Some(value))))
                .collect();
            prop_assert_eq!(member.agent().unwrap().pairs().collect::<Vec<_>>(), plain);
        }

        #[test]
        fn members_are_what_a_walk_from_byte_to_byte_gives(cell in "[a=;;' ]{0,300}") {
            let found: Vec<_> = members(&cell).map(|member| member.text().to_owned()).collect();
            let (mut plain, mut rest) = (Vec::new(), &cell[..]);
            while !rest.is_empty() {
                let from = list::wrapped(rest.as_bytes()).unwrap_or(0);
                let end = rest[from..].find(';').map_or(rest.len(), |at| from + at);
                let text = rest[..end].trim();
                plain.extend((!text.is_empty()).then(|| list::unquote(text).into_owned()));
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            prop_assert_eq!(found, plain);
        }

        #[test]
        fn members_that_are_not_wanted_are_passed_over_and_no_others(cell in "([ab;' ]|S:|S:abab|abab=){0,60}") {
            let wanted = |initial: &[u8; 4]| initial == b"abab";
            let mut all = members(&cell);
            let found: Vec<_> = std::iter::from_fn(|| all.next_like(wanted)).map(|(_, member)| member).collect();
            let plain: Vec<_> = members(&cell).filter(|member| member.initial().is_some_and(wanted)).collect();
            prop_assert_eq!(found, plain);
        }

        #[test]
        fn unwrapped_cells_lose_no_character(cell in "[a-zSF:=|;.0-9]{0,60}") {
            let kept: String = members(&cell).map(|member| member.text().to_owned()).collect();
            prop_assert_eq!(kept, cell.replace(';', ""));
        }
    }
}
