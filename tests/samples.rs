//! Every sample is explained as its README says: the program's main promise, on whole messages.

use mailwhy::case::Case;
use mailwhy::diagnosis::{Detail, Diagnosis};
use mailwhy::finding::Certainty::{self, Likely, Possible, Proven};
use mailwhy::finding::{Finding, Outcome, Role};
use mailwhy::message::Message;
use mailwhy::tenant;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folder, where the message ended, and the findings that must be there, the first one on top.
type Expected = (&'static str, Outcome, &'static [(&'static str, Certainty)]);

const EXPECTED: &[Expected] = &[
    (
        "advanced-delivery-near-miss",
        Outcome::Junk,
        &[("spam-verdict-junk", Proven), ("advanced-delivery-from-header-domain", Likely)],
    ),
    ("advanced-spam-filter", Outcome::Junk, &[("asf-setting-hit", Proven)]),
    (
        "api-injected",
        Outcome::Delivered,
        &[("delivered-by-api", Likely), ("api-injected-not-traced", Likely)],
    ),
    ("bulk", Outcome::Junk, &[("bulk-bcl", Proven)]),
    (
        "clean-by-luck",
        Outcome::Inbox,
        &[("delivered-unaided", Likely), ("first-contact-tip", Proven)],
    ),
    ("consumer-outlook-com", Outcome::Junk, &[("spam-verdict-junk", Likely)]),
    (
        "cross-forest-cal-missing",
        Outcome::Junk,
        &[("spam-verdict-junk", Proven), ("ip-allow-cal-missing-forest", Likely)],
    ),
    (
        "cross-forest-cal-stamped",
        Outcome::Junk,
        &[("spam-verdict-junk", Proven), ("ip-allow-cal-stamped-still-filtered", Likely)],
    ),
    ("dmarc-quarantine", Outcome::Quarantine, &[("dmarc-fail-quarantine", Possible)]),
    (
        "focused-other",
        Outcome::Inbox,
        &[("allowed-by-mail-flow-rule", Likely), ("focused-inbox-other", Possible)],
    ),
    (
        "high-confidence-phish-despite-allow",
        Outcome::Quarantine,
        &[
            ("high-confidence-phish", Proven),
            ("ip-allow-hit-but-hphish-or-malware", Proven),
            ("scl-rule-hit-but-hphish-or-malware", Likely),
        ],
    ),
    ("impersonated-user", Outcome::Quarantine, &[("impersonation-verdict", Possible)]),
    ("inbox-rule", Outcome::CustomFolder, &[("inbox-rule-moved", Proven)]),
    ("internal", Outcome::Inbox, &[("allowed-as-internal", Proven)]),
    ("ipv6-sender", Outcome::Junk, &[("spam-verdict-junk", Proven)]),
    (
        "mimecast-in-front",
        Outcome::Junk,
        &[("spam-verdict-junk", Proven), ("gateway-hides-sender-ip", Proven)],
    ),
    ("pasted-headers", Outcome::Junk, &[("spam-verdict-junk", Proven)]),
    ("planted-ski", Outcome::Junk, &[("spam-verdict-junk", Proven), ("forged-sfv-ski", Proven)]),
    ("proofpoint-enhanced-filtering", Outcome::Inbox, &[("delivered-unaided", Possible)]),
    (
        "released-from-quarantine",
        Outcome::Inbox,
        &[("quarantine-then-released", Proven), ("allowed-by-quarantine-release", Proven)],
    ),
    (
        "slow-safe-attachments",
        Outcome::Inbox,
        &[("safe-attachments-wait", Possible), ("delivered-unaided", Likely)],
    ),
    ("transport-rule-hit", Outcome::Inbox, &[("allowed-by-mail-flow-rule", Likely)]),
    (
        "transport-rule-missed",
        Outcome::Junk,
        &[("spam-verdict-junk", Proven), ("scl-rule-missed", Possible)],
    ),
    ("user-block", Outcome::Junk, &[("user-blocked-sender", Proven)]),
];

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// The bytes of a folder's message.
fn message(folder: &Path) -> Vec<u8> {
    let eml = fs::read(folder.join("message.eml"));
    let found = eml.or_else(|_| fs::read(folder.join("headers.txt")));
    found.unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn explain(name: &str) -> Diagnosis {
    let bytes = message(&samples().join(name));
    explain_bytes(name, &bytes, Detail::Full)
}

/// The message of a sample, or one made from it, with the sample's configuration.
fn explain_bytes(name: &str, bytes: &[u8], detail: Detail) -> Diagnosis {
    let folder = samples().join(name);
    let message = Message::parse(&Arc::from(name), bytes);
    let exported = fs::read(folder.join("tenant.json")).ok();
    let tenant = exported.map(|bytes| {
        tenant::reader::read_bytes("tenant.json", &bytes)
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    });
    let mut case = Case::from_message(&message);
    case.tenant = tenant.as_ref();
    Diagnosis::of(case, detail)
}

/// The text with the stamps replaced wherever it has them.
fn stamped(text: &str, stamps: &[(&str, &str)]) -> String {
    let pieces = text.split(';').map(|piece| {
        let stamp = stamps.iter().find(|(key, _)| {
            piece.split_once(':').is_some_and(|(own, _)| own.trim_start() == *key)
        });
        stamp.map_or_else(|| piece.to_owned(), |(key, value)| format!("{key}:{value}"))
    });
    pieces.collect::<Vec<_>>().join(";")
}

#[test]
fn a_line_rests_on_the_same_findings_as_the_whole() {
    const VERDICTS: [&str; 9] = ["NSPM", "SPM", "SKI", "SKN", "SKA", "SKS", "SKB", "SFE", "BLK"];
    const CATEGORIES: [&str; 6] = ["NONE", "SPM", "HPHSH", "BULK", "SPOOF", "MALW"];
    for (name, ..) in EXPECTED {
        let text = String::from_utf8(message(&samples().join(name))).unwrap();
        for ((sfv, cat), dest) in VERDICTS
            .into_iter()
            .flat_map(|sfv| CATEGORIES.map(|cat| (sfv, cat)))
            .flat_map(|stamps| ["I", "J", "C"].map(|dest| (stamps, dest)))
        {
            let text = stamped(&text, &[("SFV", sfv), ("CAT", cat), ("dest", dest)]);
            let of = |detail| explain_bytes(name, text.as_bytes(), detail);
            let (whole, line) = (of(Detail::Full), of(Detail::Line));
            let place = format!("{name} {sfv} {cat} {dest}");
            assert_eq!(line.outcome, whole.outcome, "{place}");
            assert_eq!(line.delivered_at, whole.delivered_at, "{place}");
            assert_eq!(line.recipient, whole.recipient, "{place}");
            assert_eq!(line.findings.len(), whole.findings.len(), "{place}");
            for (short, long) in line.findings.iter().zip(&whole.findings) {
                let told = |finding: &Finding| (finding.rule, finding.role, finding.certainty);
                assert_eq!(told(short), told(long), "{place}");
                if long.role == Role::Cause && !whole.outcome.is_reached() {
                    assert_eq!(short.summary, long.summary, "{place}");
                    assert_eq!(short.fix, long.fix, "{place}");
                    assert_eq!(short.caveat, long.caveat, "{place}");
                }
            }
        }
    }
}

#[test]
fn every_sample_is_explained_as_its_readme_says() {
    for (name, outcome, findings) in EXPECTED {
        let diagnosis = explain(name);
        assert_eq!(diagnosis.outcome, *outcome, "{name}");
        for (rule, certainty) in *findings {
            let found = diagnosis.findings.iter().find(|finding| finding.rule == *rule);
            let found = found
                .unwrap_or_else(|| panic!("{name}: {rule} is missing: {:?}", diagnosis.headline));
            assert_eq!(found.certainty, *certainty, "{name}: {rule}");
            assert!(!found.evidence.is_empty(), "{name}: {rule} shows nothing");
        }
        assert_eq!(diagnosis.notes, [""; 0], "{name}");
    }
}

#[test]
fn no_fix_of_a_gateway_sample_allows_the_gateway() {
    for finding in explain("mimecast-in-front").findings {
        for fix in finding.fix {
            for allow in [
                "-SenderIpRanges 198.51.100.20",
                "-AddSenderIpRanges 198.51.100.20",
                "Add=\"198.51.100.20",
            ] {
                assert!(!fix.text.contains(allow), "{}: {}", finding.rule, fix.text);
            }
        }
    }
}

#[test]
fn every_sample_folder_is_judged_and_has_a_readme_of_two_lines() {
    let judged: BTreeSet<&str> = EXPECTED.iter().map(|(name, ..)| *name).collect();
    for entry in fs::read_dir(samples()).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join("message.eml").is_file() && !folder.join("headers.txt").is_file() {
            continue;
        }
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(judged.contains(name), "{name} is not judged here");
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        assert_eq!(readme.lines().count(), 2, "{name}: README.md");
    }
}

#[test]
fn messages_keep_their_line_ends() {
    for (name, ..) in EXPECTED {
        let bytes = message(&samples().join(name));
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        let carriage_returns = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
        assert!(carriage_returns == lines || carriage_returns == 0, "{name}: mixed line ends");
        assert_eq!(carriage_returns == 0, *name == "pasted-headers", "{name}");
    }
}
