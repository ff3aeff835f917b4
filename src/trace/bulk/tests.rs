//! The compact table tells the same endings as every pair's own rows do.

use super::*;
use crate::case::Landing;
use crate::finding::Outcome;
use crate::landing::follow;
use crate::trace::Journey;
use crate::trace::collect::Collector;
use crate::trace::reader::{self, Body, Input, Options};
use crate::trace::report::Report;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::convert::identity;
use std::fmt::Write;
use std::sync::Arc;

const HEADER: &str = "date_time_utc,source_context,source,event_id,message_id,network_message_id,recipient_address,recipient_status,related_recipient_address,message_subject,sender_address,return_path,directionality,original_client_ip,custom_data,message_info\n";

fn inputs(files: &[(&str, String)]) -> Vec<Input<'static>> {
    let input = |(name, text): &(&str, String)| Input {
        source: Arc::from(*name),
        body: Body::Stream(Box::new(std::io::Cursor::new(text.clone().into_bytes()))),
    };
    files.iter().map(input).collect()
}

/// Groups of the pairs in `files`, and the rows that are repeated.
fn grouped(files: &[(&str, String)], threads: usize, filter: &Filter) -> (Groups, u64, Report) {
    read(files, Options { threads, block: 4096, ..Options::default() }, filter)
}

/// Groups of the pairs in `files`, read in blocks of `block` bytes, and the rows that are repeated.
pub(super) fn grouped_in(files: &[(&str, String)], threads: usize, block: usize) -> (Groups, u64) {
    let options = Options { threads, block, ..Options::default() };
    let (groups, duplicates, _) = read(files, options, &Filter::default());
    (groups, duplicates)
}

fn read(files: &[(&str, String)], options: Options<'_>, filter: &Filter) -> (Groups, u64, Report) {
    let store = Store::new(usize::MAX);
    let read = reader::read(
        inputs(files),
        &options,
        || Worker::new(&store, filter),
        |worker, row| worker.row(row),
        |worker| worker.duplicates,
        |sum, later| *sum += later,
    );
    let (duplicates, report) = read.unwrap();
    (Groups::of(store.into_table(), filter).unwrap(), duplicates, report)
}

/// Pairs by outcome, with chains followed.
fn bulk_outcomes(files: &[(&str, String)], threads: usize) -> BTreeMap<Outcome, u64> {
    let (mut groups, _, _) = grouped(files, threads, &Filter::default());
    let judged = crate::summary::judge(&mut groups, None).unwrap();
    let mut summary = crate::summary::Summary::default();
    summary.add_groups(&groups, &judged);
    summary.outcomes
}

/// Journeys of all pairs in `files`, each with its own rows.
pub(super) fn own_journeys(files: &[(&str, String)]) -> Vec<Journey> {
    let read = reader::read(
        inputs(files),
        &Options { threads: 1, block: 4096, ..Options::default() },
        Collector::default,
        |collector, row| collector.row(row),
        identity,
        Collector::merge,
    );
    let mut journeys = read.unwrap().0.finish();
    follow(&mut journeys);
    journeys
}

fn own_outcomes(files: &[(&str, String)]) -> BTreeMap<Outcome, u64> {
    let journeys = own_journeys(files);
    let mut outcomes = BTreeMap::new();
    for journey in &journeys {
        *outcomes.entry(Landing::from_journey(journey).outcome).or_default() += 1;
    }
    outcomes
}

