//! `mailwhy links`: what rewritten links were, one by one or for whole messages. Nothing is fetched.

use super::{Status, complain};
use crate::cli::{ColorArg, LinksArgs, TableFormat};
use crate::engine;
use crate::error::{Error, Result};
use crate::input::{self, Item, Kind};
use crate::links::{self, Link, Recovered, Unwrapped, private};
use crate::output::Output;
use crate::report::escape::{self, csv_cell, visible};
use crate::report::text::Look;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufRead, Read};

/// Decodes everything that the arguments name.
///
/// # Errors
///
/// Output that cannot be written, and standard input that cannot be read.
pub fn run(args: &LinksArgs, color: ColorArg) -> Result<Status> {
    let mut writer = Writer {
        output: Output::open(args.output.as_deref(), color)?,
        format: args.format,
        written: 0,
    };
    writer.begin()?;
    let (lines, files): (Vec<_>, Vec<_>) =
        args.paths.iter().cloned().partition(|path| path.as_os_str() == "-");
    if !lines.is_empty() {
        standard_input(args, &mut writer)?;
    }
    let status = if files.is_empty() { Status::Done } else { messages(args, &files, &mut writer)? };
    writer.end()?;
    if writer.written == 0 && !files.is_empty() && status == Status::Done {
        complain("no link found in what was given");
    }
    Ok(status)
}

/// Longest line that is read as one link, in bytes; what goes beyond is left out and said.
const LINE_MAX: u64 = 1 << 20;

/// One link a line, one answer a line, in order; an empty line gets an answer too.
fn standard_input(args: &LinksArgs, writer: &mut Writer) -> Result<()> {
    let mut input = io::stdin().lock();
    let failed = |error: io::Error| Error::Read { path: "-".into(), reason: error.to_string() };
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.by_ref().take(LINE_MAX).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 == LINE_MAX && !line.ends_with(b"\n") {
            complain("a line of standard input is longer than 1 MiB; its end is left out");
            skip_line(&mut input).map_err(failed)?;
        }
        let text = String::from_utf8_lossy(&line);
        let link = text.trim_end_matches(['\r', '\n']);
        let opened = links::unwrap(link);
        let shown = if args.show_private { Cow::Borrowed(link) } else { private::mask(link) };
        let mut answer = Answer::of_text(&shown, &opened);
        let untouched = opened.chain.is_empty() && opened.notes.is_empty();
        if untouched && !link.trim().is_empty() && !links::is_web_link(link) {
            answer.refuse();
        }
        writer.put(&answer)?;
    }
}

/// Reads up to the next line without keeping it.
fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let held = input.fill_buf()?;
        let (done, length) = match memchr::memchr(b'\n', held) {
            Some(newline) => (true, newline + 1),
            None => (held.is_empty(), held.len()),
        };
        input.consume(length);
        if done {
            return Ok(());
        }
    }
}

/// Every link of every message below `paths`.
fn messages(args: &LinksArgs, paths: &[std::path::PathBuf], writer: &mut Writer) -> Result<Status> {
    let options = links::Options { show_private: args.show_private, ..links::Options::default() };
    let input = input::Options { password: args.password.clone(), ..input::Options::default() };
    let (mut failed, mut result) = (false, Ok(()));
    for place in input::discover(paths) {
        input::visit(&place, &input, &mut |item| match item {
            Item::Opened(opened) if opened.kind == Kind::Message && result.is_ok() => {
                let source = opened.label.clone();
                match engine::read_message(opened, Some(&options)) {
                    Ok(read) => {
                        read.message.notes.iter().for_each(complain);
                        result = writer.message(&source, &read.links.unwrap_or_default());
                    }
                    Err(error) => {
                        failed = true;
                        complain(&error);
                    }
                }
            }
            Item::Opened(opened) => {
                let kind = opened.kind.describe();
                complain(format_args!("{}: ignored: {kind}, not a message", opened.label));
            }
            Item::Ignored(ignored) => {
                complain(format_args!("{}: ignored: {}", ignored.label, ignored.reason));
            }
            Item::Failed(error) => {
                failed = true;
                complain(&error);
            }
        });
        if result.is_err() {
            break;
        }
    }
    result.map(|()| if failed { Status::Unreadable } else { Status::Done })
}

/// One link decoded, as the formats with names show it.
#[derive(Debug, PartialEq, Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    rewritten: Cow<'a, str>,
    chain: &'a [&'static str],
    original: Option<&'a str>,
    recovered: &'static str,
    note: Option<String>,
}

impl<'a> Answer<'a> {
    /// Says that this is no link.
    fn refuse(&mut self) {
        self.original = None;
        self.recovered = Recovered::None.name();
        self.note = Some("not a web link".to_owned());
    }

    fn of_text(shown: &'a str, opened: &'a Unwrapped) -> Self {
        Answer {
            source: None,
            rewritten: Cow::Borrowed(shown),
            chain: &opened.chain,
            original: opened.original.as_deref(),
            recovered: opened.recovered.name(),
            note: (!opened.notes.is_empty()).then(|| opened.notes.join("; ")),
        }
    }

