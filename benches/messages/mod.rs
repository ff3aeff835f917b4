//! Invented messages in the sizes of real mail: headers as Microsoft 365 writes them, a plain and an HTML
//! part, attachments in some. The same numbers give the same bytes.

use std::fmt::Write as _;

/// A small generator of pseudo-random numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// One message.
pub(crate) fn message(number: u64) -> String {
    let mut dice = Dice(number);
    let mut out = String::with_capacity(64 * 1024);
    headers(&mut out, &mut dice, number);
    let attachment = dice.below(100) < 8;
    let boundary = format!("_000_{:016x}_", dice.next());
    if attachment {
        let _ = write!(
            out,
            "Content-Type: multipart/mixed; boundary=\"m{boundary}\"\nMIME-Version: 1.0\n\n--m{boundary}\n"
        );
    }
    let _ = write!(
        out,
        "Content-Type: multipart/alternative; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n"
    );
    let links: Vec<String> = (0..4 + dice.below(14)).map(|_| link(&mut dice)).collect();
    let plain = plain(&mut dice, &links);
    let html = html(&mut dice, &links);
    let _ = write!(
        out,
        "--{boundary}\nContent-Type: text/plain; charset=\"utf-8\"\nContent-Transfer-Encoding: quoted-printable\n\n"
    );
    quoted_printable(&mut out, &plain);
    let base64 = dice.below(100) < 35;
    let encoding = if base64 { "base64" } else { "quoted-printable" };
    let _ = write!(
        out,
        "\n--{boundary}\nContent-Type: text/html; charset=\"utf-8\"\nContent-Transfer-Encoding: {encoding}\n\n"
    );
    if base64 {
        self::base64(&mut out, html.as_bytes());
    } else {
        quoted_printable(&mut out, &html);
    }
    let _ = write!(out, "\n--{boundary}--\n");
    if attachment {
        let size = 20_000 + dice.below(160_000) as usize;
        let data: Vec<u8> = (0..size / 8).flat_map(|_| dice.next().to_le_bytes()).collect();
        let _ = write!(
            out,
            "\n--m{boundary}\nContent-Type: application/pdf; name=\"report.pdf\"\nContent-Disposition: attachment; filename=\"report.pdf\"\nContent-Transfer-Encoding: base64\n\n"
        );
        self::base64(&mut out, &data);
        let _ = write!(out, "\n--m{boundary}--\n");
    }
    out.replace('\n', "\r\n")
}

