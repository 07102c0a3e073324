//! What lies where in a bucket, which names a manifest may give, and how amounts and runs are written.

use std::path::{Component, Path};

use chrono::{DateTime, Utc};

use crate::checksum::sha256;
use crate::lake::Manifest;
use crate::lake::error::PlaceError;

pub(super) const MANIFEST: &str = "_saldo/manifest.json";
pub(super) const LEASE: &str = "_saldo/lease.json";
pub(super) const JOURNAL: &str = "_saldo/publish.json";
pub(super) const STAGING: &str = "_saldo/staging";
/// How the folders in staging begin that another program fills, which nobody but its own run removes.
pub(super) const ELSEWHERE: &str = "_saldo/staging/spark-";

/// The manifest in a text that came from the bucket.
pub(super) fn parse(place: &str, text: &[u8]) -> Result<Manifest, PlaceError> {
    Ok(Manifest::parse(place.as_ref(), format!("{place}/{MANIFEST}").into(), text)?)
}

/// A table's file lies in the lake, and not among the raw files or our own.
pub(super) fn check_name(place: &str, path: &str) -> Result<(), PlaceError> {
    check_path(place, path)?;
    if is_of_a_table(path) {
        Ok(())
    } else {
        Err(PlaceError::Name { place: place.into(), path: path.into() })
    }
}

/// No path leads out of the folder that it is joined to.
pub(super) fn check_path(place: &str, path: &str) -> Result<(), PlaceError> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if plain && !path.is_empty() && !path.contains('\\') {
        return Ok(());
    }
    Err(PlaceError::Name { place: place.into(), path: path.into() })
}

pub(super) fn is_of_a_table(path: &str) -> bool {
    !matches!(path.split_once('/'), None | Some(("raw" | "_saldo", _)))
}

/// Whether a file below `raw` is our own word on another, which a new reading of that one replaces.
pub(super) fn is_rewritten(path: &str) -> bool {
    path.ends_with(".reading.json") || path.starts_with("raw/errors/")
}

/// The file on which an object is a note, where it is one on a bank statement, whose lines the tables have.
pub(super) fn statement_of(path: &str) -> Option<&str> {
    path.strip_suffix(".reading.json").filter(|path| path.starts_with("raw/bank/"))
}

/// A name that no other run has.
pub(super) fn token(seed: &str) -> String {
    let now: DateTime<Utc> = Utc::now();
    let nanos = now.timestamp_nanos_opt().unwrap_or_default();
    sha256(format!("{seed} {nanos} {}", std::process::id()))[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_manifest_leads_out_of_the_tables() {
        for path in ["t/a.parquet", "t/year=2020/month=01/a b.parquet"] {
            check_name("s3://test", path).unwrap();
        }
        for path in
            ["", "a", "/etc/passwd", "../a", "t/../../a", "t\\a/b", "raw/a", "_saldo/lock", "./_saldo/lock"]
        {
            assert!(matches!(check_name("s3://test", path), Err(PlaceError::Name { .. })), "{path}");
        }
        check_path("s3://test", "raw/bank/a.csv").unwrap();
    }
}
