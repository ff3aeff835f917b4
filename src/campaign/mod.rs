//! The simulation campaign, as its operator describes it.

pub mod platforms;
pub mod reader;
pub mod recipients;

use crate::fact::{Citation, Evidence, Place};
use crate::tenant::address::{AddressList, AddressRange};
use crate::tenant::domain;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// `campaign.toml`: everything is optional, and what is missing is unknown.
#[derive(Debug, Clone, Default)]
pub struct Campaign {
    /// The file, as the user named it.
    pub source: Arc<str>,
    /// Name of the campaign.
    pub name: Option<String>,
    /// Name of the platform, as [`platforms`] lists it or any other.
    pub platform: Option<String>,
    /// Addresses and ranges the platform sends from.
    pub sending_ips: AddressList,
    /// Envelope sender domains (5321.MailFrom).
    pub mail_from_domains: Vec<String>,
    /// DKIM `d=` domains.
    pub dkim_domains: Vec<String>,
    /// Visible senders (5322.From).
    pub from_addresses: Vec<String>,
    /// Domains of the links.
    pub link_domains: Vec<String>,
    /// Headers that mark the campaign's mail: `Name` or `Name: value`.
    pub marker_headers: Vec<String>,
    /// How many files are attached to each message.
    pub attachments: Option<u32>,
    /// File with the expected recipients, relative to the campaign file.
    pub recipients: Option<PathBuf>,
    /// Start of the sending window, seconds since 1970-01-01 UTC.
    pub sent_after: Option<i64>,
    /// End of the sending window.
    pub sent_before: Option<i64>,
    /// The security gateway in front of Microsoft 365.
    pub gateway: Option<GatewayProfile>,
}

/// `[gateway]`: the product in front of Microsoft 365.
#[derive(Debug, Clone, Default)]
pub struct GatewayProfile {
    /// Vendor, such as `Mimecast`.
    pub vendor: Option<String>,
    /// Addresses it delivers from.
    pub addresses: AddressList,
}

impl Campaign {
    /// Evidence for one key.
    pub fn evidence(&self, key: &'static str, value: &str) -> Citation {
        Evidence::new(&self.source, Place::Whole, key, value).into()
    }

    /// Whether the address is the gateway's; `false` where none is described.
    pub fn is_gateway(&self, ip: IpAddr) -> bool {
        self.gateway.as_ref().is_some_and(|gateway| gateway.addresses.covering(ip).is_some())
    }

    /// Whether the campaign sends from this address; `None` where no address is given.
    pub fn sends_from(&self, ip: IpAddr) -> Option<bool> {
        (!self.sending_ips.is_empty()).then(|| self.sending_ips.covering(ip).is_some())
    }

    /// The ranges the campaign sends from.
    pub fn sending_ranges(&self) -> impl Iterator<Item = (&str, AddressRange)> {
        self.sending_ips.entries().iter().map(|entry| (&*entry.raw, entry.range))
    }

    /// Whether a message's facts fit the campaign: one of its senders, envelope domains, DKIM
    /// domains or addresses. Ranges of time are judged by the caller.
    pub fn fits(
        &self,
        from: Option<&str>,
        mail_from: Option<&str>,
        dkim: &[&str],
        ip: Option<IpAddr>,
    ) -> bool {
        let listed =
            |list: &[String], name: &str| list.iter().any(|own| domain::is_same(own, name));
        let mail_from = mail_from.and_then(domain::of_address);
        from.is_some_and(|from| {
            self.from_addresses.iter().any(|own| own.eq_ignore_ascii_case(from.trim()))
        }) || mail_from.is_some_and(|name| listed(&self.mail_from_domains, name))
            || dkim.iter().any(|name| listed(&self.dkim_domains, name))
            || ip.is_some_and(|ip| self.sends_from(ip) == Some(true))
    }
}

/// A commented `campaign.toml`, ready to be filled in (`mailwhy campaign init`).
pub const TEMPLATE: &str = r#"# The simulation campaign, for `mailwhy explain --campaign` and `mailwhy audit --campaign`.
# Everything is optional: leave out what you do not know, and take away the `#` of what you do.

# name = "Autumn 2026"

# The platform; `mailwhy platforms` lists the known ones. Any other name does no harm.
# platform = "GoPhish"

# Where the platform sends from: addresses, CIDR ranges, dash ranges.
# sending_ips = ["203.0.113.10", "203.0.113.64/26"]

# Domain of the envelope sender (MAIL FROM, Return-Path), not of the visible From.
# mail_from_domains = ["mail.sim.example"]

# Domain of the DKIM signature (`d=`).
# dkim_domains = ["sim.example"]

# Visible senders.
# from_addresses = ["it-support@brand.example"]

# Domains of the links and of the landing page.
# link_domains = ["login.sim.example"]

# Headers that the platform adds: "Name" or "Name: value".
# marker_headers = ["X-PHISHTEST"]

# Files attached to each message.
# attachments = 1

# Expected recipients: a text file with one address a line, or a CSV with an address column.
# The path is relative to this file.
# recipients = "recipients.csv"

# When it is or was sent.
# sent_after = 2026-11-23T08:00:00Z
# sent_before = 2026-11-27T18:00:00Z

# A security gateway between the platform and Microsoft 365: its product, and the addresses it
# delivers to Microsoft 365 from. Leave the table out when mail goes straight to Microsoft 365.
# [gateway]
# vendor = "Mimecast"
# addresses = ["198.51.100.0/24"]
"#;
