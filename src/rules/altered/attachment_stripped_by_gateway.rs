//! The gateway in front of Microsoft 365 took attachments off the message.

use crate::case::Case;
use crate::fact::{Evidence, Place};
use crate::finding::{Certainty, Finding, Role};
use crate::rules::source::{campaigns_gateway, gateway_in_front};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "attachment-stripped-by-gateway",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "The security gateway took attachments off the message.",
        evidence: &[
            "Proven: the gateway's own log, which is not among what is read here",
            "Likely: a gateway in front handed the message over, the copy has fewer attachments than the campaign file says were sent, and one of them is a plain text, as a notice would be",
            "Possible: the same without a text, where the text may be a file that was sent, or where only the campaign names the gateway",
        ],
        against: &[
            "Safe Attachments was at work on the message (SA in AtpMessageProperties): it replaces attachments too",
            "The copy was rebuilt, cut, or taken out of another message: it may have lost them on the way here",
        ],
        fix: &[
            "Mimecast: Attachment Protection Bypass and Attachment Management Bypass; the like in other gateways",
        ],
        caveat: "A gateway may also replace a file with a safe copy of it, which keeps the number.",
        references: &[references::MIMECAST_GUIDE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let (message, campaign, attached) = (case.message?, case.campaign?, case.attached?);
    let sent = usize::try_from(campaign.attachments?).ok()?;
    let in_front = gateway_in_front(case);
    let peer = case.verdict.connecting_ip.as_ref().map(|fact| fact.value);
    if in_front.is_none() && !campaigns_gateway(case, peer) || !reading::let_through(case) {
        return None;
    }
    // A text may be one of the files sent, or what stands in the place of one.
    if attached.files >= sent || attached.files + attached.texts > sent {
        return None;
    }
    let scanned = reading::header(case, "X-MS-Exchange-AtpMessageProperties")
        .filter(|header| header.value.split('|').any(|part| part.trim() == "SA"));
    let fewer = attached.files + attached.texts < sent;
    let certainty = if in_front.is_some() && fewer && attached.texts > 0 && scanned.is_none() {
        Certainty::Likely
    } else {
        Certainty::Possible
    };
    let place = Place::Line(message.split.body_line);
    let found = format!("files: {}, plain texts: {}", attached.files, attached.texts);
    let mut evidence = vec![
        campaign.evidence("attachments", &sent.to_string()),
        Evidence::new(&message.source, place, "attached parts of the body", &found).into(),
    ];
    let gateway = in_front.map_or("the gateway", |gateway| gateway.vendor);
    reading::add(&mut evidence, in_front.and_then(|gateway| gateway.evidence.first().cloned()));
    let mut finding = RULE.finding(
        certainty,
        format!(
            "{} of {sent} attached files are missing: {gateway} may have taken them off.",
            sent - attached.files
        ),
        evidence,
    );
    finding.excluded.push(match &scanned {
        Some(_) => "not excluded: Safe Attachments was at work on the message as well".to_owned(),
        None => "Safe Attachments was not at work on the message".to_owned(),
    });
    finding.excluded.push("not checked: the gateway's own log".to_owned());
    if !fewer {
        finding.excluded.push(
            "not checked: whether the attached text is a file that was sent, or a notice"
                .to_owned(),
        );
    }
    finding.fix = fixes::gateway_attachment_bypass(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn behind_mimecast(files: usize, texts: usize) -> Mail {
        Mail::inbound()
            .in_inbox()
            .behind_mimecast()
            .campaign("attachments = 2")
            .attached(files, texts)
    }

    #[test]
    fn fewer_files_and_a_text_behind_a_gateway_are_likely() {
        let finding = behind_mimecast(0, 1).finding(&RULE);
        assert_eq!(finding.as_ref().map(|finding| finding.certainty), Some(Certainty::Likely));
        let fix = finding.map(|finding| finding.fix).unwrap_or_default();
        assert!(fix.iter().any(|fix| fix.text.contains("Attachment Management Bypass")), "{fix:?}");
    }

    #[test]
    fn a_missing_file_alone_and_a_text_that_may_be_a_file_are_possible() {
        assert_eq!(behind_mimecast(1, 0).certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(behind_mimecast(1, 1).certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn safe_attachments_at_work_is_a_rival() {
        let scanned = behind_mimecast(0, 1).header("X-MS-Exchange-AtpMessageProperties: SA|SL");
        assert_eq!(scanned.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_whole_message_no_gateway_and_no_number_give_nothing() {
        assert_eq!(behind_mimecast(2, 0).certainty(&RULE), None);
        assert_eq!(behind_mimecast(1, 2).certainty(&RULE), None);
        assert_eq!(behind_mimecast(0, 1).campaign("name = \"x\"").certainty(&RULE), None);
        let direct = Mail::inbound().in_inbox().campaign("attachments = 1").attached(0, 1);
        assert_eq!(direct.certainty(&RULE), None);
        let unread = Mail::inbound().in_inbox().behind_mimecast().campaign("attachments = 1");
        assert_eq!(unread.certainty(&RULE), None);
    }

    #[test]
    fn a_gateway_that_only_the_campaign_names_is_possible() {
        let toml = "attachments = 2\n[gateway]\nvendor = \"Own\"\naddresses = [\"203.0.113.10\"]";
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        let mail = mail.campaign(toml).attached(1, 1);
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }
}
