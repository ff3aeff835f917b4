//! Two runs compared: whose outcome changed, which causes went away, which appeared.
//!
//! Reads what `--format json` and `--format ndjson` wrote (`mailwhy.diagnosis/1`); of each diagnosis
//! only what is compared is kept.

use crate::error::{Error, Result};
use crate::fact::Place;
use schemars::JsonSchema;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

/// What is compared of one diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Brief {
    schema: String,
    message: Identity,
    /// Bare address of the recipient.
    pub recipient: Option<String>,
    /// Where it ended.
    pub outcome: String,
    findings: Vec<FindingBrief>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Identity {
    message_id: Option<String>,
    subject: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct FindingBrief {
    rule: String,
    role: String,
}

impl Brief {
    /// Rules whose findings have the role `cause`, each once, in order.
    pub fn causes(&self) -> Vec<&str> {
        let mut causes: Vec<&str> = self
            .findings
            .iter()
            .filter(|finding| finding.role == "cause")
            .map(|finding| finding.rule.as_str())
            .collect();
        causes.sort_unstable();
        causes.dedup();
        causes
    }

    fn recipient_key(&self) -> String {
        self.recipient.as_deref().unwrap_or_default().to_lowercase()
    }
}

/// Schema of what is read.
const SCHEMA: &str = "mailwhy.diagnosis/1";

/// Reads a file of diagnoses, an array or one object a line.
///
/// # Errors
///
/// The file cannot be read, or holds something else, with its line.
pub fn read(path: &Path) -> Result<Vec<Brief>> {
    let source: Arc<str> = path.display().to_string().into();
    let refused = |error: std::io::Error| Error::Read {
        path: Arc::clone(&source),
        reason: error.to_string(),
    };
    let mut reader = BufReader::with_capacity(256 * 1024, File::open(path).map_err(refused)?);
    let start = reader.fill_buf().map_err(refused)?;
    let is_array = start.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    let read = if is_array { read_array(reader) } else { read_lines(reader) };
    let briefs = read.map_err(|error| Error::Value {
        path: Arc::clone(&source),
        place: Place::Line(u32::try_from(error.line()).unwrap_or(u32::MAX)),
        field: "diagnosis".to_owned(),
        found: error.to_string(),
        expected: format!("what mailwhy --format json or ndjson writes ({SCHEMA})"),
    })?;
    match briefs.iter().find(|brief| brief.schema != SCHEMA) {
        Some(other) => Err(Error::Kind {
            path: source,
            found: format!("schema {}", crate::report::escape::shorten(&other.schema, 60)),
            expected: SCHEMA.to_owned(),
        }),
        None => Ok(briefs),
    }
}

fn read_lines(reader: impl BufRead) -> serde_json::Result<Vec<Brief>> {
    serde_json::Deserializer::from_reader(reader).into_iter().collect()
}

/// One element at a time: the elements are large, what is kept of them is not.
fn read_array(reader: impl BufRead) -> serde_json::Result<Vec<Brief>> {
    struct Briefs;
    impl<'de> Visitor<'de> for Briefs {
        type Value = Vec<Brief>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an array of diagnoses")
        }

        fn visit_seq<A: SeqAccess<'de>>(
            self,
            mut array: A,
        ) -> std::result::Result<Vec<Brief>, A::Error> {
            let mut briefs = Vec::new();
            while let Some(brief) = array.next_element()? {
                briefs.push(brief);
            }
            Ok(briefs)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let briefs = deserializer.deserialize_seq(Briefs)?;
    deserializer.end()?;
    Ok(briefs)
}

/// What became of one recipient's message between the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// Bare address of the recipient.
    pub recipient: Option<String>,
    /// Decoded subject, of the later run.
    pub subject: Option<String>,
    /// Where it ended before.
    pub before: String,
    /// Where it ended after.
    pub after: String,
    /// Causes that the later run no longer finds.
    pub causes_gone: Vec<String>,
    /// Causes that only the later run finds.
    pub causes_new: Vec<String>,
}

