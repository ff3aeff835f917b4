use crate::fixture;
use mailwhy::diagnosis::Diagnosis;
use mailwhy::report::html::Page;

fn render(diagnoses: &[Diagnosis]) -> String {
    let mut page = Page::default();
    for diagnosis in diagnoses {
        page.add(diagnosis.clone());
    }
    let mut out = Vec::new();
    page.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_only_scripts_and_styles_are_those_that_the_policy_names() {
    use base64::Engine as _;
    use sha2::Digest as _;
    for diagnoses in [vec![fixture::one()], vec![fixture::hostile()], fixture::many(40)] {
        let html = render(&diagnoses);
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            assert_eq!(html.matches(open).count(), 1, "{open}");
            let start = html.find(open).unwrap() + open.len();
            let text = &html[start..start + html[start..].find(close).unwrap()];
            let digest =
                base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text));
            assert!(html.contains(&format!("'sha256-{digest}'")), "{open}");
        }
        assert!(html.contains("default-src 'none'"));
        assert!(!html.contains("unsafe"));
    }
}

#[test]
fn no_value_of_a_message_becomes_markup_or_a_link() {
    let html = render(&[fixture::hostile(), fixture::one()]);
    for bad in
        ["<img", "<a ", "<a>", "<script>window", "href=\"", "style=\"", "\u{202e}", "\x1b", "\0"]
    {
        assert!(!html.contains(bad), "{bad:?}");
    }
    assert!(html.contains("&lt;script&gt;window.pwned=1&lt;/script&gt;"));
    assert!(html.len() < 300_000, "a subject of 1 MB is cut: {}", html.len());
}

#[test]
fn failing_messages_come_first_in_the_list() {
    let html = render(&fixture::many(20));
    let first = html.find("data-o=\"inbox\"").unwrap();
    let last = html.rfind("data-o=\"junk\"").unwrap();
    assert!(last < first);
}

#[test]
fn a_message_without_any_fact_makes_a_page() {
    let mut diagnosis = fixture::one();
    diagnosis.message = Default::default();
    diagnosis.recipient = None;
    diagnosis.findings.clear();
    diagnosis.facts = Default::default();
    diagnosis.notes.clear();
    for diagnoses in [vec![diagnosis.clone()], vec![diagnosis.clone(), diagnosis]] {
        assert!(render(&diagnoses).contains("</html>"));
    }
    assert!(render(&[]).contains("There was no message to explain"));
}
