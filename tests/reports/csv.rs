use crate::fixture;
use mailwhy::diagnosis::Diagnosis;
use mailwhy::report::csv::{COLUMNS, FINDING_COLUMNS, write_findings, write_header, write_row};

fn read(text: &[u8]) -> Vec<csv::StringRecord> {
    let text = std::str::from_utf8(text).unwrap().strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

fn table(diagnoses: &[Diagnosis]) -> Vec<csv::StringRecord> {
    let mut out = Vec::new();
    write_header(&mut out, &COLUMNS).unwrap();
    for diagnosis in diagnoses {
        write_row(&mut out, diagnosis).unwrap();
    }
    read(&out)
}

#[test]
fn a_row_tells_outcome_cause_and_recommended_fix() {
    let rows = table(&[fixture::one()]);
    let cell = |name: &str| {
        let at = COLUMNS.iter().position(|column| *column == name).unwrap();
        assert_eq!(&rows[0][at], name);
        rows[1][at].to_owned()
    };
    assert_eq!(cell("recipient"), "ann.brown@contoso.example");
    assert_eq!(cell("outcome"), "junk");
    assert_eq!(cell("cause"), "spam-verdict-junk");
    assert_eq!(cell("cause_certainty"), "proven");
    assert_eq!(cell("other_findings"), "contributing:ip-allow-missed alteration:links-rewritten");
    assert!(cell("fix").starts_with("Defender portal > "));
    assert_eq!(cell("scl"), "5");
    assert_eq!(cell("dkim"), "pass phish.example");
}

#[test]
fn a_negative_scl_stays_a_number() {
    let mut diagnosis = fixture::one();
    diagnosis.facts.scl = Some(-1);
    let at = COLUMNS.iter().position(|column| *column == "scl").unwrap();
    assert_eq!(&table(&[diagnosis])[1][at], "-1");
}

#[test]
fn every_finding_has_a_row_with_its_first_evidence() {
    let mut out = Vec::new();
    write_header(&mut out, &FINDING_COLUMNS).unwrap();
    write_findings(&mut out, &fixture::one()).unwrap();
    let rows = read(&out);
    assert_eq!(rows.len(), 4);
    assert_eq!(&rows[1][4], "spam-verdict-junk");
    assert_eq!(&rows[1][8], "ticket-4711/not-received.eml, line 12");
}

#[test]
fn hostile_values_stay_one_cell_each_and_are_no_formula() {
    for starter in ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "\u{feff}=", "\n=", "\"=", ";="]
    {
        let mut diagnosis = fixture::hostile();
        let formula = format!("{starter}cmd|' /C calc'!A0, \"x\"\n{}", fixture::HOSTILE);
        diagnosis.message.subject = Some(formula.clone());
        diagnosis.recipient = Some(formula.clone());
        diagnosis.headline.clone_from(&formula);
        diagnosis.findings[0].fix[0].text.clone_from(&formula);
        let rows = table(std::slice::from_ref(&diagnosis));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].len(), COLUMNS.len());
        for cell in &rows[1] {
            for begin in cell.split([';', '\n']) {
                let begin = begin.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
                assert!(!begin.starts_with(['=', '+', '-', '@', '＝']), "{starter:?} {begin:?}");
            }
            assert!(!cell.contains(['\u{202e}', '\x1b', '\0', '\r', '\t']));
        }
    }
}
