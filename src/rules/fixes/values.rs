//! The values of a message that may stand in a command.

use crate::case::Case;
use crate::message::Message;
use crate::message::values::AuthResult;
use crate::rules::source::{self, Path};
use std::net::IpAddr;

/// Checked values of one case; each has a placeholder to stand in where it is not known.
#[derive(Debug, Clone)]
pub struct Values {
    /// The address that really sent the message, never a gateway's.
    pub source_ip: Option<IpAddr>,
    /// The gateway's address, when one connected to Microsoft 365.
    pub gateway_ip: Option<IpAddr>,
    /// How the source is known.
    pub path: Path,
    /// Domain of MAIL FROM, else of a DKIM signature that passed: what Advanced Delivery compares.
    pub mail_from_domain: Option<String>,
    /// Domain of the visible From.
    pub from_domain: Option<String>,
    /// The recipient.
    pub recipient: Option<String>,
    /// MAIL FROM as an address.
    pub sender: Option<String>,
    /// What the campaign sends from, where the message does not tell: addresses and ranges.
    pub campaign_ips: Vec<String>,
    /// The campaign's envelope domains, where the message shows none.
    pub campaign_domains: Vec<String>,
    /// Name and value of the header that marks the campaign's mail.
    pub marker: Option<(String, String)>,
}

impl Values {
    /// The values of a case.
    pub fn of(case: &Case<'_>) -> Self {
        let source = source::source(case);
        let mail_from = case.envelope.mail_from.as_ref().map(|fact| &*fact.value);
        let results = case.message.and_then(Message::results);
        let stated = results.and_then(|results| results.mail_from.as_deref());
        let signed = results.and_then(|results| {
            let passed = results.dkim.iter().find(|dkim| dkim.result == AuthResult::Pass)?;
            passed.domain.as_deref()
        });
        let gateway = matches!(source.path, Path::SkipListed | Path::BehindGateway);
        let mail_from_domain = [mail_from, stated, signed].into_iter().flatten().find_map(domain);
        // What the message itself tells is never looked up.
        let of_ips = case.campaign.filter(|_| source.ip.is_none());
        let of_domains = case.campaign.filter(|_| mail_from_domain.is_none());
        Values {
            campaign_ips: of_ips
                .iter()
                .flat_map(|campaign| campaign.sending_ranges())
                .map(|(_, range)| range.to_string())
                .take(NAMED + 1)
                .collect(),
            campaign_domains: of_domains
                .iter()
                .flat_map(|campaign| {
                    campaign.mail_from_domains.iter().filter_map(|one| domain(one))
                })
                .take(NAMED + 1)
                .collect(),
            marker: case.campaign.and_then(|campaign| marker(campaign.marker_headers.first()?)),
            source_ip: source.ip,
            gateway_ip: if gateway { source.connecting_ip } else { None },
            path: source.path,
            mail_from_domain,
            from_domain: case.envelope.from.as_ref().and_then(|fact| domain(&fact.value)),
            recipient: case.recipient.as_ref().and_then(|fact| address(&fact.value)),
            sender: mail_from.and_then(address),
        }
    }

    /// The source address; else what the campaign sends from, or its placeholder.
    pub fn ip(&self) -> String {
        match self.source_ip {
            Some(ip) => ip.to_string(),
            None => of_campaign(&self.campaign_ips, "<platform-ip>"),
        }
    }

    /// The domain Advanced Delivery compares; else the campaign's, or its placeholder.
    pub fn mail_from(&self) -> String {
        let known = self.mail_from_domain.clone();
        known.unwrap_or_else(|| of_campaign(&self.campaign_domains, "<mail-from-domain>"))
    }

    /// The domain of the visible sender, or its placeholder.
    pub fn from(&self) -> &str {
        self.from_domain.as_deref().unwrap_or("<from-domain>")
    }

    /// The recipient, or its placeholder.
    pub fn recipient(&self) -> &str {
        self.recipient.as_deref().unwrap_or("<recipient>")
    }

    /// The envelope sender, or its placeholder.
    pub fn sender(&self) -> &str {
        self.sender.as_deref().unwrap_or("<mail-from-address>")
    }

    /// Domain part of the recipient, or its placeholder.
    pub fn recipient_domain(&self) -> String {
        self.recipient.as_deref().and_then(domain).unwrap_or_else(|| "<your-domain>".to_owned())
    }
}

/// Values of a campaign that a placeholder names at most.
const NAMED: usize = 3;

/// The only value of a campaign. Of several nobody knows which one a message had: they are named in the
/// placeholder, for somebody to choose.
fn of_campaign(values: &[String], placeholder: &str) -> String {
    match values {
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
    let (_, domain) = text.rsplit_once('@').unwrap_or(("", text));
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
    let (local, host) = text.rsplit_once('@')?;
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
