//! `mailwhy platforms`: what the built-in profiles know of each simulation platform.

use super::Status;
use crate::campaign::platforms::{HeaderMark, PLATFORMS, Platform};
use crate::cli::configuration::PlatformsArgs;
use crate::cli::{ColorArg, RulesFormat};
use crate::error::{Error, Result};
use crate::output::Output;
use serde::Serialize;
use std::fmt::Write;

/// One entry of `mailwhy platforms --format json`.
#[derive(Debug, Serialize)]
struct PlatformEntry {
    name: &'static str,
    headers: Vec<String>,
    hosts: &'static [&'static str],
    dkim_domains: &'static [&'static str],
    addresses: &'static [&'static str],
    as_of: &'static str,
    remark: Option<&'static str>,
}

impl From<&Platform> for PlatformEntry {
    fn from(platform: &Platform) -> Self {
        PlatformEntry {
            name: platform.name,
            headers: platform.headers.iter().map(shown).collect(),
            hosts: platform.hosts,
            dkim_domains: platform.dkim_domains,
            addresses: platform.addresses,
            as_of: platform.as_of,
            remark: (!platform.remark.is_empty()).then_some(platform.remark),
        }
    }
}

fn shown(mark: &HeaderMark) -> String {
    if mark.contains.is_empty() {
        mark.name.to_owned()
    } else {
        format!("{}: {}", mark.name, mark.contains)
    }
}

/// Prints every profile.
///
/// # Errors
///
/// What [`Output`] returns.
pub fn run(args: &PlatformsArgs, color: ColorArg) -> Result<Status> {
    let mut output = Output::open(None, color)?;
    let entries: Vec<PlatformEntry> = PLATFORMS.iter().map(PlatformEntry::from).collect();
    let text = match args.format {
        RulesFormat::Text => text(&entries, output.width.unwrap_or(100)),
        RulesFormat::Json => {
            let mut json = serde_json::to_string_pretty(&entries).map_err(|error| {
                Error::Write { path: "standard output".into(), reason: error.to_string() }
            })?;
            json.push('\n');
            json
        }
    };
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(Status::Done)
}

fn text(entries: &[PlatformEntry], width: usize) -> String {
    let mut text = textwrap::fill(
        "Marks, hosts and addresses are hints that go stale: check them with the platform. A mark proves only that someone typed the header.",
        width,
    );
    text.push('\n');
    let list = |values: &[&str]| values.join(", ");
    for entry in entries {
        let _ = writeln!(text, "\n{}  (as of {})", entry.name, entry.as_of);
        for (title, values) in [
            ("headers", entry.headers.join(", ")),
            ("hosts", list(entry.hosts)),
            ("DKIM", list(entry.dkim_domains)),
            ("addresses", list(entry.addresses)),
            ("note", entry.remark.unwrap_or_default().to_owned()),
        ] {
            if values.is_empty() {
                continue;
            }
            let first = format!("  {title:11}");
            let options = textwrap::Options::new(width)
                .initial_indent(&first)
                .subsequent_indent("             ")
                .word_splitter(textwrap::WordSplitter::NoHyphenation);
            let _ = writeln!(text, "{}", textwrap::fill(&values, options));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_is_shown_with_its_date_and_what_is_known() {
        let entries: Vec<PlatformEntry> = PLATFORMS.iter().map(PlatformEntry::from).collect();
        let text = text(&entries, 80);
        for platform in PLATFORMS {
            let heading = format!("{}  (as of {})", platform.name, platform.as_of);
            assert!(text.contains(&heading), "{heading}");
            for address in platform.addresses {
                assert!(text.contains(address), "{address}");
            }
        }
    }
}
