//! How fast rows are read, by what is asked of them: `cargo bench --bench trace`.

mod extended_report;

use divan::Bencher;
use divan::counter::BytesCount;
use mailwhy::trace::bulk::{Filter, Store, Worker};
use mailwhy::trace::columns::Field;
use mailwhy::trace::reader::{Body, Input, Options, read};
use mailwhy::trace::row::Row;
use std::convert::identity;
use std::sync::LazyLock;

fn main() {
    divan::main();
}

/// About 120 MB; the UTF-16LE twin is twice that.
const ROWS: u64 = 200_000;

static PLAIN: LazyLock<Vec<u8>> = LazyLock::new(|| report(false));
static WIDE: LazyLock<Vec<u8>> = LazyLock::new(|| report(true));

fn report(wide: bool) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory cannot fail.
    let _ = extended_report::write(&mut out, ROWS, wide);
    out
}

/// Sum of the lengths of some cells: nothing but reading.
fn lengths(bytes: &[u8], threads: usize, fields: &[Field]) -> usize {
    let input = Input { source: "t.csv".into(), body: Body::Bytes(bytes) };
    let options = Options { threads, ..Options::default() };
    let each = |sum: &mut usize, row: &Row<'_>| {
        *sum += fields.iter().filter_map(|field| row.get(*field)).map(str::len).sum::<usize>();
        Ok(())
    };
    read(vec![input], &options, || 0, each, identity, |sum, more| *sum += more)
        .map_or(0, |(sum, _)| sum)
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn records_only(bencher: Bencher, threads: usize) {
    let bytes: &[u8] = &PLAIN;
    bencher.counter(BytesCount::of_slice(bytes)).bench(|| lengths(bytes, threads, &[]));
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn three_columns(bencher: Bencher, threads: usize) {
    let bytes: &[u8] = &PLAIN;
    let fields = [Field::Event, Field::Recipient, Field::CustomData];
    bencher.counter(BytesCount::of_slice(bytes)).bench(|| lengths(bytes, threads, &fields));
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn utf16le_three_columns(bencher: Bencher, threads: usize) {
    let bytes: &[u8] = &WIDE;
    let fields = [Field::Event, Field::Recipient, Field::CustomData];
    bencher.counter(BytesCount::of_slice(bytes)).bench(|| lengths(bytes, threads, &fields));
}

/// What `mailwhy trace` remembers of every row.
fn pairs(bytes: &[u8], threads: usize) -> usize {
    let (store, filter) = (Store::new(usize::MAX), Filter::default());
    let input = Input { source: "t.csv".into(), body: Body::Bytes(bytes) };
    let options = Options { threads, ..Options::default() };
    let each = |worker: &mut Worker<'_>, row: &Row<'_>| worker.row(row);
    let make = || Worker::new(&store, &filter);
    let read = read(vec![input], &options, make, each, drop, |(), ()| ());
    read.map_or(0, |_| store.pairs())
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn pairs_of_rows(bencher: Bencher, threads: usize) {
    let bytes: &[u8] = &PLAIN;
    bencher.counter(BytesCount::of_slice(bytes)).bench(|| pairs(bytes, threads));
}
