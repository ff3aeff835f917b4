//! The places that the user named: in a fixed order, without opening a file.

use super::Ignored;
use super::walk::walk;
use crate::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place where bytes are.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A pipe or device that the user named: it can be read once.
    Pipe(PathBuf),
    /// Standard input.
    Stdin,
    /// Bytes that could be read only once, taken into memory with their label.
    Memory(Arc<str>, Arc<[u8]>),
    /// Something in a folder that is no file.
    Ignored(Ignored),
    /// A folder or path that the system does not let us see.
    Failed(Box<Error>),
}

impl Place {
    /// A path that the system does not let us see.
    pub(super) fn refused(path: &Path, error: &std::io::Error) -> Place {
        Place::Failed(Box::new(refused(path, error)))
    }

    /// The place as the user named it.
    pub fn label(&self) -> Arc<str> {
        match self {
            Place::File(path) | Place::Pipe(path) => label(path),
            Place::Stdin => "-".into(),
            Place::Memory(label, _) => Arc::clone(label),
            Place::Ignored(ignored) => Arc::clone(&ignored.label),
            Place::Failed(error) => error.to_string().into(),
        }
    }
}

/// Every place under `paths`, folders in depth, sorted by name; `-` is standard input, once.
///
/// Links are followed; a link to a folder above itself is a [`Place::Failed`].
pub fn discover(paths: &[PathBuf]) -> impl Iterator<Item = Place> {
    let mut stdin_seen = false;
    paths.iter().cloned().flat_map(move |path| -> Box<dyn Iterator<Item = Place> + Send> {
        if path.as_os_str() == "-" {
            let first = !std::mem::replace(&mut stdin_seen, true);
            return Box::new(first.then_some(Place::Stdin).into_iter());
        }
        match std::fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => Box::new(walk(path).into_iter()),
            Ok(meta) if meta.is_file() => Box::new(std::iter::once(Place::File(path))),
            Ok(_) => Box::new(std::iter::once(Place::Pipe(path))),
            Err(error) => Box::new(std::iter::once(Place::refused(&path, &error))),
        }
    })
}

/// A path as a label: the user's own spelling, bytes that are not text replaced.
pub(super) fn label(path: &Path) -> Arc<str> {
    path.to_string_lossy().into()
}

pub(super) fn refused(path: &Path, error: &std::io::Error) -> Error {
    Error::Read { path: label(path), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn shown(paths: &[PathBuf], root: &Path) -> Vec<String> {
        discover(paths)
            .map(|place| match place {
                Place::File(path) => {
                    path.strip_prefix(root).map(|p| p.display().to_string()).unwrap_or_default()
                }
                Place::Pipe(path) => format!("pipe: {}", path.display()),
                Place::Memory(label, _) => format!("memory: {label}"),
                Place::Stdin => "-".into(),
                Place::Ignored(ignored) => format!("ignored: {}", ignored.reason),
                Place::Failed(error) => format!("failed: {error}"),
            })
            .collect()
    }

    #[test]
    fn folders_are_walked_in_depth_sorted_by_name() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("b/c"))?;
        for name in ["z.eml", "a.eml", "b/2.eml", "b/c/1.eml", "b/10.eml"] {
            fs::write(root.path().join(name), "")?;
        }
        let seen = shown(&[root.path().to_path_buf()], root.path());
        assert_eq!(seen, ["a.eml", "b/10.eml", "b/2.eml", "b/c/1.eml", "z.eml"]);
        Ok(())
    }

    #[test]
    fn standard_input_is_read_once() {
        assert_eq!(shown(&["-".into(), "-".into()], Path::new("")), ["-"]);
    }

    #[test]
    fn a_missing_path_and_an_empty_folder_are_said() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        let seen = shown(&[root.path().join("nothing"), root.path().to_path_buf()], root.path());
        assert_eq!(seen.len(), 2);
        assert!(seen[0].contains("nothing: cannot be read: No such file"), "{}", seen[0]);
        assert_eq!(seen[1], "ignored: a folder without files");
        Ok(())
    }

    #[test]
    fn subfolders_stand_where_their_names_do_whatever_level_they_are_on() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        let names = ["a/b/c/1.eml", "a/b/2.eml", "a/c.eml", "b.eml", "c/d/3.eml", "c/e/4.eml"];
        for name in names {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(root.path()))?;
            fs::write(path, "")?;
        }
        fs::create_dir(root.path().join("c/empty"))?;
        let seen = shown(&[root.path().to_path_buf()], root.path());
        assert_eq!(
            seen,
            ["a/b/2.eml", "a/b/c/1.eml", "a/c.eml", "b.eml", "c/d/3.eml", "c/e/4.eml"]
        );
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_beside_it_is_followed_once() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("a/b"))?;
        fs::create_dir(root.path().join("c"))?;
        fs::write(root.path().join("c/1.eml"), "")?;
        std::os::unix::fs::symlink(root.path().join("c"), root.path().join("a/b/link"))?;
        std::os::unix::fs::symlink(root.path().join("a"), root.path().join("c/back"))?;
        std::os::unix::fs::symlink(root.path().join("gone"), root.path().join("d"))?;
        let seen = shown(&[root.path().to_path_buf()], root.path());
        let [one, looped, two, again, broken] = &seen[..] else { panic!("{seen:#?}") };
        assert_eq!([one.as_str(), two], ["a/b/link/1.eml", "c/1.eml"]);
        assert!(
            looped.contains("a/b/link/back: ") && looped.contains("/a, the folder"),
            "{looped}"
        );
        assert!(again.contains("c/back/b/link: ") && again.contains("/c, the folder"), "{again}");
        assert!(broken.contains("d: cannot be read: No such file"), "{broken}");
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_folder_above_ends_the_walk_with_a_reason() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        fs::write(root.path().join("a.eml"), "")?;
        std::os::unix::fs::symlink(root.path(), root.path().join("loop"))?;
        let seen = shown(&[root.path().to_path_buf()], root.path());
        assert_eq!(seen.len(), 2);
        assert!(seen[1].contains("the folder it is in"), "{}", seen[1]);
        Ok(())
    }

    #[test]
    fn a_folder_of_tools_is_one_ignored_item() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join(".git/objects"))?;
        fs::write(root.path().join(".git/objects/1"), "")?;
        let seen = shown(&[root.path().to_path_buf()], root.path());
        assert_eq!(seen, ["ignored: a folder of tools, not of mail"]);
        Ok(())
    }
}
