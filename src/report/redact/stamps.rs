//! What people named inside Microsoft's stamps and traces: folders, rules and connectors.

use crate::message::pairs::{Piece, pieces};
use crate::trace::detail::Detail;

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

/// Columns of traces that hold names of rules, policies and connectors, without what joins their words.
const COLUMNS: [&str; 5] =
    ["exchangetransportrule", "connectors", "connectorid", "connector", "policyname"];

/// The parts of a header's or column's value that somebody may have named, as they stand there.
pub(super) fn given_names<'a>(field: &str, value: &'a str) -> Vec<&'a str> {
    let field = field.to_ascii_lowercase();
    let column = field.replace(['-', '_', ' '], "");
    if field.ends_with("mailbox-delivery") {
        pieces(value).flat_map(of_delivery).collect()
    } else if field.ends_with("rules-execution-history") || field.ends_with("rulesexecuted") {
        let names = value.split("%%%").flat_map(|part| part.split(['|', ';']));
        names.map(str::trim).filter(|name| !is_id(name)).collect()
    } else if COLUMNS.contains(&column.as_str()) {
        let each = value.split([',', ';', '|']).map(str::trim);
        each.chain([value]).filter(|name| !is_id(name)).collect()
    } else {
        match Detail::parse(value) {
            Detail::TransportRule(rule) | Detail::DlpRule(rule) => {
                [rule.name, rule.policy].into_iter().filter(|name| !is_id(name)).collect()
            }
            _ => Vec::new(),
        }
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
pub(super) fn is_id(name: &str) -> bool {
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
        let detail = "Transport rule: 'Ask Kim', ID: ('9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5e'), DLP policy: 'Pay', ID: (0).";
        assert_eq!(given_names("Detail", detail), ["Ask Kim", "Pay"]);
        assert_eq!(
            given_names("connector_id", "From Kim, Inc"),
            ["From Kim", "Inc", "From Kim, Inc"]
        );
        for field in ["PolicyName", "Policy name"] {
            assert_eq!(given_names(field, "Ask Kim"), ["Ask Kim", "Ask Kim"]);
        }
    }
}
