use super::*;
use std::collections::BTreeSet;

fn told(header: &str) -> Option<Format> {
    recognise(header.split(',')).map(|d| d.format)
}

#[test]
fn every_export_is_told_by_its_header() {
    for (header, format) in [
        (
            "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id",
            Format::EnhancedSummary,
        ),
        (
            "date_time_utc,client_ip,source_context,source,event_id,message_id,recipient_address,custom_data",
            Format::Extended,
        ),
        ("Received,SenderAddress,RecipientAddress,Subject,Status", Format::MessageTrace),
        (
            "id,messageId,receivedDateTime,senderAddress,recipientAddress,subject,status,fromIP,toIP,size",
            Format::MessageTrace,
        ),
        ("Date,Sender,Recipient,Subject,Status", Format::MessageTrace),
        ("Date (UTC),Sender address,Recipient address,Subject,Status", Format::MessageTrace),
        ("SenderAddress,RecipientAddress,Subject,Status", Format::MessageTrace),
        ("MessageId,RecipientAddress,Status", Format::MessageTrace),
        ("ReceivedTime,Type,SenderAddress,RecipientAddress,Subject", Format::Quarantine),
        ("RecipientAddress,Status", Format::Recipients),
        (
            "Organization,MessageId,MessageTraceId,Date,Event,Action,Detail,Data,SenderAddress,RecipientAddress",
            Format::MessageTraceDetail,
        ),
        ("dateTime,event,action,description,data", Format::MessageTraceDetail),
        (
            "date-time,client-ip,source-context,connector-id,source,event-id,message-id,recipient-address",
            Format::TrackingLog,
        ),
        (
            "Timestamp,ClientIp,Source,EventId,MessageId,Recipients,RecipientStatus,EventData",
            Format::TrackingLogCmdlet,
        ),
        (
            "Timestamp,NetworkMessageId,RecipientEmailAddress,DeliveryAction,OrgLevelPolicy",
            Format::EmailEvents,
        ),
        (
            "Timestamp,NetworkMessageId,Action,ActionType,ActionTrigger,ActionResult,RecipientEmailAddress,DeliveryLocation",
            Format::EmailPostDeliveryEvents,
        ),
        ("Timestamp,NetworkMessageId,Url,UrlDomain,UrlLocation,ReportId", Format::EmailUrlInfo),
        (
            "Timestamp,Url,ActionType,AccountUpn,Workload,NetworkMessageId,IPAddress,IsClickedThrough",
            Format::UrlClickEvents,
        ),
        (
            "Date,Subject,Recipient,Sender address,Delivery action,Latest delivery location,Network message ID",
            Format::Explorer,
        ),
        (
            "Time received,Subject,Sender,Quarantine reason,Release status,Policy type,Expires,Recipient",
            Format::Quarantine,
        ),
        (
            "ReceivedTime,Type,Direction,SenderAddress,RecipientAddress,Subject,MessageId,Size,ReleaseStatus,Expires",
            Format::Quarantine,
        ),
        (
            "id,status,ip,latitude,longitude,send_date,reported,modified_date,email,first_name,last_name,position",
            Format::GophishResults,
        ),
        ("campaign_id,email,time,message,details", Format::GophishEvents),
        (
            "recipient_id,pst_id,user.email,user.first_name,scheduled_at,delivered_at",
            Format::KnowBe4,
        ),
        ("First Name,Last Name,E-Mail,Department", Format::Recipients),
    ] {
        assert_eq!(told(header), Some(format), "{header}");
    }
}

#[test]
fn spelling_and_order_of_header_cells_do_not_matter() {
    let header = "\"Status\", RECIPIENT_ADDRESS ,\u{feff}received,Colour of the day";
    assert_eq!(told(header), Some(Format::MessageTrace));
}

#[test]
fn a_table_about_something_else_is_no_export() {
    assert_eq!(told("name,price,quantity"), None);
    assert_eq!(told(""), None);
    // a part of a trace, not a list of people
    for header in ["MessageId,RecipientAddress,Subject", "event_id,recipient_address"] {
        assert_eq!(told(header), None, "{header}");
    }
}

#[test]
fn aliases_are_plain_and_each_stands_once() {
    for definition in formats::ALL {
        let mut seen = BTreeSet::new();
        for (alias, _) in definition.columns {
            assert_eq!(plain(alias), *alias, "{}", definition.name);
            assert!(seen.insert(alias), "{}: {alias}", definition.name);
        }
        for mark in definition.marks.iter().copied().flatten() {
            assert!(seen.contains(mark), "{}: {mark}", definition.name);
        }
    }
}

#[test]
fn every_format_has_one_definition() {
    let formats: BTreeSet<_> = formats::ALL.iter().map(|d| d.format).collect();
    assert_eq!(formats.len(), formats::ALL.len());
}
