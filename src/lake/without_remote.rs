//! Stands for `remote` in a program that is built without S3: every use says so.

use std::path::PathBuf;
use std::time::Duration;

use super::address::{Object, Remote};
use super::error::PlaceError;
use super::finding::Finding;
use super::snapshot::Snapshot;

/// There is none.
#[derive(Debug)]
pub(super) enum Session {}

pub(super) fn read(remote: &Remote, _say: &dyn Fn(&str)) -> Result<Snapshot, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn write(remote: &Remote, _wait: Duration, _say: &dyn Fn(&str)) -> Result<Session, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn fetch(remote: &Remote, _name: &str, _most: u64) -> Result<Object, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

pub(super) fn inspect(remote: &Remote) -> Result<Vec<Finding>, PlaceError> {
    Err(PlaceError::NoRemote(remote.url.clone()))
}

impl Session {
    pub(super) fn root(&self) -> PathBuf {
        match *self {}
    }

    pub(super) fn commit(self, _say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        match self {}
    }
}
