//! The campaign's expected recipients: one address a line, or a CSV with an address column.

use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// Expected recipients, and what was passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// Addresses in lower case, in the file's order, each once.
    pub addresses: Vec<String>,
    /// Lines without an address, the header row not counted.
    pub without_address: usize,
    /// Addresses that stood there more than once.
    pub repeated: usize,
}

/// Reads a recipients file.
///
/// # Errors
/// The file cannot be read, or no line of it has an address.
pub fn read(path: &Path) -> Result<Recipients> {
    let shown = path.to_string_lossy();
    let bytes = std::fs::read(path)
        .map_err(|error| Error::Read { path: shown.as_ref().into(), reason: error.to_string() })?;
    let recipients = parse(&crate::tenant::json::decode(&bytes));
    if recipients.addresses.is_empty() {
        return Err(Error::Kind {
            path: shown.as_ref().into(),
            found: "no line with an address".to_owned(),
            expected: "one address a line, or a CSV with an address column".to_owned(),
        });
    }
    Ok(recipients)
}

/// The addresses of a text: of each line the first cell with an `@`.
pub fn parse(text: &str) -> Recipients {
    let mut recipients = Recipients::default();
    let mut seen = BTreeSet::new();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for (index, line) in lines.enumerate() {
        let cells = line.split([',', ';', '\t']);
        let address = cells.map(bare).find(|cell| is_address(cell));
        match address {
            // The header row.
            None if index == 0 && !line.contains('@') => {}
            None => recipients.without_address += 1,
            Some(address) => {
                let address = address.to_lowercase();
                if seen.insert(address.clone()) {
                    recipients.addresses.push(address);
                } else {
                    recipients.repeated += 1;
                }
            }
        }
    }
    recipients
}

fn bare(cell: &str) -> &str {
    let cell = cell.trim().trim_matches('"').trim();
    let cell = cell.strip_prefix("mailto:").unwrap_or(cell);
    match (cell.rfind('<'), cell.rfind('>')) {
        (Some(open), Some(close)) if open < close => &cell[open + 1..close],
        _ => cell,
    }
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !text.contains(|c: char| c.is_whitespace() || "<>()[]".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lists_and_csv_give_the_same_addresses() {
        let list = parse("ann@contoso.example\nBob@contoso.example\n");
        let csv = parse(
            "First;Mail;Group\r\nAnn;ann@contoso.example;A\r\nBob;\"Bob <bob@contoso.example>\";B\r\n",
        );
        assert_eq!(list.addresses, ["ann@contoso.example", "bob@contoso.example"]);
        assert_eq!(csv.addresses, list.addresses);
        assert_eq!(csv.without_address, 0);
    }

    #[test]
    fn repeats_and_lines_without_address_are_counted() {
        let list = parse("ann@contoso.example\n\nnobody\nANN@contoso.example\n");
        assert_eq!((list.addresses.len(), list.without_address, list.repeated), (1, 1, 1));
    }
}
