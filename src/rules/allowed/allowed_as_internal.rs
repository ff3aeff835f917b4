//! Internal mail, for which spam filtering is largely skipped.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::{Direction, Sfv};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "allowed-as-internal",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The organisation took the message for internal mail, for which spam filtering is largely skipped.",
        evidence: &[
            "Proven: DIR:INT with SFV:SKI, SKN or NSPM",
            "Likely: SFV:SKI or SKN with CIP 255.255.255.255 or AuthAs Internal",
            "Possible: SFV:SKI with IPV:NLI and DIR:INB, the older stamp",
        ],
        against: &[
            "IPV:CAL with DIR:INB: the IP Allow List",
            "A report without CIP, CTRY and H: a rule's own text",
        ],
        fix: &[
            "None, if the sender is inside; else find out which connector or relay makes outside mail internal",
        ],
        caveat: "Advanced Delivery does not serve internal mail. A simulation that is treated as internal tests nothing of the inbound filters.",
        references: &[references::HEADERS, references::ADVANCED_DELIVERY],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let skipped = matches!(reading::sfv(case)?, Sfv::Skipped | Sfv::RuleBypass);
    let direction = case.verdict.direction.as_ref().map(|direction| &direction.value);
    let stated = direction == Some(&Direction::Internal);
    let clean = skipped || (stated && reading::sfv(case) == Some(&Sfv::NotSpam));
    if !clean
        || !reading::let_through(case)
        || (reading::allow_listed(case) && !reading::is_internal(case))
    {
        return None;
    }
    let certainty = match (stated, reading::is_internal(case), reading::sfv(case)) {
        (true, ..) => Certainty::Proven,
        (false, true, _) => Certainty::Likely,
        (false, false, Some(Sfv::Skipped)) => Certainty::Possible,
        _ => return None,
    };
    let mut evidence = reading::stamps(case, &["DIR", "SFV", "CIP"]);
    let as_internal = reading::organization(case, "AuthAs")
        .filter(|header| header.value.eq_ignore_ascii_case("Internal"));
    reading::add(&mut evidence, as_internal.and_then(|header| reading::quoted(case, header)));
    let summary = match certainty {
        Certainty::Possible => {
            "Filtering was skipped (SFV:SKI) without an IP Allow List hit: in older stamps that meant mail inside the organisation."
        }
        _ => {
            "The organisation took it for internal mail, so the inbound filters were largely skipped."
        }
    };
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding
        .excluded
        .push("it is not an IP Allow List hit from outside (IPV:CAL with DIR:INB)".to_owned());
    if certainty != Certainty::Possible
        && case.message.is_some_and(|message| !message.simulation.is_empty())
    {
        finding.fix = fixes::intra_org_route();
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn dir_int_is_proven() {
        for sfv in ["SKI", "SKN", "NSPM"] {
            let mail = Mail::inbound().internal(&format!("IPV:NLI;SFV:{sfv};CAT:NONE")).in_inbox();
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{sfv}");
        }
    }

    #[test]
    fn no_client_or_auth_as_internal_is_likely() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:SKI;CAT:NONE")
            .in_inbox()
            .header("X-MS-Exchange-Organization-AuthAs: Internal");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn the_older_inbound_stamp_is_possible() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKI;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn an_ip_allow_list_hit_or_a_planted_report_is_not_internal() {
        assert_eq!(
            Mail::inbound().verdict("IPV:CAL;SFV:SKI;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
        assert_eq!(Mail::inbound().report("SFV:SKI;CAT:NONE;").in_inbox().certainty(&RULE), None);
    }
}
