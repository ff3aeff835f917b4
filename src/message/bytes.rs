//! Kinds of bytes as tables: to look one up costs less than to compare it with each.

/// Whether each byte is of the kind.
pub(super) type Table = [bool; 256];

/// These bytes.
pub(super) const fn these(bytes: &[u8]) -> Table {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

/// Letters and digits of ASCII, and these.
pub(super) const fn alphanumeric_and(bytes: &[u8]) -> Table {
    let mut table = these(bytes);
    let mut byte = 0;
    while byte < 0x80_u8 {
        table[byte as usize] |= byte.is_ascii_alphanumeric();
        byte += 1;
    }
    table
}

/// Whether a byte is one of the table.
#[inline]
pub(super) fn is_one(table: &Table, byte: u8) -> bool {
    table[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_bytes_that_it_was_made_of() {
        let (blanks, names) = (these(b" \t"), alphanumeric_and(b"-_"));
        for byte in 0..=u8::MAX {
            assert_eq!(is_one(&blanks, byte), b" \t".contains(&byte), "{byte}");
            let of_name = byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            assert_eq!(is_one(&names, byte), of_name, "{byte}");
        }
    }
}
