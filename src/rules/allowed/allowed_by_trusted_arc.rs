//! `compauth=pass reason=130`: a trusted ARC sealer overrode a DMARC failure.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::AuthResult;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-trusted-arc",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "A trusted ARC sealer vouched for the message, which overrode a DMARC failure.",
        evidence: &["Proven: compauth=pass reason=130 in the recipient's Authentication-Results"],
        against: &["compauth fails or is none"],
        fix: &[
            "Nothing to mend; the trusted sealers are listed by Get-ArcConfig (microsoft.com always is)",
        ],
        caveat: "It saves the message from the DMARC verdict only; the content is filtered all the same.",
        references: &[references::HEADERS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let (result, reason) = reading::compauth(case)?;
    if *result != AuthResult::Pass || reason != "130" || !reading::let_through(case) {
        return None;
    }
    let mut shown: Vec<_> = reading::results_piece(case, "compauth").into_iter().collect();
    reading::add(&mut shown, reading::results_piece(case, "dmarc"));
    let mut finding = RULE.finding(
        Certainty::Proven,
        "A trusted ARC sealer vouched for it, which overrode the DMARC failure (compauth reason 130).",
        shown,
    );
    finding.fix = fixes::trusted_arc_sealer();
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn with(compauth: &str) -> Mail {
        Mail::inbound().in_inbox().results(&format!("spf=fail (sender IP is 198.51.100.20) smtp.mailfrom=brand.example; dkim=fail (body hash did not verify) header.d=brand.example;dmarc=fail action=none header.from=brand.example;compauth={compauth}"))
    }

    #[test]
    fn reason_130_is_proven() {
        assert_eq!(with("pass reason=130").certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn other_reasons_and_results_are_not_arc() {
        for compauth in ["pass reason=100", "fail reason=130", "none reason=905"] {
            assert_eq!(with(compauth).certainty(&RULE), None, "{compauth}");
        }
    }
}
