//! Symantec (Broadcom) Email Security.cloud ClickTime (`link-rewriters.md` §5).

use super::vendor::{CUT_OFF, Exemption, Hosts, Kind, Layer, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor {
    gateway: &["Symantec", "MessageLabs", "Broadcom"],
    exemption: Some(EXEMPTION),
    ..Vendor::new(
        "Symantec ClickTime",
        Kind::Gateway,
        Hosts::Within(&["clicktime.symantec.com", "clicktime.cloud.postoffice.net"]),
        |outer| {
            let has_token = outer.path.len() > 1;
            target_param(outer, "u", &["h", "d"]).or(has_token.then(|| Layer::opaque(CUT_OFF)))
        },
    )
};

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Symantec Email Security.cloud: Services > Email Threat Detection and Response > Click-time URL \
         Protection Settings > Whitelist Domains",
        "Broadcom advises against phishing assessments through the service: deliver straight to the mail \
         server instead",
    ],
    caveat: "Link Following in the malware scan clicks links and cannot be switched off per sender.",
    references: &[
        "https://knowledge.broadcom.com/external/article/163838",
        "https://knowledge.broadcom.com/external/article?legacyId=tech251834",
    ],
};

#[cfg(test)]
mod tests {
    use super::super::peel::unwrap;

    #[test]
    fn all_three_forms_are_opened() {
        for link in [
            "https://clicktime.symantec.com/39e8TeBHak?u=https%3A%2F%2Fa.example%2F%3Fb%3D1",
            "https://clicktime.symantec.com/39e8TeBHak?h=AbC=&u=https://a.example/?b=1",
            "https://clicktime.symantec.com/a/1/AbC=?d=DeF=&u=https%3A%2F%2Fa.example%2F%3Fb%3D1",
        ] {
            assert_eq!(unwrap(link).original.as_deref(), Some("https://a.example/?b=1"), "{link}");
        }
    }

    #[test]
    fn a_raw_target_with_parameters_of_its_own_may_be_cut() {
        let unwrapped =
            unwrap("https://clicktime.symantec.com/39e8?h=AbC=&u=https://a.example/?b=1&c=2");
        assert_eq!(unwrapped.original.as_deref(), Some("https://a.example/?b=1"));
        assert!(unwrapped.notes[0].starts_with("may be cut"));
    }
}
