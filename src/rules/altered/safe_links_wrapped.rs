//! Links under Safe Links' address: normal, also for a simulation that Advanced Delivery lets through.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::links::{Link, Owner, safe_links};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "safe-links-wrapped",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "Microsoft Safe Links put its own address in front of the links. With Advanced Delivery that is normal.",
        evidence: &[
            "Proven: a link below safelinks.protection.outlook.com holds the network message id of this message",
            "Possible: there are Safe Links links, but nothing in them tells which message they were made for",
        ],
        against: &[
            "The network message id or the tenant in the link is another one: a quoted thread",
        ],
        fix: &[
            "None is needed: Advanced Delivery keeps links wrapped, but neither blocks nor detonates them",
            "If wrapped links are not wanted: a mail flow rule that sets X-MS-Exchange-Organization-SkipSafeLinksProcessing to 1, or the Safe Links policy's \"Do not rewrite URLs, do checks via SafeLinks API only\"",
        ],
        caveat: "Wrapped links do not mean that an allow entry is missing. Do not add the simulation's URLs to \
                 the policy's list of URLs not to rewrite: that can raise alerts, and clicks may still be blocked.",
        references: &[references::SAFE_LINKS, references::ADVANCED_DELIVERY],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let wrapped: Vec<&Link> = wrapped(case).collect();
    let named = wrapped.iter().find(|link| owner(link) == Some(Owner::Recipient));
    let first = named.or_else(|| wrapped.first())?;
    let (certainty, summary) = match named {
        Some(_) => (
            Certainty::Proven,
            "Safe Links wrapped the links of this message. That is normal, also with Advanced Delivery.",
        ),
        None => (
            Certainty::Possible,
            "Links are wrapped by Safe Links, which is normal; whether in this organisation is not shown.",
        ),
    };
    let mut finding = RULE.finding(certainty, summary, vec![first.evidence()]);
    if let Some(ownership) = first.owner_of(safe_links::NAME) {
        finding.excluded.push(ownership.because.to_owned());
    }
    finding.fix = vec![fixes::portal(
        "Nothing needs to be done for the simulation to work: Advanced Delivery keeps links wrapped, but \
         neither blocks nor detonates them. Only if wrapped links are not wanted, use one of the next.",
    )];
    finding.fix.extend(fixes::skip_safe_links(case));
    finding.fix.push(fixes::powershell(
        "# for all mail that the policy covers: checks at click stay, links keep their own address\n\
         Set-SafeLinksPolicy -Identity \"<policy>\" -DisableUrlRewrite $true",
    ));
    Some(finding)
}

/// Links whose Safe Links layer is not another message's.
pub(super) fn wrapped<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Link> + use<'a> {
    let links = case.links.unwrap_or_default().iter();
    links.filter(|link| matches!(owner(link), Some(Owner::Recipient | Owner::Unknown)))
}

/// Whose Safe Links layer a link has.
pub(super) fn owner(link: &Link) -> Option<Owner> {
    link.owner_of(safe_links::NAME).map(|ownership| ownership.owner)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::testing::Mail;

    /// A Safe Links link with this network message id.
    pub(in crate::rules) fn link(id: &str) -> String {
        format!(
            "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example&data=05%7C02%7Cann%40contoso.example%7C{id}%7C00112233445566778899aabbccddeeff%7C0%7C0%7C1%7C&sdata=x"
        )
    }

    /// The id that [`Mail::inbound`] has.
    pub(in crate::rules) const OWN: &str = "6f1d0c523b7a4f0e9a5108de0b0a1c11";

    #[test]
    fn a_link_with_this_messages_id_is_proof_and_normal() {
        let finding = Mail::inbound().body(&link(OWN)).finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Proven);
        assert!(finding.summary.contains("normal"));
        assert!(!finding.evidence[0].value.contains("ann%40"), "private values are masked");
    }

    #[test]
    fn a_link_that_names_no_message_is_possible() {
        let bare = "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example&reserved=0";
        assert_eq!(Mail::inbound().body(bare).certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_link_of_another_message_or_none_is_no_finding() {
        let other = link("00000000000000000000000000000000");
        assert_eq!(Mail::inbound().body(&other).certainty(&RULE), None);
        assert_eq!(Mail::inbound().body("https://phish.example/").certainty(&RULE), None);
        assert_eq!(Mail::inbound().certainty(&RULE), None);
    }
}
