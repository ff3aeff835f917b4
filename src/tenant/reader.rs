//! A file or a folder of exported configuration → [`Tenant`].
//!
//! Three layouts are read, mixed at will: one object keyed by cmdlet noun (`mailwhy tenant-script`),
//! files named after the cmdlet (`Get-TransportRule.json`), and ScubaGear's
//! `ProviderSettingsExport.json`, whose keys stand somewhere inside a larger object.

use super::lists::ListType;
use super::{Tenant, json, nouns};
use crate::error::{Error, Result};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// How deep keys of a larger object are looked for.
const MAX_DEPTH: usize = 6;

/// Reads a file, or every `.json` file of a folder and its subfolders.
///
/// A wrong property is a problem in [`Tenant::problems`] and counts as unknown; in a folder the same
/// holds for a broken file.
///
/// # Errors
/// The file cannot be read, is not JSON, or nothing in it is configuration.
pub fn read(path: &Path) -> Result<Tenant> {
    let shown: Arc<str> = path.to_string_lossy().into();
    let mut tenant = Tenant::default();
    if path.is_dir() {
        read_folder(&mut tenant, path);
    } else {
        read_file(&mut tenant, path)?;
    }
    if tenant.exported.is_empty() {
        if let Some(problem) = tenant.problems.into_iter().next() {
            return Err(problem);
        }
        return Err(Error::Kind {
            path: shown,
            found: "no exported configuration in it".to_owned(),
            expected: "JSON keyed by cmdlet noun (TransportRule, HostedConnectionFilterPolicy …), files named after the cmdlet, or ScubaGear's ProviderSettingsExport.json; `mailwhy tenant-script` prints a script that writes one".to_owned(),
        });
    }
    tenant.finish();
    Ok(tenant)
}

/// Reads configuration from bytes in memory; `path` names them, and a file named after a cmdlet may
/// hold its output alone.
///
/// # Errors
/// The bytes are not JSON.
pub fn read_bytes(path: &str, bytes: &[u8]) -> Result<Tenant> {
    let mut tenant = Tenant::default();
    add(&mut tenant, path, bytes)?;
    tenant.finish();
    Ok(tenant)
}

/// Configuration put together from files that were found one by one.
#[derive(Debug, Default)]
pub struct Loader(Tenant);

impl Loader {
    /// Adds one file; `path` names it as in [`read_bytes`].
    ///
    /// # Errors
    /// The bytes are not JSON.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        add(&mut self.0, path, bytes)
    }

    /// The tenant, if there was any configuration.
    pub fn finish(self) -> Option<Tenant> {
        let mut tenant = self.0;
        tenant.finish();
        (!tenant.exported.is_empty()).then_some(tenant)
    }
}

/// Whether a JSON key or the name of a file stands for a cmdlet whose output is read.
pub fn is_noun(name: &str) -> bool {
    nouns::find(name).is_some()
}

fn read_folder(tenant: &mut Tenant, folder: &Path) {
    for entry in walkdir::WalkDir::new(folder).max_depth(8).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
                if name.ends_with(".json")
                    && let Err(problem) = read_file(tenant, entry.path())
                {
                    tenant.problems.push(problem);
                }
            }
            Ok(_) => {}
            Err(error) => tenant.problems.push(Error::Read {
                path: folder.to_string_lossy().into(),
                reason: error.to_string(),
            }),
        }
    }
}

fn read_file(tenant: &mut Tenant, path: &Path) -> Result<()> {
    let shown = path.to_string_lossy();
    let refused = |error: std::io::Error| Error::Read {
        path: shown.as_ref().into(),
        reason: error.to_string(),
    };
    let size = fs::metadata(path).map_err(refused)?.len();
    if size > json::MAX_FILE {
        return Err(Error::Limit {
            path: shown.as_ref().into(),
            what: format!("the file has {size} bytes"),
            limit: format!("{} bytes", json::MAX_FILE),
        });
    }
    let bytes = fs::read(path).map_err(refused)?;
    add(tenant, &shown, &bytes)
}

fn add(tenant: &mut Tenant, path: &str, bytes: &[u8]) -> Result<()> {
    let source: Arc<str> = path.into();
    let mut value = json::parse(&source, bytes)?;
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let before = tenant.exported.len();
    match nouns::find(stem) {
        Some(noun) => load(tenant, &source, noun, stem, &mut value),
        None => {
            let mut failed = BTreeSet::new();
            collect_failed(&value, &mut failed, 0);
            search(tenant, &source, &mut value, &failed, 0);
            for noun in failed {
                tenant.notes.push(format!("{source}: {noun} was asked for and failed: unknown"));
            }
        }
    }
    if tenant.exported.len() > before {
        tenant.sources.push(source);
    } else {
        tenant.notes.push(format!("{source}: no exported configuration in it"));
    }
    Ok(())
}

