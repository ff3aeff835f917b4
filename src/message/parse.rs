//! One pass over the header block: each header goes to its family, in order.

use super::gateway;
use super::headers::{Block, Header, Headers};
use super::names::{Family, Traits};
use super::sourced::SourcedHeaders;
use super::values::{Direction, Sfv};
use super::{
    AntispamReport, Authentication, EnhancedFiltering, Hop, Identity, InternetSender,
    MailboxDelivery, Message, Origin, Standing, antispam_report, identity, misplaced, origin,
    pairs, received, simulation,
};
use crate::fact::{Citation, Fact, Place};
use std::sync::Arc;

/// Headers of one family that are read; real messages have some dozens.
const MOST_OF_A_KIND: usize = 5_000;

impl Message {
    /// Reads the header block that `head` begins with. Whatever follows the block's blank line is left
    /// alone. Never fails: what is not understood is kept and noted.
    pub fn parse(source: &Arc<str>, head: &[u8]) -> Message {
        Self::of_block(source, Headers::split(head, 1))
    }

    /// As [`Message::parse`], of a block that was taken apart before.
    pub fn of_block(source: &Arc<str>, block: Block) -> Message {
        let (headers, split) = block;
        let headers = SourcedHeaders::new(source, headers);
        let mut message = Message {
            source: Arc::clone(source),
            split,
            identity: Identity::default(),
            origin: Fact { value: Origin::Pruned, evidence: headers.cite_whole() },
            reports: Vec::new(),
            believed: None,
            bcl: None,
            custom_spam: Vec::new(),
            mailbox_delivery: Vec::new(),
            misplaced: false,
            authentication: Vec::new(),
            as_internal: false,
            enhanced_filtering: EnhancedFiltering::default(),
            hops: Vec::new(),
            edge: None,
            gateways: Vec::new(),
            simulation: Vec::new(),
            notes: Vec::new(),
            headers: Arc::clone(&headers),
        };
        let organization = headers.told(|traits| traits.family == Family::Organization).count();
        let mut left_out = organization.saturating_sub(MOST_OF_A_KIND);
        for header in headers.told(Traits::is_read) {
            if message.has_room_for(header.traits.family) {
                message.take(header);
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            message.notes.push(format!(
                "{source}: more than {MOST_OF_A_KIND} headers of one kind; the {left_out} after them were not judged"
            ));
        }
        message.settle(&headers);
        message
    }

    /// Whether there are no more headers of that family as yet than messages have that are no attack.
    fn has_room_for(&self, family: Family) -> bool {
        let size = match family {
            Family::Received => self.hops.len(),
            Family::AuthenticationResults => self.authentication.len(),
            Family::Report | Family::UntrustedReport => self.reports.len(),
            Family::MailboxDelivery => self.mailbox_delivery.len(),
            Family::CustomSpam => self.custom_spam.len(),
            Family::Organization | Family::Other => self.simulation.len(),
            Family::Antispam | Family::SkipListed | Family::OriginalSender => 0,
        };
        size < MOST_OF_A_KIND
    }

    fn take(&mut self, header: Header<'_>) {
        let headers = &self.headers;
        let evidence = || headers.cite(header);
        let value = header.value;
        match header.traits.family {
            Family::Received => self.hops.push(Hop::parse(header)),
            Family::AuthenticationResults => {
                self.authentication.push(Authentication::parse(value, evidence()));
            }
            Family::Report => {
                self.reports.push(AntispamReport::parse(header.shared(), false, evidence()))
            }
            Family::UntrustedReport => {
                self.reports.push(AntispamReport::parse(header.shared(), true, evidence()));
            }
            Family::Antispam if self.bcl.is_none() => {
                let bcl = pairs::first(value, "BCL").and_then(|bcl| bcl.parse().ok());
                self.bcl = bcl.map(|value| Fact { value, evidence: evidence() });
            }
            Family::MailboxDelivery => {
                self.mailbox_delivery.push(MailboxDelivery::parse(header.shared(), evidence()));
            }
            Family::CustomSpam => {
                self.custom_spam.push(Fact { value: value.into(), evidence: evidence() });
            }
            Family::SkipListed => {
                let value = InternetSender::parse(value);
                self.enhanced_filtering.skip_listed = Some(Fact { value, evidence: evidence() });
            }
            Family::OriginalSender => {
                let value = InternetSender::parse(value);
                self.enhanced_filtering.original_sender =
                    Some(Fact { value, evidence: evidence() });
            }
            Family::Antispam | Family::Organization | Family::Other => {
                self.simulation.extend(simulation::by_header(header, evidence));
            }
        }
    }

    fn settle(&mut self, headers: &Arc<SourcedHeaders>) {
        self.edge = received::settle(&mut self.hops);
        self.disown_claims();
        self.doubt_misplaced(headers);
        self.believed = antispam_report::settle(&mut self.reports);
        let edge = self.edge.and_then(|edge| self.hops.get(edge));
        if let Some(results) = self.authentication.iter_mut().find(|results| {
            results.is_microsoft()
                && results.evidence.is_of("Authentication-Results")
                && !edge.is_some_and(|edge| contradicts(edge, results))
        }) {
            results.by_recipient = true;
        }
        let inbound = |report: &&AntispamReport| {
            matches!(report.standing, Standing::Recipient | Standing::EarlierPass)
                && report.direction == Some(Direction::Inbound)
        };
        let passes = self.reports.iter().filter(inbound).count();
        let stamps = gateway::Stamps {
            passes,
            reports: &self.reports,
            authentication: &self.authentication,
            enhanced_filtering: &self.enhanced_filtering,
        };
        self.gateways = gateway::find(headers, &mut self.hops, self.edge, stamps);
        self.identity = identity::read(headers, &self.authentication, &self.hops, self.edge);
        let auth_as = self.organization_header("AuthAs");
        self.as_internal = auth_as.is_some_and(|it| it.value.eq_ignore_ascii_case("Internal"));
        let marks = simulation::by_origin(self);
        self.simulation.extend(marks);
        self.origin = origin::tell(self);
        self.note();
    }

    /// Where a path is shown and no Microsoft 365 system is on it, its stamps are somebody's claim.
    fn disown_claims(&mut self) {
        if self.hops.is_empty() || self.hops.iter().any(Hop::by_microsoft) {
            return;
        }
        let stamps = self.reports.len() + self.mailbox_delivery.len() + self.custom_spam.len();
        if stamps > 0 {
            self.notes.push(format!(
                "{}: it carries stamps of Microsoft 365, but no Microsoft 365 system is on its path: they are the sender's claim and are not judged",
                self.source
            ));
        }
        for report in &mut self.reports {
            report.standing = Standing::Sender;
        }
        self.mailbox_delivery.clear();
        self.custom_spam.clear();
        self.bcl = None;
    }

    /// Says what was not understood.
    fn note(&mut self) {
        let Message { source, split, notes, headers, .. } = self;
        if headers.is_empty() {
            notes.push(format!("{source}: no header found"));
        }
        if split.no_break {
            notes.push(format!("{source}: its no-break spaces were read as blanks"));
        }
        if split.stray_lines > 0 {
            notes.push(format!(
                "{source}:{}: {} neither a header nor a continuation, ignored",
                split.first_stray,
                if split.stray_lines == 1 {
                    "a line that is".to_owned()
                } else {
                    format!("first of {} lines that are", split.stray_lines)
                }
            ));
        }
        for report in &self.reports {
            for piece in &report.leftovers {
                notes.push(format!("{}: not understood: {piece}", report.evidence.field));
            }
            let unknown = [
                report.sfv.as_ref().filter(|v| v.meaning().is_none()).map(|v| ("SFV", v.as_str())),
                report.cat.as_ref().filter(|v| v.meaning().is_none()).map(|v| ("CAT", v.as_str())),
                report.ipv.as_ref().filter(|v| v.meaning().is_none()).map(|v| ("IPV", v.as_str())),
            ];
            for (key, value) in unknown.into_iter().flatten() {
                notes.push(format!("{key}:{value} is not a documented value"));
            }
        }
    }

    /// The report that tells the recipient organisation's verdict.
    pub fn report(&self) -> Option<&AntispamReport> {
        self.reports.get(self.believed?)
    }

    /// The recipient organisation's authentication results.
    pub fn results(&self) -> Option<&Authentication> {
        self.authentication.iter().find(|results| results.by_recipient)
    }

    /// `X-MS-Exchange-Organization-*` headers in order, names as they stand.
    pub fn organization(&self) -> impl Iterator<Item = Header<'_>> {
        let all = self.headers.told(|traits| traits.family == Family::Organization);
        all.take(MOST_OF_A_KIND)
    }

