//! The search for many values at once, however long they are.

use super::names::Kind;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// Longest part of a value that is searched for, in bytes: a search takes many times the length of what it looks for.
/// Where a longer value begins, the text is compared with the rest of it.
const LONGEST_PATTERN: usize = 256;

/// One value, in lower case for the search, and the key of its pseudonym.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) lower: String,
    pub(super) kind: Kind,
    pub(super) key: Arc<str>,
}

impl Value {
    fn pattern(&self) -> &str {
        &self.lower[..self.lower.floor_char_boundary(LONGEST_PATTERN)]
    }
}

/// The values of one message or of the settings.
#[derive(Debug, Default)]
pub(super) struct Values {
    all: Vec<Value>,
    /// Finds the patterns of them all in one pass over a text, after [`Values::sorted`].
    search: Option<AhoCorasick>,
    /// By the number of its pattern, which value is the first of those that begin with it.
    firsts: Vec<usize>,
}

impl Values {
    pub(super) fn add(&mut self, value: Value) {
        self.all.push(value);
    }

    pub(super) fn all(&self) -> &[Value] {
        &self.all
    }

    /// Ready to be searched for.
    pub(super) fn sorted(mut self) -> Self {
        // The longest patterns first, and those that begin with the same one together, in the order of their letters.
        let order = |value: &Value| std::cmp::Reverse(value.pattern().len());
        self.all.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.lower.cmp(&b.lower)));
        self.all.dedup_by(|a, b| a.lower == b.lower);
        let mut patterns: Vec<&str> = Vec::new();
        for (at, value) in self.all.iter().enumerate() {
            if patterns.last() != Some(&value.pattern()) {
                patterns.push(value.pattern());
                self.firsts.push(at);
            }
        }
        // As a table of all states for every byte, long values would take a hundred times the memory.
        let mut builder = AhoCorasick::builder();
        builder.kind(Some(AhoCorasickKind::ContiguousNFA));
        self.search = builder.build(patterns).ok();
        self
    }

    /// Calls `found` for every occurrence; occurrences may overlap, but none lies within a long one. Of those that end
    /// together only the longest counts.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(Range<usize>, Kind, &Arc<str>)) {
        if self.all.is_empty() {
            return;
        }
        let Some(search) = &self.search else {
            // Without the search nothing can be told to be harmless.
            return found(0..text.len(), Kind::Token, &text.into());
        };
        let lower = lower(text);
        let (mut last, mut free) = (0..0, 0);
        for hit in search.find_overlapping_iter(&lower) {
            let mut range = hit.range();
            if range.end <= free || range.end == last.end && range.start >= last.start {
                continue;
            }
            let mut value = &self.all[self.firsts[hit.pattern()]];
            if range.len() + char::MAX_LEN_UTF8 > LONGEST_PATTERN {
                (value, range.end) = self.longest(self.firsts[hit.pattern()], &lower, range.start);
                free = range.end;
            } else if !value.is_whole(text, &range) {
                continue;
            }
            found(range.clone(), value.kind, &value.key);
            last = range;
        }
    }

    /// Of the values with the pattern of the `first` the one that agrees longest with what stands in `text` from
    /// `start` on, and where the last word ends in which they agree: nobody writes so much of a value by chance.
    fn longest(&self, first: usize, text: &str, start: usize) -> (&Value, usize) {
        let rest = &text.as_bytes()[start..];
        let pattern = self.all[first].pattern();
        let group = &self.all[first..];
        let group = &group[..group.partition_point(|value| value.pattern() == pattern)];
        let after = group.partition_point(|value| value.lower.as_bytes() < rest);
        let near = &group[after.saturating_sub(1)..(after + 1).min(group.len())];
        let agrees = |value: &Value| shared(value.lower.as_bytes(), rest);
        let length = near.iter().map(agrees).max().unwrap_or(pattern.len());
        let best = group.partition_point(|value| value.lower.as_bytes() < &rest[..length]);
        let end = text[..text.floor_char_boundary(start + length)].trim_end().len();
        let inside = text[..end].chars().next_back().is_some_and(char::is_alphanumeric);
        let word = |tail: &str| tail.find(|c: char| !c.is_alphanumeric()).unwrap_or(tail.len());
        let end = if inside { end + word(&text[end..]) } else { end };
        (group.get(best).unwrap_or(&self.all[first]), end)
    }

    /// Whether any value occurs in `decoded`, as a word or as a part of one, and not in `word`.
    pub(super) fn is_new_in(&self, decoded: &str, word: &str) -> bool {
        let Some(search) = &self.search else { return !self.all.is_empty() };
        let (decoded, word) = (lower(decoded), lower(word));
        let shown: HashSet<_> =
            search.find_overlapping_iter(&word).map(|hit| hit.pattern()).collect();
        search.find_overlapping_iter(&decoded).any(|hit| !shown.contains(&hit.pattern()))
    }
}

