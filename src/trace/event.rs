//! Events of a delivery, whatever each export calls them (`trace-formats.md` §1, §4, §7).

/// What happened to the message for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Event {
    /// Accepted by SMTP or taken from a mailbox.
    Receive,
    /// The mailbox submission side.
    Submit,
    /// A group was expanded.
    Expand,
    /// The address was replaced after directory lookup.
    Resolve,
    /// Sent to another recipient.
    Redirect,
    /// Moved to a forked copy.
    Transfer,
    /// A mail flow rule acted.
    TransportRule,
    /// A DLP rule matched.
    DlpRule,
    /// The spam filter acted.
    Spam,
    /// The malware filter acted.
    Malware,
    /// Waits for a moderator.
    Moderation,
    /// A moderator approved.
    ModeratorApprove,
    /// A moderator rejected, or nobody could or did decide.
    ModeratorReject,
    /// Handed to the next server.
    Send,
    /// Handed to the outside.
    SendExternal,
    /// Throttled.
    Throttle,
    /// Put off.
    Defer,
    /// Into a local mailbox: Inbox, Junk and quarantine alike.
    Deliver,
    /// Ended with failure.
    Fail,
    /// Removed without a reply.
    Drop,
    /// A non-delivery or delivery report was made.
    Report,
    /// Taken out by its sender.
    Recall,
    /// Log lines of agents: no change of state.
    AgentInfo,
    /// Redundancy and Safety Net: says nothing about delivery.
    Redundancy,
    /// Processing that says nothing about delivery.
    Process,
}

impl Event {
    /// The event of that name, in any case and with or without blanks; `None` for an unknown one.
    pub fn parse(name: &str) -> Option<Self> {
        // logs write names just so
        Self::of_plain(name.as_bytes()).or_else(|| {
            let mut plain = [0u8; 24];
            let mut length = 0;
            for byte in name.bytes().filter(|byte| !matches!(byte, b' ' | b'-' | b'_')) {
                *plain.get_mut(length)? = byte.to_ascii_uppercase();
                length += 1;
            }
            Self::of_plain(&plain[..length])
        })
    }

