//! The questions that many rules ask of a case, answered in one place.

use crate::case::Case;
use crate::fact::{Citation, Evidence, Fact};
use crate::finding::{Certainty, Outcome};
use crate::message::antispam_report::NO_CLIENT;
use crate::message::headers::Header;
use crate::message::values::{AuthResult, Cat, Direction, Ipv, Sfty, Sfv};
use crate::message::{Message, Origin, Standing};
use crate::rules::policy;
use crate::tenant::bypass_header::BypassHeader;
use crate::trace::journey::RuleHit;
use std::sync::Arc;

/// How the landing bears on a verdict that would put the message somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landed {
    /// Evidence shows it there.
    Shown,
    /// It is taken to be there because of the verdict; nothing shows it.
    Implied,
    /// Nothing tells where it is.
    Unknown,
    /// It is somewhere else.
    Elsewhere,
}

impl Landed {
    /// How sure a cause can be whose verdict is stated but whose action depends on a policy.
    pub(super) const fn certainty(self) -> Certainty {
        match self {
            Landed::Shown => Certainty::Proven,
            Landed::Implied => Certainty::Likely,
            Landed::Unknown | Landed::Elsewhere => Certainty::Possible,
        }
    }

    /// `shown` where evidence shows the landing, else `implied`.
    pub(super) const fn wording(self, shown: &'static str, implied: &'static str) -> &'static str {
        match self {
            Landed::Shown => shown,
            Landed::Implied | Landed::Unknown | Landed::Elsewhere => implied,
        }
    }
}

/// Whether the message ended in `place`: as evidence states it, else as the exported policy that
/// applies to the recipient would have it, else as the verdict implies.
pub(super) fn landed(case: &Case<'_>, place: Outcome) -> Landed {
    let landing = &case.landing;
    if landing.certainty != Certainty::Proven
        && let Some((leads_to, _)) = policy::action(case)
    {
        return if leads_to == place { Landed::Implied } else { Landed::Elsewhere };
    }
    let here = landing.outcome == place;
    match landing.certainty {
        Certainty::Proven if here => Landed::Shown,
        Certainty::Likely if here => Landed::Implied,
        Certainty::Possible if here || !is_export(case) => Landed::Unknown,
        // In the mailbox, folder unknown.
        _ if landing.outcome == Outcome::Delivered && place == Outcome::Junk => Landed::Unknown,
        _ => Landed::Elsewhere,
    }
}

/// Whether the copy is an export from quarantine, which is no proof of where it is, but a sign.
fn is_export(case: &Case<'_>) -> bool {
    case.message.is_some_and(|message| message.origin.value == Origin::QuarantineExport)
}

/// Whether the recipient could open it where it landed.
pub(super) fn reached_the_user(case: &Case<'_>) -> bool {
    matches!(
        case.landing.outcome,
        Outcome::Inbox | Outcome::CustomFolder | Outcome::Delivered | Outcome::Unknown
    )
}

/// Threat category of mail from outside; `None` for internal mail, which `intra-org-filtered` judges.
pub(super) fn cat<'a>(case: &'a Case<'_>) -> Option<&'a Cat> {
    let cat = &case.verdict.cat.as_ref()?.value;
    (!is_internal(case)).then_some(cat)
}

/// Who decided.
pub(super) fn sfv<'a>(case: &'a Case<'_>) -> Option<&'a Sfv> {
    Some(&case.verdict.sfv.as_ref()?.value)
}

/// Whether someone released it from quarantine, as a stamp or a row tells, and nothing put it back.
pub(super) fn was_released(case: &Case<'_>) -> bool {
    sfv(case) == Some(&Sfv::Released)
        || case.journey.is_some_and(|journey| journey.release().is_some())
}

/// Whether the IP Allow List was hit, as the believed report says.
pub(super) fn allow_listed(case: &Case<'_>) -> bool {
    case.verdict.ipv.as_ref().is_some_and(|ipv| ipv.value == Ipv::AllowList)
}

/// Whether the organisation treated the message as its own (`headers.md` §1.3, SKI).
pub(super) fn is_internal(case: &Case<'_>) -> bool {
    let direction = case.verdict.direction.as_ref().map(|fact| &fact.value);
    let no_client = case.verdict.connecting_ip.as_ref().is_some_and(|ip| ip.value == NO_CLIENT);
    let as_internal = case.message.is_some_and(|message| message.as_internal);
    direction == Some(&Direction::Internal) || no_client || as_internal
}

/// Whether the copy is consumer Outlook.com mail.
pub(super) fn is_consumer(case: &Case<'_>) -> bool {
    case.message.is_some_and(|message| message.origin.value == Origin::Consumer)
}

/// Whether a category is one that no allow entry reaches (`headers.md` §7.3).
pub(super) fn beyond_every_allow(cat: &Cat) -> bool {
    matches!(cat, Cat::HighConfidencePhish) || is_malware(cat)
}

