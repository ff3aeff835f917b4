//! Redaction: a diagnosis that can be handed to strangers.
//!
//! Addresses, display names, subjects, tenant and message ids, hosts, IP addresses, file names and
//! the tokens in links become pseudonyms: the same input has the same name throughout one report, and
//! the relations that a diagnosis rests on stay (two hosts of one domain, a MAIL FROM that aligns
//! with the From). It is done to the diagnosis itself, before any report sees it, so it holds for
//! every format.
//!
//! Two nets are cast over free text, such as a raw header: the values that the facts name, wherever
//! they occur, and everything that has the shape of an address, host, id or link, whether plain or
//! percent-encoded, quoted-printable or Base64. What a tenant's rules and the campaign know the
//! platform's mail by, custom headers and their values, is hidden in every text as well.
//!
//! Of values with a known form (`Received`, authentication results, SMTP answers) only the form and words of the
//! trade stay, of a header block only headers that are known to tell of a delivery.
//!
//! The names of people and organisations, and subjects, are learnt from every message and hidden in all: a
//! message waits for the 1,000 after it, and what is named later than that stays in it. No more than about
//! 100,000 names are learnt, the first ones, and none that is one everyday word: that is hidden in the
//! messages that name it, where it does not read as a word of a sentence of the report's own. Files are known
//! in their own message. A word of more than 4,096 bytes goes as a whole, and of one message no more than
//! 5,000 values are known, so that the time keeps in step with the input.

mod headers;
mod hidden;
mod keep;
mod known;
mod names;
mod people;
mod queue;
mod shapes;
mod sheet;
mod spellings;
mod stamps;
mod sums;
mod values;
mod words;
mod written;

pub use keep::Keep;
pub use names::{Entry, Kind};

use crate::campaign::Campaign;
use crate::diagnosis::Diagnosis;
use crate::error::{Error, Result};
use crate::message::headers::Headers;
use crate::tenant::Tenant;
use headers::Shown;
use hidden::Private;
use known::Known;
use names::Names;
use people::People;
use queue::Queue;
use serde::Serialize;
use shapes::Found;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Replaces what is private in one diagnosis after the other, with the same names throughout.
#[derive(Debug, Default)]
pub struct Redactor {
    keep: Keep,
    /// What the tenant's rules and the campaign hold, whatever message a text is about.
    settings: Known,
    /// Names of the headers that the campaigns put on their mail.
    own_headers: Vec<String>,
    /// What every message so far named.
    people: People,
    names: Names,
    waiting: Queue,
}

/// The `--redact-map` file.
#[derive(Debug, Serialize)]
struct Map<'a> {
    schema: &'static str,
    names: &'a [Entry],
}

impl Redactor {
    /// A redactor that leaves `keep` readable.
    pub fn new(keep: Keep) -> Self {
        Redactor { keep, ..Redactor::default() }
    }

    /// Hides the headers and values by which these tenants' rules and these campaigns know the
    /// platform's mail.
    pub fn hide_settings(&mut self, tenants: &[&Tenant], campaigns: &[&Campaign]) {
        self.settings = Known::of_settings(tenants, campaigns);
        let markers = campaigns.iter().flat_map(|campaign| &campaign.marker_headers);
        let name = |header: &String| header.split(':').next().unwrap_or_default().trim().to_owned();
        self.own_headers = markers.map(name).collect();
    }

    /// Replaces what is private in `diagnosis`, with what the messages before it named.
    pub fn redact(&mut self, diagnosis: &mut Diagnosis) {
        let known = self.learn(diagnosis);
        sheet::redact(self, diagnosis, &known.sorted());
    }

    fn learn(&mut self, diagnosis: &Diagnosis) -> Known {
        let known = Known::of(diagnosis, &self.keep);
        self.people.learn(&known.values);
        known
    }

    /// Every pseudonym given so far with what it stands for, in the order they were given.
    pub fn names(&self) -> &[Entry] {
        self.names.entries()
    }

