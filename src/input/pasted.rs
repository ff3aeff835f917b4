//! A header block as people paste it into a ticket: quoted, fenced, its folded lines no longer
//! indented, prose around it.

/// A line without what mail programs, chats and ticket systems put in front of it.
pub(super) fn unquoted(line: &[u8]) -> &[u8] {
    let mut rest = line.trim_ascii_start();
    while let Some(inner) = rest.strip_prefix(b">").or_else(|| rest.strip_prefix(b"|")) {
        rest = inner.trim_ascii_start();
    }
    rest
}