/// Whether a category means malware or a forbidden attachment.
pub(super) fn is_malware(cat: &Cat) -> bool {
    matches!(cat, Cat::Malware | Cat::AntiMalware | Cat::SafeAttachments | Cat::FileType)
}

/// Whether a category is one of spam, phishing, spoofing or impersonation that allow entries reach.
pub(super) fn within_allow(cat: &Cat) -> bool {
    matches!(
        cat,
        Cat::Spam
            | Cat::HighConfidenceSpam
            | Cat::Bulk
            | Cat::Phish
            | Cat::Spoof
            | Cat::UserImpersonation
            | Cat::DomainImpersonation
            | Cat::MailboxImpersonation
            | Cat::BrandImpersonation
    )
}

/// The organisation header of that name, without its prefix.
pub(super) fn organization<'a>(case: &Case<'a>, name: &str) -> Option<Header<'a>> {
    case.message?.organization_header(name)
}

/// Headers that only a mail flow rule of the recipient's tenant can have set: the side effects of
/// allow-listing guides (`headers.md` §4.1, §8.2).
pub(super) fn rule_marks(case: &Case<'_>) -> Vec<Citation> {
    const MARKS: [&str; 4] = [
        "BypassClutter",
        "BypassFocusedInbox",
        "SkipSafeLinksProcessing",
        "SkipSafeAttachmentProcessing",
    ];
    let mut marks: Vec<_> =
        MARKS.iter().filter_map(|name| quoted(case, organization(case, name)?)).collect();
    marks.extend(case.message.and_then(|message| {
        let marker = message.headers.get("X-ETR").filter(|header| !message.is_brought(*header))?;
        Some(message.evidence(marker))
    }));
    marks.extend(case.message.into_iter().flat_map(planted));
    marks
}

/// Reports that a mail flow rule wrote.
pub(super) fn planted(message: &Message) -> impl Iterator<Item = Citation> {
    let reports = message.reports.iter();
    reports
        .filter(|report| report.standing == Standing::Planted)
        .map(|report| report.evidence.clone())
}

/// Evidence of the topmost header of that name.
pub(super) fn header(case: &Case<'_>, name: &str) -> Option<Citation> {
    quoted(case, case.message?.headers.get(name)?)
}

/// The headers of the message that are, or mean to be, one of those that a mail flow rule sets to pass over
/// a filter or the Inbox. What the sender brought along is no rule's.
pub(super) fn bypass_headers<'a>(
    case: &Case<'a>,
) -> impl Iterator<Item = (Header<'a>, &'static BypassHeader)> {
    let headers = case.message.into_iter().flat_map(|message| {
        let set = message.headers.told(|traits| traits.bypass.is_some());
        set.filter(|header| !message.is_brought(*header))
    });
    headers.filter_map(|header| Some((header, header.traits.bypass?)))
}

/// Evidence of a header of the message.
pub(super) fn quoted(case: &Case<'_>, header: Header<'_>) -> Option<Citation> {
    Some(case.message?.evidence(header))
}

/// The stated verdict fields of those names, each cut down to its own piece of the report.
pub(super) fn stamps(case: &Case<'_>, keys: &[&str]) -> Vec<Citation> {
    if case.in_brief {
        return Vec::new();
    }
    let verdict = &case.verdict;
    let of = |key: &str| {
        Some(match key {
            "SFV" => &verdict.sfv.as_ref()?.evidence,
            "CAT" => &verdict.cat.as_ref()?.evidence,
            "IPV" => &verdict.ipv.as_ref()?.evidence,
            "SCL" => &verdict.scl.as_ref()?.evidence,
            "BCL" => &verdict.bcl.as_ref()?.evidence,
            "SRV" => &verdict.bulk.as_ref()?.evidence,
            "SFTY" => &verdict.sfty.as_ref()?.evidence,
            "DIR" => &verdict.direction.as_ref()?.evidence,
            "CIP" => &verdict.connecting_ip.as_ref()?.evidence,
            "CTRY" => &verdict.country.as_ref()?.evidence,
            "LANG" => &verdict.language.as_ref()?.evidence,
            _ => return None,
        })
    };
    keys.iter().filter_map(|key| Some(piece(of(key)?, key))).collect()
}

/// What shows where the message ended.
pub(super) fn landing(case: &Case<'_>) -> Vec<Citation> {
    case.landing.evidence.clone()
}

/// The stated verdict fields, then what shows the landing.
pub(super) fn verdict_and_landing(case: &Case<'_>, keys: &[&str]) -> Vec<Citation> {
    if case.in_brief {
        return Vec::new();
    }
    let mut evidence = stamps(case, keys);
    if case.landing.certainty != Certainty::Proven {
        evidence.extend(policy::action(case).map(|(_, stated)| stated));
    } else {
        for landed in &case.landing.evidence {
            if !evidence.contains(landed) {
                evidence.push(landed.clone());
            }
        }
    }
    evidence
}

