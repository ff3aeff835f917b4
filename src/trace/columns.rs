//! The canonical columns of all exports: what the rest of the program asks a row for.
//!
//! Each format maps its own column names onto these ([`crate::trace::format`]).

/// A canonical column. Which header means it is the format's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum Field {
    // Identity and envelope
    /// Time of the event, or when the service first took the message.
    Time,
    /// Internet Message-ID, with or without `<>`.
    MessageId,
    /// Network message id (GUID, with or without dashes).
    NetworkMessageId,
    /// Number of the message within one server.
    InternalMessageId,
    /// Sender as the format names it: header From or Sender in logs, MAIL FROM in traces.
    Sender,
    /// Display name of the sender.
    SenderName,
    /// Header From (5322.From).
    SenderFromAddress,
    /// Domain of the header From.
    SenderFromDomain,
    /// Domain of the envelope sender.
    SenderMailFromDomain,
    /// Directory id of the sender.
    SenderObjectId,
    /// Envelope sender (5321.MailFrom).
    ReturnPath,
    /// Recipient address, or a `;` list of them.
    Recipient,
    /// Status per recipient: `address##Receive, Deliver` or a `;` list.
    RecipientStatus,
    /// Number of recipients.
    RecipientCount,
    /// Directory id of the recipient.
    RecipientObjectId,
    /// Domain of the recipient.
    RecipientDomain,
    /// Tag of the recipient: priority account and others.
    RecipientTag,
    /// The group or old address behind the recipient.
    RelatedRecipient,
    /// Related ids: DSN message ids, group address, forked internal ids.
    Reference,
    /// To header.
    To,
    /// Cc header.
    Cc,
    /// Subject.
    Subject,
    /// Size in bytes.
    Size,
    /// `Incoming`, `Originating`, 1, 2.
    Directionality,
    /// `Inbound`, `Outbound`, `Intra-org`.
    EmailDirection,
    /// Tenant (GUID).
    TenantId,
    /// Organisation name of the cmdlets.
    Organization,
    /// Position in a query's result.
    Index,
    /// Start of the query's window.
    StartDate,
    /// End of the query's window.
    EndDate,
    // Events of traces and logs
    /// Event name: `RECEIVE`, `Deliver`, `Fail` ….
    Event,
    /// Component behind the event: `SMTP`, `STOREDRIVER` ….
    Source,
    /// Context of the source: agent, SMTP answer, ids.
    SourceContext,
    /// Delivery status: `Delivered`, `Quarantined` ….
    Status,
    /// Action of the event.
    Action,
    /// Detail text of the event.
    Detail,
    /// Data of the event, XML.
    Data,
    /// `custom_data` of agents and components.
    CustomData,
    /// Latency tree or authentication code.
    MessageInfo,
    /// Latency of the message.
    MessageLatency,
    /// Connector.
    ConnectorId,
    /// `High`, `Normal`, `Low`.
    DeliveryPriority,
    /// Traffic type.
    TransportTrafficType,
    /// Id of the log row.
    LogId,
    /// Version of the log's schema.
    SchemaVersion,
    // Addresses and hosts
    /// Peer of this hop.
    ClientIp,
    /// Name of the peer.
    ClientHostname,
    /// Server of this hop.
    ServerIp,
    /// Name of the server.
    ServerHostname,
    /// The sender's client or server.
    OriginalClientIp,
    /// First server that took the message.
    OriginalServerIp,
    /// Public address of the sending server.
    FromIp,
    /// Address of the next server.
    ToIp,
    /// Sender's IPv4 address.
    SenderIpv4,
    /// Sender's IPv6 address.
    SenderIpv6,
    // Advanced hunting and Threat Explorer
    /// `Delivered`, `Junked`, `Blocked`, `Replaced`.
    DeliveryAction,
    /// First location.
    DeliveryLocation,
    /// Location now.
    LatestDeliveryLocation,
    /// Last action on the message.
    LatestDeliveryAction,
    /// Verdicts: Malware, Phish, Spam.
    ThreatTypes,
    /// Names of detected threats.
    ThreatNames,
    /// Topic of the threat.
    ThreatClassification,
    /// Detection technologies, JSON.
    DetectionMethods,
    /// Confidence per threat, JSON.
    ConfidenceLevel,
    /// Verdicts at delivery.
    OriginalThreatTypes,
    /// Detection technologies at delivery.
    OriginalDetectionMethods,
    /// Confidence at delivery.
    OriginalConfidenceLevel,
    /// Bulk complaint level.
    BulkComplaintLevel,
    /// Action of the filter.
    EmailAction,
    /// Policy behind the filter's action.
    EmailActionPolicy,
    /// Id of that policy.
    EmailActionPolicyGuid,
    /// SPF, DKIM, DMARC, CompAuth, JSON.
    AuthenticationDetails,
    /// Number of attachments.
    AttachmentCount,
    /// Number of links.
    UrlCount,
    /// Language.
    EmailLanguage,
    /// Cluster of similar messages.
    EmailClusterId,
    /// Connectors used.
    Connectors,
    /// Organisation override: `Allow`, `Block`.
    OrgLevelAction,
    /// What overrode: `Phishing simulation` ….
    OrgLevelPolicy,
    /// User override: `Allow`, `Block`.
    UserLevelAction,
    /// What the user set.
    UserLevelPolicy,
    /// Primary override (Threat Explorer).
    Overrides,
    /// Source of the primary override (Threat Explorer).
    OverrideSource,
    /// Mail flow rules that matched.
    ExchangeTransportRule,
    /// Data loss prevention rules that matched.
    DlpRule,
    /// Forwarding.
    ForwardingInformation,
    /// Group the message was sent to.
    DistributionList,
    /// Further fields, JSON.
    AdditionalFields,
    /// Actions after delivery (Threat Explorer).
    AdditionalActions,
    /// Context of the message.
    Context,
    /// Topics.
    Topics,
    /// First message between the two.
    IsFirstContact,
    /// Tags (Threat Explorer).
    Tags,
    /// Alert.
    AlertId,
    /// Row id of hunting.
    ReportId,
    /// Action after delivery, or what a click met.
    ActionType,
    /// Who started the action.
    ActionTrigger,
    /// Result of the action.
    ActionResult,
    /// Location before the action.
    SourceLocation,
    // Clicks
    /// Link.
    Url,
    /// Redirects of the link, JSON.
    UrlChain,
    /// Domain of the link.
    UrlDomain,
    /// Part of the message that holds the link.
    UrlLocation,
    /// Address of the clicking device.
    ClickIp,
    /// Account that clicked.
    AccountUpn,
    /// Where the click happened: Email, Teams, Office.
    Workload,
    /// The user went past the warning.
    IsClickedThrough,
    /// Application.
    AppName,
    /// Version of the application.
    AppVersion,
    // Quarantine
    /// Why: Spam, Bulk, Phish, HighConfPhish, Malware, TransportRule ….
    QuarantineReason,
    /// Kind of the policy that quarantined.
    PolicyType,
    /// Policy that quarantined.
    PolicyName,
    /// NotReleased, Released, Requested ….
    ReleaseStatus,
    /// Who released it.
    ReleasedBy,
    /// For whom it was released.
    ReleasedTo,
    /// Released by the service.
    SystemReleased,
    /// When it is removed.
    Expires,
    /// `GUID1\\GUID2`; the first has the shape of the network message id.
    QuarantineIdentity,
    /// Email, Teams ….
    EntityType,
    /// Sender address override reason.
    SenderOverride,
    // Expected recipients and their platform's own record
    /// Address of the person.
    Email,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Position.
    Position,
    /// The platform's status: `Email Sent`, `Error` ….
    SendStatus,
    /// When the platform sent.
    SendTime,
    /// When the platform planned to send.
    ScheduledTime,
    /// When the platform saw the delivery.
    DeliveredTime,
    /// Opened.
    OpenedTime,
    /// Clicked.
    ClickedTime,
    /// Submitted data.
    SubmittedTime,
    /// Reported.
    ReportedTime,
    /// Bounced.
    BouncedTime,
    /// Last change of the record.
    ModifiedTime,
    /// Reported: true or false.
    Reported,
    /// Event of the platform: `Error Sending Email` ….
    PlatformEvent,
    /// Details of the event, JSON or text.
    PlatformDetails,
    /// SMTP text of a failed sending.
    ErrorText,
    /// Address seen by the platform.
    PlatformIp,
    /// The platform's id of the person in this campaign.
    PlatformId,
    /// Campaign.
    CampaignId,
    /// Browser.
    UserAgent,
}

impl Field {
    /// Number of canonical columns.
    pub const COUNT: usize = Field::UserAgent as usize + 1;
}
