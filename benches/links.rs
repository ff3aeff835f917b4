//! Links of messages, next to a full parse of the same messages by mail-parser.
//!
//! `MAILWHY_BENCH_MAILS=FOLDER cargo bench --bench links` measures the messages of a folder in place of
//! the invented ones.

use base64::Engine;
use divan::counter::{BytesCount, ItemsCount};
use mailwhy::links;
use mailwhy::message::Message;
use mailwhy::message::body::Start;
use std::sync::{Arc, LazyLock};

fn main() {
    divan::main();
}

static MAILS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| match std::env::var_os("MAILWHY_BENCH_MAILS") {
        None => (0..60).map(invented).collect(),
        Some(folder) => {
            let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
            files
                .filter(|file| file.file_type().is_file())
                .filter_map(|file| std::fs::read(file.path()).ok())
                .collect()
        }
    });

fn bytes() -> BytesCount {
    BytesCount::new(MAILS.iter().map(Vec::len).sum::<usize>())
}

/// A newsletter-like message of some ten to sixty kilobytes: text, HTML in one of three encodings, and
/// in every fourth an attachment.
fn invented(n: usize) -> Vec<u8> {
    let row = |i: usize| {
        let style =
            "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:21px;color:#333333";
        let link = match i % 3 {
            0 => format!("https://phish.example/c/{n}/{i}?rid=abc&amp;x=1"),
            1 => {
                format!("https://protect-us.mimecast.com/s/yj15C{n:04}{i:04}?domain=phish.example")
            }
            _ => format!(
                "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2F{i}&amp;data=05%7C02%7Cann%40contoso.example%7Cc06955af095e40a9f10f08dab277d765%7C4a5378f929f44d3ebe89669d03ada9d8%7C0%7C0%7C638018525024697993%7CUnknown%7C&amp;sdata=x"
            ),
        };
        format!(
            "<table style=\"{style}\"><tr><td style=\"{style}\"><p>{}</p><a href=\"{link}\" style=\"{style}\">Read more</a><img src=\"https://img.phish.example/{i}.png\"></td></tr></table>\r\n",
            "some words of running text ".repeat(12)
        )
    };
    let html: String = (0..10 + n % 50).map(row).collect();
    let (encoding, html) = match n % 3 {
        0 => ("8bit", html),
        1 => ("base64", lines(&base64::engine::general_purpose::STANDARD.encode(html), 76, "")),
        _ => ("quoted-printable", lines(&html.replace('=', "=3D").replace("\r\n", ""), 72, "=")),
    };
    let attachment = if n.is_multiple_of(4) {
        format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            lines(&"JVBERi0x".repeat(4000), 76, "")
        )
    } else {
        String::new()
    };
    format!("From: a@phish.example\r\nTo: ann@contoso.example\r\nSubject: {n}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{}https://phish.example/\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{html}\r\n{attachment}--b--\r\n", "words of text in lines of some length\r\n".repeat(40)).into_bytes()
}

/// Breaks ASCII text into lines, each but for its ending `end`.
fn lines(text: &str, width: usize, end: &str) -> String {
    let mut out = String::new();
    for line in text.as_bytes().chunks(width) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push_str(end);
        out.push_str("\r\n");
    }
    out
}

#[divan::bench]
fn mail_parser_full_parse(bencher: divan::Bencher) {
    let parser = mail_parser::MessageParser::default();
    bencher.counter(bytes()).bench_local(|| {
        MAILS
            .iter()
            .filter(|mail| divan::black_box(parser.parse(mail.as_slice())).is_some())
            .count()
    });
}

#[divan::bench]
fn headers_only(bencher: divan::Bencher) {
    let source = Arc::from("bench");
    bencher.counter(bytes()).bench_local(|| {
        MAILS.iter().map(|mail| Message::parse(&source, mail).headers.iter().count()).sum::<usize>()
    });
}

#[divan::bench]
fn headers_and_links(bencher: divan::Bencher) {
    let source = Arc::from("bench");
    bencher
        .counter(bytes())
        .bench_local(|| MAILS.iter().map(|mail| links_of(&source, mail)).sum::<usize>());
}

fn links_of(source: &Arc<str>, mail: &[u8]) -> usize {
    let message = Message::parse(source, mail);
    let header = |name: &str| {
        message
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value)
    };
    let start = Start {
        content_type: header("Content-Type"),
        transfer_encoding: header("Content-Transfer-Encoding"),
        line: message.split.body_line,
    };
    let mut body = &mail[message.split.body.min(mail.len())..];
    let mut found = links::read(source, start, &mut body, &links::Options::default());
    links::ownership::judge(&mut found.links, &message);
    found.links.len()
}

#[divan::bench]
fn open_wrapped_links(bencher: divan::Bencher) {
    let wrapped = [
        "https://protect-us.mimecast.com/s/yj15CXDwEpFqyG4H6Jxp2?domain=phish.example",
        "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2F&data=05%7C02%7C&sdata=x",
        "https://urldefense.com/v3/__https://phish.example/*x__;Iw!!foo!bar$",
        "https://phish.example/not/wrapped?x=1",
    ];
    bencher.counter(ItemsCount::new(wrapped.len())).bench_local(|| {
        wrapped.iter().map(|link| links::peel(divan::black_box(link)).chain.len()).sum::<usize>()
    });
}
