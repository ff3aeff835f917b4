//! Mail flow rules: what they ask for, under which conditions (`causes.md` §8, `Get-TransportRule`).

use super::address::AddressList;
use super::json;
use super::settings::{Row, says, settings};

/// Name of the header that keeps a message out of Clutter, and in Focused.
pub const BYPASS_CLUTTER: &str = "X-MS-Exchange-Organization-BypassClutter";
/// Name of the header that keeps a message in Focused.
pub const BYPASS_FOCUSED: &str = "X-MS-Exchange-Organization-BypassFocusedInbox";
/// Name of the header that skips Safe Links.
pub const SKIP_SAFE_LINKS: &str = "X-MS-Exchange-Organization-SkipSafeLinksProcessing";
/// Name of the header that skips Safe Attachments.
pub const SKIP_SAFE_ATTACHMENTS: &str = "X-MS-Exchange-Organization-SkipSafeAttachmentProcessing";

/// Every condition a rule can have, as `Get-TransportRule` names them; with `ExceptIf` in front they
/// are its exceptions. Two of a pair (header and words) count as one condition.
const CONDITIONS: &[&str] = &[
    "ADComparisonAttribute",
    "AnyOfCcHeader",
    "AnyOfCcHeaderMemberOf",
    "AnyOfRecipientAddressContainsWords",
    "AnyOfRecipientAddressMatchesPatterns",
    "AnyOfToCcHeader",
    "AnyOfToCcHeaderMemberOf",
    "AnyOfToHeader",
    "AnyOfToHeaderMemberOf",
    "AttachmentContainsWords",
    "AttachmentExtensionMatchesWords",
    "AttachmentHasExecutableContent",
    "AttachmentIsPasswordProtected",
    "AttachmentIsUnsupported",
    "AttachmentMatchesPatterns",
    "AttachmentNameMatchesPatterns",
    "AttachmentProcessingLimitExceeded",
    "AttachmentPropertyContainsWords",
    "AttachmentSizeOver",
    "BetweenMemberOf1",
    "ContentCharacterSetContainsWords",
    "From",
    "FromAddressContainsWords",
    "FromAddressMatchesPatterns",
    "FromMemberOf",
    "FromScope",
    "HasClassification",
    "HasNoClassification",
    "HasSenderOverride",
    "HeaderContainsMessageHeader",
    "HeaderMatchesMessageHeader",
    "ManagerAddresses",
    "MessageContainsDataClassifications",
    "MessageSizeOver",
    "MessageTypeMatches",
    "RecipientADAttributeContainsWords",
    "RecipientADAttributeMatchesPatterns",
    "RecipientAddressContainsWords",
    "RecipientAddressMatchesPatterns",
    "RecipientDomainIs",
    "RecipientInSenderList",
    "SCLOver",
    "SenderADAttributeContainsWords",
    "SenderADAttributeMatchesPatterns",
    "SenderDomainIs",
    "SenderInRecipientList",
    "SenderIpRanges",
    "SenderManagementRelationship",
    "SentTo",
    "SentToMemberOf",
    "SentToScope",
    "SubjectContainsWords",
    "SubjectMatchesPatterns",
    "SubjectOrBodyContainsWords",
    "SubjectOrBodyMatchesPatterns",
    "WithImportance",
];

/// A condition or exception that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicate {
    /// Name without `ExceptIf`, such as `SenderIpRanges`.
    pub name: &'static str,
    /// Its values; a rule's condition is met when one of them is.
    pub values: Vec<Box<str>>,
    /// For the two header conditions: the words or patterns; empty for the rest.
    pub words: Vec<Box<str>>,
    /// For `SenderIpRanges`: the values as addresses; empty for the rest.
    pub addresses: AddressList,
}

settings! {
    /// `Get-TransportRule`.
    TransportRule {
        guid: text "Guid",
        immutable_id: text "ImmutableId",
        priority: number "Priority",
        state: text "State",
        mode: text "Mode",
        activation: date "ActivationDate",
        expiry: date "ExpiryDate",
        stop_rule_processing: flag "StopRuleProcessing",
        sender_address_location: text "SenderAddressLocation",
        set_scl: number "SetSCL",
        set_header_name: text "SetHeaderName",
        set_header_value: text "SetHeaderValue",
        remove_header: text "RemoveHeader",
        prepend_subject: text "PrependSubject",
        disclaimer_text: text "ApplyHtmlDisclaimerText",
        reject_reason: text "RejectMessageReasonText",
        reject_status_code: text "RejectMessageEnhancedStatusCode",
        delete_message: flag "DeleteMessage",
        quarantine: flag "Quarantine",
        redirect_to: list "RedirectMessageTo",
        moderate_by: list "ModerateMessageByUser",
        route_connector: text "RouteMessageOutboundConnector",
        when_changed: date "WhenChangedUTC" | "WhenChanged",
    } with {
        /// Conditions that are set; all must be met.
        conditions: Vec<Predicate> = conditions,
        /// Exceptions that are set; one that is met keeps the rule from acting.
        exceptions: Vec<Predicate> = exceptions,
    }
}

