//! The simulation campaign, as its operator describes it.

pub mod platforms;

/// `campaign.toml`.
#[derive(Debug, Clone, Default)]
pub struct Campaign {}
