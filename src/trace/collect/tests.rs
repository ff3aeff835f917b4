//! Rows of every format, and the journeys they make.

use super::*;
use crate::case::{Case, Landing};
use crate::finding::{Certainty, Outcome};
use crate::landing::follow;
use crate::trace::event::Event;
use crate::trace::reader::{self, Body, Input, Options};
use crate::trace::report::Report;

fn journeys(files: &[(&str, &str)]) -> Vec<Journey> {
    let mut journeys = collected(files).finish();
    follow(&mut journeys);
    journeys
}

fn collected(files: &[(&str, &str)]) -> Collector {
    let (collector, report) = read(files);
    assert_eq!(report.refusals, [], "every row is understood");
    collector
}

fn read(files: &[(&str, &str)]) -> (Collector, Report) {
    let inputs = files
        .iter()
        .map(|(name, text)| Input { source: Arc::from(*name), body: Body::Bytes(text.as_bytes()) })
        .collect();
    reader::read(
        inputs,
        &Options::default(),
        Collector::default,
        |collector, row| collector.row(row),
        std::convert::identity,
        Collector::merge,
    )
    .unwrap()
}

fn of<'j>(journeys: &'j [Journey], recipient: &str) -> &'j Journey {
    let is = |journey: &&Journey| {
        journey.recipient.as_ref().is_some_and(|fact| fact.value.eq_ignore_ascii_case(recipient))
    };
    journeys.iter().find(is).unwrap_or_else(|| panic!("no journey of {recipient}"))
}

fn outcome(journeys: &[Journey], recipient: &str) -> (Outcome, Certainty) {
    let landing = Landing::from_journey(of(journeys, recipient));
    (landing.outcome, landing.certainty)
}

const EXTENDED: &str = "\
date_time_utc,client_ip,source_context,connector_id,source,event_id,message_id,network_message_id,recipient_address,recipient_status,related_recipient_address,reference,message_subject,sender_address,return_path,message_info,directionality,tenant_id,original_client_ip,custom_data,client_hostname,server_ip,server_hostname,internal_message_id,total_bytes,recipient_count,original_server_ip
2026-03-02T08:15:01.1000000Z,198.51.100.25,,Default,SMTP,RECEIVE,<m1@sim.example>,5a1c2d3e00014a4a9b9b08de781234ab,ann@contoso.example;bob@contoso.example;all@contoso.example,;;,,,Hi,hr@sim.example,bounce@mail.sim.example,,Incoming,00000000-1111-2222-3333-444444444444,198.51.100.25,S:AccountForest=EURPR00A001.PROD.OUTLOOK.COM,,,,1,1,3,
2026-03-02T08:15:02.2000000Z,,,,AGENT,AGENTINFO,<m1@sim.example>,5a1c2d3e00014a4a9b9b08de781234ab,ann@contoso.example;bob@contoso.example,,,,Hi,hr@sim.example,bounce@mail.sim.example,,Incoming,,198.51.100.25,S:SFA=SUM|SFV=SPM|IPV=CAL|SRV=BULK|SCL=9|DI=SN|CIP=203.0.113.9|CTRY=US;S:TRA=ETR|ruleId=19a25eb2-3e43-4896-ad9e-47b6c359779d|st=7/17/2017 12:31:25 AM|action=RejectMessage|sev=1|mode=Enforce;'S:OriginalFromAddress=\"\"Doe; Jane\"\" <hr@sim.example>',,,,1,1,2,
2026-03-02T08:15:02.9000000Z,,Transport Rule Agent,,ROUTING,FAIL,<m1@sim.example>,5a1c2d3e00014a4a9b9b08de781234ab,bob@contoso.example,[{LED=550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy};{MSG=};{FQDN=};{IP=};{LRT=}],,,Hi,hr@sim.example,bounce@mail.sim.example,,Incoming,,198.51.100.25,,,,,1,1,1,
2026-03-02T08:15:03.0000000Z,,,,ROUTING,EXPAND,<m1@sim.example>,5a1c2d3e00014a4a9b9b08de781234ab,cat@contoso.example,,all@contoso.example,,Hi,hr@sim.example,bounce@mail.sim.example,,Incoming,,198.51.100.25,,,,,1,1,1,
2026-03-02T08:15:03.1000000Z,,,,RESOLVER,REDIRECT,<m1@sim.example>,5a1c2d3e00014a4a9b9b08de781234ab,dan@contoso.example,,cat@contoso.example,,Hi,hr@sim.example,bounce@mail.sim.example,,Incoming,,198.51.100.25,,,,,1,1,1,
2026-03-02T08:15:04.1000000Z,,,,STOREDRIVER,DELIVER,<m1@sim.example>,5a1c2d3e00014a4a9b9b08de781234ab,Ann@contoso.example;dan@contoso.example,DefaultFolderType:JunkEmail;,,,Hi,hr@sim.example,bounce@mail.sim.example,,Incoming,,198.51.100.25,,,,,1,1,2,
2026-03-02T08:15:05.1000000Z,,,,REDUNDANCY,HADISCARD,<m1@sim.example>,5a1c2d3e00014a4a9b9b08de781234ab,zoe@contoso.example,,,,Hi,hr@sim.example,bounce@mail.sim.example,,Incoming,,,,,,,1,1,1,
";