impl TransportRule {
    /// Name as the admin sees it.
    pub fn name(&self) -> &str {
        &self.origin.name
    }

    /// Whether it is switched on; one without an exported state is taken to be.
    pub fn is_enabled(&self) -> bool {
        self.state.is_none() || says(&self.state, "Enabled")
    }

    /// Whether it acts, and does not only log.
    pub fn is_enforced(&self) -> bool {
        self.mode.is_none() || says(&self.mode, "Enforce")
    }

    /// Whether it asks for spam filtering to be skipped.
    pub fn requests_bypass(&self) -> bool {
        self.set_scl == Some(-1)
    }

    /// Whether it marks mail as spam: SCL 5 and 6 are spam, 7 to 9 high confidence spam.
    pub fn marks_spam(&self) -> bool {
        self.set_scl.is_some_and(|scl| scl >= 5)
    }

    /// Whether it sets this header, in any spelling of the name's case.
    pub fn sets_header(&self, name: &str) -> bool {
        says(&self.set_header_name, name)
    }

    /// The condition of that name.
    pub fn condition(&self, name: &str) -> Option<&Predicate> {
        self.conditions.iter().find(|predicate| predicate.name == name)
    }

    /// The exception of that name, without `ExceptIf`.
    pub fn exception(&self, name: &str) -> Option<&Predicate> {
        self.exceptions.iter().find(|predicate| predicate.name == name)
    }

    /// Whether it keeps a message from its recipient, and how.
    pub fn stops(&self) -> Option<&'static str> {
        if self.reject_reason.is_some() || self.reject_status_code.is_some() {
            Some("rejects")
        } else if self.delete_message == Some(true) {
            Some("deletes")
        } else if self.quarantine == Some(true) {
            Some("quarantines")
        } else if self.redirect_to.as_ref().is_some_and(|to| !to.is_empty()) {
            Some("redirects")
        } else if self.moderate_by.as_ref().is_some_and(|to| !to.is_empty()) {
            Some("holds for approval")
        } else {
            None
        }
    }

    /// Whether it stops, removes or diverts a message, or what it does with it instead.
    pub fn diversion(&self) -> Option<&'static str> {
        self.stops().or(self.route_connector.as_ref().map(|_| "routes to another connector"))
    }
}

fn conditions(row: &mut Row<'_>) -> Vec<Predicate> {
    predicates(row, "")
}

fn exceptions(row: &mut Row<'_>) -> Vec<Predicate> {
    predicates(row, "ExceptIf")
}

/// The predicates that are set: present, not null, not false, not empty.
fn predicates(row: &Row<'_>, prefix: &str) -> Vec<Predicate> {
    let mut found = Vec::new();
    for (key, value) in row.map {
        if value.is_null() || value == &serde_json::Value::Bool(false) {
            continue;
        }
        let Some(start) = key.get(..prefix.len()) else { continue };
        let name = &key[prefix.len()..];
        if !start.eq_ignore_ascii_case(prefix) {
            continue;
        }
        let Some(name) = CONDITIONS.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
            continue;
        };
        // A shape that no reader knows is still a condition that is set: keep it, unread.
        let values = json::list(value).unwrap_or_else(|_| vec![json::shown(value).into()]);
        if values.is_empty() {
            continue;
        }
        let partner = match *name {
            "HeaderContainsMessageHeader" => Some("HeaderContainsWords"),
            "HeaderMatchesMessageHeader" => Some("HeaderMatchesPatterns"),
            _ => None,
        };
        let words = partner
            .and_then(|partner| json::get(row.map, &format!("{prefix}{partner}")))
            .and_then(|value| json::list(value).ok())
            .unwrap_or_default();
        let addresses = match *name {
            "SenderIpRanges" => AddressList::new(values.iter().cloned()),
            _ => AddressList::default(),
        };
        found.push(Predicate { name, values, words, addresses });
    }
    // The sender's address is what most rules hang on: it is told first.
    found.sort_by_key(|predicate| (predicate.name != "SenderIpRanges", predicate.name));
    found
}
