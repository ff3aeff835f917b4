//! What stands beside the messages of a ticket: the tenant's configuration, the campaign, traces. It
//! is found before the first message is judged.

use super::Event;
use super::journeys::Journeys;
use super::named::{read_campaign, read_tenant};
use super::scope::{self, Folder, Scope};
use super::traces::Traces;
use crate::campaign::{self, Campaign};
use crate::error::{Error, Result};
use crate::input::{self, Ignored, Item, Kind, Opened, Place};
use crate::note::Note;
use crate::tenant::{self, Tenant};
use rayon::prelude::*;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What the messages of a run are judged with.
#[derive(Debug, Default)]
pub struct Context {
    /// The tenant named for all messages.
    tenant: Option<Tenant>,
    /// The campaign named for all messages.
    campaign: Option<Campaign>,
    /// What was found beside messages, folder by folder.
    scopes: Vec<Scope>,
    /// What traces say; `None` where there are none.
    pub journeys: Option<Journeys>,
    /// Labels of the items that are in here.
    used: BTreeSet<Arc<str>>,
}

impl Context {
    /// The tenant of the item with this label: the one named, else the nearest one found.
    pub fn tenant(&self, label: &str) -> Option<&Tenant> {
        let found = || scope::nearest(&self.scopes, label, |scope| scope.tenant.as_ref());
        self.tenant.as_ref().or_else(found)
    }

    /// The campaign of the item with this label: the one named, else the nearest one found.
    pub fn campaign(&self, label: &str) -> Option<&Campaign> {
        let found = || scope::nearest(&self.scopes, label, |scope| scope.campaign.as_ref());
        self.campaign.as_ref().or_else(found)
    }

    /// Every tenant of the run.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenant.iter().chain(self.scopes.iter().filter_map(|scope| scope.tenant.as_ref()))
    }

    /// Every campaign of the run.
    pub fn campaigns(&self) -> impl Iterator<Item = &Campaign> {
        self.campaign.iter().chain(self.scopes.iter().filter_map(|scope| scope.campaign.as_ref()))
    }

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
    pub notes: Vec<Note>,
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
        sorted.context.tenant = Some(read_tenant(path)?);
    }
    if let Some(path) = named.campaign {
        sorted.context.campaign = Some(read_campaign(path)?);
    }
    let places: Vec<Place> = places.collect();
    // Where all have names of mail, nothing can stand beside them.
    let looks: Vec<Look> = if places.iter().all(is_named_like_mail) {
        sorted.places = places;
        Vec::new()
    } else {
        places.into_par_iter().map(|place| Look::at(place, options)).collect()
    };
    let judged =
        if looks.iter().any(|look| look.beside) { folders(&looks) } else { BTreeSet::new() };
    let mut finder = Finder { sorted, judged, scopes: BTreeMap::new(), traces: Traces::default() };
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

/// The folders with something to judge in them.
fn folders(looks: &[Look]) -> BTreeSet<Folder> {
    let plain = looks.iter().filter(|look| look.judged).filter_map(|look| match &look.place {
        Place::File(path) | Place::Pipe(path) => Some(Folder::of(&path.to_string_lossy())),
        Place::Stdin | Place::Memory(..) => Some(Folder::default()),
        Place::Ignored(_) | Place::Failed(_) => None,
    });
    plain.chain(looks.iter().flat_map(|look| look.members.iter().cloned())).collect()
}

/// What is in a place.
struct Look {
    place: Place,
    /// It is a message, a mailbox or an export itself.
    judged: bool,
    /// Folders within it, an archive, that hold such.
    members: Vec<Folder>,
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
            Err(error) => Place::Failed(Box::new(error)),
        };
        let mut look = Look {
            place,
            judged: false,
            members: Vec::new(),
            mail: false,
            beside: false,
            events: Vec::new(),
        };
        match if is_named_like_mail(&look.place) {
            Ok(Kind::Message)
        } else {
            input::kind(&look.place)
        } {
            Ok(Kind::Zip | Kind::Gzip) => look.inside(options),
            Ok(kind) => {
                look.judged = is_judged(kind);
                look.note(kind);
            }
            // Told when the place is visited.
            Err(_) => look.mail = true,
        }
        look
    }

    /// Looks into an archive, at everything that does not have the name of a message.
    fn inside(&mut self, options: &input::Options) {
        let mut kinds = Vec::new();
        let mut events = Vec::new();
        let mail = RefCell::new(Vec::new());
        let wanted = |label: &str| {
            let is_mail = is_mail_name(Path::new(label));
            if is_mail {
                mail.borrow_mut().push(Folder::of(label));
            }
            !is_mail
        };
        input::visit_where(&self.place, options, &wanted, &mut |item| match item {
            Item::Opened(opened) => {
                if is_judged(opened.kind) {
                    self.members.push(Folder::of(&opened.label));
                }
                kinds.push(opened.kind);
            }
            Item::Ignored(ignored) => events.push(Event::Ignored(ignored)),
            Item::Failed(error) => events.push(Event::Failed(error)),
        });
        kinds.into_iter().for_each(|kind| self.note(kind));
        let mail = mail.into_inner();
        self.mail |= !mail.is_empty();
        self.members.extend(mail);
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

/// Whether deliveries are told of in content of that kind.
fn is_judged(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Message | Kind::Headers | Kind::Mbox | Kind::Msg | Kind::HeadersJson | Kind::Trace
    )
}

