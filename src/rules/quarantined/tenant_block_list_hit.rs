//! An entry of the Tenant Allow/Block List blocks the sender, a link, or the spoofed pair.

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Fix, Outcome, Role};
use crate::message::values::AuthResult;
use crate::rules::mail::{mail, stood_then};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::lists::{AllowBlockItem, ListType};
use crate::tenant::matching::{self, Mail};

pub(super) const RULE: Rule = Rule {
    id: "tenant-block-list-hit",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "The tenant's own block list names the sender, a link of the message, or the spoofed pair.",
        evidence: &[
            "Proven: compauth reason 002 (a blocked spoof pair), or Defender names the Tenant Allow/Block List as what blocked",
            "Likely: a Block entry that is in force fits the visible From or a link, and the message was quarantined",
        ],
        against: &[
            "The entry was made after the message, or had run out",
            "A block on a domain does not cover what is below it, and *.domain does not cover the domain itself",
            "Malware: a blocked file hash cannot be compared",
        ],
        fix: &["Remove the entry from the Tenant Allow/Block List"],
        caveat: "Block beats allow. SOC teams often block a simulation's URL after a user's report. Whether Advanced Delivery beats a block is not documented.",
        references: &[references::TENANT_ALLOW_BLOCK, references::PRECEDENCE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    by_defender(case).or_else(|| by_spoof_pair(case)).or_else(|| by_entry(case))
}

fn by_defender(case: &Case<'_>) -> Option<Finding> {
    let hunting = &case.journey?.hunting;
    let policy = hunting.org_policy.as_ref()?;
    let text = policy.value.to_ascii_lowercase();
    let action = hunting.org_action.as_ref().map(|action| action.value.to_ascii_lowercase());
    let blocks =
        action.as_deref() == Some("block") || text.contains("block (") || text.ends_with("block");
    (text.contains("tenant allow/block list") && blocks).then(|| {
        let summary = format!("Defender says that {} blocked it.", policy.value);
        let mut finding = RULE.finding(Certainty::Proven, summary, vec![policy.evidence.clone()]);
        finding.fix = remove("<list>", "<entry>");
        finding
    })
}

fn by_spoof_pair(case: &Case<'_>) -> Option<Finding> {
    let (result, reason) = reading::compauth(case)?;
    if *result != AuthResult::Fail || reason != "002" {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Proven,
        "An administrator blocked this spoofed sender pair (compauth reason 002).",
        reading::results_piece(case, "compauth").into_iter().collect(),
    );
    let pair = case.tenant.and_then(|tenant| matching::spoof_pair(tenant, &mail(case), "Block"));
    reading::add(
        &mut finding.evidence,
        pair.map(|pair| {
            let user = pair.spoofed_user.as_deref().unwrap_or_default();
            pair.origin.evidence("SpoofedUser", user)
        }),
    );
    finding.fix = vec![
        fixes::portal(
            "Defender portal > Tenant Allow/Block Lists > Spoofed senders > the pair > Delete",
        ),
        fixes::powershell(
            "Get-TenantAllowBlockListSpoofItems | Where-Object Action -eq Block | Format-List Identity,SpoofedUser,SendingInfrastructure\nRemove-TenantAllowBlockListSpoofItems -Identity \"<your-domain>\\Default\" -Ids <Identity>",
        ),
    ];
    Some(finding)
}

fn by_entry(case: &Case<'_>) -> Option<Finding> {
    let tenant = case.tenant?;
    // A blocked sender or link gives high confidence phishing and quarantine (causes.md §3.2).
    let fits = matches!(case.landing.outcome, Outcome::Quarantine | Outcome::Unknown)
        && reading::cat(case).is_none_or(|cat| {
            !reading::is_malware(cat) && cat != &crate::message::values::Cat::None
        });
    if !fits || (case.landing.outcome == Outcome::Unknown && reading::cat(case).is_none()) {
        return None;
    }
    let mail = mail(case);
    let (item, what, met) = match matching::tenant_block(tenant, &mail) {
        Some(item) => (item, "the sender", case.envelope.from.as_ref().map(|f| f.evidence.clone())),
        None => {
            let (item, link) = blocked_link(case, &mail)?;
            (item, "a link", Some(link))
        }
    };
    let stood = stood_then(item.last_modified, &mail);
    let certainty = match stood {
        Some(true) => Certainty::Likely,
        Some(false) => return None,
        None => Certainty::Possible,
    };
    let value = item.value.as_deref().unwrap_or_default();
    let summary = format!("The Tenant Block List blocks {what} (`{value}`, {}).", item.lifetime());
    let mut evidence = vec![item.origin.evidence("Value", value)];
    reading::add(&mut evidence, met);
    reading::add(&mut evidence, reading::verdict_and_landing(case, &["CAT"]));
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = vec![
        match stood {
            Some(_) => "the entry was there before the message".to_owned(),
            None => "not checked: when the entry was made".to_owned(),
        },
        "the entry had not run out".to_owned(),
    ];
    finding.fix = remove(item.list().map_or("<list>", ListType::name), value);
    Some(finding)
}

/// The blocked link, and where it stands. Only what was recovered of a rewritten link is compared.
fn blocked_link<'c>(case: &'c Case<'_>, mail: &Mail<'_>) -> Option<(&'c AllowBlockItem, Citation)> {
    let items = case.tenant?.allow_block_items.as_ref()?;
    let blocking: Vec<&AllowBlockItem> = items
        .iter()
        .filter(|item| {
            item.blocks()
                && item.list() == Some(ListType::Url)
                && !mail.when.is_some_and(|when| item.expired_at(when))
        })
        .collect();
    case.links?.iter().find_map(|link| {
        let url = link.original.as_deref().unwrap_or(&link.rewritten);
        let item = blocking.iter().find(|item| item.matches_url(url))?;
        Some((*item, link.evidence()))
    })
}

