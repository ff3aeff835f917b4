//! Laws of the reader, and one invented file of every shape.

use super::*;
use crate::trace::columns::Field;
use crate::trace::format::Format;
use proptest::prelude::*;
use std::convert::identity;
use std::io::Cursor;

/// What a row says in `fields`, `|` between them.
fn shown(row: &Row<'_>, fields: &[Field]) -> String {
    fields.iter().map(|field| row.get(*field).unwrap_or("-")).collect::<Vec<_>>().join("|")
}

/// All rows in order, as `number: cells`, and the report.
fn rows_of(
    inputs: Vec<Input<'_>>,
    options: &Options<'_>,
    fields: &[Field],
) -> Result<(Vec<String>, Report), Error> {
    let each = |rows: &mut Vec<String>, row: &Row<'_>| {
        if let Some(time) = row.time(Field::Time) {
            time?;
        }
        rows.push(format!("{}: {}", row.number, shown(row, fields)));
        Ok(())
    };
    read(inputs, options, Vec::new, each, identity, |rows, mut later| rows.append(&mut later))
}

fn bytes<'i>(name: &str, bytes: &'i [u8]) -> Vec<Input<'i>> {
    vec![Input { source: name.into(), body: Body::Bytes(bytes) }]
}

fn stream<'i>(bytes: &'i [u8]) -> Vec<Input<'i>> {
    vec![Input { source: "-".into(), body: Body::Stream(Box::new(Cursor::new(bytes))) }]
}

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let text = if mark { format!("\u{FEFF}{text}") } else { text.to_owned() };
    text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
}

/// The only row, in `fields`, of a file of `format` with nothing refused.
fn only_row(format: Format, text: &str, fields: &[Field]) -> String {
    let (rows, report) = rows_of(bytes("t", text.as_bytes()), &Options::default(), fields).unwrap();
    assert_eq!(report.files[0].format, Some(format), "{:?}", report.files[0]);
    assert_eq!((rows.len(), &report.refusals), (1, &Vec::new()), "{rows:?}");
    rows[0].clone()
}

