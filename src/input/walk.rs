//! The places in a folder and in the folders below it.
//!
//! Folders are read level by level, those of a level on all cores: most of the time goes to the system, which
//! reads one folder on one core.

use super::Ignored;
use super::discover::{Place, label};
use crate::cores;
use crate::error::Error;
use std::fs::{self, FileType};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, panic, thread};

/// Folders that hold no mail and many files.
const SKIPPED_FOLDERS: [&str; 3] = [".git", "node_modules", "__MACOSX"];

/// A folder on the walk.
struct Folder {
    path: PathBuf,
    /// Place of the folder that it is in, among all.
    above: Option<usize>,
    /// What is in it, sorted by name.
    entries: Vec<Entry>,
    /// Place of its first subfolder among all; the others stand behind it.
    first: usize,
}

/// What is in a folder.
enum Entry {
    Place(Place),
    /// A subfolder: the one of that number.
    Folder(usize),
}

/// Every file below `root`; a folder without one is said to be so.
pub(super) fn walk(root: PathBuf) -> Vec<Place> {
    let mut folders = vec![Folder { path: root, above: None, entries: Vec::new(), first: 0 }];
    let mut level = 0..1;
    while !level.is_empty() {
        for (at, (entries, below)) in read_all(&folders, level.clone()) {
            (folders[at].entries, folders[at].first) = (entries, folders.len());
            let open = |path| Folder { path, above: Some(at), entries: Vec::new(), first: 0 };
            folders.extend(below.into_iter().map(open));
        }
        level = level.end..folders.len();
    }
    let mut places = in_depth(&mut folders);
    if places.is_empty() {
        places.push(ignored(&folders[0].path, "a folder without files"));
    }
    places
}

/// The places in folders, those in a subfolder where it stands.
fn in_depth(folders: &mut [Folder]) -> Vec<Place> {
    let mut places = Vec::with_capacity(folders.iter().map(|folder| folder.entries.len()).sum());
    let mut open = vec![(folders[0].first, std::mem::take(&mut folders[0].entries).into_iter())];
    while let Some((first, entries)) = open.last_mut() {
        match entries.next() {
            Some(Entry::Place(place)) => places.push(place),
            Some(Entry::Folder(number)) => {
                let folder = &mut folders[*first + number];
                open.push((folder.first, std::mem::take(&mut folder.entries).into_iter()));
            }
            None => drop(open.pop()),
        }
    }
    places
}

/// What is in a folder, and the paths of its subfolders.
type Found = (Vec<Entry>, Vec<PathBuf>);

/// Reads the folders of one level, each as soon as a core is free for it.
fn read_all(folders: &[Folder], level: Range<usize>) -> Vec<(usize, Found)> {
    let next = &AtomicUsize::new(level.start);
    let read_some = || {
        let places = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let places = places.take_while(|at| *at < level.end);
        places.map(|at| (at, read(folders, at))).collect::<Vec<_>>()
    };
    if level.len() == 1 {
        return read_some();
    }
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut found = thread::scope(|scope| {
        let others: Vec<_> =
            (1..threads.min(level.len())).map(|_| scope.spawn(read_some)).collect();
        if !others.is_empty() {
            cores::make_way();
        }
        let mut found = read_some();
        for other in others {
            found.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        found
    });
    found.sort_unstable_by_key(|(at, _)| *at);
    found
}

/// What is in the folder at that place.
fn read(folders: &[Folder], at: usize) -> Found {
    let path = &folders[at].path;
    let (mut entries, mut below) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    let failed = |error: io::Error| Entry::Place(Place::refused(path, &error));
    match fs::read_dir(path) {
        Ok(all) => {
            for entry in all {
                match entry {
                    Ok(entry) => found.push((entry.path(), entry.file_type())),
                    Err(error) => entries.push(failed(error)),
                }
            }
        }
        Err(error) => entries.push(failed(error)),
    }
    // Of neighbours the paths compare as the names do, and need not be taken apart for it.
    found.sort_unstable_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
    entries.reserve(found.len());
    for (path, kind) in found {
        entries.push(match place(folders, at, path, kind) {
            Ok(place) => Entry::Place(place),
            Err(folder) => {
                below.push(folder);
                Entry::Folder(below.len() - 1)
            }
        });
    }
    (entries, below)
}

/// The place that an entry of the folder `at` is, or the path of the subfolder that it is.
fn place(
    folders: &[Folder],
    at: usize,
    path: PathBuf,
    kind: io::Result<FileType>,
) -> Result<Place, PathBuf> {
    let is_link = kind.as_ref().is_ok_and(FileType::is_symlink);
    let kind = if is_link { fs::metadata(&path).map(|meta| meta.file_type()) } else { kind };
    let kind = match kind {
        Ok(kind) => kind,
        Err(error) => return Ok(Place::refused(&path, &error)),
    };
    if kind.is_file() {
        return Ok(Place::File(path));
    }
    if !kind.is_dir() {
        // Opening a pipe in a folder would wait for a writer forever.
        return Ok(ignored(&path, "not a file (a pipe, a socket or a device)"));
    }
    if is_link && let Some(ancestor) = led_back(folders, at, &path) {
        let reason = format!("it links to {}, the folder it is in", ancestor.display());
        return Ok(Place::Failed(Box::new(Error::Read { path: label(&path), reason })));
    }
    if SKIPPED_FOLDERS.iter().any(|name| path.ends_with(name)) {
        return Ok(ignored(&path, "a folder of tools, not of mail"));
    }
    Err(path)
}

/// The folder, `at` or above it, that a link in it leads back to.
fn led_back<'f>(folders: &'f [Folder], at: usize, link: &Path) -> Option<&'f Path> {
    let target = fs::canonicalize(link).ok()?;
    let above = |folder: &&'f Folder| folder.above.map(|above| &folders[above]);
    std::iter::successors(folders.get(at), above)
        .map(|folder| folder.path.as_path())
        .find(|path| fs::canonicalize(path).is_ok_and(|path| path == target))
}

fn ignored(path: &Path, reason: &str) -> Place {
    Place::Ignored(Ignored { label: label(path), reason: reason.to_owned() })
}
