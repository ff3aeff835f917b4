//! Check Point Harmony Email & Collaboration, Avanan (`link-rewriters.md` §5): the target between `___`.

use super::decode::{base64_text, begins_encoded, percent_decode, repair_slash, target};
use super::outer::Outer;
use super::private::Private;
use super::vendor::{CUT_OFF, Hosts, Kind, Layer, UNSURE, Vendor};

pub(super) const VENDOR: Vendor = Vendor {
    private,
    gateway: &["Check Point", "Avanan"],
    ..Vendor::new(
        "Check Point Harmony / Avanan",
        Kind::Gateway,
        Hosts::Within(&["protect.checkpoint.com", "url.avanan.click", "url-protection.com"]),
        open,
    )
};

const MARK: &str = "___";

fn open(outer: &Outer<'_>) -> Option<Layer> {
    if outer.path.starts_with("/v1/") {
        let value = outer.param("o")?;
        return Some(Layer::checked_url(target(value)));
    }
    if !outer.path.starts_with("/v2/") {
        return None;
    }
    let Some((start, end)) = between_marks(outer.rest) else { return Some(Layer::opaque(CUT_OFF)) };
    let found = &outer.rest[start..end];
    // The target stands raw, unless something re-encoded it on the way.
    let url = if begins_encoded(found) { percent_decode(found) } else { found.to_owned() };
    let cut = (end == outer.rest.len()).then_some(UNSURE);
    Some(Layer::checked_url(repair_slash(url)).noted(cut))
}

/// The text between the first and the last mark; to the end where there is but one.
fn between_marks(text: &str) -> Option<(usize, usize)> {
    let start = text.find(MARK)? + MARK.len();
    let end = text.rfind(MARK).filter(|end| *end >= start).unwrap_or(text.len());
    Some((start, end))
}

/// The token after the last mark is base64url of `region:customer:brand:…`.
fn private(outer: &Outer<'_>) -> Private {
    let mut private = Private::hiding(outer, &["g", "h", "p"]);
    let Some((_, end)) = between_marks(outer.rest) else { return private };
    let token = outer.rest.get(end + MARK.len()..).and_then(|rest| rest.strip_prefix('.'));
    let token = token.and_then(|token| token.split(['?', '#', '/', '&']).next());
    private.hide(outer, token);
    private.customer = token.and_then(base64_text).and_then(|text| {
        text.split(':').nth(1).filter(|customer| !customer.is_empty()).map(Into::into)
    });
    private
}

#[cfg(test)]
mod tests {
    use super::super::peel::unwrap;
    use super::super::private::mask;

    #[test]
    fn the_token_names_the_customer_and_is_masked() {
        // `c2e:contoso:c:o:00:7:00:00:p:T:N`
        let link = "https://url.avanan.click/v2/r01/___https://a.example/?q=1#x___.YzJlOmNvbnRvc286YzpvOjAwOjc6MDA6MDA6cDpUOk4";
        let unwrapped = unwrap(link);
        assert_eq!(unwrapped.original.as_deref(), Some("https://a.example/?q=1#x"));
        assert_eq!(unwrapped.private[0].customer.as_deref(), Some("contoso"));
        assert!(mask(link).ends_with("___.YzJl***"));
    }

    #[test]
    fn text_that_is_no_address_is_reported_as_unsure() {
        let unwrapped =
            unwrap("https://protect.checkpoint.com/v2/r05/___iuuqt://b.fybnqmf/___.abc");
        assert!(unwrapped.notes[0].starts_with("unsure"));
    }

    #[test]
    fn a_wrapper_within_a_wrapper_opens_from_outside_in() {
        let unwrapped = unwrap(
            "https://protect.checkpoint.com/v2/___https://url.avanan.click/v2/___https://a.example/___.YWJj___.ZGVm",
        );
        assert_eq!(unwrapped.original.as_deref(), Some("https://a.example/"));
        assert_eq!(unwrapped.chain.len(), 2);
    }
}
