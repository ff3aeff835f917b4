//! The values that the facts of a diagnosis name: found again wherever free text repeats them, in any
//! case.

use super::keep::{self, Keep};
use super::names::Kind;
use super::values::{Value, Values, lower};
use super::words::{RESULTS, WORDS};
use super::{shapes, spellings, stamps};
use crate::campaign::Campaign;
use crate::diagnosis::Diagnosis;
use crate::fact::{Citation, Evidence};
use crate::message::headers::Headers;
use crate::message::identity;
use crate::message::pairs::Piece;
use crate::tenant::{Tenant, domain};
use regex::Regex;
use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

/// Longest name, in bytes; of a longer one, its pieces are names.
const LONGEST_NAME: usize = 200;
/// Most values of one message: more than it may have recipients.
const MOST_VALUES: usize = 5_000;
/// Most IP addresses of one message whose other spellings are known.
const MOST_IPS: usize = 500;

/// Names of attachments in the headers of a part.
static ATTACHMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)name(?:\*[0-9]*\*?)?\s*=\s*(?:"([^"]+)"|([^"\s;][^\s;]*))"#).ok()
});

/// The values of one diagnosis.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) values: Values,
    ips: HashSet<IpAddr>,
    /// The subject, which stands for whatever a subject field holds.
    pub(super) subject: Option<Arc<str>>,
}

impl Known {
    /// Of a diagnosis, not sorted yet: before they are searched for, other messages may be read.
    pub(super) fn of(diagnosis: &Diagnosis, keep: &Keep) -> Self {
        let mut known = Known {
            subject: diagnosis.message.subject.as_deref().map(Arc::from),
            ..Known::default()
        };
        known.message(diagnosis, keep);
        known.hosts(diagnosis, keep);
        known.files_and_links(diagnosis);
        known.ips(diagnosis, keep);
        for evidence in evidence_of(diagnosis) {
            known.field(&evidence.field, &evidence.value, keep);
            if holds_subject(&evidence.field) {
                let subject =
                    known.subject.clone().unwrap_or_else(|| evidence.value.as_ref().into());
                known.add_as(Kind::Subject, &evidence.value, subject);
            }
        }
        for (name, value) in &diagnosis.facts.organization_headers {
            known.given_names(name, value);
        }
        let delivery = &diagnosis.facts.mailbox_delivery;
        for reason in delivery.iter().flat_map(|told| [&told.dest, &told.ofr]).flatten() {
            for name in stamps::of_delivery(Piece::Bare(reason)) {
                known.add(Kind::Setting, name);
            }
        }
        known
    }

    /// Of a row that names nobody but its recipient, and of what it is evidence for.
    pub(super) fn of_example(recipient: &str, evidence: &[Citation], keep: &Keep) -> Self {
        let mut known = Known::default();
        if !keep.has_address(recipient) {
            known.add(Kind::Recipient, recipient);
        }
        known.organisation(Some(recipient), keep);
        for quoted in evidence {
            known.given_names(&quoted.field, &quoted.value);
        }
        known
    }

    /// Of a diagnosis and of the whole header block behind it.
    pub(super) fn with_headers(diagnosis: &Diagnosis, headers: &Headers, keep: &Keep) -> Self {
        let mut known = Known::of(diagnosis, keep);
        for header in headers.iter() {
            known.field(header.name, header.value, keep);
            for ip in shapes::ips(header.value).take(MOST_IPS) {
                known.ip(ip, keep);
            }
        }
        known
    }

