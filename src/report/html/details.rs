//! The parts that explain one message: findings, fixes, path, stamps, links, sources. A page of one
//! message and an opened row of a list show the same.

use super::{Shown, value};
use crate::diagnosis::{Diagnosis, HopSheet, LinkSheet};
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Fix, FixKind, Role};
use crate::report::{remedies, words};
use maud::{Markup, html};

/// A label that says how sure something is.
pub(super) fn certainty(certainty: Certainty) -> Markup {
    html! {
        span class={ "certainty is-" (certainty.name()) } title=(words::certainty_meaning(certainty)) {
            (certainty.name())
        }
    }
}

/// Every part, in the order a reader asks: why, what to do, how it travelled, what was stamped.
pub(super) fn all(diagnosis: &Diagnosis) -> Markup {
    html! {
        (contradictions(diagnosis))
        (findings(diagnosis, Role::Cause))
        (remedies(diagnosis))
        @for role in Role::ALL.into_iter().filter(|role| *role != Role::Cause) {
            (findings(diagnosis, role))
        }
        (path(diagnosis))
        (stamps(diagnosis))
        (links(&diagnosis.facts.links))
        (sources(diagnosis))
    }
}

fn section(title: &str, class: &str, body: &Markup) -> Markup {
    html! {
        section class=(class) {
            h2 { (title) }
            (body)
        }
    }
}

fn contradictions(diagnosis: &Diagnosis) -> Markup {
    if diagnosis.contradictions.is_empty() {
        return html! {};
    }
    let body = html! {
        ul { @for line in &diagnosis.contradictions { li { (value(line)) } } }
    };
    section("The sources contradict each other", "warning", &body)
}

fn findings(diagnosis: &Diagnosis, role: Role) -> Markup {
    let found: Vec<&Finding> = diagnosis.findings.iter().filter(|f| f.role == role).collect();
    if found.is_empty() {
        return html! {};
    }
    section(
        words::role_title(role),
        "findings",
        &html! { @for finding in found { (card(finding)) } },
    )
}

fn card(finding: &Finding) -> Markup {
    html! {
        article class={ "finding role-" (finding.role.name()) } {
            header {
                (certainty(finding.certainty))
                code class="rule" { (finding.rule) }
            }
            p class="summary" { (value(&finding.summary)) }
            @for pieces in finding.evidence.chunk_by(|a, b| words::is_same_place(a, b)) { (quote(pieces)) }
            @if !finding.excluded.is_empty() {
                ul class="excluded" {
                    @for (label, line) in finding.excluded.iter().map(|line| words::standing(line)) {
                        li class=(if label == "checked" { "is-checked" } else { "is-open" }) {
                            b { (label) ": " } (value(line))
                        }
                    }
                }
            }
            @if finding.fix.is_empty() && let Some(caveat) = &finding.caveat {
                p class="caveat" { (value(caveat)) }
            }
            @if !finding.references.is_empty() {
                p class="references" {
                    "See " @for (at, reference) in finding.references.iter().enumerate() {
                        @if at > 0 { " · " }
                        span { (Shown(reference)) }
                    }
                }
            }
        }
    }
}

/// Pieces of one header, row or setting, under the place they share.
fn quote(pieces: &[Citation]) -> Markup {
    let Some(first) = pieces.first() else { return html! {} };
    html! {
        figure class="evidence" {
            figcaption {
                span class="field" { (value(&first.field)) }
                span class="place" { (value(&words::place(first))) }
            }
            pre { code {
                @for (at, piece) in pieces.iter().enumerate() {
                    @if at > 0 { "\n" }
                    (Shown(&piece.value))
                }
            } }
        }
    }
}

fn remedies(diagnosis: &Diagnosis) -> Markup {
    let remedies = remedies::of(diagnosis);
    if remedies.is_empty() {
        return html! {};
    }
    let body = html! {
        @for remedy in remedies {
            div class="remedy" {
                p class="label" {
                    "For " @for (at, rule) in remedy.rules.iter().enumerate() {
                        @if at > 0 { ", " }
                        code { (rule) }
                    }
                }
                (steps(remedy.steps))
                @for (rule, caveat) in remedy.caveats {
                    p class="caveat" { code { (rule) } ": " (value(caveat)) }
                }
            }
        }
    };
    section("What to do", "remedies", &body)
}

/// The steps of a fix; commands can be copied.
pub(super) fn steps<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> Markup {
    html! {
        ol class="steps" {
            @for fix in fixes {
                li {
                    span class="kind" { (words::fix_title(fix.kind)) }
                    @if fix.kind == FixKind::Powershell {
                        div class="command" {
                            pre { code { @for line in fix.text.lines() { (Shown(line)) "\n" } } }
                            button type="button" class="copy" hidden { "Copy" }
                        }
                    } @else {
                        p { (breadcrumb(&fix.text)) }
                    }
                }
            }
        }
    }
}

