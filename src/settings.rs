//! What the user's configuration file sets when the command line does not.
//!
//! `config.toml` in `$XDG_CONFIG_HOME/mailwhy`, else in `~/.config/mailwhy` (on Windows in
//! `%APPDATA%\mailwhy`). All keys are optional:
//!
//! ```toml
//! campaign = "autumn.toml"   # as --campaign; relative to this file
//! tenant = "tenant.json"     # as --tenant; relative to this file
//! redact = true              # as --redact
//! color = "never"            # as --color
//! ```

use crate::cli::report::RedactArgs;
use crate::cli::{Cli, ColorArg, Command};
use crate::error::{Error, Result};
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The campaign.
    pub campaign: Option<PathBuf>,
    /// Exported configuration of the tenant.
    pub tenant: Option<PathBuf>,
    /// Whether reports are redacted.
    #[serde(default)]
    pub redact: bool,
    /// When to use colour.
    pub color: Option<Color>,
}

/// [`ColorArg`] as the file spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where the file is looked for; `None` where the system names no place.
pub fn path() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = folder("XDG_CONFIG_HOME")
        .or_else(|| folder("APPDATA").filter(|_| cfg!(windows)))
        .or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(base.join("mailwhy").join("config.toml"))
}

/// Reads the file; a missing one is an empty one.
///
/// # Errors
///
/// A file that cannot be read, is not TOML, or has a key that is not known, with its line.
pub fn read(path: &Path) -> Result<Config> {
    let source: Arc<str> = path.to_string_lossy().into();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&source, &text, path.parent()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
        Err(error) => Err(Error::Read { path: source, reason: error.to_string() }),
    }
}

fn parse(source: &Arc<str>, text: &str, folder: Option<&Path>) -> Result<Config> {
    let mut config: Config = toml::from_str(text)
        .map_err(|error| Error::in_toml(source, text, "configuration file", &error))?;
    for path in [&mut config.campaign, &mut config.tenant].into_iter().flatten() {
        if let Some(folder) = folder {
            *path = folder.join(&*path);
        }
    }
    Ok(config)
}

/// Fills in what the command line left open. `matches` tells what was typed.
///
/// # Errors
///
/// As [`read`].
pub fn apply(cli: &mut Cli, matches: &ArgMatches) -> Result<()> {
    if cli.no_config {
        return Ok(());
    }
    let config = path().map_or_else(|| Ok(Config::default()), |path| read(&path))?;
    let typed = matches.value_source("color") == Some(ValueSource::CommandLine);
    if let Some(color) = config.color.filter(|_| !typed) {
        cli.color = match color {
            Color::Auto => ColorArg::Auto,
            Color::Always => ColorArg::Always,
            Color::Never => ColorArg::Never,
        };
    }
    config.fill(cli);
    Ok(())
}

impl Config {
    fn fill(self, cli: &mut Cli) {
        match &mut cli.command {
            None => self.fill_all(
                &mut cli.explain.campaign,
                &mut cli.explain.tenant,
                &mut cli.explain.redact,
            ),
            Some(Command::Explain(args)) => {
                self.fill_all(&mut args.campaign, &mut args.tenant, &mut args.redact);
            }
            Some(Command::Ticket(args)) => {
                self.fill_all(&mut args.campaign, &mut args.tenant, &mut args.redact);
            }
            // There a campaign is a filter, which nobody wants without having asked for it.
            Some(Command::Trace(args)) => args.redact.redact |= self.redact,
            Some(Command::Audit(args)) => {
                args.campaign = args.campaign.take().or(self.campaign);
            }
            Some(_) => {}
        }
    }

    fn fill_all(
        self,
        campaign: &mut Option<PathBuf>,
        tenant: &mut Option<PathBuf>,
        redact: &mut RedactArgs,
    ) {
        *campaign = campaign.take().or(self.campaign);
        *tenant = tenant.take().or(self.tenant);
        redact.redact |= self.redact;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn config(text: &str) -> Result<Config> {
        parse(&Arc::from("config.toml"), text, Some(Path::new("/home/ann/.config/mailwhy")))
    }

    #[test]
    fn every_key_is_read_and_paths_are_relative_to_the_file() {
        let all = "campaign = \"autumn.toml\"\ntenant = \"/srv/tenant.json\"\nredact = true\ncolor = \"never\"\n";
        let config = config(all).unwrap();
        assert_eq!(
            config.campaign.as_deref(),
            Some(Path::new("/home/ann/.config/mailwhy/autumn.toml"))
        );
        assert_eq!(config.tenant.as_deref(), Some(Path::new("/srv/tenant.json")));
        assert!(config.redact);
        assert_eq!(config.color, Some(Color::Never));
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name() {
        let error = config("# mine\ncampain = \"x\"").unwrap_err().to_string();
        assert_eq!(
            error,
            "config.toml:2: unknown key: found `campain`, expected `campaign`? It is the nearest known name"
        );
    }

    #[test]
    fn what_was_typed_wins() {
        let mut cli = Cli::parse_from(["mailwhy", "a.eml", "--campaign", "typed.toml"]);
        config("campaign = \"file.toml\"\nredact = true").unwrap().fill(&mut cli);
        assert_eq!(cli.explain.campaign.as_deref(), Some(Path::new("typed.toml")));
        assert!(cli.explain.redact.wanted());
    }

    #[test]
    fn no_file_is_no_error() {
        assert_eq!(read(Path::new("/nonexistent/config.toml")).unwrap(), Config::default());
    }
}
