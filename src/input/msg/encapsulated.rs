//! HTML inside RTF (MS-OXRTFEX): Outlook keeps the original tags in `\*\htmltag` groups and hides
//! what only RTF needs between `\htmlrtf` and `\htmlrtf0`.

use super::codepage;
use encoding_rs::Encoding;

/// Groups within groups; more is no document.
const DEEPEST: usize = 2000;
/// Groups that hold no text.
const SILENT: [&[u8]; 9] = [
    b"fonttbl",
    b"colortbl",
    b"stylesheet",
    b"info",
    b"pict",
    b"object",
    b"listtable",
    b"listoverridetable",
    b"themedata",
];

/// The HTML that was put into `rtf`; `None` where the RTF was not made from HTML.
pub(super) fn html(rtf: &[u8]) -> Option<String> {
    let start = &rtf[..rtf.len().min(1024)];
    memchr::memmem::find(start, b"\\fromhtml")?;
    let mut reader = Reader {
        rest: rtf,
        group: Group { silent: false, hidden: false, fallback: 1 },
        outer: Vec::new(),
        starred: false,
        to_skip: 0,
        encoding: codepage::DEFAULT,
        pending: Vec::new(),
        out: String::new(),
    };
    reader.run();
    Some(reader.out)
}

/// What holds within one group.
#[derive(Clone, Copy)]
struct Group {
    /// Its text belongs to RTF alone.
    silent: bool,
    /// Between `\htmlrtf` and `\htmlrtf0`.
    hidden: bool,
    /// Characters behind `\u` that stand in for it.
    fallback: u32,
}

struct Reader<'a> {
    rest: &'a [u8],
    group: Group,
    outer: Vec<Group>,
    /// Behind `\*`, before the word that names the group.
    starred: bool,
    /// Stand-in characters still to be passed over.
    to_skip: u32,
    encoding: &'static Encoding,
    /// Bytes in the code page, not yet decoded.
    pending: Vec<u8>,
    out: String,
}

impl Reader<'_> {
    fn run(&mut self) {
        while let [byte, rest @ ..] = self.rest {
            self.rest = rest;
            match byte {
                b'{' => {
                    if self.outer.len() >= DEEPEST {
                        break;
                    }
                    self.outer.push(self.group);
                    self.to_skip = 0;
                }
                b'}' => {
                    self.group = self.outer.pop().unwrap_or(self.group);
                    self.starred = false;
                    self.to_skip = 0;
                }
                b'\\' => self.control(),
                b'\r' | b'\n' => {}
                byte => self.byte(*byte),
            }
        }
        self.flush();
    }

    fn control(&mut self) {
        match self.rest {
            [b'\'', high, low, rest @ ..] => {
                self.rest = rest;
                let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
                if let (Some(high), Some(low)) = (digit(*high), digit(*low)) {
                    self.byte(high << 4 | low);
                }
            }
            [b'*', rest @ ..] => {
                self.rest = rest;
                self.starred = true;
            }
            [letter, ..] if letter.is_ascii_alphabetic() => self.word(),
            [symbol, rest @ ..] => {
                let symbol = *symbol;
                self.rest = rest;
                match symbol {
                    b'~' => self.text("&nbsp;"),
                    b'_' => self.text("&shy;"),
                    b'\r' | b'\n' => self.text("\r\n"),
                    symbol => self.byte(symbol),
                }
            }
            [] => {}
        }
    }

    fn word(&mut self) {
        let letters = self.rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (word, rest) = self.rest.split_at(letters);
        let signed = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[signed..].iter().take_while(|b| b.is_ascii_digit()).count();
        let number = if digits > 0 { &rest[..signed + digits] } else { &[] };
        let number: Option<i64> = std::str::from_utf8(number).ok().and_then(|n| n.parse().ok());
        let mut rest = if digits > 0 { &rest[signed + digits..] } else { rest };
        if let [b' ', tail @ ..] = rest {
            rest = tail;
        }
        self.rest = rest;
        if std::mem::take(&mut self.starred) && word != b"htmltag" {
            self.group.silent = true;
        }
        if SILENT.contains(&word) {
            self.group.silent = true;
        }
        self.apply(word, number);
    }

    fn apply(&mut self, word: &[u8], number: Option<i64>) {
        match word {
            b"htmlrtf" => self.group.hidden = number != Some(0),
            b"ansicpg" => {
                self.flush();
                let number = number.and_then(|number| u32::try_from(number).ok());
                self.encoding = number.map_or(codepage::DEFAULT, codepage::encoding);
            }
            b"uc" => {
                self.group.fallback =
                    number.and_then(|n| u32::try_from(n).ok()).unwrap_or(1).min(8);
            }
            b"u" => self.unicode(number.unwrap_or_default()),
            b"bin" => {
                let count = number.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
                self.rest = self.rest.get(count..).unwrap_or_default();
            }
            b"par" | b"line" => self.text("\r\n"),
            b"tab" => self.text("\t"),
            b"lquote" => self.text("&lsquo;"),
            b"rquote" => self.text("&rsquo;"),
            b"ldblquote" => self.text("&ldquo;"),
            b"rdblquote" => self.text("&rdquo;"),
            b"bullet" => self.text("&bull;"),
            b"endash" => self.text("&ndash;"),
            b"emdash" => self.text("&mdash;"),
            _ => {}
        }
    }

    /// `\u` gives a UTF-16 unit as a signed 16-bit number; the stand-ins behind it are passed over.
    fn unicode(&mut self, number: i64) {
        let unit = (number & 0xFFFF) as u32;
        let text = char::from_u32(unit).map_or_else(|| "\u{FFFD}".to_owned(), String::from);
        self.text(&text);
        self.to_skip = self.group.fallback;
    }

    fn is_shown(&self) -> bool {
        !self.group.silent && !self.group.hidden
    }

    fn byte(&mut self, byte: u8) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else if self.is_shown() {
            self.pending.push(byte);
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_shown() {
            self.flush();
            self.out.push_str(text);
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.out.push_str(&self.encoding.decode_without_bom_handling(&self.pending).0);
            self.pending.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_and_text_come_out_and_rtf_stays_in() {
        let rtf = br"{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}{\*\generator X;}
{\*\htmltag64 <p>}\htmlrtf {\pard\htmlrtf0 caf\'e9 \{x\} \u8364?\htmlrtf\par}\htmlrtf0
{\*\htmltag84 <a href=\'22https://phish.example/\'22>}{\*\mhtmltag84 <no>}go{\*\htmltag92 </a>}\par}";
        assert_eq!(
            html(rtf).as_deref(),
            Some("<p>caf\u{439} {x} \u{20ac}<a href=\"https://phish.example/\">go</a>\r\n")
        );
    }

    #[test]
    fn rtf_that_was_not_made_from_html_gives_none() {
        assert_eq!(html(br"{\rtf1\ansi\fromtext hello}"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut rtf = b"{\\rtf1\\fromhtml1 ".to_vec();
            rtf.extend(bytes);
            prop_assert!(html(&rtf).is_some());
        }

        #[test]
        fn any_controls_are_read_without_harm(
            words in prop::collection::vec(r"\\(\*|u-?[0-9]{0,12}|bin[0-9]{0,20}|uc[0-9]{0,9}|'[0-9a-z]{0,2}|htmlrtf0?)|[{}]", 0..200)
        ) {
            let rtf = format!("{{\\rtf1\\fromhtml1 {}", words.concat());
            prop_assert!(html(rtf.as_bytes()).is_some());
        }
    }
}
