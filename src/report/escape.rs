//! Making a stranger's text safe for the place it is shown in.
//!
//! Every value of a message or trace was written by somebody else. A terminal obeys ANSI escapes, a
//! spreadsheet runs formulas, Markdown makes links and mentions, and everything that shows text
//! can be reordered by bidirectional controls. Each output has its function here; nothing is ever
//! dropped: what cannot be shown as it is, is shown as `⟨U+202E⟩`.

pub mod json;

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character is invisible, moves the cursor, or changes the order of its neighbours.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' // zero width, marks of direction
            | '\u{2028}'..='\u{202e}' // line separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}' // joiners, isolates, deprecated format characters
            | '\u{2800}' | '\u{3164}' | '\u{ffa0}' // blanks that are not spaces
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}') // tags and variation selectors that smuggle text
}

/// Whether a text has nothing but letters, digits, signs and blanks of ASCII, as most have.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn visible_except(text: &str, kept: char) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let treacherous = |c: char| c != kept && is_treacherous(c);
    let Some(first) = text.find(treacherous) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        if treacherous(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// `text` on one line, with control characters, ANSI escapes, bidirectional controls, zero-width
/// characters and line separators made visible.
///
/// ```
/// assert_eq!(mailwhy::report::escape::visible("a\u{202e}b\x1b[31m"), "a⟨U+202E⟩b⟨U+001B⟩[31m");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    // NUL is treacherous whatever is kept, and no value needs it.
    match visible_except(text, '\n') {
        Cow::Borrowed(same) if !same.contains('\n') => Cow::Borrowed(same),
        shown => Cow::Owned(shown.replace('\n', "⟨U+000A⟩")),
    }
}

/// Like [`visible`], but line feeds stay: for commands and other text of several lines. A line
/// feed after a carriage return stands for both.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        return Cow::Owned(visible_except(&text.replace("\r\n", "\n"), '\n').into_owned());
    }
    visible_except(text, '\n')
}

/// `text` made [`visible`] and cut with an ellipsis so that it takes at most `columns` columns of a
/// terminal. East Asian wide characters count two.
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    // Most texts need neither to be measured nor to be made visible.
    if text.len() <= columns && is_plain(text) {
        return Cow::Borrowed(text);
    }
    // with the first character that is too much, so that nothing without width follows
    if let Some(start) = text.get(..=columns).filter(|start| is_plain(start) && columns > 0) {
        return Cow::Owned(format!("{}…", &start[..columns - 1]));
    }
    // A column shows at most a few characters; a huge value is not measured to its end.
    let reach = text.char_indices().nth(columns.saturating_mul(4) + 4).map_or(text.len(), |c| c.0);
    let shown = visible(&text[..reach]);
    if reach == text.len() && shown.width() <= columns {
        return shown;
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut width = 0;
    let mut out = String::new();
    for c in shown.chars() {
        width += c.width().unwrap_or(0);
        if width > columns - 1 {
            break;
        }
        out.push(c);
    }
    // Together, characters can be wider than one by one (emoji sequences).
    while out.width() > columns - 1 {
        out.pop();
    }
    out.push('…');
    Cow::Owned(out)
}

/// At most `limit` characters of `text`, and how many there were where some are missing. For places
/// that wrap text but must not be flooded by a subject of a megabyte.
pub fn clip(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!(
            "{}… ({} bytes)",
            &text[..end],
            super::words::count(text.len() as u64)
        )),
        None => Cow::Borrowed(text),
    }
}

/// One cell of a CSV file on one line, quoted where needed, that no spreadsheet takes for a formula.
///
/// A plain number (`-1`, `2.5`) stays one. See [`csv_lines`] for what is guarded.
pub fn csv_cell(text: &str) -> String {
    csv_quoted(&csv_guarded(&visible(text)))
}

/// Like [`csv_cell`], but line feeds stay, inside the quotes.
///
/// A leading `=`, `+`, `-`, `@`, tab or carriage return, their full-width twins included, gets an
/// apostrophe before it; so does one after a semicolon, which begins a cell where the system's list
/// separator is one.
pub fn csv_lines(text: &str) -> String {
    csv_quoted(&csv_guarded(&visible_lines(text)))
}

fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠')
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().filter(|b| *b == b'.').count() < 2
}

fn csv_guarded(text: &str) -> Cow<'_, str> {
    if is_number(text) || !text.contains(begins_formula) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 2);
    let mut at_start = true;
    for c in text.chars() {
        if at_start && begins_formula(c) {
            out.push('\'');
        }
        out.push(c);
        at_start = matches!(c, ';' | '\n') || at_start && (c == '"' || c.is_whitespace());
    }
    Cow::Owned(out)
}

