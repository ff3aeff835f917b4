//! `mailwhy audit --fix`: one reviewable PowerShell script that puts right what the audit found, with
//! the undo as comments. Nothing is run here.

use super::Setup;
use super::audit::Audit;
use super::steps::State;
use crate::rules::fixes;
use crate::tenant::address::AddressRange;
use crate::tenant::domain;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Sending IPs that Advanced Delivery takes.
const IP_LIMIT: usize = 10;

const HEAD: &str = "\
# Puts right what `mailwhy audit` found. Review every block before you run it.
# Run it in an Exchange Online PowerShell session (Connect-ExchangeOnline), first with -WhatIf.
# Running it twice does no harm. Each block has its undo below it, as a comment.
[CmdletBinding(SupportsShouldProcess)]
param()
$ErrorActionPreference = 'Stop'
";

/// Lints whose commands the Advanced Delivery block replaces.
const REPLACED: &[&str] = &[
    "advanced-delivery-ip-only",
    "advanced-delivery-domain-only",
    "advanced-delivery-from-header-domain",
    "advanced-delivery-subdomain",
    "ip-allow-ipv6",
];

/// The script.
pub fn script(setup: &Setup<'_>, audit: &Audit) -> String {
    let mut text = HEAD.to_owned();
    let mut number = 0;
    let delivery = advanced_delivery(setup, audit);
    let replaced = delivery.is_some();
    if let Some(block) = delivery {
        number += 1;
        push(&mut text, number, &block.0, &block.1, &block.2, "");
    }
    let mut seen = BTreeSet::new();
    for finding in &audit.findings {
        let Some(repair) = &finding.repair else { continue };
        if (replaced && REPLACED.contains(&finding.rule)) || !seen.insert(&repair.run) {
            continue;
        }
        number += 1;
        push(&mut text, number, &repair.title, &repair.run, &repair.undo, finding.rule);
    }
    let by_hand: Vec<_> = audit.findings.iter().filter(|f| f.repair.is_none()).collect();
    if !by_hand.is_empty() {
        text.push_str("\n# To be done by hand:\n");
        for finding in by_hand {
            let _ = writeln!(text, "#   {}: {}", finding.rule, one_line(&finding.summary));
            for fix in &finding.fix {
                let _ = writeln!(text, "#     {}", one_line(&fix.text));
            }
        }
    }
    if number == 0 {
        text.push_str("\n# There is nothing that a command would put right.\n");
    }
    text
}

fn push(text: &mut String, number: usize, title: &str, run: &str, undo: &str, rule: &str) {
    let origin = if rule.is_empty() { String::new() } else { format!(" ({rule})") };
    let _ = writeln!(text, "\n# {number}. {}{origin}", one_line(title));
    let label = fixes::powershell_text(&one_line(title), "this step");
    let _ = writeln!(text, "if ($PSCmdlet.ShouldProcess('tenant', {label})) {{");
    for line in run.lines() {
        let _ = writeln!(text, "    {line}");
    }
    text.push_str("}\n# Undo:\n");
    for line in undo.lines() {
        let _ = writeln!(text, "#   {}", line.trim_start_matches("# "));
    }
}

/// A text that cannot leave its comment: no line breaks of any kind, no control characters.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            let breaks = c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
            let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if breaks || turns { ' ' } else { c }
        })
        .collect()
}

