//! FIX-SCL and its relatives: mail flow rules (`causes.md` §4).

use super::{Values, portal, powershell, powershell_identity, powershell_text};
use crate::case::Case;
use crate::finding::Fix;
use crate::rules::source::Path;

const NEW_RULE: &str = "Exchange admin center > Mail flow > Rules > Add a rule > Create a new rule > Apply this rule if: ";

/// The condition of a rule for this message, as the portal names it and as PowerShell takes it.
///
/// Behind a gateway a rule sees the gateway's address, so the platform's header is tested instead.
fn condition(values: &Values<'_>) -> (String, String) {
    if values.path == Path::BehindGateway {
        let (header, secret) = marker(values);
        (
            format!(
                "The message headers > include any of these words > {header}: {secret} (the sender's \
                 IP is hidden by the gateway; anyone who learns that header can use it, so keep a \
                 second condition)"
            ),
            format!(
                "-HeaderContainsMessageHeader {} -HeaderContainsWords {}",
                powershell_text(&header, "<platform-header>"),
                powershell_text(&secret, "<secret>")
            ),
        )
    } else {
        let ip = values.ip();
        (
            format!("The sender > IP address is in any of these ranges or exactly matches > {ip}"),
            format!("-SenderIpRanges {ip}"),
        )
    }
}

/// The header that marks the platform's mail and its value, or their placeholders.
fn marker(values: &Values<'_>) -> (String, String) {
    let known = values.marker();
    known.unwrap_or_else(|| ("<platform-header>".to_owned(), "<secret>".to_owned()))
}

/// The command that makes a rule of ours, or that changes the one which the export has already.
/// `actions` is what it does.
fn rule_command(case: &Case<'_>, values: &Values<'_>, name: &str, actions: &str) -> String {
    let (_, parameters) = condition(values);
    let rules = case.tenant.and_then(|tenant| tenant.transport_rules.as_ref());
    let known =
        rules.into_iter().flatten().find(|rule| rule.name().trim().eq_ignore_ascii_case(name));
    let Some(rule) = known else {
        return format!("New-TransportRule -Name \"{name}\" {parameters} {actions}");
    };
    let identity = powershell_identity("TransportRule", rule.name(), "<rule>");
    let parameters = if values.path == Path::BehindGateway {
        parameters
    } else {
        let ip = values.ip();
        format!("-SenderIpRanges (@($r.SenderIpRanges) + \"{ip}\" | Where-Object {{$_}})")
    };
    let mut command = format!(
        "# the export has a rule of that name already:\n\
         $r = Get-TransportRule {identity}; Set-TransportRule $r.Identity {parameters} {actions}"
    );
    if !rule.is_enforced() {
        command.push_str(" -Mode Enforce");
    }
    if !rule.is_enabled() {
        command.push_str("; Enable-TransportRule $r.Identity");
    }
    command
}

/// A mail flow rule that asks for a bypass of spam filtering and of Clutter.
pub fn spam_bypass_rule(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let (words, _) = condition(&values);
    vec![
        portal(format!(
            "{NEW_RULE}{words}; Do the following: Modify the message properties > Set the spam \
             confidence level (SCL) > Bypass spam filtering. Save, then enable the rule. The SCL is \
             a request: high confidence phishing and malware stay quarantined."
        )),
        powershell(rule_command(
            case,
            &values,
            "PhishSim - bypass spam",
            "-SetSCL -1 -SetHeaderName \"X-MS-Exchange-Organization-BypassClutter\" -SetHeaderValue \"true\"",
        )),
    ]
}

/// A mail flow rule that keeps Safe Links from rewriting and scanning.
pub fn skip_safe_links(case: &Case<'_>) -> Vec<Fix> {
    set_header(
        case,
        "PhishSim - skip Safe Links",
        "X-MS-Exchange-Organization-SkipSafeLinksProcessing",
        "1",
    )
}

/// A mail flow rule that keeps Safe Attachments from holding the message.
pub fn skip_safe_attachments(case: &Case<'_>) -> Vec<Fix> {
    set_header(
        case,
        "PhishSim - skip Safe Attachments",
        "X-MS-Exchange-Organization-SkipSafeAttachmentProcessing",
        "1",
    )
}

/// A mail flow rule that keeps the message in Focused.
pub fn focused_inbox(case: &Case<'_>) -> Vec<Fix> {
    set_header(case, "PhishSim - Focused", "X-MS-Exchange-Organization-BypassFocusedInbox", "true")
}

fn set_header(case: &Case<'_>, name: &str, header: &str, value: &str) -> Vec<Fix> {
    let values = Values::of(case);
    let (words, _) = condition(&values);
    let actions = format!("-SetHeaderName \"{header}\" -SetHeaderValue \"{value}\"");
    vec![
        portal(format!(
            "{NEW_RULE}{words}; Do the following: Modify the message properties > Set a message \
             header > {header} with the value {value} (name and value exactly so). Save, then \
             enable the rule."
        )),
        powershell(rule_command(case, &values, name, &actions)),
    ]
}

/// Lets this message's source pass a mail flow rule that acts on it. `rule` is its name, if known.
pub fn rule_exception(case: &Case<'_>, rule: Option<&str>) -> Vec<Fix> {
    let values = Values::of(case);
    let ip = values.ip();
    let name = powershell_identity("TransportRule", rule.unwrap_or_default(), "<rule>");
    let place =
        format!("Exchange admin center > Mail flow > Rules > {}", rule.unwrap_or("the rule"));
    if values.path == Path::BehindGateway {
        let (header, secret) = marker(&values);
        return vec![
            portal(format!(
                "{place} > Except if > The message headers > include any of these words > \
                 {header}: {secret} (a rule sees the gateway's IP, not the platform's)"
            )),
            powershell(format!(
                "# takes the place of such an exception, if the rule has one: keep its words\n\
                 Set-TransportRule {name} -ExceptIfHeaderContainsMessageHeader {} -ExceptIfHeaderContainsWords {}",
                powershell_text(&header, "<platform-header>"),
                powershell_text(&secret, "<secret>")
            )),
        ];
    }
    vec![
        portal(format!(
            "{place} > Except if > The sender > IP address is in any of these ranges or exactly \
             matches > {ip}"
        )),
        powershell(format!(
            "$r = Get-TransportRule {name}; Set-TransportRule $r.Identity -ExceptIfSenderIpRanges (@($r.ExceptIfSenderIpRanges) + \"{ip}\" | Where-Object {{$_}})"
        )),
    ]
}

/// Finds and removes rules that write a forged filter report.
pub fn replace_planted_header() -> Vec<Fix> {
    vec![
        portal(
            "Exchange admin center > Mail flow > Rules > the rule that sets the header \
             X-Forefront-Antispam-Report > remove that action; it allows nothing.",
        ),
        powershell(
            "Get-TransportRule | Where-Object SetHeaderName -eq 'X-Forefront-Antispam-Report' | Format-List Name,State,Mode,SetHeaderValue,SenderIpRanges",
        ),
    ]
}
