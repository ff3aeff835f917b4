//! What the recipient, or the administrator for the recipient, changes in one mailbox. A consumer
//! mailbox has no administrator: there only the recipient's own steps are offered.

use super::{Values, client, portal, powershell};
use crate::case::Case;
use crate::finding::{Fix, FixKind};
use crate::rules::reading::is_consumer;

/// Leaves out what only an administrator can do where there is none.
fn within_reach(case: &Case<'_>, mut fixes: Vec<Fix>) -> Vec<Fix> {
    if is_consumer(case) {
        fixes.retain(|fix| fix.kind == FixKind::Client);
    }
    fixes
}

/// Takes the sender off the recipient's Blocked Senders.
pub fn unblock_sender(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let (user, domain) = (values.recipient(), values.from());
    let fixes = vec![
        client(format!(
            "Outlook > Settings > Mail > Junk email > Blocked senders and domains: remove {domain} \
             and addresses in it"
        )),
        powershell(format!(
            "Get-MailboxJunkEmailConfiguration \"{user}\" | Select-Object -ExpandProperty BlockedSendersAndDomains\n\
             Set-MailboxJunkEmailConfiguration \"{user}\" -BlockedSendersAndDomains @{{Remove=\"{domain}\"}}"
        )),
    ];
    within_reach(case, fixes)
}

/// Takes the sender off the recipient's Safe Senders.
pub fn remove_safe_sender(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    vec![powershell(format!(
        "Get-MailboxJunkEmailConfiguration \"{}\" | Select-Object -ExpandProperty TrustedSendersAndDomains",
        values.recipient()
    ))]
}

/// Turns off Outlook's own junk filter.
pub fn outlook_automatic_filter() -> Vec<Fix> {
    vec![client(
        "Outlook for Windows > Home > Junk > Junk E-mail Options > No Automatic Filtering (for \
         everyone: by Group Policy)",
    )]
}

/// Finds and turns off the rule that moved the message.
pub fn disable_inbox_rule(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let user = values.recipient();
    let fixes = vec![
        client(
            "Outlook > Settings > Mail > Rules: turn off or narrow the rule that moves the message",
        ),
        powershell(format!(
            "Get-InboxRule -Mailbox \"{user}\" | Format-List Name,Enabled,Description\n\
             Disable-InboxRule -Mailbox \"{user}\" -Identity \"<rule>\""
        )),
    ];
    within_reach(case, fixes)
}

/// Turns Focused Inbox off for the recipient or for everyone.
pub fn focused_inbox_off(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    vec![
        portal(
            "There is no portal switch for a single user; Outlook > View > Show Focused Inbox does it for one client.",
        ),
        powershell(format!(
            "Set-FocusedInbox -Identity {} -FocusedInboxOn $false\n# for everyone:\nSet-OrganizationConfig -FocusedInboxOn $false",
            values.recipient()
        )),
    ]
}

/// Lets the mailbox take mail from senders that are not on its lists.
pub fn trusted_lists_only_off(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    vec![
        client(
            "Outlook > Settings > Mail > Junk email: untick \"Only trust email from addresses in my Safe senders and domains list\"",
        ),
        powershell(format!(
            "Set-MailboxJunkEmailConfiguration \"{}\" -TrustedListsOnly $false",
            values.recipient()
        )),
    ]
}
