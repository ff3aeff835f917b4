//! Every stamp decoded, in plain words.

use super::Stamp;
use crate::case::Case;
use crate::fact::Citation;
use crate::message::antispam_report::NO_CLIENT;
use crate::message::authentication::reason_meaning;
use crate::message::{AntispamReport, Authentication, MailboxDelivery, Message, Standing};

/// The stamps of a case: the believed report first, then authentication and delivery, then what is shown
/// but never judged.
pub(super) fn of(case: &Case<'_>) -> Vec<Stamp> {
    let mut stamps = Vec::new();
    let Some(message) = case.message else { return stamps };
    if let Some(report) = message.report() {
        antispam_report(&mut stamps, report);
    }
    if let Some(bcl) = &message.bcl {
        push(&mut stamps, "BCL", bcl.value, bcl_meaning(bcl.value), &bcl.evidence);
    }
    for spam in &message.custom_spam {
        let meaning = "an advanced spam filter setting was hit";
        push(&mut stamps, "X-CustomSpam", &spam.value, meaning, &spam.evidence);
    }
    if let Some(results) = message.results() {
        authentication(&mut stamps, results);
    }
    for delivery in &message.mailbox_delivery {
        mailbox_delivery(&mut stamps, delivery);
    }
    enhanced_filtering(&mut stamps, message);
    organization(&mut stamps, message);
    others(&mut stamps, message);
    stamps
}

fn push(
    stamps: &mut Vec<Stamp>,
    field: &str,
    value: impl ToString,
    meaning: impl Into<String>,
    evidence: &Citation,
) {
    stamps.push(Stamp {
        field: field.to_owned(),
        value: value.to_string(),
        meaning: meaning.into(),
        evidence: evidence.kept(),
    });
}

const UNKNOWN: &str = "not a documented value";

fn antispam_report(stamps: &mut Vec<Stamp>, report: &AntispamReport) {
    let at = &report.evidence;
    if let Some(ip) = report.connecting_ip {
        let meaning = if ip == NO_CLIENT {
            "no SMTP client: the message began inside Microsoft 365"
        } else {
            "connecting IP: the peer that handed the message to Microsoft 365"
        };
        push(stamps, "CIP", ip, meaning, at);
    }
    if let Some(ipv) = &report.ipv {
        push(stamps, "IPV", ipv, ipv.meaning().unwrap_or(UNKNOWN), at);
    }
    if let Some(sfv) = &report.sfv {
        push(stamps, "SFV", sfv, sfv.meaning().unwrap_or(UNKNOWN), at);
    }
    if let Some(cat) = &report.cat {
        push(stamps, "CAT", cat, cat.meaning().unwrap_or(UNKNOWN), at);
    }
    if let Some(scl) = report.scl {
        push(stamps, "SCL", scl, scl_meaning(scl), at);
    }
    if let Some(srv) = report.srv() {
        let bulk = srv.eq_ignore_ascii_case("BULK");
        push(stamps, "SRV", srv, if bulk { "over the bulk mail threshold" } else { UNKNOWN }, at);
    }
    if let Some(sfty) = &report.sfty {
        push(stamps, "SFTY", sfty, sfty.meaning().unwrap_or(UNKNOWN), at);
    }
    if let Some(direction) = &report.direction {
        push(stamps, "DIR", direction, direction.meaning().unwrap_or(UNKNOWN), at);
    }
    for (field, value, meaning) in [
        (
            "CTRY",
            report.country(),
            "country of the connecting IP (of the true source under Enhanced Filtering)",
        ),
        ("LANG", report.language(), "language of the message"),
        ("H", report.helo(), "name the peer gave in HELO/EHLO"),
        ("PTR", report.ptr(), "reverse DNS of the peer"),
    ] {
        if let Some(value) = value {
            push(stamps, field, value, meaning, at);
        }
    }
}

/// Plain words for an SCL (`headers.md` §7.5).
fn scl_meaning(scl: i8) -> &'static str {
    match scl {
        -1 => "filtering was skipped",
        0 | 1 => "not spam",
        2..=4 => "a value that filtering never stamps; a rule may have",
        5 | 6 => "spam (context only in cloud organisations: CAT and SFV decide)",
        7..=9 => "high confidence spam (context only in cloud organisations: CAT and SFV decide)",
        _ => UNKNOWN,
    }
}

/// Plain words for a BCL (`headers.md` §2.1).
fn bcl_meaning(bcl: u8) -> &'static str {
    match bcl {
        0 => "bulk complaint level: not from a bulk sender",
        1..=3 => "bulk complaint level: few complaints",
        4..=6 => "bulk complaint level: a mixed number of complaints",
        7 => "bulk complaint level: a mixed number of complaints; the default threshold is 7",
        8 | 9 => "bulk complaint level: many complaints",
        _ => UNKNOWN,
    }
}