#[test]
fn an_extended_report_tells_each_recipients_own_story() {
    let all = journeys(&[("e.csv", EXTENDED)]);
    assert_eq!(all.len(), 5, "redundancy rows are about nobody");
    assert_eq!(outcome(&all, "ann@contoso.example"), (Outcome::Junk, Certainty::Proven));
    assert_eq!(outcome(&all, "bob@contoso.example"), (Outcome::Rejected, Certainty::Proven));
    assert_eq!(outcome(&all, "all@contoso.example"), (Outcome::Expanded, Certainty::Proven));
    assert_eq!(outcome(&all, "cat@contoso.example"), (Outcome::Delivered, Certainty::Likely));
    assert_eq!(outcome(&all, "dan@contoso.example"), (Outcome::Delivered, Certainty::Proven));
    let bob = of(&all, "bob@contoso.example");
    assert_eq!(
        bob.answer_for("rule-reject").map(|answer| answer.evidence.place),
        Some(Place::Row(3))
    );
    assert!(bob.rules[0].value.does("rejectmessage"));
    assert_eq!(bob.agents[0].value.as_ref(), "Transport Rule Agent");
    let ann = of(&all, "ann@contoso.example");
    assert_eq!(ann.verdict.connecting_ip.as_ref().unwrap().value.to_string(), "203.0.113.9");
    assert_eq!(ann.delivery_seconds, Some(3.0));
    assert_eq!(ann.envelope.mail_from.as_ref().unwrap().value.as_ref(), "bounce@mail.sim.example");
    assert_eq!(ann.envelope.from.as_ref().unwrap().value.as_ref(), "hr@sim.example");
    assert_eq!(
        ann.envelope.network_message_id.as_ref().unwrap().value.as_ref(),
        "5a1c2d3e-0001-4a4a-9b9b-08de781234ab"
    );
    assert_eq!(ann.account_forest.as_ref().unwrap().value.as_ref(), "EURPR00A001.PROD.OUTLOOK.COM");
}