impl Value {
    /// Whether what stands there is this value and no part of a longer word.
    fn is_whole(&self, text: &str, range: &Range<usize>) -> bool {
        match self.kind {
            // `ip203-0-113-7` is named after that address, `ip203-0-113-71` is not.
            Kind::Ip if self.lower.contains(['-', '_']) => is_whole_number(text, range),
            _ => stands_alone(text, range),
        }
    }
}

/// How many bytes two texts have in common at their beginnings.
fn shared(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// In lower case, every letter in the place that it had: one whose small letter has another length stays.
pub(super) fn lower(text: &str) -> String {
    let small = |c: char| {
        let mut all = c.to_lowercase();
        let first = all.next().filter(|small| small.len_utf8() == c.len_utf8());
        first.filter(|_| all.next().is_none()).unwrap_or(c)
    };
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(small).collect() }
}

/// Whether what `range` names does not go on to either side as a longer word.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let inner = |edge: Option<char>| edge.is_some_and(char::is_alphanumeric);
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    let first = text[range.clone()].chars().next();
    let last = text[range.clone()].chars().next_back();
    !(inner(before) && inner(first) || inner(after) && inner(last))
}

/// Whether no digit goes on to either side.
fn is_whole_number(text: &str, range: &Range<usize>) -> bool {
    let digit = |edge: Option<char>| edge.is_some_and(|c| c.is_ascii_digit());
    !digit(text[..range.start].chars().next_back()) && !digit(text[range.end..].chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(all: &[&str]) -> Values {
        let mut values = Values::default();
        for value in all {
            values.add(Value { lower: lower(value), kind: Kind::Subject, key: Arc::from(*value) });
        }
        values.sorted()
    }

    /// What is found, with the length of the value that it is found as.
    fn found(values: &Values, text: &str) -> Vec<(Range<usize>, usize)> {
        let mut all = Vec::new();
        values.find(text, |range, _, key| all.push((range, key.len())));
        all
    }

    #[test]
    fn of_a_long_value_as_much_is_found_as_stands_there() {
        let giant = "Budget Plan ".repeat(100_000);
        let giant = giant.trim();
        let values = values(&[giant]);
        for length in [260, 4_093, 4_096, 70_000, giant.len()] {
            // Cut as evidence is, and inside a longer word.
            for tail in ["", "… (1199999 bytes)", "ner", "; x"] {
                let text = format!("x; {}{tail}", &giant[..length]);
                let word = if tail == "ner" { 3 } else { 0 };
                assert_eq!(found(&values, &text), [(3..3 + length + word, giant.len())], "{tail}");
            }
        }
        assert_eq!(found(&values, &giant[..200]), []);
    }

    #[test]
    fn of_values_that_begin_alike_the_one_that_goes_on_alike_is_found() {
        let start = "Budget plan ".repeat(30);
        let all: Vec<String> = ["of", "of May", "of June and July", "for Kim"]
            .map(|end| format!("{start}{end}"))
            .into();
        let values = values(&all.iter().map(String::as_str).collect::<Vec<_>>());
        for value in &all {
            assert_eq!(found(&values, &format!("({value})")), [(1..1 + value.len(), value.len())]);
        }
        let other = format!("{start}of August, too");
        assert_eq!(found(&values, &other), [(0..start.len() + 2, start.len() + 16)]);
    }

    #[test]
    fn a_value_of_one_sign_over_and_over_is_found_once() {
        for part in ["(", "(a", "ab ", "((a "] {
            let value = part.repeat(300_000).trim().to_owned();
            let values = values(&[&value]);
            assert_eq!(found(&values, &value), [(0..value.len(), value.len())]);
            let twice = format!("x{value}{value}x");
            let hits = found(&values, &twice);
            assert!(hits.len() < 300 && hits.iter().any(|(range, _)| range.end > value.len()));
        }
    }

    #[test]
    fn short_values_are_found_as_whole_words() {
        let values = values(&["Budget", "Budget plan"]);
        assert_eq!(
            found(&values, "budget plan, budgets, BUDGET"),
            [(0..6, 6), (0..11, 11), (22..28, 6)]
        );
    }
}
