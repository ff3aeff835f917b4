//! HTML: one file that holds all it needs, loads nothing, and reads well without its script.
//!
//! The page's own style and script are named by hash in its Content-Security-Policy; whatever markup
//! a message might smuggle in could neither run nor load anything. Values go through maud, which
//! escapes, and through `Shown`, which makes controls visible. No link of a message is ever a
//! link of the page.

mod details;
mod many;
mod one;
mod packed;

use super::escape::{clip, visible};
use super::overview::Overview;
use crate::diagnosis::Diagnosis;
use base64::Engine as _;
use maud::{DOCTYPE, Escaper, Markup, PreEscaped, Render, html};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{self, Write};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// A stranger's text: controls made visible, then escaped.
struct Shown<'a>(&'a str);

impl Render for Shown<'_> {
    fn render_to(&self, buffer: &mut String) {
        // Writing to a String cannot fail.
        let _ = Escaper::new(buffer).write_str(&visible(self.0));
    }
}

/// [`Shown`], isolated from the direction of its neighbours and cut where it would flood the page.
fn value(text: &str) -> Markup {
    html! { bdi { (Shown(&clip(text, 600))) } }
}

/// An HTML report that diagnoses are added to, one by one.
#[derive(Debug, Default)]
pub struct Page {
    overview: Overview,
    first: Option<Box<Diagnosis>>,
    list: many::List,
    /// Added one by one and not yet laid out, which many at a time are on all cores.
    waiting: Vec<Diagnosis>,
}

impl Page {
    /// Diagnoses that are laid out together.
    const TOGETHER: usize = 512;

    /// Adds one diagnosis. What is kept of it is what the page will hold, and no more.
    pub fn add(&mut self, diagnosis: Diagnosis) {
        self.waiting.push(diagnosis);
        if self.waiting.len() >= Self::TOGETHER {
            self.lay_out();
        }
    }

    fn lay_out(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.add_all(&waiting);
    }

    fn add_all(&mut self, diagnoses: &[Diagnosis]) {
        for diagnosis in diagnoses {
            self.overview.add(diagnosis);
        }
        if self.first.is_none() {
            self.first = diagnoses.first().cloned().map(Box::new);
        }
        self.list.add_all(diagnoses);
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.lay_out();
        let page = match (self.overview.total, &self.first) {
            (1, Some(only)) => document(&one::title(only), &one::body(only), None),
            _ => {
                let (rows, packed) = self.list.finish();
                let body = many::body(&self.overview, &rows);
                document(&many::title(&self.overview), &body, Some(&packed))
            }
        };
        out.write_all(page.into_string().as_bytes())
    }
}

/// The policy: nothing may load, and only this style and this script may run.
fn policy() -> String {
    let hash = |text: &str| {
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        format!("'sha256-{digest}'")
    };
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn document(title: &str, body: &Markup, packed: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(concat!("mailwhy ", env!("CARGO_PKG_VERSION")));
                title { (Shown(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                footer {
                    p {
                        "mailwhy " (env!("CARGO_PKG_VERSION"))
                        " · This file loads nothing and sends nothing. Links of messages are shown as text."
                    }
                }
                // Base64 in a JSON array of strings: it has no character that HTML would act on.
                @if let Some(packed) = packed {
                    script type="application/json" id="packed" { (PreEscaped(packed)) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}
