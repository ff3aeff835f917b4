//! `mailwhy tenant-script`: the read-only PowerShell that exports what `--tenant` reads.

use super::Status;
use crate::cli::ColorArg;
use crate::cli::configuration::TenantScriptArgs;
use crate::error::Result;
use crate::output::Output;

/// The script, for Windows PowerShell 5.1 and PowerShell 7.
pub const SCRIPT: &str = include_str!("tenant_script.ps1");

/// Prints the script.
///
/// # Errors
///
/// What [`Output`] returns.
pub fn run(args: &TenantScriptArgs, color: ColorArg) -> Result<Status> {
    let mut output = Output::open(args.output.as_deref(), color)?;
    output.put(SCRIPT.as_bytes())?;
    output.finish()?;
    Ok(Status::Done)
}

#[cfg(test)]
mod tests {
    use super::SCRIPT;

    /// Verbs that only look; `Add-Member`, `New-Object` and `Select-Object` act on objects in memory.
    const HARMLESS: &[&str] = &[
        "Get",
        "Select",
        "Where",
        "ForEach",
        "ConvertTo",
        "Resolve",
        "Export",
        "Write",
        "Connect",
        "Set-StrictMode",
        "Add-Member",
        "New-Object",
    ];

    #[test]
    fn every_command_of_the_script_only_reads() {
        let verb_noun = regex::Regex::new(r"\b([A-Z][A-Za-z]+)-([A-Z][A-Za-z]+)\b").unwrap();
        for line in SCRIPT.lines() {
            for found in verb_noun.captures_iter(line) {
                let (whole, verb) = (&found[0], &found[1]);
                let prose = ["Read", "View", "Read-only", "Only"].contains(&verb);
                assert!(
                    prose || HARMLESS.contains(&verb) || HARMLESS.contains(&whole),
                    "{whole}: {line}"
                );
            }
        }
    }

    #[test]
    fn every_noun_that_is_exported_is_one_that_is_read() {
        let export = regex::Regex::new(r"(?m)^\s*Export-Noun (\w+) ").unwrap();
        let nouns: Vec<&str> =
            export.captures_iter(SCRIPT).filter_map(|c| Some(c.get(1)?.as_str())).collect();
        assert!(nouns.len() > 25);
        for noun in nouns {
            let json = format!("{{\"{noun}\": []}}");
            let tenant = crate::tenant::reader::read_bytes("t.json", json.as_bytes()).unwrap();
            assert_eq!(tenant.exported, [noun], "{noun}");
        }
    }

    #[test]
    fn the_script_is_plain_ascii_so_that_no_code_page_breaks_it() {
        assert!(SCRIPT.is_ascii());
        assert!(SCRIPT.contains("-Depth 5") && SCRIPT.contains("UTF8Encoding"));
    }
}