#[test]
fn a_row_of_every_export_is_understood() {
    use Field::*;
    for (format, text, fields, expected) in [
        (
            Format::EnhancedSummary,
            "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id,delivery_priority\r\n2026-03-02T08:15:01.1234567Z,hr@phish.example,\"ann@contoso.example##Receive, Deliver\",\"Q1 \"\"bonus\"\"\",18211,<1@sim>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,198.51.100.25,Incoming,,Normal\r\n",
            [RecipientStatus, Subject, ConnectorId].as_slice(),
            "1: ann@contoso.example##Receive, Deliver|Q1 \"bonus\"|-",
        ),
        (
            Format::Extended,
            "date_time_utc,client_ip,source_context,connector_id,source,event_id,recipient_address,custom_data\r\n2026-03-02T08:15:01.1234567Z,198.51.100.25,\"MDB:1, Mailbox:2\",,STOREDRIVER,DELIVER,ann@contoso.example,S:SFA=SUM|SFV=SPM;\r\n",
            &[Time, SourceContext, Event, CustomData],
            "1: 2026-03-02T08:15:01.1234567Z|MDB:1, Mailbox:2|DELIVER|S:SFA=SUM|SFV=SPM;",
        ),
        (
            Format::MessageTrace,
            "#TYPE Deserialized.MessageTrace\r\n\"PSComputerName\",\"MessageId\",\"Received\",\"RecipientAddress\",\"Status\",\"ToIP\",\"MessageTraceId\"\r\n\"ps\",\"<1@sim>\",\"3/22/2026 8:15:01 AM\",\"ann@contoso.example\",\"Delivered\",\"\",\"5a1c\"\r\n",
            &[MessageId, Status, ToIp, NetworkMessageId],
            "1: <1@sim>|Delivered|-|5a1c",
        ),
        (
            Format::MessageTrace,
            "\u{FEFF}\"Received\";\"RecipientAddress\";\"Status\"\r\n\"02.03.2026 08:15:02\";\"carol@contoso.example\";\"Resolved\"\r\n",
            &[Recipient, Status],
            "1: carol@contoso.example|Resolved",
        ),
        (
            Format::MessageTraceDetail,
            "\"MessageId\",\"Date\",\"Event\",\"Action\",\"Detail\",\"Data\"\r\n\"<1@sim>\",\"3/22/2026 8:15:01 AM\",\"Spam\",\"Quarantine\",\"Spam confidence level: 8\",\"<root><MEP Name=\"\"DI\"\" String=\"\"SQ\"\" /></root>\"\r\n",
            &[Event, Data],
            "1: Spam|<root><MEP Name=\"DI\" String=\"SQ\" /></root>",
        ),
        (
            Format::TrackingLog,
            "\u{FEFF}#Software: Microsoft Exchange Server\r\n#Version: 15.01.2375.007\r\n#Log-type: Message Tracking Log\r\n#Date: 2026-03-02T00:00:00.000Z\r\n#Fields: date-time,source-context,source,event-id,recipient-address,custom-data\r\n2026-03-02T08:15:02.052Z,\"a, b\",AGENT,AGENTINFO,ann@contoso.example;bob@contoso.example,S:AMA=SUM|action=p\r\n",
            &[Source, Recipient, CustomData],
            "1: AGENT|ann@contoso.example;bob@contoso.example|S:AMA=SUM|action=p",
        ),
        (
            Format::TrackingLogCmdlet,
            "\"Timestamp\",\"Source\",\"EventId\",\"MessageId\",\"Recipients\",\"EventData\"\r\n\"3/22/2026 10:15:02 AM\",\"ROUTING\",\"FAIL\",\"<1@sim>\",\"System.String[]\",\"System.Collections.Generic.KeyValuePair`2[System.String,System.Object][]\"\r\n",
            &[Event, Recipient, CustomData],
            "1: FAIL|-|-",
        ),
        (
            Format::EmailEvents,
            "Timestamp,NetworkMessageId,RecipientEmailAddress,DeliveryAction,OrgLevelPolicy,DetectionMethods\n2026-03-02T08:15:04.1234567Z,5a1c,ann@contoso.example,Delivered,Phishing simulation,\"{\"\"Phish\"\":[\"\"URL malicious reputation\"\"]}\"\n",
            &[OrgLevelPolicy, DetectionMethods],
            "1: Phishing simulation|{\"Phish\":[\"URL malicious reputation\"]}",
        ),
        (
            Format::GophishResults,
            "id,status,ip,latitude,longitude,send_date,reported,modified_date,email,first_name,last_name,position\r\naB3xY9z,Error,,0,0,0001-01-01T00:00:00Z,false,2026-03-02T08:15:02.2Z,gone@contoso.example,\"\"\"Bobby\"\" Ray\",User,'=CTO",
            &[Email, SendStatus, FirstName, Position],
            "1: gone@contoso.example|Error|\"Bobby\" Ray|'=CTO",
        ),
        (
            Format::GophishEvents,
            "campaign_id,email,time,message,details\r\n7,gone@contoso.example,2026-03-02T08:15:02.2Z,Error Sending Email,\"{\"\"error\"\":\"\"550 5.4.1 Access denied.\"\"}\"\r\n",
            &[PlatformEvent, PlatformDetails],
            "1: Error Sending Email|{\"error\":\"550 5.4.1 Access denied.\"}",
        ),
        (
            Format::KnowBe4,
            "{\"recipient_id\": 3, \"pst_id\": 14, \"user\": {\"id\": 2, \"email\": \"bob@contoso.example\"}, \"delivered_at\": \"2026-04-02T15:02:38.000Z\", \"bounced_at\": null}",
            &[Email, DeliveredTime, BouncedTime],
            "1: bob@contoso.example|2026-04-02T15:02:38.000Z|-",
        ),
        (
            Format::MessageTrace,
            "{\"@odata.context\": \"x\", \"value\": [{\"id\": \"5a1c\", \"receivedDateTime\": \"2026-04-02T15:02:38Z\", \"recipientAddress\": \"bob@contoso.example\", \"status\": \"filteredAsSpam\", \"size\": 5}]}",
            &[NetworkMessageId, Status, Size],
            "1: 5a1c|filteredAsSpam|5",
        ),
        (
            Format::Recipients,
            "Name;E-Mail\nAnn;ann@contoso.example",
            &[Email],
            "1: ann@contoso.example",
        ),
    ] {
        assert_eq!(only_row(format, text, fields), expected);
    }
}

