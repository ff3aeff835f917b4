//! Which policy applies to a recipient, and who wins against which verdict (`causes.md` §3,
//! `headers.md` §7).

use super::Tenant;
use super::domain;
use super::policies::{
    AntiPhishPolicy, Assignable, ContentFilterPolicy, MalwareFilterPolicy, PolicyRule,
    SafeAttachmentPolicy, SafeLinksPolicy,
};
use super::settings::entries;
use crate::message::values::Cat;

/// What the filter took a message for, as far as precedence tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Threat {
    /// Malware, a bad attachment, a refused file type.
    Malware,
    /// High confidence phishing.
    HighConfidencePhish,
    /// Phishing, spoofing and impersonation.
    Phish,
    /// High confidence spam.
    HighConfidenceSpam,
    /// Spam.
    Spam,
    /// Bulk mail.
    Bulk,
    /// Nothing bad.
    NotSpam,
}

impl Threat {
    /// The threat that a category stands for; `None` for one that is not documented.
    pub fn of(cat: &Cat) -> Option<Self> {
        Some(match cat {
            Cat::Malware | Cat::AntiMalware | Cat::FileType | Cat::SafeAttachments => {
                Threat::Malware
            }
            Cat::HighConfidencePhish => Threat::HighConfidencePhish,
            Cat::Phish
            | Cat::Spoof
            | Cat::UserImpersonation
            | Cat::DomainImpersonation
            | Cat::MailboxImpersonation
            | Cat::BrandImpersonation
            | Cat::IntraOrgPhish => Threat::Phish,
            Cat::HighConfidenceSpam => Threat::HighConfidenceSpam,
            Cat::Spam | Cat::OutboundSpam => Threat::Spam,
            Cat::Bulk => Threat::Bulk,
            Cat::None => Threat::NotSpam,
            Cat::Other(_) => return None,
        })
    }
}

/// Something that overrides, or tries to override, the filter's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Override {
    /// Advanced Delivery, phishing simulation.
    AdvancedDelivery,
    /// A mail flow rule with SCL -1.
    BypassRule,
    /// The IP Allow List.
    IpAllowList,
    /// Allowed senders and domains of an anti-spam policy.
    PolicySenderList,
    /// A Tenant Allow entry for a sender or domain, made directly.
    TenantAllow,
    /// The recipient's Safe Senders.
    UserSafe,
    /// The recipient's Blocked Senders.
    UserBlocked,
    /// A Tenant Block entry for a sender or a link.
    TenantBlock,
    /// The IP Block List.
    IpBlockList,
}

/// What becomes of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Delivered to the Inbox.
    Delivered,
    /// Quarantined, whatever the policy's action is.
    Quarantined,
    /// What the policy's action for the verdict says.
    PolicyAction,
    /// Junk Email folder.
    Junk,
    /// Refused at the edge: no filter looked.
    Refused,
}

/// The table of `causes.md` §3.2. `mx_is_microsoft` is `Some(false)` where the domain's mail
/// exchanger is elsewhere: secure by default does not hold there (§3.3), so that every allow but the
/// user's block can deliver high confidence phishing.
///
/// Malware and Advanced Delivery: Microsoft's table says delivered, its article says that only
/// SecOps mailboxes skip malware filtering. It is treated as not bypassed.
pub fn effect(by: Override, threat: Threat, mx_is_microsoft: Option<bool>) -> Effect {
    use Override as O;
    use Threat as T;
    match (by, threat) {
        (O::IpBlockList, _) => Effect::Refused,
        (_, T::Malware) => Effect::Quarantined,
        (O::TenantBlock, _) => Effect::Quarantined,
        (O::AdvancedDelivery, _) => Effect::Delivered,
        (O::UserBlocked, T::HighConfidencePhish) => Effect::Quarantined,
        (O::UserBlocked, T::Bulk | T::NotSpam) => Effect::Junk,
        (O::UserBlocked, _) => Effect::PolicyAction,
        (_, T::HighConfidencePhish) if mx_is_microsoft == Some(false) => Effect::Delivered,
        (_, T::HighConfidencePhish) => Effect::Quarantined,
        _ => Effect::Delivered,
    }
}

/// Whether the mechanism still delivers when the recipient blocked the sender. Only Advanced Delivery
/// does; every other allow of the organisation loses to the user (`causes.md` §3.2).
pub fn beats_user_block(by: Override) -> bool {
    matches!(by, Override::AdvancedDelivery)
}

/// Preset security policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Default and custom policies, with Microsoft's defaults.
    Default,
    /// Standard preset.
    Standard,
    /// Strict preset.
    Strict,
}

