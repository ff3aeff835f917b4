//! `mailwhy schema`: the JSON Schema of an output, made from the types that write it.

use super::Status;
use crate::cli::{ColorArg, SchemaArgs, SchemaOf};
use crate::error::{Error, Result};
use crate::output::Output;
use crate::report::archive::Manifest;
use crate::report::audit::AuditJson;
use crate::report::json::DiagnosisJson;
use crate::report::trace::{SaidJson, SummaryJson};
use crate::summary::comparison::Comparison;
use schemars::schema_for;

/// Prints one schema.
///
/// # Errors
///
/// Output that cannot be written.
pub fn run(args: &SchemaArgs, color: ColorArg) -> Result<Status> {
    let schema = match args.of {
        SchemaOf::Diagnosis => schema_for!(DiagnosisJson<'_>),
        SchemaOf::Summary => schema_for!(SummaryJson<'_>),
        SchemaOf::Rows => schema_for!(SaidJson<'_>),
        SchemaOf::Audit => schema_for!(AuditJson<'_>),
        SchemaOf::Diff => schema_for!(Comparison),
        SchemaOf::Ticket => schema_for!(Manifest),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|e| Error::Usage(e.to_string()))?;
    let mut output = Output::open(None, color)?;
    output.put(text.as_bytes())?;
    output.put(b"\n")?;
    output.finish()?;
    Ok(Status::Done)
}
