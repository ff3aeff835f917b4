//! What people named inside Microsoft's stamps: folders and rules.

use crate::message::pairs::{Piece, pieces};

/// Reasons and folders that Mailbox-Delivery names by itself (`headers.md` §2.2).
const REASONS: [&str; 8] = [
    "SpamFilterAuthJ",
    "SpamFilterPass",
    "TrustedSenderList",
    "CustomRules",
    "SenderInAddressBook",
    "ExclusiveSettings",
    "JunkEmail",
    "Inbox",
];

/// The parts of a header's value that somebody may have named, as they stand there.
pub(super) fn given_names<'a>(field: &str, value: &'a str) -> Vec<&'a str> {
    let field = field.to_ascii_lowercase();
    if field.ends_with("mailbox-delivery") {
        pieces(value).flat_map(of_delivery).collect()
    } else if field.ends_with("rules-execution-history") || field.ends_with("rulesexecuted") {
        let names = value.split("%%%").flat_map(|part| part.split(['|', ';']));
        names.map(str::trim).filter(|name| !is_id(name)).collect()
    } else {
        Vec::new()
    }
}

/// What is no number, flag or reason in a piece of Mailbox-Delivery.
pub(super) fn of_delivery(piece: Piece<'_>) -> Vec<&str> {
    let value = match piece {
        // The old form has the sender's address in them, percent-encoded.
        Piece::Pair(key, _) if key.starts_with("WIMS-") => return Vec::new(),
        Piece::Pair(_, value) | Piece::Bare(value) => value,
    };
    let is_harmless = |part: &str| {
        part.len() <= 2
            || part.bytes().all(|byte| byte.is_ascii_digit())
            || REASONS.iter().any(|reason| reason.eq_ignore_ascii_case(part))
    };
    value.split(['(', ')']).map(str::trim).filter(|part| !is_harmless(part)).collect()
}

/// Whether it is a GUID, as rules are named where nobody named them.
fn is_id(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'{' | b'}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_rules_are_told_from_what_microsoft_writes() {
        let delivery = "X-Microsoft-Antispam-Mailbox-Delivery";
        let plain =
            "ucf:1;jmr:0;auth:0;dest:C;OFR:CustomRules;RF:JunkEmail;ENG:(910001)(944506478);";
        assert!(given_names(delivery, plain).is_empty());
        let named = "dest:C;OFR:Pay talks;RF:Kim;ENG:(Tax office)(944506478)Divorce;Loose;";
        assert_eq!(
            given_names(delivery, named),
            ["Pay talks", "Kim", "Tax office", "Divorce", "Loose"]
        );
        let history = "X-MS-Exchange-Organization-Rules-Execution-History";
        assert_eq!(
            given_names(history, "Ask Kim%%%2f1d6a52-6b7e-4c39-9a41-08dd0a1b2c3d%%%Stop it"),
            ["Ask Kim", "Stop it"]
        );
        assert!(given_names("Subject", "Ask Kim").is_empty());
    }
}
