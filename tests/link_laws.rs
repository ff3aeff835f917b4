//! Laws of link decoding: what a wrapper was put around comes out again, and nothing panics.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use mailwhy::links::{self, Recovered, private};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use std::io::Write;

fn escaped(url: &str) -> String {
    utf8_percent_encode(url, NON_ALPHANUMERIC).to_string()
}

fn packed(text: &str) -> String {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    let bytes = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    URL_SAFE.encode(bytes.unwrap_or_default())
}

/// Proofpoint's version 3, as a sender's gateway writes it: runs where bytes follow each other.
fn proofpoint_v3(url: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!@$&():/?='-._~,;".contains(&b);
    let letters: Vec<u8> =
        (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*b"-_").collect();
    let (mut mangled, mut replaced) = (String::new(), Vec::new());
    let mut rest = url.as_bytes();
    while let Some(first) = rest.first() {
        if plain(*first) {
            mangled.push(char::from(*first));
            rest = &rest[1..];
            continue;
        }
        let run = rest.iter().take_while(|b| !plain(**b)).count().min(65);
        match run {
            1 => mangled.push('*'),
            _ => mangled.push_str(&format!("**{}", char::from(letters[run - 2]))),
        }
        replaced.extend_from_slice(&rest[..run]);
        rest = &rest[run..];
    }
    format!(
        "https://urldefense.com/v3/__{mangled}__;{}!!Cust!sig-_X$",
        URL_SAFE_NO_PAD.encode(replaced)
    )
}

fn proofpoint_v2(url: &str) -> String {
    let mut mangled = String::new();
    for byte in url.replace('&', "&amp;").bytes() {
        match byte {
            b'/' => mangled.push('_'),
            b if b.is_ascii_alphanumeric() || b == b'.' => mangled.push(char::from(b)),
            b => mangled.push_str(&format!("-{b:02X}")),
        }
    }
    format!("https://urldefense.proofpoint.com/v2/url?u={mangled}&d=D&c=C&r=R&m=M&s=S&e=")
}

/// Puts a wrapper around a URL.
type Wrap = fn(&str) -> String;

/// Every wrapper that can be composed offline, with its name.
fn wrappers() -> Vec<(&'static str, Wrap)> {
    vec![
        ("Microsoft Safe Links", |url| {
            format!(
                "https://nam02.safelinks.protection.outlook.com/?url={}&data=05%7C02%7Cann%40contoso.example%7C0%7C1&sdata=x&reserved=0",
                escaped(url)
            )
        }),
        ("Proofpoint URL Defense v1", |url| {
            format!(
                "https://urldefense.proofpoint.com/v1/url?u={}&k=K&r=R&m=M&s=S",
                escaped(&url.replace('&', "&amp;"))
            )
        }),
        ("Proofpoint URL Defense v2", proofpoint_v2),
        ("Proofpoint URL Defense v3", proofpoint_v3),
        ("Barracuda Link Protection", |url| {
            format!("https://linkprotect.cudasvc.com/url?a={}&c=E,1,tok,&typo=1", escaped(url))
        }),
        ("Cisco Secure Email", |url| {
            format!("https://secure-web.cisco.com/1aB-_x/{}", escaped(url))
        }),
        ("Trend Micro Time-of-Click", |url| {
            format!(
                "https://hes32-ctp.trendmicro.com/wis/clicktime/v1/query?url={}&umid=1&rct=2&auth=3",
                escaped(url)
            )
        }),
        ("Symantec ClickTime", |url| {
            format!("https://clicktime.symantec.com/3Ab?u={}", escaped(url))
        }),
        ("Sophos Email", |url| {
            format!(
                "https://eu-west-1.protection.sophos.com?d=x.example&u={}&i=a&t=b&h=c",
                URL_SAFE.encode(url)
            )
        }),
        ("Trellix / FireEye Email Security", |url| {
            format!("https://protect2.fireeye.com/v1/url?k=1-2-3-4-5&q=1&e=f&u={}", escaped(url))
        }),
        ("Check Point Harmony / Avanan", |url| {
            format!(
                "https://url.avanan.click/v2/r01/___{url}___.{}",
                URL_SAFE_NO_PAD.encode("c2e:contoso:a:o:0:7:0:0:h:T")
            )
        }),
        ("Hornetsecurity ATP", |url| {
            format!(
                "https://atpscan.global.hornetsecurity.com/?d=1&f=2&i=&k=abcd&m=3&n=4&r=5&s=6&u={}",
                escaped(url)
            )
        }),
        ("Vade", |url| {
            format!(
                "https://m365.eu.vadesecure.com/safeproxy/v4?f=1&i=2&k=abcd&s=3&u={}",
                escaped(url)
            )
        }),
        ("Fortinet FortiMail", |url| {
            format!(
                "https://gw.contoso.example/fmlurlsvc/?fewReq=:B:AAAA&url={}&fmlBlkTk",
                escaped(url)
            )
        }),
        ("Zix / AppRiver (edgepilot)", |url| {
            format!(
                "https://link.edgepilot.com/s/12227a84/DmLjQJRwu0ilPD33ZRk1pA?u={}",
                escaped(url)
            )
        }),
        ("Egress / KnowBe4 Defend", |url| {
            format!(
                "https://links.us1.defend.egress.com/Warning?crId=1&Domain=contoso.example&Base64Url={}&@OriginalLink=x.example",
                escaped(&packed(url))
            )
        }),
        ("INKY", |url| {
            let json = serde_json::json!({"url": url, "k": "t/ann@contoso.example/h/1.2", "e": "e", "d": "d"});
            format!(
                "https://shared.outlook.inky.com/link?domain=x.example&t=h.{}.sig",
                packed(&json.to_string()).trim_end_matches('=')
            )
        }),
        ("Libraesva URLSand", |url| {
            format!("https://urlsand.esvalabs.com/?u={}&e=1&h=2&f=y&p=n", escaped(url))
        }),
        ("TitanHQ Link Lock", |url| {
            format!("https://linklock.titanhq.com/analyse?url={}&data=abc", escaped(&escaped(url)))
        }),
        ("Trustwave MailMarshal", |url| {
            format!("https://scanmail.trustwave.com/?c=1&d=abc&u={}", escaped(url))
        }),
        ("Topsec", |url| format!("https://scanner.topsec.com/?d=1&r=show&u={}&t=2", escaped(url))),
        ("Mailinblack", |url| {
            let json = serde_json::json!({"lang": "FR", "url": url});
            format!(
                "https://mibc-fr-05.mailinblack.com/securelink/?url=https%3A%2F%2Fx.example&key={}",
                URL_SAFE_NO_PAD.encode(json.to_string())
            )
        }),
        ("Google redirect", |url| format!("https://www.google.co.uk/url?q={}&sa=D", escaped(url))),
        ("Bing", |url| {
            format!("https://www.bing.com/ck/a?!&&p=1&u=a1{}&ntb=1", URL_SAFE_NO_PAD.encode(url))
        }),
        ("Facebook", |url| format!("https://l.facebook.com/l.php?u={}&h=1", escaped(url))),
        ("Instagram", |url| format!("https://l.instagram.com/?u={}&e=1", escaped(url))),
        ("LinkedIn", |url| {
            format!("https://www.linkedin.com/redir/redirect?url={}&urlhash=a", escaped(url))
        }),
        ("Slack", |url| format!("https://slack-redir.net/link?url={}", escaped(url))),
    ]
}

