use crate::fixture;
use mailwhy::diagnosis::Diagnosis;
use mailwhy::report::markdown::Document;

fn render(diagnoses: &[Diagnosis]) -> String {
    let mut document = Document::default();
    for diagnosis in diagnoses {
        document.add(diagnosis);
    }
    let mut out = Vec::new();
    document.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn one_message_is_explained_whole() {
    insta::assert_snapshot!(render(&[fixture::one()]));
}

#[test]
fn many_messages_are_summed_up_with_the_fix_that_mends_most_first() {
    insta::assert_snapshot!(render(&fixture::many(40)));
}

#[test]
fn no_message_at_all_is_said_so() {
    assert_eq!(render(&[]), "# No message to explain\n");
}

/// What is left of a line when its code spans are taken out, as a renderer would see it.
fn outside_code(line: &str) -> String {
    let mut left = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('`') {
        if rest[..open].ends_with('\\') {
            left += &rest[..=open];
            rest = &rest[open + 1..];
            continue;
        }
        left += &rest[..open];
        let fence: String = rest[open..].chars().take_while(|c| *c == '`').collect();
        let inner = &rest[open + fence.len()..];
        let runs = inner.match_indices(&fence).find(|(at, _)| {
            !inner[at + fence.len()..].starts_with('`') && !inner[..*at].ends_with('`')
        });
        let Some((close, _)) = runs else { return left + inner };
        rest = &inner[close + fence.len()..];
    }
    left + rest
}

/// `text` without links to the sites that fixes and references name.
fn without_portals(text: &str) -> String {
    let sites = regex::Regex::new(r"<https://(security|learn)\.microsoft\.com/[\w/.-]*>").unwrap();
    sites.replace_all(text, "").into_owned()
}

#[test]
fn hostile_values_make_no_markup_no_link_and_no_mention() {
    let text = render(&[fixture::hostile()]);
    let mut fenced = false;
    for line in text.lines() {
        assert!(!line.contains(['\u{202e}', '\x1b', '\0', '\r', '\u{200b}']));
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let plain = without_portals(&outside_code(line));
        for bad in ["://", "@everyone", "](", "!["] {
            assert!(!plain.contains(bad), "{bad} in {plain:.400}");
        }
        let unescaped = plain.replace("\\<", "");
        assert!(!unescaped.contains('<'), "a tag in {unescaped:.400}");
    }
    assert!(!fenced);
}

#[test]
fn a_pipe_in_a_value_adds_no_column() {
    let mut diagnosis = fixture::one();
    diagnosis.message.subject = Some("a|b \\| c `|` d".to_owned());
    diagnosis.facts.stamps[0].meaning = "x|y @z|w".to_owned();
    let text = render(&[diagnosis]);
    let columns = |line: &str| {
        line.char_indices().filter(|(at, c)| *c == '|' && !line[..*at].ends_with('\\')).count()
    };
    for (head, count) in [("| Subject |", 3), ("| `CIP` |", 4)] {
        let line = text.lines().find(|line| line.starts_with(head)).unwrap();
        assert_eq!(columns(line), count, "{line}");
    }
}
