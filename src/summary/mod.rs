//! Mergeable sums for bulk work.
