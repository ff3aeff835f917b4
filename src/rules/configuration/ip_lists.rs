//! Lints of the connection filter: IP Allow List, IP Block List, safe list.

use super::{Lint, Setup, Severity, Violation};
use crate::rules::fixes;
use crate::rules::references;
use crate::tenant::address::{
    AddressList, AddressRange, DASH_LIMIT, Entry, Form, LIST_LIMIT, LIST_NEAR_LIMIT,
};
use crate::tenant::lists::ConnectionFilter;

const PORTAL: &str = "Defender portal > Email & collaboration > Policies & rules > Threat policies > Anti-spam > Connection filter policy (Default) > Edit connection filter policy";
const ADVANCED_DELIVERY_FIRST: &str = "Put the domains and IPs of the simulation into Advanced Delivery before you take the entries away.";

pub(super) static LINTS: &[Lint] = &[
    Lint {
        id: "ip-allow-list-used",
        severity: Severity::Warning,
        meaning: "The IP Allow List asks for spam filtering and the checks of the sender to be skipped for everyone who can send from its addresses; Microsoft's pages disagree on DMARC, and since 2026 the request may be declined. It does not reach high confidence phishing while the MX is at Microsoft 365, nor malware. SCuBA MS.SECURITYSUITE.8.1v1 (before April 2026 MS.EXO.12.1v1): IP allow lists SHOULD NOT be created.",
        references: &[references::SCUBA, references::SAFE_SENDER_LISTS],
        check: ip_allow_list_used,
    },
    Lint {
        id: "safe-list-enabled",
        severity: Severity::Warning,
        meaning: "The safe list skips spam filtering for senders that Microsoft chooses and nobody can see. SCuBA MS.SECURITYSUITE.8.2v1 (before April 2026 MS.EXO.12.2v1): the safe list SHOULD NOT be enabled.",
        references: &[references::SCUBA, references::CONNECTION_FILTER],
        check: safe_list_enabled,
    },
    Lint {
        id: "ip-allow-and-block-both",
        severity: Severity::Info,
        meaning: "An address is on both lists of the connection filter: allow wins, and the block entry does nothing.",
        references: &[references::CONNECTION_FILTER],
        check: ip_allow_and_block_both,
    },
    Lint {
        id: "ip-allow-near-limit",
        severity: Severity::Warning,
        meaning: "The list is nearly full: it takes 1,273 entries.",
        references: &[references::CONNECTION_FILTER],
        check: ip_allow_near_limit,
    },
    Lint {
        id: "ip-allow-cidr-out-of-range",
        severity: Severity::Error,
        meaning: "The IP Allow List takes prefix lengths /24 to /32 and dash ranges of up to 256 addresses. A mail flow rule takes larger ranges, but Microsoft warns that its mail is still blocked if any address of the range is on a block list.",
        references: &[references::CONNECTION_FILTER],
        check: ip_allow_cidr_out_of_range,
    },
    Lint {
        id: "ip-allow-ipv6",
        severity: Severity::Error,
        meaning: "The connection filter takes no IPv6 addresses.",
        references: &[references::CONNECTION_FILTER, references::TENANT_ALLOW_BLOCK],
        check: ip_allow_ipv6,
    },
    Lint {
        id: "ip-allow-platform-missing",
        severity: Severity::Info,
        meaning: "No list names the platform's address: nothing by IP would let its mail through.",
        references: &[references::ADVANCED_DELIVERY],
        check: ip_allow_platform_missing,
    },
];

fn filter<'a>(setup: &Setup<'a>) -> Option<&'a ConnectionFilter> {
    setup.tenant.connection_filter()
}

