//! Where a message ended: what states it first, then what the verdict implies.
//!
//! Order of evidence (`headers.md` §0): Mailbox-Delivery (`dest`, `ucf`, `jmr`, `OFR`), then SFV and CAT
//! with the default actions (§7.4). A header never shows that the copy in hand was quarantined, and
//! statements that disagree are kept side by side, not averaged.

mod follow;
mod journey;
mod release;

pub use follow::follow;

use crate::case::{Landing, Verdict};
use crate::fact::{Citation, Fact};
use crate::finding::{Certainty, Outcome};
use crate::message::values::{Cat, Dest, Sfv};
use crate::message::{MailboxDelivery, Message, Origin};
use std::borrow::Cow;

impl Landing {
    /// Where a message ended by its own headers.
    pub fn from_message(message: &Message, verdict: &Verdict) -> Self {
        let mut landing = stated(message)
            .or_else(|| by_origin(message, verdict))
            .or_else(|| implied(verdict))
            .unwrap_or_else(unknown);
        landing.contradictions.extend(second_copies(message));
        landing.contradictions.extend(against_verdict(&landing, message, verdict));
        landing
    }
}

fn landing(
    outcome: Outcome,
    certainty: Certainty,
    evidence: &Citation,
    because: impl Into<Cow<'static, str>>,
) -> Landing {
    Landing {
        outcome,
        certainty,
        evidence: vec![evidence.clone()],
        because: because.into(),
        contradictions: Vec::new(),
    }
}

fn unknown() -> Landing {
    Landing {
        outcome: Outcome::Unknown,
        certainty: Certainty::Possible,
        evidence: Vec::new(),
        because: "no header says where this copy ended".into(),
        contradictions: Vec::new(),
    }
}

/// What Mailbox-Delivery states. It was written at delivery: a copy out of quarantine or a submission may
/// be of a message that was taken away since (`headers.md` §4.6).
fn stated(message: &Message) -> Option<Landing> {
    let exported = message.origin.value == Origin::QuarantineExport;
    if exported && message.misplaced {
        return None;
    }
    let (delivery, dest) = deliveries(message).next()?;
    let (outcome, because) = match dest {
        Dest::Inbox => (Outcome::Inbox, "Mailbox-Delivery says dest:I"),
        Dest::Junk => (Outcome::Junk, "Mailbox-Delivery says dest:J"),
        Dest::Custom => (Outcome::CustomFolder, "Mailbox-Delivery says dest:C"),
        Dest::Other(_) => {
            let because = format!("Mailbox-Delivery says dest:{dest}, which is not documented");
            return Some(landing(
                Outcome::Delivered,
                Certainty::Possible,
                &delivery.evidence,
                because,
            ));
        }
    };
    let mut because = Cow::Borrowed(because);
    if delivery.ucf == Some(true) {
        because += " with ucf:1 (moved by the recipient's own rule)";
    } else if let Some(ofr) = &delivery.ofr {
        because.to_mut().push_str(&format!(" with OFR:{ofr}"));
    }
    let certainty = if message.misplaced {
        because += ", but stands among the sender's own headers and may be the sender's";
        Certainty::Possible
    } else if exported {
        because += "; the copy is an export from quarantine or a submission, made later";
        Certainty::Likely
    } else {
        Certainty::Proven
    };
    Some(landing(outcome, certainty, &delivery.evidence, because))
}

fn deliveries(message: &Message) -> impl Iterator<Item = (&MailboxDelivery, &Dest)> {
    message.mailbox_delivery.iter().filter_map(|delivery| Some((delivery, delivery.dest.as_ref()?)))
}

/// What the kind of copy tells where no Mailbox-Delivery does.
fn by_origin(message: &Message, verdict: &Verdict) -> Option<Landing> {
    let at = &message.origin.evidence;
    match message.origin.value {
        Origin::QuarantineExport => {
            let held = verdict.cat.as_ref().is_some_and(|cat| always_quarantined(&cat.value));
            let certainty = if held { Certainty::Likely } else { Certainty::Possible };
            let because =
                "the copy carries headers that only a quarantine or submission export shows";
            Some(landing(Outcome::Quarantine, certainty, at, because))
        }
        Origin::Injected => Some(landing(
            Outcome::Delivered,
            Certainty::Likely,
            at,
            "it was written into the mailbox without mail transport; no header tells the folder",
        )),
        Origin::NotMicrosoft => Some(Landing {
            because: "no Microsoft 365 system handled this copy as recipient".into(),
            ..unknown()
        }),
        Origin::Business | Origin::Consumer | Origin::Pruned => None,
    }
}

