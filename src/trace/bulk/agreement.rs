//! The summary and the list of the same random tables tell the same.

use super::Group;
use super::tests::{grouped_in, own_journeys};
use crate::case::Landing;
use crate::finding::Outcome;
use crate::summary::Summary;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Pairs by recipient and outcome.
type Told = BTreeMap<(String, Outcome), u64>;

fn listed(files: &[(&str, String)]) -> Told {
    let mut told = Told::new();
    for journey in own_journeys(files) {
        let recipient = journey.recipient.as_ref().map_or("", |fact| &fact.value);
        let outcome = Landing::from_journey(&journey).outcome;
        *told.entry((recipient.to_ascii_lowercase(), outcome)).or_default() += 1;
    }
    told
}

fn summed_up(files: &[(&str, String)], threads: usize, block: usize) -> Told {
    let (mut groups, _) = grouped_in(files, threads, block);
    crate::summary::judge(&mut groups, None).unwrap();
    let mut told = Told::new();
    for part in 0..groups.parts() {
        groups.endings(
            part,
            |_| true,
            |ending| {
                let journey = &groups.groups[ending.group].journey;
                let outcome = Landing::from_journey(journey).outcome;
                *told.entry((ending.recipient().to_owned(), outcome)).or_default() += 1;
            },
        );
    }
    told
}

/// A row before it is written: what all formats have, and numbers that choose what they say.
#[derive(Debug, Clone)]
struct Draw {
    table: u8,
    second: Option<u8>,
    message: u8,
    recipient: u8,
    says: [u8; 3],
}

fn draw() -> impl Strategy<Value = Draw> {
    let second = prop::option::weighted(0.8, 0u8..4);
    (0u8..8, second, 0u8..3, 0u8..3, any::<[u8; 3]>()).prop_map(
        |(table, second, message, recipient, says)| Draw {
            table,
            second,
            message,
            recipient,
            says,
        },
    )
}

fn one<'t>(number: u8, texts: &[&'t str]) -> &'t str {
    texts[usize::from(number) % texts.len()]
}

const EXTENDED: &str = "date_time_utc,source_context,source,event_id,message_id,network_message_id,recipient_address,recipient_status,related_recipient_address,message_subject,sender_address,return_path,directionality,original_client_ip,custom_data";
const STATUS: &str =
    "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId,MessageTraceId";
const DETAIL: &str = "Date,MessageId,MessageTraceId,Event,Action,Detail,Data,RecipientAddress";
const HUNTING: &str = "Timestamp,NetworkMessageId,InternetMessageId,RecipientEmailAddress,DeliveryAction,DeliveryLocation,LatestDeliveryLocation,ThreatTypes,ConfidenceLevel";
const ACTIONS: &str = "Timestamp,NetworkMessageId,InternetMessageId,RecipientEmailAddress,ActionType,ActionTrigger,ActionResult,DeliveryLocation";
const QUARANTINE: &str =
    "ReceivedTime,Type,RecipientAddress,MessageId,ReleaseStatus,PolicyType,Identity";

/// File and header of each table; two have the same columns, so that their rows have the same numbers.
const TABLES: [(&str, &str); 8] = [
    ("e.csv", EXTENDED),
    ("f.csv", EXTENDED),
    ("s.csv", STATUS),
    ("t.csv", STATUS),
    ("d.csv", DETAIL),
    ("h.csv", HUNTING),
    ("a.csv", ACTIONS),
    ("q.csv", QUARANTINE),
];