fn ip_allow_list_used(setup: &Setup<'_>) -> Vec<Violation> {
    let Some(filter) = filter(setup) else { return Vec::new() };
    let Some(list) = filter.ip_allow_list.as_ref().filter(|list| !list.is_empty()) else {
        return Vec::new();
    };
    let raw: Vec<&str> = list
        .entries()
        .iter()
        .map(|entry| &*entry.raw)
        .chain(list.unreadable.iter().map(|(raw, _)| &**raw))
        .collect();
    let count = raw.len();
    let entries = if count == 1 { "entry" } else { "entries" };
    let mut found = Violation::new(
        format!("The IP Allow List has {count} {entries}{}: whoever sends from there may skip spam filtering.", malformed(list)),
        vec![filter.origin.evidence("IPAllowList", &raw.join(", "))],
    )
    .portal(format!("{PORTAL} > Always allow messages from the following IP addresses > remove the entries. {ADVANCED_DELIVERY_FIRST}"));
    // Addresses that are not the campaign's belong to someone else: a command must not touch them.
    let (own, wider): (Vec<_>, Vec<_>) = list
        .entries()
        .iter()
        .filter_map(|entry| {
            let campaign = setup.campaign?;
            campaign.sending_ips.overlapping(&entry.range)?;
            Some((entry, campaign.sending_ips.covers(&entry.range)))
        })
        .partition(|(_, covered)| *covered);
    if !wider.is_empty() {
        let wider: Vec<String> =
            wider.iter().map(|(entry, _)| format!("`{}`", entry.raw)).collect();
        found = found.portal(format!(
            "{PORTAL}: {} also {} addresses that are not the campaign's: remove {}, or narrow to the addresses that somebody needs",
            wider.join(", "),
            if wider.len() == 1 { "holds" } else { "hold" },
            if wider.len() == 1 { "it" } else { "them" }
        ));
    }
    // The allow entry is all that keeps a block entry from refusing this mail.
    let block = filter.ip_block_list.as_ref();
    let blocked = |entry: &Entry| block.and_then(|block| block.overlapping(&entry.range));
    let (blocked, own): (Vec<_>, Vec<_>) = own
        .into_iter()
        .map(|(entry, _)| (entry, blocked(entry)))
        .partition(|(_, blocked)| blocked.is_some());
    for (entry, blocked) in blocked.iter().filter_map(|(entry, on)| Some((entry, (*on)?))) {
        found = found.portal(format!(
            "{PORTAL}: take `{}` off the IP Block List before `{}` is taken off the IP Allow List, else its mail is refused",
            blocked.raw, entry.raw
        ));
    }
    if !own.is_empty() {
        let own: Vec<String> =
            own.iter().map(|(entry, _)| fixes::powershell_text(&entry.raw, "<entry>")).collect();
        let list = own.join(",");
        found = found.repair(
            "Take the platform's entries off the IP Allow List",
            format!(
                "Set-HostedConnectionFilterPolicy -Identity Default -IPAllowList @{{Remove={list}}}"
            ),
            format!(
                "Set-HostedConnectionFilterPolicy -Identity Default -IPAllowList @{{Add={list}}}"
            ),
        );
    }
    found.caveat = Some(ADVANCED_DELIVERY_FIRST);
    vec![found]
}

/// `, 1 of them malformed (`203.0.113.300`: why)`; empty where all can be read.
fn malformed(list: &AddressList) -> String {
    const MOST: usize = 5;
    let count = list.unreadable.len();
    if count == 0 {
        return String::new();
    }
    let shown = list.unreadable.iter().take(MOST);
    let mut told: Vec<String> = shown.map(|(raw, why)| format!("`{raw}`: {why}")).collect();
    if count > MOST {
        told.push(format!("and {} more", count - MOST));
    }
    format!(", {count} of them malformed ({})", told.join("; "))
}

fn safe_list_enabled(setup: &Setup<'_>) -> Vec<Violation> {
    let Some(filter) = filter(setup).filter(|filter| filter.enable_safe_list == Some(true)) else {
        return Vec::new();
    };
    vec![
        Violation::new(
            "The safe list is on: mail from servers that Microsoft chooses skips spam filtering.",
            vec![filter.origin.evidence("EnableSafeList", "true")],
        )
        .portal(format!("{PORTAL} > untick Turn on safe list"))
        .repair(
            "Turn the safe list off",
            "Set-HostedConnectionFilterPolicy -Identity Default -EnableSafeList $false",
            "Set-HostedConnectionFilterPolicy -Identity Default -EnableSafeList $true",
        ),
    ]
}

