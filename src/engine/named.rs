//! Files that were named by an option: what they hold, or that they belong to another option.

use crate::campaign::{self, Campaign};
use crate::error::{Error, Result};
use crate::input::{self, Kind};
use crate::tenant::{self, Tenant};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads what `--tenant` names.
///
/// # Errors
///
/// As [`tenant::reader::read`]; a file of another kind is named as such.
pub fn read_tenant(path: &Path) -> Result<Tenant> {
    tenant::reader::read(path).map_err(|error| mistaken(path, Kind::Tenant, error))
}

/// Reads what `--campaign` names.
///
/// # Errors
///
/// As [`campaign::reader::read`]; a file of another kind is named as such.
pub fn read_campaign(path: &Path) -> Result<Campaign> {
    campaign::reader::read(path).map_err(|error| mistaken(path, Kind::Campaign, error))
}

/// What to say when the file given as `expected` was refused with `error`: what it is instead, and
/// where it belongs, if its first bytes tell. A parser's complaint about the first of them tells nobody.
fn mistaken(path: &Path, expected: Kind, error: Error) -> Error {
    let mut head = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(input::HEAD as u64).read_to_end(&mut head));
    let found = input::sniff(&head);
    let hint = match found {
        Kind::Tenant => "; give this one with --tenant",
        Kind::Campaign => "; give this one with --campaign",
        _ => "",
    };
    if read.is_err() || found == expected || matches!(found, Kind::Other(_)) {
        return error;
    }
    Error::Kind {
        path: path.to_string_lossy().into(),
        found: format!("this looks like {}", found.describe()),
        expected: format!("{}{hint}", expected.describe()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_file_is_named_and_a_broken_one_keeps_its_error() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let own = Error::Usage("the parser's own words".to_owned());
        let said = |name: &str, content: &str, expected| -> anyhow::Result<String> {
            let path = folder.path().join(name);
            std::fs::write(&path, content)?;
            Ok(mistaken(&path, expected, own.clone()).to_string())
        };
        let campaign = "name = \"spring\"\nsending_ips = [\"203.0.113.10\"]\n";
        let told = said("campaign.toml", campaign, Kind::Tenant)?;
        assert!(
            told.ends_with(
                "this looks like a campaign description; expected exported tenant configuration; \
                 give this one with --campaign"
            ),
            "{told}"
        );
        let told = said("tenant.json", r#"{"TransportRule": []}"#, Kind::Campaign)?;
        assert!(told.ends_with("a campaign description; give this one with --tenant"), "{told}");
        let told = said("broken.json", r#"{"TransportRule": [}"#, Kind::Tenant)?;
        assert_eq!(told, own.to_string());
        assert_eq!(mistaken(Path::new("/nonexistent"), Kind::Tenant, own.clone()), own);
        Ok(())
    }
}