#[test]
fn events_of_one_second_are_put_in_the_order_of_their_phases() {
    let detail = "\"Organization\",\"MessageId\",\"MessageTraceId\",\"Date\",\"Event\",\"Action\",\"Detail\",\"Data\",\"SenderAddress\",\"RecipientAddress\"
\"o\",\"<m@sim.example>\",\"5a1c2d3e-0001-4a4a-9b9b-08de781234ab\",\"3/22/2026 8:15:03 AM\",\"Fail\",\"\",\"Reason: [{LED=550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy};{MSG=}\",\"<root><MEP Name=\"\"SourceContext\"\" String=\"\"Transport Rule Agent\"\" /></root>\",\"hr@sim.example\",\"bob@contoso.example\"
\"o\",\"<m@sim.example>\",\"5a1c2d3e-0001-4a4a-9b9b-08de781234ab\",\"3/22/2026 8:15:03 AM\",\"Transport rule\",\"\",\"Transport rule: 'Block contracts', ID: ('9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5e'), DLP policy: '', ID: (00000000-0000-0000-0000-000000000000).\",\"\",\"hr@sim.example\",\"bob@contoso.example\"
\"o\",\"<m@sim.example>\",\"5a1c2d3e-0001-4a4a-9b9b-08de781234ab\",\"3/22/2026 8:15:03 AM\",\"Receive\",\"\",\"Message received by: X\",\"<root><MEP Name=\"\"ClientIP\"\" String=\"\"198.51.100.25\"\" /></root>\",\"hr@sim.example\",\"bob@contoso.example\"
\"o\",\"<m@sim.example>\",\"5a1c2d3e-0001-4a4a-9b9b-08de781234ab\",\"3/22/2026 8:15:07 AM\",\"Deliver\",\"\",\"The message was successfully delivered to the folder: DefaultFolderType:QuarantinedEmailSecured\",\"\",\"hr@sim.example\",\"ann@contoso.example\"
\"o\",\"<m@sim.example>\",\"5a1c2d3e-0001-4a4a-9b9b-08de781234ab\",\"3/22/2026 8:15:06 AM\",\"Spam\",\"Quarantine\",\"Spam confidence level: 8\",\"<root><MEP Name=\"\"SFV\"\" String=\"\"SPM\"\" /></root>\",\"hr@sim.example\",\"ann@contoso.example\"
";
    let all = journeys(&[("d.csv", detail)]);
    let bob = of(&all, "bob@contoso.example");
    let events: Vec<Event> = bob.events.iter().map(|step| step.event).collect();
    assert_eq!(events, [Event::Receive, Event::TransportRule, Event::Fail]);
    assert_eq!(bob.rules[0].value.label(), "“Block contracts”");
    assert_eq!(outcome(&all, "bob@contoso.example"), (Outcome::Rejected, Certainty::Proven));
    assert_eq!(outcome(&all, "ann@contoso.example"), (Outcome::Quarantine, Certainty::Proven));
    let ann = of(&all, "ann@contoso.example");
    assert_eq!(ann.verdict.scl.as_ref().map(|scl| scl.value), Some(8));
}

#[test]
fn summaries_statuses_hunting_clicks_and_quarantine_join_into_one_journey() {
    let summary = "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id,delivery_priority
2026-03-02T08:15:01.1234567Z,hr@sim.example,\"ann@contoso.example##Receive, Deliver;bob@contoso.example##Receive, Fail\",Hi,1,<m1@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,198.51.100.25,Incoming,,Normal
";
    let hunting = "Timestamp,NetworkMessageId,InternetMessageId,SenderMailFromAddress,SenderFromAddress,SenderIPv4,RecipientEmailAddress,Subject,DeliveryAction,DeliveryLocation,OrgLevelAction,OrgLevelPolicy,LatestDeliveryLocation
2026-03-02T08:15:04.1234567Z,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,<m1@sim.example>,bounce@sim.example,hr@sim.example,198.51.100.25,Ann@contoso.example,Hi,Delivered,Inbox/folder,Allow,Phishing simulation,Inbox/folder
";
    let clicks = "Timestamp,Url,ActionType,AccountUpn,Workload,NetworkMessageId,IPAddress,IsClickedThrough,UrlChain
2026-03-02T08:15:09Z,https://x.sim.example/,ClickAllowed,ann@contoso.example,Email,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,203.0.113.7,1,[]
";
    let all = journeys(&[("s.csv", summary), ("h.csv", hunting), ("c.csv", clicks)]);
    assert_eq!(all.len(), 2);
    let ann = of(&all, "ann@contoso.example");
    assert_eq!(ann.sources.len(), 3);
    assert_eq!(ann.hunting.org_policy.as_ref().unwrap().value.as_ref(), "Phishing simulation");
    assert_eq!(ann.clicks[0].value.ip.unwrap().to_string(), "203.0.113.7");
    assert_eq!(outcome(&all, "ann@contoso.example"), (Outcome::Inbox, Certainty::Likely));
    assert_eq!(outcome(&all, "bob@contoso.example"), (Outcome::Failed, Certainty::Proven));
    assert_eq!(ann.envelope.mail_from.as_ref().unwrap().value.as_ref(), "bounce@sim.example");
}