/// The piece of a `key:value;` or `key=value|` list that states `key`, else the whole of it.
pub(super) fn piece(evidence: &Citation, key: &str) -> Citation {
    let states = |piece: &&[u8]| {
        let parts = piece.split_at_checked(key.len());
        parts.is_some_and(|(start, rest)| {
            start.eq_ignore_ascii_case(key.as_bytes()) && matches!(rest, [b':' | b'=', ..])
        })
    };
    let whole = evidence.value.as_bytes();
    let mut pieces = whole.split(|byte| matches!(byte, b';' | b'|')).map(<[u8]>::trim_ascii);
    let found = pieces.find(states).and_then(|piece| std::str::from_utf8(piece).ok());
    match found {
        Some(piece) => Evidence {
            source: Arc::clone(&evidence.source),
            place: evidence.place,
            field: evidence.field.clone(),
            value: piece.into(),
        }
        .into(),
        None => evidence.clone(),
    }
}

/// The recipient's `compauth` result with its reason; [`results_piece`] is what states them.
pub(super) fn compauth<'a>(case: &Case<'a>) -> Option<(&'a AuthResult, &'a str)> {
    let results = case.message?.results()?;
    Some((results.compauth.as_ref()?, results.compauth_reason.as_deref().unwrap_or("")))
}

/// The piece of the recipient's `Authentication-Results` that states `method`.
pub(super) fn results_piece(case: &Case<'_>, method: &str) -> Option<Citation> {
    let results = case.message?.results()?;
    Some(piece(&results.evidence, method))
}

/// The delivery agent's final reason (`OFR`), and what states it.
pub(super) fn final_reason<'a>(case: &Case<'a>) -> Option<(&'a str, Citation)> {
    let mut deliveries = case.message?.mailbox_delivery.iter();
    deliveries
        .find_map(|delivery| Some((delivery.ofr.as_deref()?, piece(&delivery.evidence, "OFR"))))
}

/// Puts more evidence behind a list, leaving out what is there already.
pub(super) fn add(evidence: &mut Vec<Citation>, more: impl IntoIterator<Item = Citation>) {
    for one in more {
        if !evidence.contains(&one) {
            evidence.push(one);
        }
    }
}

/// Whether a rule of the recipient moved it at delivery.
pub(super) fn moved_by_user_rule(case: &Case<'_>) -> bool {
    case.message.is_some_and(|message| {
        message.mailbox_delivery.iter().any(|delivery| delivery.ucf == Some(true))
    })
}

/// Whether the message got past the filter into a mailbox, as far as anything tells.
pub(super) fn let_through(case: &Case<'_>) -> bool {
    matches!(
        case.landing.outcome,
        Outcome::Inbox
            | Outcome::CustomFolder
            | Outcome::Junk
            | Outcome::Delivered
            | Outcome::Unknown
    )
}

/// A mail flow rule in force that the trace shows setting the SCL of this message.
pub(super) fn traced_scl_rule<'a>(case: &Case<'a>) -> Option<&'a Fact<RuleHit>> {
    let mut rules = case.journey?.rules.iter();
    rules.find(|rule| rule.value.does("SetSCL") && !rule.value.is_audit())
}

/// Whether the trace shows a single rule that set the SCL.
pub(super) fn one_traced_scl_rule(case: &Case<'_>) -> bool {
    let rules = case.journey.map_or(&[][..], |journey| &journey.rules);
    rules.iter().filter(|rule| rule.value.does("SetSCL") && !rule.value.is_audit()).count() == 1
}

/// Says so when `SFTY` 9.22 to 9.24 tell that an allow entry existed and lost (`headers.md` §1.3).
pub(super) fn name_lost_allow(case: &Case<'_>, finding: &mut crate::finding::Finding) {
    let Some(tip) = &case.verdict.sfty else { return };
    let what = match tip.value {
        Sfty::SpoofOverSafeSender => "the recipient's Safe Senders entry",
        Sfty::SpoofOverPolicy => "the anti-spam policy's allowed sender",
        Sfty::SpoofOverRule => "a mail flow rule's allow",
        _ => return,
    };
    finding.summary.push_str(&format!(" It overrode {what} (SFTY {}).", tip.value));
    add(&mut finding.evidence, stamps(case, &["SFTY"]));
}

