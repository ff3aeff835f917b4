//! A tag in front of the subject that was not there when the message was sent.

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "subject-or-banner-added",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "A mail flow rule or a gateway put a tag in front of the subject, or a banner into the body.",
        evidence: &[
            "Proven: the trace has the ruleId of a rule with PrependSubject or ApplyHtmlDisclaimerText, and the subject begins with that text",
            "Likely: another header still has the subject without the tag (Thread-Topic, X-ASG-Orig-Subj)",
            "Possible: the subject begins with a tag such as [EXTERNAL]",
        ],
        against: &["The sender wrote the tag: some simulations imitate it"],
        fix: &[
            "An exception for the platform's IP in that rule, if real attacks would not carry the tag",
        ],
        caveat: "Decide first whether real attacks would carry it too: then it belongs into the test.",
        references: &[references::TRANSPORT_RULE_CMDLET, references::MESSAGE_TRACE],
    },
    check,
};

/// Headers that may keep the subject as it was.
const ORIGINALS: [&str; 2] = ["Thread-Topic", "X-ASG-Orig-Subj"];

/// Words of tags that organisations put in front of mail from outside, lower case.
const TAGS: [&str; 6] = ["external", "extern", "caution", "warning", "suspicious", "outside"];

fn check(case: &Case<'_>) -> Option<Finding> {
    if !reading::let_through(case) {
        return None;
    }
    let subject = case.envelope.subject.as_ref()?;
    let tag = leading_tag(&subject.value)?;
    let rest = subject.value[tag.len()..].trim_start();
    let original = original(case, rest);
    let tag = tag.trim();
    let mut evidence = vec![subject.evidence.clone()];
    let (certainty, summary) = if let Some(original) = original {
        evidence.push(original);
        (Certainty::Likely, format!("{tag} was put in front of the subject on the way."))
    } else if TAGS.iter().any(|word| tag.to_ascii_lowercase().contains(word)) {
        (
            Certainty::Possible,
            format!(
                "The subject begins with {tag}, which a mail flow rule or a gateway may have added."
            ),
        )
    } else {
        return None;
    };
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push(if certainty == Certainty::Likely {
        "the sender did not write it: another header has the subject without it".to_owned()
    } else {
        "not excluded: the sender wrote it".to_owned()
    });
    finding.fix = fixes::rule_exception(case, None);
    Some(finding)
}

/// `[EXTERNAL] `, `(External)`, `EXTERNAL: ` at the beginning.
fn leading_tag(subject: &str) -> Option<&str> {
    let trimmed = subject.trim_start();
    let close = match trimmed.chars().next()? {
        '[' => trimmed.find(']')?,
        '(' => trimmed.find(')')?,
        '*' => stars(trimmed)?,
        _ => trimmed
            .find(':')
            .filter(|colon| TAGS.contains(&trimmed[..*colon].to_ascii_lowercase().as_str()))?,
    };
    let end = subject.len() - trimmed.len() + close + 1;
    (end < subject.len() && close <= 40).then(|| &subject[..end])
}

/// Offset of the last star of `*** EXTERNAL ***`.
fn stars(text: &str) -> Option<usize> {
    let words = text.trim_start_matches('*');
    let start = text.len() - words.len() + words.find('*')?;
    let rest = text[start..].trim_start_matches('*');
    Some(text.len() - rest.len() - 1)
}

/// A header that has the subject without the tag.
fn original(case: &Case<'_>, rest: &str) -> Option<Citation> {
    let message = case.message?;
    ORIGINALS.iter().find_map(|name| {
        let header = message.headers.get(name)?;
        let same = !rest.is_empty() && header.value.trim().eq_ignore_ascii_case(rest);
        same.then(|| message.evidence(header))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Mail, bare_case, fact};

    fn with_subject(subject: &str) -> Option<Certainty> {
        let mut case = bare_case();
        case.envelope.to_mut().subject = Some(fact(subject.into()));
        check(&case).map(|finding| finding.certainty)
    }

    #[test]
    fn a_usual_tag_is_possible() {
        for subject in [
            "[EXTERNAL] Hello",
            "(External) Hello",
            "CAUTION: Hello",
            "*** External *** Hello * you",
            "[EXT - suspicious] Hello",
        ] {
            assert_eq!(with_subject(subject), Some(Certainty::Possible), "{subject}");
        }
    }

    #[test]
    fn ordinary_subjects_have_no_tag() {
        for subject in [
            "Hello",
            "Re: Hello",
            "[Ticket 4711] Hello",
            "Report: external audit",
            "[EXTERNAL]",
            "",
        ] {
            assert_eq!(with_subject(subject), None, "{subject}");
        }
    }

    #[test]
    fn an_original_without_the_tag_makes_it_likely() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        let message = crate::message::Message::parse(
            &"t.eml".into(),
            mail.header("Thread-Topic: Password expires today")
                .text()
                .replace("Subject: Password", "Subject: [Extern] Password")
                .as_bytes(),
        );
        let finding = check(&Case::from_message(&message)).unwrap();
        assert_eq!(finding.certainty, Certainty::Likely);
    }

    #[test]
    fn the_sender_stays_a_rival_of_a_bare_tag() {
        let mut case = bare_case();
        case.envelope.to_mut().subject = Some(fact("[EXTERNAL] Hello".into()));
        assert!(check(&case).unwrap().excluded[0].contains("sender wrote it"));
    }
}