    /// Of the tenants' settings and of the campaigns: headers that only they use, and the values by which a
    /// rule knows the platform's mail, because who learns those gets past the filter; and the names that
    /// people gave to rules, policies and connectors, which may hold anything. The names of the campaigns'
    /// own headers stay.
    pub(super) fn of_settings(tenants: &[&Tenant], campaigns: &[&Campaign]) -> Self {
        let mut known = Known::default();
        let markers: Vec<(&str, &str)> = campaigns
            .iter()
            .flat_map(|campaign| &campaign.marker_headers)
            .map(|header| header.split_once(':').unwrap_or((header, "")))
            .map(|(name, value)| (name.trim(), value.trim()))
            .collect();
        for (_, value) in &markers {
            known.add(Kind::Token, value);
        }
        for name in tenants.iter().flat_map(|tenant| tenant.given_names()) {
            known.setting(name);
        }
        let is_own = |name: &str| !markers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        for rule in tenants.iter().flat_map(|tenant| tenant.transport_rules.iter().flatten()) {
            let predicates = || rule.conditions.iter().chain(&rule.exceptions);
            let tested = predicates().filter(|one| one.name.ends_with("MessageHeader"));
            let names = tested.flat_map(|one| &one.values).chain(&rule.set_header_name);
            for name in names.filter(|name| keep::is_custom_header(name) && is_own(name)) {
                known.add(Kind::Header, name);
            }
            let words = predicates().flat_map(|one| &one.words).chain(&rule.set_header_value);
            for word in words {
                // A plain word such as `true` tells nothing, and is all over a report.
                if word.len() >= 6 && word.bytes().any(|byte| byte.is_ascii_digit()) {
                    known.add(Kind::Token, word);
                }
            }
        }
        known.sorted()
    }

    /// Ready to be searched for.
    pub(super) fn sorted(self) -> Self {
        Known { values: self.values.sorted(), ..self }
    }

    fn add(&mut self, kind: Kind, value: &str) {
        self.add_as(kind, value, value);
    }

    fn add_as(&mut self, kind: Kind, value: &str, key: impl Into<Arc<str>>) {
        let value = value.trim();
        let lower = lower(value);
        let result = kind == Kind::Name && RESULTS.contains(&lower.as_str());
        if value.chars().count() >= 3 && !result {
            self.values.add(Value { lower, kind, key: key.into() });
        }
    }

    fn message(&mut self, diagnosis: &Diagnosis, keep: &Keep) {
        let message = &diagnosis.message;
        if let Some(subject) = &message.subject {
            self.add(Kind::Subject, subject);
        }
        for name in &diagnosis.people {
            self.add(Kind::Name, name);
        }
        let mut address = |kind, address: &Option<String>| {
            if let Some(address) = address
                && !keep.has_address(address)
            {
                self.add(kind, address);
            }
        };
        address(Kind::Recipient, &diagnosis.recipient);
        address(Kind::Sender, &message.from);
        address(Kind::Sender, &message.mail_from);
        for (kind, id) in [
            (Kind::Message, &message.message_id),
            (Kind::NetworkMessage, &message.network_message_id),
            (Kind::Tenant, &message.tenant_id),
        ] {
            if let Some(id) = id {
                self.add(kind, id);
                self.add_as(kind, &id.replace('-', ""), id.as_str());
            }
        }
        let sender = message.from.as_deref().filter(|from| !keep.has_address(from));
        if let Some((local, _)) = sender.and_then(|from| from.rsplit_once('@')) {
            // `ann.brown` is a person, `newsletter-4711` and `bounce+…` are none.
            let local = local.trim_matches('"');
            let plain = |c: char| c.is_alphabetic() || matches!(c, '.' | '_' | '-' | ' ');
            if local.chars().all(plain) && !local.chars().all(char::is_alphabetic) {
                self.add(Kind::Name, local);
            }
        }
        self.organisation(diagnosis.recipient.as_deref(), keep);
    }

    /// The name before the recipient's `@` (and before the `+` in it) and the organisation's name in its domain.
    fn organisation(&mut self, recipient: Option<&str>, keep: &Keep) {
        let Some((local, host)) = recipient.and_then(|r| r.rsplit_once('@')) else { return };
        let telling =
            |word: &str| word.len() >= 3 && !WORDS.contains(&word.to_lowercase().as_str());
        for local in [Some(local), local.split_once('+').map(|(name, _)| name)] {
            if let Some(local) = local.filter(|local| telling(local)) {
                self.add(Kind::Name, local);
            }
        }
        let host = domain::normal(host);
        if keep.has_host(&host) {
            return;
        }
        let registrable = psl::domain_str(&host).unwrap_or(&host).to_owned();
        self.add(Kind::Host, &registrable);
        if let Some(label) = registrable.split('.').next().filter(|label| telling(label)) {
            self.add_as(Kind::Domain, label, registrable.as_str());
        }
    }

