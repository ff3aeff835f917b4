//! `mailwhy man`: manual pages, one for the program and one per command.

use super::Status;
use crate::cli::report::ManArgs;
use crate::cli::{Cli, ColorArg};
use crate::error::{Error, Result};
use crate::output::Output;
use clap::CommandFactory;
use std::path::Path;

/// Prints one page, or writes all into a folder.
///
/// # Errors
///
/// No such command, or output that cannot be written.
pub fn run(args: &ManArgs) -> Result<Status> {
    let pages = pages();
    if let Some(folder) = &args.folder {
        return write_all(folder, &pages).map(|()| Status::Done);
    }
    let name = args.command.as_ref().map_or_else(
        || "mailwhy".to_owned(),
        |command| format!("mailwhy-{}", command.replace(' ', "-")),
    );
    let Some((_, page)) = pages.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> =
            pages.iter().filter_map(|(name, _)| name.strip_prefix("mailwhy-")).collect();
        return Err(Error::Usage(format!("no such page; there are {}", known.join(", "))));
    };
    let mut output = Output::open(None, ColorArg::Never)?;
    output.put(page)?;
    output.finish()?;
    Ok(Status::Done)
}

fn write_all(folder: &Path, pages: &[(String, Vec<u8>)]) -> Result<()> {
    for (name, page) in pages {
        let path = folder.join(format!("{name}.1"));
        std::fs::write(&path, page).map_err(|error| Error::Write {
            path: path.display().to_string().into(),
            reason: error.to_string(),
        })?;
    }
    Ok(())
}

/// Name and text of every page.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut root = Cli::command();
    root.build();
    let mut pages = Vec::new();
    collect(&root, "mailwhy", &mut pages);
    pages
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    let mut page = Vec::new();
    // A vector in memory takes whatever is written.
    let _ = clap_mangen::Man::new(command.clone()).title(name).render(&mut page);
    pages.push((name.to_owned(), page));
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_the_program_and_for_each_command() {
        let pages = pages();
        for name in ["mailwhy", "mailwhy-explain", "mailwhy-ticket", "mailwhy-diff", "mailwhy-man"]
        {
            let (_, page) = pages.iter().find(|(known, _)| known == name).unwrap();
            let text = String::from_utf8(page.clone()).unwrap();
            assert!(text.contains(".SH SYNOPSIS"), "{name}");
            assert!(text.contains(&name.replace('-', "\\-")), "{name}");
        }
    }
}
