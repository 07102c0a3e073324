//! What a publish has to do: the mirror beside what was pulled of the bucket.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bucket::Bucket;
use super::super::layout::{check_name, is_rewritten};
use super::super::mirror::{self, Mirror};
use super::super::pull::Pulled;
use crate::lake::address::Listed;
use crate::lake::error::PlaceError;
use crate::lake::{File, Manifest};

/// What differs between the mirror and the bucket.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Raw files that the bucket does not have.
    pub(super) fresh: Vec<String>,
    /// Files that are new or other.
    pub(super) files: Vec<File>,
    /// Files that the bucket has too many.
    pub(super) delete: Vec<String>,
    /// Files that stay as they are, and that the bucket lost.
    pub(super) lost: Vec<File>,
}

impl Plan {
    pub(super) fn of(
        bucket: &Bucket,
        mirror: &mut Mirror,
        pulled: &Pulled,
        manifest: Option<&Manifest>,
    ) -> Result<Self, PlaceError> {
        let mut plan = Self::default();
        let is_demo = |manifest: &Manifest| manifest.demo.is_some();
        // A demo's raw files are made with its tables, and replaced with them.
        let made = manifest.is_some_and(is_demo) && pulled.manifest.as_ref().is_none_or(is_demo);
        // After a publish that was cut off nothing else tells of what it had put there.
        let named = pulled.manifest.iter().flat_map(|manifest| &manifest.raw);
        let named: BTreeMap<&str, &str> = named.map(|file| (&*file.path, &*file.sha256)).collect();
        let there: BTreeMap<&str, &Listed> = pulled.raw.iter().map(|file| (&*file.path, file)).collect();
        let here: BTreeSet<String> = mirror.files("raw")?.into_iter().collect();
        for path in &here {
            let was = mirror.was(path).map(|entry| entry.sha256.clone());
            let sha256 = mirror.sha256(path)?;
            if !there.contains_key(path.as_str()) {
                plan.fresh.push(path.clone());
            } else if let Some(sha256) = sha256.filter(|sha256| {
                Some(sha256) != was.as_ref() && Some(&sha256.as_str()) != named.get(path.as_str())
            }) {
                if !made && !is_rewritten(path) {
                    return Err(PlaceError::Immutable { place: bucket.place.clone(), path: path.clone() });
                }
                let place = mirror.path(path);
                let size = place.metadata().map_err(mirror::at(&place))?.len();
                plan.files.push(File { path: path.clone(), size, sha256 });
            }
        }
        // What a manifest named and the next one does not was forgotten: no run begins while one is lost.
        let named = |manifest: Option<&Manifest>| -> BTreeSet<String> {
            manifest.iter().flat_map(|manifest| &manifest.raw).map(|file| file.path.clone()).collect()
        };
        let forgotten = match manifest {
            Some(_) => &named(pulled.manifest.as_ref()) - &named(manifest),
            None => BTreeSet::new(),
        };
        let goes = |path: &&&str| !here.contains(**path) && (made || forgotten.contains(**path));
        plan.delete.extend(there.keys().filter(goes).map(ToString::to_string));
        if let Some(manifest) = manifest {
            plan.tables(bucket, mirror, pulled, manifest)?;
        }
        Ok(plan)
    }

    fn tables(
        &mut self,
        bucket: &Bucket,
        mirror: &mut Mirror,
        pulled: &Pulled,
        manifest: &Manifest,
    ) -> Result<(), PlaceError> {
        let old = pulled.manifest.iter().flat_map(Manifest::files);
        let old: BTreeMap<&str, &File> = old.map(|file| (&*file.path, file)).collect();
        let mut named = BTreeSet::new();
        for file in manifest.files() {
            check_name(&bucket.place, &file.path)?;
            named.insert(&*file.path);
            if old.get(&*file.path).is_none_or(|old| *old != file) {
                self.files.push(file.clone());
            } else if pulled.lost.contains(&file.path)
                && mirror.sha256(&file.path)?.as_ref() == Some(&file.sha256)
            {
                self.lost.push(file.clone());
            }
        }
        self.delete.extend(old.keys().filter(|path| !named.contains(**path)).map(ToString::to_string));
        Ok(())
    }
}