/// Verdicts that every policy quarantines (§7.4).
pub fn always_quarantined(cat: &Cat) -> bool {
    matches!(
        cat,
        Cat::HighConfidencePhish
            | Cat::Malware
            | Cat::AntiMalware
            | Cat::FileType
            | Cat::SafeAttachments
    )
}

/// What the verdict implies by default actions; policies may differ, so it is never proven.
fn implied(verdict: &Verdict) -> Option<Landing> {
    if let Some(cat) = verdict.cat.as_ref().filter(|cat| always_quarantined(&cat.value)) {
        let because = format!("CAT:{} is quarantined by every policy", cat.value);
        return Some(landing(Outcome::Quarantine, Certainty::Likely, &cat.evidence, because));
    }
    let sfv = verdict.sfv.as_ref()?;
    let say = |outcome, certainty| {
        let because = format!("no header states the folder; SFV:{} usually ends there", sfv.value);
        Some(landing(outcome, certainty, &sfv.evidence, because))
    };
    match &sfv.value {
        Sfv::UserBlocked => say(Outcome::Junk, Certainty::Likely),
        Sfv::PolicyBlocked | Sfv::RuleSpam => say(Outcome::Junk, Certainty::Possible),
        Sfv::Spam => by_category(verdict, sfv),
        Sfv::NotSpam
        | Sfv::RuleBypass
        | Sfv::Skipped
        | Sfv::PolicyAllowed
        | Sfv::UserSafe
        | Sfv::Released
        | Sfv::Ignored => say(Outcome::Inbox, Certainty::Possible),
        Sfv::Other(_) => None,
    }
}

/// Phishing is quarantined, spam and bulk are junked, where the policies are as they come.
fn by_category(verdict: &Verdict, sfv: &Fact<Sfv>) -> Option<Landing> {
    let (outcome, what, at) = match &verdict.cat {
        Some(cat) if cat.value == Cat::Phish => {
            (Outcome::Quarantine, "CAT:PHSH".to_owned(), &cat.evidence)
        }
        Some(cat) => (Outcome::Junk, format!("CAT:{}", cat.value), &cat.evidence),
        None => (Outcome::Junk, "SFV:SPM".to_owned(), &sfv.evidence),
    };
    let because =
        format!("no header states the folder; {what} ends there where policies are as they come");
    Some(landing(outcome, Certainty::Possible, at, because))
}

/// Several Mailbox-Delivery headers that do not agree.
fn second_copies(message: &Message) -> Vec<String> {
    let Some((first, dest)) = deliveries(message).next() else { return Vec::new() };
    deliveries(message)
        .skip(1)
        .filter(|(_, other)| *other != dest)
        .map(|(other, other_dest)| {
            format!(
                "two Mailbox-Delivery headers disagree: dest:{dest} ({}) and dest:{other_dest} ({})",
                first.evidence.place, other.evidence.place
            )
        })
        .collect()
}

