//! What the program says to somebody in a hurry who typed something else than was meant.

use super::commands::{folder, mailwhy, members, told};

#[test]
fn a_misspelled_command_is_not_taken_for_a_file() {
    let folder = folder();
    let run = mailwhy(folder.path(), &["explian", "mail.eml"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(told(&run).contains("did you mean `mailwhy explain`?"), "{}", told(&run));
    // A file of that name is a file, and a name far from every command is one that is missing.
    std::fs::copy(folder.path().join("mail.eml"), folder.path().join("trase")).unwrap();
    assert_eq!(mailwhy(folder.path(), &["trase"]).status.code(), Some(0));
    let run = mailwhy(folder.path(), &["quarterly"]);
    assert!(told(&run).contains("quarterly: cannot be read"), "{}", told(&run));
}

#[test]
fn flags_of_all_commands_may_stand_in_front_of_one_and_others_are_told_their_place() {
    let folder = folder();
    for flags in [&["--color", "never"][..], &["--no-config"]] {
        let run = mailwhy(folder.path(), &[flags, &["trace", "trace.csv"]].concat());
        assert_eq!(run.status.code(), Some(0), "{}", told(&run));
    }
    let run = mailwhy(folder.path(), &["--format", "json", "trace", "trace.csv"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(told(&run).contains("write `mailwhy trace --format …`"), "{}", told(&run));
}

#[test]
fn no_threads_is_refused_in_words() {
    let folder = folder();
    for arguments in [["explain", "mail.eml"], ["trace", "trace.csv"], ["ticket", "mail.eml"]] {
        let run = mailwhy(folder.path(), &[&arguments[..], &["--threads", "0"]].concat());
        assert_eq!(run.status.code(), Some(2));
        assert!(told(&run).contains("give 1 or more, or leave it out"), "{}", told(&run));
    }
}

#[test]
fn a_tenant_given_as_the_campaign_is_told_apart() {
    let folder = folder();
    let path = folder.path();
    std::fs::write(path.join("t.json"), r#"{"TransportRule":[]}"#).unwrap();
    std::fs::write(path.join("c.toml"), "sending_ips = [\"203.0.113.10\"]\n").unwrap();
    for (arguments, wanted) in [
        (&["mail.eml", "--tenant", "c.toml"][..], "give this one with --campaign"),
        (&["mail.eml", "--campaign", "t.json"], "give this one with --tenant"),
        (&["audit", "--tenant", "c.toml"], "give this one with --campaign"),
        (&["trace", "trace.csv", "--campaign", "t.json"], "give this one with --tenant"),
        (&["mail.eml", "--tenant", "mail.eml"], "this looks like a message"),
    ] {
        let run = mailwhy(path, arguments);
        assert_eq!(run.status.code(), Some(1));
        assert!(told(&run).contains(wanted), "{arguments:?}: {}", told(&run));
    }
}

#[test]
fn a_ticket_says_what_it_packed_and_writes_over_nothing_unasked() {
    let folder = folder();
    let ticket = |more: &[&str]| {
        mailwhy(folder.path(), &[&["ticket", "mail.eml", "-o", "t.zip"], more].concat())
    };
    let text = told(&ticket(&[]));
    assert!(text.contains("t.zip: packed 1 explained message and 1 header block"), "{text}");
    assert!(text.contains("not redacted"), "{text}");
    let first = std::fs::read(folder.path().join("t.zip")).unwrap();
    let refused = ticket(&["--redact"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(told(&refused).contains("--force"), "{}", told(&refused));
    assert_eq!(std::fs::read(folder.path().join("t.zip")).unwrap(), first);
    let forced = ticket(&["--redact", "--force"]);
    assert!(told(&forced).contains(", redacted"), "{}", told(&forced));
    let manifest = members(&std::fs::read(folder.path().join("t.zip")).unwrap());
    assert!(manifest[4].1.contains("\"redacted\": true"));
}

#[test]
fn the_short_help_fits_a_screen_and_the_long_one_has_every_flag() {
    let folder = folder();
    let lines = |help: &str| told(&mailwhy(folder.path(), &[help])).lines().count();
    assert!(lines("-h") <= 42, "{}", lines("-h"));
    let long = told(&mailwhy(folder.path(), &["--help"]));
    for flag in ["--threads", "--no-config", "--fail-on", "--show-private", "--redact-map"] {
        assert!(long.contains(flag), "{flag}");
    }
}

#[test]
fn what_diff_and_ticket_write_has_the_form_of_its_schema() {
    let folder = folder();
    let path = folder.path();
    for output in ["a.json", "b.json"] {
        mailwhy(path, &["mail.eml", "--format", "json", "-o", output]);
    }
    let diff = mailwhy(path, &["diff", "a.json", "b.json", "--format", "json"]).stdout;
    mailwhy(path, &["ticket", "mail.eml", "-o", "t.zip"]);
    let packed = members(&std::fs::read(path.join("t.zip")).unwrap());
    let manifest = packed.last().unwrap().1.as_bytes().to_vec();
    for (name, written) in [("diff", diff), ("ticket", manifest)] {
        let schema = mailwhy(path, &["schema", name]).stdout;
        let schema: serde_json::Value = serde_json::from_slice(&schema).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&written).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert!(!validator.is_valid(&serde_json::json!({"schema": written["schema"]})));
    }
}