#[test]
fn the_platforms_record_joins_by_recipient_and_shows_who_is_missing() {
    let results = "id,status,ip,latitude,longitude,send_date,reported,modified_date,email,first_name,last_name,position
a,Clicked Link,203.0.113.7,41,28,2026-03-02T08:15:00.5Z,false,2026-03-02T09:01:10.1Z,ann@contoso.example,Ann,Lee,
b,Error,,0,0,0001-01-01T00:00:00Z,false,2026-03-02T08:15:02.2Z,gone@contoso.example,Gone,User,";
    let events = "campaign_id,email,time,message,details
7,,2026-03-02T08:14:59.9Z,Campaign Created,
7,gone@contoso.example,2026-03-02T08:15:02.2Z,Error Sending Email,\"{\"\"error\"\":\"\"550 5.4.1 Recipient address rejected: Access denied.\"\"}\"
7,ann@contoso.example,2026-03-02T09:01:10.1Z,Clicked Link,\"{\"\"browser\"\":{\"\"address\"\":\"\"203.0.113.7\"\"}}\"";
    let trace = "Received,SenderAddress,RecipientAddress,Subject,Status,FromIP,MessageId
2026-03-02T08:15:01Z,b@sim.example,ann@contoso.example,Hi,Delivered,198.51.100.25,<m1@sim.example>
";
    let all = journeys(&[("r.csv", results), ("e.csv", events), ("t.csv", trace)]);
    assert_eq!(all.len(), 2);
    let gone = of(&all, "gone@contoso.example");
    assert!(!gone.traced);
    assert!(gone.answer_for("recipient-rejected-dbeb").is_some());
    let case = Case::from_journey(gone);
    assert_eq!(case.landing.outcome, Outcome::NotTraced);
    let ann = of(&all, "ann@contoso.example");
    assert!(ann.traced);
    assert_eq!(ann.clicks.len(), 2);
    assert!(ann.platform_says(&["clicked link"]).is_some());
}

/// Rows of a message to ann: when it came, from whom and where, and its status.
fn row(at: &str, sender: &str, status: &str) -> String {
    format!("{at},{sender},ann@contoso.example,Hi,{status},203.0.113.10,<{at}-{sender}>\n")
}

fn event(at: &str, word: &str, details: &str) -> String {
    format!("1,ann@contoso.example,{at},{word},{details}\n")
}