/// One event row; `kind` chooses the event.
fn row(out: &mut String, second: u32, message: u8, recipient: u8, kind: u8) {
    let (source, event, status, data) = match kind % 9 {
        0 => ("SMTP", "RECEIVE", "", "S:AccountForest=A"),
        1 => ("AGENT", "AGENTINFO", "", "S:SFA=SUM|SFV=SPM|SCL=9|DI=SQ|CIP=203.0.113.9"),
        2 => ("STOREDRIVER", "DELIVER", "", ""),
        3 => ("STOREDRIVER", "DELIVER", "DefaultFolderType:JunkEmail", ""),
        4 => ("ROUTING", "FAIL", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", ""),
        5 => ("SMTP", "DEFER", "451 4.7.500 busy (AS1)", ""),
        6 => ("ROUTING", "DROP", "", ""),
        7 => ("RESOLVER", "RESOLVE", "", ""),
        _ => ("REDUNDANCY", "HADISCARD", "", ""),
    };
    let related =
        if event == "RESOLVE" { format!("old{recipient}@contoso.example") } else { String::new() };
    let (minute, second) = (second / 60 % 60, second % 60);
    let _ = writeln!(
        out,
        "2026-03-02T08:{minute:02}:{second:02}.0000000Z,,{source},{event},<m{message}@sim.example>,,R{recipient}@contoso.example,{status},{related},Hi,a@sim.example,b@sim.example,Incoming,198.51.100.25,{data},"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_table_tells_what_the_rows_tell(rows in prop::collection::vec((0u32..3000, 0u8..4, 0u8..4, 0u8..9), 1..60)) {
        // one second has one event of a pair: order within a second is by phase in both
        let mut text = HEADER.to_owned();
        for (at, (second, message, recipient, kind)) in rows.iter().enumerate() {
            row(&mut text, (second / 60 * 60 + at as u32) % 3600, *message, *recipient, *kind);
        }
        let files = [("e.csv", text)];
        let own = own_outcomes(&files);
        prop_assert_eq!(&bulk_outcomes(&files, 1), &own);
        prop_assert_eq!(&bulk_outcomes(&files, 2), &own);
    }
}

#[test]
fn groups_are_the_same_whatever_the_number_of_threads() {
    let mut text = HEADER.to_owned();
    for number in 0..2_000u32 {
        row(&mut text, number, (number % 50) as u8, (number % 7) as u8, (number * 7 % 9) as u8);
    }
    let files = [("e.csv", text)];
    let told = |threads| {
        let (groups, duplicates, report) = grouped(&files, threads, &Filter::default());
        let stories: Vec<_> = groups
            .groups
            .iter()
            .map(|group| {
                (
                    group.pairs,
                    group.journey.recipient.clone(),
                    group.journey.events.clone(),
                    group.hours.clone(),
                )
            })
            .collect();
        (stories, groups.pairs, duplicates, report.counts())
    };
    let one = told(1);
    assert!(one.1 > 300);
    for _ in 0..3 {
        assert_eq!(told(4), one);
    }
}

#[test]
fn rows_of_overlapping_queries_are_dropped_and_counted() {
    let rows = "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId\n\
        2026-03-02T08:15:01Z,b@sim.example,ann@contoso.example,Hi,Delivered,<m1@sim.example>\n\
        2026-03-02T08:15:02Z,b@sim.example,bob@contoso.example,Hi,Failed,<m1@sim.example>\n";
    let files = [("a.csv", rows.to_owned()), ("b.csv", rows.to_owned())];
    let (groups, duplicates, report) = grouped(&files, 2, &Filter::default());
    assert_eq!((groups.pairs, duplicates, report.counts().read), (2, 2, 4));
}

#[test]
fn an_end_counts_whichever_file_tells_of_the_time_before_it() {
    let rows = |status: &str| {
        format!(
            "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId\n\
            2026-03-02T08:15:01Z,b@sim.example,ann@contoso.example,Hi,{status},<m1@sim.example>\n"
        )
    };
    let list = |status: &str| {
        format!(
            "ReceivedTime,Type,RecipientAddress,MessageId,ReleaseStatus\n\
            2026-03-02T08:15:01Z,Spam,ann@contoso.example,<m1@sim.example>,{status}\n"
        )
    };
    for (open, end, outcome) in [
        (rows("Pending"), rows("Delivered"), Outcome::Delivered),
        (rows("GettingStatus"), rows("Failed"), Outcome::Failed),
        (rows("Resolved"), rows("Quarantined"), Outcome::Quarantine),
        (list("NotReleased"), list("Released"), Outcome::Delivered),
    ] {
        for files in [[("a.csv", &open), ("b.csv", &end)], [("a.csv", &end), ("b.csv", &open)]] {
            let files = files.map(|(name, text)| (name, text.clone()));
            assert_eq!(bulk_outcomes(&files, 2), BTreeMap::from([(outcome, 1)]), "{files:?}");
            let listed = own_journeys(&files);
            assert_eq!(Landing::from_journey(&listed[0]).outcome, outcome, "{files:?}");
        }
    }
}

#[test]
fn rows_with_the_network_id_only_join_the_pair_that_has_both() {
    let trace = "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId,MessageTraceId\n\
        2026-03-02T08:15:01Z,b@sim.example,Ann@contoso.example,Hi,Delivered,<m1@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab\n";
    let events = "Timestamp,NetworkMessageId,RecipientEmailAddress,DeliveryAction,DeliveryLocation\n\
        2026-03-02T08:15:04Z,5a1c2d3e00014a4a9b9b08de781234ab,ann@contoso.example,Junked,Junk folder\n";
    let files = [("t.csv", trace.to_owned()), ("h.csv", events.to_owned())];
    assert_eq!(bulk_outcomes(&files, 2), BTreeMap::from([(Outcome::Junk, 1)]));
}

#[test]
fn filters_leave_out_pairs_and_count_the_rest() {
    let mut text = HEADER.to_owned();
    for recipient in 0..4 {
        row(&mut text, u32::from(recipient) * 600, 1, recipient, 2);
    }
    let files = [("e.csv", text)];
    let pairs = |filter: &Filter| grouped(&files, 2, filter).0.pairs;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(pairs(&Filter::default()), 4);
    assert_eq!(pairs(&Filter { recipient: some("r2@"), ..Filter::default() }), 1);
    assert_eq!(pairs(&Filter { sender: some("sim.example"), ..Filter::default() }), 4);
    assert_eq!(pairs(&Filter { sender: some("other"), ..Filter::default() }), 0);
    assert_eq!(pairs(&Filter { subject: some("hi"), ..Filter::default() }), 4);
    assert_eq!(pairs(&Filter { message_id: some("m1@sim.example"), ..Filter::default() }), 4);
    assert_eq!(pairs(&Filter { message_id: some("m2@sim.example"), ..Filter::default() }), 0);
    // 2026-03-02T08:15:00Z
    let since = Some(1_772_439_300_000_000);
    assert_eq!(pairs(&Filter { since, ..Filter::default() }), 2);
    assert_eq!(pairs(&Filter { until: since, ..Filter::default() }), 2);
    assert_eq!(pairs(&Filter { ip: "198.51.100.26".parse().ok(), ..Filter::default() }), 0);
}

/// A table of at most `limit` bytes, with pairs that failed with these answers.
fn answered(limit: usize, answers: impl Iterator<Item = String>) -> Store {
    let store = Store::new(limit);
    let filter = Filter::default();
    let mut text = HEADER.to_owned();
    for (number, answer) in answers.enumerate() {
        let _ = writeln!(
            text,
            "2026-03-02T08:00:00.0000000Z,,SMTP,FAIL,<m{number}@sim.example>,,r{number}@contoso.example,{answer},,Hi,a@sim.example,b@sim.example,Incoming,198.51.100.25,,"
        );
    }
    let read = reader::read(
        inputs(&[("e.csv", text)]),
        &Options { threads: 1, block: 4096, ..Options::default() },
        || Worker::new(&store, &filter),
        |worker, row| worker.row(row),
        drop,
        |(), ()| {},
    );
    read.unwrap();
    store.settle();
    store
}

#[test]
fn a_full_table_says_so() {
    let same = |number| (0..number).map(|_| "550 5.7.1 rejected".to_owned());
    assert!(answered(1 << 16, same(20_000)).is_full());
    assert!(!answered(16 << 20, same(20_000)).is_full());
}

#[test]
fn what_is_told_and_judged_counts_as_the_pairs_do() {
    // how far a run with so many different answers comes
    let reached = |number: u32| {
        let answers = (0..number).map(|number| format!("550 5.7.512 dmarc user{number}"));
        let store = answered(4 << 20, answers);
        if store.is_full() {
            return "rows";
        }
        let Some(mut groups) = Groups::of(store.into_table(), &Filter::default()) else {
            return "groups";
        };
        crate::summary::judge(&mut groups, None).map_or("judgements", |_| "end")
    };
    let mut stages: Vec<_> = (1..=100).map(|step| reached(step * 10)).collect();
    stages.push(reached(8_000));
    stages.dedup();
    assert_eq!(stages, ["end", "judgements", "groups", "rows"]);
}

#[test]
fn recipients_with_most_failures_come_first_whatever_part_they_are_in() {
    let mut text = HEADER.to_owned();
    // the recipient with the number n fails n times, and others are told of in between
    for failure in 1..=40 {
        for recipient in failure..=40 {
            let _ = writeln!(
                text,
                "2026-03-02T08:00:00.0000000Z,,SMTP,FAIL,<m{failure}@sim.example>,,r{recipient:02}@contoso.example,[{{LED=550 5.1.1 no such user}}],,Hi,a@sim.example,b@sim.example,Incoming,,,"
            );
        }
        let _ = writeln!(
            text,
            "2026-03-02T08:00:00.0000000Z,,STOREDRIVER,DELIVER,<m{failure}@sim.example>,,x{failure}@contoso.example,,,Hi,a@sim.example,b@sim.example,Incoming,,,"
        );
    }
    let (mut groups, _, _) = grouped(&[("e.csv", text)], 2, &Filter::default());
    let judged = crate::summary::judge(&mut groups, None).unwrap();
    let mut sums = crate::summary::Summary::default();
    let (failing, count) = sums.add_failures(&groups, &judged, 3).unwrap();
    // one fails once, two fail two times, and so on
    assert_eq!(sums.domains, BTreeMap::from([("contoso.example".into(), 40 * 41 / 2)]));
    let told: Vec<_> = failing
        .iter()
        .map(|one| (one.recipient.as_str(), one.pairs, one.row.as_ref().map(|row| row.1)))
        .collect();
    // the first message names them in rows 1 to 40
    let expected = [
        ("r40@contoso.example", 40, Some(40)),
        ("r39@contoso.example", 39, Some(39)),
        ("r38@contoso.example", 38, Some(38)),
    ];
    assert_eq!((told.as_slice(), count), (expected.as_slice(), 40));
}