    fn hosts(&mut self, diagnosis: &Diagnosis, keep: &Keep) {
        let facts = &diagnosis.facts;
        let hops = facts.hops.iter().flat_map(|hop| [&hop.from, &hop.by]);
        let signers = facts.authentication.dkim.iter().map(|(_, domain)| domain);
        for host in hops.chain(signers).chain([&facts.helo, &facts.ptr]).flatten() {
            let name = domain::normal(host);
            let harmless = keep.has_host(&name)
                || is_placeholder(host)
                || keep::of_microsoft(&name) != keep::Microsoft::No
                || WORDS.contains(&name.as_str());
            if !harmless && name.len() >= 4 {
                self.add(Kind::Host, host);
            }
        }
    }

    fn files_and_links(&mut self, diagnosis: &Diagnosis) {
        let evidence = evidence_of(diagnosis).map(|evidence| &evidence.source);
        for path in diagnosis.sources.iter().map(|source| &source.path).chain(evidence) {
            self.add(Kind::File, path);
            if let Some(name) = path.rsplit(['/', '\\', ':']).next().filter(|name| name.len() >= 5)
            {
                self.add_as(Kind::File, name, &**path);
            }
        }
        for link in &diagnosis.facts.links {
            for text in [Some(&link.rewritten), link.original.as_ref()].into_iter().flatten() {
                if text.contains("://") {
                    self.add(Kind::Link, text);
                }
            }
        }
    }

    /// IP addresses of the facts, as hosts may be named after them.
    fn ips(&mut self, diagnosis: &Diagnosis, keep: &Keep) {
        let facts = &diagnosis.facts;
        let hops = facts.hops.iter().map(|hop| &hop.ip).take(MOST_IPS);
        for ip in hops.chain([&facts.connecting_ip, &facts.authentication.sender_ip]).flatten() {
            if let Some(ip) = shapes::ip(ip) {
                self.ip(ip, keep);
            }
        }
    }

    fn ip(&mut self, ip: IpAddr, keep: &Keep) {
        let ip = ip.to_canonical();
        if !keep.has_ip(ip) && self.ips.insert(ip) && self.ips.len() <= MOST_IPS {
            for spelling in spellings::of(ip) {
                self.add_as(Kind::Ip, &spelling, ip.to_string());
            }
        }
    }

    /// What a header or column names besides its subject.
    fn field(&mut self, field: &str, value: &str, keep: &Keep) {
        self.people(field, value, keep);
        self.attachments(field, value);
        self.given_names(field, value);
    }

    /// Names of folders and rules inside Microsoft's stamps.
    fn given_names(&mut self, field: &str, value: &str) {
        for name in stamps::given_names(field, value).into_iter().take(MOST_VALUES) {
            self.setting(name);
        }
    }

