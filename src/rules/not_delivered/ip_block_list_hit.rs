//! The tenant's IP Block List refused the connection.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};
use crate::tenant::address::{AddressList, ListVerdict, judge};

pub(super) const RULE: Rule = Rule {
    id: "ip-block-list-hit",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The sending IP stands on the tenant's IP Block List, so the connection was refused.",
        evidence: &[
            "Proven: the sender's log or bounce has 550 5.7.513 … using Customer Block list (AS16012607), or 5.7.507",
            "Likely: no trace row, and IPBlockList covers the IP while IPAllowList does not",
        ],
        against: &["A trace row exists", "The IP is on the IP Allow List too: allow wins"],
        fix: &[
            "Defender portal > Anti-spam > Connection filter policy > Always block …: remove the entry",
            "Set-HostedConnectionFilterPolicy -Identity Default -IPBlockList @{Remove=\"<ip>\"}",
        ],
        caveat: "Such refusals are in no message trace. Microsoft describes the effect once as a \
                 rejection and once as a silent drop.",
        references: &[references::CONNECTION_FILTER, references::NDR],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let mut finding = refused::proven(&RULE, case, "The tenant blocks the sending IP")
        .or_else(|| listed(case))?;
    finding.fix = fixes::ip_block_list_remove(case);
    Some(finding)
}

fn listed(case: &Case<'_>) -> Option<Finding> {
    let filter = case.tenant.and_then(|tenant| tenant.connection_filter());
    let Some(block) = filter.and_then(|filter| filter.ip_block_list.as_ref()) else {
        return refused::candidate(&RULE, case, "The tenant's IP Block List may have refused it.");
    };
    refused::unexplained(case)?;
    let filter = filter?;
    let nothing = AddressList::default();
    let allow = filter.ip_allow_list.as_ref().unwrap_or(&nothing);
    let mut sources: Vec<_> = case.sending_ip().map(|fact| fact.value).into_iter().collect();
    let campaign = case.campaign.into_iter().flat_map(|campaign| campaign.sending_ranges());
    sources.extend(campaign.map(|(_, range)| range.first()));
    let entry = sources.into_iter().find_map(|ip| match judge(allow, block, ip) {
        ListVerdict::Blocked(entry) => Some(entry),
        _ => None,
    })?;
    let mut finding = RULE.finding(
        Certainty::Likely,
        "No row shows it, and the tenant's IP Block List covers the sending IP.",
        vec![filter.origin.evidence("IPBlockList", &entry.raw)],
    );
    finding
        .excluded
        .push("no trace row exists, and the IP Allow List does not cover the IP".to_owned());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const BLOCKED: &str = "550 5.7.513 Service unavailable, Client host blocked by contoso.example using Customer Block list (AS16012607)";

    #[test]
    fn the_platforms_bounce_is_proof() {
        let rows = Rows::of(&[(Kind::PlatformError, BLOCKED)]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_missing_row_alone_is_possible() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_block_entry_without_allow_entry_is_likely() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]).connecting_ip("203.0.113.10");
        let with = |allow: &str| {
            rows.clone()
                .tenant(&format!(
                    r#"{{"HostedConnectionFilterPolicy":[{{"Name":"Default","IPBlockList":["203.0.113.0/24"],"IPAllowList":[{allow}]}}]}}"#
                ))
                .certainty(&RULE)
        };
        assert_eq!(with(""), Some(Certainty::Likely));
        assert_eq!(with("\"203.0.113.10\""), None, "allow beats block");
    }

    #[test]
    fn a_row_speaks_against_it() {
        assert_eq!(Rows::of(&[(Kind::Event, "deliver")]).certainty(&RULE), None);
        assert_eq!(Rows::of(&[(Kind::Event, "fail")]).certainty(&RULE), None);
    }
}
