//! Tables' files that are lost or damaged are made again from the raw files.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::{PipelineError, io_at};
use super::verify::{self, Finding};
use super::{Progress, Run, commit};
use crate::lake::{self, Lake};

/// What was mended, and what cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Files that were made again.
    pub mended: Vec<String>,
    /// What is still not as the manifest says.
    pub left: Vec<Finding>,
}

/// Makes lost and damaged files of tables again, unless raw files that they are made from are lost or damaged too.
///
/// # Errors
/// When there is no lake, a stage fails, or the disk does.
pub fn repair(root: &Path, progress: &mut Progress) -> Result<Repair, PipelineError> {
    commit::recover_what_is_left(root)?;
    let lake = Lake::open(root)?;
    let found = verify::verify(&lake, false)?;
    let of_tables: BTreeSet<&str> = lake.manifest.files().map(|file| file.path.as_str()).collect();
    let is_damage = |finding: &&Finding| finding.kind != "foreign";
    let (damaged, raw): (Vec<_>, Vec<_>) = found
        .iter()
        .filter(is_damage)
        .cloned()
        .partition(|finding| of_tables.contains(finding.place.as_str()));
    // Without all raw files a table would come back with fewer rows, and nothing would tell.
    if damaged.is_empty() || !raw.is_empty() {
        return Ok(Repair { mended: Vec::new(), left: found });
    }
    let tables: BTreeSet<&str> =
        damaged.iter().filter_map(|finding| Some(finding.place.split_once('/')?.0)).collect();
    for finding in &damaged {
        let place = root.join(&finding.place);
        lake::remove(root, &place).map_err(io_at(&place))?;
    }
    let only: Vec<&str> = tables.into_iter().collect();
    let conversion = Some(&lake.manifest.conversion);
    super::run(
        &Run { root, sources: &[], demo: lake.manifest.demo, conversion, only: &only, on_demand: None },
        progress,
    )?;
    let mended = Lake::open(root)?;
    let left = verify::verify(&mended, false)?;
    // What Spark or Athena made bears another name when it is made here.
    let stood = |path: &str| of_tables.contains(path) && !damaged.iter().any(|finding| finding.place == path);
    let folders: BTreeSet<_> =
        damaged.iter().filter_map(|finding| Path::new(&finding.place).parent()).collect();
    let is_mended = |path: &&String| {
        let is_made = !stood(path) && Path::new(path).parent().is_some_and(|folder| folders.contains(folder));
        is_made && !left.iter().any(|finding| finding.place == **path)
    };
    let mended = mended.manifest.files().map(|file| &file.path).filter(is_mended).cloned().collect();
    Ok(Repair { mended, left })
}
