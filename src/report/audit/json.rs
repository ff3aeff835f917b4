//! The JSON contract of `mailwhy audit` (`mailwhy.audit/1`): its own types, so that internal change
//! never breaks users. Fields may be added; none changes its meaning.

use crate::fact::Evidence;
use crate::report::escape::json;
use crate::report::json::{EvidenceJson, FixJson};
use crate::rules::configuration::Severity;
use crate::rules::configuration::audit::{Audit, AuditFinding};
use crate::rules::configuration::predictions::Prediction;
use crate::rules::configuration::steps::Step;
use schemars::JsonSchema;
use serde::Serialize;

/// Name and version of the contract.
pub const SCHEMA: &str = "mailwhy.audit/1";

/// A whole audit.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "mailwhy.audit/1", rename = "Audit")]
pub struct AuditJson<'a> {
    /// `mailwhy.audit/1`.
    schema: &'static str,
    /// Allow-listing steps.
    steps: Vec<StepJson<'a>>,
    /// What will become of the campaign's mail.
    predictions: Vec<PredictionJson<'a>>,
    /// What is wrong or harmful, the worst first.
    findings: Vec<AuditFindingJson<'a>>,
    /// What could not be judged, one line each.
    notes: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct StepJson<'a> {
    step: &'static str,
    /// done, missing, wrong or unknown.
    state: &'static str,
    detail: &'a str,
    /// Whether it was compared with the campaign's mail; `done` means no more than present where it
    /// was not.
    compared: bool,
    /// Whether it is worth doing: guides ask for steps that Advanced Delivery makes needless.
    needed: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Prediction")]
struct PredictionJson<'a> {
    sending_ip: Option<&'a str>,
    mail_from_domain: Option<&'a str>,
    dkim_domain: Option<&'a str>,
    /// What Microsoft 365 will see as the peer.
    connecting_ip: Option<&'a str>,
    through_gateway: bool,
    mechanisms: Vec<&'static str>,
    nearly: Vec<NearlyJson<'a>>,
    still_filtered: &'a [&'static str],
    /// Settings that keep the mail from the Inbox whatever allows it: they stop it or mark it as spam.
    blocked_by: &'a [String],
    /// How far the prediction can be trusted.
    caveats: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Nearly")]
struct NearlyJson<'a> {
    mechanism: &'static str,
    why: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditFinding")]
struct AuditFindingJson<'a> {
    rule: &'static str,
    severity: Severity,
    summary: &'a str,
    meaning: &'static str,
    evidence: Vec<EvidenceJson<'a>>,
    fix: Vec<FixJson<'a>>,
    caveat: Option<&'static str>,
    references: &'a [&'static str],
}

impl<'a> From<&'a Audit> for AuditJson<'a> {
    fn from(audit: &'a Audit) -> Self {
        AuditJson {
            schema: SCHEMA,
            steps: audit.steps.iter().map(StepJson::from).collect(),
            predictions: audit.predictions.iter().map(PredictionJson::from).collect(),
            findings: audit.findings.iter().map(AuditFindingJson::from).collect(),
            notes: &audit.notes,
        }
    }
}

impl<'a> From<&'a Step> for StepJson<'a> {
    fn from(step: &'a Step) -> Self {
        StepJson {
            step: step.step,
            state: step.state.name(),
            detail: &step.detail,
            compared: step.compared,
            needed: step.needed,
        }
    }
}

impl<'a> From<&'a Prediction> for PredictionJson<'a> {
    fn from(one: &'a Prediction) -> Self {
        PredictionJson {
            sending_ip: one.sending_ip.as_deref(),
            mail_from_domain: one.mail_from_domain.as_deref(),
            dkim_domain: one.dkim_domain.as_deref(),
            connecting_ip: one.connecting_ip.as_deref(),
            through_gateway: one.through_gateway,
            mechanisms: one.mechanisms.iter().map(|mechanism| mechanism.name()).collect(),
            nearly: one
                .nearly
                .iter()
                .map(|(mechanism, why)| NearlyJson { mechanism: mechanism.name(), why })
                .collect(),
            still_filtered: &one.still_filtered,
            blocked_by: &one.blocked_by,
            caveats: &one.caveats,
        }
    }
}

impl<'a> From<&'a AuditFinding> for AuditFindingJson<'a> {
    fn from(finding: &'a AuditFinding) -> Self {
        AuditFindingJson {
            rule: finding.rule,
            severity: finding.severity,
            summary: &finding.summary,
            meaning: finding.meaning,
            evidence: finding
                .evidence
                .iter()
                .map(|one| EvidenceJson::from(&**one as &Evidence))
                .collect(),
            fix: finding.fix.iter().map(FixJson::from).collect(),
            caveat: finding.caveat,
            references: finding.references,
        }
    }
}

/// One line of `--format ndjson`: a step, a prediction, a finding or a note.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Line<'a> {
    Step(StepJson<'a>),
    Prediction(PredictionJson<'a>),
    Finding(AuditFindingJson<'a>),
    Note { note: &'a str },
}

#[derive(Serialize)]
struct Tagged<'a> {
    schema: &'static str,
    #[serde(flatten)]
    line: Line<'a>,
}

/// The audit as one JSON object a line.
///
/// # Errors
///
/// Those of the serializer.
pub fn lines(audit: &Audit) -> serde_json::Result<Vec<u8>> {
    let steps = audit.steps.iter().map(|one| Line::Step(one.into()));
    let predictions = audit.predictions.iter().map(|one| Line::Prediction(one.into()));
    let findings = audit.findings.iter().map(|one| Line::Finding(one.into()));
    let notes = audit.notes.iter().map(|note| Line::Note { note });
    let mut text = Vec::new();
    for line in steps.chain(predictions).chain(findings).chain(notes) {
        json::write(&mut text, &Tagged { schema: SCHEMA, line })?;
        text.push(b'\n');
    }
    Ok(text)
}
