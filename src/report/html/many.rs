//! The page of many messages: what they came to, what to do first, and each of them in a list.

use super::packed::{BLOCK, pack};
use super::{Shown, details, one, value};
use crate::diagnosis::Diagnosis;
use crate::finding::{Certainty, Outcome};
use crate::report::chart::{Column, Part, bar, columns};
use crate::report::escape::clip;
use crate::report::overview::{Hour, Overview, main_cause};
use crate::report::words;
use maud::{Markup, html};
use rayon::prelude::*;

/// Rows of the list, and the details behind them, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct List {
    rows: Vec<Row>,
    /// Details not yet packed: fewer than a block.
    open: Vec<String>,
    blocks: Vec<String>,
    /// Messages that came after [`List::MAX`].
    left_out: u64,
}

/// One row of the list.
#[derive(Debug)]
struct Row {
    failing: bool,
    html: String,
}

/// The finished list, failing messages first.
pub(super) struct Rows {
    rows: Vec<Row>,
    left_out: u64,
    /// Details stand in the rows, since they are few.
    whole: bool,
}

impl List {
    /// Most messages in a list: more would make a file that no browser opens with pleasure.
    const MAX: usize = 50_000;
    /// Most messages whose details stand in the page as they are, to be read without the script.
    const WHOLE: usize = BLOCK;

    pub(super) fn add_all(&mut self, diagnoses: &[Diagnosis]) {
        let room = Self::MAX - self.rows.len();
        let (taken, left) = diagnoses.split_at(room.min(diagnoses.len()));
        self.left_out += left.len() as u64;
        let first = self.rows.len();
        // A part of the input at a time, so that its details are never all in memory.
        for (at, part) in taken.chunks(64 * BLOCK).enumerate() {
            let first = first + at * 64 * BLOCK;
            let made: Vec<(Row, String)> = part
                .par_iter()
                .enumerate()
                .map(|(n, diagnosis)| (row(first + n, diagnosis), detail(diagnosis)))
                .collect();
            let (rows, details): (Vec<_>, Vec<_>) = made.into_iter().unzip();
            self.rows.extend(rows);
            self.open.extend(details);
            self.pack_full_blocks();
        }
    }

    fn pack_full_blocks(&mut self) {
        // The first block stays open until it is known that a second follows.
        if self.rows.len() <= Self::WHOLE {
            return;
        }
        let full = self.open.len() / BLOCK * BLOCK;
        let packed: Vec<String> = self.open[..full].par_chunks(BLOCK).map(pack).collect();
        self.blocks.extend(packed);
        self.open.drain(..full);
    }

    /// The list and its packed details, a JSON array of blocks.
    pub(super) fn finish(mut self) -> (Rows, String) {
        let whole = self.blocks.is_empty();
        if whole {
            for (row, detail) in self.rows.iter_mut().zip(&self.open) {
                row.html = row.html.replace(PLACE, &format!("<div class=\"rest\">{detail}</div>"));
            }
        } else if !self.open.is_empty() {
            self.blocks.push(pack(&self.open));
        }
        self.rows.sort_by_key(|row| !row.failing);
        let quoted: Vec<String> = self.blocks.iter().map(|block| format!("\"{block}\"")).collect();
        let packed = format!("[{}]", quoted.join(","));
        (Rows { rows: self.rows, left_out: self.left_out, whole }, packed)
    }
}

/// Where details go in a row.
const PLACE: &str = "<div class=\"rest\"></div>";

fn detail(diagnosis: &Diagnosis) -> String {
    html! { (one::identity(diagnosis)) (details::all(diagnosis)) }.into_string()
}

fn row(at: usize, diagnosis: &Diagnosis) -> Row {
    let outcome = diagnosis.outcome;
    let cause = main_cause(diagnosis);
    let subject = clip(diagnosis.message.subject.as_deref().unwrap_or("(no subject)"), 120);
    let time = diagnosis.delivered_at;
    let html = html! {
        details class="row" id={ "m" (at) } data-o=(outcome.name()) data-c=(cause.map_or("", |f| f.rule)) data-t=(time.unwrap_or(0)) {
            summary {
                span class={ "badge tone-" (outcome.name()) } { (outcome.name()) }
                span class="who" {
                    b { (value(&clip(diagnosis.recipient.as_deref().unwrap_or("unknown recipient"), 120))) }
                    i { (value(&subject)) }
                }
                span class="why" {
                    @if let Some(finding) = cause { (finding.rule) " " em { (finding.certainty.name()) } }
                }
                time { (time.map(minute).unwrap_or_default()) }
            }
            p class="headline" { (value(&diagnosis.headline)) }
            div class="rest" {}
        }
    };
    Row { failing: outcome.is_failure(), html: html.into_string() }
}

