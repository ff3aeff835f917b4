use super::*;
use crate::message::body::Start;
use crate::testing::Mail;
use std::sync::Arc;

/// Links of `text` in a message with these headers, judged.
fn judged(head: &str, text: &str) -> Vec<Ownership> {
    let source = Arc::from("m.eml");
    let message = Message::parse(&source, head.as_bytes());
    let start = Start { content_type: Some("text/plain"), transfer_encoding: None, line: 1 };
    let mut links =
        super::super::read(&source, start, &mut text.as_bytes(), &Default::default()).links;
    judge(&mut links, &message);
    links.into_iter().flat_map(|link| link.ownership).collect()
}

fn owner(head: &str, text: &str) -> Owner {
    let judged = judged(head, text);
    assert_eq!(judged.len(), 1, "{judged:?}");
    judged[0].owner
}

const ID: &str = "6f1d0c523b7a4f0e9a5108de0b0a1c11";
const TENANT: &str = "4a5378f929f44d3ebe89669d03ada9d8";
const MIMECAST: &str = "https://protect-us.mimecast.com/s/yj15CXDwEpFqyG4H6Jxp2?domain=a.example";

fn safe_link(recipient: &str, id: &str, tenant: &str) -> String {
    format!(
        "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example&data=05%7C02%7C{recipient}%7C{id}%7C{tenant}%7C0%7C0%7C638960586510000000%7CUnknown%7C&sdata=x"
    )
}

fn head_with_ids() -> String {
    Mail::inbound()
        .header(
            "X-MS-Exchange-Organization-Network-Message-Id: c06955af-095e-40a9-f10f-08dab277d765",
        )
        .header("X-MS-Exchange-CrossTenant-Id: 4a5378f9-29f4-4d3e-be89-669d03ada9d8")
        .text()
}

#[test]
fn safe_links_with_this_messages_id_are_the_recipients() {
    let judged = judged(&head_with_ids(), &safe_link("ann%40contoso.example", ID, TENANT));
    assert_eq!((judged[0].owner, judged[0].named), (Owner::Recipient, true));
}

#[test]
fn safe_links_of_another_message_are_a_leftover() {
    let other = "00000000095e40a9f10f08dab277d765";
    assert_eq!(
        owner(&head_with_ids(), &safe_link("ann%40contoso.example", other, TENANT)),
        Owner::Leftover
    );
    assert_eq!(
        owner(&head_with_ids(), &safe_link("x%40fabrikam.example", other, other)),
        Owner::Leftover
    );
}

#[test]
fn safe_links_without_fields_are_nobodys_in_particular() {
    let bare =
        "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example&reserved=0";
    assert_eq!(owner(&head_with_ids(), bare), Owner::Unknown);
}

#[test]
fn a_wrapper_alone_does_not_make_a_gateway() {
    assert_eq!(owner(&Mail::inbound().text(), MIMECAST), Owner::Leftover);
    assert_eq!(owner("Subject: x\n\n", MIMECAST), Owner::Unknown);
}

#[test]
fn a_gateway_that_handed_the_message_over_is_the_recipients() {
    let judged = judged(&Mail::inbound().behind_mimecast().text(), MIMECAST);
    assert_eq!((judged[0].owner, judged[0].named), (Owner::Recipient, false));
}

#[test]
fn headers_of_outgoing_mail_tell_of_the_sender() {
    let head = Mail::inbound().header("X-Mimecast-Originator: phish.example").text();
    assert_eq!(owner(&head, MIMECAST), Owner::Sender);
    let head = Mail::inbound().header("X-Mimecast-Impersonation-Protect: Policy=x").text();
    assert_eq!(owner(&head, MIMECAST), Owner::Unknown);
}

#[test]
fn quoted_wrappers_are_leftovers_even_behind_the_gateway() {
    let head = Mail::inbound().behind_mimecast().text();
    assert_eq!(owner(&head, &format!("> {MIMECAST}")), Owner::Leftover);
}

#[test]
fn a_redirector_is_no_gateway() {
    assert_eq!(
        owner(&head_with_ids(), "https://www.google.com/url?q=https%3A%2F%2Fa.example"),
        Owner::Redirector
    );
}

#[test]
fn each_layer_has_an_owner_of_its_own() {
    let nested = safe_link("ann%40contoso.example", ID, TENANT).replace(
        "https%3A%2F%2Fa.example",
        "https%3A%2F%2Fclicktime.symantec.com%2F3Ab%3Fu%3Dhttps%253A%252F%252Fa.example",
    );
    let owners: Vec<Owner> = judged(&head_with_ids(), &nested).iter().map(|o| o.owner).collect();
    assert_eq!(owners, [Owner::Recipient, Owner::Leftover]);
}
