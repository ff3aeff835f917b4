//! Public documents that the rules rest on, each named once.

/// Meaning of the report's fields and of compauth.
pub const HEADERS: &str = "Microsoft Learn, Anti-spam message headers in Microsoft 365: https://learn.microsoft.com/defender-office-365/message-headers-eop-mdo";
/// SFV and IPV examples; which bypass requests are honoured.
pub const TROUBLESHOOTING: &str = "Microsoft Learn, Troubleshoot anti-spam policies: https://learn.microsoft.com/defender-office-365/anti-spam-policies-troubleshooting";
/// Order of verdicts; who wins, user or organisation.
pub const PRECEDENCE: &str = "Microsoft Learn, Order and precedence of email protection: https://learn.microsoft.com/defender-office-365/how-policies-and-protections-are-combined";
/// What no allow entry reaches.
pub const SECURE_BY_DEFAULT: &str = "Microsoft Learn, Secure by default: https://learn.microsoft.com/defender-office-365/secure-by-default";
/// Advanced Delivery.
pub const ADVANCED_DELIVERY: &str = "Microsoft Learn, Configure the advanced delivery policy: https://learn.microsoft.com/defender-office-365/advanced-delivery-policy-configure";
/// IP Allow List, its limits and the cross-forest cases.
pub const CONNECTION_FILTER: &str = "Microsoft Learn, Configure connection filtering: https://learn.microsoft.com/defender-office-365/connection-filter-policies-configure";
/// The ways to allow a sender, ranked.
pub const SAFE_SENDER_LISTS: &str = "Microsoft Learn, Create safe sender lists: https://learn.microsoft.com/defender-office-365/create-safe-sender-lists-in-office-365";
/// The spam confidence level.
pub const SCL: &str = "Microsoft Learn, Spam confidence level (SCL): https://learn.microsoft.com/defender-office-365/anti-spam-spam-confidence-level-scl-about";
/// The bulk complaint level.
pub const BCL: &str = "Microsoft Learn, Bulk complaint level (BCL): https://learn.microsoft.com/defender-office-365/anti-spam-bulk-complaint-level-bcl-about";
/// Advanced spam filter settings and X-CustomSpam.
pub const ASF: &str = "Microsoft Learn, Advanced Spam Filter (ASF) settings: https://learn.microsoft.com/defender-office-365/anti-spam-policies-asf-settings-about";
/// Spoof intelligence, DMARC, impersonation, safety tips.
pub const ANTI_PHISHING: &str = "Microsoft Learn, Anti-phishing policies: https://learn.microsoft.com/defender-office-365/anti-phishing-policies-about";
/// Attachment detonation.
pub const SAFE_ATTACHMENTS: &str = "Microsoft Learn, Safe Attachments: https://learn.microsoft.com/defender-office-365/safe-attachments-about";
/// Link rewriting and scanning.
pub const SAFE_LINKS: &str =
    "Microsoft Learn, Safe Links: https://learn.microsoft.com/defender-office-365/safe-links-about";
/// Tenant allow and block entries for senders and spoof pairs.
pub const TENANT_ALLOW_BLOCK: &str = "Microsoft Learn, Tenant Allow/Block List: https://learn.microsoft.com/defender-office-365/tenant-allow-block-list-about";
/// Safe and Blocked Senders of a mailbox.
pub const JUNK_SETTINGS: &str = "Microsoft Learn, Configure junk email settings on mailboxes: https://learn.microsoft.com/defender-office-365/configure-junk-email-settings-on-exo-mailboxes";
/// Actions of the preset and default policies, and removal after delivery.
pub const ZAP: &str = "Microsoft Learn, Zero-hour auto purge: https://learn.microsoft.com/defender-office-365/zero-hour-auto-purge";
/// Anti-spam policy cmdlet.
pub const CONTENT_FILTER_CMDLET: &str = "Microsoft Learn, Set-HostedContentFilterPolicy: https://learn.microsoft.com/powershell/module/exchangepowershell/set-hostedcontentfilterpolicy";
/// Mail flow rule cmdlet.
pub const TRANSPORT_RULE_CMDLET: &str = "Microsoft Learn, Set-TransportRule: https://learn.microsoft.com/powershell/module/exchangepowershell/set-transportrule";
/// Malware filter cmdlet.
pub const MALWARE_CMDLET: &str = "Microsoft Learn, Set-MalwareFilterPolicy: https://learn.microsoft.com/powershell/module/exchangepowershell/set-malwarefilterpolicy";
/// Skip listing.
pub const ENHANCED_FILTERING: &str = "Microsoft Learn, Enhanced Filtering for Connectors: https://learn.microsoft.com/exchange/mail-flow-best-practices/use-connectors-to-configure-mail-flow/enhanced-filtering-for-connectors";
/// Other security services beside Defender.
pub const OTHER_SERVICES: &str = "Microsoft Learn, Integrate another security service: https://learn.microsoft.com/defender-office-365/mdo-integrate-security-service";
/// Clutter and Focused bypass headers.
pub const CLUTTER: &str = "Microsoft Learn, Use mail flow rules to bypass Clutter: https://learn.microsoft.com/exchange/security-and-compliance/mail-flow-rules/use-rules-to-bypass-clutter";
/// Focused Inbox.
pub const FOCUSED_INBOX: &str = "Microsoft Learn, Configure Focused Inbox for everyone: https://learn.microsoft.com/microsoft-365/admin/setup/configure-focused-inbox";
/// Message trace and its custom data.
pub const MESSAGE_TRACE: &str = "Microsoft Learn, Message trace in the Exchange admin center: https://learn.microsoft.com/exchange/monitoring/trace-an-email-message/message-trace-modern-eac";
/// Direct Send control.
pub const DIRECT_SEND: &str = "Exchange Team Blog, Introducing more control over Direct Send: https://techcommunity.microsoft.com/blog/exchange/introducing-more-control-over-direct-send-in-exchange-online/4408790";
/// Readings of the undocumented Mailbox-Delivery header.
pub const HEADER_ANALYZER: &str =
    "Microsoft Message Header Analyzer, rules.json: https://github.com/microsoft/MHA";
/// A university's reading of Mailbox-Delivery.
pub const OXFORD: &str = "University of Oxford, Examine junk mail delivery: https://help.it.ox.ac.uk/examine-junk-mail-delivery";
/// Allow lists discouraged.
pub const SCUBA: &str = "CISA SCuBA baseline, MS.SECURITYSUITE.8.1v1: https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/securitysuite.md";
/// Non-delivery reports.
pub const NDR: &str = "Microsoft Learn, Non-delivery reports in Exchange Online: https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online";
/// A platform's set-up guide for Mimecast.
pub const MIMECAST_GUIDE: &str = "Secure Schools, Mimecast configuration for simulations: https://help.secureschools.com/kb/mimecast-configuration";
/// The External tag of Outlook.
pub const EXTERNAL_TAG: &str = "Microsoft Learn, Set-ExternalInOutlook: https://learn.microsoft.com/powershell/module/exchangepowershell/set-externalinoutlook";
/// Attack simulation training questions and answers: report buttons, opens, landing pages.
pub const SIMULATION_FAQ: &str = "Microsoft Learn, Attack simulation training FAQ: https://learn.microsoft.com/defender-office-365/attack-simulation-training-faq";