    /// Writes the key to the pseudonyms as JSON (`mailwhy.redaction/1`). Keep it at home.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_map(&self, out: &mut dyn Write) -> io::Result<()> {
        let map = Map { schema: "mailwhy.redaction/1", names: self.names() };
        serde_json::to_writer_pretty(&mut *out, &map).map_err(io::Error::from)?;
        out.write_all(b"\n")
    }

    /// Writes the key to a file that, where the system knows owners, only its owner can read.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the file cannot be written.
    pub fn save_map(&self, path: &Path) -> Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|file| {
            let mut out = BufWriter::new(file);
            self.write_map(&mut out)?;
            out.flush()
        });
        written.map_err(|error| Error::Write {
            path: path.display().to_string().into(),
            reason: error.to_string(),
        })
    }

    /// Learns the names in a header block, for what is redacted after it; `diagnosis` is that of the message, as it
    /// was before it was redacted.
    pub fn expect(&mut self, headers: &Headers, diagnosis: &Diagnosis) {
        self.learn_headers(headers, diagnosis);
    }

    fn learn_headers(&mut self, headers: &Headers, diagnosis: &Diagnosis) -> Known {
        let known = Known::with_headers(diagnosis, headers, &self.keep);
        self.people.learn(&known.values);
        known
    }

    /// A header block with all that is private replaced; `diagnosis` is that of the message, as it was
    /// before it was redacted. Of headers that are not known to tell of a delivery nothing stays but that
    /// they are there.
    pub fn headers(&mut self, headers: &Headers, diagnosis: &Diagnosis) -> Vec<(String, String)> {
        let known = self.learn_headers(headers, diagnosis).sorted();
        headers.iter().map(|header| self.header(header.name, header.value, &known)).collect()
    }

    fn header(&mut self, name: &str, value: &str, known: &Known) -> (String, String) {
        let shown = headers::shown(name, value, &self.own_headers);
        let mut said = self.text(name, known);
        if shown == Shown::Nothing && said == name {
            said = self.names.of(Kind::Header, name);
        }
        let value = match shown {
            _ if value.trim().is_empty() => String::new(),
            _ if known::holds_subject(name) => self.subject(value, known),
            Shown::Value => self.value(name, value, known),
            Shown::Usual if headers::is_usual(value) => self.text(value, known),
            Shown::Mark(mark) if mark.eq_ignore_ascii_case(value.trim()) => mark.to_owned(),
            Shown::Mark(mark) => format!("{mark} {}", self.hidden(value)),
            Shown::Usual | Shown::Name | Shown::Nothing => self.hidden(value),
        };
        (said, value)
    }

    /// The subject, whatever its header or column says.
    fn subject(&mut self, value: &str, known: &Known) -> String {
        self.named(Kind::Subject, known.subject.as_deref().unwrap_or(value))
    }

    /// A value of which nothing is told; one that the settings name is the same here and there.
    fn hidden(&mut self, value: &str) -> String {
        let value = value.trim();
        let mut whole = None;
        self.settings.values.find(value, |range, kind, key| {
            if range == (0..value.len()) {
                whole = Some((kind, Arc::clone(key)));
            }
        });
        match whole {
            Some((kind, key)) => self.named(kind, &key),
            None => self.names.of(Kind::Hidden, value),
        }
    }

    /// The value of a header or column with all that is private replaced, somebody's own words included.
    fn value(&mut self, field: &str, value: &str, known: &Known) -> String {
        let parts = written::parts(field, value);
        self.without(value, known, parts, |range| words::is_key_or_date(value, range))
    }

    /// Text of a message or of a setting with all that is private replaced.
    fn text(&mut self, text: &str, known: &Known) -> String {
        self.without(text, known, Vec::new(), |range| words::is_key_or_date(text, range))
    }

    /// A sentence of a report, which may quote what is private: its own words stay.
    fn sentence(&mut self, text: &str, known: &Known) -> String {
        self.without(text, known, Vec::new(), |range| words::is_of_sentence(text, range))
    }

    /// Without what is private, `parts` among it; a name where `stays` holds is none.
    fn without(
        &mut self,
        text: &str,
        known: &Known,
        parts: Vec<(Range<usize>, Kind)>,
        stays: impl Fn(&Range<usize>) -> bool,
    ) -> String {
        let part = |(range, kind): (Range<usize>, Kind)| {
            let key = text[range.clone()].into();
            (range, Replacement::Known(kind, key))
        };
        let mut spans: Vec<(Range<usize>, Replacement)> = parts.into_iter().map(part).collect();
        self.settings.values.find(text, |range, kind, key| {
            spans.push((range, Replacement::Known(kind, Arc::clone(key))));
        });
        let mut found = |range: Range<usize>, kind: Kind, key: &Arc<str>| {
            if !(kind.is_words() && stays(&range)) {
                spans.push((range, Replacement::Known(kind, Arc::clone(key))));
            }
        };
        known.values.find(text, &mut found);
        self.people.find(text, &mut found);
        for (range, found) in shapes::find(text, &self.keep) {
            spans.push((range, Replacement::Shape(found)));
        }
        let private = Private { known, people: &self.people, keep: &self.keep };
        for range in hidden::find(text, private) {
            spans.push((range, Replacement::Hidden));
        }
        if spans.is_empty() {
            return text.to_owned();
        }
        // Of two that begin together the longer one goes first.
        spans.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        self.replace(text, spans)
    }

    fn replace(&mut self, text: &str, spans: Vec<(Range<usize>, Replacement)>) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        let mut spans = spans.into_iter().peekable();
        while let Some((mut range, mut what)) = spans.next() {
            while let Some((next, also)) = spans.next_if(|(next, also)| {
                next.start < range.end
                    || what.is_token()
                        && also.is_token()
                        && text[range.end..next.start].trim().is_empty()
            }) {
                if next.start >= range.end {
                    // The next line of a folded encoding.
                    range.end = next.end;
                    what = also;
                    continue;
                }
                if next.end > range.end {
                    // Two that overlap and neither holds the other: both go.
                    range.end = next.end;
                    what = Replacement::Hidden;
                }
            }
            out.push_str(&text[done..range.start]);
            out.push_str(&self.name(&text[range.clone()], what));
            done = range.end;
        }
        out.push_str(&text[done..]);
        out
    }

    fn name(&mut self, original: &str, what: Replacement) -> String {
        match what {
            Replacement::Known(kind, key) => self.named(kind, &key),
            Replacement::Hidden => self.names.of(Kind::Token, original),
            Replacement::Shape(found) => match found {
                Found::Address => self.address(Kind::Address, original),
                Found::Host => self.host(original),
                Found::Ip => self.ip(original),
                Found::Id => self.names.of(Kind::Id, &original.to_ascii_lowercase()),
                Found::Link | Found::Mail => self.link(original),
                Found::Token => self.names.of(Kind::Token, original),
            },
        }
    }

    fn named(&mut self, kind: Kind, key: &str) -> String {
        match kind {
            Kind::Recipient | Kind::Sender | Kind::Address => self.address(kind, key),
            Kind::Host => self.host(key),
            Kind::Ip => self.ip(key),
            Kind::Link => self.link(key),
            Kind::File => self.file(key),
            _ => self.names.of(kind, key),
        }
    }

    /// `recipient-1@domain-1.redacted.example`; the domain keeps its relations.
    fn address(&mut self, kind: Kind, address: &str) -> String {
        let trimmed = address.trim().trim_start_matches('<').trim_end_matches('>');
        if trimmed.is_empty() || self.keep.has_address(trimmed) {
            return address.to_owned();
        }
        let lower = trimmed.to_lowercase();
        let Some((_, domain)) = lower.rsplit_once('@') else {
            // A MAIL FROM is often given as its domain alone, which is to align as the whole would.
            if shapes::is_host(trimmed) && !trimmed.contains([' ', '/']) {
                return self.host(trimmed);
            }
            return self.names.of(Kind::Name, trimmed);
        };
        if let Some(name) = self.names.address(&lower) {
            return name;
        }
        let domain = match domain.trim_start_matches('[').trim_end_matches(']') {
            ip if ip.parse::<std::net::IpAddr>().is_ok() => self.ip(ip),
            host => self.host(host),
        };
        self.names.new_address(kind, &lower, &domain)
    }

    /// `host-2.domain-1.redacted.example`, or the host itself where it may be kept.
    fn host(&mut self, host: &str) -> String {
        let name = crate::tenant::domain::normal(host);
        if name.is_empty() {
            return host.to_owned();
        }
        match keep::of_microsoft(&name) {
            keep::Microsoft::Machine => return host.to_owned(),
            keep::Microsoft::Customer(parent) => {
                return format!("{}.{parent}", self.names.of(Kind::Host, &name));
            }
            keep::Microsoft::No => {}
        }
        if self.keep.has_host(&name) {
            return host.to_owned();
        }
        if !name.contains('.') {
            return self.names.of(Kind::Host, &name);
        }
        let registrable = psl::domain_str(&name).unwrap_or(&name).to_owned();
        let domain = format!("{}.redacted.example", self.names.of(Kind::Domain, &registrable));
        if name == registrable {
            domain
        } else {
            format!("{}.{domain}", self.names.of(Kind::Host, &name))
        }
    }

    fn ip(&mut self, text: &str) -> String {
        match shapes::ip(text) {
            Some(ip) if self.keep.has_ip(ip) => text.to_owned(),
            Some(ip) => self.names.of(Kind::Ip, &ip.to_canonical().to_string()),
            None => self.names.of(Kind::Ip, text),
        }
    }

    /// `https://host-1.redacted.example/link-1`: where it leads, and that it is the same link.
    fn link(&mut self, link: &str) -> String {
        if let Some((scheme, rest)) = link.split_once(':')
            && scheme.eq_ignore_ascii_case("mailto")
        {
            return self.mail_link(rest);
        }
        // Of two schemes the second belongs to the query.
        let (scheme, rest) = match link.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => (Some(scheme), rest),
            _ => (None, link),
        };
        if keep::is_documentation(rest) {
            return link.to_owned();
        }
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let bare = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host }
        });
        if scheme.is_none() && !shapes::is_host(bare) {
            return self.names.of(Kind::Link, link);
        }
        let shown = match bare.trim_start_matches('[').trim_end_matches(']') {
            ip if ip.parse::<std::net::IpAddr>().is_ok() => self.ip(ip),
            name => self.host(name),
        };
        let start = scheme.map_or(String::new(), |scheme| {
            format!("{}://", if scheme.len() <= 6 { scheme } else { "link" })
        });
        match rest[authority.len()..].trim_end_matches('/') {
            "" if host == authority => format!("{start}{shown}"),
            _ => format!("{start}{shown}/{}", self.names.of(Kind::Link, link)),
        }
    }

    /// `mailto:address-1@domain-1.redacted.example?link-1`: to whom, and that it is the same message.
    fn mail_link(&mut self, rest: &str) -> String {
        let (to, what) = rest.split_once('?').unwrap_or((rest, ""));
        let to = crate::links::decode::percent_decode(to);
        let to: Vec<String> = to
            .split(',')
            .map(|address| match address {
                "" => String::new(),
                _ => self.address(Kind::Address, address),
            })
            .collect();
        let what = match what {
            "" => String::new(),
            _ => format!("?{}", self.names.of(Kind::Link, what)),
        };
        format!("mailto:{}{what}", to.join(","))
    }

    /// `file-1.eml`: a name that tells no folder.
    pub fn file(&mut self, path: &str) -> String {
        if path == "-" {
            return path.to_owned();
        }
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let name = self.names.of(Kind::File, path);
        match extension {
            "eml" | "msg" | "txt" | "csv" | "json" | "mbox" | "zip" | "gz" | "log" | "toml" => {
                format!("{name}.{extension}")
            }
            _ => name,
        }
    }
}

impl Replacement {
    fn is_token(&self) -> bool {
        matches!(self, Replacement::Hidden | Replacement::Shape(Found::Token))
    }
}

/// What stands in the place of a span.
#[derive(Debug)]
enum Replacement {
    /// A value of the facts.
    Known(Kind, Arc<str>),
    /// Something that looks private.
    Shape(Found),
    /// Something private in an encoding.
    Hidden,
}
