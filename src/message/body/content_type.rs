//! `Content-Type` and its relatives (RFC 2045, RFC 2231), leniently.

/// The fields of a part's header that tell how to read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// `text/html`, lower case; empty where none is given.
    pub(super) media: String,
    /// Parameters of Content-Type: lower-case name, value.
    params: Vec<(String, String)>,
    /// Transfer encoding, lower case.
    pub(super) encoding: String,
    /// Whether Content-Disposition says attachment.
    pub(super) attached: bool,
}

impl Content {
    /// Reads the three header values.
    pub(super) fn new(
        content_type: Option<&str>,
        encoding: Option<&str>,
        disposition: Option<&str>,
    ) -> Self {
        let (media, params) = content_type.map(split).unwrap_or_default();
        let encoding = encoding.unwrap_or_default().split([';', '(']).next().unwrap_or_default();
        Content {
            media,
            params,
            encoding: encoding.trim().to_ascii_lowercase(),
            attached: disposition.is_some_and(|disposition| {
                disposition
                    .trim_start()
                    .get(..10)
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("attachment"))
            }),
        }
    }

    /// Value of a parameter of Content-Type.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Media type and parameters. A value that RFC 2231 continues (`boundary*0=…; boundary*1=…`) is joined.
fn split(value: &str) -> (String, Vec<(String, String)>) {
    let (media, mut rest) = value.split_once(';').unwrap_or((value, ""));
    let mut params: Vec<(String, String)> = Vec::new();
    while !rest.trim().is_empty() {
        let (name, after) = rest.split_once('=').unwrap_or((rest, ""));
        // Pieces without `=` stand before the name.
        let name = name.rsplit(';').next().unwrap_or(name).trim().to_ascii_lowercase();
        let (text, after) = param_value(after.trim_start());
        rest = after;
        match name.split_once('*') {
            None => params.push((name, text)),
            Some((base, piece)) => {
                let first = matches!(piece, "" | "0" | "0*");
                let text = if first && piece.ends_with('*') || piece.is_empty() {
                    // charset'language'value
                    text.splitn(3, '\'').last().unwrap_or_default().to_owned()
                } else {
                    text
                };
                match params.iter_mut().find(|(key, _)| key == base) {
                    Some((_, joined)) if !first => joined.push_str(&text),
                    _ => params.push((base.to_owned(), text)),
                }
            }
        }
    }
    (media.trim().to_ascii_lowercase(), params)
}

/// A quoted or bare value, and the text after it.
fn param_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        // A bare value ends at a space; a comment may follow.
        let value = value.split_whitespace().next().unwrap_or_default();
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let rest = &quoted[at + 1..];
                return (value, rest.split_once(';').map_or("", |(_, rest)| rest));
            }
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_quoted_bare_and_continued() {
        let content = Content::new(
            Some(
                "Multipart/Mixed;\tboundary=\"a b\\\"c;d\"; charset = utf-8 (comment); format=flowed",
            ),
            Some(" Base64 "),
            Some("ATTACHMENT; filename=x"),
        );
        assert_eq!(content.media, "multipart/mixed");
        assert_eq!(content.param("boundary"), Some("a b\"c;d"));
        assert_eq!(content.param("charset"), Some("utf-8"));
        assert_eq!(content.param("format"), Some("flowed"));
        assert_eq!(content.encoding, "base64");
        assert!(content.attached);
        let continued = Content::new(
            Some("multipart/mixed; boundary*0=\"ab\"; boundary*1=cd; x*=utf-8'en'y"),
            None,
            None,
        );
        assert_eq!(continued.param("boundary"), Some("abcd"));
        assert_eq!(continued.param("x"), Some("y"));
    }

    #[test]
    fn broken_values_give_what_they_have() {
        for value in
            ["", ";", "=;=", "text/plain; charset", "a; \"", "a; b=\"c", "a; b=\\", ";;;=\"\"\";"]
        {
            let _ = Content::new(Some(value), Some(value), Some(value));
        }
        assert_eq!(
            Content::new(Some("text/plain; junk; charset=x"), None, None).param("charset"),
            Some("x")
        );
    }
}