/// Title, commands and undo that enter the campaign into Advanced Delivery; `None` where it is there
/// already or the campaign does not say what to enter.
fn advanced_delivery(setup: &Setup<'_>, audit: &Audit) -> Option<(String, String, String)> {
    let campaign = setup.campaign?;
    let step = audit.steps.iter().find(|step| step.step == "advanced-delivery")?;
    if step.state == State::Done {
        return None;
    }
    let names = if campaign.mail_from_domains.is_empty() {
        &campaign.dkim_domains
    } else {
        &campaign.mail_from_domains
    };
    let domains: Vec<String> =
        names.iter().filter_map(|name| fixes::domain(&domain::normal(name))).collect();
    let ips: Vec<AddressRange> = campaign.sending_ranges().map(|(_, range)| range).collect();
    if domains.is_empty() || ips.is_empty() {
        return None;
    }
    let undo = advanced_delivery_undo(setup, &domains, &ips);
    let (domains, count, ips) = (listed(&domains), ips.len(), listed(&ips));
    let mut run = String::new();
    if count > IP_LIMIT {
        let _ = writeln!(
            run,
            "# Advanced Delivery takes {IP_LIMIT} sending IPs and the campaign has {count}: merge them into CIDR ranges first."
        );
    }
    let _ = write!(
        run,
        "$domains = @({domains})\n\
         $ips = @({ips})\n\
         if (-not (Get-PhishSimOverridePolicy)) {{ New-PhishSimOverridePolicy -Name PhishSimOverridePolicy }}\n\
         $rule = Get-ExoPhishSimOverrideRule | Where-Object {{ $_.Mode -eq 'Enforce' }} | Select-Object -First 1\n\
         if ($rule) {{\n\
         \x20   $newDomains = @($domains | Where-Object {{ $_ -notin @($rule.Domains) }})\n\
         \x20   $newIps = @($ips | Where-Object {{ $_ -notin @($rule.SenderIpRanges) }})\n\
         \x20   if ($newDomains) {{ Set-ExoPhishSimOverrideRule -Identity $rule.Identity -AddDomains $newDomains }}\n\
         \x20   if ($newIps) {{ Set-ExoPhishSimOverrideRule -Identity $rule.Identity -AddSenderIpRanges $newIps }}\n\
         }}\n\
         else {{\n\
         \x20   New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains $domains -SenderIpRanges $ips\n\
         }}"
    );
    if campaign.gateway.is_some() {
        run.push_str(
            "\n# It matches only when Enhanced Filtering is on for the gateway's connector.",
        );
    }
    Some(("Enter the campaign into Advanced Delivery".to_owned(), run, undo))
}

/// Values as a PowerShell list. They are checked domains and typed addresses.
fn listed(values: &[impl std::fmt::Display]) -> String {
    values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(", ")
}

