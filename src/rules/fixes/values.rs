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
        Values {
            source_ip: source.ip,
            gateway_ip: if gateway { source.connecting_ip } else { None },
            path: source.path,
            mail_from_domain: [mail_from, stated, signed].into_iter().flatten().find_map(domain),
            from_domain: case.envelope.from.as_ref().and_then(|fact| domain(&fact.value)),
            recipient: case.recipient.as_ref().and_then(|fact| address(&fact.value)),
            sender: mail_from.and_then(address),
        }
    }

    /// The source address, or its placeholder.
    pub fn ip(&self) -> String {
        self.source_ip.map_or_else(|| "<platform-ip>".to_owned(), |ip| ip.to_string())
    }

    /// The domain Advanced Delivery compares, or its placeholder.
    pub fn mail_from(&self) -> &str {
        self.mail_from_domain.as_deref().unwrap_or("<mail-from-domain>")
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

/// The domain of an address or a bare domain, lower case, if it is one that a command may hold:
/// letters, digits, dots and hyphens, beginning with neither of the latter two.
pub fn domain(text: &str) -> Option<String> {
    let (_, domain) = text.rsplit_once('@').unwrap_or(("", text));
    let fits = domain.len() <= 253
        && domain.contains('.')
        && domain.starts_with(|first: char| first.is_ascii_alphanumeric())
        && domain.ends_with(|last: char| last.is_ascii_alphanumeric())
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && !domain.contains("..")
        && domain.parse::<IpAddr>().is_err();
    fits.then(|| domain.to_ascii_lowercase())
}

/// An address that a command may hold without quotes.
fn address(text: &str) -> Option<String> {
    let (local, host) = text.rsplit_once('@')?;
    let fits = local.len() <= 64
        && local.starts_with(|first: char| first.is_ascii_alphanumeric())
        && local.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+' | b'=')
        });
    Some(format!("{}@{}", fits.then_some(local)?, domain(host)?))
}

/// `text` as a single-quoted PowerShell string, or its placeholder when it holds a character that
/// could end the string: control characters, or any quote that PowerShell takes for `'`.
pub fn powershell_text(text: &str, placeholder: &str) -> String {
    let safe = !text.is_empty()
        && text.len() <= 256
        && !text.chars().any(|c| c.is_control() || matches!(c, '\u{2018}'..='\u{201F}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'));
    if safe { format!("'{}'", text.replace('\'', "''")) } else { format!("'{placeholder}'") }
}
