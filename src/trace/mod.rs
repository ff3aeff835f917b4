//! Message traces and their relatives: any export, streamed on all cores.

/// What traces, hunting and quarantine exports say of one (message, recipient).
#[derive(Debug, Clone, Default)]
pub struct Journey {}
