//! The simulation campaign, as its operator describes it.

/// `campaign.toml`.
#[derive(Debug, Clone, Default)]
pub struct Campaign {}