    /// The event of a name in capitals, without blanks.
    fn of_plain(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"RECEIVE" | b"RECEIVED" => Event::Receive,
            b"SUBMIT" | b"SUBMITDEFER" | b"SUBMITFAIL" | b"CLIENTSUBMISSION" | b"NOTIFYMAPI"
            | b"NOTIFYSHADOW" => Event::Submit,
            b"EXPAND" | b"EXPANDED" | b"EXPANDDL" | b"DUPLICATEEXPAND" => Event::Expand,
            b"RESOLVE" | b"RESOLVED" => Event::Resolve,
            b"REDIRECT" | b"REDIRECTED" | b"DUPLICATEREDIRECT" => Event::Redirect,
            b"TRANSFER" => Event::Transfer,
            b"TRANSPORTRULE" => Event::TransportRule,
            b"DLPRULE" => Event::DlpRule,
            b"SPAM" => Event::Spam,
            b"MALWARE" => Event::Malware,
            b"INITMESSAGECREATED" => Event::Moderation,
            b"MODERATORAPPROVE" => Event::ModeratorApprove,
            b"MODERATORREJECT" | b"MODERATIONEXPIRE" | b"MODERATORSALLNDR" => {
                Event::ModeratorReject
            }
            b"SEND" => Event::Send,
            b"SENDEXTERNAL" => Event::SendExternal,
            b"THROTTLE" => Event::Throttle,
            b"DEFER" | b"RESUBMITDEFER" => Event::Defer,
            b"DELIVER" | b"DELIVERED" | b"DUPLICATEDELIVER" => Event::Deliver,
            b"FAIL" | b"FAILED" | b"DELIVERFAIL" | b"POISONMESSAGE" | b"BADMAIL" => Event::Fail,
            b"DROP" | b"SUPPRESSED" => Event::Drop,
            b"DSN" => Event::Report,
            b"RECALL" | b"RECALLED" => Event::Recall,
            b"AGENTINFO" => Event::AgentInfo,
            b"HARECEIVE" | b"HAREDIRECT" | b"HAREDIRECTFAIL" | b"HADISCARD" | b"LOAD"
            | b"RESUBMIT" | b"RESUBMITFAIL" => Event::Redundancy,
            b"PROCESS" | b"PROCESSMEETINGMESSAGE" | b"SERVERSIDESENSITIVITYLABEL" => Event::Process,
            _ => return None,
        })
    }

    /// The name under which facts keep it.
    pub const fn name(self) -> &'static str {
        match self {
            Event::Receive => "receive",
            Event::Submit => "submit",
            Event::Expand => "expand",
            Event::Resolve => "resolve",
            Event::Redirect => "redirect",
            Event::Transfer => "transfer",
            Event::TransportRule => "transport rule",
            Event::DlpRule => "dlp rule",
            Event::Spam => "spam",
            Event::Malware => "malware",
            Event::Moderation => "initmessagecreated",
            Event::ModeratorApprove => "moderatorapprove",
            Event::ModeratorReject => "moderatorreject",
            Event::Send => "send",
            Event::SendExternal => "send external",
            Event::Throttle => "throttle",
            Event::Defer => "defer",
            Event::Deliver => "deliver",
            Event::Fail => "fail",
            Event::Drop => "drop",
            Event::Report => "dsn",
            Event::Recall => "recall",
            Event::AgentInfo => "agentinfo",
            Event::Redundancy => "redundancy",
            Event::Process => "process",
        }
    }

    /// Place among events of one second, which exports write in any order (§4).
    pub const fn phase(self) -> u8 {
        match self {
            Event::Receive => 0,
            Event::Submit => 1,
            Event::Expand | Event::Resolve | Event::Redirect => 2,
            Event::TransportRule
            | Event::DlpRule
            | Event::Spam
            | Event::Malware
            | Event::Transfer
            | Event::Moderation
            | Event::ModeratorApprove
            | Event::AgentInfo => 3,
            Event::Send | Event::SendExternal => 4,
            Event::Throttle | Event::Defer => 5,
            Event::Deliver | Event::Fail | Event::ModeratorReject => 6,
            Event::Drop | Event::Report | Event::Recall => 7,
            Event::Redundancy | Event::Process => 8,
        }
    }

    /// Whether the event says where the message is, so that facts keep it.
    pub const fn tells_state(self) -> bool {
        !matches!(
            self,
            Event::AgentInfo | Event::Redundancy | Event::Process | Event::Report | Event::Submit
        )
    }

    /// Whether the recipient's copy ends here.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Event::Deliver
                | Event::Fail
                | Event::Drop
                | Event::SendExternal
                | Event::ModeratorReject
                | Event::Recall
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_export_spells_the_same_events() {
        for (name, event) in [
            ("DELIVER", Event::Deliver),
            ("Deliver", Event::Deliver),
            ("SENDEXTERNAL", Event::SendExternal),
            ("Send external", Event::SendExternal),
            ("Expand DL", Event::Expand),
            ("Transport rule", Event::TransportRule),
            ("HADISCARD", Event::Redundancy),
            ("MODERATIONEXPIRE", Event::ModeratorReject),
        ] {
            assert_eq!(Event::parse(name), Some(event), "{name}");
        }
        assert_eq!(Event::parse("SOMETHINGNEWTHATISVERYLONGINDEED"), None);
        assert_eq!(Event::parse(""), None);
    }

    #[test]
    fn a_rule_comes_before_the_failure_it_caused() {
        assert!(Event::TransportRule.phase() < Event::Fail.phase());
        assert!(Event::Receive.phase() < Event::Deliver.phase());
    }

    proptest! {
        #[test]
        fn any_name_is_read_without_panic(name in any::<String>()) {
            if let Some(event) = Event::parse(&name) {
                prop_assert_eq!(Event::parse(event.name()).is_some(), event != Event::Redundancy);
            }
        }
    }
}
