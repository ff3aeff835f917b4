//! The bodies of an Outlook message: HTML, HTML wrapped in RTF, plain text.

use super::super::rebuilt::Body;
use super::codepage;
use super::storage::{Compound, Storage};
use super::{encapsulated, rtf};
use crate::error::Result;

const PLAIN: u16 = 0x1000;
const RTF: u16 = 0x1009;
const HTML: u16 = 0x1013;
const INTERNET_CODEPAGE: u16 = 0x3FDE;

/// Longest RTF text unpacked, in bytes.
const LONGEST: usize = 64 << 20;

/// The plain body and the HTML one, as far as they are there.
pub(super) fn of(compound: &mut Compound<'_>, storage: &Storage) -> Result<Vec<Body>> {
    let plain = compound.text(storage, PLAIN)?.map(|text| utf8(false, text));
    Ok(plain.into_iter().chain(html(compound, storage)?).collect())
}

fn html(compound: &mut Compound<'_>, storage: &Storage) -> Result<Option<Body>> {
    if let Some(bytes) = compound.binary(storage, HTML)? {
        let encoding =
            storage.number(INTERNET_CODEPAGE).map_or(codepage::DEFAULT, codepage::encoding);
        return Ok(Some(Body { html: true, charset: encoding.name().to_ascii_lowercase(), bytes }));
    }
    if let Some(text) = compound.text(storage, HTML)? {
        return Ok(Some(utf8(true, text)));
    }
    let packed = compound.binary(storage, RTF)?;
    let rtf = packed.and_then(|packed| rtf::unpacked(&packed, LONGEST));
    Ok(rtf.and_then(|rtf| encapsulated::html(&rtf)).map(|text| utf8(true, text)))
}

fn utf8(html: bool, text: String) -> Body {
    Body { html, charset: "utf-8".to_owned(), bytes: text.into_bytes() }
}