fn csv_quoted(text: &str) -> String {
    if text.contains([',', ';', '"', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// `text` as running Markdown on one line, safe in a paragraph and in a table cell.
///
/// Markup is escaped. A word that a renderer would turn into a link, a mention or a reference
/// (`http://…`, `www.…`, `@name`, `#12`) becomes a code span, where no renderer looks for them.
///
/// ```
/// use mailwhy::report::escape::markdown;
/// assert_eq!(markdown("a*b|c <i>"), r"a\*b\|c \<i>");
/// assert_eq!(markdown("ask @team"), "ask `@team`");
/// ```
pub fn markdown(text: &str) -> String {
    let shown = visible(text);
    let mut out = String::with_capacity(shown.len() + 16);
    for word in shown.split_inclusive([' ', '|']) {
        let (word, delimiter) = match word.strip_suffix([' ', '|']) {
            Some(bare) => (bare, &word[bare.len()..]),
            None => (word, ""),
        };
        if is_reference(word) {
            out.push_str(&markdown_code(word));
        } else {
            escape_markup(word, &mut out);
        }
        out.push_str(if delimiter == "|" { "\\|" } else { delimiter });
    }
    // Four leading spaces would begin a code block.
    out.trim().to_owned()
}

/// Sites that a fix or a reference may link to, whatever else its text holds.
const LINKED: [&str; 4] = [
    "https://security.microsoft.com/",
    "https://learn.microsoft.com/",
    "https://admin.exchange.microsoft.com/",
    "https://techcommunity.microsoft.com/",
];

/// Like [`markdown`], for text of our own about what to do: an address of Microsoft's portals and
/// documents becomes a link, and nothing else does.
///
/// ```
/// use mailwhy::report::escape::markdown_advice;
/// assert_eq!(
///     markdown_advice("Go (https://security.microsoft.com/quarantine): https://phish.example/"),
///     "Go (<https://security.microsoft.com/quarantine>): `https://phish.example/`"
/// );
/// ```
pub fn markdown_advice(text: &str) -> String {
    let Some((start, site)) =
        LINKED.iter().filter_map(|site| Some((text.find(site)?, *site))).min()
    else {
        return markdown(text);
    };
    let in_path = |b: &u8| b.is_ascii_alphanumeric() || b"/-_.?=&#".contains(b);
    let rest = &text[start + site.len()..];
    let path = rest.bytes().take_while(|byte| in_path(byte)).count();
    let path = rest[..path].trim_end_matches(['.', '?', '&', '#']).len();
    let end = start + site.len() + path;
    // Spaces at the seams belong to the text around; a piece of its own would lose them.
    let seam = |own: &str| if own.ends_with(' ') { " " } else { "" };
    let front = &text[..start];
    let gap = if text[end..].starts_with(' ') { " " } else { "" };
    format!(
        "{}{}<{}>{gap}{}",
        markdown(front),
        seam(front),
        &text[start..end],
        markdown_advice(&text[end..])
    )
}

fn is_reference(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    lower.contains("://")
        || lower.contains("www.")
        || lower.contains('@')
        || ["mailto:", "tel:", "javascript:", "data:", "xmpp:"].iter().any(|s| lower.contains(s))
        || lower.split('#').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_digit()))
}

fn escape_markup(word: &str, out: &mut String) {
    // At the start of a line these make lists, headings and quotes; so does a number with a dot.
    let starts_line = out.is_empty();
    let numbered = word
        .find(|c: char| !c.is_ascii_digit())
        .filter(|&at| at > 0 && word[at..].starts_with(['.', ')']));
    for (at, c) in word.char_indices() {
        let opens_block = starts_line
            && (at == 0 && matches!(c, '-' | '+' | '=' | '#' | '>') || Some(at) == numbered);
        let entity =
            c == '&' && word[at + 1..].starts_with(|n: char| n == '#' || n.is_alphabetic());
        let markup =
            matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '~' | '$' | '|');
        if opens_block || entity || markup {
            out.push('\\');
        }
        out.push(c);
    }
}

/// `text` on one line as a Markdown code span, its fence longer than any run of backticks within.
pub fn markdown_code(text: &str) -> String {
    let shown = visible(text);
    if shown.trim().is_empty() {
        return if shown.is_empty() { String::new() } else { "` `".to_owned() };
    }
    let fence = "`".repeat(longest_run(&shown, '`') + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// Like [`markdown_code`], for a table cell: pipes escaped, which tables undo before they look for
/// code.
pub fn markdown_code_cell(text: &str) -> String {
    markdown_code(text).replace('|', "\\|")
}

/// `text` as a fenced Markdown block of its own, the fence longer than any run of backticks within.
pub fn markdown_block(language: &str, text: &str) -> String {
    let shown = visible_lines(text);
    let fence = "`".repeat(longest_run(&shown, '`').max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", shown.trim_end_matches('\n'))
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests;
