//! Stamps among the sender's own headers, which may be the sender's own (`headers.md` §1.2, §4).
//!
//! Microsoft 365 writes its `Received` above what it got and its other headers below, the first of them
//! an organisation header, which no sender can bring along (§4.1). What stands between is the sender's.
//! That holds where the order is shown: the edge on top, the sender's headers, the organisation's. An
//! excerpt, or what a gateway, an on-premises server or a program has put in another order, shows none.
//! Of a copy that has left the organisation, whose headers are gone, two copies of a stamp tell: the
//! sender's stands above the last header that every sender writes.

use super::headers::{Header, Headers};
use super::names::{Family, ORGANIZATION, begins};
use super::sourced::SourcedHeaders;
use super::{AntispamReport, Hop, Message, Standing, pairs};
use crate::fact::{Citation, Fact, Place};
use std::sync::Arc;

/// Headers that every sender writes.
const OWN: [&str; 5] = ["From", "Message-ID", "Subject", "Date", "To"];

/// The header block, by lines.
struct Layout {
    /// Line of the first organisation header.
    organization: u32,
    /// Line of the edge's `Received`, where the sender's own headers are shown to begin below it.
    edge: Option<u32>,
    /// Whether the filter wrote something where it writes.
    filtered: bool,
}

impl Layout {
    /// `None` where no stamp stands above the organisation's headers, as in nearly all messages.
    fn of(message: &Message, headers: &Headers) -> Option<Self> {
        let Some(organization) = first_of_organization(headers) else {
            return Self::of_two_copies(message, headers);
        };
        let custom_spam = message.custom_spam.iter().map(|spam| &spam.evidence);
        let reports = message.reports.iter().map(|report| &report.evidence);
        let deliveries = message.mailbox_delivery.iter().map(|delivery| &delivery.evidence);
        let filtering = &message.enhanced_filtering;
        let sources = [&filtering.skip_listed, &filtering.original_sender];
        let sources = sources.into_iter().flatten().map(|fact| &fact.evidence);
        let below_edge = |evidence: &&Citation| {
            message.edge.is_some_and(|edge| line(evidence) > Some(message.hops[edge].line))
        };
        let results = message.authentication.iter().filter(|results| results.is_microsoft());
        let results = results.map(|results| &results.evidence).filter(below_edge);
        let bulk = message.bcl.iter().map(|bcl| &bcl.evidence);
        let stamps = custom_spam.chain(reports).chain(deliveries).chain(bulk);
        let mut stamps = stamps.chain(sources).chain(results);
        stamps.find(|stamp| line(stamp).is_some_and(|line| line < organization))?;
        let edge = edge_above_own(headers, &message.hops, message.edge, organization);
        let filtered = headers
            .iter()
            .any(|header| header.line > organization && is_by_the_filter(header.name));
        Some(Layout { organization, edge, filtered })
    }

    /// As [`Layout::of`], where no header of the organisation is left.
    fn of_two_copies(message: &Message, headers: &Headers) -> Option<Self> {
        let judged = message.reports.iter().filter(|report| report.standing == Standing::Recipient);
        if judged.count() < 2 && message.mailbox_delivery.len() < 2 {
            return None;
        }
        let own = OWN.iter().filter_map(|name| headers.get(name));
        let organization = own.map(|header| header.line).max()?;
        Some(Layout { organization, edge: None, filtered: false })
    }

    /// Whether it stands above the organisation's headers.
    fn above(&self, evidence: &Citation) -> bool {
        line(evidence).is_some_and(|line| line < self.organization)
    }

    /// Whether it stands among headers that are shown to be the sender's.
    fn among_own(&self, evidence: &Citation) -> bool {
        let below_edge = |edge: u32| line(evidence).is_some_and(|line| line > edge);
        self.above(evidence) && self.edge.is_some_and(below_edge)
    }
}

/// Line of the first header that only the recipient's organisation writes.
fn first_of_organization(headers: &Headers) -> Option<u32> {
    let mut written = headers.told(|traits| traits.family == Family::Organization);
    Some(written.find(|header| begins(header.name, ORGANIZATION[0]))?.line)
}

