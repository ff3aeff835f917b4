//! The internet headers of an Outlook message, or what stands in for them and why they are missing.

use super::storage::{Compound, Storage};
use crate::error::Result;
use jiff::Timestamp;

/// PidTagTransportMessageHeaders.
const TRANSPORT_HEADERS: u16 = 0x007D;
const MESSAGE_CLASS: u16 = 0x001A;
const MESSAGE_FLAGS: u16 = 0x0E07;
const SENDER_ADDRESS_TYPE: u16 = 0x0C1E;

/// The headers of a message.
pub(super) enum HeaderBlock {
    /// As the mail system delivered them.
    Transport(String),
    /// Not there.
    Missing {
        /// Why, as a clause.
        reason: String,
        /// What Outlook's own properties tell.
        fields: Vec<(String, String)>,
    },
}

/// Whether the message at `path` has internet headers.
pub(super) fn exists(compound: &Compound<'_>, path: &str) -> Result<bool> {
    Ok(compound.has_text(path, TRANSPORT_HEADERS))
}

/// The header block of a message.
pub(super) fn of(compound: &mut Compound<'_>, storage: &Storage) -> Result<HeaderBlock> {
    /// Older Outlooks write this above the first field.
    const TITLE: &str = "Microsoft Mail Internet Headers Version 2.0";
    let text = compound.text(storage, TRANSPORT_HEADERS)?.unwrap_or_default();
    let block = text.trim_start_matches('\u{FEFF}').trim_start().trim_start_matches(TITLE);
    if block.contains(':') {
        return Ok(HeaderBlock::Transport(block.trim_start().to_owned()));
    }
    let reason = why(compound, storage)?;
    let fields = fields(compound, storage)?;
    Ok(HeaderBlock::Missing { reason, fields })
}

/// Why a message has no internet headers (MS-OXCMSG §2.2.1.6).
fn why(compound: &mut Compound<'_>, storage: &Storage) -> Result<String> {
    const UNSENT: u32 = 0x08;
    const FROM_ME: u32 = 0x20;
    let class = compound.text(storage, MESSAGE_CLASS)?.unwrap_or_default();
    let flags = storage.number(MESSAGE_FLAGS).unwrap_or_default();
    let address_type = compound.text(storage, SENDER_ADDRESS_TYPE)?.unwrap_or_default();
    Ok(if !class.is_empty() && !class.to_ascii_uppercase().starts_with("IPM.NOTE") {
        format!("it is an item of class {class}, not a received message")
    } else if flags & UNSENT != 0 {
        "it is a draft that was never sent".to_owned()
    } else if flags & FROM_ME != 0 {
        "it is the sender's own copy (Sent Items), which never has them".to_owned()
    } else if address_type.eq_ignore_ascii_case("EX") {
        "the sender is in the same organisation, and the message did not pass an internet mail \
         system"
            .to_owned()
    } else {
        "the program that saved it left them out".to_owned()
    })
}

/// Header fields from Outlook's own properties.
fn fields(compound: &mut Compound<'_>, storage: &Storage) -> Result<Vec<(String, String)>> {
    const SENDER_NAME: u16 = 0x0C1A;
    const SENDER_ADDRESS: u16 = 0x0C1F;
    const SENDER_SMTP_ADDRESS: u16 = 0x5D01;
    const TEXTS: [(&str, u16); 4] =
        [("To", 0x0E04), ("Cc", 0x0E03), ("Subject", 0x0037), ("Message-ID", 0x1035)];
    const SUBMIT_TIME: u16 = 0x0039;
    const DELIVERY_TIME: u16 = 0x0E06;

    let mut fields = Vec::new();
    let name = compound.text(storage, SENDER_NAME)?.unwrap_or_default();
    let mut address = compound.text(storage, SENDER_SMTP_ADDRESS)?;
    if address.is_none() {
        address = compound.text(storage, SENDER_ADDRESS)?.filter(|address| address.contains('@'));
    }
    match address {
        Some(address) => fields.push(("From".to_owned(), format!("{name} <{address}>"))),
        None if !name.is_empty() => fields.push(("From".to_owned(), name)),
        None => {}
    }
    for (field, id) in TEXTS {
        if let Some(text) = compound.text(storage, id)?.filter(|text| !text.is_empty()) {
            fields.push((field.to_owned(), text));
        }
    }
    let time = storage.time(SUBMIT_TIME).or(storage.time(DELIVERY_TIME));
    if let Some(date) = time.and_then(date) {
        fields.push(("Date".to_owned(), date));
    }
    Ok(fields)
}

/// A time in units of 100 ns since 1601, as a mail header writes it.
fn date(time: u64) -> Option<String> {
    const SECONDS_1601_TO_1970: i64 = 11_644_473_600;
    let seconds = i64::try_from(time / 10_000_000).ok()? - SECONDS_1601_TO_1970;
    let timestamp = Timestamp::from_second(seconds).ok()?;
    Some(timestamp.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_become_dates() {
        let date = super::date(133_536_816_000_000_000);
        assert_eq!(date.as_deref(), Some("Thu, 29 Feb 2024 12:00:00 +0000"));
        assert_eq!(super::date(u64::MAX), None);
    }
}
