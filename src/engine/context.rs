//! What stands beside the messages of a ticket: the tenant's configuration, the campaign, traces. It
//! is found before the first message is judged.

use super::Event;
use super::journeys::Journeys;
use super::traces::Traces;
use crate::campaign::{self, Campaign};
use crate::error::{Error, Result};
use crate::input::{self, Ignored, Item, Kind, Opened, Place};
use crate::tenant::{self, Tenant};
use rayon::prelude::*;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What every message of a run is judged with.
#[derive(Debug, Default)]
pub struct Context {
    /// The recipients' tenant.
    pub tenant: Option<Tenant>,
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// What traces say; `None` where there are none.
    pub journeys: Option<Journeys>,
    /// Labels of the items that are in here.
    used: BTreeSet<Arc<str>>,
}

impl Context {
    /// Whether the item with this label is part of the context.
    pub(super) fn holds(&self, label: &str) -> bool {
        self.used.contains(label)
    }
}

/// What was named by options of its own, not found among the messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    /// Exported configuration: a file or a folder.
    pub tenant: Option<&'a Path>,
    /// A campaign file.
    pub campaign: Option<&'a Path>,
}

/// A ticket's files, sorted.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Where messages are or may be.
    pub places: Vec<Place>,
    /// What they are judged with.
    pub context: Context,
    /// What became of the rest.
    pub events: Vec<Event>,
    /// Remarks on the context, one line each.
    pub notes: Vec<String>,
}

/// Largest campaign file that is read, in bytes.
const CAMPAIGN: u64 = 16 << 20;

/// Extensions of files that can hold messages and nothing else of use. Content decides what a file
/// is; the name only decides whether it is looked at before the messages are.
const MAIL: [&str; 5] = ["eml", "msg", "mbox", "mbx", "emlx"];

/// Sorts places into those with messages and those that the messages are judged with.
///
/// # Errors
///
/// What was `named` cannot be read.
pub fn sort(
    places: impl Iterator<Item = Place>,
    named: Named<'_>,
    options: &input::Options,
) -> Result<Sorted> {
    let mut sorted = Sorted::default();
    if let Some(path) = named.tenant {
        sorted.context.tenant = Some(tenant::reader::read(path)?);
    }
    if let Some(path) = named.campaign {
        sorted.context.campaign = Some(campaign::reader::read(path)?);
    }
    let places: Vec<Place> = places.collect();
    let looks: Vec<Look> = places.into_par_iter().map(|place| Look::at(place, options)).collect();
    let mut finder =
        Finder { sorted, tenant: tenant::reader::Loader::default(), traces: Traces::default() };
    for look in looks {
        if look.beside {
            finder.take(&look.place, options);
        }
        if look.mail {
            finder.sorted.places.push(look.place);
        } else {
            finder.sorted.events.extend(look.events);
        }
    }
    Ok(finder.finish())
}

/// What is in a place.
struct Look {
    place: Place,
    /// There are messages in it, or may be.
    mail: bool,
    /// There is something in it that messages are judged with.
    beside: bool,
    /// What else there is: told here if no messages are, told with them if there are.
    events: Vec<Event>,
}

impl Look {
    fn at(place: Place, options: &input::Options) -> Look {
        let place = match input::held(place, options) {
            Ok(place) => place,
            Err(error) => Place::Failed(error),
        };
        let mut look = Look { place, mail: false, beside: false, events: Vec::new() };
        let by_name = matches!(&look.place, Place::File(path) if is_mail_name(path));
        match if by_name { Ok(Kind::Message) } else { input::kind(&look.place) } {
            Ok(Kind::Zip | Kind::Gzip) => look.inside(options),
            Ok(kind) => look.note(kind),
            // Told when the place is visited.
            Err(_) => look.mail = true,
        }
        look
    }

    /// Looks into an archive, at everything that does not have the name of a message.
    fn inside(&mut self, options: &input::Options) {
        let mut kinds = Vec::new();
        let mut events = Vec::new();
        let mail = Cell::new(false);
        let wanted = |label: &str| {
            let is_mail = is_mail_name(Path::new(label));
            mail.set(mail.get() || is_mail);
            !is_mail
        };
        input::visit_where(&self.place, options, &wanted, &mut |item| match item {
            Item::Opened(opened) => kinds.push(opened.kind),
            Item::Ignored(ignored) => events.push(Event::Ignored(ignored)),
            Item::Failed(error) => events.push(Event::Failed(error)),
        });
        kinds.into_iter().for_each(|kind| self.note(kind));
        self.mail |= mail.get();
        self.events = events;
    }

    fn note(&mut self, kind: Kind) {
        match kind {
            Kind::Tenant | Kind::Campaign | Kind::Trace => self.beside = true,
            // All others, the useless ones included, are told when the place is visited.
            _ => self.mail = true,
        }
    }
}

fn is_mail_name(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    MAIL.iter().any(|mail| extension.eq_ignore_ascii_case(mail))
}

/// Reads the context out of the places that hold it.
struct Finder {
    sorted: Sorted,
    tenant: tenant::reader::Loader,
    traces: Traces,
}

impl Finder {
    fn take(&mut self, place: &Place, options: &input::Options) {
        let wanted = |label: &str| !is_mail_name(Path::new(label));
        input::visit_where(place, options, &wanted, &mut |item| {
            let Item::Opened(opened) = item else { return };
            let label = Arc::clone(&opened.label);
            let outcome = match opened.kind {
                Kind::Tenant => self.take_tenant(opened),
                Kind::Campaign => self.take_campaign(opened),
                Kind::Trace => {
                    self.traces.take(opened);
                    Ok(())
                }
                _ => return,
            };
            self.sorted.context.used.insert(label);
            if let Err(error) = outcome {
                self.sorted.events.push(Event::Failed(error));
            }
        });
    }