fn remove(list: &str, value: &str) -> Vec<Fix> {
    // An entry may be an address or a pattern: it is quoted like any text.
    let entry = fixes::powershell_text(value, "<entry>");
    vec![
        fixes::portal(
            "Defender portal > Policies & rules > Threat policies > Tenant Allow/Block Lists > the tab of the list > the entry > Delete",
        ),
        fixes::powershell(format!(
            "Remove-TenantAllowBlockListItems -ListType {list} -Entries {entry}"
        )),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn tenant(value: &str, more: &str) -> String {
        format!(
            r#"{{"TenantAllowBlockListItems": {{"Sender": {{"Value": "{value}", "Action": "Block", "LastModifiedDateTime": "2025-10-01T00:00:00Z"{more}}}}}}}"#
        )
    }

    fn held() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:HPHSH").in_quarantine()
    }

    #[test]
    fn a_blocked_sender_that_stood_before_the_message_is_likely() {
        for value in ["phish.example", "support@phish.example"] {
            assert_eq!(held().tenant(&tenant(value, "")).certainty(&RULE), Some(Certainty::Likely));
        }
    }

    #[test]
    fn entries_made_later_run_out_or_for_another_name_speak_against_it() {
        let later = tenant("phish.example", "").replace("2025-10-01", "2025-11-01");
        let over = tenant("phish.example", r#", "ExpirationDate": "2025-10-05T00:00:00Z""#);
        let other = tenant("mail.phish.example", "");
        let wildcard = tenant("*.phish.example", "");
        let allow = tenant("phish.example", "").replace("Block\"", "Allow\"");
        for tenant in [later, over, other, wildcard, allow] {
            assert_eq!(held().tenant(&tenant).certainty(&RULE), None, "{tenant}");
        }
    }

    #[test]
    fn an_entry_of_unknown_age_is_possible() {
        let undated = tenant("phish.example", "").replace("LastModifiedDateTime", "Ignored");
        assert_eq!(held().tenant(&undated).certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn reason_002_is_proof_without_any_export() {
        let mail = held().results("spf=fail (sender IP is 203.0.113.10) smtp.mailfrom=brand.example; dkim=none (message not signed) header.d=none;dmarc=fail action=none header.from=brand.example;compauth=fail reason=002");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn malware_and_mail_in_the_inbox_are_something_else() {
        let block = tenant("phish.example", "");
        let malware = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:MALW").in_quarantine();
        let inbox = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        for mail in [malware, inbox] {
            assert_eq!(mail.tenant(&block).certainty(&RULE), None);
        }
    }
}