    /// The name of a rule, a policy or a connector.
    fn setting(&mut self, name: &str) {
        self.add(Kind::Setting, name);
        // As traces join it with others, and as a command quotes it.
        let joined = name.replace('|', "");
        let mut quoted = String::new();
        for c in joined.chars() {
            quoted.push(c);
            if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
                quoted.push(c);
            }
        }
        for spelling in [joined, quoted] {
            if spelling != name {
                self.add_as(Kind::Setting, &spelling, name);
            }
        }
    }

    /// Display names of headers that name people: `Ann Brown <ann@…>`, `ann@… (Ann Brown)`.
    fn people(&mut self, field: &str, value: &str, keep: &Keep) {
        if !names_people(field) {
            return;
        }
        if !value.contains('<') {
            self.unbracketed(value, keep);
        }
        let mut rest = value;
        while let Some(open) = rest.find('<') {
            self.person(&rest[..open], keep);
            rest = rest[open..].find('>').map_or("", |close| &rest[open + close + 1..]);
        }
        // Comments, which may hold others. One that never ends is none.
        let (mut depth, mut from) = (0_usize, 0);
        for (at, bracket) in value.match_indices(['(', ')']) {
            if depth > 0 {
                self.person(&value[from..at], keep);
            }
            depth = if bracket == "(" { depth + 1 } else { depth.saturating_sub(1) };
            from = at + 1;
        }
    }

    /// Names around addresses without angle brackets: of a group, or of somebody before the bare address.
    fn unbracketed(&mut self, value: &str, keep: &Keep) {
        for part in value.split([',', ';', ':']).filter(|part| !part.contains(['(', ')'])) {
            let words = part.split_whitespace().filter(|word| !word.contains('@'));
            let name = words.collect::<Vec<_>>().join(" ");
            if !name.to_ascii_lowercase().starts_with("undisclosed") && name.len() <= LONGEST_NAME {
                self.person(&name, keep);
            }
        }
    }

    /// `name="…"` of a `Content-Type`, `filename="…"` of a `Content-Disposition`.
    fn attachments(&mut self, field: &str, value: &str) {
        let names = ["content-type", "content-disposition"];
        let Some(pattern) = ATTACHMENT.as_ref() else { return };
        if names.iter().any(|name| field.eq_ignore_ascii_case(name)) {
            for hit in pattern.captures_iter(value).take(MOST_VALUES) {
                if let Some(name) = hit.get(1).or_else(|| hit.get(2)) {
                    self.add(Kind::File, name.as_str());
                }
            }
        }
    }

    fn person(&mut self, name: &str, keep: &Keep) {
        let name =
            name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';'));
        if !name.contains('@')
            && !WORDS.contains(&name.to_lowercase().as_str())
            && !keep.has_host(name)
        {
            for piece in pieces(name) {
                if self.values.all().len() < MOST_VALUES {
                    self.add_as(Kind::Name, piece, &*decoded(piece));
                }
            }
        }
    }
}

/// The name as people read it.
fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains("=?") {
        return name.into();
    }
    let address = format!("{name} <a@b.example>");
    identity::display_names(&address).pop().map_or(name.into(), Cow::from)
}

/// The name, cut at blanks into pieces of at most [`LONGEST_NAME`] bytes where it can be.
fn pieces(mut name: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while name.len() > LONGEST_NAME {
        let most = name.floor_char_boundary(LONGEST_NAME);
        let end = name[..most].rfind(char::is_whitespace).unwrap_or(most).max(1);
        let (piece, rest) = name.split_at(name.ceil_char_boundary(end));
        pieces.push(piece);
        name = rest.trim_start();
    }
    pieces.push(name);
    pieces
}

/// What Microsoft 365 writes in place of a reverse DNS name.
pub(super) fn is_placeholder(host: &str) -> bool {
    ["InfoDomainNonexistent", "InfoNoRecords", "ErrorRetry"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(host))
}

/// Whether a header or column holds people's names.
fn names_people(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    ["from", "to", "cc", "bcc", "sender", "recipient", "recipients", "author", "reply-to"]
        .iter()
        .any(|name| field == *name || field.ends_with(&format!("-{name}")))
        || field.contains("displayname")
        || field.contains("display_name")
}

/// Whether a header or column holds a subject.
pub(super) fn holds_subject(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    // A rule's condition on the subject may spell it out: `TransportRule.SubjectContainsWords`.
    field.contains("subject") || matches!(field.as_str(), "thread-topic" | "x-asg-orig-subj")
}

/// All evidence of a diagnosis, of findings and of stamps.
fn evidence_of(diagnosis: &Diagnosis) -> impl Iterator<Item = &Evidence> {
    let findings = diagnosis.findings.iter().flat_map(|finding| &finding.evidence);
    let stamps = diagnosis.facts.stamps.iter().map(|stamp| &stamp.evidence);
    findings.chain(stamps).map(|evidence| &**evidence)
}