/// Line of the edge's `Received`, where nothing but Microsoft 365 wrote above it and the sender's own headers
/// stand between it and those of the organisation.
fn edge_above_own(
    headers: &Headers,
    hops: &[Hop],
    edge: Option<usize>,
    organization: u32,
) -> Option<u32> {
    let edge = edge.filter(|edge| hops[..=*edge].iter().all(Hop::by_microsoft))?;
    let edge = hops[edge].line;
    let mut own = OWN.iter().filter_map(|name| headers.get(name));
    own.any(|header| (edge..organization).contains(&header.line)).then_some(edge)
}

/// The organisation header of that name without its prefix. The header firewall takes off what a sender
/// brings under the first prefix (`headers.md` §4.1); of the second nothing is said, so that among the
/// sender's own headers it is the sender's.
pub(super) fn organization_header<'a>(
    name: &str,
    headers: &'a Headers,
    hops: &[Hop],
    edge: Option<usize>,
) -> Option<Header<'a>> {
    let [own, renamed] = ORGANIZATION;
    headers.get_joined(own, name).or_else(|| {
        let header = headers.get_joined(renamed, name)?;
        (!is_brought(header, headers, hops, edge)).then_some(header)
    })
}

/// Whether a header that senders can bring along stands among the sender's own.
pub(super) fn is_brought(
    header: Header<'_>,
    headers: &Headers,
    hops: &[Hop],
    edge: Option<usize>,
) -> bool {
    first_of_organization(headers).is_some_and(|organization| {
        let edge = edge_above_own(headers, hops, edge, organization);
        edge.is_some_and(|edge| (edge..organization).contains(&header.line))
    })
}

fn line(evidence: &Citation) -> Option<u32> {
    match evidence.place() {
        Place::Line(line) => Some(line),
        _ => None,
    }
}

/// Whether the filter or the store of the recipient's organisation writes it; those of the sender's are
/// renamed.
fn is_by_the_filter(name: &str) -> bool {
    let renamed = ["-Untrusted", "-Original"].iter().any(|ending| {
        let start = name.len().saturating_sub(ending.len());
        name.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
    });
    !renamed
        && ["X-Forefront-Antispam-Report", "X-Microsoft-Antispam"]
            .iter()
            .any(|prefix| begins(name, prefix))
}

