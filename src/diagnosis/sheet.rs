//! The fact sheet: what a report shows besides the findings.

use super::{AuthenticationSheet, FactSheet, HopSheet, LinkSheet, MailboxDeliverySheet, stamps};
use crate::case::Case;
use crate::fact::Fact;
use crate::links::Link;
use crate::message::{Authentication, Hop, MailboxDelivery, Message};

impl FactSheet {
    /// The facts of a case.
    pub(super) fn of(case: &Case<'_>) -> Self {
        let verdict = &case.verdict;
        let mut sheet = FactSheet {
            connecting_ip: shown(&verdict.connecting_ip),
            ipv: shown(&verdict.ipv),
            sfv: shown(&verdict.sfv),
            cat: shown(&verdict.cat),
            scl: verdict.scl.as_ref().map(|fact| fact.value),
            bcl: verdict.bcl.as_ref().map(|fact| fact.value),
            sfty: shown(&verdict.sfty),
            dir: shown(&verdict.direction),
            country: shown(&verdict.country),
            helo: shown(&verdict.helo),
            ptr: shown(&verdict.ptr),
            links: case.links.unwrap_or_default().iter().map(link).collect(),
            stamps: stamps::of(case),
            ..FactSheet::default()
        };
        if let Some(message) = case.message {
            sheet.take_message(message);
        }
        sheet
    }

    fn take_message(&mut self, message: &Message) {
        self.authentication = message.results().map(authentication).unwrap_or_default();
        self.mailbox_delivery = message.mailbox_delivery.first().map(mailbox_delivery);
        self.organization_headers = message
            .organization()
            .map(|header| (header.name.to_owned(), header.value.to_owned()))
            .collect();
        self.hops = message.hops.iter().map(hop).collect();
        self.gateways = message
            .gateways
            .iter()
            .map(|gateway| (gateway.vendor.to_owned(), gateway.position.name()))
            .collect();
        self.simulation = message
            .simulation
            .first()
            .map(|mark| (mark.value.platform.to_owned(), mark.value.mark.to_string()));
    }
}

fn shown<T: ToString>(fact: &Option<Fact<T>>) -> Option<String> {
    fact.as_ref().map(|fact| fact.value.to_string())
}

fn owned(text: &Option<Box<str>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}

fn authentication(results: &Authentication) -> AuthenticationSheet {
    AuthenticationSheet {
        spf: results.spf.as_ref().map(ToString::to_string),
        dkim: results
            .dkim
            .iter()
            .map(|dkim| (dkim.result.to_string(), owned(&dkim.domain)))
            .collect(),
        dmarc: results.dmarc.as_ref().map(ToString::to_string),
        dmarc_action: results.dmarc_action.as_ref().map(ToString::to_string),
        compauth: results.compauth.as_ref().map(ToString::to_string),
        compauth_reason: owned(&results.compauth_reason),
        sender_ip: results.sender_ip.map(|ip| ip.to_string()),
    }
}

fn mailbox_delivery(delivery: &MailboxDelivery) -> MailboxDeliverySheet {
    MailboxDeliverySheet {
        dest: delivery.dest.as_ref().map(ToString::to_string),
        ucf: delivery.ucf.map(u8::from),
        jmr: delivery.jmr.map(u8::from),
        ofr: owned(&delivery.ofr),
    }
}

fn hop(hop: &Hop) -> HopSheet {
    HopSheet {
        from: hop.from().map(str::to_owned),
        by: hop.by().map(str::to_owned),
        ip: hop.ip().map(|ip| ip.to_string()),
        date: hop.date.as_ref().map(mail_parser::DateTime::to_rfc3339),
        delay_seconds: hop.delay_seconds,
        role: hop.role.name(),
        forest: hop.forest().map(str::to_owned),
    }
}

fn link(link: &Link) -> LinkSheet {
    LinkSheet {
        rewritten: link.shown().into_owned(),
        chain: link.chain.iter().map(ToString::to_string).collect(),
        original: link.target().map(str::to_owned),
        recovered: link.recovered.name(),
        note: link.remarks(),
    }
}
