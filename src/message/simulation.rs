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
    let outside = message.edge.map_or(&message.hops[..], |edge| &message.hops[edge..]);
    let senders: Vec<(&str, &Hop)> = outside
        .iter()
        .filter_map(|hop| Some((hop, hop.ip()?)))
        .flat_map(|(hop, ip)| platforms::by_address(ip).map(move |known| (known.name, hop)))
        .collect();
    let hosts = hosts(message, outside);
    for platform in PLATFORMS {
        let mut add = |mark: String, evidence: &Arc<Evidence>| {
            let value = SimulationMark { platform: platform.name, mark: mark.into() };
            marks.push(Fact { value, evidence: Arc::clone(evidence) });
        };
        let mut received = false;
        for (place, host, evidence) in hosts.iter().filter(|(_, host, _)| platform.owns_host(host))
        {
            match place {
                Some(place) => add(format!("{place} of {host}"), evidence),
                None if received => {}
                None => {
                    add("host in Received".to_owned(), evidence);
                    received = true;
                }
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

/// Hosts that may be a platform's: where each is named, unless that is a Received header.
fn hosts<'a>(
    message: &'a Message,
    outside: &'a [Hop],
) -> Vec<(Option<&'static str>, &'a str, &'a Arc<Evidence>)> {
    let envelope = &message.identity.envelope;
    let named = [("MAIL FROM", &envelope.mail_from), ("Message-ID", &envelope.message_id)];
    let of_sender = named.into_iter().filter_map(|(place, fact)| {
        let fact = fact.as_ref()?;
        let host = fact.value.rsplit_once('@').map_or(&*fact.value, |(_, host)| host);
        Some((Some(place), host, &fact.evidence))
    });
    let of_path = outside.iter().filter_map(|hop| Some((None, hop.from()?, &hop.evidence)));
    of_sender.chain(of_path).filter(|(_, host, _)| platforms::may_own_host(host)).collect()
}
