//! The outer property names of a JSON text, without holding the text: enough to tell what kind of
//! export it is, even when the telling name stands behind megabytes of others.

use std::collections::BTreeSet;

/// Nesting that is looked at: the object itself, and objects in it or in an array.
const DEPTH: usize = 3;
/// Names kept; an export has a few hundred.
const MOST: usize = 4096;
/// Longest name kept, in bytes.
const LONGEST: usize = 80;

/// A scanner that is fed pieces of a JSON text and remembers its outer property names.
#[derive(Debug, Default)]
pub(super) struct JsonKeys {
    /// Names with the number of brackets around them; one in an object that has a name itself also
    /// as `user.email`.
    keys: BTreeSet<(usize, String)>,
    depth: usize,
    /// The name behind which each open bracket stands; empty in a list and beyond `DEPTH`.
    parents: Vec<String>,
    current: String,
    string: Option<Vec<u8>>,
    escaped: bool,
    last: Option<String>,
}

impl JsonKeys {
    /// The names in one piece of text.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut keys = JsonKeys::default();
        keys.feed(text);
        keys
    }

    /// Whether a name stands at `depth` brackets or fewer, case ignored.
    pub(super) fn has(&self, depth: usize, name: &str) -> bool {
        self.keys.iter().any(|(at, key)| *at <= depth && key.eq_ignore_ascii_case(name))
    }

    /// The names that stand at `depth` brackets or fewer.
    pub(super) fn down_to(&self, depth: usize) -> impl Iterator<Item = &str> {
        self.keys.iter().filter(move |(at, _)| *at <= depth).map(|(_, key)| key.as_str())
    }

    /// Reads the next piece.
    pub(super) fn feed(&mut self, piece: &[u8]) {
        for &byte in piece {
            match &mut self.string {
                Some(string) => {
                    if self.escaped {
                        self.escaped = false;
                    } else if byte == b'\\' {
                        self.escaped = true;
                    } else if byte == b'"' {
                        self.last = self.string.take().map(|s| String::from_utf8_lossy(&s).into());
                    } else if string.len() < LONGEST {
                        string.push(byte);
                    }
                }
                None => self.structure(byte),
            }
        }
    }

    fn structure(&mut self, byte: u8) {
        match byte {
            b'"' => self.string = Some(Vec::new()),
            b'{' | b'[' => {
                if self.depth <= DEPTH {
                    self.parents.push(std::mem::take(&mut self.current));
                }
                self.depth = self.depth.saturating_add(1);
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.parents.truncate(self.depth);
                self.current.clear();
            }
            b':' => {
                if let Some(key) = self.last.take()
                    && self.depth <= DEPTH
                    && self.keys.len() < MOST
                {
                    let parent = self.parents.last().map_or("", String::as_str);
                    if !parent.is_empty() {
                        self.keys.insert((self.depth, format!("{parent}.{key}")));
                    }
                    self.keys.insert((self.depth, key.clone()));
                    self.current = key;
                }
            }
            b',' => {
                self.last = None;
                self.current.clear();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_names_are_kept_with_their_depth() {
        let keys = JsonKeys::of(br#"{"a":{"b":[{"c":{"deep":1}}]},"text":"x: \"y\": z","a":2}"#);
        let seen: Vec<_> = keys.keys.iter().map(|(d, k)| (*d, k.as_str())).collect();
        assert_eq!(seen, [(1, "a"), (1, "text"), (2, "a.b"), (2, "b")]);
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        let text = br#"[{"name":"Received","value":"a\\\"b"},{"name":"X"}]"#;
        let mut pieces = JsonKeys::default();
        text.chunks(3).for_each(|piece| pieces.feed(piece));
        assert_eq!(pieces.keys, JsonKeys::of(text).keys);
        assert!(pieces.has(2, "NAME") && pieces.has(2, "value"));
    }
}