    /// The organisation header of that name without its prefix, in any case: `BypassClutter`.
    pub fn organization_header(&self, name: &str) -> Option<Header<'_>> {
        misplaced::organization_header(name, &self.headers, &self.hops, self.edge)
    }

    /// Whether a header stands among the sender's own, and may have been brought along.
    pub(crate) fn is_brought(&self, header: Header<'_>) -> bool {
        misplaced::is_brought(header, &self.headers, &self.hops, self.edge)
    }

    /// The evidence that a header of this message is.
    pub fn evidence(&self, header: Header<'_>) -> Citation {
        self.headers.cite(header)
    }

    /// Whether filtering was skipped on request, by any mechanism that a report names.
    pub fn was_bypassed(&self) -> bool {
        matches!(
            self.report().and_then(|report| report.sfv.as_ref()),
            Some(
                Sfv::RuleBypass | Sfv::Skipped | Sfv::PolicyAllowed | Sfv::UserSafe | Sfv::Released
            )
        )
    }
}

/// Whether results stand below the edge that they are not of: Microsoft 365 writes its own above it, and only
/// Enhanced Filtering judges another address than the one that connected (`headers.md` §3.1, §6.1).
fn contradicts(edge: &Hop, results: &Authentication) -> bool {
    let below = matches!(results.evidence.place(), Place::Line(line) if line > edge.line);
    let other = |(judged, connected)| judged != connected;
    below && results.sender_ip.zip(edge.ip()).is_some_and(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = "X-Forefront-Antispam-Report: CIP:203.0.113.1;CTRY:US;H:x;SFV:SFE;CAT:NONE;DIR:INB;\r\n\
        X-Microsoft-Antispam-Mailbox-Delivery: ucf:1;jmr:0;dest:C;OFR:CustomRules;\r\n";

    fn parse(text: &str) -> Message {
        Message::parse(&Arc::from("t.eml"), text.as_bytes())
    }

    #[test]
    fn stamps_on_mail_that_never_met_microsoft_365_are_claims() {
        let postfix = "Received: from sim.example (sim.example [198.51.100.9]) by mx.contoso.example (Postfix) with ESMTPS id A; \
            Tue, 10 Mar 2026 12:00:00 +0000\r\n";
        let message = parse(&format!("{postfix}{CLAIMS}"));
        assert!(message.report().is_none() && message.mailbox_delivery.is_empty());
        assert!(message.notes.iter().any(|note| note.contains("claim")), "{:?}", message.notes);
    }

    #[test]
    fn stamps_of_an_excerpt_without_a_path_are_judged() {
        let message = parse(CLAIMS);
        assert!(message.report().is_some() && message.mailbox_delivery.len() == 1);
    }

    #[test]
    fn a_flood_of_one_header_is_bounded_and_told() {
        let flood = "X-Forefront-Antispam-Report: SFV:SKI;CIP:192.0.2.1;\r\n".repeat(6_000);
        let message = parse(&flood);
        assert_eq!(message.reports.len(), MOST_OF_A_KIND);
        let told =
            |message: &Message| message.notes.iter().any(|note| note.contains("the 1000 after"));
        assert!(told(&message), "{:?}", message.notes);
        // The filter's own stamps stand below what a sender can make up.
        for flood in ["X-PHISHTEST: a\r\n", "Received: x\r\n"] {
            let message = parse(&format!("{}{CLAIMS}", flood.repeat(6_000)));
            assert_eq!((message.reports.len(), told(&message)), (1, true), "{flood}");
        }
        let flood = "X-MS-Exchange-Organization-A: b\r\n".repeat(6_000);
        let message = parse(&flood);
        assert_eq!(message.organization().count(), MOST_OF_A_KIND);
        assert!(told(&message), "{:?}", message.notes);
    }

    #[test]
    fn results_below_the_edge_that_judged_another_address_are_the_senders() {
        let edge = "Received: from mail.phish.example (203.0.113.10) by BL02EPF0001A0C5.mail.protection.outlook.com \
            (10.167.241.193) with Microsoft SMTP Server id 15.20.9228.7; Tue, 14 Oct 2025 09:12:31 +0000\r\n";
        let results = |ip: &str| {
            format!(
                "Authentication-Results: spf=pass (sender IP is {ip}) smtp.mailfrom=a.example;compauth=pass reason=130\r\n"
            )
        };
        let judged = |parts: &[&str]| {
            parse(&parts.concat()).results().and_then(|results| results.sender_ip).is_some()
        };
        let (own, other) = (results("203.0.113.10"), results("192.0.2.66"));
        assert!(judged(&[&own, edge]));
        assert!(judged(&[&other, edge]), "Enhanced Filtering");
        assert!(judged(&[edge, &own]), "another order");
        assert!(!judged(&[edge, &other]));
    }
}
