//! The reader against the shapes that real exports have.

use super::reader::{read, read_bytes};
use super::*;
use crate::error::Result;

fn tenant(json: &str) -> Tenant {
    read_bytes("tenant.json", json.as_bytes()).unwrap()
}

#[test]
fn one_object_keyed_by_noun_is_read_whatever_the_case_of_its_names() {
    let tenant = tenant(
        r#"{"transportrule": {"NAME": "Bypass", "setscl": "-1", "SenderIPRanges": "203.0.113.10"},
            "HostedConnectionFilterPolicy": [{"Name": "Default", "ipallowlist": ["203.0.113.10"], "EnableSafeList": "False"}]}"#,
    );
    let rule = &tenant.rules()[0];
    assert_eq!(rule.name(), "Bypass");
    assert!(rule.requests_bypass());
    assert_eq!(rule.condition("SenderIpRanges").map(|p| p.values.len()), Some(1));
    let filter = tenant.connection_filter().unwrap();
    assert_eq!(filter.enable_safe_list, Some(false));
    assert!(filter.ip_block_list.is_none(), "a list that is not exported is unknown");
    assert!(tenant.inbound_connectors.is_none());
}

#[test]
fn an_empty_file_named_after_a_cmdlet_means_that_there_are_none() -> Result<()> {
    let tenant = read_bytes("export/Get-ExoPhishSimOverrideRule.json", b"\xef\xbb\xbf\r\n")?;
    assert_eq!(tenant.phish_sim_rules, Some(Vec::new()));
    Ok(())
}

#[test]
fn a_folder_of_cmdlet_files_is_one_tenant_and_a_broken_file_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "Get-TransportRule.json",
        r#"[{"Name": "b", "Priority": 1}, {"Name": "a", "Priority": 0}]"#,
    );
    write(
        "Get-TenantAllowBlockListItems-Url.json",
        r#"[{"Value": "phish.example", "Action": "Block"}]"#,
    );
    write("Get-InboundConnector.json", "{ oops");
    write("notes.json", r#"{"hello": 1}"#);
    let tenant = read(folder.path()).unwrap();
    assert_eq!(tenant.rules().iter().map(|r| r.name()).collect::<Vec<_>>(), ["a", "b"]);
    let items = tenant.allow_block_items.as_deref().unwrap_or_default();
    assert_eq!(items[0].list(), Some(lists::ListType::Url));
    assert!(tenant.inbound_connectors.is_none());
    assert_eq!(tenant.problems.len(), 1);
    assert!(tenant.problems[0].to_string().contains("Get-InboundConnector.json:1: column 3"));
    assert_eq!(tenant.notes.len(), 1);
}

#[test]
fn scubagear_keys_are_found_inside_the_larger_object_and_failed_commands_are_unknown() {
    let tenant = tenant(
        r#"{"baseline_version": "1", "raw": {
            "conn_filter": [{"Name": "Default", "IPAllowList": [], "WhenChangedUTC": "\/Date(1777676368000)\/"}],
            "transport_rule": [], "inbound_connectors": [],
            "anti_phish_policies": [{"Name": "Office365 AntiPhish Default", "IsDefault": true, "HonorDmarcPolicy": true}],
            "exo_successful_commands": ["Get-TransportRule"],
            "exo_unsuccessful_commands": ["Get-InboundConnector"]}}"#,
    );
    assert_eq!(tenant.connection_filter().and_then(|f| f.when_changed), Some(1_777_676_368));
    assert_eq!(tenant.transport_rules.as_deref(), Some(&[][..]));
    assert!(tenant.inbound_connectors.is_none());
    assert!(tenant.notes.iter().any(|note| note.contains("InboundConnector")));
    assert_eq!(tenant.anti_phish_policies.as_ref().map(Vec::len), Some(1));
}

#[test]
fn list_items_grouped_by_list_type_or_wrapped_keep_it() {
    let tenant = tenant(
        r#"{"TenantAllowBlockListItems": {
            "Sender": {"value": [{"Value": "phish.example", "Action": "Block"}], "Count": 1},
            "Url": {"Value": "www.phish.example", "Action": "Allow"}, "IP": null}}"#,
    );
    let items = tenant.allow_block_items.unwrap_or_default();
    let lists: Vec<_> = items.iter().map(|item| item.list()).collect();
    assert_eq!(lists, [Some(lists::ListType::Sender), Some(lists::ListType::Url)]);
}

#[test]
fn a_wrong_type_names_cmdlet_property_found_and_expected() {
    let tenant = tenant(r#"{"TransportRule": [{"Name": "a", "Priority": "first"}]}"#);
    assert_eq!(
        tenant.problems[0].to_string(),
        "tenant.json: Get-TransportRule, Priority: found string \"first\", expected a whole number"
    );
    assert_eq!(tenant.rules()[0].priority, None);
}

#[test]
fn a_cmdlet_whose_output_is_no_object_stays_unknown() {
    let tenant = tenant(r#"{"TransportRule": "none", "AcceptedDomain": []}"#);
    assert!(tenant.transport_rules.is_none());
    assert_eq!(tenant.problems.len(), 1);
}

#[test]
fn what_is_no_configuration_is_refused_with_what_is_expected() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"a": [1, 2]}"#).unwrap();
    let error = read(file.path()).unwrap_err().to_string();
    assert!(error.contains("tenant-script"), "{error}");
}

#[test]
fn conditions_are_the_predicates_that_are_set_and_a_header_pair_is_one() {
    let tenant = tenant(
        r#"{"TransportRule": {"Name": "a", "SenderIpRanges": ["203.0.113.10"], "FromScope": null,
            "AttachmentIsUnsupported": false, "HeaderContainsMessageHeader": "X-PHISHTEST",
            "HeaderContainsWords": ["secret"], "ExceptIfSenderDomainIs": ["a.example"],
            "SentTo": []}}"#,
    );
    let rule = &tenant.rules()[0];
    let names: Vec<_> = rule.conditions.iter().map(|p| p.name).collect();
    assert_eq!(names, ["SenderIpRanges", "HeaderContainsMessageHeader"]);
    assert_eq!(rule.conditions[1].words, ["secret".into()]);
    assert_eq!(rule.exceptions.iter().map(|p| p.name).collect::<Vec<_>>(), ["SenderDomainIs"]);
}

#[test]
fn the_mail_exchanger_tells_whether_mail_comes_straight_to_microsoft() {
    let tenant = tenant(
        r#"{"MxRecord": [{"Domain": "contoso.example", "Exchange": "contoso-example.mail.protection.outlook.com."},
            {"Domain": "fabrikam.example", "Exchange": "eu-smtp-inbound-1.gateway.example"}]}"#,
    );
    assert_eq!(tenant.mx_is_microsoft(Some("contoso.example")), Some(true));
    assert_eq!(tenant.mx_is_microsoft(Some("fabrikam.example")), Some(false));
    assert_eq!(tenant.mx_is_microsoft(Some("other.example")), None);
}

#[test]
fn ten_thousand_rules_are_all_read() {
    let rules: Vec<String> = (0..10_000)
        .map(|i| {
            format!(
                r#"{{"Name": "r{i}", "Priority": {i}, "SenderIpRanges": ["198.51.100.{}"]}}"#,
                i % 256
            )
        })
        .collect();
    let tenant = tenant(&format!(r#"{{"TransportRule": [{}]}}"#, rules.join(",")));
    assert_eq!(tenant.rules().len(), 10_000);
}
