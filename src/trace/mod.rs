//! Message traces and their relatives: any export, streamed on all cores.

pub mod custom_data;
pub mod detail;
pub mod detail_data;
pub mod identity;
pub mod list;
pub mod recipient_status;
pub mod status_code;
mod status_table;

/// What traces, hunting and quarantine exports say of one (message, recipient).
#[derive(Debug, Clone, Default)]
pub struct Journey {}
