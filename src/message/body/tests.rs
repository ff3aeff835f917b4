use super::*;

/// Text parts (html, nested, line, text) of a body.
type Found = Vec<(bool, usize, u32, String)>;

fn walked(content_type: &str, body: &[u8]) -> (Found, Walked) {
    let mut found: Found = Vec::new();
    let start = Start { content_type: Some(content_type), transfer_encoding: None, line: 1 };
    let result = walk(&mut &body[..], start, Limits::default(), &mut |event| match event {
        Event::Begin(part) => found.push((part.html, part.nested, part.line, String::new())),
        Event::Text(text) => {
            if let Some(part) = found.last_mut() {
                part.3.push_str(text);
            }
        }
        Event::End => {}
    });
    (found, result.unwrap_or_default())
}

const MIXED: &str = "multipart/mixed; boundary=b";

#[test]
fn text_parts_are_decoded_and_attachments_skipped() {
    let body = b"preamble\r\n--b\r\nContent-Type: multipart/alternative; boundary=\"c\"\r\n\r\n\
        --c\r\n\r\nplain\r\n--c\r\nContent-Type: text/html; charset=iso-8859-1\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n<b>=E9</b>\r\n--c--\r\n\
        --b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\nno\r\n\
        --b\r\nContent-Type: application/pdf\r\n\r\nno\r\n--b--\r\nepilogue";
    let (found, walked) = walked(MIXED, body);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].0, found[0].3.trim_end()), (false, "plain"));
    assert_eq!((found[1].0, found[1].2, found[1].3.trim_end()), (true, 12, "<b>é</b>"));
    assert_eq!((walked.text_parts, walked.skipped_parts), (2, 2));
    assert_eq!(walked.attached, Attached { files: 2, texts: 0 });
    assert_eq!(walked.notes, []);
}

#[test]
fn attachments_are_counted_and_what_is_shown_in_the_message_is_not() {
    let part = |header: &str| format!("--b\r\n{header}\r\n\r\nx\r\n");
    let parts = [
        part("Content-Type: text/plain"),
        part("Content-Type: image/png\r\nContent-Disposition: inline"),
        part("Content-Type: application/pdf\r\nContent-Disposition: inline; filename=a.pdf"),
        part("Content-Type: text/plain\r\nContent-Disposition: attachment"),
        part("Content-Type: image/png\r\nContent-Disposition: attachment"),
        part("Content-Type: message/rfc822\r\n\r\nContent-Type: application/zip"),
    ];
    let (_, walked) = walked(MIXED, format!("{}--b--\r\n", parts.concat()).as_bytes());
    assert_eq!(walked.attached, Attached { files: 3, texts: 1 });
}

#[test]
fn an_attached_message_is_walked_and_marked_as_nested() {
    let body =
        b"--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\n<i>\n--b--\n";
    let (found, walked) = walked(MIXED, body);
    assert_eq!(found, [(true, 1, 7, "<i>\n".to_owned())]);
    assert_eq!(walked.messages, 1);
}

#[test]
fn a_boundary_that_never_ends_is_noted() {
    let inner = b"--b\nContent-Type: multipart/related; boundary=c\n\n--c\n\nx\n--b\n\ny\n";
    let (found, walked) = walked(MIXED, inner);
    assert_eq!(found.iter().map(|part| part.3.as_str()).collect::<Vec<_>>(), ["x\n", "y\n"]);
    assert_eq!(walked.notes.len(), 2);
    assert!(walked.notes.iter().all(|(_, note)| note.contains("no closing boundary")));
}

#[test]
fn lines_that_only_look_like_a_boundary_are_text() {
    let (found, _) = walked(MIXED, b"--b\n\n--\n--bb\n-- \n--b- \n--b \nX: y\n\nz\n--b--  \n");
    assert_eq!(found[0].3, "--\n--bb\n-- \n--b- \n");
    assert_eq!(found[1].3, "z\n");
}

#[test]
fn a_part_may_end_within_its_header() {
    let (found, walked) = walked(
        MIXED,
        b"--b\nContent-Type: text/html\n--b\nContent-Type: multipart/x; boundary=c\n--b--\n",
    );
    assert_eq!(found, [(true, 0, 3, String::new())]);
    assert_eq!(walked.notes.len(), 1);
}

#[test]
fn ten_thousand_nested_parts_are_skipped_beyond_the_limit() {
    let mut body = String::new();
    for level in 0..10_000 {
        body.push_str(&format!(
            "--b{level}\nContent-Type: multipart/mixed; boundary=b{}\n\n",
            level + 1
        ));
    }
    let (found, walked) = walked("multipart/mixed; boundary=b0", body.as_bytes());
    assert!(found.is_empty());
    assert!(walked.notes.iter().any(|(_, note)| note.contains("nested more than 32 deep")));
    assert!(walked.notes.len() <= NOTES_MAX);
}

#[test]
fn more_parts_than_the_limit_are_counted() {
    let (found, walked) = walked(MIXED, "--b\n\nx\n".repeat(10_002).as_bytes());
    assert_eq!(found.len(), 10_000);
    assert_eq!((walked.text_parts, walked.skipped_parts), (10_000, 2));
    assert!(walked.notes.iter().any(|(_, note)| note.contains("only the first 10000 parts")));
}

#[test]
fn charsets_and_unknown_ones_are_decoded() {
    let utf16: Vec<u8> = "hé".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (found, _) = walked("text/plain; charset=utf-16le", &utf16);
    assert_eq!(found[0].3, "hé");
    let (found, walked) = walked("text/plain; charset=x-none", b"h\xe9");
    assert_eq!(found[0].3, "hé");
    assert_eq!(walked.notes.len(), 1);
}

#[test]
fn a_multipart_without_boundary_is_read_as_text() {
    let (found, walked) = walked("multipart/mixed", b"https://a.example\n");
    assert_eq!(found[0].3, "https://a.example\n");
    assert_eq!(walked.notes.len(), 1);
}

#[test]
fn no_cut_of_a_message_makes_the_walk_fail() {
    let body = b"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\n\
        Content-Transfer-Encoding: base64\r\n\r\naHR0cHM6Ly9hLmV4YW1wbGU=\r\n--c--\r\n--b\r\n\
        Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n";
    for end in 0..body.len() {
        let (_, walked) = walked(MIXED, &body[..end]);
        assert!(walked.text_parts <= 3);
    }
}
