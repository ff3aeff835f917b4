//! `mailwhy audit`: a tenant's allow-listing, judged before any mail is sent.

use super::{Status, complain};
use crate::campaign::Campaign;
use crate::cli::ColorArg;
use crate::cli::configuration::{AuditArgs, AuditFormat, FailOn};
use crate::engine;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::report::audit::{AuditJson, lines, markdown, text};
use crate::report::escape;
use crate::report::text::Look;
use crate::rules::configuration::audit::{Audit, audit};
use crate::rules::configuration::script::script;
use crate::rules::configuration::{Setup, Severity};
use crate::tenant::Tenant;
use crate::tenant::json::iso_seconds;

/// Audits what the arguments name.
///
/// # Errors
///
/// A tenant or campaign that cannot be read, a date that is none, output that cannot be written.
pub fn run(args: &AuditArgs, color: ColorArg) -> Result<Status> {
    let tenant = engine::read_tenant(&args.tenant)?;
    let campaign = args.campaign.as_deref().map(engine::read_campaign).transpose()?;
    let now = instant(args, campaign.as_ref())?;
    let mut output = Output::open(args.output.as_deref(), color)?;
    for problem in &tenant.problems {
        complain(problem);
    }
    let setup = Setup { tenant: &tenant, campaign: campaign.as_ref(), now };
    let audit = audit(&setup);
    let shown =
        if args.fix { script(&setup, &audit).into() } else { shown(args, &audit, &output)? };
    output.put(&shown)?;
    output.finish()?;
    Ok(conclude(args, &tenant, &audit))
}

fn instant(args: &AuditArgs, campaign: Option<&Campaign>) -> Result<i64> {
    match &args.as_of {
        Some(text) => iso_seconds(text).ok_or_else(|| {
            Error::Usage(format!(
                "--as-of {text:?} is no date; write 2026-11-23 or 2026-11-23T08:00:00Z"
            ))
        }),
        None => Ok(campaign
            .and_then(|campaign| campaign.sent_after)
            .unwrap_or_else(|| jiff::Timestamp::now().as_second())),
    }
}

fn shown(args: &AuditArgs, audit: &Audit, output: &Output) -> Result<Vec<u8>> {
    let failed =
        |error: serde_json::Error| Error::Write { path: "audit".into(), reason: error.to_string() };
    Ok(match args.format {
        AuditFormat::Text => text(Look::new(output.color, output.width), audit).into(),
        AuditFormat::Markdown => markdown(audit).into(),
        AuditFormat::Ndjson => lines(audit).map_err(failed)?,
        AuditFormat::Json => escape::json::document(&AuditJson::from(audit)).map_err(failed)?,
    })
}

fn conclude(args: &AuditArgs, tenant: &Tenant, audit: &Audit) -> Status {
    let limit = args.fail_on.map(|fail_on| match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
    });
    if !tenant.problems.is_empty() {
        Status::Unreadable
    } else if limit.is_some_and(|limit| audit.worst() >= Some(limit)) {
        Status::Matched
    } else {
        Status::Done
    }
}
