//! The walk over a diagnosis: every string of it, each as what it is.

use super::Redactor;
use super::known::{self, Known};
use super::names::Kind;
use crate::diagnosis::{Diagnosis, FactSheet, MessageSummary};
use crate::fact::{Citation, Evidence};
use crate::finding::Finding;
use std::borrow::Cow;

/// Replaces what is private in every field. A field that is added to [`Diagnosis`] or to what it
/// holds does not compile here until it is dealt with.
pub(super) fn redact(redactor: &mut Redactor, diagnosis: &mut Diagnosis, known: &Known) {
    let Diagnosis {
        message,
        recipient,
        delivered_at: _,
        sources,
        outcome: _,
        outcome_certainty: _,
        outcome_because,
        headline,
        findings,
        contradictions,
        notes,
        people,
        facts,
    } = diagnosis;
    people.clear();
    if let Some(recipient) = recipient {
        *recipient = redactor.address(Kind::Recipient, recipient);
    }
    identity(redactor, message, known);
    for source in sources {
        source.path = redactor.file(&source.path).into();
    }
    for text in [outcome_because, headline].into_iter().chain(contradictions).chain(notes) {
        *text = redactor.sentence(text, known);
    }
    for finding in findings {
        self::finding(redactor, finding, known);
    }
    self::facts(redactor, facts, known);
}

fn identity(redactor: &mut Redactor, message: &mut MessageSummary, known: &Known) {
    let MessageSummary {
        message_id,
        network_message_id,
        subject,
        from,
        mail_from,
        date,
        tenant_id,
    } = message;
    // A date as dates are stays as it is; a sender's text in its place does not.
    if let Some(date) = date {
        *date = redactor.text(date, known);
    }
    for (kind, value) in [
        (Kind::Sender, from),
        (Kind::Sender, mail_from),
        (Kind::Subject, subject),
        (Kind::Message, message_id),
        (Kind::NetworkMessage, network_message_id),
        (Kind::Tenant, tenant_id),
    ] {
        if let Some(value) = value {
            *value = redactor.named(kind, value);
        }
    }
}

fn finding(redactor: &mut Redactor, finding: &mut Finding, known: &Known) {
    let Finding {
        rule: _,
        role: _,
        certainty: _,
        summary,
        evidence,
        excluded,
        fix,
        caveat,
        references: _,
    } = finding;
    for quoted in evidence {
        *quoted = self::evidence(redactor, quoted, known);
    }
    let steps = fix.iter_mut().map(|step| &mut step.text);
    for text in
        [summary].into_iter().chain(excluded).chain(steps).chain(caveat.iter_mut().map(Cow::to_mut))
    {
        *text = redactor.sentence(text, known);
    }
}

pub(super) fn evidence(redactor: &mut Redactor, evidence: &Evidence, known: &Known) -> Citation {
    let Evidence { source, place, field, value } = evidence;
    let value = if known::holds_subject(field) && !value.is_empty() {
        redactor.subject(value, known)
    } else {
        redactor.value(field, value, known)
    };
    Evidence {
        source: redactor.file(source).into(),
        place: *place,
        field: redactor.text(field, known).into(),
        value: value.into(),
    }
    .into()
}

fn facts(redactor: &mut Redactor, facts: &mut FactSheet, known: &Known) {
    let FactSheet {
        connecting_ip,
        ipv,
        sfv,
        cat,
        scl: _,
        bcl: _,
        sfty,
        dir,
        country,
        helo,
        ptr,
        authentication,
        mailbox_delivery,
        organization_headers,
        hops,
        gateways,
        links,
        simulation,
        stamps,
    } = facts;
    let authentication_ip = &mut authentication.sender_ip;
    let hop_ips = hops.iter_mut().map(|hop| &mut hop.ip);
    for ip in [connecting_ip, authentication_ip].into_iter().chain(hop_ips).flatten() {
        *ip = address_of_host(redactor, ip, known);
    }
    let signers = authentication.dkim.iter_mut().map(|(_, domain)| domain);
    let hop_hosts = hops.iter_mut().flat_map(|hop| [&mut hop.from, &mut hop.by]);
    for host in [helo, ptr].into_iter().chain(signers).chain(hop_hosts).flatten() {
        *host = self::host(redactor, host, known);
    }
    let results = [
        &mut authentication.spf,
        &mut authentication.dmarc,
        &mut authentication.dmarc_action,
        &mut authentication.compauth,
        &mut authentication.compauth_reason,
    ];
    let dkim = authentication.dkim.iter_mut().map(|(result, _)| result);
    let delivery = mailbox_delivery.iter_mut().flat_map(|d| [&mut d.dest, &mut d.ofr]);
    let forests = hops.iter_mut().flat_map(|hop| [&mut hop.forest, &mut hop.date]);
    let values = [ipv, sfv, cat, sfty, dir, country];
    let optional = values.into_iter().chain(results).chain(delivery).chain(forests).flatten();
    let vendors = gateways.iter_mut().map(|(vendor, _)| vendor);
    let marks = simulation.iter_mut().flat_map(|(platform, mark)| [platform, mark]);
    for text in optional.chain(dkim).chain(vendors).chain(marks) {
        *text = redactor.text(text, known);
    }
    for (name, value) in organization_headers {
        *value = redactor.value(name, value, known);
        *name = redactor.text(name, known);
    }
    for link in links {
        link.rewritten = self::link(redactor, &link.rewritten);
        if let Some(original) = &mut link.original {
            *original = self::link(redactor, original);
        }
        for text in link.chain.iter_mut().chain(&mut link.note) {
            *text = redactor.text(text, known);
        }
    }
    for stamp in stamps {
        stamp.value = redactor.value(&stamp.evidence.field, &stamp.value, known);
        for text in [&mut stamp.field, &mut stamp.meaning] {
            *text = redactor.sentence(text, known);
        }
        stamp.evidence = evidence(redactor, &stamp.evidence, known);
    }
}

fn address_of_host(redactor: &mut Redactor, text: &str, known: &Known) -> String {
    if text.parse::<std::net::IpAddr>().is_ok() {
        redactor.ip(text)
    } else {
        redactor.text(text, known)
    }
}

/// A host, or whatever a sender wrote where a host belongs.
fn host(redactor: &mut Redactor, text: &str, known: &Known) -> String {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if known::is_placeholder(text) || text.eq_ignore_ascii_case("localhost") {
        text.to_owned()
    } else if bare.parse::<std::net::IpAddr>().is_ok() {
        redactor.ip(bare)
    } else if text.contains(char::is_whitespace) || text.contains('@') {
        redactor.text(text, known)
    } else {
        redactor.host(text)
    }
}

/// A link, or the host where nothing more of it is known.
fn link(redactor: &mut Redactor, text: &str) -> String {
    if text.contains("://") {
        redactor.link(text)
    } else if crate::tenant::domain::is_plain(text) {
        redactor.host(text)
    } else {
        redactor.named(Kind::Link, text)
    }
}