#[test]
fn a_file_reads_the_same_in_every_charset_and_as_a_stream() {
    let text = "Received;RecipientAddress;Subject\r\n2026-03-02T08:15:01Z;çağrı@contoso.example;\"Toplantı\r\n– \u{1F4A9} lütfen\"\r\n2026-03-02T08:15:02Z;bob@contoso.example;Hi\r\n";
    let fields = [Field::Recipient, Field::Subject];
    let (expected, _) = rows_of(bytes("t", text.as_bytes()), &Options::default(), &fields).unwrap();
    assert_eq!(expected.len(), 2);
    for (big, mark) in [(false, true), (false, false), (true, true), (true, false)] {
        let file = utf16(text, big, mark);
        for block in [2, 16, 4096] {
            let options = Options { block, ..Options::default() };
            assert_eq!(rows_of(bytes("t", &file), &options, &fields).unwrap().0, expected);
            assert_eq!(rows_of(stream(&file), &options, &fields).unwrap().0, expected);
        }
    }
}

#[test]
fn a_windows_charset_is_read_on_request() {
    let (file, _, _) = encoding_rs::WINDOWS_1254
        .encode("Received,RecipientAddress,Subject\n2026-03-02T08:15:01Z,a@b.example,Toplantı\n");
    let fields = [Field::Subject];
    let asked = Options { encoding: Some(encoding_rs::WINDOWS_1254), ..Options::default() };
    assert_eq!(rows_of(bytes("t", &file), &asked, &fields).unwrap().0, ["1: Toplantı"]);
    let (rows, report) = rows_of(bytes("t", &file), &Options::default(), &fields).unwrap();
    assert_eq!(rows, ["1: Toplant\u{FFFD}"]);
    assert!(report.files[0].notes.iter().any(|note| note.contains("--encoding")), "{report:?}");
}

#[test]
fn a_log_may_change_its_columns_between_joined_files() {
    let log = "#Software: Microsoft Exchange Server\r\n#Fields: date-time,source,event-id,message-id\r\n2026-03-02T08:15:02.052Z,SMTP,RECEIVE,<1>\r\n#Software: x\r\n#Fields: date-time,message-id,source,event-id,log-id\r\n2026-03-02T08:15:03.052Z,<2>,SMTP,SEND,9\r\n";
    for block in [1, 40, 1 << 20] {
        let options = Options { block, ..Options::default() };
        let (rows, report) =
            rows_of(bytes("t", log.as_bytes()), &options, &[Field::MessageId, Field::Event])
                .unwrap();
        assert_eq!(rows, ["1: <1>|RECEIVE", "2: <2>|SEND"], "{report:?}");
    }
}

#[test]
fn refused_rows_are_told_with_place_found_and_expected() {
    let text = "Received,RecipientAddress,Status\n2026-03-02T08:15:01Z,a@b.example\nyesterday,a@b.example,Failed\n2026-03-02T08:15:01Z,a@b.example,Failed,x\n2026-03-02T08:15:01Z,a@b.example,Failed,,\n\"2026,a@b.example,Failed\n2026-03-02T08:15:01Z,a@b.exa";
    let (rows, report) =
        rows_of(bytes("t.csv", text.as_bytes()), &Options::default(), &[Field::Status]).unwrap();
    assert_eq!(rows, ["4: Failed"]);
    let told: Vec<String> =
        report.refusals.iter().map(|refusal| Error::from(refusal.clone()).to_string()).collect();
    assert_eq!(
        told,
        [
            "t.csv: row 1: row: found “2 columns”, expected 3 columns, as in the header",
            "t.csv: row 2: Received: found “yesterday”, expected a date and time",
            "t.csv: row 3: row: found “4 columns”, expected 3 columns, as in the header",
            "t.csv: row 5: row: found “\"2026,a@b.example,Failed”, expected a closing quote within 256 lines, and 3 columns",
            "t.csv: row 6: row: found “2 columns; the file ends in this row”, expected 3 columns, as in the header",
        ]
    );
    let counts = report.counts();
    assert_eq!((counts.read, counts.used, counts.refused), (6, 1, 5));
    let text = text.replace('\n', "\r\n");
    let (_, other) =
        rows_of(bytes("t.csv", text.as_bytes()), &Options::default(), &[Field::Status]).unwrap();
    assert_eq!(other.refusals, report.refusals, "line ends are no part of a row");
}

#[test]
fn strict_reading_ends_with_the_first_refusal_of_the_input() {
    let text = format!(
        "Received,RecipientAddress\n{}x,a@b.example\ny,a@b.example\n",
        "2026-03-02T08:15:01Z,a@b.example\n".repeat(500)
    );
    let options = Options { strict: true, block: 64, refusals: 0, ..Options::default() };
    let error = rows_of(bytes("t.csv", text.as_bytes()), &options, &[])
        .err()
        .map(|error| error.to_string());
    assert_eq!(
        error.as_deref(),
        Some("t.csv: row 501: Received: found “x”, expected a date and time")
    );
}