/// Looks for nouns among the keys of `value` and of the objects inside it.
fn search(
    tenant: &mut Tenant,
    source: &Arc<str>,
    value: &mut Value,
    failed: &BTreeSet<&'static str>,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                search(tenant, source, item, failed, depth + 1);
            }
        }
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match nouns::find(key) {
                    // ScubaGear writes an empty list for a cmdlet that failed: that is unknown.
                    Some(noun) if failed.contains(noun.name) && is_blank(inner) => {}
                    Some(noun) => load(tenant, source, noun, key, inner),
                    None => search(tenant, source, inner, failed, depth + 1),
                }
            }
        }
        _ => {}
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// The nouns that an export lists as failed: `Failed` of our own script, `…_unsuccessful_commands`
/// of ScubaGear.
fn collect_failed(value: &Value, failed: &mut BTreeSet<&'static str>, depth: usize) {
    let Value::Object(map) = value else { return };
    if depth > MAX_DEPTH {
        return;
    }
    for (key, inner) in map {
        let key = key.to_ascii_lowercase();
        if key == "failed" || key.ends_with("unsuccessful_commands") {
            for item in inner.as_array().into_iter().flatten() {
                let name = item.as_str().or_else(|| {
                    item.as_object().and_then(|o| json::get(o, "Command")).and_then(Value::as_str)
                });
                let command = name.and_then(|name| name.split_whitespace().next());
                failed.extend(command.and_then(nouns::find).map(|noun| noun.name));
            }
        } else {
            collect_failed(inner, failed, depth + 1);
        }
    }
}

/// Loads what one cmdlet wrote. List items get their list type from the key, the file name, or the
/// object they are grouped in, because the rows do not name it.
fn load(tenant: &mut Tenant, source: &Arc<str>, noun: &nouns::Noun, key: &str, value: &mut Value) {
    if noun.name == "TenantAllowBlockListItems" {
        name_lists(value, ListType::parse(nouns::suffix(key, noun)));
    }
    match value {
        Value::Object(map) if noun.name == "TenantAllowBlockListItems" && is_grouped(map) => {
            for group in map.values() {
                noun.load(tenant, source, group);
            }
        }
        _ => noun.load(tenant, source, value),
    }
}

fn is_grouped(map: &Map<String, Value>) -> bool {
    !map.is_empty() && map.keys().all(|key| ListType::parse(key).is_some())
}

fn name_lists(value: &mut Value, list: Option<ListType>) {
    match value {
        Value::Array(items) => {
            for item in items {
                if let (Value::Object(map), Some(list)) = (item, list) {
                    name_list(map, list);
                }
            }
        }
        Value::Object(map) if is_grouped(map) => {
            for (key, group) in map.iter_mut() {
                name_lists(group, ListType::parse(key));
            }
        }
        Value::Object(map) => {
            if let Some(Value::Array(items)) = map.get_mut("value") {
                let mut inner = Value::Array(std::mem::take(items));
                name_lists(&mut inner, list);
                map.insert("value".to_owned(), inner);
            } else if let Some(list) = list {
                name_list(map, list);
            }
        }
        _ => {}
    }
}

fn name_list(map: &mut Map<String, Value>, list: ListType) {
    if json::get(map, "ListType").is_none() {
        map.insert("ListType".to_owned(), list.name().into());
    }
}

impl Tenant {
    /// Orders what runs in an order, and says which list items have no known list.
    fn finish(&mut self) {
        if let Some(rules) = &mut self.transport_rules {
            rules.sort_by_key(|rule| rule.priority.unwrap_or(i64::MAX));
        }
        if let Some(filters) = &mut self.connection_filters {
            filters.sort_by_key(|filter| !filter.origin.name.eq_ignore_ascii_case("Default"));
        }
        let unnamed =
            self.allow_block_items.iter().flatten().filter(|i| i.list().is_none()).count();
        if unnamed > 0 {
            self.notes.push(format!(
                "{unnamed} Tenant Allow/Block List entries do not say whether they are senders or URLs; they count as neither (`mailwhy tenant-script` adds the list type)"
            ));
        }
    }
}