fn ip_allow_and_block_both(setup: &Setup<'_>) -> Vec<Violation> {
    let Some(filter) = filter(setup) else { return Vec::new() };
    let (Some(allow), Some(block)) = (&filter.ip_allow_list, &filter.ip_block_list) else {
        return Vec::new();
    };
    allow
        .entries()
        .iter()
        .filter_map(|entry| {
            let blocked = block.overlapping(&entry.range)?;
            Some(Violation::new(
                format!(
                    "`{}` on the IP Allow List and `{}` on the IP Block List share addresses: allow wins.",
                    entry.raw, blocked.raw
                ),
                vec![
                    filter.origin.evidence("IPAllowList", &entry.raw),
                    filter.origin.evidence("IPBlockList", &blocked.raw),
                ],
            )
            .portal(format!("{PORTAL} > keep the entry on one of the two lists")))
        })
        .collect()
}

fn ip_allow_near_limit(setup: &Setup<'_>) -> Vec<Violation> {
    let Some(filter) = filter(setup) else { return Vec::new() };
    [("IPAllowList", &filter.ip_allow_list), ("IPBlockList", &filter.ip_block_list)]
        .into_iter()
        .filter_map(|(property, list)| {
            let count = list.as_ref()?.len();
            (count >= LIST_NEAR_LIMIT).then(|| {
                Violation::new(
                    format!("{property} has {count} of {LIST_LIMIT} entries."),
                    vec![filter.origin.evidence(property, &format!("{count} entries"))],
                )
                .portal(format!("{PORTAL} > merge addresses into /24 ranges, remove old ones"))
            })
        })
        .collect()
}

/// The campaign's ranges, with their texts.
fn platform_ranges<'a>(setup: &Setup<'a>) -> Vec<(&'a str, AddressRange)> {
    setup.campaign.map(|campaign| campaign.sending_ranges().collect()).unwrap_or_default()
}

fn ip_allow_cidr_out_of_range(setup: &Setup<'_>) -> Vec<Violation> {
    let mut found = platform_out_of_range(setup);
    found.extend(entries_out_of_range(setup));
    found
}

/// Entries of the list that its own cmdlet would refuse.
fn entries_out_of_range(setup: &Setup<'_>) -> Vec<Violation> {
    let Some(filter) = filter(setup) else { return Vec::new() };
    let entries = filter.ip_allow_list.iter().flat_map(|list| list.entries());
    entries
        .filter(|entry| entry.range.first().is_ipv4())
        .filter_map(|entry| {
            entry.range.connection_filter_problem()?;
            let raw = &entry.raw;
            let problem = match entry.range.form() {
                Form::Cidr(0) => "it names every address there is, and only /24 to /32 are valid".to_owned(),
                Form::Cidr(prefix) => format!("/{prefix} is outside /24 to /32"),
                _ => format!("it holds more than {DASH_LIMIT} addresses"),
            };
            Some(
                Violation::new(
                    format!("`{raw}` cannot stand on the IP Allow List: {problem}."),
                    vec![filter.origin.evidence("IPAllowList", raw)],
                )
                .portal(format!("{PORTAL} > remove `{raw}`, or put the addresses that somebody needs in its place")),
            )
        })
        .collect()
}

/// Ranges of the platform that the list does not take.
fn platform_out_of_range(setup: &Setup<'_>) -> Vec<Violation> {
    let own = platform_ranges(setup);
    let wrong =
        own.iter().filter(|(_, range)| range.first().is_ipv4() && range.form() != Form::Single);
    wrong
        .filter_map(|(raw, range)| {
            let problem = range.connection_filter_problem()?;
            let evidence = setup.campaign?.evidence("sending_ips", raw);
            Some(
                Violation::new(
                    format!(
                        "The platform's range `{raw}` cannot stand on the IP Allow List: {problem}."
                    ),
                    vec![evidence],
                )
                .portal(
                    "Prefer Advanced Delivery; for the mail flow rule enter the range as it is",
                ),
            )
        })
        .collect()
}