fn authentication(stamps: &mut Vec<Stamp>, results: &Authentication) {
    let at = &results.evidence;
    if let Some(spf) = &results.spf {
        let ip = results.sender_ip.map(|ip| format!(" for {ip}")).unwrap_or_default();
        let domain = results.mail_from.as_deref().or(results.helo.as_deref());
        let domain = domain.map(|domain| format!(" of {domain}")).unwrap_or_default();
        push(stamps, "spf", spf, format!("{}{ip}{domain}", spf.meaning().unwrap_or(UNKNOWN)), at);
    }
    for dkim in &results.dkim {
        let detail = dkim.detail.as_deref().map(|d| format!(": {d}")).unwrap_or_default();
        let domain = dkim.domain.as_deref().map(|d| format!(", d={d}")).unwrap_or_default();
        let meaning = format!("{}{detail}{domain}", dkim.result.meaning().unwrap_or(UNKNOWN));
        push(stamps, "dkim", &dkim.result, meaning, at);
    }
    if let Some(dmarc) = &results.dmarc {
        let from = results.header_from.as_deref().map(|d| format!(" for {d}")).unwrap_or_default();
        push(stamps, "dmarc", dmarc, format!("{}{from}", dmarc.meaning().unwrap_or(UNKNOWN)), at);
    }
    if let Some(action) = &results.dmarc_action {
        push(stamps, "action", action, action.meaning().unwrap_or(UNKNOWN), at);
    }
    match (&results.compauth, &results.compauth_reason) {
        (Some(compauth), Some(reason)) => {
            let meaning = reason_meaning(reason).unwrap_or(UNKNOWN);
            push(stamps, "compauth", format!("{compauth} reason={reason}"), meaning, at);
        }
        (Some(compauth), None) => {
            push(stamps, "compauth", compauth, compauth.meaning().unwrap_or(UNKNOWN), at);
        }
        (None, _) => {}
    }
}

fn mailbox_delivery(stamps: &mut Vec<Stamp>, delivery: &MailboxDelivery) {
    let at = &delivery.evidence;
    if let Some(dest) = &delivery.dest {
        push(stamps, "dest", dest, dest.meaning().unwrap_or(UNKNOWN), at);
    }
    if delivery.ucf == Some(true) {
        push(stamps, "ucf", 1, "a rule or setting of the recipient moved it", at);
    }
    if delivery.jmr == Some(true) {
        push(stamps, "jmr", 1, "junk because of the filter's verdict", at);
    }
    if let Some(ofr) = &delivery.ofr {
        let meaning = match ofr.as_ref() {
            "SpamFilterAuthJ" => "the filter's verdict decided",
            "TrustedSenderList" => "the recipient trusts the sender",
            "CustomRules" => "an inbox rule of the recipient decided",
            "SenderInAddressBook" => "the sender is in the recipient's address book",
            "SpamFilterPass" => "it passed the filter",
            "ExclusiveSettings" => "the mailbox takes mail from trusted senders only",
            _ => "the final reason (undocumented)",
        };
        push(stamps, "OFR", ofr, meaning, at);
    }
}

fn enhanced_filtering(stamps: &mut Vec<Stamp>, message: &Message) {
    let filtering = &message.enhanced_filtering;
    for (field, fact, meaning) in [
        (
            "SkipListedInternetSender",
            &filtering.skip_listed,
            "Enhanced Filtering found this true source",
        ),
        (
            "ExternalOriginalInternetSender",
            &filtering.original_sender,
            "Enhanced Filtering is in effect: this source was judged",
        ),
    ] {
        if let Some(fact) = fact {
            let ip = fact.value.ip.map(|ip| ip.to_string()).unwrap_or_default();
            push(stamps, field, ip, meaning, &fact.evidence);
        }
    }
}

/// Organisation headers with a known meaning (`headers.md` §4.2).
fn organization(stamps: &mut Vec<Stamp>, message: &Message) {
    for header in message.organization() {
        let name = header.name;
        let short =
            name.rsplit_once("Organization-").or_else(|| name.rsplit_once("CrossPremises-"));
        let short = short.map_or(name, |(_, short)| short);
        let meaning = match short.to_ascii_lowercase().as_str() {
            "scl" => "final spam confidence level",
            "authas" => "how the sender was taken: Anonymous is from outside, Internal from inside",
            "authsource" => "server that evaluated authentication",
            "messagedirectionality" => {
                "Incoming, or Originating for mail accepted as the tenant's own"
            }
            "bypassclutter" => {
                "a rule asks to keep it out of Clutter and in Focused; only the exact value `true` works"
            }
            "bypassfocusedinbox" => {
                "a rule asks to keep it in Focused; only the exact value `true` works"
            }
            "skipsafelinksprocessing" => "a rule asks Safe Links not to wrap or scan",
            "skipsafeattachmentprocessing" => "a rule asks Safe Attachments not to scan",
            "rules-execution-history" | "rulesexecuted" => "mail flow rules that ran",
            "phishsim-rules-execution-history" => "phishing simulation override rules that matched",
            "orgeopforest" => "the tenant's forest, of a quarantine export",
            "targetresourceforest" => "forest of the recipient's mailbox, of a quarantine export",
            "isanonymousdirectsend" => {
                "Direct Send: a message from outside with the tenant's own MAIL FROM"
            }
            "mxpointstous" => "whether the MX of the recipient's domain is Microsoft 365",
            _ => continue,
        };
        push(stamps, short, header.value, meaning, &message.evidence(header));
    }
}

/// Reports that are shown, never judged.
fn others(stamps: &mut Vec<Stamp>, message: &Message) {
    for (index, report) in message.reports.iter().enumerate() {
        if message.believed == Some(index) {
            continue;
        }
        let meaning = match report.standing {
            Standing::Sender => "the sender's side: not the recipient's verdict",
            Standing::Planted => {
                "set by a mail flow rule, not by the filter: it lacks CIP, CTRY and H"
            }
            Standing::EarlierPass | Standing::Recipient => {
                "an earlier pass through this organisation"
            }
        };
        push(stamps, &report.evidence.field, &report.evidence.value, meaning, &report.evidence);
    }
}
