//! Where the workspace's files are, and how they are read and written.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::outcome::{Failure, Outcome};

/// Folder of the contract's fragments, as people write it.
pub(crate) const FRAGMENTS: &str = "openapi";

/// Merged contract, as people write it.
pub(crate) const DOCUMENT: &str = "atlas-exports-gen/openapi.json";

/// Public surface of the generated code, as people write it.
pub(crate) const SURFACE: &str = "atlas-exports-gen/surface.txt";

/// The workspace that is worked on.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the workspace: the given folder, else the one that cargo runs this program from, else the nearest above
    /// the current folder.
    pub(crate) fn find(root: Option<PathBuf>) -> Outcome<Self> {
        if let Some(root) = root {
            if !Self::is_root(&root) {
                let what = format!("{} has no folder `{FRAGMENTS}`: give the workspace's root", root.display());
                return Err(Failure::trouble(what));
            }
            return fs::canonicalize(&root)
                .map(|root| Self { root })
                .map_err(|error| Failure::io("find", &root, &error));
        }
        let cargo = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let here = env::current_dir().map_err(|error| Failure::io("find", Path::new("."), &error))?;
        cargo
            .iter()
            .chain([&here])
            .flat_map(|start| start.ancestors())
            .find(|folder| Self::is_root(folder))
            .map(|root| Self { root: root.to_path_buf() })
            .ok_or_else(|| {
                Failure::trouble(format!(
                    "neither {} nor a folder above it has a folder `{FRAGMENTS}` beside a Cargo.toml: run this inside \
                     the workspace",
                    here.display()
                ))
            })
    }

    fn is_root(folder: &Path) -> bool {
        folder.join(FRAGMENTS).is_dir() && folder.join("Cargo.toml").is_file()
    }

    /// Path of a file of the workspace.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Path of something in the folder that cargo builds in.
    pub(crate) fn target(&self, relative: &str) -> PathBuf {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
        self.root.join(target).join(relative)
    }

    /// The text of a file, or nothing when there is no such file. What is no UTF-8 in it is no reason to stop.
    pub(crate) fn read(&self, relative: &str) -> Outcome<Option<String>> {
        let path = self.path(relative);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::io("read", &path, &error)),
        }
    }

    /// Puts texts in files, each at once, so that nobody ever sees half of one; and in none while one cannot be written.
    pub(crate) fn write(&self, files: &[(&str, &str)]) -> Outcome {
        let mut staged = Vec::new();
        for (relative, text) in files {
            let path = self.path(relative);
            let file = self.stage(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
            staged.push((file, path));
        }
        for (file, path) in staged {
            file.persist(&path).map_err(|error| Failure::io("write", &path, &error.error))?;
        }
        Ok(())
    }

    /// A text in a file beside the one that it is for.
    fn stage(&self, path: &Path, text: &str) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        // Temporary files are private, what is checked in is not.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.prefix(".regen-").tempfile_in(path.parent().unwrap_or(&self.root))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}
