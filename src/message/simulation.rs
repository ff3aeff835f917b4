//! Marks of simulation platforms: hints, never proof (`headers.md` §8.2).

use super::headers::Header;
use super::{Hop, Message, SimulationMark};
use crate::campaign::platforms::{self, PLATFORMS};
use crate::fact::{Citation, Fact};
use crate::tenant::domain::split_address;

/// The mark that this header is, if it is one.
pub(super) fn by_header(
    header: Header<'_>,
    evidence: impl FnOnce() -> Citation,
) -> Option<Fact<SimulationMark>> {
    let Header { name, value, traits, .. } = header;
    let platform = traits.may_mark.then(|| platforms::by_header(name, value)).flatten()?;
    let mark = SimulationMark { platform: platform.name, mark: format!("header {name}").into() };
    Some(Fact { value: mark, evidence: evidence() })
}

/// Marks in hosts, addresses, envelope sender, message id and DKIM domains.
pub(super) fn by_origin(message: &Message) -> Vec<Fact<SimulationMark>> {
    let mut marks = Vec::new();
    let headers = &message.headers;
    let outside = message.edge.map_or(&message.hops[..], |edge| &message.hops[edge..]);
    let senders: Vec<(&str, &Hop)> = outside
        .iter()
        .filter_map(|hop| Some((hop, hop.ip()?)))
        .flat_map(|(hop, ip)| platforms::by_address(ip).map(move |known| (known.name, hop)))
        .collect();
    let hosts = hosts(message, outside);
    for platform in PLATFORMS {
        let mut add = |mark: String, evidence: Citation| {
            let value = SimulationMark { platform: platform.name, mark: mark.into() };
            marks.push(Fact { value, evidence });
        };
        let mut received = false;
        for (place, host) in hosts.iter().filter(|(_, host)| platform.owns_host(host)) {
            match place {
                Named::By(place, evidence) => {
                    add(format!("{place} of {host}"), Citation::clone(evidence));
                }
                Named::In(_) if received => {}
                Named::In(hop) => {
                    add("host in Received".to_owned(), hop.evidence(headers));
                    received = true;
                }
            }
        }
        if let Some((_, hop)) = senders.iter().find(|(name, _)| *name == platform.name) {
            add("address in Received".to_owned(), hop.evidence(headers));
        }
        if !platform.dkim_domains.is_empty() {
            let signed = message.authentication.iter().find_map(|results| {
                let dkim = results.dkim.iter().find_map(|dkim| {
                    dkim.domain.as_deref().filter(|domain| platform.signs_with(domain))
                })?;
                Some((dkim.to_owned(), &results.evidence))
            });
            if let Some((domain, evidence)) = signed {
                add(format!("DKIM domain {domain}"), evidence.clone());
            }
        }
    }
    marks
}

/// Where a host is named.
enum Named<'a> {
    /// By a header of the sender's.
    By(&'static str, &'a Citation),
    /// In a Received header.
    In(&'a Hop),
}

/// Hosts that may be a platform's, and where each is named.
fn hosts<'a>(message: &'a Message, outside: &'a [Hop]) -> Vec<(Named<'a>, &'a str)> {
    let envelope = &message.identity.envelope;
    let named = [("MAIL FROM", &envelope.mail_from), ("Message-ID", &envelope.message_id)];
    let of_sender = named.into_iter().filter_map(|(place, fact)| {
        let fact = fact.as_ref()?;
        let host = split_address(&fact.value).map_or(&*fact.value, |(_, host)| host);
        Some((Named::By(place, &fact.evidence), host))
    });
    let of_path = outside.iter().filter_map(|hop| Some((Named::In(hop), hop.from()?)));
    of_sender.chain(of_path).filter(|(_, host)| platforms::may_own_host(host)).collect()
}
