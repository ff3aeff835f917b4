//! Documented values of the stamps, each with its meaning in plain words.
//!
//! Every type keeps a value that is not in its table verbatim in `Other`, because Microsoft adds
//! values without notice. Comparison ignores ASCII case (`headers.md` §1–§3 give the tables).

/// Declares an enum of documented values: variant, spelling, meaning.
macro_rules! values {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal $(| $alias:literal)* => $meaning:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = $meaning] $variant,)+
            /// A value that is not documented, as it stands.
            Other(Box<str>),
        }

        impl $name {
            /// The value that `text` spells, in any case.
            pub fn parse(text: &str) -> Self {
                let text = text.trim();
                $(if text.eq_ignore_ascii_case($text) $(|| text.eq_ignore_ascii_case($alias))* {
                    return $name::$variant;
                })+
                $name::Other(text.into())
            }

            /// The spelling Microsoft uses.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $text,)+
                    $name::Other(text) => text,
                }
            }

            /// What it means, in plain words; `None` for a value that is not documented.
            pub fn meaning(&self) -> Option<&'static str> {
                match self {
                    $($name::$variant => Some($meaning),)+
                    $name::Other(_) => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

values! {
    /// `SFV`: who decided, the spam filtering verdict (`headers.md` §1.3).
    Sfv {
        NotSpam = "NSPM" => "the content filter looked and found no spam",
        Spam = "SPM" => "the content filter marked it as spam",
        RuleBypass = "SKN" => "filtering was skipped before it began: a mail flow rule's SCL -1 was honoured, or with IPV:CAL the IP Allow List",
        RuleSpam = "SKS" => "marked as spam before filtering, by a mail flow rule (SCL 5-9) or an on-premises verdict",
        Skipped = "SKI" => "filtering was skipped: the IP Allow List (newer texts) or internal mail (older texts)",
        PolicyAllowed = "SKA" => "sender or domain is on an anti-spam policy's allowed list",
        PolicyBlocked = "SKB" => "sender or domain is on an anti-spam policy's blocked list",
        UserSafe = "SFE" => "sender is on the recipient's own Safe Senders list",
        UserBlocked = "BLK" => "sender is on the recipient's own Blocked Senders list",
        Released = "SKQ" => "released from quarantine",
        Ignored = "DMS" => "spam verdict ignored because of tenant settings (undocumented)",
    }
}

values! {
    /// `CAT`: the threat policy's category (`headers.md` §1.3).
    Cat {
        None = "NONE" => "no threat category",
        Spam = "SPM" => "spam",
        HighConfidenceSpam = "HSPM" => "high confidence spam",
        Bulk = "BULK" => "bulk mail",
        Phish = "PHSH" => "phishing",
        HighConfidencePhish = "HPHSH" | "HPHISH" => "high confidence phishing",
        Malware = "MALW" => "malware",
        AntiMalware = "AMP" => "anti-malware policy",
        FileType = "FTBP" => "common attachment filter (file type)",
        SafeAttachments = "SAP" => "Safe Attachments",
        Spoof = "SPOOF" => "spoofing",
        UserImpersonation = "UIMP" => "impersonation of a user",
        DomainImpersonation = "DIMP" => "impersonation of a domain",
        MailboxImpersonation = "GIMP" => "impersonation seen by mailbox intelligence",
        BrandImpersonation = "BIMP" => "impersonation of a brand",
        IntraOrgPhish = "INTOS" => "phishing inside the organisation",
        OutboundSpam = "OSPM" => "outbound spam, a verdict of the sender's side",
    }
}

values! {
    /// `IPV`: the IP lists (`headers.md` §1.3).
    Ipv {
        AllowList = "CAL" => "the connecting IP was on the IP Allow List",
        NotListed = "NLI" => "the connecting IP was on no list",
        BlockList = "CBL" => "the connecting IP was on a block list",
    }
}

values! {
    /// `DIR`: direction, seen from the organisation that stamped the report.
    Direction {
        Inbound = "INB" => "inbound",
        Outbound = "OUT" => "outbound",
        Internal = "INT" => "inside the organisation",
    }
}

values! {
    /// `SFTY`: safety tips and the overrides that lost (`headers.md` §1.3).
    Sfty {
        DefaultPhish = "9.1" => "phishing",
        SelfSpoof = "9.11" => "spoof of the organisation's own domain",
        DomainImpersonation = "9.19" => "impersonation of a domain",
        UserImpersonation = "9.20" => "impersonation of a user",
        CrossDomainSpoof = "9.21" => "spoof of another domain",
        SpoofOverSafeSender = "9.22" => "spoof of another domain; the recipient's safe sender entry was overridden",
        SpoofOverPolicy = "9.23" => "spoof of another domain; the organisation's allowed sender or domain was overridden",
        SpoofOverRule = "9.24" => "spoof of another domain; a mail flow rule's allow was overridden",
        FirstContact = "9.25" => "first contact safety tip",
    }
}

values! {
    /// Result of an authentication check in `Authentication-Results` (`headers.md` §3.1).
    AuthResult {
        Pass = "pass" => "passed",
        Fail = "fail" => "failed",
        SoftFail = "softfail" => "failed softly (~all)",
        Neutral = "neutral" => "neutral (?all)",
        None = "none" => "nothing to check",
        TempError = "temperror" => "could not be checked just then",
        PermError = "permerror" => "the published record is broken",
        BestGuessPass = "bestguesspass" => "no DMARC record, but it would have passed",
        SoftPass = "softpass" => "passed softly",
        Timeout = "timeout" => "the key query timed out",
        Ignore = "ignore" => "the signature was ignored",
        Test = "test" => "passed in test mode",
    }
}

values! {
    /// What DMARC asks for in `Authentication-Results` (`action=`).
    DmarcAction {
        None = "none" => "nothing asked",
        Quarantine = "quarantine" => "the domain owner asks for quarantine",
        Reject = "oreject" | "o.reject" | "reject" => "the domain owner asks for rejection",
        PartialQuarantine = "pct.quarantine" | "opctquarantine" => "quarantine for a share of the mail",
        PartialReject = "pct.reject" | "opctreject" => "rejection for a share of the mail",
        PermError = "permerror" => "broken DMARC record",
        TempError = "temperror" => "DMARC could not be checked just then",
    }
}

values! {
    /// `dest` of `X-Microsoft-Antispam-Mailbox-Delivery` (`headers.md` §2.2).
    Dest {
        Inbox = "I" => "Inbox",
        Junk = "J" => "Junk Email",
        Custom = "C" => "another folder, by user settings",
    }
}
