//! The simulation platform's own record of a person: GoPhish results and events, KnowBe4, any list of
//! recipients (`trace-formats.md` §13).

use super::super::columns::Field;
use super::super::dates::is_unset;
use super::super::identity;
use super::super::row::Row;
use super::super::statement::Kind;
use super::{Sink, answer, cell, pass};

/// The column with the address of the person that an expectation row is about: the first that is filled.
/// People without a mailbox of their own are known by their sign-in name.
pub fn address_field(row: &Row<'_>) -> Option<Field> {
    const FIELDS: [Field; 3] = [Field::Email, Field::Recipient, Field::AccountUpn];
    FIELDS.into_iter().find(|field| cell(row, *field).is_some())
}

/// The bare address of that person: without a spreadsheet's apostrophe, a display name, an `smtp:`.
fn address<'r>(row: &'r Row<'_>) -> Option<&'r str> {
    let text = cell(row, address_field(row)?)?.trim_start_matches('\'');
    let named = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    let text = identity::bare(named.map_or(text, |(_, address)| address));
    Some(text).filter(|text| text.contains('@'))
}

pub(super) fn observe(row: &Row<'_>, text: &mut String, sink: &mut impl Sink) {
    let Some(address) = address(row) else { return };
    sink.recipient(address);
    pass(row, sink, Field::SendStatus, Kind::Platform);
    pass(row, sink, Field::PlatformEvent, Kind::Platform);
    pass(row, sink, Field::PlatformIp, Kind::PlatformIp);
    for (field, step) in [
        (Field::DeliveredTime, "Delivered"),
        (Field::OpenedTime, "Opened"),
        (Field::ClickedTime, "Clicked"),
        (Field::SubmittedTime, "Submitted"),
        (Field::ReportedTime, "Reported"),
        (Field::BouncedTime, "Bounced"),
    ] {
        if let Some(told) = cell(row, field).filter(|told| is_taken(told, step)) {
            sink.say(Kind::Platform, step, field, told);
        }
    }
    if cell(row, Field::Reported).is_some_and(|reported| reported.eq_ignore_ascii_case("true")) {
        sink.say(Kind::Platform, "Email Reported", Field::Reported, "true");
    }
    if let Some(error) = cell(row, Field::ErrorText) {
        say_error(error, Field::ErrorText, error, text, sink);
    }
    if let Some(details) = cell(row, Field::PlatformDetails) {
        platform_details(details, text, sink);
    }
}

/// Whether a cell tells that a step was taken: by its time, a yes or its name. Some lists say yes or no of
/// every person.
fn is_taken(told: &str, step: &str) -> bool {
    let is_yes =
        ["true", "yes", "y", "1", "x", step].iter().any(|yes| told.eq_ignore_ascii_case(yes));
    // a time has a year
    let is_time = told.bytes().filter(u8::is_ascii_digit).count() >= 4 && !is_unset(told);
    is_yes || is_time
}

/// GoPhish keeps JSON: `{"error":"…SMTP text…"}` or the browser behind a click.
fn platform_details(details: &str, text: &mut String, sink: &mut impl Sink) {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(details) else {
        return;
    };
    if let Some(error) = json.get("error").and_then(serde_json::Value::as_str) {
        say_error(error, Field::PlatformDetails, details, text, sink);
    }
    if let Some(ip) = json.pointer("/browser/address").and_then(serde_json::Value::as_str) {
        sink.say(Kind::PlatformIp, ip, Field::PlatformDetails, details);
    }
}

fn say_error(error: &str, field: Field, raw: &str, text: &mut String, sink: &mut impl Sink) {
    answer::general(error, text);
    sink.say(Kind::PlatformError, text, field, raw);
}
