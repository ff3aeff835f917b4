//! How an audit is shown: text, JSON and Markdown.

mod json;
mod markdown;
mod text;

pub use json::{AuditJson, SCHEMA, lines};
pub use markdown::markdown;
pub use text::text;

use crate::rules::configuration::predictions::Prediction;

/// What a prediction is about, in one line.
fn subject(prediction: &Prediction) -> String {
    let ip = prediction.sending_ip.as_deref().unwrap_or("any IP");
    let mail_from = prediction.mail_from_domain.as_deref().unwrap_or("not given");
    let dkim = prediction.dkim_domain.as_deref().unwrap_or("not given");
    let mut text = format!("{ip}, MAIL FROM {mail_from}, DKIM {dkim}");
    if prediction.through_gateway {
        text.push_str(&match &prediction.connecting_ip {
            Some(ip) => format!(", through the gateway ({ip})"),
            None => ", through a gateway".to_owned(),
        });
    }
    text
}

/// Names of the mechanisms that match, or that there is none.
fn mechanisms(prediction: &Prediction) -> String {
    let names: Vec<&str> = prediction.mechanisms.iter().map(|one| one.name()).collect();
    if !names.is_empty() {
        names.join(", ")
    } else if prediction.doubtful {
        "nothing for certain".to_owned()
    } else if prediction.not_exported.is_empty() {
        "nothing".to_owned()
    } else {
        "nothing that was exported".to_owned()
    }
}

#[cfg(test)]
mod tests;