/// A path through a portal, its steps told apart from the text.
fn breadcrumb(text: &str) -> Markup {
    html! {
        @for (at, step) in text.split(" > ").enumerate() {
            @if at > 0 { span class="then" { " › " } }
            (value(step))
        }
    }
}

fn path(diagnosis: &Diagnosis) -> Markup {
    let facts = &diagnosis.facts;
    if facts.hops.is_empty() && facts.gateways.is_empty() && facts.simulation.is_none() {
        return html! {};
    }
    let body = html! {
        @if !facts.gateways.is_empty() || facts.simulation.is_some() {
            ul class="marks" {
                @for (vendor, position) in &facts.gateways {
                    li { "Gateway: " (value(vendor)) " (" (position) ")" }
                }
                @if let Some((platform, mark)) = &facts.simulation {
                    li { "Simulation: " (value(platform)) " (" (value(mark)) ")" }
                }
            }
        }
        @if !facts.hops.is_empty() {
            p class="aside" {
                (words::plural(facts.hops.len() as u64, "hop", "hops"))
                @if let Some(total) = total_delay(&facts.hops) { ", " (words::duration(total)) " in all" }
            }
            ol class="path" { @for hop in facts.hops.iter().rev() { (stop(hop)) } }
        }
    };
    section("Path, from sender to mailbox", "travel", &body)
}

/// The sum of the delays, where no clock ran backwards.
fn total_delay(hops: &[HopSheet]) -> Option<i64> {
    let delays: Vec<i64> = hops.iter().filter_map(|hop| hop.delay_seconds).collect();
    if delays.is_empty() || delays.iter().any(|delay| *delay < 0) {
        return None;
    }
    delays.iter().try_fold(0_i64, |sum, delay| sum.checked_add(*delay))
}

fn stop(hop: &HopSheet) -> Markup {
    let delay = hop.delay_seconds;
    html! {
        li class={ "hop hop-" (hop.role) } {
            p class="by" {
                @match &hop.by {
                    Some(by) => { (value(by)) },
                    None => { "a host that did not name itself" },
                }
            }
            p class="from" {
                "from " (value(hop.from.as_deref().unwrap_or("an unnamed host")))
                @if let Some(ip) = &hop.ip { " " code { (value(ip)) } }
            }
            p class="when" {
                span class="role" {
                    (hop.role)
                    @if hop.role == "edge" { ": first Microsoft 365 system" }
                }
                @if let Some(date) = &hop.date { span { (value(date)) } }
                @if let Some(forest) = &hop.forest { span { "forest label " (value(forest)) } }
                @if let Some(delay) = delay {
                    span class={ "delay" @if !(0..60).contains(&delay) { " is-slow" } } {
                        @if delay >= 0 { "+" } (words::duration(delay))
                    }
                }
            }
        }
    }
}

fn stamps(diagnosis: &Diagnosis) -> Markup {
    let facts = &diagnosis.facts;
    if facts.stamps.is_empty() && facts.organization_headers.is_empty() {
        return html! {};
    }
    let body = html! {
        table class="stamps" {
            caption class="aside" { "Stamps and their meaning" }
            thead { tr { th scope="col" { "Stamp" } th scope="col" { "Value" } th scope="col" { "Meaning" } } }
            tbody {
                @for stamp in &facts.stamps {
                    tr {
                        th scope="row" { (value(&stamp.field)) }
                        td { code { (value(&stamp.value)) } }
                        td { (value(&stamp.meaning)) }
                    }
                }
                @for (name, stamp) in &facts.organization_headers {
                    tr class="organization" {
                        th scope="row" colspan="2" { (value(name)) }
                        td { code { (value(stamp)) } }
                    }
                }
            }
        }
    };
    section("What was stamped on it", "decoded", &body)
}

fn links(links: &[LinkSheet]) -> Markup {
    if links.is_empty() {
        return html! {};
    }
    let body = html! {
        ol class="links" {
            @for link in links {
                li {
                    p class="label" {
                        @if link.chain.is_empty() {
                            "Not rewritten"
                        } @else {
                            "Rewritten by " (value(&link.chain.join(", then ")))
                            ", recovered: " (link.recovered)
                        }
                    }
                    @if let Some(original) = &link.original { p class="url is-original" { (value(original)) } }
                    p class="url" { (value(&link.rewritten)) }
                    @if let Some(note) = &link.note { p class="aside" { (value(note)) } }
                }
            }
        }
    };
    section("Links", "linked", &body)
}

fn sources(diagnosis: &Diagnosis) -> Markup {
    let body = html! {
        ul {
            @for source in &diagnosis.sources {
                li { (source.kind) ": " code { (value(&source.path)) } }
            }
            @for note in &diagnosis.notes { li { (value(note)) } }
        }
    };
    section("Sources and notes", "sources", &body)
}
