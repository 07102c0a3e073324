//! Stands for `remote` in a program that is built without S3: every use says so.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::address::{Listed, Object, Remote};
use super::error::PlaceError;
use super::finding::Finding;
use super::journal::Journal;
use super::link::Link;
use super::lock::Lock;
use super::selection::{Plan, Selection};
use super::snapshot::Snapshot;
use super::watch::{Bringing, Pull, Watch};
use super::{File, Manifest};

/// There is none.
#[derive(Debug)]
pub(super) enum Session {}

pub(super) fn read(remote: &Remote) -> Result<Snapshot, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn write(
    remote: &Remote,
    _wait: Duration,
    _stops: &dyn Fn() -> bool,
    _say: &dyn Fn(&str),
) -> Result<Session, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn fetch(remote: &Remote, _name: &str, _most: u64) -> Result<Object, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn bring(
    remote: &Remote,
    _files: &[&File],
    _is_current: &dyn Fn() -> bool,
    _watch: &Bringing,
    _say: fn(&str),
) -> Result<(), PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn pulled_raw(remote: &Remote) -> Result<BTreeMap<String, String>, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn inspect(remote: &Remote) -> Result<Vec<Finding>, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn pull(
    remote: &Remote,
    _root: &Path,
    _selection: &Selection,
    _watch: &Watch,
) -> Result<Option<Pull>, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

/// There is none.
#[derive(Debug)]
pub enum Reader {}

pub(super) fn reader(
    remote: &Remote,
    _path: &str,
    _wants: fn(&str) -> bool,
    _most: usize,
) -> Result<(Reader, Vec<Listed>), PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

impl Reader {
    pub(super) fn ranges(
        &self,
        _wanted: Vec<(&Listed, Range<u64>)>,
        _stops: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<u8>>, PlaceError> {
        match *self {}
    }

    pub(super) fn bytes_read(&self) -> u64 {
        match *self {}
    }
}

/// There is none.
#[derive(Debug)]
pub enum Prefix {}

pub(super) fn prefix(remote: &Remote) -> Result<Prefix, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

impl Prefix {
    pub(super) fn put(&self, _files: Vec<(PathBuf, String)>) -> Result<(), PlaceError> {
        match *self {}
    }

    pub(super) fn read(&self, _name: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        match *self {}
    }

    pub(super) fn download(&self, _name: &str, _to: &Path) -> Result<Option<String>, PlaceError> {
        match *self {}
    }

    pub(super) fn copy(&self, _from: &str, _to: &str) -> Result<bool, PlaceError> {
        match *self {}
    }

    pub(super) fn write(&self, _name: &str, _bytes: &[u8]) -> Result<(), PlaceError> {
        match *self {}
    }

    pub(super) fn list(&self, _below: &str) -> Result<Vec<Listed>, PlaceError> {
        match *self {}
    }

    pub(super) fn remove(&self, _names: Vec<String>) -> Result<(), PlaceError> {
        match *self {}
    }
}

pub(super) fn manifest(remote: &Remote) -> Result<Manifest, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn newer(remote: &Remote, _link: &Link, _local: &Manifest) -> Result<Option<Plan>, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn push(
    remote: &Remote,
    _root: &Path,
    _lock: Lock,
    _known: Option<&str>,
    _wait: Duration,
    _say: &dyn Fn(&str),
) -> Result<(String, Option<String>), PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

impl Session {
    pub(super) fn root(&self) -> PathBuf {
        match *self {}
    }

    pub(super) fn raw(&self) -> Result<Option<&[Listed]>, PlaceError> {
        match *self {}
    }

    pub(super) fn fill(&mut self, _say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        match *self {}
    }

    pub(super) fn prepare(&mut self, _say: &dyn Fn(&str)) -> Result<bool, PlaceError> {
        match *self {}
    }

    pub(super) fn commit(self, _say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        match self {}
    }

    pub(super) fn adopt(&self, _run: &str, _journal: &Journal) -> Result<(), PlaceError> {
        match *self {}
    }
}
