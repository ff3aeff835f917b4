//! Fortinet FortiMail click protection (`link-rewriters.md` §5): any host, path `/fmlurlsvc/`.

use super::decode::{base64, percent_decode};
use super::outer::Outer;
use super::private::Private;
use super::vendor::{CUT_OFF, Exemption, Hosts, Kind, Layer, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor {
    private,
    gateway: &["Fortinet", "FortiMail"],
    exemption: Some(EXEMPTION),
    ..Vendor::new("Fortinet FortiMail", Kind::Gateway, Hosts::Customer, |outer| {
        let is_link = outer.path.starts_with("/fmlurlsvc");
        is_link.then(|| {
            target_param(outer, "url", &["fewReq", "fmlBlkTk"]).unwrap_or(Layer::opaque(CUT_OFF))
        })
    })
};

const EXEMPTION: Exemption = Exemption {
    paths: &["FortiMail: the content profile's click protection, for the platform's senders"],
    caveat: "",
    references: &["https://docs.fortinet.com/product/fortimail"],
};

/// `fewReq=:B:<base64>`: bytes XORed with a key that the third one, a colon, gives away.
fn private(outer: &Outer<'_>) -> Private {
    let mut private = Private::hiding(outer, &["fewReq"]);
    let Some(text) = outer.param("fewReq").and_then(unveil) else { return private };
    let field =
        |name: &str| text.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    private.recipient = field("rcpt").filter(|address| address.contains('@')).map(Into::into);
    private.rewritten_at = field("t").and_then(|seconds| seconds.parse().ok());
    private
}

fn unveil(value: &str) -> Option<String> {
    let value = percent_decode(value);
    let bytes = base64(value.strip_prefix(":B:")?)?;
    let key = bytes.get(2)? ^ b':';
    let plain = bytes[2..].iter().map(|byte| byte ^ key).collect();
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::super::peel::unwrap;
    use super::super::private::mask;
    use base64::Engine;

    #[test]
    fn the_request_names_recipient_and_time_and_is_masked() {
        let plain = "xx:70:&v=2.0&id=01:01&signature=00&t=1680282830&qid=a&rcpt=ann@contoso.example&c=52&hdl=0";
        let veiled: Vec<u8> = plain.bytes().map(|byte| byte ^ 0x0c).collect();
        let veiled = base64::engine::general_purpose::STANDARD.encode(veiled);
        let link = format!(
            "https://gw.contoso.example/fmlurlsvc/?fewReq=:B:{veiled}&url=https%3a%2f%2fa.example%2f%3fx%3d1&fmlBlkTk"
        );
        let unwrapped = unwrap(&link);
        assert_eq!(unwrapped.original.as_deref(), Some("https://a.example/?x=1"));
        assert_eq!(unwrapped.private[0].recipient.as_deref(), Some("ann@contoso.example"));
        assert_eq!(unwrapped.private[0].rewritten_at, Some(1_680_282_830));
        assert!(!mask(&link).contains(&veiled[4..]));
    }
}
