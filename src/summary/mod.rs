//! Mergeable sums for bulk work.

pub mod comparison;
