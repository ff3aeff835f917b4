//! Marks of simulation platforms: hints, never proof (`headers.md` §8.2).

use super::headers::Header;
use super::{Hop, Message, SimulationMark};
use crate::campaign::platforms::{self, PLATFORMS};
use crate::fact::{Evidence, Fact};
use std::sync::Arc;

/// The mark that this header is, if it is one.
pub(super) fn by_header(
    header: Header<'_>,
    evidence: impl FnOnce() -> Arc<Evidence>,
) -> Option<Fact<SimulationMark>> {
    let Header { name, value, traits, .. } = header;
    let platform = traits.may_mark.then(|| platforms::by_header(name, value)).flatten()?;
    let mark = SimulationMark { platform: platform.name, mark: format!("header {name}").into() };
    Some(Fact { value: mark, evidence: evidence() })
}

/// Marks in hosts, addresses, envelope sender, message id and DKIM domains.
pub(super) fn by_origin(message: &Message) -> Vec<Fact<SimulationMark>> {
    let mut marks = Vec::new();
    let identity = &message.identity;
    let outside = message.edge.map_or(&message.hops[..], |edge| &message.hops[edge..]);
    let senders: Vec<(&str, &Hop)> = outside
        .iter()
        .filter_map(|hop| Some((hop, hop.ip?)))
        .flat_map(|(hop, ip)| platforms::by_address(ip).map(move |known| (known.name, hop)))
        .collect();
    for platform in PLATFORMS {
        let mut add = |mark: String, evidence: &Arc<Evidence>| {
            let value = SimulationMark { platform: platform.name, mark: mark.into() };
            marks.push(Fact { value, evidence: Arc::clone(evidence) });
        };
        if !platform.hosts.is_empty() {
            for (what, fact) in
                [("MAIL FROM", &identity.mail_from), ("Message-ID", &identity.message_id)]
            {
                let Some(fact) = fact else { continue };
                let host = fact.value.rsplit_once('@').map_or(&*fact.value, |(_, host)| host);
                if platform.owns_host(host) {
                    add(format!("{what} of {host}"), &fact.evidence);
                }
            }
            let named =
                |hop: &&Hop| hop.from.as_deref().is_some_and(|from| platform.owns_host(from));
            if let Some(hop) = outside.iter().find(named) {
                add("host in Received".to_owned(), &hop.evidence);
            }
        }
        if let Some((_, hop)) = senders.iter().find(|(name, _)| *name == platform.name) {
            add("address in Received".to_owned(), &hop.evidence);
        }
        if !platform.dkim_domains.is_empty() {
            let signed = message.authentication.iter().find_map(|results| {
                let dkim = results.dkim.iter().find_map(|dkim| {
                    dkim.domain.as_deref().filter(|domain| platform.signs_with(domain))
                })?;
                Some((dkim.to_owned(), &results.evidence))
            });
            if let Some((domain, evidence)) = signed {
                add(format!("DKIM domain {domain}"), evidence);
            }
        }
    }
    marks
}
