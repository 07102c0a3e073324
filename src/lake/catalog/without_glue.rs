//! Stands for `glue` in a program that is built without AWS: every use says so.

use super::Catalogue;
use super::diff::Steps;
use crate::lake::address::AwsOptions;
use crate::lake::error::PlaceError;

/// There is none.
#[derive(Debug)]
pub enum Glue {}

impl Glue {
    /// # Errors
    /// Always.
    pub fn open(_options: &AwsOptions, _region: Option<&str>, database: &str) -> Result<Self, PlaceError> {
        Err(PlaceError::NoRemote(format!("the Glue database {database}")))
    }

    /// # Errors
    /// Never.
    pub fn read(&self, _wanted: &Catalogue) -> Result<Option<Catalogue>, PlaceError> {
        match *self {}
    }

    /// # Errors
    /// Never.
    pub fn apply(&self, _wanted: &Catalogue, _steps: &Steps) -> Result<(), PlaceError> {
        match *self {}
    }

    /// # Errors
    /// Never.
    pub fn crawl(&self, _name: &str, _role: &str, _wanted: &Catalogue) -> Result<(), PlaceError> {
        match *self {}
    }
}
