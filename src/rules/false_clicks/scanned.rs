//! What rewritten links foretell: whoever rewrites a link looks at it, and a look is a click.

use crate::case::Case;
use crate::finding::{Certainty, Finding};
use crate::links::{Link, Owner, safe_links};
use crate::rules::{Rule, fixes};

/// A link that the recipient's Safe Links wrapped, where no click log tells more: possible.
pub(super) fn by_safe_links(rule: &Rule, case: &Case<'_>) -> Option<Finding> {
    let link = rewritten(case, |name| name == safe_links::NAME)?;
    let summary = "Safe Links wrapped the links here: without Advanced Delivery it may also open them, which \
                   the platform counts as clicks.";
    let mut finding = rule.finding(Certainty::Possible, summary, vec![link.evidence()]);
    finding
        .excluded
        .push("not checked: whether Advanced Delivery matched; then nothing is opened".to_owned());
    finding.excluded.push("not checked: no click log was given".to_owned());
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

/// A link that the recipient's gateway rewrote, where no click log tells more: possible.
pub(super) fn by_gateway(rule: &Rule, case: &Case<'_>) -> Option<Finding> {
    let link = rewritten(case, |name| name != safe_links::NAME)?;
    let summary = "The gateway rewrote the links here: it may also open them, which the platform counts as \
                   clicks.";
    let mut finding = rule.finding(Certainty::Possible, summary, vec![link.evidence()]);
    finding.excluded.push("not checked: no click log was given".to_owned());
    finding.fix = fixes::gateway_link_bypass(case);
    finding.fix.extend(fixes::direct_delivery(case));
    Some(finding)
}

fn rewritten<'a>(case: &Case<'a>, is_it: impl Fn(&str) -> bool) -> Option<&'a Link> {
    if case.journey.is_some_and(|journey| !journey.clicks.is_empty()) {
        return None;
    }
    case.links?.iter().find(|link| {
        let layers = link.chain.iter().zip(&link.ownership);
        layers.into_iter().any(|(name, owned)| owned.owner == Owner::Recipient && is_it(name))
    })
}

#[cfg(test)]
mod tests {
    use crate::finding::Certainty;
    use crate::rules::by_id;
    use crate::testing::Mail;

    fn certainty(mail: &Mail, rule: &str) -> Option<Certainty> {
        by_id(rule).and_then(|rule| mail.certainty(rule))
    }

    #[test]
    fn the_recipients_rewriters_foretell_clicks_as_possible_only() {
        let gateway = Mail::inbound()
            .behind_mimecast()
            .body("https://protect-us.mimecast.com/s/yj15CXDwEpFqyG4H6Jxp2?domain=phish.example");
        assert_eq!(certainty(&gateway, "gateway-prefetch"), Some(Certainty::Possible));
        assert_eq!(certainty(&gateway, "prefetch-by-safe-links-or-detonation"), None);
        let safe = Mail::inbound().body("https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example&data=05%7C02%7Cann%40contoso.example%7C6f1d0c523b7a4f0e9a5108de0b0a1c11%7C");
        assert_eq!(
            certainty(&safe, "prefetch-by-safe-links-or-detonation"),
            Some(Certainty::Possible)
        );
        assert_eq!(certainty(&safe, "gateway-prefetch"), None);
    }

    #[test]
    fn plain_links_and_leftovers_foretell_nothing() {
        for body in [
            "https://phish.example/",
            "https://clicktime.symantec.com/3Ab?u=https%3A%2F%2Fa.example",
        ] {
            let mail = Mail::inbound().body(body);
            assert_eq!(certainty(&mail, "gateway-prefetch"), None);
            assert_eq!(certainty(&mail, "prefetch-by-safe-links-or-detonation"), None);
        }
    }
}
