use super::*;
use crate::trace::statement::{Kind, Statement};

fn landing(statements: &[(Kind, &str)]) -> Landing {
    let statements = statements.iter().map(|(kind, value)| Statement::test(*kind, value)).collect();
    Landing::from_journey(&Journey::assemble(statements))
}

type Case = (&'static [(Kind, &'static str)], Outcome, Certainty);

#[test]
fn rows_tell_where_a_message_ended_and_no_more() {
    use Kind::{
        Answer, DeliveryAction, DeliveryLocation, Di, Event, Folder, LatestLocation, OpenStatus,
        Status,
    };
    let cases: &[Case] = &[
        (&[(Event, "receive"), (Event, "deliver")], Outcome::Delivered, Proven),
        (&[(Event, "deliver"), (Folder, "JunkEmail")], Outcome::Junk, Proven),
        (&[(Event, "deliver"), (Folder, "Inbox")], Outcome::Inbox, Proven),
        (&[(Event, "deliver"), (Folder, "QuarantinedEmailSecured")], Outcome::Quarantine, Proven),
        (&[(Event, "deliver"), (Folder, "LegacySchedule")], Outcome::Delivered, Proven),
        (&[(Event, "deliver"), (Di, "SQ")], Outcome::Quarantine, Likely),
        (&[(Event, "deliver"), (Di, "SN")], Outcome::Delivered, Proven),
        (
            &[(Event, "fail"), (Answer, "550 5.7.1 TRANSPORT.RULES.RejectMessage; x")],
            Outcome::Rejected,
            Proven,
        ),
        (&[(Event, "fail")], Outcome::Failed, Proven),
        (&[(Event, "fail"), (Answer, "4.4.7 QUEUE.Expired")], Outcome::Failed, Proven),
        (
            &[(Event, "fail"), (Kind::TransportRule, "||Enforce|DeleteMessage")],
            Outcome::Dropped,
            Proven,
        ),
        (&[(Event, "drop")], Outcome::Dropped, Proven),
        (
            &[(Event, "drop"), (Answer, "250 2.1.5 RESOLVER.GRP.Expanded; x")],
            Outcome::Expanded,
            Proven,
        ),
        (&[(Event, "expand")], Outcome::Expanded, Proven),
        // the rows behind the end of a group's copy are its members'
        (
            &[
                (Event, "drop"),
                (Answer, "250 2.1.5 RESOLVER.GRP.Expanded; x"),
                (Event, "deliver"),
                (Folder, "Inbox"),
            ],
            Outcome::Expanded,
            Proven,
        ),
        (&[(Event, "receive"), (Event, "defer")], Outcome::Deferred, Proven),
        (&[(Event, "defer"), (Event, "deliver")], Outcome::Delivered, Proven),
        (&[(Event, "receive"), (Event, "send")], Outcome::HandedOn, Likely),
        (&[(Event, "send external")], Outcome::HandedOn, Proven),
        (&[(Event, "receive")], Outcome::Unknown, Possible),
        (&[(Event, "initmessagecreated")], Outcome::Deferred, Proven),
        (&[(Event, "initmessagecreated"), (Event, "moderatorreject")], Outcome::Rejected, Likely),
        (&[(Status, "Delivered")], Outcome::Delivered, Likely),
        (&[(Status, "FilteredAsSpam")], Outcome::Junk, Possible),
        (&[(Status, "Quarantined"), (Event, "deliver")], Outcome::Quarantine, Proven),
        (&[(OpenStatus, "Resolved")], Outcome::Unknown, Possible),
        (&[(OpenStatus, "GettingStatus")], Outcome::Unknown, Possible),
        (&[(OpenStatus, "Pending")], Outcome::Deferred, Proven),
        // an end counts wherever it stands
        (&[(Status, "Delivered"), (OpenStatus, "Pending")], Outcome::Delivered, Likely),
        (&[(OpenStatus, "GettingStatus"), (Status, "Failed")], Outcome::Failed, Proven),
        (&[(Kind::HeldStatus, "NotReleased")], Outcome::Quarantine, Proven),
        (
            &[(Kind::ReleaseStatus, "Released"), (Kind::HeldStatus, "NotReleased")],
            Outcome::Delivered,
            Likely,
        ),
        (&[(DeliveryLocation, "Inbox/folder")], Outcome::Inbox, Likely),
        (
            &[(DeliveryLocation, "Inbox/folder"), (LatestLocation, "Quarantine")],
            Outcome::Removed,
            Likely,
        ),
        (
            &[(DeliveryLocation, "Quarantine"), (LatestLocation, "Inbox/folder")],
            Outcome::Inbox,
            Likely,
        ),
        (
            &[(DeliveryAction, "Blocked"), (DeliveryLocation, "Quarantine")],
            Outcome::Quarantine,
            Proven,
        ),
        (&[(DeliveryAction, "Junked")], Outcome::Junk, Proven),
        (
            &[
                (Kind::QuarantineReason, "TransportRule"),
                (Kind::HeldStatus, "NotReleased"),
                (Status, "Delivered"),
            ],
            Outcome::Quarantine,
            Proven,
        ),
        // it may have been released
        (
            &[(Kind::QuarantineReason, "TransportRule"), (Status, "Delivered")],
            Outcome::Quarantine,
            Likely,
        ),
        (&[(Kind::ReleaseStatus, "Released")], Outcome::Delivered, Likely),
        (
            &[(Kind::PostDelivery, "Phish ZAP|SpecialAction|Success|Quarantine")],
            Outcome::Removed,
            Proven,
        ),
        (&[(Kind::PostDelivery, "Spam ZAP||Success|Junk folder")], Outcome::Junk, Proven),
        (
            &[
                (DeliveryLocation, "Junk folder"),
                (Kind::PostDelivery, "Manual remediation|AdminAction|Success|Inbox/folder"),
            ],
            Outcome::Inbox,
            Likely,
        ),
        (
            &[(LatestLocation, "Inbox/folder"), (Kind::PostDelivery, "ZAP|||Inbox/folder")],
            Outcome::Inbox,
            Likely,
        ),
        (
            &[(Kind::PostDelivery, "Phish ZAP||Error|"), (Event, "deliver")],
            Outcome::Delivered,
            Proven,
        ),
        (
            &[(Kind::PlatformError, "550 5.4.1 x"), (Kind::Platform, "Error")],
            Outcome::NotTraced,
            Proven,
        ),
    ];
    check(cases);
}

