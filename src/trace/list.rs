//! List cells: members between `;` (`trace-formats.md` §0, §5).
//!
//! A `;` separates only outside `{…}` and `[…]`, outside `"…"` (quoted local parts), and outside
//! `'…'` when the apostrophe is the member's first character: the Exchange writer wraps a member
//! that holds `;` or `'` and doubles the apostrophes inside. Nothing is dropped: the members joined
//! with `;` are the cell again.

use memchr::memchr;
use std::borrow::Cow;

/// The members of a list cell, as they stand; an empty cell has none.
pub fn members(cell: &str) -> Members<'_> {
    Members { rest: (!cell.is_empty()).then_some(cell) }
}

/// Iterator over the members of a list cell. Takes time linear in the cell.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    rest: Option<&'a str>,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let end = member_end(rest.as_bytes());
        let (member, tail) = rest.split_at(end);
        self.rest = tail.strip_prefix(';');
        Some(member)
    }

    #[inline]
    fn fold<T, F: FnMut(T, &'a str) -> T>(self, first: T, mut f: F) -> T {
        match self.rest {
            // the commonest cells hold one member
            Some(only) if !holds(only.as_bytes(), b';') => f(first, only),
            _ => {
                let mut sum = first;
                for member in self {
                    sum = f(sum, member);
                }
                sum
            }
        }
    }
}

/// A member without the writer's wrapping: `'o''brien@x.example'` is `o'brien@x.example`.
pub fn unquote(member: &str) -> Cow<'_, str> {
    match member.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) if inner.contains("''") => Cow::Owned(inner.replace("''", "'")),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(member),
    }
}

/// A member as the Exchange writer puts it into a list: wrapped where it holds `;` or `'`.
pub(super) fn quote(member: &str) -> Cow<'_, str> {
    match member.contains([';', '\'']) {
        true => Cow::Owned(format!("'{}'", member.replace('\'', "''"))),
        false => Cow::Borrowed(member),
    }
}

/// Length of a wrapped member's `'…'`, when `bytes` starts with one that is closed.
pub(super) fn wrapped(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'\'') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr(b'\'', bytes.get(at..)?)? + 1;
        if bytes.get(at) != Some(&b'\'') {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether a cell holds a byte. Most are so short that a search for it would cost more to begin.
fn holds(cell: &[u8], byte: u8) -> bool {
    const TOGETHER: usize = 16;
    let any = |some: &[u8; TOGETHER]| some.iter().fold(false, |any, one| any | (*one == byte));
    match cell.last_chunk() {
        // the end is looked at together with what stands before it
        Some(end) => cell.as_chunks().0.iter().any(any) || any(end),
        None => cell.contains(&byte),
    }
}

fn member_end(bytes: &[u8]) -> usize {
    if !holds(bytes, b';') {
        return bytes.len();
    }
    let mut at = wrapped(bytes).unwrap_or(0);
    let mut depth = 0usize;
    let mut quotes = true;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b';' if depth == 0 => return at,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' if quotes && depth == 0 => match memchr(b'"', &bytes[at + 1..]) {
                Some(closing) => at += closing + 1,
                None => quotes = false,
            },
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(cell: &str) -> Vec<&str> {
        members(cell).collect()
    }

    #[test]
    fn a_semicolon_separates_only_outside_brackets_and_quotes() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (";", &["", ""]),
            ("a@x.example", &["a@x.example"]),
            ("a@x.example;b@x.example", &["a@x.example", "b@x.example"]),
            ("[{LED=550 5.7.1; no};{MSG=}];To", &["[{LED=550 5.7.1; no};{MSG=}]", "To"]),
            ("[{LED=550 5.7.1; cut", &["[{LED=550 5.7.1; cut"]),
            ("\"a;b\"@x.example;c@x.example", &["\"a;b\"@x.example", "c@x.example"]),
            ("\"a;b@x.example", &["\"a", "b@x.example"]),
            ("'a;b''c@x.example';d", &["'a;b''c@x.example'", "d"]),
            ("o'brien@x.example;d'or@x.example", &["o'brien@x.example", "d'or@x.example"]),
            ("'open;rest", &["'open", "rest"]),
            ("a};b", &["a}", "b"]),
        ];
        for (cell, expected) in cases {
            assert_eq!(split(cell), *expected, "{cell}");
        }
    }

    #[test]
    fn unwrapping_undoes_what_the_writer_did() {
        assert_eq!(unquote("'o''brien@x.example'"), "o'brien@x.example");
        assert_eq!(unquote("'a;b'"), "a;b");
        assert_eq!(unquote("o'brien@x.example"), "o'brien@x.example");
        assert_eq!(unquote("'"), "'");
    }

    proptest! {
        #[test]
        fn members_joined_are_the_cell_again(cell in "[a-c;'\"{}\\[\\]é ]{0,40}") {
            prop_assert_eq!(split(&cell).join(";"), cell);
        }

        #[test]
        fn members_are_the_same_all_at_once_and_one_by_one(cell in "[a;'\"{}é]{0,40}") {
            let mut all = Vec::new();
            members(&cell).for_each(|member| all.push(member));
            let mut rest = members(&cell);
            let one_by_one: Vec<_> = std::iter::from_fn(|| rest.next()).collect();
            prop_assert_eq!(all, one_by_one);
        }

        #[test]
        fn any_text_is_split_without_panic(cell in any::<String>()) {
            prop_assert_eq!(split(&cell).join(";"), cell);
        }
    }
}
