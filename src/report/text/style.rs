//! Colours and wrapping of terminal text.

use crate::finding::{Certainty, Outcome};
use crate::report::escape;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// The look of text: colours or none, and the width of a line.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    color: bool,
    /// Columns of a line.
    pub width: usize,
}

impl Look {
    /// Width of text that goes to no terminal, in columns.
    const PLAIN_WIDTH: usize = 100;

    /// A look for an output of that width, `None` for one that is no terminal.
    pub fn new(color: bool, width: Option<usize>) -> Self {
        Look { color, width: width.unwrap_or(Self::PLAIN_WIDTH) }
    }

    /// `text` in a style, or as it is where colours are off.
    pub fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A heading.
    pub fn heading(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// Something that matters less.
    pub fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    /// Something to copy.
    pub fn command(self, text: &str) -> String {
        self.paint(Style::new().fg_color(Some(AnsiColor::Cyan.into())), text)
    }

    /// Text about an outcome: green where the recipient got it, red where not.
    pub fn outcome(self, outcome: Outcome, text: &str) -> String {
        let color = match outcome {
            Outcome::Inbox => AnsiColor::Green,
            outcome if outcome.is_failure() => AnsiColor::Red,
            _ => AnsiColor::Yellow,
        };
        self.paint(Style::new().bold().fg_color(Some(color.into())), text)
    }

    /// A certainty.
    pub fn certainty(self, certainty: Certainty, text: &str) -> String {
        let style = match certainty {
            Certainty::Proven => Style::new().bold(),
            Certainty::Likely => Style::new(),
            Certainty::Possible => Style::new().italic(),
        };
        self.paint(style, text)
    }

    /// Wraps `text` after `first`, its further lines under `rest`. The text is made visible here: callers
    /// pass what the input says. A word longer than a line is broken.
    pub fn wrap(self, out: &mut String, first: &str, rest: &str, text: &str) {
        self.wrap_painted(out, first, rest, text, str::to_owned);
    }

    /// As [`Look::wrap`], each line painted.
    pub fn wrap_painted(
        self,
        out: &mut String,
        first: &str,
        rest: &str,
        text: &str,
        paint: impl Fn(&str) -> String,
    ) {
        let visible = escape::visible(text);
        let columns = |text: &str| {
            unicode_width::UnicodeWidthStr::width(&*anstream::adapter::strip_str(text).to_string())
        };
        let room = self.width.saturating_sub(columns(rest)).max(20);
        // A first line that begins further right has that much less room.
        let lead = " ".repeat(columns(first).saturating_sub(columns(rest)).min(room / 2));
        let options = textwrap::Options::new(room)
            .initial_indent(&lead)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let lines = textwrap::wrap(&visible, options);
        if lines.is_empty() {
            let _ = writeln!(out, "{}", first.trim_end());
        }
        for (i, line) in lines.iter().enumerate() {
            let line = if i == 0 { line.strip_prefix(lead.as_str()).unwrap_or(line) } else { line };
            let _ = writeln!(out, "{}{}", if i == 0 { first } else { rest }, paint(line));
        }
    }

    /// Lines as they are, each indented: for commands, which must not be broken.
    pub fn verbatim(
        self,
        out: &mut String,
        indent: &str,
        text: &str,
        paint: impl Fn(&str) -> String,
    ) {
        for line in escape::visible_lines(text).lines() {
            let _ = writeln!(out, "{indent}{}", paint(line));
        }
    }
}
