//! From the bucket into a local lake: the selected tables, all of them at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::bucket::{Bucket, Got};
use super::fetch::{Fetched, Meter, Wanted, fetch};
use super::layout::MANIFEST;
use super::mirror::at;
use super::pull::{Announced, checked, newest, steadily, there};
use crate::checksum::sha256;
use crate::disk;
use crate::lake::carry_out;
use crate::lake::error::PlaceError;
use crate::lake::footers::rows_and_newest;
use crate::lake::journal::{Journal, fresh};
use crate::lake::link::Link;
use crate::lake::selection::{Lacking, Plan, Selection};
use crate::lake::watch::Pull;
use crate::lake::{File, LakeError, Manifest, Newest, Table};

/// How far a pull is.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    pub(super) meter: Meter,
    of: AtomicU64,
}

impl Gauge {
    /// The bytes that there will be.
    pub(super) fn of(&self) -> u64 {
        self.of.load(Ordering::Relaxed)
    }
}

/// Makes a local lake the selected part of the bucket's; `None` when the plan is not wanted.
pub(super) async fn pull(
    bucket: &Bucket,
    root: &Path,
    selection: &Selection,
    planned: &dyn Fn(&Plan) -> bool,
    gauge: &Gauge,
) -> Result<Option<Pull>, PlaceError> {
    steadily(async |_| {
        let there = there(bucket).await?;
        let work =
            async |announced: &Announced| bring(bucket, root, selection, planned, gauge, announced).await;
        match newest(bucket, there, work).await? {
            Some(outcome) => Ok(outcome),
            None => Err(missing(bucket)),
        }
    })
    .await
}

async fn bring(
    bucket: &Bucket,
    root: &Path,
    selection: &Selection,
    planned: &dyn Fn(&Plan) -> bool,
    gauge: &Gauge,
    announced: &Announced,
) -> Result<Option<Pull>, PlaceError> {
    let other = checked(bucket, &announced.text)?;
    if let Some(Lacking { what, has }) = selection.lacking(&other) {
        let hint = format!("it has {}", has.join(", "));
        return Err(PlaceError::Lacking { place: bucket.place.clone(), what, hint });
    }
    let local = held(root)?;
    let is_here =
        |file: &File| fs::metadata(root.join(&file.path)).is_ok_and(|found| found.len() == file.size);
    let mut plan = Plan::of(&other, &local, selection, &is_here);
    if !planned(&plan) {
        return Ok(None);
    }
    let mut wanted = Vec::new();
    for file in &plan.fetch {
        let to = incoming(root, file);
        fs::create_dir_all(disk::folder_of(&to)).map_err(at(&to))?;
        wanted.push(Wanted { file, from: announced.place(&file.path), to });
    }
    gauge.of.store(plan.amount().1, Ordering::Relaxed);
    let Fetched { lost, .. } = fetch(bucket, &wanted, &gauge.meter).await?;
    if let Some(path) = lost.into_iter().next() {
        return Err(PlaceError::Changed { place: bucket.place.clone(), path });
    }
    for name in &plan.parts {
        if let Some(table) = plan.manifest.tables.iter_mut().find(|table| table.name == *name) {
            count(root, table)?;
        }
    }
    if plan.manifest != local || !plan.is_empty() {
        publish(root, &plan)?;
    }
    let manifest = sha256(&announced.text);
    Ok(Some(Pull { plan, manifest, etag: announced.etag.clone() }))
}

/// What the bucket has that a snapshot of it has not.
pub(super) async fn newer(
    bucket: &Bucket,
    link: &Link,
    local: &Manifest,
) -> Result<Option<Plan>, PlaceError> {
    match bucket.impatient().get(MANIFEST, link.etag.as_deref()).await? {
        Got::Same => Ok(None),
        Got::New(text, _) if sha256(&text) == link.manifest => Ok(None),
        Got::New(text, _) => {
            let plan = Plan::of(&checked(bucket, &text)?, local, &link.selection, &|_| true);
            Ok(Some(plan).filter(|plan| !plan.is_empty()))
        }
        Got::Absent => Err(missing(bucket)),
    }
}

/// The lake that is here so far.
fn held(root: &Path) -> Result<Manifest, LakeError> {
    match Manifest::read(root) {
        Err(LakeError::Missing(_)) => Ok(Manifest::default()),
        read => read,
    }
}

/// Where a file waits until all are there; what came of another file of that name does not get in its way.
fn incoming(root: &Path, file: &File) -> PathBuf {
    let mark = file.sha256.get(..16).unwrap_or_default();
    root.join("_saldo/pull").join(format!("{}~{mark}", file.path))
}

/// Tells of a part of a table what its manifest told of all of it.
fn count(root: &Path, table: &mut Table) -> Result<(), PlaceError> {
    let column = table.newest.as_ref().map(|newest| newest.column.clone());
    let (mut rows, mut dates) = (0, Vec::new());
    for file in &table.files {
        let waits = incoming(root, file);
        let place = if waits.exists() { waits } else { root.join(&file.path) };
        let (more, newest) = rows_and_newest(&place, column.as_deref()).map_err(at(&place))?;
        rows += more;
        dates.extend(newest);
    }
    table.rows = rows;
    table.newest = column.zip(dates.into_iter().max()).map(|(column, date)| Newest { column, date });
    Ok(())
}

/// From here on it counts.
fn publish(root: &Path, plan: &Plan) -> Result<(), PlaceError> {
    // What takes long, the way to the disk, comes before the files leave the place where the next pull looks for them.
    let came: Vec<_> = plan.fetch.iter().map(|file| incoming(root, file)).collect();
    disk::sync(root, &came).map_err(at(root))?;
    for (file, from) in plan.fetch.iter().zip(&came) {
        let to = fresh(root).join(&file.path);
        fs::create_dir_all(disk::folder_of(&to)).map_err(at(&to))?;
        disk::rename(from, &to).map_err(at(&to))?;
    }
    let moves = plan.fetch.iter().map(|file| file.path.clone()).collect();
    let journal = Journal { moves, removes: plan.remove.clone(), manifest: plan.manifest.clone() };
    carry_out::publish(root, &journal)?;
    Ok(carry_out::clear(&root.join("_saldo/pull"))?)
}

fn missing(bucket: &Bucket) -> PlaceError {
    LakeError::Missing(bucket.place.clone().into()).into()
}
