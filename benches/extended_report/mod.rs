//! An extended report of any size, the same bytes every time: about 600 bytes a row and four rows a
//! message, in the shapes of `trace-formats.md §2` and `§9`. All names and addresses are invented.

use std::fmt::Write as _;
use std::io::{self, Write};

/// Header of the extended report.
const HEADER: &str = "date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,source,event_id,internal_message_id,message_id,network_message_id,recipient_address,recipient_status,total_bytes,recipient_count,related_recipient_address,reference,message_subject,sender_address,return_path,message_info,directionality,tenant_id,original_client_ip,original_server_ip,custom_data\r\n";

/// Subjects; the last two need quotes.
const SUBJECTS: [&str; 6] = [
    "Your parcel is waiting",
    "Toplantı güncellemesi – lütfen onaylayın",
    "AW: Fwd: Password expires today",
    "Invoice 20417",
    "\"Q1 \"\"bonus\"\", please read\"",
    "\"Benefits, payroll and you\"",
];

/// Writes a report of `rows` rows as UTF-8, or as UTF-16LE without byte order mark.
///
/// # Errors
///
/// Whatever `out` gives.
pub(crate) fn write(out: &mut impl Write, rows: u64, wide: bool) -> io::Result<()> {
    let mut text = String::from(HEADER);
    let mut bytes = Vec::new();
    for row in 0..rows {
        push_row(&mut text, row);
        if text.len() > 1 << 20 || row + 1 == rows {
            if wide {
                bytes.clear();
                bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
                out.write_all(&bytes)?;
            } else {
                out.write_all(text.as_bytes())?;
            }
            text.clear();
        }
    }
    Ok(())
}

/// What one message is about.
struct Message {
    number: u64,
    chance: u64,
    second: u64,
    subject: &'static str,
}

fn push_row(text: &mut String, row: u64) {
    let number = row / 4;
    let chance = mixed(number);
    let subject = SUBJECTS[(chance >> 8) as usize % SUBJECTS.len()];
    let message = Message { number, chance, second: number / 40, subject };
    match row % 4 {
        0 => received(text, &message),
        1 => judged(text, &message),
        2 => ruled(text, &message),
        _ => ended(text, &message),
    }
}

/// SplitMix64: numbers that look random and never change.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One event: `head` is from `client_ip` to `event_id`, `status` the recipient's status, `info` the
/// latency tree, `custom` the agents' data.
fn event(
    text: &mut String,
    message: &Message,
    later: u64,
    [head, status, info, custom]: [&str; 4],
) {
    let Message { number, chance, second, subject } = message;
    let clock = second + later;
    let (hour, minute, second) = (clock / 3600 % 24, clock / 60 % 60, clock % 60);
    let day = 1 + clock / 86_400 % 28;
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{:07}Z,{head},{},<{chance:016x}.{number}@mail.phish.example>,{:08x}-0001-4a4a-9b9b-08de{number:08x},user{:05}@contoso.example,{status},{},1,,,{subject},hr@phish.example,bounce@mail.phish.example,{info},Incoming,6f1c7e0a-1b2c-4d3e-8f90-a1b2c3d4e5f6,203.0.113.{},,{custom}\r\n",
        chance % 10_000_000,
        chance >> 32,
        chance >> 20 & 0xFFFF_FFFF,
        number % 25_000,
        10_000 + chance % 60_000,
        1 + chance % 20,
    );
}

fn received(text: &mut String, message: &Message) {
    let head = format!(
        "203.0.113.{},mail.phish.example,198.51.100.7,AM0PR00MB0001.eurprd00.prod.outlook.com,08DE{:012X};2026-03-02T08:15:01.123Z;0,AM0PR00MB0001\\Default AM0PR00MB0001,SMTP,RECEIVE",
        1 + message.chance % 20,
        message.chance >> 16,
    );
    let custom = "S:ProxyHop1=AM0EUR00FT001.mail.protection.outlook.com;S:tlsversion=SP_PROT_TLS1_2_SERVER;S:tlscipher=CALG_AES_256;S:FirstForestHop=AM0PR00MB0001.eurprd00.prod.outlook.com";
    event(text, message, 0, [&head, "", "2026-03-02T08:15:01.000Z;", custom]);
}

