//! The JSON contract (`mailwhy.diagnosis/1`): its own types, so that internal change never breaks
//! users. Fields may be added; none changes its meaning.

use crate::diagnosis::{Diagnosis, FactSheet, HopSheet, LinkSheet};
use crate::fact::{Evidence, Place};
use crate::finding::{Certainty, Finding, Fix, Outcome, Role};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Name and version of the contract.
pub const SCHEMA: &str = "mailwhy.diagnosis/1";

/// One diagnosis: an element of `--format json`, a line of `--format ndjson`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "mailwhy.diagnosis/1", rename = "Diagnosis")]
pub struct DiagnosisJson<'a> {
    /// `mailwhy.diagnosis/1`.
    schema: &'static str,
    /// Which message.
    message: MessageJson<'a>,
    /// Bare address of the recipient.
    recipient: Option<&'a str>,
    /// Files it rests on.
    sources: Vec<SourceJson<'a>>,
    /// Where it ended.
    outcome: Outcome,
    /// How sure the outcome is.
    outcome_certainty: Certainty,
    /// What says where it ended.
    outcome_because: &'a str,
    /// One sentence for a ticket.
    headline: &'a str,
    /// Ranked findings.
    findings: Vec<FindingJson<'a>>,
    /// Sources that disagree, one sentence each.
    contradictions: &'a [String],
    /// What was not understood or not looked at.
    notes: &'a [String],
    /// The facts behind it.
    facts: FactsJson<'a>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Message")]
struct MessageJson<'a> {
    message_id: Option<&'a str>,
    network_message_id: Option<&'a str>,
    subject: Option<&'a str>,
    from: Option<&'a str>,
    mail_from: Option<&'a str>,
    date: Option<&'a str>,
    tenant_id: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Source")]
struct SourceJson<'a> {
    path: &'a str,
    kind: &'static str,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingJson<'a> {
    rule: &'static str,
    role: Role,
    certainty: Certainty,
    summary: &'a str,
    evidence: Vec<EvidenceJson<'a>>,
    excluded: &'a [String],
    fix: Vec<FixJson<'a>>,
    caveat: Option<&'a str>,
    references: &'a [&'static str],
}

/// One piece of evidence. `line` or `row` is left out where the source as a whole is meant.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
pub struct EvidenceJson<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    field: &'a str,
    value: &'a str,
}

/// One thing to do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
pub struct FixJson<'a> {
    kind: &'static str,
    text: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Facts")]
struct FactsJson<'a> {
    connecting_ip: Option<&'a str>,
    ipv: Option<&'a str>,
    sfv: Option<&'a str>,
    cat: Option<&'a str>,
    scl: Option<i8>,
    bcl: Option<u8>,
    sfty: Option<&'a str>,
    dir: Option<&'a str>,
    country: Option<&'a str>,
    helo: Option<&'a str>,
    ptr: Option<&'a str>,
    authentication: AuthenticationJson<'a>,
    mailbox_delivery: Option<MailboxDeliveryJson<'a>>,
    /// Name to value; a name that stands more than once has its values one a line.
    organization_headers: BTreeMap<&'a str, String>,
    hops: Vec<HopJson<'a>>,
    gateways: Vec<GatewayJson<'a>>,
    links: Vec<LinkJson<'a>>,
    simulation: Option<SimulationJson<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Authentication")]
struct AuthenticationJson<'a> {
    spf: Option<&'a str>,
    dkim: Vec<DkimJson<'a>>,
    dmarc: Option<&'a str>,
    dmarc_action: Option<&'a str>,
    compauth: Option<&'a str>,
    compauth_reason: Option<&'a str>,
    sender_ip: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Dkim")]
struct DkimJson<'a> {
    result: &'a str,
    domain: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MailboxDelivery")]
struct MailboxDeliveryJson<'a> {
    dest: Option<&'a str>,
    ucf: Option<u8>,
    jmr: Option<u8>,
    ofr: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Hop")]
struct HopJson<'a> {
    from: Option<&'a str>,
    by: Option<&'a str>,
    ip: Option<&'a str>,
    date: Option<&'a str>,
    delay_seconds: Option<i64>,
    role: &'static str,
    /// Label in the host name: information only, not the tenant's forest.
    forest: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Gateway")]
struct GatewayJson<'a> {
    vendor: &'a str,
    position: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Link")]
struct LinkJson<'a> {
    rewritten: &'a str,
    chain: &'a [String],
    original: Option<&'a str>,
    recovered: &'static str,
    note: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Simulation")]
struct SimulationJson<'a> {
    platform: &'a str,
    mark: &'a str,
}