impl Message {
    /// Takes the standing from stamps among the sender's own headers. `X-CustomSpam` there is never
    /// judged; the others are not where another copy, or where the order is shown anything else of the
    /// filter, stands in its place. Those that are all there is are judged in doubt. A report that no filter
    /// wrote is the sender's there, and no mail flow rule's, which writes behind the organisation's headers.
    pub(super) fn doubt_misplaced(&mut self, headers: &Arc<SourcedHeaders>) {
        let Some(layout) = Layout::of(self, headers) else { return };
        let Message { custom_spam, reports, mailbox_delivery, misplaced, notes, source, .. } = self;
        let Message { enhanced_filtering: filtering, authentication, bcl, .. } = self;
        let mut tell = |evidence: &Citation, what: &str| {
            let (place, field) = (evidence.place, &evidence.field);
            notes.push(format!(
                "{source}: {place}: {field} stands among the sender's own headers and {what}"
            ));
        };
        let mut refuse = |evidence: &Citation, otherwise: bool| {
            let refused = layout.above(evidence) && otherwise
                || layout.among_own(evidence) && layout.filtered;
            if refused {
                tell(evidence, "is not judged");
            }
            refused
        };
        custom_spam.retain(|spam| !refuse(&spam.evidence, true));
        let judged = |report: &AntispamReport| report.standing == Standing::Recipient;
        let another =
            reports.iter().any(|report| judged(report) && !layout.above(&report.evidence));
        for report in reports.iter_mut().filter(|report| judged(report)) {
            if refuse(&report.evidence, another) {
                report.standing = Standing::Sender;
            }
        }
        let another = mailbox_delivery.iter().any(|delivery| !layout.above(&delivery.evidence));
        mailbox_delivery.retain(|delivery| !refuse(&delivery.evidence, another));
        for report in reports.iter_mut().filter(|report| {
            report.standing == Standing::Planted && layout.among_own(&report.evidence)
        }) {
            tell(&report.evidence, "is not judged");
            report.standing = Standing::Sender;
        }
        if let Some(own) = bcl.as_ref().filter(|bcl| layout.above(&bcl.evidence)) {
            let levels = headers.told(|traits| traits.family == Family::Antispam);
            let mut in_place = levels.filter(|header| header.line > layout.organization);
            let level = in_place.find_map(|header| {
                let value = pairs::first(header.value, "BCL")?.parse().ok()?;
                Some(Fact { value, evidence: headers.cite(header) })
            });
            if level.is_some() || layout.among_own(&own.evidence) && layout.filtered {
                tell(&own.evidence, "is not judged");
                *bcl = level;
            }
        }
        let slots = [&mut filtering.skip_listed, &mut filtering.original_sender];
        for fact in slots
            .into_iter()
            .filter_map(|slot| slot.take_if(|fact| layout.among_own(&fact.evidence)))
        {
            tell(&fact.evidence, "is not judged");
        }
        authentication.retain(|results| {
            let own = results.is_microsoft() && layout.among_own(&results.evidence);
            if own {
                tell(&results.evidence, "is not judged");
            }
            !own
        });
        let left = reports.iter().filter(|report| judged(report)).map(|report| &report.evidence);
        let left = left.chain(mailbox_delivery.iter().map(|delivery| &delivery.evidence));
        for evidence in left.filter(|evidence| layout.among_own(evidence)) {
            *misplaced = true;
            tell(evidence, "may be its sender's: nothing of the filter stands in its place");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Origin;
    use super::super::values::Sfv;
    use super::*;

    fn parse(text: &str) -> Message {
        Message::parse(&Arc::from("t.eml"), text.as_bytes())
    }

    #[test]
    fn a_custom_spam_stamp_among_the_senders_headers_is_not_judged() {
        let stamp = "X-CustomSpam: Web bug\r\n";
        let organization = "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n";
        assert_eq!(parse(&format!("{stamp}{organization}")).custom_spam.len(), 0);
        assert_eq!(parse(&format!("{organization}{stamp}")).custom_spam.len(), 1);
        assert_eq!(parse(stamp).custom_spam.len(), 1);
    }

    #[test]
    fn copies_among_the_senders_headers_give_way_to_those_in_their_place() {
        let forged = "X-Forefront-Antispam-Report: CIP:203.0.113.1;CTRY:US;H:x;IPV:CAL;SFV:SKI;CAT:HPHSH;DIR:INB;\r\n\
            X-Microsoft-Antispam-Mailbox-Delivery: ucf:1;jmr:0;dest:J;OFR:CustomRules;\r\n";
        let organization = "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n";
        let genuine = "X-Forefront-Antispam-Report: CIP:203.0.113.9;CTRY:US;H:x;SFV:NSPM;CAT:NONE;DIR:INB;\r\n\
            X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;dest:I;\r\n";
        let message = parse(&format!("{forged}{organization}{genuine}"));
        assert_eq!(message.report().and_then(|report| report.sfv.clone()), Some(Sfv::NotSpam));
        assert_eq!(message.mailbox_delivery.len(), 1);
        assert_eq!(message.notes.len(), 2, "{:?}", message.notes);
        // Nothing else in their place: they are all there is.
        let message = parse(&format!("{genuine}{organization}"));
        assert!(message.report().is_some() && message.mailbox_delivery.len() == 1);
    }

    const EDGE: &str = "Received: from mta.phish.example (203.0.113.10) by\r\n \
        AMS0EPF0000013F.mail.protection.outlook.com (10.167.242.136) with Microsoft SMTP\r\n \
        Server id 15.20.9253.7 via Frontend Transport; Tue, 3 Feb 2026 07:30:02 +0000\r\n";
    const OWN_HEADERS: &str = "Message-ID: <1@phish.example>\r\nFrom: a@phish.example\r\n";
    const ORGANIZATION_HEADER: &str = "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n";
    const REPORT: &str = "X-Forefront-Antispam-Report: CIP:203.0.113.1;CTRY:US;H:x;IPV:CAL;SFV:SKN;CAT:NONE;DIR:INB;\r\n";
    const DELIVERY: &str = "X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;auth:0;dest:I;\r\n";
    const LEVEL: &str = "X-Microsoft-Antispam: BCL:0;\r\n";

    #[test]
    fn a_source_that_the_sender_claims_is_not_taken_for_the_filters_word() {
        let skipped =
            "X-MS-Exchange-ExternalOriginalInternetSender: ip=[192.0.2.66];domain=evil.example\r\n";
        let results = "Authentication-Results: spf=pass (sender IP is 192.0.2.66) smtp.mailfrom=evil.example;compauth=pass reason=100\r\n";
        let source = |parts: &[&str]| {
            let message = parse(&parts.concat());
            let skipped = message.enhanced_filtering.original_sender.is_some();
            (skipped, message.results().is_some(), message.notes.len())
        };
        let rest = [OWN_HEADERS, ORGANIZATION_HEADER, REPORT].concat();
        assert_eq!(
            source(&[results, EDGE, OWN_HEADERS, ORGANIZATION_HEADER, skipped]),
            (true, true, 0)
        );
        assert_eq!(source(&[EDGE, skipped, &rest]), (false, false, 1));
        assert_eq!(source(&[EDGE, results, &rest]), (false, false, 1));
        assert_eq!(source(&[results, EDGE, results, &rest]), (false, true, 1));
        // an excerpt shows no order
        assert_eq!(source(&[OWN_HEADERS, results, skipped]), (true, true, 0));
    }

    /// The header block; whether report and delivery are judged, and in doubt; notes.
    type Case = (&'static [&'static str], (bool, bool, bool), usize);

    #[test]
    fn a_lone_stamp_is_judged_by_where_it_stands() {
        let table: &[Case] = &[
            // the usual order
            (&[EDGE, OWN_HEADERS, ORGANIZATION_HEADER, REPORT, DELIVERY], (true, true, false), 0),
            // planted, and something of the filter in its place
            (&[EDGE, DELIVERY, OWN_HEADERS, ORGANIZATION_HEADER, REPORT], (true, false, false), 1),
            (&[EDGE, OWN_HEADERS, DELIVERY, ORGANIZATION_HEADER, REPORT], (true, false, false), 1),
            (&[EDGE, REPORT, OWN_HEADERS, ORGANIZATION_HEADER, DELIVERY], (false, true, false), 1),
            (
                &[EDGE, REPORT, DELIVERY, OWN_HEADERS, ORGANIZATION_HEADER, LEVEL],
                (false, false, false),
                2,
            ),
            // a sender's own stamps are renamed, and are no sign of the recipient's filter
            (
                &[
                    EDGE,
                    DELIVERY,
                    OWN_HEADERS,
                    ORGANIZATION_HEADER,
                    "X-Microsoft-Antispam-Untrusted: BCL:0;\r\n",
                ],
                (false, true, true),
                1,
            ),
            (&[EDGE, REPORT, DELIVERY, OWN_HEADERS, ORGANIZATION_HEADER], (true, true, true), 2),
            // excerpts and other orders
            (&[DELIVERY, OWN_HEADERS, ORGANIZATION_HEADER, REPORT], (true, true, false), 0),
            (&[EDGE, DELIVERY, ORGANIZATION_HEADER, REPORT], (true, true, false), 0),
            (&[OWN_HEADERS, EDGE, DELIVERY, ORGANIZATION_HEADER, REPORT], (true, true, false), 0),
            (&[EDGE, OWN_HEADERS, DELIVERY], (false, true, false), 0),
            // a server that is not Microsoft's took it after the edge and wrote headers of its own
            (
                &[
                    "Received: from edge.outlook.com (203.0.113.2) by mx.contoso.example with ESMTP id 1; Tue, 3 Feb 2026 07:30:09 +0000\r\n",
                    EDGE,
                    OWN_HEADERS,
                    DELIVERY,
                    ORGANIZATION_HEADER,
                    REPORT,
                ],
                (true, true, false),
                0,
            ),
        ];
        for (parts, judged, notes) in table {
            let message = parse(&parts.concat());
            let got = (
                message.report().is_some(),
                !message.mailbox_delivery.is_empty(),
                message.misplaced,
            );
            assert_eq!(
                (got, message.notes.len()),
                (*judged, *notes),
                "{parts:?} {:?}",
                message.notes
            );
        }
    }

    #[test]
    fn a_renamed_organisation_header_that_the_sender_may_have_brought_is_not_believed() {
        let claim = "X-MS-Exchange-CrossPremises-AuthAs: Internal\r\n\
            X-MS-Exchange-CrossPremises-MxPointsToUs: true\r\n";
        let told = |parts: &[&str]| {
            let message = parse(&parts.concat());
            (message.as_internal, message.organization_header("MxPointsToUs").is_some())
        };
        assert_eq!(told(&[EDGE, claim, OWN_HEADERS, ORGANIZATION_HEADER, REPORT]), (false, false));
        assert_eq!(told(&[EDGE, OWN_HEADERS, claim, ORGANIZATION_HEADER, REPORT]), (false, false));
        // behind the organisation's own it is no sender's; its own prefix goes first all the same
        assert_eq!(told(&[EDGE, OWN_HEADERS, ORGANIZATION_HEADER, claim]), (false, true));
        // a journaled copy has no others
        assert_eq!(told(&[EDGE, OWN_HEADERS, claim, REPORT]), (true, true));
    }

    #[test]
    fn a_report_that_no_filter_wrote_is_a_rules_only_behind_the_organisations_headers() {
        let planted = "X-Forefront-Antispam-Report: SFV:SKI;CAT:NONE;\r\n";
        let standing = |parts: &[&str]| {
            let message = parse(&parts.concat());
            message.reports.iter().find(|report| report.connecting_ip.is_none()).unwrap().standing
        };
        let senders = [EDGE, planted, OWN_HEADERS, ORGANIZATION_HEADER, REPORT];
        assert_eq!(standing(&senders), Standing::Sender);
        let rules = [EDGE, OWN_HEADERS, ORGANIZATION_HEADER, REPORT, planted];
        assert_eq!(standing(&rules), Standing::Planted);
        assert_eq!(standing(&[planted, REPORT]), Standing::Planted, "an excerpt shows no order");
    }

    #[test]
    fn a_complaint_level_among_the_senders_headers_gives_way() {
        let claim = "X-Microsoft-Antispam: BCL:9;\r\n";
        let level = |parts: &[&str]| {
            let message = parse(&parts.concat());
            (message.bcl.map(|bcl| bcl.value), message.notes.len())
        };
        let rest = [OWN_HEADERS, ORGANIZATION_HEADER, REPORT].concat();
        assert_eq!(level(&[EDGE, claim, &rest, LEVEL]), (Some(0), 1));
        assert_eq!(level(&[EDGE, claim, &rest]), (None, 1));
        assert_eq!(level(&[EDGE, &rest, claim]), (Some(9), 0));
        // an excerpt shows no order
        assert_eq!(level(&[claim, OWN_HEADERS]), (Some(9), 0));
    }

    #[test]
    fn of_two_copies_the_one_above_the_senders_headers_gives_way_where_the_organisations_are_gone()
    {
        let claim = "X-Forefront-Antispam-Report: CIP:203.0.113.1;CTRY:US;H:x;IPV:CAL;SFV:SKI;CAT:NONE;DIR:INB;\r\n\
            X-Microsoft-Antispam-Mailbox-Delivery: ucf:1;jmr:0;dest:C;OFR:CustomRules;\r\n";
        let told = |parts: &[&str]| {
            let message = parse(&parts.concat());
            let sfv = message.report().and_then(|report| report.sfv.clone());
            (sfv, message.mailbox_delivery.iter().filter_map(|it| it.ucf).collect::<Vec<_>>())
        };
        let two = told(&[EDGE, claim, OWN_HEADERS, REPORT, DELIVERY]);
        assert_eq!(two, (Some(Sfv::RuleBypass), vec![false]));
        // two passes wrote both where the filter writes
        let below = told(&[EDGE, OWN_HEADERS, claim, REPORT]);
        assert_eq!(below, (Some(Sfv::Skipped), vec![true]));
        let alone = told(&[EDGE, claim, OWN_HEADERS]);
        assert_eq!(alone, (Some(Sfv::Skipped), vec![true]));
    }

    #[test]
    fn a_consumer_mark_that_a_sender_can_type_makes_no_consumer_mailbox() {
        let mark = "X-Sender-IP: 203.0.113.10\r\n";
        let origin = |parts: &[&str]| parse(&parts.concat()).origin.value;
        let business = [EDGE, mark, OWN_HEADERS, ORGANIZATION_HEADER, REPORT];
        assert_eq!(origin(&business), Origin::Business);
        assert_eq!(origin(&[EDGE, OWN_HEADERS, ORGANIZATION_HEADER, mark]), Origin::Consumer);
        // nor does a report that a sender can type make a business one
        let consumer = [EDGE, REPORT, OWN_HEADERS, ORGANIZATION_HEADER, mark];
        assert_eq!(origin(&consumer), Origin::Consumer);
    }
}