fn check(cases: &[Case]) {
    for (statements, outcome, certainty) in cases {
        let landing = landing(statements);
        assert_eq!((landing.outcome, landing.certainty), (*outcome, *certainty), "{statements:?}");
    }
}

#[test]
fn a_rule_that_only_logs_deletes_nothing_and_a_deleted_message_has_no_answer() {
    use Kind::{Answer, Event, TransportRule};
    const NO_SUCH: (Kind, &str) = (Answer, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found");
    const LOGGED: (Kind, &str) = (Answer, "550 5.2.1 Message deleted by the transport rules agent");
    const FAIL: (Kind, &str) = (Event, "fail");
    const AUDIT: (Kind, &str) = (TransportRule, "||Audit|DeleteMessage");
    const ENFORCE: (Kind, &str) = (TransportRule, "||Enforce|DeleteMessage");
    check(&[
        (&[FAIL, AUDIT, NO_SUCH], Outcome::Rejected, Proven),
        (&[FAIL, AUDIT], Outcome::Failed, Proven),
        (
            &[FAIL, (TransportRule, "||Test without Policy Tips|DeleteMessage")],
            Outcome::Failed,
            Proven,
        ),
        (&[FAIL, ENFORCE, NO_SUCH], Outcome::Rejected, Proven),
        (&[FAIL, ENFORCE], Outcome::Dropped, Proven),
        (&[FAIL, ENFORCE, LOGGED], Outcome::Dropped, Proven),
        (&[FAIL, LOGGED], Outcome::Dropped, Proven),
    ]);
}

#[test]
fn a_release_ends_what_quarantine_rows_say_until_it_is_taken_again() {
    use Kind::{
        DeliveryAction, DeliveryLocation, Folder, LatestLocation, PostDelivery, QuarantineReason,
        ReleaseStatus, Status,
    };
    const LISTED: (Kind, &str) = (ReleaseStatus, "Released");
    const RELEASE: (Kind, &str) =
        (PostDelivery, "Quarantine release|AdminAction|Success|Inbox/folder");
    const NOWHERE: (Kind, &str) = (PostDelivery, "Quarantine release|AdminAction|Success|");
    const ZAP: (Kind, &str) = (PostDelivery, "Phish ZAP||Success|Quarantine");
    const HELD: (Kind, &str) = (DeliveryLocation, "Quarantine");
    check(&[
        (
            &[(Status, "Quarantined"), (QuarantineReason, "Phish"), LISTED],
            Outcome::Delivered,
            Likely,
        ),
        (&[(Folder, "QuarantinedEmailSecured"), LISTED], Outcome::Delivered, Likely),
        (&[(Folder, "Inbox"), LISTED], Outcome::Inbox, Proven),
        (&[HELD, RELEASE], Outcome::Inbox, Likely),
        (&[HELD, NOWHERE], Outcome::Delivered, Likely),
        (&[HELD, NOWHERE, (LatestLocation, "Inbox/folder")], Outcome::Inbox, Likely),
        (&[(DeliveryAction, "Blocked"), NOWHERE], Outcome::Delivered, Likely),
        (&[HELD, (PostDelivery, "Quarantine release||Error|")], Outcome::Quarantine, Proven),
        (&[RELEASE, ZAP], Outcome::Removed, Proven),
        (&[ZAP, RELEASE], Outcome::Inbox, Likely),
        // the list says no time: what was released is what ZAP put there, unless it was there before
        (&[ZAP, LISTED], Outcome::Delivered, Likely),
        (&[HELD, ZAP, LISTED], Outcome::Removed, Proven),
        (&[RELEASE, ZAP, LISTED], Outcome::Removed, Proven),
        (&[(PostDelivery, "Spam ZAP||Success|Junk folder"), LISTED], Outcome::Junk, Proven),
    ]);
    assert!(landing(&[HELD, LISTED]).contradictions.is_empty());
    assert!(landing(&[(Status, "Quarantined"), RELEASE]).contradictions.is_empty());
    for now in [(LatestLocation, "Quarantine"), (Kind::HeldStatus, "NotReleased")] {
        let landing = landing(&[HELD, now, RELEASE]);
        assert_eq!((landing.outcome, landing.contradictions.len()), (Outcome::Inbox, 1), "{now:?}");
    }
}

#[test]
fn places_that_exclude_each_other_are_told() {
    let landing = landing(&[(Kind::Folder, "JunkEmail"), (Kind::DeliveryLocation, "Inbox/folder")]);
    assert_eq!(landing.outcome, Outcome::Inbox);
    assert_eq!(landing.contradictions.len(), 1);
}

#[test]
fn a_recipient_without_row_is_missing_only_where_rows_were_given() {
    use Kind::{Platform, PlatformError};
    type Case = (&'static [(Kind, &'static str)], Outcome, Outcome);
    let cases: &[Case] = &[
        (&[(Platform, "Email Sent")], Outcome::NotTraced, Outcome::Unknown),
        (&[(Platform, "Clicked Link")], Outcome::Unknown, Outcome::Unknown),
        (&[(Platform, "Opened")], Outcome::Unknown, Outcome::Unknown),
        (&[(Platform, "Submitted")], Outcome::Unknown, Outcome::Unknown),
        (&[(Platform, "Clicked Link"), (Platform, "Error")], Outcome::NotTraced, Outcome::Failed),
        (&[(Platform, "Error")], Outcome::NotTraced, Outcome::Failed),
        (&[(Platform, "Queued")], Outcome::NotTraced, Outcome::Deferred),
        (&[(PlatformError, "550 5.4.1 x")], Outcome::NotTraced, Outcome::Rejected),
        (&[], Outcome::NotTraced, Outcome::Unknown),
    ];
    for (statements, with, without) in cases {
        let statements = statements.iter().map(|(kind, value)| Statement::test(*kind, value));
        let mut journey = Journey::assemble(statements.collect());
        let at = format!("{:?}", journey.platform);
        assert_eq!(Landing::from_journey(&journey).outcome, *with, "{at}");
        journey.without_trace = true;
        let landing = Landing::from_journey(&journey);
        assert_eq!(landing.outcome, *without, "{at}");
        let told = landing.outcome != Outcome::Unknown || landing.because.contains("no trace");
        assert!(told, "{at}");
    }
}