pub(super) fn title(sums: &Overview) -> String {
    format!(
        "{} of {} failed",
        words::count(sums.failing()),
        words::plural(sums.total, "message", "messages")
    )
}

pub(super) fn body(sums: &Overview, rows: &Rows) -> Markup {
    html! {
        main class="many" {
            (verdict(sums))
            div class="charts" {
                (outcomes(sums))
                (causes(sums))
            }
            (hours(sums))
            (remedies(sums))
            (recipients(sums))
            (list(sums, rows))
        }
    }
}

fn verdict(sums: &Overview) -> Markup {
    let share = |n: u64| match sums.total {
        0 => String::new(),
        // Rounded down, so that 100 % is only said of all.
        total => format!("({} %)", n * 100 / total),
    };
    let (failing, reached) = (sums.failing(), sums.reached());
    let other = sums.total - failing - reached;
    html! {
        header class={ "verdict tone-" (if failing > 0 { "rejected" } else { "inbox" }) } {
            p class="eyebrow" { "What became of the messages" }
            h1 {
                @match (sums.total, failing) {
                    (0, _) => "There was no message to explain",
                    (_, 0) => "No message is known to have failed",
                    _ => { (words::count(failing)) " of " (words::plural(sums.total, "message", "messages")) " failed" },
                }
            }
            @if failing > 0 {
                p class="headline" {
                    "Failed means: junked, quarantined, refused, dropped, removed afterwards, or never seen."
                }
            }
            @if let [subject] = sums.subjects.iter().collect::<Vec<_>>().as_slice() {
                p class="because" { "All have the subject “" (value(&clip(subject, 160))) "”." }
            }
            ul class="tiles" {
                li { b { (words::count(reached)) } " delivered outside Junk " i { (share(reached)) } }
                li { b { (words::count(failing)) } " failed " i { (share(failing)) } }
                @if other > 0 { li { b { (words::count(other)) } " neither is known " i { (share(other)) } } }
                @if sums.contradicted > 0 {
                    li { b { (words::count(sums.contradicted)) } " with contradicting sources" }
                }
            }
        }
    }
}