/// How many messages had one cause, before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CauseCount {
    /// Messages of the earlier run.
    pub before: u64,
    /// Messages of the later run.
    pub after: u64,
}

/// Two runs, compared (`mailwhy.diff/1`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "mailwhy.diff/1")]
pub struct Comparison {
    /// `mailwhy.diff/1`.
    schema: &'static str,
    /// Messages that are in both.
    pub matched: u64,
    /// Messages of the earlier run only.
    pub only_before: u64,
    /// Messages of the later run only.
    pub only_after: u64,
    /// Outcomes of all messages, before and after.
    pub outcomes: BTreeMap<String, CauseCount>,
    /// Causes of all messages, before and after.
    pub causes: BTreeMap<String, CauseCount>,
    /// Messages whose outcome changed, in the order of the later run.
    pub changes: Vec<Change>,
}

impl Comparison {
    /// Compares two runs. Messages are matched by Message-ID and recipient, what is left by recipient
    /// and subject, what is left then by recipient; several that are alike are matched in order.
    pub fn of(before: Vec<Brief>, after: Vec<Brief>) -> Self {
        let mut comparison = Comparison { schema: "mailwhy.diff/1", ..Comparison::default() };
        for brief in &before {
            comparison.count(brief, |count| &mut count.before);
        }
        for brief in &after {
            comparison.count(brief, |count| &mut count.after);
        }
        let (first, second) = (before.len() as u64, after.len() as u64);
        let pairs = pairs(&before, &after);
        comparison.matched = pairs.iter().filter(|pair| pair.is_some()).count() as u64;
        comparison.only_before = first - comparison.matched;
        comparison.only_after = second - comparison.matched;
        comparison.changes = after
            .iter()
            .zip(&pairs)
            .filter_map(|(after, pair)| Some((before.get((*pair)?)?, after)))
            .filter(|(before, after)| before.outcome != after.outcome)
            .map(|(before, after)| change(before, after))
            .collect();
        comparison
    }

    fn count(&mut self, brief: &Brief, side: fn(&mut CauseCount) -> &mut u64) {
        *side(self.outcomes.entry(brief.outcome.clone()).or_default()) += 1;
        for cause in brief.causes() {
            *side(self.causes.entry(cause.to_owned()).or_default()) += 1;
        }
    }
}

/// For every message of the later run the index of its match in the earlier one.
fn pairs(before: &[Brief], after: &[Brief]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; after.len()];
    let mut taken = vec![false; before.len()];
    let by_id = |brief: &Brief| Some((brief.message.message_id.clone()?, brief.recipient_key()));
    let by_subject = |brief: &Brief| Some((brief.message.subject.clone()?, brief.recipient_key()));
    // A recipient that was not traced has neither id nor subject in the run that misses it.
    let by_recipient = |brief: &Brief| {
        let key = brief.recipient_key();
        (!key.is_empty()).then(|| (String::new(), key))
    };
    match_by(by_id, before, after, &mut taken, &mut pairs);
    match_by(by_subject, before, after, &mut taken, &mut pairs);
    match_by(by_recipient, before, after, &mut taken, &mut pairs);
    pairs
}

fn match_by(
    key: impl Fn(&Brief) -> Option<(String, String)>,
    before: &[Brief],
    after: &[Brief],
    taken: &mut [bool],
    pairs: &mut [Option<usize>],
) {
    let mut waiting: HashMap<(String, String), VecDeque<usize>> = HashMap::new();
    for (at, brief) in before.iter().enumerate().filter(|(at, _)| !taken[*at]) {
        if let Some(key) = key(brief) {
            waiting.entry(key).or_default().push_back(at);
        }
    }
    for (brief, pair) in after.iter().zip(pairs).filter(|(_, pair)| pair.is_none()) {
        let found = key(brief).and_then(|key| waiting.get_mut(&key)?.pop_front());
        if let Some(at) = found {
            taken[at] = true;
            *pair = Some(at);
        }
    }
}