#[test]
fn an_input_that_cannot_be_read_does_not_stop_the_others() {
    let mut inputs = bytes("binary.csv", b"\0\x01\x02\x03");
    inputs.push(Input {
        source: "none.csv".into(),
        body: Body::File("/nonexistent/none.csv".into()),
    });
    inputs.extend(bytes("t.csv", b"Received,RecipientAddress\n2026-03-02T08:15:01Z,a@b.example\n"));
    let (rows, report) = rows_of(inputs, &Options::default(), &[Field::Recipient]).unwrap();
    assert_eq!(rows, ["1: a@b.example"]);
    assert_eq!(report.files.len(), 3);
    let errors: Vec<String> = report.errors().map(Error::to_string).collect();
    assert!(errors[0].starts_with("binary.csv: binary data; expected"), "{errors:?}");
    assert!(errors[1].starts_with("none.csv: cannot be read: No such file"), "{errors:?}");
}

#[test]
fn the_order_of_day_and_month_is_settled_by_the_whole_file() {
    let early = "Received,RecipientAddress\n02/03/2026 08:15:01,a@b.example\n";
    let time = |text: &str, order: Option<DateOrder>| {
        let each = |times: &mut Vec<String>, row: &Row<'_>| {
            times.extend(row.time(Field::Time).transpose()?.map(|time| time.to_string()));
            Ok(())
        };
        let options = Options { date_order: order, block: 16, ..Options::default() };
        let merge = |times: &mut Vec<String>, mut later: Vec<String>| times.append(&mut later);
        let (times, report) =
            read(bytes("t", text.as_bytes()), &options, Vec::new, each, identity, merge).unwrap();
        (times[0].clone(), report.files[0].notes.iter().any(|note| note.contains("--date-order")))
    };
    assert_eq!(time(early, None), ("2026-03-02T08:15:01Z".into(), true));
    assert_eq!(time(early, Some(DateOrder::MonthFirst)), ("2026-02-03T08:15:01Z".into(), false));
    let late = format!(
        "{}{}02/13/2026 08:15:01,a@b.example\n",
        early,
        "02/03/2026 08:15:01,a@b.example\n".repeat(2000)
    );
    assert_eq!(time(&late, None), ("2026-02-03T08:15:01Z".into(), false));
}

#[test]
fn suspicious_numbers_of_rows_and_seams_of_joined_files_are_noted() {
    let header = "origin_timestamp_utc,recipient_status,message_id\n";
    let text = format!(
        "{header}{}{header}",
        "2026-03-02T08:15:01Z,a@b.example##Receive,<1>\n".repeat(50_000)
    );
    let (_, report) = rows_of(bytes("t", text.as_bytes()), &Options::default(), &[]).unwrap();
    let notes = &report.files[0].notes;
    assert_eq!(report.counts().read, 50_000);
    assert!(notes[0].starts_with("1 header lines are repeated"), "{notes:?}");
    assert!(notes[1].starts_with("exactly 50000 rows"), "{notes:?}");
}

#[test]
fn a_stream_that_fails_gives_what_came_before_and_says_so() {
    struct Cut<'a>(Cursor<&'a [u8]>);
    impl Read for Cut<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(out)? {
                0 => Err(std::io::Error::other("the archive is cut")),
                count => Ok(count),
            }
        }
    }
    let text = b"Received,RecipientAddress\n2026-03-02T08:15:01Z,a@b.example\n2026-03-02T08:15:01Z,b@b.exam";
    let body = Body::Stream(Box::new(Cut(Cursor::new(text))));
    let inputs = vec![Input { source: "a.zip:t.csv".into(), body }];
    let (rows, report) = rows_of(inputs, &Options::default(), &[Field::Recipient]).unwrap();
    assert_eq!(rows[0], "1: a@b.example");
    assert_eq!(
        report.errors().map(Error::to_string).collect::<Vec<_>>(),
        ["a.zip:t.csv: cannot be read: the archive is cut"]
    );
}

