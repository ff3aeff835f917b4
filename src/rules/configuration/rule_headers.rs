//! Lints of the headers that mail flow rules set: names and values are compared to the letter.

use super::{Lint, Setup, Severity, Violation, identity, quoted};
use crate::rules::references;
use crate::tenant::bypass_header::{BYPASS_HEADERS, meant};
use crate::tenant::transport_rule::{SKIP_SAFE_ATTACHMENTS, SKIP_SAFE_LINKS, TransportRule};

pub(super) static LINTS: &[Lint] = &[
    Lint {
        id: "rule-header-name-unknown",
        severity: Severity::Error,
        meaning: "A rule sets a header whose name is nearly, but not exactly, one that Exchange Online knows. Names of the bypass headers are case-sensitive.",
        references: &[references::CLUTTER],
        check: rule_header_name_unknown,
    },
    Lint {
        id: "rule-header-value-wrong",
        severity: Severity::Error,
        meaning: "A rule sets a known header to a value that does not work: BypassClutter and BypassFocusedInbox want exactly `true`, SkipSafeLinksProcessing wants `1`.",
        references: &[references::CLUTTER],
        check: rule_header_value_wrong,
    },
    Lint {
        id: "rule-skip-attachment-value",
        severity: Severity::Info,
        meaning: "SkipSafeAttachmentProcessing has a value other than `1`. Microsoft's training text says that the value is not used.",
        references: &[references::SAFE_ATTACHMENTS],
        check: rule_skip_attachment_value,
    },
    Lint {
        id: "rule-plants-filter-report",
        severity: Severity::Warning,
        meaning: "A rule writes X-Forefront-Antispam-Report itself, a step of some vendors' guides. It is no verdict of the filter, allows nothing, and misleads whoever reads the headers.",
        references: &[references::HEADERS, references::TRANSPORT_RULE_CMDLET],
        check: rule_plants_filter_report,
    },
];

const REPORT: &str = "X-Forefront-Antispam-Report";

fn set_headers<'a>(
    setup: &Setup<'a>,
) -> impl Iterator<Item = (&'a TransportRule, &'a str, &'a str)> {
    setup.tenant.rules().iter().filter_map(|rule| {
        let value = rule.set_header_value.as_deref().unwrap_or_default();
        Some((rule, rule.set_header_name.as_deref()?, value))
    })
}

fn rule_header_name_unknown(setup: &Setup<'_>) -> Vec<Violation> {
    set_headers(setup)
        .filter_map(|(rule, name, _)| {
            let known = meant(name).map(|known| known.name).filter(|known| *known != name)?;
            Some(
                Violation::new(
                    format!("Rule `{}` sets `{name}`, which is not `{known}`.", rule.name()),
                    vec![rule.origin.named(), rule.origin.evidence("SetHeaderName", name)],
                )
                .portal(format!("Exchange admin center > Mail flow > Rules > {} > Set a message header > {known}", rule.name()))
                .repair(
                    format!("Correct the header name of rule {}", quoted(rule)),
                    format!("Set-TransportRule -Identity {} -SetHeaderName '{known}' -SetHeaderValue '{}'", identity(rule), value_for(known)),
                    "# Nothing to put back: the misspelled header did nothing.",
                ),
            )
        })
        .collect()
}

fn value_for(header: &str) -> &'static str {
    BYPASS_HEADERS.iter().find(|known| known.name == header).map_or("", |known| known.value)
}

fn wrong_value<'a>(
    setup: &Setup<'a>,
) -> impl Iterator<Item = (&'a TransportRule, &'static str, &'static str, &'a str)> {
    set_headers(setup).filter_map(|(rule, name, value)| {
        let known = BYPASS_HEADERS.iter().find(|known| known.name == name)?;
        (value != known.value).then_some((rule, known.name, known.value, value))
    })
}

fn violation(rule: &TransportRule, header: &str, wanted: &str, value: &str) -> Violation {
    Violation::new(
        format!("Rule `{}` sets {header} to `{value}`, not `{wanted}`.", rule.name()),
        vec![rule.origin.evidence("SetHeaderValue", value), rule.origin.named()],
    )
    .portal(format!(
        "Exchange admin center > Mail flow > Rules > {} > Set a message header > value {wanted}",
        rule.name()
    ))
    .repair(
        format!("Correct the header value of rule {}", quoted(rule)),
        format!("Set-TransportRule -Identity {} -SetHeaderValue '{wanted}'", identity(rule)),
        format!(
            "Set-TransportRule -Identity {} -SetHeaderValue {}",
            identity(rule),
            crate::rules::fixes::powershell_text(value, "<value>")
        ),
    )
}

