//! The values of a message that may stand in a command.

use super::providers;
use crate::campaign::Campaign;
use crate::case::Case;
use crate::message::Message;
use crate::message::values::AuthResult;
use crate::rules::source::{self, Path};
use crate::tenant::domain::split_address;
use std::net::IpAddr;

/// Checked values of one case; each has a placeholder to stand in where it is not known.
#[derive(Debug, Clone)]
pub struct Values<'c> {
    case: &'c Case<'c>,
    /// The address that really sent the message, never a gateway's.
    pub source_ip: Option<IpAddr>,
    /// The gateway's address, when one connected to Microsoft 365.
    pub gateway_ip: Option<IpAddr>,
    /// The address that the lists of the connection filter compare: the one that connected, unless Enhanced
    /// Filtering restored another.
    pub compared_ip: Option<IpAddr>,
    /// How the source is known.
    pub path: Path,
}

impl<'c> Values<'c> {
    /// The values of a case.
    pub fn of(case: &'c Case<'c>) -> Self {
        let source = source::source(case);
        let gateway = matches!(source.path, Path::SkipListed | Path::BehindGateway);
        Values {
            case,
            source_ip: source.ip,
            gateway_ip: if gateway { source.connecting_ip } else { None },
            compared_ip: match source.path {
                Path::SkipListed => source.ip,
                Path::Internal => None,
                Path::Direct | Path::BehindGateway | Path::Unknown => source.connecting_ip,
            },
            path: source.path,
        }
    }

    /// Domain of MAIL FROM, else of a DKIM signature that passed: what Advanced Delivery compares. One that
    /// anybody can send from is none.
    pub fn mail_from_domain(&self) -> Option<String> {
        let results = self.case.message.and_then(Message::results);
        let stated = || results?.mail_from.as_deref().and_then(domain);
        let own = |name: &String| !providers::is_everybodys(name);
        let named = self.envelope_sender().and_then(domain).or_else(stated).filter(own);
        named.or_else(|| self.signed().find(own))
    }

    /// Domains of the DKIM signatures that passed.
    fn signed(&self) -> impl Iterator<Item = String> {
        let results = self.case.message.and_then(Message::results);
        let signatures = results.into_iter().flat_map(|results| &results.dkim);
        let passed = signatures.filter(|dkim| dkim.result == AuthResult::Pass);
        passed.filter_map(|dkim| dkim.domain.as_deref().and_then(domain))
    }

    /// Domain of the visible From.
    pub fn from_domain(&self) -> Option<String> {
        self.case.envelope.from.as_ref().and_then(|fact| domain(&fact.value))
    }

    /// What the sender's infrastructure is called by a domain of the sender's own: that of a DKIM signature
    /// that passed, else that of reverse DNS. A provider's name would stand for all its customers.
    pub fn infrastructure(&self) -> Option<String> {
        let sender = self.mail_from_domain()?;
        let own = providers::of_organization(&sender);
        let is_own = |name: &String| providers::of_organization(name) == own;
        let reverse = || {
            let direct = matches!(self.path, Path::Direct | Path::SkipListed);
            let name = self.case.verdict.ptr.as_ref().and_then(|ptr| domain(&ptr.value));
            name.filter(|name| direct && is_own(name)).map(|_| own.to_owned())
        };
        self.signed().find(is_own).or_else(reverse)
    }

    /// Whether a service that sends for anybody sent it, by MAIL FROM, HELO or reverse DNS.
    pub fn is_by_a_provider(&self) -> bool {
        let verdict = &self.case.verdict;
        let names = [&verdict.helo, &verdict.ptr].into_iter().flatten().map(|fact| &*fact.value);
        let names = names.chain(self.envelope_sender());
        names.filter_map(domain).any(|name| providers::is_everybodys(&name))
    }

    /// Whether the visible From is of the organisation that sent the message, by MAIL FROM or a signature
    /// that passed, and not the recipient's own.
    pub fn is_from_senders_own(&self) -> bool {
        let organization = |name: String| providers::of_organization(&name).to_owned();
        let from = self.from_domain().map(organization);
        from.is_some()
            && from == self.mail_from_domain().map(organization)
            && from != self.recipients_domain().map(organization)
    }

    /// Domain of the recipient.
    pub fn recipients_domain(&self) -> Option<String> {
        self.recipient_address().as_deref().and_then(domain)
    }

    /// The recipient.
    pub fn recipient_address(&self) -> Option<String> {
        self.case.recipient.as_ref().and_then(|fact| address(&fact.value))
    }

    /// Name and value of the header that marks the campaign's mail.
    pub fn marker(&self) -> Option<(String, String)> {
        self.case.campaign.and_then(|campaign| marker(campaign.marker_headers.first()?))
    }