impl<'a> From<&'a Diagnosis> for DiagnosisJson<'a> {
    fn from(diagnosis: &'a Diagnosis) -> Self {
        let message = &diagnosis.message;
        DiagnosisJson {
            schema: SCHEMA,
            message: MessageJson {
                message_id: message.message_id.as_deref(),
                network_message_id: message.network_message_id.as_deref(),
                subject: message.subject.as_deref(),
                from: message.from.as_deref(),
                mail_from: message.mail_from.as_deref(),
                date: message.date.as_deref(),
                tenant_id: message.tenant_id.as_deref(),
            },
            recipient: diagnosis.recipient.as_deref(),
            sources: diagnosis
                .sources
                .iter()
                .map(|source| SourceJson { path: &source.path, kind: source.kind })
                .collect(),
            outcome: diagnosis.outcome,
            outcome_certainty: diagnosis.outcome_certainty,
            outcome_because: &diagnosis.outcome_because,
            headline: &diagnosis.headline,
            findings: diagnosis.findings.iter().map(FindingJson::from).collect(),
            contradictions: &diagnosis.contradictions,
            notes: &diagnosis.notes,
            facts: FactsJson::from(&*diagnosis.facts),
        }
    }
}

impl<'a> From<&'a Finding> for FindingJson<'a> {
    fn from(finding: &'a Finding) -> Self {
        FindingJson {
            rule: finding.rule,
            role: finding.role,
            certainty: finding.certainty,
            summary: &finding.summary,
            evidence: finding.evidence.iter().map(|at| EvidenceJson::from(&**at)).collect(),
            excluded: &finding.excluded,
            fix: finding.fix.iter().map(FixJson::from).collect(),
            caveat: finding.caveat.as_deref(),
            references: &finding.references,
        }
    }
}

impl<'a> From<&'a Evidence> for EvidenceJson<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        let (line, row) = match evidence.place {
            Place::Line(line) => (Some(line), None),
            Place::Row(row) => (None, Some(row)),
            Place::Whole => (None, None),
        };
        let (source, field, value) = (&evidence.source, &evidence.field, &evidence.value);
        EvidenceJson { source, line, row, field, value }
    }
}

impl<'a> From<&'a Fix> for FixJson<'a> {
    fn from(fix: &'a Fix) -> Self {
        FixJson { kind: fix.kind.name(), text: &fix.text }
    }
}

impl<'a> From<&'a FactSheet> for FactsJson<'a> {
    fn from(facts: &'a FactSheet) -> Self {
        let authentication = &facts.authentication;
        let mut organization_headers = BTreeMap::<&str, String>::new();
        for (name, value) in &facts.organization_headers {
            organization_headers
                .entry(name)
                .and_modify(|values| {
                    values.push('\n');
                    values.push_str(value);
                })
                .or_insert_with(|| value.clone());
        }
        FactsJson {
            connecting_ip: facts.connecting_ip.as_deref(),
            ipv: facts.ipv.as_deref(),
            sfv: facts.sfv.as_deref(),
            cat: facts.cat.as_deref(),
            scl: facts.scl,
            bcl: facts.bcl,
            sfty: facts.sfty.as_deref(),
            dir: facts.dir.as_deref(),
            country: facts.country.as_deref(),
            helo: facts.helo.as_deref(),
            ptr: facts.ptr.as_deref(),
            authentication: AuthenticationJson {
                spf: authentication.spf.as_deref(),
                dkim: authentication
                    .dkim
                    .iter()
                    .map(|(result, domain)| DkimJson { result, domain: domain.as_deref() })
                    .collect(),
                dmarc: authentication.dmarc.as_deref(),
                dmarc_action: authentication.dmarc_action.as_deref(),
                compauth: authentication.compauth.as_deref(),
                compauth_reason: authentication.compauth_reason.as_deref(),
                sender_ip: authentication.sender_ip.as_deref(),
            },
            mailbox_delivery: facts.mailbox_delivery.as_ref().map(|delivery| MailboxDeliveryJson {
                dest: delivery.dest.as_deref(),
                ucf: delivery.ucf,
                jmr: delivery.jmr,
                ofr: delivery.ofr.as_deref(),
            }),
            organization_headers,
            hops: facts.hops.iter().map(HopJson::from).collect(),
            gateways: facts
                .gateways
                .iter()
                .map(|(vendor, position)| GatewayJson { vendor, position })
                .collect(),
            links: facts.links.iter().map(LinkJson::from).collect(),
            simulation: facts
                .simulation
                .as_ref()
                .map(|(platform, mark)| SimulationJson { platform, mark }),
        }
    }
}

impl<'a> From<&'a HopSheet> for HopJson<'a> {
    fn from(hop: &'a HopSheet) -> Self {
        HopJson {
            from: hop.from.as_deref(),
            by: hop.by.as_deref(),
            ip: hop.ip.as_deref(),
            date: hop.date.as_deref(),
            delay_seconds: hop.delay_seconds,
            role: hop.role,
            forest: hop.forest.as_deref(),
        }
    }
}

impl<'a> From<&'a LinkSheet> for LinkJson<'a> {
    fn from(link: &'a LinkSheet) -> Self {
        LinkJson {
            rewritten: &link.rewritten,
            chain: &link.chain,
            original: link.original.as_deref(),
            recovered: link.recovered,
            note: link.note.as_deref(),
        }
    }
}
