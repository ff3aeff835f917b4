//! `mailwhy explain`: messages in, explained deliveries out.

use super::{Status, complain, complain_ignored, complain_of, remark, rules};
use crate::campaign::Campaign;
use crate::cli::report::RedactArgs;
use crate::cli::{ColorArg, ExplainArgs, Format};
use crate::diagnosis::Diagnosis;
use crate::engine::{self, Event, Named, Settings};
use crate::error::{Error, Result};
use crate::input::{self, Ignored};
use crate::links;
use crate::output::Output;
use crate::report::redact::Redactor;
use crate::report::stream::{Extent, Report, Run};
use crate::tenant::Tenant;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Instant;

/// Explains everything that the arguments name.
///
/// # Errors
///
/// Usage errors, and output that cannot be written.
pub fn run(args: &ExplainArgs, color: ColorArg) -> Result<Status> {
    check(args)?;
    let mut output = Output::open(args.output.as_deref(), color)?;
    let mut settings = settings(args);
    let named = Named { tenant: args.tenant.as_deref(), campaign: args.campaign.as_deref() };
    let sorted = engine::sort(input::discover(&args.paths), named, &settings.input)?;
    settings.context = Arc::new(sorted.context);
    let context = &settings.context;
    let redactor = redactor(&args.redact, context.tenants(), context.campaigns());
    let mut report = Report::new(args.format, extent(args), redactor, &output);
    settings.detail = report.detail();
    sorted.notes.iter().for_each(|note| remark(note, report.redactor_mut()));
    let progress = Progress::new(is_worth_watching(args));
    let mut run = Run::default();
    let mut matched = false;
    let mut kept = 0_u64;
    let mut take = |event| {
        match event {
            Event::Diagnosed(diagnosis) => {
                run.messages += 1;
                progress.advance();
                if wanted(args, &diagnosis) {
                    kept += 1;
                    matched |= args.fail_on.contains(&diagnosis.outcome);
                    progress.above(|| report.take(*diagnosis, &mut output))?;
                }
            }
            Event::Ignored(ignored) => run.ignored.push(ignored),
            Event::Failed(error) => {
                run.failed += 1;
                progress.above(|| complain_of(&error, report.redactor_mut(), &args.paths));
            }
        }
        Ok(())
    };
    sorted.events.into_iter().try_for_each(&mut take)?;
    engine::explain(sorted.places.into_iter(), &settings, &mut take)?;
    progress.bar.finish_and_clear();
    report.finish(&run, &mut output)?;
    output.finish()?;
    if kept == 0 && run.messages > 0 {
        complain(format_args!("none of {} explained has that rule or outcome", run.messages));
    }
    let status = conclude(&run, matched, args.details, report.redactor_mut());
    if let (Some(path), Some(redactor)) = (&args.redact.redact_map, report.redactor()) {
        redactor.save_map(path)?;
    }
    Ok(status)
}

/// What hides private values, if that was asked for; what the campaign names stays readable.
pub(super) fn redactor<'a>(
    args: &RedactArgs,
    tenants: impl Iterator<Item = &'a Tenant>,
    campaigns: impl Iterator<Item = &'a Campaign>,
) -> Option<Redactor> {
    args.wanted().then(|| {
        let (tenants, campaigns): (Vec<_>, Vec<_>) = (tenants.collect(), campaigns.collect());
        let mut redactor = Redactor::new(campaigns.iter().copied().collect());
        redactor.hide_settings(&tenants, &campaigns);
        redactor
    })
}

fn check(args: &ExplainArgs) -> Result<()> {
    if args.paths.is_empty() {
        let hint =
            "nothing to explain: name files or folders, or - for standard input (mailwhy --help)";
        return Err(Error::Usage(hint.to_owned()));
    }
    if args.summary && !matches!(args.format, Format::Text | Format::Json) {
        return Err(Error::Usage("--summary goes with --format text or json".to_owned()));
    }
    args.rule.iter().try_for_each(|id| rules::find(id).map(drop))
}

fn extent(args: &ExplainArgs) -> Extent {
    match (args.summary, args.details) {
        (true, _) => Extent::Summary,
        (_, true) => Extent::Details,
        _ => Extent::Lines,
    }
}

/// Bytes that hold the headers of most messages.
const HEADERS: usize = 12 * 1024;

fn settings(args: &ExplainArgs) -> Settings {
    let mut settings = Settings::default();
    settings.input.password.clone_from(&args.password);
    let links = links::Options { show_private: args.show_private, ..links::Options::default() };
    settings.links = (!args.no_links).then_some(links);
    if args.no_links {
        settings.input.first = HEADERS;
    }
    if let Some(threads) = args.threads {
        settings.threads = threads;
    }
    settings
}

/// Whether a progress line may help: on a terminal, where the result does not scroll by itself.
fn is_worth_watching(args: &ExplainArgs) -> bool {
    let scrolls = args.output.is_none() && std::io::stdout().is_terminal();
    std::io::stderr().is_terminal() && !scrolls
}

/// A progress line that appears once the work takes long.
struct Progress {
    bar: ProgressBar,
    begun: Instant,
    wanted: bool,
}

impl Progress {
    fn new(wanted: bool) -> Self {
        let style =
            ProgressStyle::with_template("{spinner} {human_pos} messages, {per_sec}, {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Progress { bar: bar.with_style(style), begun: Instant::now(), wanted }
    }

    /// One message more.
    fn advance(&self) {
        if !self.wanted {
            return;
        }
        if self.bar.is_hidden() && self.begun.elapsed() > super::PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
    }

    /// Does what writes to the terminal, with the line out of its way.
    fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        if self.wanted { self.bar.suspend(write) } else { write() }
    }
}

fn wanted(args: &ExplainArgs, diagnosis: &Diagnosis) -> bool {
    let by_rule = args.rule.is_empty()
        || diagnosis.findings.iter().any(|finding| args.rule.iter().any(|id| id == finding.rule));
    by_rule && (args.outcome.is_empty() || args.outcome.contains(&diagnosis.outcome))
}

/// Says what was left out, and settles the exit status.
pub(super) fn conclude(
    run: &Run,
    matched: bool,
    details: bool,
    redactor: Option<&mut Redactor>,
) -> Status {
    if run.messages == 0 && run.failed == 0 {
        complain("no message found in what was given");
    }
    list_ignored(&run.ignored, details, redactor);
    if run.failed > 0 || run.messages == 0 {
        Status::Unreadable
    } else if matched {
        Status::Matched
    } else {
        Status::Done
    }
}

/// Lists what was ignored with the reason; where that is much and not all is asked for, by reason.
fn list_ignored(ignored: &[Ignored], all: bool, mut redactor: Option<&mut Redactor>) {
    const LISTED: usize = 10;
    let mut by_reason: BTreeMap<&str, Vec<&Ignored>> = BTreeMap::new();
    for item in ignored {
        by_reason.entry(&item.reason).or_default().push(item);
    }
    for (reason, items) in by_reason {
        match items.as_slice() {
            [first, _, _, ..] if ignored.len() > LISTED && !all => {
                let rest = format!(" and {} more ignored: {reason}", items.len() - 1);
                complain_ignored(&first.label, &rest, redactor.as_deref_mut());
            }
            items => {
                for item in items {
                    let rest = format!(": ignored: {reason}");
                    complain_ignored(&item.label, &rest, redactor.as_deref_mut());
                }
            }
        }
    }
}
