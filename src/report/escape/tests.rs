use super::*;
use proptest::prelude::*;

#[test]
fn plain_text_is_borrowed_as_it_is() {
    for text in ["", "plain", "Grüße, 山田", "👩 emoji ✓"] {
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }
}

#[test]
fn controls_bidi_zero_width_and_separators_become_visible() {
    for (raw, shown) in [
        ("\x1b[2Jx", "⟨U+001B⟩[2Jx"),
        ("a\r\nb\tc\0", "a⟨U+000D⟩⟨U+000A⟩b⟨U+0009⟩c⟨U+0000⟩"),
        ("exe\u{202e}fdp", "exe⟨U+202E⟩fdp"),
        ("\u{2066}x\u{2069}", "⟨U+2066⟩x⟨U+2069⟩"),
        ("pay\u{200b}pal", "pay⟨U+200B⟩pal"),
        ("a\u{2028}b\u{feff}", "a⟨U+2028⟩b⟨U+FEFF⟩"),
        ("\u{9b}31m", "⟨U+009B⟩31m"),
        ("\u{e0041}", "⟨U+E0041⟩"),
    ] {
        assert_eq!(visible(raw), shown);
    }
    assert_eq!(visible_lines("a\r\nb\x07"), "a\nb⟨U+0007⟩");
}

#[test]
fn shortening_counts_columns_not_characters() {
    assert_eq!(shorten("short", 10), "short");
    assert_eq!(shorten("exactly ten", 11), "exactly ten");
    assert_eq!(shorten("a long sentence", 8), "a long …");
    assert_eq!(shorten("cafe\u{301}", 4), "cafe\u{301}");
    assert_eq!(shorten("山田太郎", 5), "山田…");
    assert_eq!(shorten("山田太郎", 4), "山…");
    assert_eq!(shorten("x", 0), "");
    assert_eq!(shorten(&"x".repeat(1 << 20), 4), "xxx…");
}

#[test]
fn formulas_are_guarded_and_numbers_stay_numbers() {
    for (raw, cell) in [
        ("plain", "plain"),
        ("-1", "-1"),
        ("2.5", "2.5"),
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "\"  '=1\""),
        ("＝1", "'＝1"),
        ("a;=1", "\"a;'=1\""),
        ("a;\"=1", "\"a;\"\"'=1\""),
        ("say \"hi\", now", "\"say \"\"hi\"\", now\""),
        ("\t=1", "⟨U+0009⟩=1"),
        ("--1", "'--1"),
        ("-", "'-"),
        ("1.2.3", "1.2.3"),
    ] {
        assert_eq!(csv_cell(raw), cell);
    }
    assert_eq!(csv_lines("a\n=b"), "\"a\n'=b\"");
}

#[test]
fn markdown_markup_mentions_and_links_are_defused() {
    for (raw, shown) in [
        ("plain text, fine.", "plain text, fine."),
        ("a|b", "a\\|b"),
        ("<script>alert(1)</script>", "\\<script>alert(1)\\</script>"),
        ("[x](http://a.example)", "`[x](http://a.example)`"),
        ("see www.a.example", "see `www.a.example`"),
        ("ann@contoso.example", "`ann@contoso.example`"),
        ("fixes #12", "fixes `#12`"),
        ("a`b", "a\\`b"),
        ("@a|@b", "`@a`\\|`@b`"),
        ("two\nlines", "two⟨U+000A⟩lines"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("> quote", "\\> quote"),
        ("a > b & c", "a > b & c"),
        ("&lt;b", "\\&lt;b"),
        ("    code", "code"),
        ("![](x)", "!\\[\\](x)"),
    ] {
        assert_eq!(markdown(raw), shown);
    }
}

#[test]
fn a_code_span_is_fenced_longer_than_its_backticks() {
    assert_eq!(markdown_code("a"), "`a`");
    assert_eq!(markdown_code("a``b"), "```a``b```");
    assert_eq!(markdown_code("`a"), "`` `a ``");
    assert_eq!(markdown_code_cell("a|b"), "`a\\|b`");
    assert_eq!(markdown_block("text", "```\nx"), "````text\n```\nx\n````\n");
}

proptest! {
    #[test]
    fn nothing_treacherous_survives(text in any::<String>()) {
        prop_assert!(!visible(&text).chars().any(is_treacherous));
        prop_assert!(!visible_lines(&text).chars().any(|c| c != '\n' && is_treacherous(c)));
    }

    #[test]
    fn a_cell_reads_back_as_one_cell_without_a_formula(text in any::<String>()) {
        let line = format!("{},end\n", csv_lines(&text));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let record = reader.records().next();
        let Some(Ok(record)) = record else { panic!("no record in {line:?}") };
        prop_assert_eq!(record.len(), 2);
        let cell = &record[0];
        prop_assert!(is_number(cell) || !cell.trim_start().starts_with(begins_formula));
    }

    #[test]
    fn shortened_text_fits(text in any::<String>(), columns in 0usize..60) {
        prop_assert!(shorten(&text, columns).width() <= columns);
    }
}

#[test]
fn advice_links_to_microsofts_sites_and_nowhere_else() {
    for (text, shown) in [
        (
            "Rules > X (https://security.microsoft.com/advanceddelivery): add a*b",
            r"Rules > X (<https://security.microsoft.com/advanceddelivery>): add a\*b",
        ),
        (
            "Docs: https://learn.microsoft.com/a/b. And https://learn.microsoft.com/c",
            "Docs: <https://learn.microsoft.com/a/b>. And <https://learn.microsoft.com/c>",
        ),
        (
            "https://security.microsoft.com.phish.example/",
            "`https://security.microsoft.com.phish.example/`",
        ),
        (
            "https://security.microsoft.com/@phish.example",
            "<https://security.microsoft.com/>`@phish.example`",
        ),
        ("https://learn.microsoft.com/>[x](y)", r"<https://learn.microsoft.com/>\>\[x\](y)"),
        ("plain https://phish.example/", "plain `https://phish.example/`"),
    ] {
        assert_eq!(markdown_advice(text), shown);
    }
}
