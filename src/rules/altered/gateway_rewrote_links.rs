//! Links under a security gateway's own address.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Fix, Role};
use crate::links::vendor::Vendor;
use crate::links::{Link, Owner, Ownership, Place, safe_links};
use crate::rules::fixes::{self, Values};
use crate::rules::source::gateway_in_front;
use crate::rules::{Entry, Rule, Stage, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "gateway-rewrote-links",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "The recipient's security gateway put its own address in front of the links.",
        evidence: &[
            "Proven: the wrapper itself names this recipient and the time of this message",
            "Likely: the gateway whose address the links bear handed the message to Microsoft 365",
            "Likely also: dkim=fail (body hash did not verify), because the body was changed",
            "Possible: links bear a gateway's address, and nothing tells whose gateway it was",
        ],
        against: &[
            "The links stand in a quoted or forwarded earlier message",
            "The sender's organisation uses the same product",
            "The wrapper is abused as a redirect: no hop and no header of the product is there",
        ],
        fix: &[
            "Mimecast: Gateway > Policies > URL Protection Bypass for the platform's addresses, or Managed URLs, Permitted",
            "Other gateways: their own exemption from link rewriting",
            "Or deliver straight to the tenant",
        ],
        caveat: "Links that two products rewrote may not be checked by either, and one-time links are used up. \
                 Do not open a rewritten link to test it: that is a click of the recipient.",
        references: &[references::OTHER_SERVICES, references::MIMECAST_GUIDE],
    },
    check,
};

/// What one product did to the links.
struct Rewriter<'a> {
    vendor: &'static Vendor,
    ownership: &'a Ownership,
    first: &'a Link,
    count: usize,
}

fn check(case: &Case<'_>) -> Option<Finding> {
    let links = case.links?;
    let found = rewriters(links);
    let chosen = found.iter().max_by_key(|rewriter| certainty(rewriter.ownership))?;
    let certainty = certainty(chosen.ownership)?;
    let clickable = links.iter().filter(|link| is_clickable(link)).count();
    let name = chosen.vendor.name;
    let whose = match certainty {
        Certainty::Possible => "whose gateway that was is not shown",
        _ => "the recipient's gateway",
    };
    let summary = format!("{name} ({whose}) rewrote {} of {clickable} links.", chosen.count);
    let mut evidence = vec![chosen.first.evidence()];
    if certainty > Certainty::Possible
        && let Some(gateway) = gateway_in_front(case)
    {
        reading::add(&mut evidence, gateway.evidence.iter().take(1).cloned());
    }
    if let Some(results) = reading::results_piece(case, "dkim")
        && results.value.contains("body hash did not verify")
    {
        reading::add(&mut evidence, [results]);
    }
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = excluded(chosen, certainty);
    finding.fix = fix(case, chosen.vendor);
    if let Some(exemption) = &chosen.vendor.exemption {
        finding.references.to_mut().extend(exemption.references);
        if !exemption.caveat.is_empty() {
            finding.caveat = Some(format!("{} {}", RULE.entry.caveat, exemption.caveat).into());
        }
    }
    Some(finding)
}

fn is_clickable(link: &Link) -> bool {
    link.nested == 0 && matches!(link.place, Place::Href | Place::Form | Place::Text)
}

/// Every gateway product that rewrote links here, Safe Links apart, which has a rule of its own.
fn rewriters(links: &[Link]) -> Vec<Rewriter<'_>> {
    let mut found: Vec<Rewriter<'_>> = Vec::new();
    for link in links.iter().filter(|link| is_clickable(link)) {
        for vendor in link.gateways().filter(|vendor| vendor.name != safe_links::NAME) {
            let Some(ownership) = link.owner_of(vendor.name) else { continue };
            match found.iter_mut().find(|known| known.vendor.name == vendor.name) {
                None => found.push(Rewriter { vendor, ownership, first: link, count: 1 }),
                Some(known) => {
                    known.count += 1;
                    if certainty(ownership) > certainty(known.ownership) {
                        known.ownership = ownership;
                        known.first = link;
                    }
                }
            }
        }
    }
    found
}

