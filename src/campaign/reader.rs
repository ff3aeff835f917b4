//! `campaign.toml` → [`Campaign`]. Unknown keys and broken values are refused with their line.

use super::{Campaign, GatewayProfile};
use crate::error::{Error, Result};
use crate::fact::Place;
use crate::tenant::address::AddressList;
use crate::tenant::json::iso_seconds;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::value::Datetime;

/// Largest campaign file that is read, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Option<String>,
    platform: Option<String>,
    #[serde(default)]
    sending_ips: Vec<Spanned<String>>,
    #[serde(default)]
    mail_from_domains: Vec<Spanned<String>>,
    #[serde(default)]
    dkim_domains: Vec<Spanned<String>>,
    #[serde(default)]
    from_addresses: Vec<Spanned<String>>,
    #[serde(default)]
    link_domains: Vec<Spanned<String>>,
    #[serde(default)]
    marker_headers: Vec<String>,
    attachments: Option<u32>,
    recipients: Option<PathBuf>,
    sent_after: Option<Spanned<Instant>>,
    sent_before: Option<Spanned<Instant>>,
    gateway: Option<Gateway>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    vendor: Option<String>,
    #[serde(default)]
    addresses: Vec<Spanned<String>>,
}

/// A TOML date, with or without time, or the same as a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Instant {
    Date(Datetime),
    Text(String),
}

/// Reads a campaign file. A relative `recipients` path is taken from the file's folder.
///
/// # Errors
/// The file cannot be read, is not TOML, has an unknown key, or a value of the wrong form: each with
/// its line.
pub fn read(path: &Path) -> Result<Campaign> {
    let source: Arc<str> = path.to_string_lossy().into();
    let refused = |error: std::io::Error| Error::Read {
        path: Arc::clone(&source),
        reason: error.to_string(),
    };
    let size = fs::metadata(path).map_err(refused)?.len();
    if size > MAX_FILE {
        return Err(Error::Limit {
            path: source,
            what: format!("the file has {size} bytes"),
            limit: format!("{MAX_FILE} bytes"),
        });
    }
    let bytes = fs::read(path).map_err(refused)?;
    let text = crate::tenant::json::decode(&bytes);
    let mut campaign = parse(&source, &text)?;
    if let (Some(list), Some(folder)) = (&campaign.recipients, path.parent()) {
        campaign.recipients = Some(folder.join(list));
    }
    Ok(campaign)
}

/// Reads campaign text; `source` names it in errors.
///
/// # Errors
/// As [`read`], apart from reading the file.
pub fn parse(source: &Arc<str>, text: &str) -> Result<Campaign> {
    let at = Lines { source, text };
    let file: File = toml::from_str(text)
        .map_err(|error| Error::in_toml(source, text, "campaign file", &error))?;
    let campaign = Campaign {
        source: Arc::clone(source),
        name: file.name,
        platform: file.platform,
        sending_ips: at.addresses("sending_ips", file.sending_ips)?,
        mail_from_domains: at.domains("mail_from_domains", file.mail_from_domains)?,
        dkim_domains: at.domains("dkim_domains", file.dkim_domains)?,
        from_addresses: at.mail_addresses("from_addresses", file.from_addresses)?,
        link_domains: at.domains("link_domains", file.link_domains)?,
        marker_headers: file.marker_headers,
        attachments: file.attachments,
        recipients: file.recipients,
        sent_after: at.instant("sent_after", file.sent_after)?,
        sent_before: at.instant("sent_before", file.sent_before)?,
        gateway: match file.gateway {
            Some(gateway) => Some(GatewayProfile {
                vendor: gateway.vendor,
                addresses: at.addresses("gateway.addresses", gateway.addresses)?,
            }),
            None => None,
        },
    };
    if let (Some(after), Some(before)) = (campaign.sent_after, campaign.sent_before)
        && before < after
    {
        return Err(Error::Value {
            path: Arc::clone(source),
            place: Place::Whole,
            field: "sent_before".to_owned(),
            found: "an instant before sent_after".to_owned(),
            expected: "the end of the sending window".to_owned(),
        });
    }
    Ok(campaign)
}

/// Finds lines in the text, for errors.
struct Lines<'a> {
    source: &'a Arc<str>,
    text: &'a str,
}

