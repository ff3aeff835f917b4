//! Fix recipes (`causes.md` §4), filled in with the values of the message at hand.
//!
//! Every value that comes from mail is checked before it stands in a command: addresses are typed,
//! domains and recipients have a closed alphabet, and whatever does not fit becomes a
//! `<placeholder>`, which PowerShell refuses to run until someone replaces it.

mod advanced_delivery;
mod entries;
mod gateway;
mod lists;
mod mailbox;
mod policies;
mod providers;
mod quarantine;
mod transport_rule;
mod values;

pub use advanced_delivery::{advanced_delivery, advanced_delivery_url};
pub use entries::ListedEntries;
pub use gateway::{
    connector_without_ip, direct_delivery, enhanced_filtering, gateway_attachment_bypass,
    gateway_bypass, gateway_greylisting, gateway_link_bypass, out_of_the_loop,
};
pub use lists::{
    ip_allow_list_remove, ip_block_list_remove, policy_sender_allow_remove,
    policy_sender_block_remove, spoof_pair, trusted_arc_sealer,
};
pub use mailbox::{
    disable_inbox_rule, focused_inbox_off, outlook_automatic_filter, remove_safe_sender,
    trusted_lists_only_off, unblock_sender,
};
pub use policies::{
    bulk_threshold, first_contact_tip_off, intra_org_route, mark_as_spam_off, policy_note,
    trusted_impersonator,
};
pub use quarantine::quarantine;
pub use transport_rule::{
    focused_inbox, replace_planted_header, rule_exception, skip_safe_attachments, skip_safe_links,
    spam_bypass_rule,
};
pub use values::{Values, domain, powershell_identity, powershell_text};

use crate::case::Case;
use crate::finding::{Fix, FixKind};

/// Whether nobody will see what to do: only a line will be shown of a message that arrived.
fn is_unseen(case: &Case<'_>) -> bool {
    case.in_brief && case.landing.outcome.is_reached()
}

/// A path through a Microsoft portal.
pub fn portal(text: impl Into<String>) -> Fix {
    Fix { kind: FixKind::Portal, text: text.into() }
}

/// Commands for Exchange Online PowerShell.
pub fn powershell(text: impl Into<String>) -> Fix {
    Fix { kind: FixKind::Powershell, text: text.into() }
}

/// Something that the simulation platform must do.
pub fn platform(text: impl Into<String>) -> Fix {
    Fix { kind: FixKind::Platform, text: text.into() }
}

/// Something that the recipient does in Outlook.
pub fn client(text: impl Into<String>) -> Fix {
    Fix { kind: FixKind::Client, text: text.into() }
}

/// A path through the security gateway's console.
pub fn console(text: impl Into<String>) -> Fix {
    Fix { kind: FixKind::Gateway, text: text.into() }
}

#[cfg(test)]
mod tests;