/// The spam filter's verdict.
fn judged(text: &mut String, message: &Message) {
    let chance = message.chance;
    let (sfv, scl, action) = match chance % 20 {
        0 => ("SPM", 9, "SQ"),
        1 | 2 => ("SPM", 5, "SJ"),
        3..=8 => ("SKN", -1, "SB"),
        _ => ("NSPM", 1, "SB"),
    };
    let custom = format!(
        "S:SFA=SUM|SFV={sfv}|IPV=NLI|SRV=|SFS={}|SFS={}|SCL={scl}|SCORE={}|LIST=0|DI={action}|RD=mail.phish.example|H=mail.phish.example|CIP=203.0.113.{}|SFP=1501|ASF=0|CTRY=US|CLTCTRY=|LANG=en|LAT={}|LAT=12|LAT=3;S:AMA=SUM|v=0|action=|error=|atch=0;S:CompCost=|ETR=0",
        chance % 900_000_007,
        chance % 700_000_001,
        chance % 9,
        1 + chance % 20,
        chance % 300,
    );
    event(text, message, 1, [",,,AM0PR00MB0001,,,AGENT,AGENTINFO", "", "", &custom]);
}

/// What mail flow rules and DLP did.
fn ruled(text: &mut String, message: &Message) {
    let rule = message.chance % 7;
    let custom = format!(
        "S:TRA=ETR|ruleId=19a25eb2-3e43-4896-ad9e-47b6c359779{rule}|st=3/1/2026 12:31:25 AM|action=SetSCL|sev=1|mode=Enforce;S:TRA=ETRP|ruleId=19a25eb2-3e43-4896-ad9e-47b6c359779{rule}|LoadW=200|LoadC=100|ExecW=5500|ExecC=200;S:DeliveryPriority=Normal"
    );
    event(
        text,
        message,
        2,
        [",,,AM0PR00MB0001,Transport Rule Agent,,AGENT,AGENTINFO", "", "", &custom],
    );
}

/// Delivery, or what came instead.
fn ended(text: &mut String, message: &Message) {
    let chance = message.chance;
    let delay = 3 + chance % 30;
    if chance.is_multiple_of(33) {
        let head = ",,,AM0PR00MB0001,Transport Rule Agent,,AGENT,FAIL";
        let status = "[{LED=550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy};{MSG=};{FQDN=};{IP=};{LRT=}]";
        return event(text, message, delay, [head, status, "", "S:DeliveryPriority=Normal"]);
    }
    let info = format!(
        "2026-03-02T08:15:01.395Z;SRV=AM0PR00MB0001.eurprd00.prod.outlook.com:TOTAL-HUB=0.504|SMRI=0.118(RENV=0.036|REOD=0.027)|CAT=0.297(CATOS=0.068(CATSM=0.068(CATSM-DC Pre Content Filter Agent=0.0{:02})));SRV=DB9PR00MB0002.eurprd00.prod.outlook.com:TOTAL-DEL=0.3{:02}|SMR=0.148|SDD=0.183",
        chance % 97,
        chance % 89,
    );
    let custom = format!(
        "S:IncludeInSla=True;S:MailboxDatabaseGuid=00000000-0000-4000-8000-{:012x};S:ToEntity=Hosted;S:FromEntity=Internet;S:MsgRecipCount=1;S:E2ELatency={}.211;S:DeliveryPriority=Normal",
        chance >> 40,
        delay,
    );
    let head = ",AM0PR00MB0001.eurprd00.prod.outlook.com,,DB9PR00MB0002.eurprd00.prod.outlook.com,08DE1AA4FEA27C;2026-03-02T08:15:02.215Z;ClientSubmitTime:,,STOREDRIVER,DELIVER";
    event(text, message, delay, [head, "", &info, &custom]);
}