impl Draw {
    fn write(&self, out: &mut String) {
        let time = self.second.map_or(String::new(), |second| {
            // several rows in one second, told apart by its fraction only
            format!("2026-03-02T08:15:{:02}.{}00Z", second / 2, second % 2)
        });
        let id = format!("<m{}@sim.example>", self.message);
        let [a, b, c] = self.says;
        // a message that was split has several network message ids
        let copy = u8::from(a ^ b > 200);
        let network = format!("5a1c2d3e-00{copy}{}-4a4a-9b9b-08de781234ab", self.message);
        let to = format!("r{}@contoso.example", self.recipient);
        let _ = match self.table {
            0 | 1 => {
                let (event, status) = one2(
                    a,
                    &[
                        ("RECEIVE", ""),
                        ("AGENTINFO", ""),
                        ("DELIVER", ""),
                        ("DELIVER", "DefaultFolderType:Inbox"),
                        ("DELIVER", "DefaultFolderType:JunkEmail"),
                        ("DELIVER", "DefaultFolderType:QuarantinedEmailSecured"),
                        ("FAIL", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"),
                        ("FAIL", ""),
                        ("DEFER", "451 4.7.500 busy (AS1)"),
                        ("DROP", ""),
                        ("SENDEXTERNAL", ""),
                        ("EXPAND", ""),
                    ],
                );
                let data = one(
                    b,
                    &[
                        "",
                        "S:SFA=SUM|SFV=SPM|SCL=9|DI=SQ|CAT=PHSH",
                        "S:SFA=SUM|SFV=NSPM|SCL=x|DI=SN|CAT=NONE",
                        "S:SFA=SUM|SFV=SPM|SCL=5|DI=SJ|CAT=SPM",
                    ],
                );
                writeln!(
                    out,
                    "{time},,SMTP,{event},{id},{network},{to},{status},,Hi,a@sim.example,b@sim.example,Incoming,198.51.100.25,{data}"
                )
            }
            2 | 3 => {
                let status = one(
                    a,
                    &[
                        "Delivered",
                        "Pending",
                        "GettingStatus",
                        "Failed",
                        "Quarantined",
                        "FilteredAsSpam",
                        "Expanded",
                        "None",
                    ],
                );
                writeln!(out, "{time},b@sim.example,{to},Hi,{status},{id},{network}")
            }
            4 => {
                let (event, detail) = one2(
                    a,
                    &[
                        ("Receive", ""),
                        (
                            "Deliver",
                            "The message was successfully delivered to the folder: DefaultFolderType:Inbox",
                        ),
                        (
                            "Deliver",
                            "The message was successfully delivered to the folder: DefaultFolderType:JunkEmail",
                        ),
                        ("Fail", "Reason: [{LED=550 5.7.1 no};{MSG=};{FQDN=};{IP=};{LRT=}]"),
                        ("Defer", "Reason: [{LED=451 4.7.0 later};{MSG=};{FQDN=};{IP=};{LRT=}]"),
                        ("Drop", "Reason: [{LED=250 2.1.5 RESOLVER.GRP.Expanded; done};{MSG=}]"),
                        ("Spam", ""),
                    ],
                );
                writeln!(
                    out,
                    "{time},{id},{network},{event},{},\"{detail}\",,{to}",
                    one(b, &["", "Quarantine"])
                )
            }
            5 => {
                let places =
                    ["", "Inbox/folder", "Junk folder", "Quarantine", "Failed", "Deleted items"];
                let (first, latest) = (one(b, &places), one(c, &places));
                let action = one(a, &["", "Delivered", "Junked", "Blocked"]);
                // some queries leave out the Message-ID
                let id = if a > 200 { "" } else { &id };
                writeln!(out, "{time},{network},{id},{to},{action},{first},{latest},,")
            }
            6 => {
                let action = one(
                    a,
                    &["Phish ZAP", "Malware ZAP", "Quarantine release", "Manual remediation", ""],
                );
                let place = one(c, &["", "Junk folder", "Quarantine", "Inbox/folder"]);
                writeln!(
                    out,
                    "{time},{network},{id},{to},{action},,{},{place}",
                    one(b, &["Success", "Error", ""])
                )
            }
            _ => {
                // the recipient is often left out, and then what identifies the message too
                let to = if c > 128 { "" } else { &to };
                let id = if c > 192 { "" } else { &id };
                let status = one(b, &["NotReleased", "Released", "Requested", ""]);
                writeln!(
                    out,
                    "{time},{},{to},{id},{status},AntiPhishPolicy,{network}\\1",
                    one(a, &["HighConfPhish", "Spam", ""])
                )
            }
        };
    }
}

fn one2(number: u8, texts: &[(&'static str, &'static str)]) -> (&'static str, &'static str) {
    texts[usize::from(number) % texts.len()]
}

fn files(draws: &[Draw]) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    for (number, (name, header)) in (0u8..).zip(TABLES) {
        let mut text = format!("{header}\n");
        let own = draws.iter().filter(|draw| draw.table == number);
        let count = own.clone().count();
        own.for_each(|draw| draw.write(&mut text));
        if count > 0 {
            files.push((name, text));
        }
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn the_summary_counts_what_the_list_shows(draws in prop::collection::vec(draw(), 1..40), threads in 1usize..3, block in 512usize..2048) {
        let files = files(&draws);
        prop_assert_eq!(summed_up(&files, threads, block), listed(&files));
    }
}

/// Everything that a summary may show.
fn told_in_full(files: &[(&str, String)], threads: usize, block: usize) -> String {
    let (mut groups, duplicates) = grouped_in(files, threads, block);
    let mut endings = Vec::new();
    for part in 0..groups.parts() {
        groups.endings(
            part,
            |_| true,
            |ending| {
                let row = (ending.recipient(), ending.source(), ending.row(), ending.first());
                endings.push(format!(
                    "{row:?} {} {:?} {:?}",
                    ending.group,
                    ending.sender(),
                    ending.ip()
                ));
            },
        );
    }
    endings.sort();
    let story = |group: &Group| {
        let delivery = (group.delivery.at(0.5), group.delivery.max(), group.delivery.count());
        let sums = (group.pairs, group.followed, &group.hours);
        format!("{sums:?} {delivery:?} {:?}", group.journey)
    };
    let stories: Vec<String> = groups.groups.iter().map(story).collect();
    let judged = crate::summary::judge(&mut groups, None).unwrap();
    let mut sums = Summary::default();
    let failing = sums.add_failures(&groups, &judged, usize::MAX).unwrap();
    let failures = (failing, sums.ips, sums.domains);
    format!("{duplicates} {failures:?} {}\n{}", stories.join("\n"), endings.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_summary_is_the_same_for_any_order_of_work(draws in prop::collection::vec(draw(), 100..300)) {
        let files = files(&draws);
        let one = told_in_full(&files, 1, 1 << 20);
        for (threads, block) in [(1, 600), (2, 600), (4, 600), (4, 1500), (2, 900), (4, 700), (2, 1300), (1, 800)] {
            prop_assert_eq!(&told_in_full(&files, threads, block), &one);
        }
    }
}

#[test]
fn no_number_of_answers_hides_the_end() {
    let row = |out: &mut String, second: u32, event: &str, status: &str| {
        let (minute, second) = (second / 60, second % 60);
        let _ = writeln!(
            out,
            "2026-03-02T08:{minute:02}:{second:02}Z,,SMTP,{event},<m@sim.example>,,ann@contoso.example,{status},,Hi,a@sim.example,b@sim.example,Incoming,198.51.100.25,"
        );
    };
    for (end, status, outcome) in [
        ("DELIVER", "", Outcome::Delivered),
        ("DELIVER", "DefaultFolderType:JunkEmail", Outcome::Junk),
        ("FAIL", "550 5.7.1 no", Outcome::Rejected),
    ] {
        let mut text = format!("{EXTENDED}\n");
        for number in 0..600 {
            row(&mut text, number, "DEFER", &format!("421 4.7.1 wait for user{number}"));
        }
        row(&mut text, 601, end, status);
        let files = [("e.csv", text)];
        let ended = BTreeMap::from([(("ann@contoso.example".to_owned(), outcome), 1)]);
        assert_eq!(summed_up(&files, 1, 4096), ended);
        let one = told_in_full(&files, 1, 1 << 20);
        for threads in [1, 2, 4] {
            assert_eq!(told_in_full(&files, threads, 2000), one);
        }
    }
}