#[test]
fn offsets_lead_to_the_record() {
    let text = "Received,RecipientAddress,Subject\r\n2026-03-02T08:15:01Z,a@b.example,\u{1F4A9}ğ\r\n2026-03-02T08:15:01Z,b@b.example,x\r\n2026-03-02T08:15:01Z,c@b.example,x\r\n";
    let offsets = |file: &[u8]| {
        let each = |offsets: &mut Vec<u64>, row: &Row<'_>| {
            offsets.extend(row.offset);
            Ok(())
        };
        let merge = |offsets: &mut Vec<u64>, mut later: Vec<u64>| offsets.append(&mut later);
        let options = Options { block: 40, ..Options::default() };
        read(bytes("t", file), &options, Vec::new, each, identity, merge).unwrap().0
    };
    let plain = offsets(text.as_bytes());
    assert!(plain.iter().all(|at| text[*at as usize..].starts_with("2026-")), "{plain:?}");
    let wide = utf16(text, false, true);
    let found = offsets(&wide);
    let begins = |at: &u64| wide[*at as usize..].starts_with(&utf16("2026-", false, false));
    assert!(found.len() == 3 && found.iter().all(begins), "{found:?}");
}

/// Text that is full of seams: quotes, line ends, directives, headers.
fn seams() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("2026-03-02T08:15:01Z,a@b.example,x\n".to_owned()),
        2 => Just("2026-03-02T08:15:01Z,\"a\nb\",\"x,\"\"y\"\"\"\r\n".to_owned()),
        1 => Just("\"".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("\r\n\r\n".to_owned()),
        1 => Just(",".to_owned()),
        1 => Just("received,recipient_address,Subject\n".to_owned()),
        1 => Just("#TYPE x\n".to_owned()),
        1 => Just("#Fields: received,subject,recipient_address\n".to_owned()),
        1 => Just("x".repeat(150)),
        1 => "[a-zğ\u{1F4A9}]{1,5}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_division_into_blocks_on_any_number_of_threads_is_the_whole(body in seams(), block in 1_usize..300, threads in 1_usize..5, wide: bool) {
        let text = format!("received,recipient_address,Subject\n{body}");
        let file = if wide { utf16(&text, false, true) } else { text.into_bytes() };
        let fields = [Field::Recipient, Field::Subject];
        let whole = Options { threads: 1, longest_row: 100, ..Options::default() };
        let expected = rows_of(bytes("t", &file), &whole, &fields)?;
        let counts = expected.1.counts();
        prop_assert_eq!(counts.read, counts.used + counts.refused + counts.duplicates);
        let divided = Options { threads, block, ..whole.clone() };
        let found = rows_of(bytes("t", &file), &divided, &fields)?;
        prop_assert_eq!(&found, &expected);
        let mut streamed = rows_of(stream(&file), &divided, &fields)?;
        streamed.1.files[0].source = "t".into();
        for refusal in &mut streamed.1.refusals {
            refusal.source = "t".into();
        }
        prop_assert_eq!(&streamed, &expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(head in prop_oneof![Just(""), Just("received,recipient_address\n"), Just("\u{FEFF}#Fields: date-time,source,event-id\n"), Just("[{"), Just("email")], body in prop::collection::vec(any::<u8>(), 0..400), block in 1_usize..300) {
        let file = [head.as_bytes(), &body].concat();
        let options = Options { block, ..Options::default() };
        let (_, report) = rows_of(bytes("t", &file), &options, &[Field::Recipient, Field::Email])?;
        let counts = report.counts();
        prop_assert_eq!(counts.read, counts.used + counts.refused);
        prop_assert_eq!(report.files.len(), 1);
    }

    #[test]
    fn many_files_are_merged_in_their_order(sizes in prop::collection::vec(0_usize..30, 1..12), threads in 1_usize..5) {
        let files: Vec<String> = sizes.iter().enumerate().map(|(file, rows)| {
            let rows: String = (0..*rows).map(|row| format!("2026-03-02T08:15:01Z,{file}.{row}@b.example\n")).collect();
            format!("Received,RecipientAddress\n{rows}")
        }).collect();
        let inputs = || files.iter().flat_map(|file| bytes("t", file.as_bytes())).collect::<Vec<_>>();
        let expected: Vec<String> = sizes.iter().enumerate().flat_map(|(file, rows)| (0..*rows).map(move |row| format!("{}: {file}.{row}@b.example", row + 1))).collect();
        let options = Options { threads, block: 100, ..Options::default() };
        let (rows, report) = rows_of(inputs(), &options, &[Field::Recipient])?;
        prop_assert_eq!(rows, expected);
        prop_assert_eq!(report.files.len(), sizes.len());
    }
}
