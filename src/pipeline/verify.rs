//! Whether a lake is what its manifest says.

use std::collections::BTreeMap;
use std::path::Path;

use super::database::Scratch;
use super::error::{PipelineError, stage_failed};
use super::stages::STAGES;
use super::{files, write};
pub use crate::lake::finding::Finding;
use crate::lake::{File, Lake};

/// Compares every file with its checksum, looks for files that do not belong, and compares the columns of each file. Raw files that
/// are `elsewhere` may be so: of them those that are here are looked at, and one that is as it came from there is right, though
/// another machine may have made the lake forget it since, or have read it anew.
///
/// # Errors
/// When a file cannot be read at all.
pub fn verify(lake: &Lake, elsewhere: bool) -> Result<Vec<Finding>, PipelineError> {
    let mut found = Vec::new();
    let came = if elsewhere { lake.pulled_raw()? } else { BTreeMap::new() };
    let named = lake.manifest.raw.iter().chain(lake.manifest.files());
    let mut named: BTreeMap<&str, &File> = named.map(|file| (file.path.as_str(), file)).collect();
    let folders = ["raw"].into_iter().chain(STAGES.iter().map(|stage| stage.name));
    for folder in folders.filter(|folder| lake.root.join(folder).is_dir()) {
        files::walk(&lake.root, folder, &mut |path| {
            let named = named.remove(path.as_str());
            let there = files::file(&lake.root, path)?;
            if came.get(&there.path) == Some(&there.sha256) {
                return Ok(());
            }
            let Some(file) = named else {
                found.push(Finding::foreign(&there.path));
                return Ok(());
            };
            if there != *file {
                let message = format!(
                    "it has {} bytes and another checksum; the manifest says {} bytes",
                    there.size, file.size
                );
                found.push(Finding { place: there.path, kind: "changed", message });
            }
            Ok(())
        })?;
    }
    let is_missing = |path: &&str| !(elsewhere && path.starts_with("raw/"));
    found.extend(named.into_keys().filter(is_missing).map(Finding::missing));
    if found.is_empty() {
        found = drift(lake)?;
    }
    Ok(found)
}

/// Files whose columns are not those of their table.
fn drift(lake: &Lake) -> Result<Vec<Finding>, PipelineError> {
    let connection = Scratch::open().map_err(stage_failed("verify"))?;
    let mut found = Vec::new();
    for table in &lake.manifest.tables {
        let columns: Vec<_> = table
            .columns
            .iter()
            .filter(|column| !table.partitioned || !["year", "month"].contains(&column.name.as_str()))
            .collect();
        for file in &table.files {
            let place = lake.root.join(&file.path);
            let there = write::columns(&connection, &files::read(std::iter::once(Path::new(&place))))
                .map_err(stage_failed("verify"))?;
            if there.iter().ne(columns.iter().copied()) {
                let message = format!("its columns are not those of the table {}", table.name);
                found.push(Finding { place: file.path.clone(), kind: "schema", message });
            }
        }
    }
    Ok(found)
}
