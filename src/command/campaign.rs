//! `mailwhy campaign`: a campaign file to fill in, and what a filled one holds.

use super::Status;
use crate::campaign::{Campaign, TEMPLATE, platforms, recipients};
use crate::cli::ColorArg;
use crate::cli::configuration::{CampaignArgs, CampaignCommand};
use crate::engine;
use crate::error::Result;
use crate::output::Output;
use crate::report::{escape, words};
use crate::tenant::json::iso;
use std::fmt::Write;
use std::path::Path;

/// Runs `campaign init` or `campaign check`.
///
/// # Errors
///
/// A campaign file that cannot be read or is wrong; what [`Output`] returns.
pub fn run(args: &CampaignArgs, color: ColorArg) -> Result<Status> {
    let (path, text) = match &args.command {
        CampaignCommand::Init(args) => (args.output.as_deref(), TEMPLATE.to_owned()),
        CampaignCommand::Check { file } => (None, check(file)?),
    };
    let mut output = Output::open(path, color)?;
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(Status::Done)
}

fn check(file: &Path) -> Result<String> {
    let campaign = engine::read_campaign(file)?;
    let mut text = describe(&campaign);
    if let Some(list) = &campaign.recipients {
        let found = recipients::read(list)?;
        let _ = writeln!(
            text,
            "{:18}{}, {} repeated, {} without one",
            "recipients",
            words::plural(found.addresses.len() as u64, "address", "addresses"),
            words::count(found.repeated as u64),
            words::plural(found.without_address as u64, "line", "lines"),
        );
    }
    Ok(text)
}

/// One line per setting; what is missing is said to be so.
fn describe(campaign: &Campaign) -> String {
    let entries = campaign.sending_ips.entries();
    let ips: Vec<String> = entries.iter().map(|entry| entry.raw.to_string()).collect();
    let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
    let mut text = String::new();
    for (key, values) in [
        ("name", one(&campaign.name)),
        ("platform", one(&campaign.platform)),
        ("sending_ips", ips),
        ("mail_from_domains", campaign.mail_from_domains.clone()),
        ("dkim_domains", campaign.dkim_domains.clone()),
        ("from_addresses", campaign.from_addresses.clone()),
        ("link_domains", campaign.link_domains.clone()),
        ("marker_headers", campaign.marker_headers.clone()),
        ("attachments", campaign.attachments.map(|count| count.to_string()).into_iter().collect()),
        ("sent_after", campaign.sent_after.map(iso).into_iter().collect()),
        ("sent_before", campaign.sent_before.map(iso).into_iter().collect()),
        ("gateway", campaign.gateway.iter().filter_map(|g| g.vendor.clone()).collect()),
    ] {
        let shown = if values.is_empty() { "not given".to_owned() } else { values.join(", ") };
        let _ = writeln!(text, "{key:18}{}", escape::visible(&shown));
    }
    if let Some(name) = &campaign.platform
        && platforms::by_name(name).is_none()
    {
        let _ = writeln!(text, "\nThe platform is not one that `mailwhy platforms` lists.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_to_be_so() {
        let campaign =
            crate::campaign::reader::parse(&"c.toml".into(), "sending_ips = [\"203.0.113.10\"]")
                .unwrap();
        let text = describe(&campaign);
        assert!(text.contains("sending_ips       203.0.113.10\n"), "{text}");
        assert!(text.contains("mail_from_domains not given\n"), "{text}");
    }
}
