//! FIX-QUARANTINE: inspect and release (`causes.md` §4).

use super::{Values, portal, powershell};
use crate::case::Case;
use crate::finding::Fix;

/// Finds the held message and releases it: cures this copy, not the next one.
pub fn quarantine(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let (recipient, sender) = (values.recipient(), values.sender());
    vec![
        portal(
            "For this copy only: Defender portal > Email & collaboration > Review > Quarantine > the \
             message > Release (high confidence phishing and malware: administrators only)",
        ),
        powershell(format!(
            "Get-QuarantineMessage -RecipientAddress {recipient} -SenderAddress {sender} | Format-List Identity,Type,QuarantineTypes,PolicyType,PolicyName,ReleaseStatus\n\
             Get-QuarantineMessageHeader -Identity \"<Identity>\"\n\
             Release-QuarantineMessage -Identity \"<Identity>\" -ReleaseToAll"
        )),
    ]
}
