//! What to do about one message: each step once, under the causes that it is for.

use crate::diagnosis::Diagnosis;
use crate::finding::Fix;

/// Steps that are for the same findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy<'a> {
    /// Rules of the findings that it is for.
    pub rules: Vec<&'static str>,
    /// The steps, the recommended first.
    pub steps: Vec<&'a Fix>,
    /// What to keep in mind: rule and caveat.
    pub caveats: Vec<(&'static str, &'a str)>,
}

/// The remedies of a diagnosis, in the order of its findings.
pub fn of(diagnosis: &Diagnosis) -> Vec<Remedy<'_>> {
    let mut remedies: Vec<Remedy<'_>> = Vec::new();
    for finding in diagnosis.findings.iter().filter(|finding| !finding.fix.is_empty()) {
        for step in &finding.fix {
            if remedies.iter().any(|remedy| remedy.steps.contains(&step)) {
                continue;
            }
            let rules: Vec<&'static str> = diagnosis
                .findings
                .iter()
                .filter(|other| other.fix.contains(step))
                .map(|other| other.rule)
                .collect();
            match remedies.last_mut().filter(|last| last.rules == rules) {
                Some(last) => last.steps.push(step),
                None => remedies.push(Remedy { rules, steps: vec![step], caveats: Vec::new() }),
            }
        }
        if let Some(caveat) = finding.caveat.as_deref()
            && !remedies
                .iter()
                .flat_map(|remedy| &remedy.caveats)
                .any(|(_, known)| *known == caveat)
            && let Some(last) = remedies.last_mut()
        {
            last.caveats.push((finding.rule, caveat));
        }
    }
    remedies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Detail;
    use crate::finding::{Certainty, Finding, FixKind, Role};

    fn fix(text: &str) -> Fix {
        Fix { kind: FixKind::Portal, text: text.to_owned() }
    }

    fn finding(rule: &'static str, steps: &[&str], caveat: Option<&'static str>) -> Finding {
        Finding {
            rule,
            role: Role::Cause,
            certainty: Certainty::Proven,
            summary: String::new(),
            evidence: vec![],
            excluded: vec![],
            fix: steps.iter().map(|step| fix(step)).collect(),
            caveat: caveat.map(Into::into),
            references: (&[][..]).into(),
        }
    }

    #[test]
    fn a_step_of_two_findings_stands_once_under_both() {
        let mut diagnosis = Diagnosis::of(crate::testing::bare_case(), Detail::Full);
        diagnosis.findings = vec![
            finding("a", &["one"], Some("mind")),
            finding("b", &["one", "two"], Some("mind")),
            finding("c", &[], Some("unused")),
        ];
        let (one, two) = (fix("one"), fix("two"));
        assert_eq!(
            of(&diagnosis),
            [
                Remedy { rules: vec!["a", "b"], steps: vec![&one], caveats: vec![("a", "mind")] },
                Remedy { rules: vec!["b"], steps: vec![&two], caveats: vec![] },
            ]
        );
    }
}