fn ip_allow_ipv6(setup: &Setup<'_>) -> Vec<Violation> {
    let own = platform_ranges(setup);
    own.iter()
        .filter(|(_, range)| range.first().is_ipv6())
        .filter_map(|(raw, range)| {
            let evidence = setup.campaign?.evidence("sending_ips", raw);
            Some(Violation::new(
                format!("The platform sends from IPv6 (`{raw}`), which the connection filter does not take."),
                vec![evidence],
            )
            .portal("Advanced Delivery takes IPv6 through PowerShell only; the Tenant Allow/Block List takes IPv6 addresses")
            .repair(
                format!("Enter {range} into Advanced Delivery by PowerShell"),
                format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -AddSenderIpRanges '{range}'"),
                format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -RemoveSenderIpRanges '{range}'"),
            ))
        })
        .collect()
}

fn ip_allow_platform_missing(setup: &Setup<'_>) -> Vec<Violation> {
    let tenant = setup.tenant;
    let (Some(filters), Some(rules), Some(simulations)) =
        (&tenant.connection_filters, &tenant.transport_rules, &tenant.phish_sim_rules)
    else {
        return Vec::new();
    };
    platform_ranges(setup)
        .into_iter()
        .filter(|(_, range)| {
            let allowed = filters.iter().filter_map(|f| f.ip_allow_list.as_ref());
            let simulated = simulations.iter().filter_map(|r| r.sender_ip_ranges.as_ref());
            let ruled = rules
                .iter()
                .filter(|rule| super::is_allow_rule(rule))
                .filter_map(|rule| rule.condition("SenderIpRanges"))
                .map(|predicate| &predicate.addresses);
            allowed.chain(simulated).chain(ruled).all(|list| list.overlapping(range).is_none())
        })
        .filter_map(|(raw, _)| {
            let evidence = setup.campaign?.evidence("sending_ips", raw);
            Some(Violation::new(
                format!("Neither Advanced Delivery, nor the IP Allow List, nor a bypass rule names the platform's `{raw}`."),
                vec![evidence],
            )
            .portal("Defender portal > Advanced delivery > Phishing simulation > Sending IP"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::reader::parse;
    use crate::rules::configuration::testing::{CAMPAIGN, NOW, assert_lint, fired, severity};
    use crate::tenant::reader::read_bytes;

    fn filter(properties: &str) -> String {
        format!("{{\"HostedConnectionFilterPolicy\": {{\"Name\": \"Default\", {properties}}}}}")
    }

    #[test]
    fn any_entry_of_the_ip_allow_list_is_a_warning() {
        let bad = filter(r#""IPAllowList": ["203.0.113.10"]"#);
        assert_lint("ip-allow-list-used", "warning", "", &bad, &filter(r#""IPAllowList": []"#));
    }

    #[test]
    fn only_the_campaigns_own_entries_are_taken_off_by_a_command() {
        let found = |entries: &str| {
            let tenant = filter(&format!(r#""IPAllowList": [{entries}]"#));
            let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
            let campaign = parse(&"campaign.toml".into(), CAMPAIGN).unwrap();
            let setup = Setup { tenant: &tenant, campaign: Some(&campaign), now: NOW };
            let found = ip_allow_list_used(&setup).remove(0);
            let told: Vec<String> = found.fix.iter().map(|fix| fix.text.clone()).collect();
            (told.join("\n"), found.repair.map(|repair| repair.run))
        };
        let (told, run) = found(r#""203.0.113.10", "198.51.100.1""#);
        assert!(run.unwrap().ends_with("@{Remove='203.0.113.10'}"));
        assert!(!told.contains("holds"), "{told}");
        let (told, run) = found(r#""203.0.113.8-203.0.113.15""#);
        assert!(told.contains("`203.0.113.8-203.0.113.15` also holds"), "{told}");
        assert!(told.contains("remove it, or narrow"), "{told}");
        assert!(run.is_none(), "{run:?}");
        let (told, run) = found(r#""203.0.113.10"], "IPBlockList": ["203.0.113.0/24""#);
        assert!(told.contains("take `203.0.113.0/24` off the IP Block List before"), "{told}");
        assert!(run.is_none(), "its mail would be refused: {run:?}");
        let (_, run) = found(r#""203.0.113.10"], "IPBlockList": ["198.51.100.0/24""#);
        assert!(run.is_some());
    }

    #[test]
    fn malformed_entries_are_named_with_the_reason() {
        let entries = r#""203.0.113.10", "203.0.113.300", "203.0.113.20-203.0.113.10""#;
        let found = fired(&filter(&format!("\"IPAllowList\": [{entries}]")), "");
        let told = &found.iter().find(|one| one.0 == "ip-allow-list-used").unwrap().2;
        assert!(
            told.contains("3 entries, 2 of them malformed (`203.0.113.300`: not an IP"),
            "{told}"
        );
        assert!(told.contains("`203.0.113.20-203.0.113.10`: the range ends before"), "{told}");
    }

    #[test]
    fn an_entry_that_the_list_does_not_take_is_an_error() {
        let list = |entry: &str| filter(&format!("\"IPAllowList\": [\"{entry}\"]"));
        let id = "ip-allow-cidr-out-of-range";
        assert_lint(id, "error", "", &list("0.0.0.0/0"), &list("203.0.113.0/24"));
        assert_lint(id, "error", "", &list("203.0.0.0-203.0.9.9"), &list("203.0.113.1"));
        assert!(fired(&list("0.0.0.0/0"), "")[1].2.contains("every address"));
    }

    #[test]
    fn the_safe_list_is_a_warning() {
        let (bad, good) =
            (filter(r#""EnableSafeList": true"#), filter(r#""EnableSafeList": false"#));
        assert_lint("safe-list-enabled", "warning", "", &bad, &good);
    }

    #[test]
    fn an_address_on_both_lists_is_worth_knowing() {
        assert_lint(
            "ip-allow-and-block-both",
            "info",
            "",
            &filter(r#""IPAllowList": ["203.0.113.10"], "IPBlockList": ["203.0.113.0/24"]"#),
            &filter(r#""IPAllowList": ["203.0.113.10"], "IPBlockList": ["198.51.100.0/24"]"#),
        );
    }

    #[test]
    fn a_nearly_full_list_is_a_warning() {
        let many = |count: usize| {
            let entries: Vec<String> =
                (0..count).map(|i| format!("\"192.0.{}.{}\"", i / 256, i % 256)).collect();
            filter(&format!("\"IPAllowList\": [{}]", entries.join(",")))
        };
        assert_lint("ip-allow-near-limit", "warning", "", &many(1250), &many(1249));
    }

    #[test]
    fn a_range_of_the_platform_wider_than_24_is_an_error() {
        let tenant = filter("\"IPAllowList\": []");
        let id = "ip-allow-cidr-out-of-range";
        assert_eq!(severity(id, &tenant, "sending_ips = [\"203.0.112.0/22\"]"), Some("error"));
        assert_eq!(severity(id, &tenant, "sending_ips = [\"203.0.113.0/24\"]"), None);
        assert_eq!(severity(id, &tenant, ""), None);
    }

    #[test]
    fn an_ipv6_platform_is_an_error() {
        let tenant = filter("\"IPAllowList\": []");
        assert_eq!(
            severity("ip-allow-ipv6", &tenant, "sending_ips = [\"2001:db8::1\"]"),
            Some("error")
        );
        assert_eq!(severity("ip-allow-ipv6", &tenant, CAMPAIGN), None);
    }

    #[test]
    fn a_platform_on_no_list_is_worth_knowing_only_when_all_lists_are_known() {
        let whole = |ips: &str| {
            format!(
                r#"{{"HostedConnectionFilterPolicy": {{"Name": "Default", "IPAllowList": []}}, "TransportRule": [],
                   "ExoPhishSimOverrideRule": {{"Name": "r", "SenderIpRanges": [{ips}], "Domains": []}}}}"#
            )
        };
        let listed = whole("\"203.0.113.0/28\"");
        assert_lint("ip-allow-platform-missing", "info", CAMPAIGN, &whole(""), &listed);
        let partial = filter("\"IPAllowList\": []");
        assert_eq!(severity("ip-allow-platform-missing", &partial, CAMPAIGN), None);
    }
}