#[test]
fn a_platforms_record_joins_no_message_on_the_recipient_alone() {
    const SENT: &str = "2026-03-02T08:15:00Z";
    const SOON: &str = "2026-03-02T08:15:09Z";
    const WEEK_BEFORE: &str = "2026-02-25T09:00:00Z";
    const BANNED: &str =
        "\"{\"\"error\"\":\"\"550 5.7.606 Access denied, banned sending IP [203.0.113.10]\"\"}\"";
    let error = event(SENT, "Error Sending Email", BANNED);
    let sent = event(SENT, "Email Sent", "");
    let clicked = event("2026-03-05T10:00:00Z", "Clicked Link", "");
    let news = |at| row(at, "news@fabrikam.example", "Delivered");
    let own = |at, status| row(at, "b@sim.example", status);
    let failed_news = row(WEEK_BEFORE, "news@fabrikam.example", "Failed");
    const CAMPAIGN: &str =
        "mail_from_domains = [\"sim.example\"]\nsent_after = 2026-03-02T08:00:00Z";
    // record, rows, campaign; places of the rows that it joins
    let table: &[(&str, String, &str, &[usize])] = &[
        (&sent, own(SOON, "Delivered"), "", &[0]),
        (&sent, news(WEEK_BEFORE), "", &[]),
        (&sent, news(WEEK_BEFORE) + &own(SOON, "Failed"), "", &[1]),
        (&sent, news(SENT) + &own(SOON, "Delivered"), CAMPAIGN, &[1]),
        (&sent, news(SOON), CAMPAIGN, &[]),
        (&sent, own(WEEK_BEFORE, "Delivered"), CAMPAIGN, &[]),
        // a refusal leaves no row
        (&error, news(WEEK_BEFORE), "", &[]),
        (&error, failed_news, "", &[]),
        (&error, own(SOON, "Delivered"), "", &[]),
        (&error, own(SOON, "Failed"), "", &[]),
        (&error, own(SOON, "Delivered"), CAMPAIGN, &[0]),
        (&error, news(SOON), CAMPAIGN, &[]),
        // an act does not date the sending
        (&clicked, own(SOON, "Delivered"), "", &[0]),
        (&clicked, own("2026-03-09T08:15:00Z", "Delivered"), "", &[]),
        // still trying when it was exported
        (&event(SENT, "Sending", ""), own(SOON, "Delivered"), "", &[0]),
    ];
    for (record, rows, campaign, joined) in table {
        let events = format!("campaign_id,email,time,message,details\n{record}");
        let trace = format!(
            "Received,SenderAddress,RecipientAddress,Subject,Status,FromIP,MessageId\n{rows}"
        );
        let campaign = crate::campaign::reader::parse(&Arc::from("c.toml"), campaign).unwrap();
        let all =
            collected(&[("e.csv", &events), ("t.csv", &trace)]).finish_with(&|_| Some(&campaign));
        let traced = all.iter().filter(|journey| journey.traced);
        let places = traced.enumerate().filter(|(_, journey)| !journey.platform.is_empty());
        let places: Vec<usize> = places.map(|(at, _)| at).collect();
        assert_eq!(places, *joined, "{record}{rows}");
        let missing = all.iter().filter(|journey| !journey.traced).count();
        assert_eq!(missing, usize::from(joined.is_empty()), "{record}{rows}");
    }
}

#[test]
fn a_bounce_joins_a_failure_of_the_day_and_the_same_answer_any() {
    const LIST: &str = "email,status,sent at,error\nann@contoso.example,";
    let extended = |status: &str| {
        format!(
            "date_time_utc,source,event_id,message_id,network_message_id,recipient_address,recipient_status,custom_data\n\
            2026-03-02T08:15:03Z,ROUTING,FAIL,<m@sim.example>,,ann@contoso.example,{status},\n"
        )
    };
    let full = "550 5.2.2 mailbox full";
    for (record, status, joins) in [
        ("Bounced,2026-03-02T08:15:00Z,", full, true),
        ("Bounced,2026-02-02T08:15:00Z,", full, false),
        ("Bounced,,", full, false),
        ("Error,2026-03-02T08:15:00Z,550 5.2.2 full", full, true),
        ("Error,2026-03-02T08:15:00Z,550 5.4.1 Access denied", full, false),
    ] {
        let list = format!("{LIST}{record}\n");
        let all = journeys(&[("l.csv", &list), ("e.csv", &extended(status))]);
        assert_eq!(all.len(), if joins { 1 } else { 2 }, "{record}");
    }
}

#[test]
fn a_bare_list_misses_nobody_with_several_messages() {
    let trace = format!(
        "Received,SenderAddress,RecipientAddress,Subject,Status,FromIP,MessageId\n{}{}",
        row("2026-03-02T08:15:00Z", "a@sim.example", "Delivered"),
        row("2026-03-02T08:16:00Z", "b@sim.example", "Delivered"),
    );
    let all = journeys(&[("l.csv", "email\nann@contoso.example\n"), ("t.csv", &trace)]);
    assert!(all.len() == 2 && all.iter().all(|journey| journey.traced));
}

