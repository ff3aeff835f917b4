//! How long a message was inside Microsoft 365, and which scanner was at work on it.

use crate::case::Case;
use crate::fact::Citation;
use crate::rules::reading;

/// Shorter times are ordinary, and no scan takes longer, in seconds.
const LONG: std::ops::RangeInclusive<u64> = 120..=3600;

/// A long time inside Microsoft 365.
pub(super) struct Wait {
    seconds: u64,
    /// Whether Safe Links was at work on the message.
    pub(super) safe_links: bool,
    /// Whether Safe Attachments was.
    pub(super) safe_attachments: bool,
    /// What says so.
    pub(super) evidence: Vec<Citation>,
}

impl Wait {
    /// `4 min 11 s`.
    pub(super) fn words(&self) -> String {
        format!("{} min {} s", self.seconds / 60, self.seconds % 60)
    }
}

/// The wait that the headers show, if it is a long one. What is in play stands in
/// `AtpMessageProperties` as `SA`, `SL` or `SA|SL` (`headers.md` §4.2).
pub(super) fn wait(case: &Case<'_>) -> Option<Wait> {
    // A release from quarantine explains any wait.
    if reading::was_released(case) {
        return None;
    }
    let message = case.message?;
    let properties = message.headers.get("X-MS-Exchange-AtpMessageProperties")?;
    let latency = message.headers.get("X-MS-Exchange-Transport-EndToEndLatency")?;
    let seconds = reading::seconds(latency.value).filter(|seconds| LONG.contains(seconds))?;
    let has =
        |name: &str| properties.value.split('|').any(|one| one.trim().eq_ignore_ascii_case(name));
    let evidence = vec![message.evidence(latency), message.evidence(properties)];
    Some(Wait { seconds, safe_links: has("SL"), safe_attachments: has("SA"), evidence })
}