impl Level {
    /// The level that a `RecommendedPolicyType` names.
    pub fn parse(text: Option<&str>) -> Self {
        match text {
            Some(text) if text.eq_ignore_ascii_case("Strict") => Level::Strict,
            Some(text) if text.eq_ignore_ascii_case("Standard") => Level::Standard,
            _ => Level::Default,
        }
    }
}

/// The action for a verdict where nobody changed it (`headers.md` §7.4): `Quarantine` or
/// `MoveToJmf`; `None` for mail that is not spam.
pub fn default_action(level: Level, threat: Threat) -> Option<&'static str> {
    match (threat, level) {
        (Threat::NotSpam, _) => None,
        (Threat::Malware | Threat::HighConfidencePhish | Threat::Phish, _) => Some("Quarantine"),
        (_, Level::Strict) => Some("Quarantine"),
        (Threat::HighConfidenceSpam, Level::Standard) => Some("Quarantine"),
        _ => Some("MoveToJmf"),
    }
}

impl ContentFilterPolicy {
    /// The action this policy has for a verdict, as exported. High confidence phishing is
    /// quarantined even where the policy says Junk.
    pub fn action(&self, threat: Threat) -> Option<&str> {
        match threat {
            Threat::HighConfidencePhish => Some("Quarantine"),
            Threat::Phish => self.phish_spam_action.as_deref(),
            Threat::HighConfidenceSpam => self.high_confidence_spam_action.as_deref(),
            Threat::Spam => self.spam_action.as_deref(),
            Threat::Bulk => self.bulk_spam_action.as_deref(),
            Threat::Malware | Threat::NotSpam => None,
        }
    }
}

/// The policies of one type that may apply to a recipient, the surest first. Policies never merge:
/// the first match of Strict, Standard, custom by priority, default is the only one that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied<'t, P> {
    /// Those that may apply. With one, it does.
    pub candidates: Vec<&'t P>,
    /// Why there is more than one, one clause each: a group's members are not exported.
    pub unsure: Vec<String>,
}

impl<'t, P: Assignable> Applied<'t, P> {
    /// The policy that applies, where the export tells.
    pub fn policy(&self) -> Option<&'t P> {
        match self.candidates[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    /// What every policy that may apply says, where they agree and all say something.
    pub fn agreed<T: PartialEq>(&self, value: impl Fn(&'t P) -> Option<T>) -> Option<T> {
        let mut said = self.candidates.iter().map(|policy| value(policy));
        let first = said.next()??;
        said.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// Names of the candidates, quoted.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.candidates.iter().map(|p| format!("`{}`", p.name())).collect();
        names.join(" or ")
    }
}

/// Whether a rule covers a recipient; `None` where only a group's members would tell.
fn covers(rule: &PolicyRule, recipient: &str) -> Option<bool> {
    let in_list = |list: &List| {
        (!entries(list).is_empty())
            .then(|| entries(list).iter().any(|one| one.trim().eq_ignore_ascii_case(recipient)))
    };
    let in_domains = |list: &List| {
        let own = domain::of_address(recipient).unwrap_or_default();
        (!entries(list).is_empty())
            .then(|| entries(list).iter().any(|one| domain::is_same(one, own)))
    };
    let in_group = |list: &List| (!entries(list).is_empty()).then_some(());
    if in_list(&rule.except_sent_to) == Some(true)
        || in_domains(&rule.except_recipient_domain_is) == Some(true)
    {
        return Some(false);
    }
    // Conditions of different kinds must all be met.
    let known = [in_list(&rule.sent_to), in_domains(&rule.recipient_domain_is)];
    if known.contains(&Some(false)) {
        return Some(false);
    }
    let groups = in_group(&rule.sent_to_member_of).or(in_group(&rule.except_sent_to_member_of));
    match groups {
        Some(()) => None,
        None => Some(true),
    }
}

/// A list that may not be exported.
type List = Option<Vec<Box<str>>>;

/// What policies, rules and presets there are of one type, and how a rule names its policy.
struct Assignment<'t, P> {
    policies: &'t Option<Vec<P>>,
    rules: &'t Option<Vec<PolicyRule>>,
    presets: &'t Option<Vec<PolicyRule>>,
    named: fn(&PolicyRule) -> Option<&str>,
}

fn applied<'t, P: Assignable>(
    assignment: &Assignment<'t, P>,
    recipient: Option<&str>,
) -> Option<Applied<'t, P>> {
    let policies = assignment.policies.as_ref()?;
    let mut result = Applied { candidates: Vec::new(), unsure: Vec::new() };
    let find = |name: &str| policies.iter().find(|p| p.name().eq_ignore_ascii_case(name));
    let mut ordered: Vec<&PolicyRule> = Vec::new();
    match assignment.presets {
        Some(presets) => {
            ordered.extend(presets.iter());
            ordered.sort_by_key(|rule| preset_rank(&rule.origin.name));
        }
        None => {
            for policy in policies {
                if Level::parse(policy.recommended()) != Level::Default {
                    result.candidates.push(policy);
                    result.unsure.push("who the preset policies are for is not exported".into());
                }
            }
        }
    }
    match assignment.rules {
        Some(rules) => {
            let mut custom: Vec<&PolicyRule> = rules.iter().collect();
            custom.sort_by_key(|rule| rule.priority.unwrap_or(i64::MAX));
            ordered.extend(custom);
        }
        None => {
            let custom =
                |p: &&P| !p.is_default() && Level::parse(p.recommended()) == Level::Default;
            for policy in policies.iter().filter(custom) {
                result.candidates.push(policy);
                result.unsure.push(format!("who `{}` is for is not exported", policy.name()));
            }
        }
    }
    for rule in ordered.into_iter().filter(|rule| rule.is_enabled()) {
        let Some(policy) = (assignment.named)(rule).and_then(find) else { continue };
        let covered = match recipient {
            Some(recipient) => covers(rule, recipient),
            None => None,
        };
        match covered {
            Some(false) => {}
            Some(true) => {
                result.push(policy);
                return Some(result);
            }
            None => {
                result.push(policy);
                result.unsure.push(match recipient {
                    Some(_) => format!(
                        "`{}` is for members of a group, and its members are not exported",
                        rule.origin.name
                    ),
                    None => "the recipient is not known".to_owned(),
                });
            }
        }
    }
    if let Some(policy) = policies.iter().find(|policy| policy.is_default()) {
        result.push(policy);
    }
    Some(result)
}

