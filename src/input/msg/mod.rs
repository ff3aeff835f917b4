//! Messages saved by Outlook (.msg).

use super::visit::{ReadSeek, Visit};
use crate::error::Result;
use std::sync::Arc;

/// Says that compound files are not read.
pub(super) fn expand(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    _bytes: Box<dyn ReadSeek + '_>,
    _depth: u32,
) -> Result<()> {
    visit.ignore(label, "an Outlook message; save it as .eml".to_owned());
    Ok(())
}
