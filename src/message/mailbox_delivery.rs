//! `X-Microsoft-Antispam-Mailbox-Delivery`: where the store put it (`headers.md` §2.2).
//!
//! Microsoft does not document this header; the readings are those of its own header analyzer and of
//! observed messages.

use super::MailboxDelivery;
use super::pairs::Pairs;
use super::values::Dest;
use crate::fact::Citation;
use std::sync::Arc;

impl MailboxDelivery {
    /// Reads one copy.
    pub fn parse(value: Arc<str>, evidence: Citation) -> Self {
        let (pairs, _) = Pairs::of(value);
        let flag = |key: &str| match pairs.first(key) {
            Some("0") => Some(false),
            Some("1") => Some(true),
            _ => None,
        };
        MailboxDelivery {
            dest: pairs.first("dest").map(Dest::parse),
            ucf: flag("ucf"),
            jmr: flag("jmr"),
            ofr: pairs.first("OFR").map(Into::into),
            rf: pairs.first("RF").map(Into::into),
            evidence,
            pairs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Evidence, Place};

    #[test]
    fn business_shapes_are_read() {
        let source = Arc::from("t.eml");
        let table = [
            (
                "ucf:0;jmr:0;auth:0;dest:I;ENG:(750128)(520011016);",
                Dest::Inbox,
                Some(false),
                Some(false),
                None,
            ),
            (
                "ucf:0;jmr:1;ex:0;auth:0;dest:J;ENG:(1)(2);",
                Dest::Junk,
                Some(false),
                Some(true),
                None,
            ),
            (
                "ucf:1;jmr:0;auth:0;dest:C;OFR:CustomRules;ENG:(1);",
                Dest::Custom,
                Some(true),
                Some(false),
                Some("CustomRules"),
            ),
        ];
        for (value, dest, ucf, jmr, ofr) in table {
            let evidence = Evidence::new(&source, Place::Line(1), "x", value).into();
            let got = MailboxDelivery::parse(value.into(), evidence);
            assert_eq!(
                (got.dest, got.ucf, got.jmr, got.ofr.as_deref()),
                (Some(dest), ucf, jmr, ofr),
                "{value}"
            );
        }
    }
}