#[test]
fn what_an_action_after_delivery_is_called_is_less_than_where_the_message_is() {
    let actions = "Timestamp,NetworkMessageId,RecipientEmailAddress,Action,ActionType,ActionTrigger,ActionResult,DeliveryLocation
2026-03-02T09:00:00Z,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,ann@contoso.example,Moved to inbox,Manual remediation,AdminAction,Success,Inbox/folder
2026-03-02T09:00:00Z,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,bob@contoso.example,Quarantine release,Manual remediation,AdminAction,Success,Inbox/folder
2026-03-02T09:00:00Z,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,cat@contoso.example,Moved to quarantine,Manual remediation,AdminAction,Success,Quarantine
";
    let all = journeys(&[("a.csv", actions)]);
    assert_eq!(outcome(&all, "ann@contoso.example"), (Outcome::Inbox, Certainty::Likely));
    assert_eq!(outcome(&all, "bob@contoso.example"), (Outcome::Inbox, Certainty::Likely));
    assert!(of(&all, "bob@contoso.example").release().is_some());
    assert_eq!(outcome(&all, "cat@contoso.example"), (Outcome::Removed, Certainty::Proven));
    let explorer = "Date,Recipient,Additional actions,Delivery action,Latest delivery location,Original delivery location,Network message ID
2026-03-02T09:00:00Z,ann@contoso.example,\"Quarantine release,ZAP\",Delivered,Inbox/folder,Quarantine,5a1c2d3e-0001-4a4a-9b9b-08de781234ab
2026-03-02T09:00:00Z,bob@contoso.example,ZAP,Delivered,Quarantine,Inbox/folder,5a1c2d3e-0001-4a4a-9b9b-08de781234ab
2026-03-02T09:00:00Z,cat@contoso.example,ZAP,Delivered,,Inbox/folder,5a1c2d3e-0001-4a4a-9b9b-08de781234ab
2026-03-02T09:00:00Z,\"dan@contoso.example, eve@contoso.example\",None,Delivered,Junk folder,Junk folder,5a1c2d3e-0001-4a4a-9b9b-08de781234ab
";
    let all = journeys(&[("x.csv", explorer)]);
    assert_eq!(outcome(&all, "ann@contoso.example"), (Outcome::Inbox, Certainty::Likely));
    assert_eq!(outcome(&all, "bob@contoso.example"), (Outcome::Removed, Certainty::Proven));
    assert_eq!(outcome(&all, "cat@contoso.example"), (Outcome::Removed, Certainty::Proven));
    for one in ["dan@contoso.example", "eve@contoso.example"] {
        assert_eq!(outcome(&all, one), (Outcome::Junk, Certainty::Proven), "{one}");
    }
}

#[test]
fn a_status_is_a_recipients_own_only_where_it_is_clear_whose() {
    let row = |event: &str, recipients: &str, status: &str| {
        format!("2026-03-02T08:15:01Z,SMTP,{event},<m1@sim.example>,{recipients},{status},\n")
    };
    let header = "date_time_utc,source,event_id,message_id,recipient_address,recipient_status,related_recipient_address\n";
    let told = |text: String| {
        let all = journeys(&[("e.csv", &format!("{header}{text}"))]);
        let answers = |journey: &Journey| {
            journey.answers.iter().map(|answer| answer.value.text.to_string()).collect::<Vec<_>>()
        };
        all.iter().map(answers).collect::<Vec<_>>()
    };
    assert_eq!(
        told(row("FAIL", "ann@contoso.example", "550 4.4.7 QUEUE.Expired;message expired")),
        [["550 4.4.7 QUEUE.Expired;message expired"]]
    );
    let two = "ann@contoso.example;bob@contoso.example";
    assert_eq!(
        told(row("FAIL", two, "550 5.1.1 a;550 5.2.2 b")),
        [["550 5.1.1 a"], ["550 5.2.2 b"]]
    );
    // what ends a list is no member of it
    for (recipients, status) in [
        (two.to_owned(), "550 5.1.1 a;550 5.2.2 b;"),
        (format!("{two};"), "550 5.1.1 a;550 5.2.2 b"),
    ] {
        let all = told(row("FAIL", &recipients, status));
        assert_eq!(all, [["550 5.1.1 a"], ["550 5.2.2 b"]], "{recipients} {status}");
    }
    assert_eq!(
        told(row("FAIL", "ann@contoso.example;", "550 5.1.1 no; gone;")),
        [["550 5.1.1 no; gone"]]
    );
    let none: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    // the second text may be the rest of the first answer
    assert_eq!(told(row("FAIL", two, "550 5.1.10 a;not found;550 5.7.1 b;no")), none);
    assert_eq!(told(row("FAIL", two, "550 5.1.1 a")), none);
}

