//! Opening the files of a folder one after the other: the system walks the way to the folder once, not for
//! each of them.

use std::fs::File;
use std::io;
use std::path::Path;

/// The way to the files of a folder.
#[derive(Debug, Default)]
pub(super) struct Opener {
    #[cfg(unix)]
    last: from_folder::Folder,
}

impl Opener {
    /// Opens a file for reading.
    pub(super) fn open(&mut self, path: &Path) -> io::Result<File> {
        #[cfg(unix)]
        if let Some(file) = self.last.open(path) {
            return Ok(file);
        }
        File::open(path)
    }
}

#[cfg(unix)]
mod from_folder {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use std::ffi::OsStr;
    use std::fs::File;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    /// The folder of the last file.
    #[derive(Debug, Default)]
    pub(super) struct Folder {
        path: Vec<u8>,
        /// Open since the second file of it.
        handle: Option<OwnedFd>,
    }

    impl Folder {
        /// The file, if it can be opened from the folder that the one before was in. What fails may succeed,
        /// or fail with a reason that users know, by its path.
        pub(super) fn open(&mut self, path: &Path) -> Option<File> {
            let path = path.as_os_str().as_bytes();
            let slash = memchr::memrchr(b'/', path)?;
            let (folder, name) = (&path[..slash], OsStr::from_bytes(&path[slash + 1..]));
            if self.path != folder {
                self.path.clear();
                self.path.extend_from_slice(folder);
                self.handle = None;
                return None;
            }
            if self.handle.is_none() {
                let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
                self.handle = openat(CWD, OsStr::from_bytes(folder), flags, Mode::empty()).ok();
            }
            let flags = OFlags::RDONLY | OFlags::CLOEXEC;
            openat(self.handle.as_ref()?, name, flags, Mode::empty()).ok().map(File::from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;

    fn content(opener: &mut Opener, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        opener.open(path)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn files_of_one_folder_and_another_are_opened_as_by_their_paths() -> anyhow::Result<()> {
        let (root, mut opener) = (tempfile::tempdir()?, Opener::default());
        let names = ["a/1", "a/2", "a/3", "b/1", "a/4", "a/c/1", "b/2", "b/3"];
        for name in names {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(root.path()))?;
            fs::write(path, name)?;
        }
        for name in names {
            assert_eq!(content(&mut opener, &root.path().join(name))?, name);
        }
        assert_eq!(content(&mut opener, &root.path().join("b/../a/1"))?, "a/1");
        Ok(())
    }

    #[test]
    fn what_is_not_there_is_said_as_by_its_path_and_a_folder_made_anew_is_found()
    -> anyhow::Result<()> {
        let (root, mut opener) = (tempfile::tempdir()?, Opener::default());
        let folder = root.path().join("a");
        fs::create_dir(&folder)?;
        for name in ["1", "2", "3"] {
            fs::write(folder.join(name), "old")?;
            assert_eq!(content(&mut opener, &folder.join(name))?, "old");
        }
        let missing = content(&mut opener, &folder.join("4")).map_err(|error| error.kind());
        assert_eq!(missing, Err(io::ErrorKind::NotFound));
        fs::remove_dir_all(&folder)?;
        fs::create_dir(&folder)?;
        fs::write(folder.join("3"), "new")?;
        assert_eq!(content(&mut opener, &folder.join("3"))?, "new");
        assert!(opener.open(Path::new("nothing-here")).is_err());
        Ok(())
    }
}
