//! The files that a contract is written in.

use std::{fs, path::Path};

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
    collect(&workspace.path(FRAGMENTS), FRAGMENTS, &mut fragments)?;
    fragments.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(fragments)
}

fn collect(folder: &Path, name: &str, fragments: &mut Vec<Fragment>) -> Outcome {
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
        if path.is_dir() {
            collect(&path, &name, fragments)?;
        } else if path
            .extension()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("yaml") || kind.eq_ignore_ascii_case("yml"))
        {
            let bytes = fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
            fragments.push(Fragment { name, bytes });
        }
    }
    Ok(())
}