/// Seconds of a `hh:mm:ss.fffffff` header such as `X-MS-Exchange-Transport-EndToEndLatency`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let (days, clock) = match text.trim().split_once('.') {
        // `1.02:03:04.5` has days, `02:03:04.5` has not.
        Some((days, clock)) if !days.contains(':') => (days.parse::<u64>().ok()?, clock),
        _ => (0, text.trim()),
    };
    let mut seconds = days.checked_mul(24)?;
    let mut parts = 0;
    for part in clock.split(':') {
        let whole: u64 = part.split('.').next()?.parse().ok()?;
        seconds = if parts == 0 {
            seconds.checked_add(whole)?
        } else {
            seconds.checked_mul(60)?.checked_add(whole)?
        };
        parts += 1;
    }
    (parts == 3).then_some(seconds)
}

/// Whether mail for the recipient's domain comes to Microsoft 365 first; `None` where the tenant's MX
/// records were not exported.
pub(super) fn mx_is_microsoft(case: &Case<'_>) -> Option<bool> {
    let tenant = case.tenant?;
    let recipient = case.recipient.as_ref();
    let domain = recipient.and_then(|recipient| super::fixes::domain(&recipient.value));
    tenant.mx_is_microsoft(domain.as_deref())
}

/// What suggests that mail for the recipient's domain goes to another system first, where secure by
/// default does not hold (`headers.md` §7.3): the words for it, and the header that says so.
pub(super) fn mx_elsewhere(case: &Case<'_>) -> Option<(&'static str, Option<Citation>)> {
    match mx_is_microsoft(case) {
        Some(true) => return None,
        Some(false) => return Some(("the exported MX does not point at Microsoft 365", None)),
        None => {}
    }
    if let Some(header) = organization(case, "MxPointsToUs") {
        let elsewhere = header.value.eq_ignore_ascii_case("false");
        return elsewhere.then(|| ("MxPointsToUs is false", quoted(case, header)));
    }
    let (result, reason) = compauth(case)?;
    let routed = *result == AuthResult::None
        && (reason == "905"
            || reason.starts_with('4') && super::source::gateway_in_front(case).is_some());
    routed
        .then(|| ("compauth was bypassed as for an MX elsewhere", results_piece(case, "compauth")))
}

/// The caveat of verdicts that only secure by default keeps out of reach.
pub(super) const NOT_SECURE_BY_DEFAULT: &str = "Secure by default does not hold where MX points at another system: there a mail flow rule, the \
     IP Allow List, an allowed sender or a Safe Sender can let high confidence phishing through too.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Place;

    #[test]
    fn what_the_sender_brought_is_no_mark_of_a_rule() {
        const EDGE: &str = "Received: from mail.phish.example (203.0.113.10) by BL02EPF0001A0C5.mail.protection.outlook.com with SMTP; Tue, 14 Oct 2025 09:12:31 +0000\r\n";
        const OWN: &str = "From: a@phish.example\r\n";
        const ORGANIZATION: &str = "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n";
        const MARKS: &str = "X-ETR: bypass\r\nX-Forefront-Antispam-Report: SFV:SKI;\r\nX-MS-Exchange-Organisation-SkipSafeLinksProcessing: 1\r\n";
        let found = |parts: &[&str]| {
            let message = Message::parse(&Arc::from("t.eml"), parts.concat().as_bytes());
            let case = Case::from_message(&message);
            (rule_marks(&case).len(), bypass_headers(&case).count())
        };
        assert_eq!(found(&[EDGE, MARKS, OWN, ORGANIZATION]), (0, 0));
        assert_eq!(found(&[EDGE, OWN, ORGANIZATION, MARKS]), (2, 1));
    }

    #[test]
    fn a_clock_is_read_in_seconds_and_nonsense_is_not() {
        let table = [
            ("00:00:04.2031718", Some(4)),
            ("00:04:11", Some(251)),
            ("1.02:03:04.5", Some(93_784)),
            ("04:11", None),
            ("", None),
            ("99999999999999999999:00:00", None),
            ("18446744073709551615:59:59", None),
        ];
        for (text, want) in table {
            assert_eq!(seconds(text), want, "{text}");
        }
    }

    #[test]
    fn a_piece_is_the_pair_itself_else_the_whole_value() {
        let source = Arc::from("t.eml");
        let evidence = |value: &str| Evidence::new(&source, Place::Line(1), "f", value).into();
        let table = [
            ("CIP:203.0.113.1;SFV:SPM;", "SFV", "SFV:SPM"),
            ("S:SFA=SUM|SFV=SPM|IPV=CAL", "IPV", "IPV=CAL"),
            (
                "spf=pass (x) smtp.mailfrom=a;compauth=fail reason=001",
                "compauth",
                "compauth=fail reason=001",
            ),
            ("CIP:203.0.113.1;", "SFV", "CIP:203.0.113.1;"),
            ("XSFV:1;", "SFV", "XSFV:1;"),
        ];
        for (value, key, want) in table {
            assert_eq!(&*piece(&evidence(value), key).value, want);
        }
    }
}