#[test]
fn members_are_not_taken_for_a_group_whose_address_is_left_out() {
    let rows = "Timestamp,Source,EventId,MessageId,Recipients
2026-03-02T08:15:01Z,ROUTING,EXPAND,<m1@sim.example>,ann@contoso.example;bob@contoso.example
2026-03-02T08:15:02Z,ROUTING,REDIRECT,<m1@sim.example>,cat@contoso.example
";
    let all = journeys(&[("c.csv", rows)]);
    assert_eq!(all.len(), 3);
    for journey in &all {
        assert_eq!(Landing::from_journey(journey).outcome, Outcome::Unknown, "{journey:?}");
    }
}

#[test]
fn people_are_known_by_their_addresses_however_a_list_writes_them() {
    let trace = "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId
2026-03-02T08:15:01Z,b@sim.example,ann@contoso.example,Hi,Delivered,<m1@sim.example>
2026-03-02T08:15:01Z,b@sim.example,bob@contoso.example,Hi,Delivered,<m1@sim.example>
2026-03-02T08:15:01Z,b@sim.example,cat@contoso.example,Hi,Delivered,<m1@sim.example>
";
    let people = "Mail,UserPrincipalName
SMTP:Ann@contoso.example,x@contoso.example
Bob Lee <bob@contoso.example>,x@contoso.example
,cat@contoso.example
<gone@contoso.example>,x@contoso.example
";
    let all = journeys(&[("t.csv", trace), ("p.csv", people)]);
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!(outcome(&all, "gone@contoso.example").0, Outcome::NotTraced);
}

#[test]
fn a_person_without_an_address_is_refused_and_not_left_out() {
    let people = "email,name\nann@contoso.example,Ann\n,nobody\nbob,Bob\n";
    let (_, report) = read(&[("p.csv", people)]);
    let refused: Vec<_> = report.refusals.iter().map(|one| (one.row, &*one.found)).collect();
    assert_eq!(refused, [(3, "bob")]);
}

#[test]
fn lists_of_addresses_in_json_are_as_many_recipients() {
    let log = r#"[{"Timestamp":"2026-03-02T08:15:01Z","Source":"STOREDRIVER","EventId":"DELIVER",
        "MessageId":"<m1@sim.example>","Recipients":["ann@contoso.example","o'brien@contoso.example"],
        "RecipientStatus":["","DefaultFolderType:JunkEmail"],"Sender":"b@sim.example"}]"#;
    let held = r#"[{"ReceivedTime":"\/Date(1772439301000)\/","Type":"Spam","MessageId":"<m1@sim.example>",
        "RecipientAddress":["ann@contoso.example"],"ReleaseStatus":"NotReleased","Subject":"Hi"}]"#;
    let all = journeys(&[("l.json", log), ("q.json", held)]);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(outcome(&all, "ann@contoso.example").0, Outcome::Quarantine);
    assert_eq!(outcome(&all, "o'brien@contoso.example").0, Outcome::Junk);
}

#[test]
fn a_list_that_says_no_of_a_step_does_not_tell_it() {
    let people = "email,delivered,bounced
ann@contoso.example,true,false
bob@contoso.example,0,1
cat@contoso.example,No,
dan@contoso.example,,3/2/2026 8:15:01 AM
eve@contoso.example,0001-01-01T00:00:00Z,Bounced
";
    let all = journeys(&[("p.csv", people)]);
    let told = |recipient: &str| {
        let steps = of(&all, recipient).platform.iter().map(|step| step.word.to_string());
        steps.collect::<Vec<_>>()
    };
    assert_eq!(told("ann@contoso.example"), ["Delivered"]);
    for (recipient, bounced) in [("bob", true), ("cat", false), ("dan", true), ("eve", true)] {
        let steps = told(&format!("{recipient}@contoso.example"));
        assert_eq!(steps, ["Bounced"][..usize::from(bounced)], "{recipient}");
    }
}
