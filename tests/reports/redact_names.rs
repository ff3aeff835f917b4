//! Names that one message tells and others repeat, and words that are no names.

use crate::fixture;
use mailwhy::diagnosis::Diagnosis;
use mailwhy::report::redact::{Keep, Redactor};

/// What comes out of a run, in order.
fn run(diagnoses: Vec<Diagnosis>) -> Vec<Diagnosis> {
    let mut redactor = Redactor::new(Keep::default());
    let mut out: Vec<Diagnosis> =
        diagnoses.into_iter().filter_map(|diagnosis| redactor.take(diagnosis)).collect();
    out.extend(std::iter::from_fn(|| redactor.rest()));
    out
}

fn named(people: &[&str], note: &str) -> Diagnosis {
    let mut diagnosis = fixture::one();
    diagnosis.people = people.iter().map(|name| (*name).to_owned()).collect();
    diagnosis.notes = vec![note.to_owned()];
    diagnosis
}

#[test]
fn a_name_of_one_message_is_hidden_in_those_before_and_after_it() {
    let note = "Rule `ask lena.quistorp`, rule `QUISTORP, Lena`, rule `for Lena%20Quistorp`.";
    let out =
        run(vec![named(&[], note), named(&["L\u{e9}na Quistorp"], "Nothing."), named(&[], note)]);
    for diagnosis in [&out[0], &out[2]] {
        assert_eq!(diagnosis.notes, ["Rule `ask name-1`, rule `name-1`, rule `for token-1"]);
    }
}

#[test]
fn a_message_waits_for_the_names_of_the_next_thousand() {
    let note = "Rule `Lena Quistorp`.";
    let mut diagnoses = vec![named(&[], note); 1_002];
    diagnoses[1_001].people = vec!["Lena Quistorp".to_owned()];
    let out = run(diagnoses);
    assert_eq!(out.len(), 1_002);
    assert_eq!(out[0].notes, [note]);
    assert_eq!(out[1].notes, ["Rule `name-1`."]);
    assert_eq!(out[1_001].notes, ["Rule `name-1`."]);
}

#[test]
fn a_subject_and_an_organisation_of_one_message_are_hidden_in_others() {
    let note = "Rule `Contoso: your parcel could NOT be delivered`.";
    let mut other = named(&[], note);
    other.recipient = Some("kim@fabrikam.example".to_owned());
    other.message.subject = Some("Another".to_owned());
    let out = run(vec![other, fixture::one()]);
    assert_eq!(out[0].notes, ["Rule `domain-3: subject-2`."]);
}

#[test]
fn people_called_like_everyday_words_leave_the_sentences_alone() {
    let sentence =
        "The filter will mark it; an allow entry may. Mark it as not junk, or report it.";
    let quoted = "Rule `Will` and rule `for mark`; it was sent to Mark, Will Mark and \"may\".";
    let names = ["Will", "Mark", "May", "Will Mark", "Allow", "Junk", "The Filter"];
    let mut diagnosis = named(&names, sentence);
    diagnosis.notes.push(quoted.to_owned());
    diagnosis.recipient = Some("mark@contoso.example".to_owned());
    let before = diagnosis.clone();
    let out = run(vec![diagnosis]);
    assert_eq!(out[0].notes[0], sentence);
    for told in ["Will", "Mark", "mark", "may"] {
        assert!(!out[0].notes[1].contains(told), "{}", out[0].notes[1]);
    }
    assert_eq!(out[0].findings[0].summary, before.findings[0].summary);
    assert_eq!(out[0].findings[0].caveat, before.findings[0].caveat);
}

#[test]
fn somebody_called_like_a_stamp_leaves_the_stamp_readable() {
    let mut diagnosis = named(&["Cat", "Pass"], "Nothing.");
    diagnosis.recipient = Some("cat@contoso.example".to_owned());
    let out = run(vec![diagnosis]);
    let value = &out[0].findings[0].evidence[0].value;
    assert!(value.contains(";CAT:SPM;"), "{value}");
    assert_eq!(out[0].facts.authentication.spf, fixture::one().facts.authentication.spf);
}

#[test]
fn the_same_person_has_one_name_in_every_spelling() {
    let out = run(vec![
        named(&["Ann Larsen"], "`Ann Larsen`"),
        named(&["LARSEN, Ann"], "`larsen, ann`"),
        named(&["\u{c5}nn Larsen"], "`ann.larsen`"),
    ]);
    let notes: Vec<_> = out.iter().map(|diagnosis| &diagnosis.notes[0]).collect();
    assert!(
        notes[0].starts_with("`name-") && notes.iter().all(|note| *note == notes[0]),
        "{notes:?}"
    );
}

#[test]
fn a_run_of_many_names_takes_time_in_step_with_their_number() {
    let mut redactor = Redactor::new(Keep::default());
    let mut out = 0;
    for number in 0..1_200 {
        let people = vec![format!("Ann Name{number}"), format!("Kim Name{number}")];
        let mut diagnosis = fixture::one();
        diagnosis.people = people;
        out += usize::from(redactor.take(diagnosis).is_some());
    }
    assert_eq!(out, 200);
}