/// A folder that the verdict does not lead to.
fn against_verdict(landing: &Landing, message: &Message, verdict: &Verdict) -> Option<String> {
    let delivery = deliveries(message).next()?.0;
    let sfv = &verdict.sfv.as_ref()?.value;
    let cat = verdict.cat.as_ref().map(|cat| &cat.value);
    match landing.outcome {
        Outcome::Inbox if cat.is_some_and(always_quarantined) && *sfv != Sfv::Released => {
            // an allow entry reaches high confidence phishing where MX points elsewhere (§7.3)
            let unless = match cat {
                Some(Cat::HighConfidencePhish) => " where MX points at Microsoft 365",
                _ => "",
            };
            Some(format!(
                "CAT:{} is quarantined by every policy{unless}, yet Mailbox-Delivery says dest:I",
                cat.map_or("", Cat::as_str)
            ))
        }
        Outcome::Inbox
            if matches!(sfv, Sfv::Spam | Sfv::RuleSpam | Sfv::UserBlocked | Sfv::PolicyBlocked) =>
        {
            Some(format!("SFV:{sfv} marks it as unwanted, yet Mailbox-Delivery says dest:I"))
        }
        Outcome::Junk
            if delivery.ucf != Some(true)
                && matches!(
                    sfv,
                    Sfv::NotSpam
                        | Sfv::RuleBypass
                        | Sfv::PolicyAllowed
                        | Sfv::UserSafe
                        | Sfv::Released
                ) =>
        {
            Some(format!(
                "SFV:{sfv} is no reason for Junk, yet Mailbox-Delivery says dest:J: the mailbox's own settings or Outlook moved it"
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;

    fn landing_of(headers: &str) -> (Outcome, Certainty, usize) {
        let message = Message::parse(&"t.eml".into(), headers.as_bytes());
        let landing = Case::from_message(&message).landing;
        (landing.outcome, landing.certainty, landing.contradictions.len())
    }

    const REPORT: &str =
        "X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;H:mx.sim.example;DIR:INB;";
    const DELIVERY: &str = "X-Microsoft-Antispam-Mailbox-Delivery: ";

    #[test]
    fn mailbox_delivery_states_the_folder() {
        let table = [
            ("ucf:0;jmr:1;auth:0;dest:J;", Outcome::Junk),
            ("ucf:0;jmr:0;auth:0;dest:I;", Outcome::Inbox),
            ("ucf:1;jmr:0;auth:0;dest:C;OFR:CustomRules;", Outcome::CustomFolder),
        ];
        for (value, want) in table {
            assert_eq!(
                landing_of(&format!("{DELIVERY}{value}\n")),
                (want, Certainty::Proven, 0),
                "{value}"
            );
        }
    }

    #[test]
    fn a_dest_in_doubt_is_not_proof_and_decides_nothing_of_an_export() {
        const EDGE: &str = "Received: from mta.phish.example (203.0.113.10) by AMS0EPF0000013F.mail.protection.outlook.com (10.167.242.136) with Microsoft SMTP Server id 15.20.9253.7; Tue, 3 Feb 2026 07:30:02 +0000\nFrom: a@phish.example\n";
        const EXPORT: &str = "X-MS-Exchange-Organization-MxPointsToUs: true\n";
        const COPY: &str = "X-MS-Exchange-Organization-AuthAs: Anonymous\n";
        let dest = format!("{DELIVERY}ucf:0;jmr:0;dest:I;\n");
        let table = [
            (format!("{EDGE}{COPY}{dest}"), Outcome::Inbox, Certainty::Proven),
            (format!("{EDGE}{dest}{COPY}"), Outcome::Inbox, Certainty::Possible),
            (format!("{EDGE}{EXPORT}{dest}"), Outcome::Inbox, Certainty::Likely),
            (format!("{EDGE}{dest}{EXPORT}"), Outcome::Quarantine, Certainty::Possible),
            (
                format!("{EDGE}{dest}{EXPORT}{REPORT}SFV:SPM;CAT:HPHISH;\n"),
                Outcome::Quarantine,
                Certainty::Likely,
            ),
        ];
        for (headers, outcome, certainty) in table {
            let got = landing_of(&headers);
            assert_eq!((got.0, got.1), (outcome, certainty), "{headers}");
        }
    }

    #[test]
    fn a_verdict_alone_is_never_proof_of_a_folder() {
        let table = [
            ("SFV:SPM;CAT:SPM;", Outcome::Junk, Certainty::Possible),
            ("SFV:SPM;CAT:HPHISH;", Outcome::Quarantine, Certainty::Likely),
            ("SFV:SPM;CAT:PHSH;", Outcome::Quarantine, Certainty::Possible),
            ("SFV:NSPM;CAT:NONE;", Outcome::Inbox, Certainty::Possible),
            ("SFV:BLK;CAT:NONE;", Outcome::Junk, Certainty::Likely),
            ("SFV:XYZ;", Outcome::Unknown, Certainty::Possible),
        ];
        for (verdict, outcome, certainty) in table {
            assert_eq!(
                landing_of(&format!("{REPORT}{verdict}\n")),
                (outcome, certainty, 0),
                "{verdict}"
            );
        }
    }

    #[test]
    fn contradictions_are_shown_not_averaged() {
        let table = [
            ("SFV:SPM;CAT:SPM;", "dest:I;", Outcome::Inbox),
            ("SFV:SPM;CAT:HPHSH;", "dest:I;", Outcome::Inbox),
            ("SFV:NSPM;CAT:NONE;", "ucf:0;dest:J;", Outcome::Junk),
        ];
        for (verdict, delivery, outcome) in table {
            let got = landing_of(&format!("{REPORT}{verdict}\n{DELIVERY}{delivery}\n"));
            assert_eq!(got, (outcome, Certainty::Proven, 1), "{verdict}{delivery}");
        }
    }

    #[test]
    fn the_senders_report_never_lands_a_message() {
        let headers = "X-Forefront-Antispam-Report-Untrusted: CIP:203.0.113.1;H:x;SFV:SPM;CAT:HPHSH;DIR:OUT;\n";
        assert_eq!(landing_of(headers).0, Outcome::Unknown);
    }

    #[test]
    fn a_quarantine_export_is_no_delivery() {
        let headers =
            format!("{REPORT}SFV:SPM;CAT:HPHSH;\nX-MS-Exchange-Organization-MxPointsToUs: true\n");
        assert_eq!(landing_of(&headers), (Outcome::Quarantine, Certainty::Likely, 0));
    }
}