    fn envelope_sender(&self) -> Option<&'c str> {
        self.case.envelope.mail_from.as_ref().map(|fact| &*fact.value)
    }

    /// The source address; else what the campaign sends from, or its placeholder.
    pub fn ip(&self) -> String {
        // What the message itself tells is never looked up.
        self.source_ip.map_or_else(
            || {
                let ranges = self.case.campaign.into_iter().flat_map(Campaign::sending_ranges);
                of_campaign(ranges.map(|(_, range)| range.to_string()), "<platform-ip>")
            },
            |ip| ip.to_string(),
        )
    }

    /// The domain Advanced Delivery compares; else the campaign's, or its placeholder.
    pub fn mail_from(&self) -> String {
        self.mail_from_domain().unwrap_or_else(|| self.campaigns_mail_from())
    }

    /// The domain that the campaign sends from, or its placeholder.
    pub fn campaigns_mail_from(&self) -> String {
        let own = self.case.campaign.into_iter().flat_map(|own| &own.mail_from_domains);
        of_campaign(own.filter_map(|one| domain(one)), "<mail-from-domain>")
    }

    /// The domain of the visible sender, or its placeholder.
    pub fn from(&self) -> String {
        self.from_domain().unwrap_or_else(|| "<from-domain>".to_owned())
    }

    /// The recipient, or its placeholder.
    pub fn recipient(&self) -> String {
        self.recipient_address().unwrap_or_else(|| "<recipient>".to_owned())
    }

    /// The envelope sender, or its placeholder.
    pub fn sender(&self) -> String {
        let known = self.envelope_sender().and_then(address);
        known.unwrap_or_else(|| "<mail-from-address>".to_owned())
    }

    /// Domain part of the recipient, or its placeholder.
    pub fn recipient_domain(&self) -> String {
        self.recipients_domain().unwrap_or_else(|| "<your-domain>".to_owned())
    }
}

/// Values of a campaign that a placeholder names at most.
const NAMED: usize = 3;

/// The only value of a campaign. Of several nobody knows which one a message had: they are named in the
/// placeholder, for somebody to choose.
fn of_campaign(values: impl Iterator<Item = String>, placeholder: &str) -> String {
    let values: Vec<String> = values.take(NAMED + 1).collect();
    match values.as_slice() {
        [] => placeholder.to_owned(),
        [only] => only.clone(),
        several if several.len() <= NAMED => format!("<{}>", several.join(" or ")),
        several => format!("<{} or another of the campaign>", several[..NAMED].join(" or ")),
    }
}

/// Name and value of a marker header that a rule can look for.
fn marker(header: &str) -> Option<(String, String)> {
    let (name, value) = header.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    let fits = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !value.is_empty();
    fits.then(|| (name.to_owned(), value.to_owned()))
}

/// The domain of an address or a bare domain, lower case, if it is one that a command may hold:
/// letters, digits, dots and hyphens, beginning with neither of the latter two.
pub fn domain(text: &str) -> Option<String> {
    let (_, domain) = split_address(text).unwrap_or(("", text));
    let bytes = domain.as_bytes();
    let fits = domain.len() <= 253
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && bytes.contains(&b'.')
        && bytes.windows(2).all(|pair| pair != b"..")
        // No address ends with a letter unless it has colons.
        && (bytes.last().is_some_and(u8::is_ascii_alphabetic)
            || domain.parse::<IpAddr>().is_err());
    fits.then(|| domain.to_ascii_lowercase())
}

/// An address that a command may hold without quotes.
fn address(text: &str) -> Option<String> {
    let (local, host) = split_address(text)?;
    let fits = local.len() <= 64
        && local.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && local.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+' | b'=')
        });
    Some([fits.then_some(local)?, "@", &domain(host)?].concat())
}

/// `text` as a single-quoted PowerShell string, or its placeholder where it cannot be one safely.
///
/// PowerShell takes U+2018 to U+201B for `'` and reads two in a row as one, so each is doubled. Other
/// look-alikes are letters to it, but a console or an editor with an old code page turns them into `'`
/// on the way, and control characters end the line: such a text is not put into a command.
pub fn powershell_text(text: &str, placeholder: &str) -> String {
    let risky = |c: char| {
        c.is_control()
            || matches!(c,
                '\u{2b9}' | '\u{2bb}'..='\u{2bd}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{2032}'
                | '\u{2035}' | '\u{ff07}' | '\u{ff40}'
                | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.is_empty() || text.len() > 256 || text.chars().any(risky) {
        return format!("'{placeholder}'");
    }
    let mut quoted = String::from("'");
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
    }
    quoted + "'"
}

/// The object of that name as `-Identity` takes it. A name with wildcards could stand for every object,
/// so it is compared letter by letter. `noun` is that of the cmdlets: `TransportRule`.
pub fn powershell_identity(noun: &str, name: &str, placeholder: &str) -> String {
    let quoted = powershell_text(name, placeholder);
    if name.contains(['*', '?', '[', ']']) {
        format!("(Get-{noun} | Where-Object Name -eq {quoted}).Guid.ToString()")
    } else {
        quoted
    }
}