fn change(before: &Brief, after: &Brief) -> Change {
    let (had, has) = (before.causes(), after.causes());
    let without = |some: &[&str], others: &[&str]| {
        some.iter().filter(|rule| !others.contains(rule)).map(|rule| (*rule).to_owned()).collect()
    };
    Change {
        recipient: after.recipient.clone(),
        subject: after.message.subject.clone(),
        before: before.outcome.clone(),
        after: after.outcome.clone(),
        causes_gone: without(&had, &has),
        causes_new: without(&has, &had),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(id: Option<&str>, recipient: &str, outcome: &str, causes: &[&str]) -> Brief {
        Brief {
            schema: SCHEMA.to_owned(),
            message: Identity {
                message_id: id.map(str::to_owned),
                subject: Some("Parcel".to_owned()),
            },
            recipient: Some(recipient.to_owned()),
            outcome: outcome.to_owned(),
            findings: causes
                .iter()
                .map(|rule| FindingBrief { rule: (*rule).to_owned(), role: "cause".to_owned() })
                .collect(),
        }
    }

    #[test]
    fn a_changed_outcome_names_the_causes_that_went_away() {
        let before = vec![brief(Some("1"), "Ann@contoso.example", "junk", &["spam-verdict-junk"])];
        let after = vec![brief(Some("1"), "ann@contoso.example", "inbox", &[])];
        let comparison = Comparison::of(before, after);
        assert_eq!(comparison.matched, 1);
        assert_eq!(comparison.changes.len(), 1);
        assert_eq!(comparison.changes[0].causes_gone, ["spam-verdict-junk"]);
        assert_eq!(comparison.causes["spam-verdict-junk"], CauseCount { before: 1, after: 0 });
    }

    #[test]
    fn a_new_send_is_matched_by_recipient_and_subject() {
        let before = vec![
            brief(Some("1"), "a@x.example", "junk", &["r"]),
            brief(Some("2"), "b@x.example", "inbox", &[]),
        ];
        let after = vec![
            brief(Some("9"), "b@x.example", "inbox", &[]),
            brief(None, "a@x.example", "junk", &["r"]),
        ];
        let comparison = Comparison::of(before, after);
        assert_eq!((comparison.matched, comparison.only_before, comparison.only_after), (2, 0, 0));
        assert!(comparison.changes.is_empty());
    }

    #[test]
    fn the_message_id_is_a_better_match_than_the_subject() {
        let before = vec![
            brief(Some("1"), "a@x.example", "junk", &[]),
            brief(Some("2"), "a@x.example", "inbox", &[]),
        ];
        let after = vec![
            brief(Some("2"), "a@x.example", "inbox", &[]),
            brief(Some("1"), "a@x.example", "junk", &[]),
        ];
        assert!(Comparison::of(before, after).changes.is_empty());
    }

    #[test]
    fn what_is_in_one_run_only_is_counted() {
        let before = vec![brief(Some("1"), "a@x.example", "junk", &[])];
        let after = vec![
            brief(Some("2"), "b@x.example", "junk", &[]),
            brief(Some("3"), "c@x.example", "inbox", &[]),
        ];
        let comparison = Comparison::of(before, after);
        assert_eq!((comparison.matched, comparison.only_before, comparison.only_after), (0, 1, 2));
    }

    #[test]
    fn an_array_and_lines_read_alike_and_anything_else_is_refused_with_its_line() {
        let one = r#"{"schema":"mailwhy.diagnosis/1","message":{"message_id":"1","subject":null},"recipient":null,"outcome":"junk","findings":[],"facts":{"scl":5}}"#;
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let array = read(&file("a.json", &format!("\n[{one},\n{one}]\n"))).unwrap();
        let lines = read(&file("a.ndjson", &format!("{one}\n{one}\n"))).unwrap();
        assert_eq!(array, lines);
        assert_eq!(array.len(), 2);
        let error = read(&file("bad.json", &format!("{one}\nnot json"))).unwrap_err().to_string();
        assert!(error.contains("bad.json:2"), "{error}");
        let other = one.replace("diagnosis/1", "diagnosis/2");
        let error = read(&file("other.json", &other)).unwrap_err().to_string();
        assert!(error.contains("mailwhy.diagnosis/2"), "{error}");
    }
}
