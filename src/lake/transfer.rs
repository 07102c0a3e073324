//! Whole lakes between the local disk and S3: a snapshot comes down, a lake goes up.
//!
//! ```text
//! s3://…  ─ pull ─►  _saldo/pull/   beginnings of files, which the next pull goes on with
//!                    _saldo/work/   when all are there, the journal: from then on it is the lake
//!                    _saldo/origin.json   which lake and which state of it this is
//! ```

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use chrono::Utc;

use super::address::Remote;
use super::carry_out::{self, Lost};
use super::error::PlaceError;
use super::journal::{self, Journal};
use super::link::{Kind, Link};
use super::lock::Work;
use super::place::{Place, lock, patiently};
use super::selection::{Filter, Plan, Selection};
use super::watch::Watch;
use super::{Lake, LakeError, Manifest, remote};

/// Makes a folder a snapshot of a lake on S3, or brings what is new. Whoever writes the folder is waited for. Tables that are not
/// named stay selected as they were; `None` says that the plan was not carried out.
///
/// # Errors
/// When the folder is something else, there is no such lake or table, or the bucket cannot be read. What came is kept.
pub fn pull(
    other: &Remote,
    root: &Path,
    tables: &[String],
    filter: Option<&Filter>,
    (wait, say): (Duration, &dyn Fn(&str)),
    watch: &Watch,
) -> Result<Option<Plan>, PlaceError> {
    let checked = || {
        let origin = Link::read(root, Kind::Origin)?;
        let is_other = |link: &Link| link.url != other.url || link.options.endpoint != other.options.endpoint;
        let is_lake = || !matches!(Manifest::read(root), Err(LakeError::Missing(_)));
        if origin.as_ref().map_or_else(is_lake, is_other) {
            return Err(PlaceError::NoSnapshot { place: root.display().to_string(), of: other.url.clone() });
        }
        Ok(origin)
    };
    checked()?;
    let _lock = patiently(wait, say, |wait| lock(root, Work::Copy, wait, &|| false))?;
    recover(root)?;
    // Whoever wrote here meanwhile may have made another lake, or begun the same snapshot.
    let origin = checked()?;
    let mut selection = origin.as_ref().map(|link| link.selection.clone()).unwrap_or_default();
    if selection.is_empty() || !tables.is_empty() || filter.is_some() {
        selection = selection.with(tables, filter.unwrap_or(&Filter::default()));
    }
    let mut link = origin.unwrap_or_else(|| Link {
        url: other.url.clone(),
        options: other.options.clone(),
        manifest: String::new(),
        etag: None,
        as_of: Utc::now(),
        selection: Selection::default(),
    });
    link.selection = selection;
    // What is begun is known for what it is, so that the next pull goes on with it.
    let failed = RefCell::new(None);
    let begin = || link.write(root, Kind::Origin).map_err(|error| failed.replace(Some(error))).is_ok();
    let planned = |plan: &Plan| (watch.planned)(plan) && begin();
    let pulled = remote::pull(other, root, &link.selection, &Watch { planned: &planned, ..*watch })?;
    if let Some(error) = failed.take() {
        return Err(error.into());
    }
    let Some(pull) = pulled else { return Ok(None) };
    (link.manifest, link.etag, link.as_of) = (pull.manifest, pull.etag, Utc::now());
    link.write(root, Kind::Origin)?;
    Ok(Some(pull.plan))
}

/// What the lake on S3 has that its snapshot has not; `None` when it has nothing else. It is asked for a few seconds.
///
/// # Errors
/// When there is no lake any more, or the bucket cannot be read.
pub fn newer(lake: &Lake, link: &Link, cache: &Path) -> Result<Option<Plan>, PlaceError> {
    match Place::parse(link.url.as_ref(), &link.options, cache)? {
        Place::Remote(other) => remote::newer(&other, link, &lake.manifest),
        Place::Local(_) => Err(PlaceError::Address(link.url.clone())),
    }
}

/// What lies in a lake on S3; none of its tables is read.
///
/// # Errors
/// When there is no lake, or the bucket cannot be read.
pub fn manifest(other: &Remote) -> Result<Manifest, PlaceError> {
    remote::manifest(other)
}

/// Makes the lake on S3 the same as the local one, raw files and all. A lake there that is not the one pushed from here
/// before is replaced only when that is wanted.
///
/// # Errors
/// When the local lake is a snapshot, somebody writes one of both, or the bucket refuses.
pub fn push(
    root: &Path,
    other: &Remote,
    replace: bool,
    wait: Duration,
    say: &dyn Fn(&str),
) -> Result<(), PlaceError> {
    let place = || root.display().to_string();
    Lake::open(root)?;
    let lock = patiently(wait, say, |wait| lock(root, Work::Write, wait, &|| false))?;
    if let Some(origin) = Link::read(root, Kind::Origin)? {
        return Err(PlaceError::Snapshot { place: place(), of: origin.url });
    }
    recover(root)?;
    let pushed = Link::read(root, Kind::Pushed)?.filter(|link| link.url == other.url);
    let known = pushed.map(|link| link.manifest).unwrap_or_default();
    let (manifest, etag) = remote::push(other, root, lock, (!replace).then_some(&*known), wait, say)?;
    let link = Link {
        url: other.url.clone(),
        options: other.options.clone(),
        manifest,
        etag,
        as_of: Utc::now(),
        selection: Selection::default(),
    };
    Ok(link.write(root, Kind::Pushed)?)
}

/// Finishes what was being published when it was killed.
fn recover(root: &Path) -> Result<(), LakeError> {
    match Journal::read(root)? {
        Some(journal) => carry_out::finish(root, &journal, Lost::Allowed),
        None => carry_out::clear(&journal::work(root)),
    }
}