fn is_named_like_mail(place: &Place) -> bool {
    matches!(place, Place::File(path) if is_mail_name(path))
}

fn is_mail_name(path: &Path) -> bool {
    // the path is not taken apart for it: there may be very many
    let path = path.as_os_str().as_encoded_bytes();
    let is_of = |mail: &&str| {
        let (name, extension) = path.split_at(path.len().saturating_sub(mail.len()));
        // a name that begins with its only dot has no extension
        matches!(name, [.., before, b'.'] if *before != b'/')
            && extension.eq_ignore_ascii_case(mail.as_bytes())
    };
    MAIL.iter().any(is_of)
}

/// Reads the context out of the places that hold it.
struct Finder {
    sorted: Sorted,
    /// The folders with something to judge in them.
    judged: BTreeSet<Folder>,
    scopes: BTreeMap<Folder, Found>,
    traces: Traces,
}

/// What was found for one scope.
#[derive(Default)]
struct Found {
    tenant: tenant::reader::Loader,
    campaign: Option<Campaign>,
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
        self.found(&label).tenant.add(&label, &bytes)
    }

    /// What was found so far for the messages that an item with this label is for.
    fn found(&mut self, label: &str) -> &mut Found {
        self.scopes.entry(Folder::of(label).up_to(&self.judged)).or_default()
    }

    fn take_campaign(&mut self, opened: Opened<'_>) -> Result<()> {
        let label = Arc::clone(&opened.label);
        let named = self.sorted.context.campaign.as_ref();
        let known = named.map(|campaign| campaign.source.clone());
        let first = || self.scopes.get(&Folder::of(&label).up_to(&self.judged))?.campaign.as_ref();
        if let Some(known) = known.or_else(|| first().map(|campaign| campaign.source.clone())) {
            self.ignore(&opened, &format!("{known} is used"));
            return Ok(());
        }
        let campaign = match &opened.path {
            Some(path) => campaign::reader::read(path)?,
            None => {
                let bytes = complete(opened, CAMPAIGN)?;
                campaign::reader::parse(&label, &tenant::json::decode(&bytes))?
            }
        };
        self.found(&label).campaign = Some(campaign);
        Ok(())
    }

    fn ignore(&mut self, opened: &Opened<'_>, why: &str) {
        let reason = format!("{}; {why}", opened.kind.describe());
        let label = Arc::clone(&opened.label);
        self.sorted.events.push(Event::Ignored(Ignored { label, reason }));
    }

    fn finish(mut self) -> Sorted {
        let Sorted { context, events, notes, .. } = &mut self.sorted;
        for (folder, found) in self.scopes {
            let tenant = found.tenant.finish();
            context.scopes.push(Scope { folder, tenant, campaign: found.campaign });
        }
        let found = context.scopes.iter().filter_map(|scope| scope.tenant.as_ref());
        for tenant in context.tenant.iter().chain(found) {
            events.extend(tenant.problems.iter().cloned().map(Event::Failed));
            notes.extend(tenant.notes.iter().map(|note| of_tenant(tenant, note)));
        }
        for list in context.campaigns().filter_map(|it| it.recipients.as_deref()) {
            if let Err(error) = self.traces.take_recipients(list) {
                events.push(Event::Failed(error));
            }
        }
        let journeys = self.traces.finish(&|source| context.campaign(source));
        context.journeys = journeys;
        events.append(&mut self.traces.events);
        notes.append(&mut self.traces.notes);
        self.sorted
    }
}

/// A remark on a tenant, most of which begin with the file that they are about.
fn of_tenant(tenant: &Tenant, note: &str) -> Note {
    let about = |source: &Arc<str>| {
        let text = note.strip_prefix(&**source)?.strip_prefix(": ")?;
        Some(Note::on(source, text))
    };
    tenant.sources.iter().find_map(about).unwrap_or_else(|| Note::general(note))
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
        let beside = sorted.context.scopes.first();
        let Some(tenant) = beside.and_then(|scope| scope.tenant.as_ref()) else {
            panic!("no tenant")
        };
        assert_eq!(tenant.exported, ["AcceptedDomain", "TransportRule"]);
        assert_eq!(tenant.sources.len(), 2);
        let names: Vec<_> =
            sorted.context.campaigns().map(|campaign| campaign.name.as_deref()).collect();
        assert_eq!(names, [Some("x")]);
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
