//! The facts behind a diagnosis: stamps, authentication, path, gateways, links.

use super::Look;
use super::single::section;
use crate::diagnosis::{FactSheet, HopSheet, LinkSheet};
use crate::report::escape::{shorten, visible};
use crate::report::words;
use std::fmt::Write;

/// Writes the facts that there are.
pub(super) fn write(look: Look, out: &mut String, facts: &FactSheet) {
    stamps(look, out, facts);
    path(look, out, &facts.hops);
    if !facts.gateways.is_empty() || facts.simulation.is_some() {
        section(look, out, "Systems");
        for (vendor, position) in &facts.gateways {
            look.wrap(out, "  ", "    ", &format!("{vendor}: {}", words::gateway_place(position)));
        }
        if let Some((platform, mark)) = &facts.simulation {
            look.wrap(out, "  ", "    ", &words::platform_hint(platform, mark));
        }
    }
    links(look, out, &facts.links);
}

fn stamps(look: Look, out: &mut String, facts: &FactSheet) {
    const FIELD: usize = 12;
    const VALUE: usize = 20;
    if facts.stamps.is_empty() {
        return;
    }
    section(look, out, "Stamps");
    for stamp in &facts.stamps {
        let field = visible(&stamp.field);
        let value = visible(&stamp.value);
        let long = value.chars().count() > VALUE || field.chars().count() > FIELD;
        if long {
            let _ = writeln!(out, "  {field}");
            look.wrap(out, "    ", "    ", &stamp.value);
            look.wrap_painted(out, "      ", "      ", &stamp.meaning, |line| look.faint(line));
        } else {
            let first = format!("  {field:<FIELD$} {value:<VALUE$} ");
            let rest = " ".repeat(FIELD + VALUE + 4);
            look.wrap_painted(out, &first, &rest, &stamp.meaning, |line| look.faint(line));
        }
    }
}

/// Hops from the sender to the mailbox, as the message travelled.
fn path(look: Look, out: &mut String, hops: &[HopSheet]) {
    if hops.is_empty() {
        return;
    }
    section(look, out, "Path (oldest first)");
    for hop in hops.iter().rev() {
        let delay = hop.delay_seconds.map_or_else(String::new, words::duration);
        let by = shorten(hop.by.as_deref().unwrap_or("?"), look.width.saturating_sub(24).max(20));
        let first = hop.role == "edge";
        let mark = if first { "  <- first Microsoft 365 hop" } else { "" };
        let line = format!("  {:<10} {delay:>11}  {by}{mark}", hop.role);
        let _ = writeln!(out, "{}", if first { look.heading(&line) } else { line });
        let peer = match (hop.from.as_deref(), hop.ip.as_deref()) {
            (Some(from), Some(ip)) => format!("from {from} ({ip})"),
            (Some(from), None) => format!("from {from}"),
            (None, Some(ip)) => format!("from {ip}"),
            (None, None) => continue,
        };
        let forest = hop.forest.as_deref().map(|f| format!(", label {f}")).unwrap_or_default();
        let detail = format!("{peer}{forest}");
        let indent = " ".repeat(26);
        look.wrap_painted(out, &indent, &indent, &detail, |line| look.faint(line));
    }
    let note =
        "Labels such as namprd05 are information only: they do not name the tenant's forest.";
    if hops.iter().any(|hop| hop.forest.is_some()) {
        look.wrap_painted(out, "  ", "  ", note, |line| look.faint(line));
    }
}

fn links(look: Look, out: &mut String, links: &[LinkSheet]) {
    const SHOWN: usize = 25;
    if links.is_empty() {
        return;
    }
    section(look, out, "Links");
    let (rewritten, plain): (Vec<_>, Vec<_>) =
        links.iter().partition(|link| !link.chain.is_empty());
    for link in rewritten.iter().chain(&plain).take(SHOWN) {
        look.wrap(out, "  ", "    ", &link.rewritten);
        if !link.chain.is_empty() {
            let chain = link.chain.join(" > ");
            let was = match (&link.original, link.recovered) {
                (Some(original), "full") => format!("{chain}; was {original}"),
                (Some(original), _) => {
                    format!("{chain}; was on {original} (the rest is not recoverable offline)")
                }
                (None, _) => format!("{chain}; not recoverable offline"),
            };
            look.wrap_painted(out, "    ", "    ", &was, |line| look.faint(line));
        }
        if let Some(note) = &link.note {
            look.wrap_painted(out, "    ", "    ", note, |line| look.faint(line));
        }
    }
    if links.len() > SHOWN {
        let _ = writeln!(out, "  and {} more; --format json lists all", links.len() - SHOWN);
    }
}
