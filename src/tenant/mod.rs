//! Exported tenant configuration: what an admin's `Get-…` cmdlets said, typed.

pub mod address;
pub mod domain;

/// The exported configuration of one tenant. What was not exported is unknown, never absent.
#[derive(Debug, Clone, Default)]
pub struct Tenant {}