/// URLs that no product has wrapped, with everything that makes decoding hard.
fn url() -> impl Strategy<Value = String> {
    let part = "[a-zA-Z0-9._~!$'()*,:@%éß日-]{0,12}".prop_map(|part| part.replace("__", "_"));
    let host = "[a-z][a-z0-9-]{0,8}\\.example";
    (prop_oneof!["http", "https"], host, part.clone(), part.clone(), part).prop_map(
        |(scheme, host, path, query, fragment)| {
            // Percent signs are escapes of their own, as in a well-formed URL.
            format!("{scheme}://{host}/{path}?q={query}&r=1%25#{fragment}").replace('%', "%25")
        },
    )
}

proptest! {
    #[test]
    fn what_was_wrapped_comes_out_again(url in url(), pick in any::<prop::sample::Index>()) {
        let wrappers = wrappers();
        let (name, wrap) = wrappers[pick.index(wrappers.len())];
        let link = wrap(&url);
        let unwrapped = links::peel(&link);
        prop_assert_eq!(&unwrapped.chain, &[name], "{}", link);
        prop_assert_eq!(unwrapped.original.as_deref(), Some(url.as_str()), "{}", link);
        prop_assert_eq!(unwrapped.recovered, Recovered::Full);
    }

    #[test]
    fn layers_come_off_from_outside_in(url in url(), picks in prop::collection::vec(any::<prop::sample::Index>(), 2..=8)) {
        // Wrappers that need a reader of raw text inside come first; all others hold anything.
        let wrappers: Vec<_> = wrappers().into_iter().filter(|(name, _)| !name.starts_with("Check Point")).collect();
        let (mut link, mut chain) = (url.clone(), Vec::new());
        for pick in picks {
            let (name, wrap) = wrappers[pick.index(wrappers.len())];
            link = wrap(&link);
            chain.insert(0, name);
        }
        let unwrapped = links::peel(&link);
        prop_assert_eq!(unwrapped.chain, chain, "{}", link);
        prop_assert_eq!(unwrapped.original.as_deref(), Some(url.as_str()), "{}", link);
    }

    #[test]
    fn no_text_makes_a_decoder_panic(text in "\\PC{0,80}") {
        let _ = links::unwrap(&text);
        let _ = private::mask(&text);
    }

    #[test]
    fn no_damage_to_a_wrapper_makes_a_decoder_panic(
        url in url(),
        pick in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        junk in "[%&=_*;|\\[.:/?#éA]{0,4}",
    ) {
        let wrappers = wrappers();
        let link = (wrappers[pick.index(wrappers.len())].1)(&url);
        let cut = at.index(link.len());
        if let (Some(front), Some(back)) = (link.get(..cut), link.get(cut..)) {
            for damaged in [front.to_owned(), format!("{front}{junk}{back}"), format!("{front}{junk}")] {
                let _ = links::unwrap(&damaged);
                let _ = private::mask(&damaged);
            }
        }
    }

    #[test]
    fn a_masked_link_does_not_name_its_recipient(url in url(), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..=3)) {
        let wrappers = wrappers();
        let mut link = (wrappers[0].1)(&url);
        for pick in picks {
            link = (wrappers[pick.index(wrappers.len())].1)(&link);
        }
        let mut text = private::mask(&link).into_owned();
        for _ in 0..6 {
            prop_assert!(!text.contains("ann@contoso"), "{}", text);
            text = links::decode::percent_decode(&text);
        }
    }
}

#[test]
fn a_ninth_layer_is_left_closed() {
    let link = (0..9).fold("https://a.example/".to_owned(), |url, _| {
        format!("https://clicktime.symantec.com/3Ab?u={}", escaped(&url))
    });
    let unwrapped = links::peel(&link);
    assert_eq!(unwrapped.chain.len(), links::MAX_LAYERS);
    assert_eq!((unwrapped.original, unwrapped.recovered), (None, Recovered::None));
}
