use super::super::{Place, Recovered};
use super::*;

fn read_part(content_type: &str, body: &str) -> Body {
    let start = Start { content_type: Some(content_type), transfer_encoding: None, line: 10 };
    read(&Arc::from("m.eml"), start, &mut body.as_bytes(), &Options::default())
}

fn links(content_type: &str, body: &str) -> Vec<(Place, String)> {
    let links = read_part(content_type, body).links;
    links.into_iter().map(|link| (link.place, link.rewritten.into())).collect()
}

fn texts(body: &str) -> Vec<String> {
    links("text/plain", body).into_iter().map(|(_, link)| link).collect()
}

#[test]
fn every_place_of_html_that_holds_a_link_is_read() {
    let html = r#"<html><head><link href="https://link.example/s.css"><meta http-equiv="Refresh" content="0; URL='https://meta.example/'">
        <style>body { background: url("https://css.example/x.png") }</style></head><body background="https://back.example/">
        <A HREF=' https://a.example/?x=1&amp;y=2 '>Click</A><map><area href=https://area.example/></map>
        <form action="https://form.example/post"></form>
        <img src="https://img.example/1.png" srcset="https://set.example/1.png 1x, https://set.example/2.png 2x">
        <td style="background-image:url(&quot;https://style.example/y&quot;)"></td>
        <a href="mailto:a@b.example">mail</a><a href="/relative">r</a><a href="//scheme.example/x">s</a></body>"#;
    let found = links("text/html", html);
    let at = |place| {
        found.iter().filter(|(p, _)| *p == place).map(|(_, link)| link.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        at(Place::Href),
        ["https://a.example/?x=1&y=2", "https://area.example/", "//scheme.example/x"]
    );
    assert_eq!(at(Place::Form), ["https://form.example/post"]);
    assert_eq!(
        at(Place::Image),
        [
            "https://back.example/",
            "https://img.example/1.png",
            "https://set.example/1.png",
            "https://set.example/2.png"
        ]
    );
    assert_eq!(
        at(Place::Page),
        [
            "https://link.example/s.css",
            "https://meta.example/",
            "https://css.example/x.png",
            "https://style.example/y"
        ]
    );
    assert_eq!(read_part("text/html", html).not_web, 2);
}

#[test]
fn the_same_link_is_counted_once_with_its_number() {
    let body = read_part("text/html", &"<a href=https://a.example>x</a>".repeat(3));
    assert_eq!((body.links.len(), body.links[0].count), (1, 3));
}

#[test]
fn visible_text_and_originalsrc_are_clues_where_the_wrapper_says_nothing() {
    let body = read_part(
        "text/html",
        "<a href='https://protect-eu.mimecast.com/s/zM1FB7zDRiZ' originalsrc='https://c.example/'>https://<b>b</b>.example/x</a>",
    );
    let link = &body.links[0];
    assert_eq!(link.visible.as_deref(), Some("https://b.example/x"));
    let note = link.note.as_deref().unwrap_or_default();
    assert!(
        note.contains("visible text shows https://b.example/x")
            && note.contains("originalsrc shows https://c.example/"),
        "{note}"
    );
    assert_eq!(link.recovered, Recovered::None);
}

#[test]
fn a_visible_text_of_prose_is_no_clue() {
    let body = read_part(
        "text/html",
        "<a href='https://a.example/'>Click here.</a> https://other.example",
    );
    assert_eq!(body.links[0].visible, None);
    assert_eq!(body.links.len(), 1);
}

#[test]
fn text_links_end_where_prose_goes_on() {
    assert_eq!(
        texts(
            "See https://a.example/x?y=1. (https://b.example/p_(q)) <https://c.example/>, www.d.example/; http://münchen.example/ü!"
        ),
        [
            "https://a.example/x?y=1",
            "https://b.example/p_(q)",
            "https://c.example/",
            "www.d.example/",
            "http://münchen.example/ü"
        ]
    );
    assert_eq!(texts("no links: a.example b@c.example ftp://x.example"), Vec::<String>::new());
}

#[test]
fn a_bracketed_link_is_joined_across_lines() {
    assert_eq!(
        texts(
            "Go <https://protect-us.mimecast.com/s/yj15CXDwEpFqyG4H\n6Jxp2?domain=a.exa\r\nmple> now"
        ),
        ["https://protect-us.mimecast.com/s/yj15CXDwEpFqyG4H6Jxp2?domain=a.example"]
    );
    assert_eq!(texts("<https://a.example/\n and 5 > 3"), ["https://a.example/"]);
}

#[test]
fn flowed_text_is_joined_only_where_the_space_is_not_text() {
    let body = "> https://a.example/very/ \r\n> long\r\nhttps://b.example/x \r\nnext\r\n";
    let joined = links("text/plain; format=flowed; delsp=yes", body);
    assert_eq!(joined[0].1, "https://a.example/very/long");
    assert_eq!(joined[1].1, "https://b.example/xnext");
    assert_eq!(texts(body)[0], "https://a.example/very/");
}

#[test]
fn disabled_links_are_found_in_text() {
    let body = read_part(
        "text/plain",
        "open hxxps://a[.]example/x, or https[:]//www[.]b[.]example or hxxp://c.example and (d[.]example)",
    );
    let found: Vec<_> = body.links.iter().map(|link| link.target().unwrap_or_default()).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    for original in ["https://a.example/x", "https://www.b.example", "http://c.example"] {
        assert!(found.contains(&original), "{original} in {found:?}");
    }
    assert!(
        body.links
            .iter()
            .all(|link| link.note.as_deref().is_some_and(|note| note.contains("disabled")))
    );
}

#[test]
fn quoted_lines_and_replies_are_marked() {
    let text = read_part(
        "text/plain",
        "https://a.example\n> https://clicktime.symantec.com/3Ab?u=https%3A%2F%2Fb.example\n",
    );
    assert_eq!(text.links.iter().map(|link| link.quoted).collect::<Vec<_>>(), [false, true]);
    let html = read_part(
        "text/html",
        "<a href='https://clicktime.symantec.com/1Ab?u=https%3A%2F%2Fa.example'>x</a><div id=divRplyFwdMsg></div><a href='https://clicktime.symantec.com/2Ab?u=https%3A%2F%2Fb.example'>y</a>",
    );
    assert_eq!(html.links.iter().map(|link| link.quoted).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_part_longer_than_the_window_is_read_across_pieces() {
    let filler = "word ".repeat(WINDOW / 20);
    let html: String =
        (0..8).map(|n| format!("<p>{filler}<a href='https://a{n}.example/'>x</a>")).collect();
    assert_eq!(links("text/html", &html).len(), 8);
    let text: String = (0..8).map(|n| format!("{filler} https://a{n}.example/\n")).collect();
    assert_eq!(links("text/plain", &text).len(), 8);
    assert_eq!(links("text/plain", &text.replace('\n', " ")).len(), 8);
}

#[test]
fn a_tag_too_long_is_skipped_and_what_follows_is_read() {
    let html = format!(
        "<a href='https://a.example/'>x</a><img src=\"data:image/png;base64,{}\"><a href='https://b.example/'>y</a>",
        "A".repeat(3 * 1024 * 1024)
    );
    let body = read_part("text/html", &html);
    let found: Vec<&str> = body.links.iter().map(|link| &*link.rewritten).collect();
    assert_eq!(found, ["https://a.example/", "https://b.example/"]);
    assert!(body.notes.iter().any(|note| note.contains("longer than the limit")));
}

#[test]
fn links_beyond_the_limit_are_counted() {
    let html: String = (0..5_010).map(|n| format!("<a href=https://a.example/{n}>x</a>")).collect();
    let body = read_part("text/html", &html);
    assert_eq!((body.links.len(), body.left_out), (5_000, 10));
    assert!(body.notes.iter().any(|note| note.contains("10 links beyond the limit")));
}

#[test]
fn evidence_names_place_and_line_and_hides_private_values() {
    let link = "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example&data=05%7C02%7Cann%40contoso.example%7C00112233445566778899aabbccddeeff%7C";
    let html = format!("<a href=\"{link}\">x</a>");
    let body = read_part("text/html", &html);
    let evidence = body.links[0].evidence();
    assert_eq!(evidence.place, crate::fact::Place::Line(10));
    assert!(
        evidence.value.contains("a***") && !evidence.value.contains("ann"),
        "{}",
        evidence.value
    );
    assert_eq!(&*body.links[0].rewritten, link);
    let start = Start { content_type: Some("text/html"), transfer_encoding: None, line: 1 };
    let options = Options { show_private: true, ..Options::default() };
    let open = read(&Arc::from("m.eml"), start, &mut html.as_bytes(), &options);
    assert_eq!(&*open.links[0].evidence().value, link);
}

#[test]
fn html_rewritten_and_text_not_is_noted() {
    let body = "--b\nContent-Type: text/plain\n\nhttps://a.example/\n--b\nContent-Type: text/html\n\n\
        <a href='https://protect-us.mimecast.com/s/abcdC12345?domain=a.example'>x</a>\n--b--\n";
    let body = read_part("multipart/alternative; boundary=b", body);
    assert!(body.uneven.is_some_and(|note| note.contains("those of the text part are not")));
}

#[test]
fn no_cut_of_html_makes_the_reader_fail() {
    let html = "<a href='https://a.example/?x=&#x26;' style=\"url('\"><style>url(</style><img srcset=', ,a 1x,'><meta http-equiv=refresh content='url='>";
    for end in 0..=html.len() {
        assert!(read_part("text/html", &html[..end]).links.len() <= 1);
    }
}