/// How sure it is that the recipient's gateway did it; `None` where something speaks against it.
fn certainty(ownership: &Ownership) -> Option<Certainty> {
    match ownership.owner {
        Owner::Recipient if ownership.named => Some(Certainty::Proven),
        Owner::Recipient => Some(Certainty::Likely),
        Owner::Unknown => Some(Certainty::Possible),
        Owner::Sender | Owner::Leftover | Owner::Redirector => None,
    }
}

fn excluded(rewriter: &Rewriter<'_>, certainty: Certainty) -> Vec<String> {
    let because = rewriter.ownership.because;
    match certainty {
        Certainty::Possible => {
            vec![format!("not excluded: the sender's gateway, or a quoted message ({because})")]
        }
        _ => {
            vec![because.to_owned(), "the link stands in no quoted or attached message".to_owned()]
        }
    }
}

fn fix(case: &Case<'_>, vendor: &Vendor) -> Vec<Fix> {
    let ip = Values::of(case).ip();
    let mut fix: Vec<Fix> = match &vendor.exemption {
        Some(exemption) => exemption
            .paths
            .iter()
            .map(|path| {
                fixes::console(path.replace(
                    "the platform's addresses",
                    &format!("the platform's addresses ({ip})"),
                ))
            })
            .collect(),
        None => vec![fixes::console(format!(
            "{}: exempt {ip} from link rewriting in its own console.",
            vendor.name
        ))],
    };
    fix.extend(fixes::direct_delivery(case));
    fix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    const WRAPPED: &str =
        "https://protect-us.mimecast.com/s/yj15CXDwEpFqyG4H6Jxp2?domain=phish.example";

    #[test]
    fn the_gateway_that_handed_the_message_over_likely_did_it() {
        let mail =
            Mail::inbound().behind_mimecast().body(&format!("{WRAPPED}\nhttps://plain.example/"));
        let finding = mail.finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Likely);
        assert_eq!(finding.summary, "Mimecast (the recipient's gateway) rewrote 1 of 2 links.");
        assert_eq!(&*finding.evidence[0].value, WRAPPED);
        assert!(finding.evidence.iter().any(|e| e.value.contains("body hash did not verify")));
        let fixes: String = finding.fix.iter().map(|fix| fix.text.as_str()).collect();
        for name in [
            "URL Protection Bypass",
            "Managed URLs",
            "203.0.113.10",
            "Impersonation Protection Bypass",
        ] {
            assert!(fixes.contains(name), "{name}");
        }
    }

    #[test]
    fn a_wrapper_that_names_recipient_and_time_is_proof() {
        // 2025-10-14 09:12:28 UTC, XOR 0x0c
        let plain = "xx:9:&v=2.0&t=1760433148&rcpt=ann@contoso.example&c=1";
        let veiled: Vec<u8> = plain.bytes().map(|byte| byte ^ 0x0c).collect();
        let veiled = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, veiled);
        let link = format!(
            "https://gw.contoso.example/fmlurlsvc/?fewReq=:B:{veiled}&url=https%3a%2f%2fphish.example"
        );
        assert_eq!(Mail::inbound().body(&link).certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_wrapper_alone_is_no_finding_and_an_unplaced_one_only_possible() {
        assert_eq!(Mail::inbound().body(WRAPPED).certainty(&RULE), None);
        let unplaced = Mail::inbound().header("X-Mimecast-Impersonation-Protect: Policy=x");
        assert_eq!(unplaced.body(WRAPPED).certainty(&RULE), Some(Certainty::Possible));
        let no_marks = "https://urlsand.esvalabs.com/?u=https%3A%2F%2Fphish.example&e=1";
        assert_eq!(Mail::inbound().body(no_marks).certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn quoted_links_the_senders_gateway_and_redirectors_are_left_alone() {
        let quoted = Mail::inbound().behind_mimecast().body(&format!("> {WRAPPED}"));
        assert_eq!(quoted.certainty(&RULE), None);
        let sender = Mail::inbound().header("X-Mimecast-Originator: phish.example").body(WRAPPED);
        assert_eq!(sender.certainty(&RULE), None);
        let redirector =
            Mail::inbound().body("https://www.google.com/url?q=https%3A%2F%2Fa.example");
        assert_eq!(redirector.certainty(&RULE), None);
        assert_eq!(Mail::inbound().behind_mimecast().certainty(&RULE), None);
    }
}