fn headers(out: &mut String, dice: &mut Dice, number: u64) {
    let edge = format!("CO1PEPF{:08X}", dice.below(0xFFFF_FFFF));
    let ip = format!("203.0.113.{}", 1 + dice.below(250));
    let verdict = dice.one(&[
        "SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mx.sim.example;PTR:mx.sim.example;CAT:SPM",
        "SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:mx.sim.example;PTR:mx.sim.example;CAT:NONE",
        "SCL:-1;SRV:;IPV:CAL;SFV:SKN;H:mx.sim.example;PTR:mx.sim.example;CAT:NONE",
        "SCL:8;SRV:;IPV:NLI;SFV:SPM;H:mx.sim.example;PTR:InfoDomainNonexistent;CAT:HPHISH",
        "SCL:6;SRV:BULK;IPV:NLI;SFV:SPM;H:mx.sim.example;PTR:mx.sim.example;CAT:BULK",
    ]);
    let dest = if verdict.contains("SFV:SPM") {
        "ucf:0;jmr:1;auth:0;dest:J"
    } else {
        "ucf:0;jmr:0;auth:0;dest:I"
    };
    let minute = number / 60 % 60;
    let second = number % 50;
    let date = |later: u64| format!("Mon, 2 Mar 2026 08:{minute:02}:{:02} +0000", second + later);
    let _ = write!(
        out,
        "Received: from MN0PR19MB6312.namprd19.prod.outlook.com (2603:10b6:208:3c1::12)\n by CH3PR05MB10226.namprd05.prod.outlook.com with HTTPS; {}\n\
         Received: from BN9PR03CA0223.namprd03.prod.outlook.com (2603:10b6:408:f8::18)\n by MN0PR19MB6312.namprd19.prod.outlook.com (2603:10b6:208:3c1::12) with\n Microsoft SMTP Server (version=TLS1_2,\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8230.7; {}\n\
         Received: from {edge}.namprd05.prod.outlook.com\n (2603:10b6:408:ff:cafe::a5) by BN9PR03CA0223.outlook.office365.com\n (2603:10b6:408:f8::18) with Microsoft SMTP Server (version=TLS1_3,\n cipher=TLS_AES_256_GCM_SHA384) id 15.20.8230.7 via Frontend Transport; {}\n\
         Authentication-Results: spf=pass (sender IP is {ip})\n smtp.mailfrom=mail.sim.example; dkim=pass (signature was verified)\n header.d=sim.example;dmarc=pass action=none\n header.from=sim.example;compauth=pass reason=100\n\
         Received-SPF: Pass (protection.outlook.com: domain of mail.sim.example\n designates {ip} as permitted sender)\n receiver=protection.outlook.com; client-ip={ip}; helo=mx.sim.example; pr=C\n\
         Received: from mx.sim.example ({ip}) by\n {edge}.mail.protection.outlook.com (10.167.241.71) with Microsoft\n SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8230.7\n via Frontend Transport; {}\n",
        date(9),
        date(5),
        date(4),
        date(3),
    );
    let _ = write!(
        out,
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=sim.example; s=s1;\n h=from:to:subject:date:message-id; bh={:032x}=;\n b={:0300x}\n",
        dice.next(),
        dice.next()
    );
    let _ = write!(
        out,
        "From: \"HR Team\" <hr@sim.example>\nTo: user{number}@contoso.example\nSubject: Your {} document {number}\nDate: {}\nMessage-ID: <{number}.{:016x}@mx.sim.example>\nReply-To: hr@sim.example\n",
        dice.one(&["salary", "holiday", "training", "benefits"]),
        date(1),
        dice.next()
    );
    let guid = format!(
        "{:08x}-{:04x}-4a4a-9b9b-{:012x}",
        dice.below(0xFFFF_FFFF),
        dice.below(0xFFFF),
        dice.below(0xFFFF_FFFF_FFFF)
    );
    let _ = write!(
        out,
        "Return-Path: bounce+{number}@mail.sim.example\n\
         X-MS-Exchange-Organization-ExpirationStartTime: 02 Mar 2026 08:{minute:02}:03.1234 (UTC)\nX-MS-Exchange-Organization-ExpirationStartTimeReason: OriginalSubmit\nX-MS-Exchange-Organization-ExpirationInterval: 1:00:00:00.0000000\nX-MS-Exchange-Organization-ExpirationIntervalReason: OriginalSubmit\n\
         X-MS-Exchange-Organization-Network-Message-Id:\n {guid}\nX-EOPAttributedMessage: 0\nX-EOPTenantAttributedMessage: 5a1c2d3e-1111-4222-8333-0123456789ab:0\nX-MS-Exchange-Organization-MessageDirectionality: Incoming\n\
         X-MS-PublicTrafficType: Email\nX-MS-TrafficTypeDiagnostic:\n {edge}:EE_|MN0PR19MB6312:EE_|CH3PR05MB10226:EE_\n\
         X-MS-Exchange-Organization-AuthSource:\n {edge}.namprd05.prod.outlook.com\nX-MS-Exchange-Organization-AuthAs: Anonymous\nX-MS-Office365-Filtering-Correlation-Id: {guid}\nX-MS-Exchange-Organization-SCL: 1\n\
         X-Microsoft-Antispam: BCL:{};ARA:13230040|4022899009|35042699022|3613699012|{}|{};\n\
         X-Forefront-Antispam-Report:\n CIP:{ip};CTRY:US;LANG:en;{verdict};SFS:(13230040)(4022899009)(35042699022)(3613699012)({});DIR:INB;\n\
         X-MS-Exchange-CrossTenant-OriginalArrivalTime: 02 Mar 2026 08:{minute:02}:03.1234\n (UTC)\nX-MS-Exchange-CrossTenant-Network-Message-Id: {guid}\nX-MS-Exchange-CrossTenant-Id: 5a1c2d3e-1111-4222-8333-0123456789ab\nX-MS-Exchange-CrossTenant-AuthSource:\n {edge}.namprd05.prod.outlook.com\nX-MS-Exchange-CrossTenant-AuthAs: Anonymous\nX-MS-Exchange-CrossTenant-FromEntityHeader: Internet\nX-MS-Exchange-Transport-CrossTenantHeadersStamped: MN0PR19MB6312\nX-MS-Exchange-Transport-EndToEndLatency: 00:00:06.1234567\nX-MS-Exchange-Processed-By-BccFoldering: 15.20.8230.010\n\
         X-Microsoft-Antispam-Mailbox-Delivery:\n {dest};ENG:(910001)(944506478)(944626604)(920097)(930097)(140003);\n",
        dice.below(4),
        dice.below(9_999_999_999),
        dice.below(9_999_999_999),
        dice.below(9_999_999_999),
    );
    out.push_str("X-Microsoft-Antispam-Message-Info:\n");
    for _ in 0..30 + dice.below(20) {
        let _ = writeln!(
            out,
            " =?us-ascii?Q?{:016x}{:016x}{:016x}{:016x}?=",
            dice.next(),
            dice.next(),
            dice.next(),
            dice.next()
        );
    }
}

