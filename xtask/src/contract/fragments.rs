//! The files that a contract is written in.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    outcome::{Failure, Outcome},
    workspace::{FRAGMENTS, Workspace},
};

/// One file of the contract.
#[derive(Debug, Clone)]
pub(crate) struct Fragment {
    /// Path below the workspace, with slashes.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Reads every YAML file of the folder and of the folders in it, in the order of their paths.
pub(super) fn read(workspace: &Workspace) -> Outcome<Vec<Fragment>> {
    let mut fragments = Vec::new();
    collect(&workspace.path(FRAGMENTS), FRAGMENTS, &mut BTreeSet::new(), &mut fragments)?;
    fragments.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(fragments)
}

fn collect(folder: &Path, name: &str, seen: &mut BTreeSet<PathBuf>, fragments: &mut Vec<Fragment>) -> Outcome {
    // A link may lead back to where it stands.
    if !seen.insert(fs::canonicalize(folder).map_err(|error| Failure::io("find", folder, &error))?) {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| Failure::io("list", folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io("list", folder, &error))?;
        let path = entry.path();
        let file_name = entry.file_name().to_string_lossy().into_owned();
        // Editors leave hidden files beside the ones they edit.
        if file_name.starts_with('.') {
            continue;
        }
        let name = format!("{name}/{file_name}");
        let is_yaml =
            path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("yaml") || kind.eq_ignore_ascii_case("yml"));
        if path.is_dir() {
            collect(&path, &name, seen, fragments)?;
        } else if is_yaml {
            let io = |error| Failure::io("read", &path, &error);
            // A pipe has no end.
            if fs::metadata(&path).map_err(io)?.is_file() {
                let bytes = fs::read(&path).map_err(io)?;
                fragments.push(Fragment { name, bytes });
            }
        }
    }
    Ok(())
}