impl Lines<'_> {
    fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        Place::Line(u32::try_from(line).unwrap_or(u32::MAX))
    }

    fn error(&self, offset: usize, field: &str, found: String, expected: &str) -> Error {
        Error::Value {
            path: Arc::clone(self.source),
            place: self.place(offset),
            field: field.to_owned(),
            found,
            expected: expected.to_owned(),
        }
    }

    fn addresses(&self, key: &str, raw: Vec<Spanned<String>>) -> Result<AddressList> {
        for one in &raw {
            if let Err(why) = crate::tenant::address::AddressRange::parse(one.get_ref()) {
                return Err(self.error(
                    one.span().start,
                    key,
                    format!("\"{}\" ({why})", one.get_ref()),
                    "203.0.113.10, 203.0.113.64/26 or 203.0.113.1-203.0.113.5",
                ));
            }
        }
        Ok(AddressList::new(raw.into_iter().map(Spanned::into_inner)))
    }

    fn domains(&self, key: &str, raw: Vec<Spanned<String>>) -> Result<Vec<String>> {
        self.texts(key, raw, "a domain such as sim.example", |name| {
            let name = name.trim_end_matches('.');
            !name.is_empty()
                && !name.contains(|c: char| c.is_whitespace() || "/@:\"'<>".contains(c))
        })
    }

    fn mail_addresses(&self, key: &str, raw: Vec<Spanned<String>>) -> Result<Vec<String>> {
        self.texts(key, raw, "an address such as it@brand.example", |address| {
            address.split_once('@').is_some_and(|(l, d)| !l.is_empty() && !d.is_empty())
        })
    }

    fn texts(
        &self,
        key: &str,
        raw: Vec<Spanned<String>>,
        expected: &str,
        fits: fn(&str) -> bool,
    ) -> Result<Vec<String>> {
        raw.into_iter()
            .map(|one| {
                let text = one.get_ref().trim();
                if fits(text) {
                    Ok(text.to_owned())
                } else {
                    Err(self.error(one.span().start, key, format!("\"{text}\""), expected))
                }
            })
            .collect()
    }

    fn instant(&self, key: &str, raw: Option<Spanned<Instant>>) -> Result<Option<i64>> {
        let Some(raw) = raw else { return Ok(None) };
        let text = match raw.get_ref() {
            Instant::Date(date) => date.to_string(),
            Instant::Text(text) => text.clone(),
        };
        match iso_seconds(&text) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(self.error(
                raw.span().start,
                key,
                format!("\"{text}\""),
                "a date such as 2026-11-23 or 2026-11-23T08:00:00Z",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::TEMPLATE;

    fn campaign(text: &str) -> Result<Campaign> {
        parse(&Arc::from("campaign.toml"), text)
    }

    fn error(text: &str) -> String {
        campaign(text).unwrap_err().to_string()
    }

    /// The template with every setting switched on.
    fn filled() -> String {
        TEMPLATE
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(set) if set.contains(" = ") || set.starts_with('[') => set,
                _ => line,
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn the_template_is_valid_as_it_comes_and_with_everything_switched_on() {
        assert!(campaign(TEMPLATE).unwrap().sending_ips.is_empty());
        let full = campaign(&filled()).unwrap();
        assert_eq!(full.name.as_deref(), Some("Autumn 2026"));
        assert_eq!(full.sending_ips.len(), 2);
        assert!(full.is_gateway("198.51.100.7".parse().unwrap()));
        assert!(full.sent_after < full.sent_before);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_the_nearest_known_name() {
        assert_eq!(
            error("name = \"a\"\nsending_ip = [\"203.0.113.10\"]\n"),
            "campaign.toml:2: unknown key: found `sending_ip`, expected `sending_ips`? It is the nearest known name"
        );
        let far = error("[gateway]\nzzzzzzzzz = 1\n");
        assert!(far.starts_with("campaign.toml:2:") && far.contains("vendor, addresses"), "{far}");
    }

    #[test]
    fn broken_values_name_their_line() {
        for (text, start) in [
            (
                "name = \"a\"\nsending_ips = [\n \"203.0.113.10\",\n \"203.0.113.0/40\"]",
                "campaign.toml:4: sending_ips",
            ),
            ("mail_from_domains = [\"a b\"]", "campaign.toml:1: mail_from_domains"),
            ("\nfrom_addresses = [\"nobody\"]", "campaign.toml:2: from_addresses"),
            ("name = 5", "campaign.toml:1: campaign file: found invalid type"),
            ("name = \"a", "campaign.toml:1: campaign file"),
            ("sent_after = \"soon\"", "campaign.toml:1: sent_after"),
            ("sent_after = 2026-11-24\nsent_before = 2026-11-23", "campaign.toml: sent_before"),
        ] {
            assert!(error(text).starts_with(start), "{text}: {}", error(text));
        }
    }

    #[test]
    fn dates_may_be_dates_or_strings_with_or_without_time() {
        let c =
            campaign("sent_after = 2026-11-23\nsent_before = \"2026-11-23T08:00:00Z\"").unwrap();
        assert_eq!(c.sent_before.zip(c.sent_after).map(|(b, a)| b - a), Some(8 * 3600));
    }

    #[test]
    fn a_message_fits_by_any_one_of_its_marks() {
        let c = campaign(
            "mail_from_domains = [\"mail.sim.example\"]\ndkim_domains = [\"sim.example\"]",
        )
        .unwrap();
        assert!(c.fits(None, Some("bounce@MAIL.sim.example"), &[], None));
        assert!(c.fits(None, None, &["sim.example"], None));
        assert!(!c.fits(Some("a@sim.example"), Some("x@sim.example"), &[], None));
    }
}