/// Takes out what the step put in, and nothing that the export already had.
fn advanced_delivery_undo(setup: &Setup<'_>, domains: &[String], ips: &[AddressRange]) -> String {
    let Some(rules) = &setup.tenant.phish_sim_rules else {
        return "# The export does not tell what was there before: note $newDomains and $newIps when the step runs, and take out those."
            .to_owned();
    };
    let Some(rule) = rules.iter().find(|rule| rule.is_enforced()) else {
        return "Get-ExoPhishSimOverrideRule | Remove-ExoPhishSimOverrideRule".to_owned();
    };
    let known = rule.domains.as_deref().unwrap_or_default();
    let is_new = |name: &&String| !known.iter().any(|known| domain::is_same(known, name));
    let new_domains: Vec<&String> = domains.iter().filter(is_new).collect();
    let known = rule.sender_ip_ranges.as_ref();
    let is_new = |range: &&AddressRange| {
        !known.is_some_and(|known| known.entries().iter().any(|entry| entry.range == **range))
    };
    let new_ips: Vec<&AddressRange> = ips.iter().filter(is_new).collect();
    let mut undo = String::from(
        "$rule = Get-ExoPhishSimOverrideRule | Where-Object { $_.Mode -eq 'Enforce' } | Select-Object -First 1",
    );
    for (parameter, values) in
        [("RemoveDomains", listed(&new_domains)), ("RemoveSenderIpRanges", listed(&new_ips))]
    {
        if !values.is_empty() {
            let _ = write!(
                undo,
                "\nSet-ExoPhishSimOverrideRule -Identity $rule.Identity -{parameter} {values}"
            );
        }
    }
    undo
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::reader::parse;
    use crate::rules::configuration::audit::audit;
    use crate::rules::configuration::testing::{CAMPAIGN, NOW};
    use crate::tenant::reader::read_bytes;

    fn fixed(tenant: &str) -> String {
        let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
        let campaign = parse(&"campaign.toml".into(), CAMPAIGN).unwrap();
        let setup = Setup { tenant: &tenant, campaign: Some(&campaign), now: NOW };
        script(&setup, &audit(&setup))
    }

    #[test]
    fn the_campaign_is_entered_into_advanced_delivery_only_where_it_is_not_there() {
        let text = fixed(r#"{"ExoPhishSimOverrideRule": []}"#);
        assert!(text.contains("$domains = @('mail.sim.example')"), "{text}");
        assert!(text.contains("$ips = @('203.0.113.10')"), "{text}");
        assert!(text.contains(
            "# Undo:\n#   Get-ExoPhishSimOverrideRule | Remove-ExoPhishSimOverrideRule\n"
        ));
    }

    #[test]
    fn the_undo_leaves_what_the_export_already_had() {
        let text = fixed(
            r#"{"ExoPhishSimOverrideRule": {"Mode": "Enforce", "Domains": ["other.example"], "SenderIpRanges": ["203.0.113.10"]}}"#,
        );
        assert!(text.contains("-RemoveDomains 'mail.sim.example'"), "{text}");
        assert!(!text.contains("-RemoveSenderIpRanges '203.0.113.10'"), "{text}");
    }

    #[test]
    fn without_an_export_of_the_rule_the_undo_says_what_to_note() {
        let text = fixed(r#"{"TransportRule": []}"#);
        assert!(!text.contains("-RemoveDomains 'mail.sim.example'"), "{text}");
    }

    #[test]
    fn every_repair_stands_in_the_script_with_its_undo() {
        let text = fixed(
            r#"{"TransportRule": {"Name": "Bob's rule", "State": "Disabled", "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]}}"#,
        );
        assert!(text.contains("    Enable-TransportRule -Identity 'Bob''s rule' -Confirm:$false\n}\n# Undo:\n#   Disable-TransportRule"), "{text}");
    }

    /// What PowerShell runs of a line: all but its single-quoted strings, in which two quotes are one.
    fn outside_strings(code: &str) -> String {
        let is_quote = |c: char| c == '\'' || ('\u{2018}'..='\u{201b}').contains(&c);
        let mut outside = String::new();
        let mut chars = code.chars().peekable();
        while let Some(c) = chars.next() {
            if !is_quote(c) {
                outside.push(c);
                continue;
            }
            while let Some(inner) = chars.next() {
                if is_quote(inner) && chars.next_if(|next| is_quote(*next)).is_none() {
                    break;
                }
            }
        }
        outside
    }

    #[test]
    fn a_hostile_name_cannot_leave_its_quotes_or_its_comment() {
        for name in [
            "a'; Remove-Mailbox x #",
            "a\\n Remove-Mailbox x",
            "a\u{2019}; Remove-Mailbox x",
            "a\u{2028}Remove-Mailbox x",
        ] {
            let text = fixed(&format!(
                r#"{{"TransportRule": {{"Name": "{name}", "State": "Disabled", "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]}},
                    "InboundConnector": {{"Name": "{name}", "ConnectorType": "Partner", "EFUsers": ["x"]}}}}"#
            ));
            for line in text.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
                let code = line.trim_start();
                assert!(
                    code.starts_with('#') || !outside_strings(code).contains("Remove-Mailbox"),
                    "{name}: {line}"
                );
            }
        }
    }

    #[test]
    fn a_tenant_with_nothing_wrong_gets_a_script_that_says_so() {
        let text = fixed(
            r#"{"ExoPhishSimOverrideRule": {"Name": "r", "Domains": ["mail.sim.example"], "SenderIpRanges": ["203.0.113.10"]},
                "InboundConnector": {"Name": "gw", "ConnectorType": "Partner", "SenderIPAddresses": ["198.51.100.0/24"], "EFSkipLastIP": true, "EFSkipIPs": []}}"#,
        );
        assert!(text.contains("nothing that a command would put right"), "{text}");
    }
}
