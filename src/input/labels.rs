//! Labels of things inside other things: `a.zip:mails/b.eml`, `a.eml:attached message 1`.

use std::sync::Arc;

/// Longest member name that becomes part of a label, in characters.
const LONGEST: usize = 240;

/// The label of a member: the path pieces of `name` that are no tricks (`..`, drives, roots).
pub(super) fn member(container: &Arc<str>, name: &str) -> Arc<str> {
    let pieces = name.split(['/', '\\']).filter(|piece| !matches!(*piece, "" | "." | ".."));
    let name: String = pieces.collect::<Vec<_>>().join("/").chars().take(LONGEST).collect();
    let name = if name.is_empty() { "(no name)" } else { &name };
    format!("{container}:{name}").into()
}

/// The label of a numbered thing: `a.mbox:message 3`.
pub(super) fn numbered(container: &Arc<str>, what: &str, number: u64) -> Arc<str> {
    format!("{container}:{what} {number}").into()
}

/// The name of a file within a label, without its extension: `TransportRule` of
/// `a.zip:export/TransportRule.json`.
pub(super) fn stem(label: &str) -> &str {
    let name = label.rsplit(['/', '\\', ':']).next().unwrap_or(label);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_climb_out_are_flattened() {
        let archive: Arc<str> = "a.zip".into();
        for (name, label) in [
            ("mails/b.eml", "a.zip:mails/b.eml"),
            ("../../etc/passwd", "a.zip:etc/passwd"),
            ("..\\..\\x.eml", "a.zip:x.eml"),
            ("/etc/x", "a.zip:etc/x"),
            ("..", "a.zip:(no name)"),
        ] {
            assert_eq!(&*member(&archive, name), label);
        }
        assert!(member(&archive, &"x".repeat(5000)).len() < 300);
    }
}
