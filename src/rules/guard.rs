//! The registry holds what the folders hold, and every entry is complete.

use super::{Stage, all};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn folder(stage: Stage) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(stage.name().replace('-', "_"))
}

#[test]
fn every_file_of_a_stage_is_listed_and_documented() {
    for stage in Stage::ALL {
        let list = fs::read_to_string(folder(stage).join("mod.rs")).unwrap();
        for entry in fs::read_dir(folder(stage)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if name == "mod" || name == "tests" {
                continue;
            }
            assert!(list.contains(&format!("mod {name};")), "{name} has no mod line");
            let file = if path.is_dir() { path.join("mod.rs") } else { path };
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//! "), "{name} says not what it is");
            if text.contains(": Rule = Rule {") || text.contains("RULES: &[Rule]") {
                assert!(list.contains(&format!("{name}::RULE")), "{name} is not in RULES");
                assert!(text.contains("#[cfg(test)]"), "{name} has no test cases");
            }
        }
    }
}

#[test]
fn ids_are_unique_kebab_case_names_in_stage_order() {
    let mut seen = BTreeSet::new();
    let mut last = Stage::NotDelivered;
    for rule in all() {
        assert!(seen.insert(rule.id), "{} is there twice", rule.id);
        let kebab =
            rule.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(kebab && !rule.id.starts_with('-') && !rule.id.ends_with('-'), "{}", rule.id);
        assert!(last <= rule.stage, "{} stands in the list of another stage", rule.id);
        last = rule.stage;
    }
}

#[test]
fn every_entry_says_what_it_means_what_shows_it_what_to_do_and_who_says_so() {
    for rule in all() {
        let entry = &rule.entry;
        assert!(entry.meaning.len() > 20, "{}: meaning", rule.id);
        assert!(!entry.evidence.is_empty(), "{}: evidence", rule.id);
        assert!(!entry.fix.is_empty(), "{}: fix", rule.id);
        assert!(!entry.references.is_empty(), "{}: references", rule.id);
        let texts =
            entry.evidence.iter().chain(entry.against).chain(entry.fix).chain(entry.references);
        for text in texts.chain([&entry.meaning]) {
            assert!(!text.trim().is_empty(), "{}: an empty text", rule.id);
            assert!(!text.contains("[S") && !text.contains("FIX-"), "{}: {text}", rule.id);
        }
    }
}