fn outcomes(sums: &Overview) -> Markup {
    html! {
        section {
            h2 { "Where they ended" }
            table class="bars" {
                caption class="aside" { "Messages by outcome" }
                thead { tr { th scope="col" { "Outcome" } th scope="col" { "Messages" } } }
                tbody {
                    @for outcome in Outcome::ALL {
                        @if let Some(count) = sums.outcomes.get(&outcome) {
                            @let class = format!("fill-{}", outcome.name());
                            tr title=(words::outcome_meaning(outcome)) {
                                th scope="row" {
                                    (words::outcome_title(outcome))
                                    (bar(&[Part { class: &class, value: *count, label: outcome.name() }], sums.total))
                                }
                                td { (words::count(*count)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn causes(sums: &Overview) -> Markup {
    let causes = sums.causes_by_count();
    let most =
        causes.iter().map(|(_, cause)| cause.total()).max().unwrap_or(0).max(sums.unexplained);
    html! {
        section {
            h2 { "Why" }
            @if most == 0 { p { "Nothing failed." } } @else {
            table class="bars" {
                caption class="aside" {
                    "Each message once, under its surest cause: "
                    (key("fill-proven", "proven")) (key("fill-likely", "likely")) (key("fill-possible", "possible"))
                }
                thead { tr { th scope="col" { "Cause" } th scope="col" { "Messages" } } }
                tbody {
                    @for (rule, cause) in causes {
                        tr title=(Shown(&cause.example)) {
                            th scope="row" {
                                code { (rule) }
                                (bar(&[
                                    Part { class: "fill-proven", value: cause.of(Certainty::Proven), label: "proven" },
                                    Part { class: "fill-likely", value: cause.of(Certainty::Likely), label: "likely" },
                                    Part { class: "fill-possible", value: cause.of(Certainty::Possible), label: "possible" },
                                ], most))
                            }
                            td { (words::count(cause.total())) }
                        }
                    }
                    @if sums.unexplained > 0 {
                        tr {
                            th scope="row" {
                                "no cause found"
                                (bar(&[Part { class: "fill-unknown", value: sums.unexplained, label: "no cause found" }], most))
                            }
                            td { (words::count(sums.unexplained)) }
                        }
                    }
                }
            }
            @if !sums.also.is_empty() {
                p class="aside" { (words::ALSO) " " (words::counted(sums.also_by_count())) }
            }
            }
        }
    }
}

fn key(class: &str, label: &str) -> Markup {
    html! { span class="key" { i class=(class) {} (label) } " " }
}

/// Hours of the chart; more are gathered into columns of several hours.
const MAX_COLUMNS: i64 = 96;

fn hours(sums: &Overview) -> Markup {
    let (Some((&first, _)), Some((&last, _))) =
        (sums.hours.first_key_value(), sums.hours.last_key_value())
    else {
        return html! {};
    };
    // A date that is years off would flatten the chart to nothing: whole days, then weeks …
    let step = [1, 2, 3, 6, 12, 24, 168]
        .into_iter()
        .find(|step| (last - first) / step < MAX_COLUMNS)
        .unwrap_or((last - first) / MAX_COLUMNS + 1);
    let first = first.div_euclid(step) * step;
    let gathered = gather(sums, first, last, step);
    let each = each_one(step);
    let chart: Vec<Column> = gathered
        .iter()
        .map(|(hour, sum)| Column {
            parts: vec![
                ("fill-inbox", sum.reached),
                ("fill-unknown", sum.other),
                ("fill-rejected", sum.failed),
            ],
            label: format!(
                "{}: {} reached, {} failed",
                minute(hour * 3_600),
                sum.reached,
                sum.failed
            ),
        })
        .collect();
    let summary = format!(
        "Messages per {each}, from {} to {}",
        minute(first * 3_600),
        minute(last * 3_600 + 3_599)
    );
    html! {
        section class="hours" {
            h2 { "When" @if step == 1 { ", hour by hour" } }
            p class="aside" {
                (key("fill-inbox", "reached")) (key("fill-rejected", "failed"))
                @if let Some(most) = gathered.iter().map(|(_, sum)| sum.reached + sum.failed + sum.other).max() {
                    "at most " (words::count(most)) " in " (each)
                }
                @if sums.undated > 0 { ", " (words::count(sums.undated)) " without a date not shown" }
            }
            (columns(&chart, &summary))
            p class={ "scale" @if chart.len() < 16 { " is-short" } } {
                span { (minute(first * 3_600)) }
                span { (minute(last * 3_600 + 3_599)) " UTC" }
            }
        }
    }
}

/// What a column stands for.
fn each_one(hours: i64) -> String {
    match hours {
        1 => "an hour".to_owned(),
        24 => "a day".to_owned(),
        168 => "a week".to_owned(),
        _ => format!("{} hours", words::count(hours.unsigned_abs())),
    }
}

/// Columns without a gap from the first hour to the last.
fn gather(sums: &Overview, first: i64, last: i64, step: i64) -> Vec<(i64, Hour)> {
    let count = usize::try_from((last - first) / step + 1).unwrap_or(0);
    let mut gathered: Vec<(i64, Hour)> =
        (0..count).map(|at| (first + at as i64 * step, Hour::default())).collect();
    for (hour, sum) in &sums.hours {
        let at = usize::try_from((hour - first) / step).unwrap_or(usize::MAX);
        if let Some((_, into)) = gathered.get_mut(at) {
            into.reached += sum.reached;
            into.failed += sum.failed;
            into.other += sum.other;
        }
    }
    gathered
}

/// `2026-11-16 09:01` in UTC.
fn minute(second: i64) -> String {
    jiff::Timestamp::from_second(second)
        .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// Most remedies and recipients of the page's tables.
const MAX_ROWS: usize = 50;

fn remedies(sums: &Overview) -> Markup {
    let remedies = sums.remedies_by_count();
    if remedies.is_empty() {
        return html! {};
    }
    html! {
        section class="todo" {
            h2 { "What to do first" }
            p class="aside" { "Ordered by how many failing messages each would mend." }
            @for (at, remedy) in remedies.iter().take(MAX_ROWS).enumerate() {
                details class="fix" open[at == 0] {
                    summary {
                        b { (words::count(remedy.messages)) }
                        span {
                            @for (n, rule) in remedy.causes.iter().enumerate() {
                                @if n > 0 { ", " } code { (rule) }
                            }
                            @if remedy.possible > 0 {
                                i { " " (words::count(remedy.possible)) " of them only possibly" }
                            }
                        }
                        (bar(&[Part { class: "fill-proven", value: remedy.messages, label: "messages" }], sums.failing()))
                    }
                    (details::steps(&remedy.steps))
                    @for (rule, caveat) in &remedy.caveats {
                        p class="caveat" { code { (rule) } ": " (value(caveat)) }
                    }
                }
            }
            (more(remedies.len(), "fixes"))
        }
    }
}

fn recipients(sums: &Overview) -> Markup {
    let all = sums.recipients();
    if all == 0 {
        return html! {};
    }
    html! {
        section {
            h2 { "Failing recipients" }
            table class="recipients" {
                caption class="aside" { (words::plural(all as u64, "recipient", "recipients")) ", most failures first" }
                thead { tr {
                    th scope="col" { "Recipient" } th scope="col" { "Messages" }
                    th scope="col" { "Outcomes" } th scope="col" { "Causes" }
                } }
                tbody {
                    @for (recipient, failing) in sums.recipients_by_count(MAX_ROWS) {
                        tr {
                            th scope="row" { (value(&clip(recipient, 120))) }
                            td { (words::count(failing.messages)) }
                            td { @for outcome in &failing.outcomes {
                                span class={ "badge tone-" (outcome.name()) } { (outcome.name()) } " "
                            } }
                            td { @for (n, rule) in failing.causes.iter().enumerate() {
                                @if n > 0 { ", " } code { (rule) }
                            } }
                        }
                    }
                }
            }
            (more(all, "recipients"))
        }
    }
}

fn more(count: usize, what: &str) -> Markup {
    html! {
        @if count > MAX_ROWS {
            p class="aside" { (words::count((count - MAX_ROWS) as u64)) " more " (what) " are not in this table." }
        }
    }
}

fn list(sums: &Overview, rows: &Rows) -> Markup {
    html! {
        section class="list" id="messages" {
            h2 { "Every message" }
            form class="controls" hidden {
                label { span { "Search" } input type="search" name="text" placeholder="recipient, subject, cause" autocomplete="off"; }
                label { span { "Outcome" } select name="outcome" {
                    option value="" { "all" }
                    option value="!" { "failed" }
                    @for (outcome, count) in &sums.outcomes {
                        option value=(outcome.name()) { (outcome.name()) " (" (words::count(*count)) ")" }
                    }
                } }
                label { span { "Cause" } select name="cause" {
                    option value="" { "all" }
                    @for (rule, cause) in sums.causes_by_count() {
                        option value=(rule) { (rule) " (" (words::count(cause.total())) ")" }
                    }
                } }
                label { span { "Sort" } select name="sort" {
                    option value="" { "failed first" }
                    option value="at" { "as given" }
                    option value="outcome" { "outcome" }
                    option value="recipient" { "recipient" }
                    option value="cause" { "cause" }
                    option value="time" { "time" }
                } }
            }
            p class="shown" role="status" { (words::plural(rows.rows.len() as u64, "message", "messages")) }
            @if rows.left_out > 0 {
                p class="warning" {
                    (words::count(rows.left_out)) " more are counted above but not listed: a page holds "
                    (words::count(List::MAX as u64)) ". The CSV and JSON reports list all."
                }
            }
            @if !rows.whole {
                noscript { p class="warning" {
                    "Without JavaScript each message shows its conclusion only; the Markdown report explains a few in full."
                } }
            }
            div class={ "rows" @if !rows.whole { " is-long" } } {
                @for row in &rows.rows { (maud::PreEscaped(&row.html)) }
            }
        }
    }
}