fn rule_header_value_wrong(setup: &Setup<'_>) -> Vec<Violation> {
    wrong_value(setup)
        .filter(|(_, header, _, _)| *header != SKIP_SAFE_ATTACHMENTS)
        .map(|(rule, header, wanted, value)| {
            let mut found = violation(rule, header, wanted, value);
            if header == SKIP_SAFE_LINKS {
                // Every guide uses 1; no document says that other values fail.
                found.severity = Some(Severity::Warning);
            }
            found
        })
        .collect()
}

fn rule_skip_attachment_value(setup: &Setup<'_>) -> Vec<Violation> {
    wrong_value(setup)
        .filter(|(_, header, _, _)| *header == SKIP_SAFE_ATTACHMENTS)
        .map(|(rule, header, wanted, value)| violation(rule, header, wanted, value))
        .collect()
}

fn rule_plants_filter_report(setup: &Setup<'_>) -> Vec<Violation> {
    set_headers(setup)
        .filter(|(rule, ..)| rule.sets_header(REPORT))
        .map(|(rule, _, value)| {
            let evidence = [("SetHeaderName", REPORT), ("SetHeaderValue", value)]
                .map(|(property, value)| rule.origin.evidence(property, value));
            Violation::new(
                format!("Rule `{}` writes the header {REPORT} itself: it allows nothing.", rule.name()),
                evidence.to_vec(),
            )
            .portal(format!(
                "Exchange admin center > Mail flow > Rules > {} > take \"Set a message header\" away; let the simulation through by Advanced Delivery",
                rule.name()
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::configuration::testing::{assert_lint, severity};
    use crate::tenant::transport_rule::{BYPASS_CLUTTER, BYPASS_FOCUSED};

    fn rule(name: &str, value: &str) -> String {
        format!(
            r#"{{"TransportRule": {{"Name": "r", "SetHeaderName": "{name}", "SetHeaderValue": "{value}"}}}}"#
        )
    }

    #[test]
    fn misspelled_header_names_are_errors() {
        let good = rule(BYPASS_CLUTTER, "true");
        for bad in [
            "X-MS-Exchange-Organization-Bypass Clutter",
            "X-MS-Exchange-Organization-BypassCluter",
            "x-ms-exchange-organization-bypassclutter",
            "X-MS-Exchange-Organization-SkipSafeLinkProcessing",
            "X-MS-Exchange-Organisation-BypassClutter",
            "BypassClutter",
            "X-MS-Exchange-Organization-SkipSafeAttachmentsProcessing",
        ] {
            assert_lint("rule-header-name-unknown", "error", "", &rule(bad, "1"), &good);
        }
    }

    #[test]
    fn bypass_headers_want_exactly_true() {
        for bad in ["True", "TRUE", "1", "yes", "'true'", "true "] {
            let good = rule(BYPASS_FOCUSED, "true");
            let bad = rule(BYPASS_FOCUSED, bad);
            assert_lint("rule-header-value-wrong", "error", "", &bad, &good);
        }
    }

    #[test]
    fn skip_safe_links_wants_1_and_other_values_are_a_warning() {
        let good = rule(SKIP_SAFE_LINKS, "1");
        assert_lint("rule-header-value-wrong", "warning", "", &rule(SKIP_SAFE_LINKS, "1;"), &good);
    }

    #[test]
    fn a_filter_report_that_a_rule_writes_is_a_warning() {
        let id = "rule-plants-filter-report";
        let good = rule("X-Forefront-Antispam-Report-Copy", "SFV:SKI;");
        for name in [REPORT, "x-forefront-antispam-report"] {
            assert_lint(id, "warning", "", &rule(name, "SFV:SKI;CAT:NONE;"), &good);
        }
    }

    #[test]
    fn the_value_for_attachments_is_worth_knowing_only() {
        let (bad, good) = (rule(SKIP_SAFE_ATTACHMENTS, "true"), rule(SKIP_SAFE_ATTACHMENTS, "1"));
        assert_lint("rule-skip-attachment-value", "info", "", &bad, &good);
        assert_eq!(severity("rule-header-value-wrong", &bad, ""), None);
    }
}
