//! Exported tenant configuration.

/// The exported configuration of one tenant. What was not exported is unknown, never absent.
#[derive(Debug, Clone, Default)]
pub struct Tenant {}