fn link(dice: &mut Dice) -> String {
    let token = dice.next();
    match dice.below(6) {
        0 => {
            format!("https://protect-us.mimecast.com/s/{token:016X}CQaB?domain=landing.sim.example")
        }
        1 => format!(
            "https://nam12.safelinks.protection.outlook.com/?url=https%3A%2F%2Flanding.sim.example%2F{token:x}&data=05%7C02%7Cuser%40contoso.example%7C5a1c2d3e%7C5a1c%7C0%7C0%7C638765433012345678%7CUnknown&sdata={token:x}%3D&reserved=0"
        ),
        _ => format!("https://landing.sim.example/{token:x}/open?rid={:x}&lang=en", token >> 7),
    }
}

const WORDS: [&str; 16] = [
    "please", "review", "the", "attached", "document", "before", "Friday", "and", "confirm",
    "your", "details", "with", "payroll", "thank", "you", "kindly",
];

fn sentence(dice: &mut Dice) -> String {
    (0..8 + dice.below(10)).map(|_| dice.one(&WORDS)).collect::<Vec<_>>().join(" ")
}

fn plain(dice: &mut Dice, links: &[String]) -> String {
    let mut text = String::new();
    for link in links.iter().take(6) {
        let _ = writeln!(text, "{}.\n{link}\n", sentence(dice));
    }
    text
}

fn html(dice: &mut Dice, links: &[String]) -> String {
    let mut text = String::from(
        "<html><head><meta charset=\"utf-8\"><style>.a{color:#333;font-family:Arial}.b{background:#fff}</style></head><body>\n",
    );
    // Most are small, a few are newsletters.
    let target =
        4_000 + dice.below(8_000) + if dice.below(100) < 20 { dice.below(50_000) } else { 0 };
    let mut next = 0;
    while (text.len() as u64) < target || next < links.len() {
        let _ = write!(
            text,
            "<table width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td class=\"a\" style=\"padding:10px 20px;font-size:14px;line-height:20px\"><p>{}.</p>",
            sentence(dice)
        );
        if let Some(link) = links.get(next) {
            let _ = write!(
                text,
                "<a href=\"{}\" style=\"color:#06c\">{}</a>",
                link.replace('&', "&amp;"),
                dice.one(&["Open", "View document", "Sign in"])
            );
            next += 1;
        }
        let _ = writeln!(
            text,
            "<img src=\"https://img.sim.example/{:x}.png\" width=\"1\" height=\"1\" alt=\"\"></td></tr></table>",
            dice.below(99)
        );
    }
    text.push_str("</body></html>\n");
    text
}

fn quoted_printable(out: &mut String, text: &str) {
    for line in text.lines() {
        let mut column = 0;
        for c in line.chars() {
            if column >= 72 {
                out.push_str("=\n");
                column = 0;
            }
            if c == '=' {
                out.push_str("=3D");
                column += 3;
            } else {
                out.push(c);
                column += 1;
            }
        }
        out.push('\n');
    }
}

fn base64(out: &mut String, bytes: &[u8]) {
    use base64::Engine as _;
    for chunk in bytes.chunks(57) {
        base64::engine::general_purpose::STANDARD.encode_string(chunk, out);
        out.push('\n');
    }
}
