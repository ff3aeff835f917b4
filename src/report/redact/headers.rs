//! How much of a header a redacted block tells. What is not known to tell of a delivery is hidden, because
//! senders and organisations write anything into it, and their names into its name.

use super::written;
use crate::campaign::platforms::PLATFORMS;
use crate::message::names::{begins, is_gateways};
use crate::tenant::bypass_header;

/// What of a header may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Name and value, without what is private in it.
    Value,
    /// Name and value, where the value is one that everybody's mail has.
    Usual,
    /// The name, and of the value the text that marks a platform's mail.
    Mark(&'static str),
    /// The name.
    Name,
    /// That it is there.
    Nothing,
}

/// Headers that a diagnosis or whoever reads it needs, and whose form is known.
const TOLD: [&str; 46] = [
    "received",
    "x-received",
    "received-spf",
    "original-authentication-results",
    "dkim-signature",
    "domainkey-signature",
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "return-path",
    "delivered-to",
    "envelope-to",
    "x-original-to",
    "resent-from",
    "resent-to",
    "resent-sender",
    "subject",
    "thread-topic",
    "x-asg-orig-subj",
    "message-id",
    "in-reply-to",
    "references",
    "content-type",
    "content-disposition",
    "list-unsubscribe",
    "x-originating-ip",
    "x-sender-ip",
    "x-sid-pra",
    "x-customspam",
    "x-ms-has-attach",
    "x-ms-tnef-correlator",
    "x-ms-publictraffictype",
    "x-ms-traffictypediagnostic",
    "x-ms-userlastlogontime",
    "x-organizationheaderspreserved",
    "x-crosspremisesheaderspromoted",
    "x-crosspremisesheadersfiltered",
    "x-crosspremisesheaderspromotedbyuser",
    "x-originatororg",
    "content-id",
    "resent-message-id",
    "x-incomingheadercount",
    "authentication-results",
];
/// Beginnings of such names.
const FAMILIES: [&str; 9] = [
    "x-ms-exchange-",
    "x-ms-office365-",
    "x-microsoft-antispam",
    "x-forefront-",
    "x-eop",
    "x-exchange-antispam-",
    "arc-",
    "authentication-results-",
    "resent-authentication-results",
];
/// Beginnings of names of Microsoft's whose values only Microsoft can read, or name people.
const OPAQUE: [&str; 4] = [
    "x-microsoft-antispam-message-info",
    "x-microsoft-antispam-zap-",
    "x-ms-exchange-antispam-messagedata",
    "x-ms-exchange-crosstenant-userprincipalname",
];

/// Headers with a value out of a few.
const ENUMERATED: [&str; 13] = [
    "date",
    "mime-version",
    "content-transfer-encoding",
    "content-language",
    "auto-submitted",
    "precedence",
    "importance",
    "priority",
    "x-priority",
    "x-msmail-priority",
    "x-sid-result",
    "list-unsubscribe-post",
    "resent-date",
];

/// Names that many systems write: they tell nobody apart, their values may.
const NAMED: [&str; 41] = [
    "organization",
    "organisation",
    "keywords",
    "comments",
    "thread-index",
    "user-agent",
    "x-mailer",
    "list-id",
    "list-help",
    "list-owner",
    "list-post",
    "list-subscribe",
    "list-archive",
    "errors-to",
    "x-errors-to",
    "feedback-id",
    "x-feedback-id",
    "x-auth-user",
    "x-auth-id",
    "x-authenticated-user",
    "x-authenticated-sender",
    "x-authenticated-id",
    "x-originating-user",
    "x-originating-host",
    "x-originating-email",
    "x-phone",
    "x-message-flag",
    "x-sender",
    "x-env-sender",
    "x-etr",
    "x-entity-ref-id",
    "x-message-id",
    "x-campaign-id",
    "x-report-abuse",
    "x-virus-scanned",
    "x-spam-status",
    "x-spam-score",
    "x-message-delivery",
    "x-message-info",
    "x-incomingtopheadermarker",
    "content-description",
];

/// How much of the header may be told; `own` are the names of the campaign's.
pub(super) fn shown(name: &str, value: &str, own: &[String]) -> Shown {
    let lower = name.trim().to_ascii_lowercase();
    let marks = || {
        let all = PLATFORMS.iter().flat_map(|platform| platform.headers);
        all.filter(|mark| mark.name.eq_ignore_ascii_case(&lower))
    };
    if marks().next().is_some() {
        let said = |text: &str| value.to_ascii_lowercase().contains(&text.to_ascii_lowercase());
        let mark = marks().find(|mark| !mark.contains.is_empty() && said(mark.contains));
        return mark.map_or(Shown::Name, |mark| Shown::Mark(mark.contains));
    }
    if OPAQUE.iter().any(|start| lower.starts_with(start)) {
        Shown::Name
    } else if is_told(&lower) || bypass_header::meant(name).is_some() {
        Shown::Value
    } else if ENUMERATED.contains(&lower.as_str()) {
        Shown::Usual
    } else if is_gateways(name) {
        if written::is_known(value) { Shown::Value } else { Shown::Name }
    } else if NAMED.contains(&lower.as_str())
        || own.iter().any(|own| own.eq_ignore_ascii_case(&lower))
    {
        Shown::Name
    } else {
        Shown::Nothing
    }
}

/// Whether the name may be told.
pub(super) fn is_known(name: &str) -> bool {
    name.is_empty() || shown(name, "", &[]) != Shown::Nothing
}

fn is_told(lower: &str) -> bool {
    TOLD.contains(&lower) || FAMILIES.iter().any(|family| begins(lower, family))
}

/// Whether the value is one of those that everybody's mail has.
pub(super) fn is_usual(value: &str) -> bool {
    const VALUES: [&str; 16] = [
        "7bit",
        "8bit",
        "base64",
        "binary",
        "quoted-printable",
        "auto-generated",
        "auto-replied",
        "bulk",
        "list",
        "junk",
        "urgent",
        "non-urgent",
        "normal",
        "high",
        "low",
        "list-unsubscribe=one-click",
    ];
    let language = |value: &str| {
        let mut parts = value.split('-');
        parts.all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic()))
    };
    let value = value.trim();
    VALUES.iter().any(|usual| usual.eq_ignore_ascii_case(value))
        || language(value)
        || written::is_known(value)
}