impl<'t, P: Assignable> Applied<'t, P> {
    fn push(&mut self, policy: &'t P) {
        if !self.candidates.iter().any(|known| known.name() == policy.name()) {
            self.candidates.push(policy);
        }
    }
}

fn preset_rank(name: &str) -> u8 {
    if name.to_ascii_lowercase().contains("strict") { 0 } else { 1 }
}

impl Tenant {
    /// Anti-spam policies that may apply to the recipient; `None` where they are not exported.
    pub fn content_filter_for(
        &self,
        recipient: Option<&str>,
    ) -> Option<Applied<'_, ContentFilterPolicy>> {
        let assignment = Assignment {
            policies: &self.content_filter_policies,
            rules: &self.content_filter_rules,
            presets: &self.preset_rules,
            named: |rule| rule.content_filter_policy.as_deref(),
        };
        applied(&assignment, recipient)
    }

    /// Anti-phishing policies that may apply to the recipient.
    pub fn anti_phish_for(&self, recipient: Option<&str>) -> Option<Applied<'_, AntiPhishPolicy>> {
        let assignment = Assignment {
            policies: &self.anti_phish_policies,
            rules: &self.anti_phish_rules,
            presets: &self.preset_rules,
            named: |rule| rule.anti_phish_policy.as_deref(),
        };
        applied(&assignment, recipient)
    }

    /// Anti-malware policies that may apply to the recipient.
    pub fn malware_filter_for(
        &self,
        recipient: Option<&str>,
    ) -> Option<Applied<'_, MalwareFilterPolicy>> {
        let assignment = Assignment {
            policies: &self.malware_filter_policies,
            rules: &self.malware_filter_rules,
            presets: &self.preset_rules,
            named: |rule| rule.malware_filter_policy.as_deref(),
        };
        applied(&assignment, recipient)
    }

    /// Safe Links policies that may apply to the recipient.
    pub fn safe_links_for(&self, recipient: Option<&str>) -> Option<Applied<'_, SafeLinksPolicy>> {
        let assignment = Assignment {
            policies: &self.safe_links_policies,
            rules: &self.safe_links_rules,
            presets: &self.defender_preset_rules,
            named: |rule| rule.safe_links_policy.as_deref(),
        };
        applied(&assignment, recipient)
    }

    /// Safe Attachments policies that may apply to the recipient.
    pub fn safe_attachments_for(
        &self,
        recipient: Option<&str>,
    ) -> Option<Applied<'_, SafeAttachmentPolicy>> {
        let assignment = Assignment {
            policies: &self.safe_attachment_policies,
            rules: &self.safe_attachment_rules,
            presets: &self.defender_preset_rules,
            named: |rule| rule.safe_attachment_policy.as_deref(),
        };
        applied(&assignment, recipient)
    }

    /// Anti-spam, allow and block settings of one mailbox; `None` where not exported.
    pub fn junk_configuration_of(
        &self,
        recipient: &str,
    ) -> Option<&super::lists::JunkConfiguration> {
        self.junk_configurations.iter().flatten().find(|one| one.belongs_to(recipient))
    }
}

#[cfg(test)]
mod tests;
