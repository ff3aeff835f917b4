//! Explaining single messages: header facts alone, and all the way to a diagnosis.

mod messages;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use mailwhy::case::Case;
use mailwhy::diagnosis::{Detail, Diagnosis};
use mailwhy::message::Message;
use std::sync::Arc;

fn main() {
    divan::main();
}

fn sample() -> (Arc<str>, Vec<u8>) {
    (Arc::from("bench.eml"), messages::message(7).into_bytes())
}

#[divan::bench]
fn header_facts(bencher: Bencher<'_, '_>) {
    let (source, bytes) = sample();
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| Message::parse(black_box(&source), black_box(&bytes)));
}

#[divan::bench(args = [Detail::Line, Detail::Full])]
fn diagnosis(bencher: Bencher<'_, '_>, detail: Detail) {
    let (source, bytes) = sample();
    let message = Message::parse(&source, &bytes);
    bencher.bench(|| Diagnosis::of(Case::from_message(black_box(&message)), detail));
}

#[divan::bench]
fn mail_parser_headers(bencher: Bencher<'_, '_>) {
    let (_, bytes) = sample();
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| {
        mail_parser::MessageParser::default()
            .parse_headers(black_box(&bytes))
            .map(|m| m.parts.len())
    });
}