    fn take_tenant(&mut self, opened: Opened<'_>) -> Result<()> {
        if self.sorted.context.tenant.is_some() {
            self.ignore(&opened, "the one given with --tenant is used");
            return Ok(());
        }
        let label = Arc::clone(&opened.label);
        let bytes = complete(opened, tenant::json::MAX_FILE)?;
        self.tenant.add(&label, &bytes)
    }

    fn take_campaign(&mut self, opened: Opened<'_>) -> Result<()> {
        if let Some(campaign) = &self.sorted.context.campaign {
            let why = format!("{} is used", campaign.source);
            self.ignore(&opened, &why);
            return Ok(());
        }
        let campaign = match &opened.path {
            Some(path) => campaign::reader::read(path)?,
            None => {
                let label = Arc::clone(&opened.label);
                let bytes = complete(opened, CAMPAIGN)?;
                campaign::reader::parse(&label, &tenant::json::decode(&bytes))?
            }
        };
        self.sorted.context.campaign = Some(campaign);
        Ok(())
    }

    fn ignore(&mut self, opened: &Opened<'_>, why: &str) {
        let reason = format!("{}; {why}", opened.kind.describe());
        let label = Arc::clone(&opened.label);
        self.sorted.events.push(Event::Ignored(Ignored { label, reason }));
    }

    fn finish(mut self) -> Sorted {
        let Sorted { context, events, notes, .. } = &mut self.sorted;
        if context.tenant.is_none() {
            context.tenant = self.tenant.finish();
        }
        if let Some(tenant) = &context.tenant {
            events.extend(tenant.problems.iter().cloned().map(Event::Failed));
            notes.extend(tenant.notes.iter().cloned());
        }
        if let Some(list) = context.campaign.as_ref().and_then(|it| it.recipients.as_deref())
            && let Err(error) = self.traces.take_recipients(list)
        {
            events.push(Event::Failed(error));
        }
        context.journeys = self.traces.finish();
        events.append(&mut self.traces.events);
        notes.append(&mut self.traces.notes);
        self.sorted
    }
}

/// The whole content, if it is no longer than `limit` bytes.
fn complete(opened: Opened<'_>, limit: u64) -> Result<Vec<u8>> {
    let label = Arc::clone(&opened.label);
    match opened.into_bytes(limit)? {
        (bytes, true) => Ok(bytes),
        (_, false) => Err(Error::Limit {
            path: label,
            what: "too large for what it is".to_owned(),
            limit: format!("{limit} bytes"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const RULES: &str = r#"{"TransportRule":[{"Name":"bypass","State":"Enabled","Priority":0}]}"#;

    fn sorted(files: &[(&str, &str)]) -> anyhow::Result<(Sorted, tempfile::TempDir)> {
        let folder = tempfile::tempdir()?;
        for (name, text) in files {
            fs::write(folder.path().join(name), text)?;
        }
        let paths = [folder.path().to_path_buf()];
        Ok((sort(input::discover(&paths), Named::default(), &input::Options::default())?, folder))
    }

    #[test]
    fn a_ticket_is_sorted_by_content() -> anyhow::Result<()> {
        let (sorted, _folder) = sorted(&[
            ("a.eml", "Received: a\n\n"),
            ("b", "Received: b\n\n"),
            ("config.txt", RULES),
            ("Get-AcceptedDomain.json", r#"[{"DomainName":"contoso.example"}]"#),
            ("notes.md", "name = \"x\"\nsending_ips = [\"203.0.113.10\"]\n"),
        ])?;
        assert_eq!(sorted.places.len(), 2);
        let Some(tenant) = &sorted.context.tenant else { panic!("no tenant") };
        assert_eq!(tenant.exported, ["AcceptedDomain", "TransportRule"]);
        assert_eq!(tenant.sources.len(), 2);
        assert!(
            sorted.context.campaign.is_some_and(|campaign| campaign.name.as_deref() == Some("x"))
        );
        assert!(sorted.events.is_empty(), "{:?}", sorted.events);
        Ok(())
    }

    #[test]
    fn traces_and_the_campaigns_recipients_become_journeys() -> anyhow::Result<()> {
        let (sorted, _folder) = sorted(&[
            (
                "t.csv",
                "Received,RecipientAddress,MessageId,Status\n\
              2024-01-01T00:00:00Z,ann@contoso.example,<1@phish.example>,Failed\n",
            ),
            ("c.toml", "sending_ips = []\nrecipients = \"list\"\n"),
            ("list", "ann@contoso.example\nbob@contoso.example\n"),
        ])?;
        let Some(journeys) = &sorted.context.journeys else { panic!("no journeys") };
        let seen: Vec<_> = journeys
            .alone()
            .filter_map(|journey| Some((&*journey.recipient.as_ref()?.value, journey.traced)))
            .collect();
        assert_eq!(seen, [("ann@contoso.example", true), ("bob@contoso.example", false)]);
        Ok(())
    }

    #[test]
    fn a_second_campaign_and_a_broken_one_are_told() -> anyhow::Result<()> {
        let (sorted, _folder) = sorted(&[
            ("a.toml", "sending_ips = [\"203.0.113.10\"]\n"),
            ("b.toml", "sending_ips = []\n"),
            ("c.json", "{\"TransportRule\": oops}"),
        ])?;
        let told: Vec<String> = sorted
            .events
            .iter()
            .map(|event| match event {
                Event::Ignored(ignored) => ignored.reason.clone(),
                Event::Failed(error) => error.to_string(),
                Event::Diagnosed(_) => String::new(),
            })
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("a campaign description; ") && told[0].ends_with("a.toml is used")
        );
        assert!(told[1].contains("c.json:1"), "{told:?}");
        Ok(())
    }
}
