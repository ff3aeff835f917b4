//! FIX-POLICY: settings of the policy that applies to the recipient (`causes.md` §4).

use super::{Values, platform, portal, powershell, powershell_identity, providers};
use crate::case::Case;
use crate::finding::Fix;

/// What to keep in mind before weakening a policy.
pub fn policy_note() -> Fix {
    portal(
        "Do not weaken a verdict's action for all mail so that a simulation passes. Preset policies \
         cannot be edited: exclude the recipients from the preset instead.",
    )
}

/// The anti-spam policy that applies to the recipient, as a command names it.
pub(super) fn content_filter(case: &Case<'_>, values: &Values<'_>) -> String {
    let recipient = values.recipient_address();
    let applied = case.tenant.and_then(|tenant| tenant.content_filter_for(recipient.as_deref()));
    let policy = applied.as_ref().and_then(|applied| applied.policy());
    identity("HostedContentFilterPolicy", policy.map(|policy| &*policy.origin.name))
}

/// The anti-phishing policy that applies to the recipient, as a command names it.
fn anti_phish(case: &Case<'_>, values: &Values<'_>) -> String {
    let recipient = values.recipient_address();
    let applied = case.tenant.and_then(|tenant| tenant.anti_phish_for(recipient.as_deref()));
    let policy = applied.as_ref().and_then(|applied| applied.policy());
    identity("AntiPhishPolicy", policy.map(|policy| &*policy.origin.name))
}

/// The name of a policy that can be edited, or a placeholder for one: presets cannot.
fn identity(noun: &str, name: Option<&str>) -> String {
    match name.filter(|name| !name.contains("Preset Security Policy")) {
        Some(name) => powershell_identity(noun, name, "<policy>"),
        None => "\"<policy>\"".to_owned(),
    }
}

/// Raises the bulk threshold of the policy that applies.
pub fn bulk_threshold(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    vec![
        portal(format!(
            "Defender portal > Threat policies > Anti-spam > the inbound policy that applies to {} > \
             Bulk email threshold & spam properties > Bulk email threshold. Affects all bulk mail.",
            values.recipient()
        )),
        powershell(format!(
            "Set-HostedContentFilterPolicy -Identity {} -BulkThreshold 9",
            content_filter(case, &values)
        )),
    ]
}

/// Turns off one advanced spam filter setting; `parameter` is its name in PowerShell.
pub fn mark_as_spam_off(case: &Case<'_>, parameter: Option<&str>) -> Vec<Fix> {
    let parameter = parameter.unwrap_or("<MarkAsSpam-or-IncreaseScoreWith-setting>");
    vec![
        portal(
            "Defender portal > Threat policies > Anti-spam > the inbound policy that applies > Bulk \
             email threshold & spam properties > the setting named in X-CustomSpam > Off",
        ),
        powershell(format!(
            "Set-HostedContentFilterPolicy -Identity {} -{parameter} Off",
            content_filter(case, &Values::of(case))
        )),
    ]
}

/// Trusts the sender in impersonation protection.
pub fn trusted_impersonator(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let domain = values.from();
    if !values.is_from_senders_own() {
        let why = if providers::is_everybodys(&domain) {
            "anybody can send mail from it, and would be trusted too"
        } else {
            "this message was not sent by that domain, and everybody else who forges it would be \
             trusted too"
        };
        return vec![platform(format!(
            "Do not trust {domain} in impersonation protection: {why}. Let the platform use a visible \
             From of its own, or rely on Advanced Delivery."
        ))];
    }
    vec![
        portal(format!(
            "Defender portal > Threat policies > Anti-phishing > the policy that applies to {} > \
             Impersonation > Manage trusted senders and domains > {domain}",
            values.recipient()
        )),
        powershell(format!(
            "Set-AntiPhishPolicy -Identity {} -ExcludedDomains @{{Add=\"{domain}\"}}",
            anti_phish(case, &values)
        )),
    ]
}

/// Turns off the first contact safety tip.
pub fn first_contact_tip_off(case: &Case<'_>) -> Vec<Fix> {
    vec![
        portal(
            "Defender portal > Threat policies > Anti-phishing > the policy that applies > Actions > \
             Safety tips & indicators > Show first contact safety tip",
        ),
        powershell(format!(
            "Set-AntiPhishPolicy -Identity {} -EnableFirstContactSafetyTips $false",
            anti_phish(case, &Values::of(case))
        )),
    ]
}

/// Keeps simulations from being taken for internal mail.
pub fn intra_org_route() -> Vec<Fix> {
    vec![platform(
        "Deliver from the internet to the tenant instead of through on-premises Exchange. If the relay \
         must stay: give it a dedicated on-premises Receive connector that does not authenticate the \
         simulations as internal.",
    )]
}