    fn of(source: &'a str, link: &'a Link) -> Self {
        Answer {
            source: Some(source),
            rewritten: link.shown(),
            chain: &link.chain,
            original: link.target(),
            recovered: link.recovered.name(),
            note: link.remarks(),
        }
    }
}

struct Writer {
    output: Output,
    format: TableFormat,
    written: u64,
}

impl Writer {
    fn begin(&mut self) -> Result<()> {
        match self.format {
            TableFormat::Csv => {
                self.output.put(b"source,rewritten,chain,original,recovered,note\r\n")
            }
            TableFormat::Json => self.output.put(b"["),
            TableFormat::Text | TableFormat::Ndjson => Ok(()),
        }
    }

    /// The links of one message.
    fn message(&mut self, source: &str, links: &[Link]) -> Result<()> {
        if self.format != TableFormat::Text {
            return links.iter().try_for_each(|link| self.put(&Answer::of(source, link)));
        }
        if links.is_empty() {
            return Ok(());
        }
        let gap = if self.written == 0 { "" } else { "\n" };
        self.written += links.len() as u64;
        let look = Look::new(self.output.color, self.output.width);
        self.output.put(format!("{gap}{}", of_message(look, source, links)).as_bytes())
    }

    fn put(&mut self, answer: &Answer<'_>) -> Result<()> {
        match self.format {
            TableFormat::Text => self.output.put(text(answer).as_bytes())?,
            TableFormat::Csv => self.output.put(csv(answer).as_bytes())?,
            TableFormat::Ndjson => {
                self.output.put(&json(answer)?)?;
                self.output.put(b"\n")?;
            }
            TableFormat::Json => {
                self.output.put(if self.written == 0 { b"\n" } else { b",\n" })?;
                self.output.put(&json(answer)?)?;
            }
        }
        self.written += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if self.format == TableFormat::Json {
            self.output.put(if self.written == 0 { b"]\n" } else { b"\n]\n" })?;
        }
        self.output.finish()
    }
}

fn json(answer: &Answer<'_>) -> Result<Vec<u8>> {
    escape::json::line(answer).map_err(|error| Error::Usage(error.to_string()))
}

/// One link a line: what it was, then by whom and how sure.
fn text(answer: &Answer<'_>) -> String {
    let mut remarks: Vec<String> = Vec::new();
    if !answer.chain.is_empty() {
        remarks.push(answer.chain.join(" > "));
        remarks.push(answer.recovered.to_owned());
    }
    remarks.extend(answer.note.as_deref().map(|note| visible(note).into_owned()));
    let original = answer.original.map_or(Cow::Borrowed("-"), visible);
    match remarks.is_empty() {
        true => format!("{original}\n"),
        false => format!("{original}  [{}]\n", remarks.join("; ")),
    }
}

/// The links of one message under its name, each once with the places that hold it.
fn of_message(look: Look, source: &str, links: &[Link]) -> String {
    let mut distinct: Vec<(Answer<'_>, &Link, BTreeSet<&'static str>)> = Vec::new();
    let mut alike: HashMap<Cow<'_, str>, Vec<usize>> = HashMap::new();
    for link in links {
        let answer = Answer::of(source, link);
        let places = alike.entry(answer.rewritten.clone()).or_default();
        match places.iter().find(|at| distinct[**at].0 == answer) {
            Some(at) => drop(distinct[*at].2.insert(link.place.name())),
            None => {
                places.push(distinct.len());
                distinct.push((answer, link, BTreeSet::from([link.place.name()])));
            }
        }
    }
    let mut out = format!("{}\n", look.heading(&visible(source)));
    for (answer, link, places) in distinct {
        let places: Vec<&str> = places.into_iter().collect();
        // Unwrapped: a link is to be copied.
        out += &format!(
            "  {}  {}\n",
            visible(&answer.rewritten),
            look.faint(&format!("({})", places.join(", ")))
        );
        for line in was(&answer).into_iter().chain(link.remark_lines()) {
            look.wrap(&mut out, "    ", "      ", &line);
        }
    }
    out
}

/// What a link was, as far as that shows; nothing about one that nobody touched.
fn was(answer: &Answer<'_>) -> Option<String> {
    let by = match answer.chain {
        [] => String::new(),
        chain => format!(", rewritten by {}", chain.join(" > ")),
    };
    match (answer.original, answer.recovered) {
        (Some(original), _) if by.is_empty() && original == answer.rewritten => None,
        (Some(host), "domain") => Some(format!("was {host} (only the host shows){by}")),
        (Some(original), _) => Some(format!("was {original}{by}")),
        (None, _) => Some(format!("what it was does not show{by}")),
    }
}

fn csv(answer: &Answer<'_>) -> String {
    let cells = [
        answer.source.unwrap_or_default(),
        &answer.rewritten,
        &answer.chain.join(" > "),
        answer.original.unwrap_or_default(),
        answer.recovered,
        answer.note.as_deref().unwrap_or_default(),
    ];
    cells.map(csv_cell).join(",") + "\r\n"
}
