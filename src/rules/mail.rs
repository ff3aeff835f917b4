//! A case as the allow mechanisms of a tenant see it.

use super::source::{self, Path};
use crate::case::Case;
use crate::message::antispam_report::NO_CLIENT;
use crate::message::values::AuthResult;
use crate::tenant::matching::Mail;
use crate::tenant::transport_rule::TransportRule;
use std::net::IpAddr;

/// What the case knows of its message that allow mechanisms compare.
pub fn mail<'a>(case: &'a Case<'_>) -> Mail<'a> {
    let source = source::source(case);
    let results = case.message.and_then(|message| message.results());
    let dkim: Vec<(&str, Option<bool>)> = results
        .iter()
        .flat_map(|results| &results.dkim)
        .filter_map(|dkim| Some((dkim.domain.as_deref()?, Some(dkim.result == AuthResult::Pass))))
        .collect();
    let stated = results.and_then(|results| results.mail_from.as_deref());
    let own = |fact: &'a Option<crate::fact::Fact<Box<str>>>| fact.as_ref().map(|f| &*f.value);
    Mail {
        connecting_ip: source.connecting_ip.filter(|ip| *ip != NO_CLIENT),
        authenticated_ip: judged_ip(case, &source),
        mail_from: own(&case.envelope.mail_from).or(stated),
        dkim_complete: results.is_some(),
        dkim,
        from: own(&case.envelope.from),
        recipient: own(&case.recipient),
        subject: own(&case.envelope.subject),
        headers: case.message.map(|message| {
            message.headers.iter().map(|header| (header.name, header.value)).collect()
        }),
        direction: case.verdict.direction.as_ref().map(|fact| fact.value.clone()),
        ptr: own(&case.verdict.ptr),
        when: case.envelope.date.as_ref().map(|date| date.value.seconds()),
    }
}

/// Whether the message is one of a simulation: a platform's mark is on it, or it fits the campaign.
pub fn is_simulation(case: &Case<'_>, mail: &Mail<'_>) -> bool {
    let signed: Vec<&str> = mail.dkim.iter().map(|(name, _)| *name).collect();
    let ip = source::source(case).ip.or(mail.authenticated_ip);
    case.message.is_some_and(|message| !message.simulation.is_empty())
        || case.campaign.is_some_and(|c| c.fits(mail.from, mail.mail_from, &signed, ip))
}

/// Whether a setting stood as exported when the message was sent: last changed before it. `None`
/// where either date is not known.
pub fn stood_then(changed: Option<i64>, mail: &Mail<'_>) -> Option<bool> {
    Some(changed? <= mail.when?)
}

/// Whether the message is at hand and lacks the header that the rule sets, with the rule's value: a
/// sign that the rule, as exported, did not run.
pub fn lacks_header(case: &Case<'_>, rule: &TransportRule) -> bool {
    let (Some(message), Some(name)) = (case.message, &rule.set_header_name) else { return false };
    let value = rule.set_header_value.as_deref().unwrap_or_default().trim();
    message.headers.get(name).is_none_or(|header| header.value.trim() != value)
}

/// The address that the filter judged: the restored one under Enhanced Filtering, the peer's else. A
/// gateway's address stays the gateway's here, because that is what Microsoft 365 compared.
fn judged_ip(case: &Case<'_>, source: &source::Source) -> Option<IpAddr> {
    match source.path {
        Path::Internal => None,
        Path::SkipListed => source.ip,
        Path::Direct | Path::BehindGateway | Path::Unknown => {
            case.message.and_then(|message| message.results()?.sender_ip).or(source.connecting_ip)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bare_case, fact};

    #[test]
    fn a_trace_row_gives_what_it_knows_and_nothing_more() {
        let mut case = bare_case();
        case.verdict.connecting_ip = Some(fact(IpAddr::from([203, 0, 113, 10])));
        case.envelope.to_mut().mail_from = Some(fact("a@phish.example".into()));
        case.envelope.to_mut().date =
            Some(fact(crate::message::Date::Row("2026-11-21T18:00:00Z".parse().unwrap())));
        let mail = mail(&case);
        assert_eq!(mail.authenticated_ip, Some(IpAddr::from([203, 0, 113, 10])));
        assert_eq!(mail.mail_from_domain(), Some("phish.example"));
        assert!(!mail.dkim_complete && mail.headers.is_none());
        assert_eq!(mail.when, Some(1_795_284_000));
    }

    #[test]
    fn mail_that_began_inside_microsoft_365_has_no_address_to_compare() {
        let mut case = bare_case();
        case.verdict.connecting_ip = Some(fact(NO_CLIENT));
        assert_eq!(mail(&case).connecting_ip, None);
        assert_eq!(mail(&case).authenticated_ip, None);
    }
}
