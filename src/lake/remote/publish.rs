//! From the mirror into the bucket, so that a lake is there as a whole or not at all.
//!
//! ```text
//! 1 raw files, where there are none        4 staging ─► tables, inside the bucket
//! 2 changed files ─► _saldo/staging/<run>  5 what is gone is deleted, then the manifest is put
//! 3 the journal: _saldo/publish.json       6 journal and staging are deleted
//! ```
//!
//! Before step 3 the tables are as they were; from there on the next writer completes what was cut off, and a reader
//! who misses an old file reads what the journal announces.

mod plan;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use self::plan::Plan;
use super::bucket::{Bucket, Got, When, each};
use super::journal::Journal;
use super::layout::{ELSEWHERE, JOURNAL, MANIFEST, STAGING, check_name, parse, token};
use super::lease::Lease;
use super::mirror::{self, Mirror};
use super::pull::Pulled;
use crate::checksum::sha256;
use crate::lake::error::PlaceError;
use crate::lake::selection::amount;
use crate::lake::{self, File};

/// After so many raw files it is noted that they are in the bucket.
const NOTED_AT_ONCE: usize = 64;

/// Makes the bucket the same as the mirror, which was pulled under the same lease.
pub(super) async fn publish(
    bucket: &Bucket,
    lease: &Lease,
    mirror: &mut Mirror,
    pulled: &Pulled,
    say: &dyn Fn(&str),
) -> Result<(), PlaceError> {
    let path = mirror.path(MANIFEST);
    let text = match fs::read(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(mirror::at(&path)(error)),
    };
    let manifest = text.as_deref().map(|text| parse(&bucket.place, text)).transpose()?;
    let plan = Plan::of(bucket, mirror, pulled, manifest.as_ref())?;
    let text = text.filter(|text| sha256(text) != pulled.sha256);
    if plan.fresh.is_empty() && plan.lost.is_empty() && text.is_none() {
        return mirror.keep();
    }
    let files = plan.lost.iter().chain(&plan.files).map(|file| &file.path);
    let paths: BTreeSet<String> = plan.fresh.iter().chain(files).cloned().collect();
    let bytes = paths.iter().filter_map(|path| Some(mirror.path(path).metadata().ok()?.len())).sum();
    say(&format!("publishing {} to {}", amount(paths.len(), bytes), bucket.place));
    put_fresh(bucket, lease, mirror, &plan.fresh).await?;
    let holds = &*mirror;
    // What is lost comes back where it was: there is nothing that a reader could take for it.
    each(plan.lost.iter().collect(), |file| put_file(bucket, lease, holds, file, &file.path)).await?;
    if let Some(text) = text {
        let journal = stage(bucket, lease, mirror, pulled, plan, &text).await?;
        let (etag, lost) = carry_out(bucket, lease, &journal).await?;
        if let Some(path) = lost.into_iter().next() {
            return Err(PlaceError::Changed { place: bucket.place.clone(), path });
        }
        mirror.record(MANIFEST, sha256(&text), Some(etag.unwrap_or_default()))?;
    }
    remember(bucket, mirror, &paths).await?;
    mirror.keep()
}

/// Puts the raw files that the bucket does not have. Each is noted as the bucket's own before anything else is begun: after
/// a publish that is cut off, one that another machine then makes the bucket forget must not pass for a new one here.
async fn put_fresh(
    bucket: &Bucket,
    lease: &Lease,
    mirror: &mut Mirror,
    fresh: &[String],
) -> Result<(), PlaceError> {
    for some in fresh.chunks(NOTED_AT_ONCE) {
        let there: Mutex<Vec<(String, String, Option<String>)>> = Mutex::default();
        let holds = &*mirror;
        let put = each(some.to_vec(), async |path: String| {
            let (sha256, etag) = put_raw(bucket, lease, holds, &path).await?;
            there.lock().unwrap_or_else(PoisonError::into_inner).push((path, sha256, etag));
            Ok(())
        })
        .await;
        for (path, sha256, etag) in there.into_inner().unwrap_or_else(PoisonError::into_inner) {
            mirror.record(&path, sha256, etag)?;
        }
        mirror.keep_index()?;
        put?;
    }
    Ok(())
}

/// Checksum and ETag of the object.
async fn put_raw(
    bucket: &Bucket,
    lease: &Lease,
    mirror: &Mirror,
    path: &str,
) -> Result<(String, Option<String>), PlaceError> {
    let from = mirror.path(path);
    if let Some(put) = lease.during(bucket, bucket.upload(&from, path, true)).await? {
        return Ok((put.sha256, Some(put.etag)));
    }
    // It is there: our own first try whose answer was lost, or somebody else's file.
    let there = match bucket.sha256(path).await? {
        None => bucket.download(path, &mirror.incoming(path)?).await?.map(|there| (there.sha256, there.etag)),
        told => told,
    };
    match there {
        Some(there) if mirror::sha256(&from)?.as_ref() == Some(&there.0) => Ok(there),
        _ => Err(PlaceError::Immutable { place: bucket.place.clone(), path: path.to_owned() }),
    }
}

/// Puts a file of a table, in place of whatever is there.
async fn put_file(
    bucket: &Bucket,
    lease: &Lease,
    mirror: &Mirror,
    file: &File,
    to: &str,
) -> Result<(), PlaceError> {
    match lease.during(bucket, bucket.upload(&mirror.path(&file.path), to, false)).await? {
        Some(put) if put.sha256 == file.sha256 => Ok(()),
        _ => Err(PlaceError::Changed { place: mirror.root().display().to_string(), path: file.path.clone() }),
    }
}

/// Uploads what differs beside the tables, then the journal: from there on it will be published.
async fn stage(
    bucket: &Bucket,
    lease: &Lease,
    mirror: &Mirror,
    pulled: &Pulled,
    plan: Plan,
    text: &[u8],
) -> Result<Journal, PlaceError> {
    let Plan { files, delete, .. } = plan;
    let journal = Journal {
        run: token(mirror.token()),
        replaces: pulled.etag.clone(),
        manifest: sha256(text),
        files,
        delete,
    };
    each(journal.files.iter().collect(), async |file: &File| {
        put_file(bucket, lease, mirror, file, &journal.staged(&file.path)).await
    })
    .await?;
    begin(bucket, lease, &journal, text).await?;
    Ok(journal)
}

/// Publishes what already lies in the folder of a run in staging, where another program made it.
pub(super) async fn adopt(
    bucket: &Bucket,
    lease: &Lease,
    pulled: &Pulled,
    run: &str,
    made: &lake::journal::Journal,
) -> Result<(), PlaceError> {
    let text = made.manifest.text().unwrap_or_default();
    let moves: BTreeSet<&String> = made.moves.iter().collect();
    let files: Vec<File> = made.manifest.files().filter(|file| moves.contains(&file.path)).cloned().collect();
    for path in files.iter().map(|file| &file.path).chain(&made.removes) {
        check_name(&bucket.place, path)?;
    }
    let journal = Journal {
        run: run.into(),
        replaces: pulled.etag.clone(),
        manifest: sha256(&text),
        files,
        delete: made.removes.clone(),
    };
    begin(bucket, lease, &journal, &text).await?;
    match carry_out(bucket, lease, &journal).await?.1.into_iter().next() {
        Some(path) => Err(PlaceError::Changed { place: bucket.place.clone(), path }),
        None => Ok(()),
    }
}

/// Puts manifest and journal: from here on it will be published.
async fn begin(bucket: &Bucket, lease: &Lease, journal: &Journal, text: &[u8]) -> Result<(), PlaceError> {
    lease.during(bucket, bucket.put(&journal.staged(MANIFEST), text, When::Always)).await?;
    let words = serde_json::to_vec_pretty(journal).unwrap_or_default();
    lease.during(bucket, put_once(bucket, JOURNAL, &words, When::Absent)).await.map(drop)
}

/// Completes what an earlier writer had in its journal, and removes what one left in staging without a journal; the
/// files that could not be put into place.
pub(super) async fn complete(
    bucket: &Bucket,
    lease: &Lease,
    say: &dyn Fn(&str),
) -> Result<BTreeSet<String>, PlaceError> {
    let mut lost = BTreeSet::new();
    if let Some(journal) = Journal::begun(bucket).await? {
        say(&format!("completing what an earlier run began to publish to {}", bucket.place));
        lost = match carry_out(bucket, lease, &journal).await {
            // Its manifest is gone from staging: the former one stands, and what was put over its files is lost.
            Err(PlaceError::Changed { .. }) => {
                lease.during(bucket, bucket.delete(vec![JOURNAL.into()])).await?;
                journal.files.into_iter().map(|file| file.path).collect()
            }
            done => done?.1,
        };
    }
    sweep(bucket, lease).await?;
    Ok(lost)
}

/// Does what the journal says, as often as it takes; the ETag of the manifest in place, and the files that are neither
/// in staging nor could be put into place.
async fn carry_out(
    bucket: &Bucket,
    lease: &Lease,
    journal: &Journal,
) -> Result<(Option<String>, BTreeSet<String>), PlaceError> {
    let lost = Mutex::new(BTreeSet::new());
    let (current, mut etag) = match bucket.get(MANIFEST, None).await? {
        Got::New(text, etag) => (Some(text), etag),
        _ => (None, None),
    };
    // The manifest is put last: where it is in place, so is all else.
    if current.is_none_or(|text| sha256(&text) != journal.manifest) {
        if etag != journal.replaces {
            return Err(PlaceError::Overtaken { place: bucket.place.clone() });
        }
        // Nothing is touched before it is certain that there will be a manifest.
        let text = journal.text(bucket).await?;
        each(journal.files.iter().collect(), async |file: &File| {
            let staged = journal.staged(&file.path);
            let copy = bucket.copy(&staged, &file.path);
            if !lease.during(bucket, copy).await? {
                lost.lock().unwrap_or_else(PoisonError::into_inner).insert(file.path.clone());
            }
            Ok(())
        })
        .await?;
        lease.during(bucket, bucket.delete(journal.delete.clone())).await?;
        let when = journal.replaces.clone().map_or(When::Absent, When::Is);
        etag = lease.during(bucket, put_once(bucket, MANIFEST, &text, when)).await?;
    }
    lease.during(bucket, bucket.delete(vec![JOURNAL.into()])).await?;
    sweep(bucket, lease).await?;
    Ok((etag, lost.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// Puts under a condition, and takes an object of the same bytes for our own whose answer was lost.
async fn put_once(
    bucket: &Bucket,
    path: &str,
    text: &[u8],
    when: When,
) -> Result<Option<String>, PlaceError> {
    if let Some(etag) = bucket.put(path, text, when).await? {
        return Ok(Some(etag));
    }
    match bucket.get(path, None).await? {
        Got::New(there, etag) if there == text => Ok(etag),
        _ => Err(PlaceError::Overtaken { place: bucket.place.clone() }),
    }
}

/// Removes what is left in staging, but for what another program may still be making there.
async fn sweep(bucket: &Bucket, lease: &Lease) -> Result<(), PlaceError> {
    let left = bucket.list(STAGING).await?.into_iter().map(|file| file.path);
    let left: Vec<String> = left.filter(|path| !path.starts_with(ELSEWHERE)).collect();
    if left.is_empty() { Ok(()) } else { lease.during(bucket, bucket.delete(left)).await }
}

/// Notes which object each file is that was put, so that the next writer neither fetches nor doubts it.
async fn remember(bucket: &Bucket, mirror: &mut Mirror, put: &BTreeSet<String>) -> Result<(), PlaceError> {
    for object in bucket.list("").await?.into_iter().filter(|object| put.contains(&object.path)) {
        if let Some(sha256) = mirror.sha256(&object.path)? {
            mirror.record(&object.path, sha256, object.etag)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures::TryStreamExt;
    use object_store::memory::InMemory;
    use object_store::{ObjectStore, ObjectStoreExt};
    use tempfile::TempDir;

    use super::super::fetch::Meter;
    use super::super::{bring, pull};
    use super::*;
    use crate::lake::{Demo, LAYOUT, Manifest, Table};

    /// A bucket in memory, and a machine that writes to it.
    struct Desk {
        store: Arc<InMemory>,
        bucket: Bucket,
        lease: Lease,
        mirror: Mirror,
        pulled: Pulled,
        folder: TempDir,
    }

    impl Desk {
        async fn new() -> Self {
            let store = Arc::new(InMemory::new());
            let bucket = Bucket::of(store.clone());
            let folder = tempfile::tempdir().unwrap();
            let mirror = Mirror::open(folder.path()).unwrap();
            let lease = Lease::take(&bucket, "desk", Duration::ZERO).await.unwrap();
            Self { store, bucket, lease, mirror, pulled: Pulled::default(), folder }
        }

        async fn pull(&mut self) -> Result<(), PlaceError> {
            self.pulled = pull::for_writer(&self.bucket, &mut self.mirror).await?;
            pull::fill(&self.bucket, &mut self.mirror, &mut self.pulled, &|_| ()).await
        }

        async fn publish(&mut self) -> Result<(), PlaceError> {
            publish(&self.bucket, &self.lease, &mut self.mirror, &self.pulled, &|_| ()).await
        }

        fn put(&self, path: &str, text: &str) -> File {
            mirror::write_whole(&self.mirror.path(path), text.as_bytes()).unwrap();
            File { path: path.into(), size: text.len() as u64, sha256: sha256(text.as_bytes()) }
        }

        /// A lake of one table with these files.
        fn lake(&self, files: &[(&str, &str)], demo: Option<Demo>) {
            let files = files.iter().map(|(path, text)| self.put(path, text)).collect();
            let table = Table { name: "t".into(), files, ..Table::default() };
            let manifest = Manifest { layout: LAYOUT, demo, tables: vec![table], ..Manifest::default() };
            manifest.write(&self.mirror.root()).unwrap();
        }

        /// All objects with their times: what is put again has another.
        async fn objects(&self) -> Vec<String> {
            let listed: Vec<_> = self.store.list(None).try_collect().await.unwrap();
            let lines = listed
                .iter()
                .map(|meta| format!("{} {:?} {}", meta.location, meta.e_tag, meta.last_modified));
            lines.filter(|line| !line.starts_with("_saldo/lease.json")).collect()
        }

        async fn names(&self) -> Vec<String> {
            let objects = self.objects().await;
            objects.iter().filter_map(|line| Some(line.split_once(' ')?.0.to_owned())).collect()
        }
    }

    #[tokio::test]
    async fn what_changed_is_put_what_is_gone_is_deleted_and_the_rest_is_left_alone() {
        let mut desk = Desk::new().await;
        desk.put("raw/bank/one.csv", "one");
        desk.lake(&[("t/a", "a"), ("t/b", "b"), ("t/c", "c")], None);
        desk.publish().await.unwrap();
        assert_eq!(desk.names().await, ["_saldo/manifest.json", "raw/bank/one.csv", "t/a", "t/b", "t/c"]);
        let before = desk.objects().await;
        desk.pull().await.unwrap();
        desk.publish().await.unwrap();
        assert_eq!(desk.objects().await, before, "nothing changed, nothing is written");
        desk.put("raw/bank/two.csv", "two");
        desk.publish().await.unwrap();
        assert_eq!(desk.objects().await.len(), 6, "raw files alone need no manifest");
        desk.lake(&[("t/a", "a"), ("t/b", "other")], None);
        desk.pull().await.unwrap();
        assert_eq!(
            fs::read(desk.mirror.path("t/b")).unwrap(),
            b"b",
            "what was not published is undone by a pull"
        );
        desk.lake(&[("t/a", "a"), ("t/b", "other")], None);
        desk.publish().await.unwrap();
        let after = desk.objects().await;
        assert_eq!(
            desk.names().await,
            ["_saldo/manifest.json", "raw/bank/one.csv", "raw/bank/two.csv", "t/a", "t/b"]
        );
        assert!(after.contains(&before[2]) && !after.contains(&before[3]), "a is left alone, b is new");
    }

    #[tokio::test]
    async fn a_raw_file_is_never_replaced_but_a_demos_is() {
        let mut desk = Desk::new().await;
        desk.put("raw/bank/one.csv", "one");
        desk.lake(&[("t/a", "a")], None);
        desk.publish().await.unwrap();
        desk.pull().await.unwrap();
        desk.put("raw/bank/one.csv", "two");
        let error = desk.publish().await.unwrap_err();
        assert!(
            matches!(&error, PlaceError::Immutable { path, .. } if path == "raw/bank/one.csv"),
            "{error}"
        );
        let mut demo = Desk::new().await;
        demo.put("raw/bank/one.csv", "one");
        demo.lake(&[("t/a", "a")], Some(Demo { seed: 1, rows: 1 }));
        demo.publish().await.unwrap();
        demo.pull().await.unwrap();
        demo.put("raw/bank/one.csv", "two");
        demo.lake(&[("t/a", "b")], Some(Demo { seed: 2, rows: 1 }));
        demo.publish().await.unwrap();
        let there = demo.store.get(&"raw/bank/one.csv".into()).await.unwrap().bytes().await.unwrap();
        assert_eq!(&there[..], b"two");
    }

    #[tokio::test]
    async fn what_was_forgotten_goes_and_a_new_reading_replaces_the_former() {
        let mut desk = Desk::new().await;
        let names =
            ["raw/bank/one.csv", "raw/bank/one.csv.reading.json", "raw/bank/two.csv", "raw/errors/two.jsonl"];
        let lake = |desk: &Desk, names: &[&str], text: &str| {
            let raw = names.iter().map(|name| desk.put(name, text)).collect();
            let manifest = Manifest { layout: LAYOUT, raw, ..Manifest::default() };
            manifest.write(&desk.mirror.root()).unwrap();
        };
        lake(&desk, &names, "one");
        desk.publish().await.unwrap();
        desk.pull().await.unwrap();
        // Not seen by any run, and so nobody's to remove.
        let stray = desk.put("raw/bank/stray.csv", "x");
        desk.publish().await.unwrap();
        desk.pull().await.unwrap();
        for name in ["raw/bank/two.csv", "raw/errors/two.jsonl"] {
            fs::remove_file(desk.mirror.path(name)).unwrap();
        }
        fs::remove_file(desk.mirror.path(&stray.path)).unwrap();
        let note = desk.put(names[1], "another reading");
        let raw = vec![desk.put(names[0], "one"), note];
        Manifest { layout: LAYOUT, raw, ..Manifest::default() }.write(&desk.mirror.root()).unwrap();
        desk.publish().await.unwrap();
        assert_eq!(desk.names().await, ["_saldo/manifest.json", names[0], names[1], &stray.path]);
        let there = desk.store.get(&names[1].into()).await.unwrap().bytes().await.unwrap();
        assert_eq!(&there[..], b"another reading");
        desk.pull().await.unwrap();
        assert!(!desk.mirror.path(names[2]).exists(), "it does not come back");
    }

    #[tokio::test]
    async fn what_another_machine_made_the_bucket_forget_does_not_come_back() {
        let mut desk = Desk::new().await;
        let names = ["raw/bank/one.csv", "raw/bank/two.csv", "raw/bank/lost.csv"];
        let raw = names.map(|name| desk.put(name, name));
        Manifest { layout: LAYOUT, raw: raw.to_vec(), ..Manifest::default() }
            .write(&desk.mirror.root())
            .unwrap();
        desk.publish().await.unwrap();
        desk.pull().await.unwrap();
        // Another machine forgets the second; the third is lost.
        let [one, two, lost] = raw;
        let theirs = Manifest { layout: LAYOUT, raw: vec![one, lost], ..Manifest::default() };
        let folder = tempfile::tempdir().unwrap();
        theirs.write(folder.path()).unwrap();
        let text = fs::read(folder.path().join(MANIFEST)).unwrap();
        desk.bucket.put(MANIFEST, &text, When::Always).await.unwrap();
        desk.bucket.delete(vec![two.path.clone(), names[2].into()]).await.unwrap();
        // One that is new here.
        desk.put("raw/bank/new.csv", "new");
        desk.pull().await.unwrap();
        desk.publish().await.unwrap();
        assert_eq!(desk.names().await, ["_saldo/manifest.json", names[2], "raw/bank/new.csv", names[0]]);
        assert!(!desk.mirror.path(&two.path).exists());
    }

    #[tokio::test]
    async fn what_a_publish_put_before_it_was_cut_off_does_not_come_back_when_it_is_forgotten() {
        let mut desk = Desk::new().await;
        desk.lake(&[("t/a", "a")], None);
        desk.publish().await.unwrap();
        desk.pull().await.unwrap();
        desk.put("raw/bank/two.csv", "two");
        desk.lake(&[("t/a", "b")], None);
        fs::write(desk.mirror.path("t/a"), "changed since").unwrap();
        desk.publish().await.unwrap_err();
        assert!(desk.names().await.contains(&"raw/bank/two.csv".into()), "it was put before the rest failed");
        // Another machine takes it in and forgets it; this one begins anew, and knows what it kept.
        desk.bucket.delete(vec!["raw/bank/two.csv".into()]).await.unwrap();
        desk.mirror = Mirror::open(desk.folder.path()).unwrap();
        desk.pull().await.unwrap();
        desk.publish().await.unwrap();
        assert!(!desk.names().await.contains(&"raw/bank/two.csv".into()), "it does not come back");
        assert!(!desk.mirror.path("raw/bank/two.csv").exists());
    }

    #[tokio::test]
    async fn a_file_that_is_not_as_its_manifest_says_is_not_published() {
        let mut desk = Desk::new().await;
        desk.lake(&[("t/a", "a")], None);
        fs::write(desk.mirror.path("t/a"), "changed since").unwrap();
        let error = desk.publish().await.unwrap_err();
        assert!(matches!(&error, PlaceError::Changed { path, .. } if path == "t/a"), "{error}");
        assert!(!desk.names().await.contains(&"_saldo/manifest.json".into()));
    }

    #[tokio::test]
    async fn a_first_publish_that_was_cut_off_behind_its_journal_is_read_from_staging() {
        let mut desk = Desk::new().await;
        desk.lake(&[("t/a", "a"), ("t/b", "b")], None);
        let text = fs::read(desk.mirror.path(MANIFEST)).unwrap();
        let manifest = parse(&desk.bucket.place, &text).unwrap();
        let plan = Plan::of(&desk.bucket, &mut desk.mirror, &desk.pulled, Some(&manifest)).unwrap();
        let Desk { bucket, lease, mirror, pulled, .. } = &desk;
        let journal = stage(bucket, lease, mirror, pulled, plan, &text).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut reader = Mirror::open(folder.path()).unwrap();
        let read = pull::settle(bucket, &mut reader).await.unwrap();
        assert_eq!((read.manifest, read.etag), (Some(manifest.clone()), None));
        let files: Vec<File> = manifest.files().cloned().collect();
        let came =
            bring::come(bucket, &reader, &files.iter().collect::<Vec<_>>(), &Meter::default()).await.unwrap();
        bring::install(&mut reader, came).unwrap();
        assert_eq!(fs::read(reader.path("t/b")).unwrap(), b"b");
        assert!(!desk.names().await.contains(&"t/b".into()), "a reader changes nothing");
        let (etag, lost) = carry_out(bucket, lease, &journal).await.unwrap();
        assert_eq!(lost, BTreeSet::new());
        let read = pull::settle(bucket, &mut reader).await.unwrap();
        assert_eq!(
            (read.etag.as_ref(), reader.was(MANIFEST).unwrap().etag.as_ref()),
            (etag.as_ref(), etag.as_ref())
        );
    }

    #[tokio::test]
    async fn a_manifest_that_somebody_else_put_is_not_overwritten() {
        let mut desk = Desk::new().await;
        desk.lake(&[("t/a", "a")], None);
        desk.publish().await.unwrap();
        desk.pull().await.unwrap();
        let theirs = desk.bucket.put(MANIFEST, b"{}", When::Always).await.unwrap();
        desk.lake(&[("t/a", "b")], None);
        assert!(matches!(desk.publish().await, Err(PlaceError::Overtaken { .. })));
        let Got::New(text, etag) = desk.bucket.get(MANIFEST, None).await.unwrap() else { panic!() };
        assert_eq!((text.as_slice(), etag), (&b"{}"[..], theirs));
    }
    #[tokio::test]
    async fn a_lost_object_is_uploaded_or_made_again_by_the_next_writer() {
        let mut desk = Desk::new().await;
        desk.lake(&[("t/a", "a"), ("t/b", "b")], None);
        desk.publish().await.unwrap();
        let text = async |desk: &Desk, path: &str| match desk.bucket.get(path, None).await.unwrap() {
            Got::New(text, _) => String::from_utf8(text).unwrap(),
            other => panic!("{path}: {other:?}"),
        };
        // The mirror has them: one is gone, one has another content of the same length.
        desk.store.delete(&"t/a".into()).await.unwrap();
        desk.bucket.put("t/b", b"x", When::Always).await.unwrap();
        desk.pull().await.unwrap();
        assert_eq!(desk.pulled.lost, ["t/a", "t/b"].map(str::to_owned).into());
        desk.publish().await.unwrap();
        assert_eq!((text(&desk, "t/a").await, text(&desk, "t/b").await), ("a".into(), "b".into()));
        // Another machine does not have it: it is told, makes it, and publishes it.
        desk.store.delete(&"t/a".into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        desk.mirror = Mirror::open(folder.path()).unwrap();
        desk.pull().await.unwrap();
        assert_eq!(desk.pulled.lost, ["t/a"].map(str::to_owned).into());
        assert!(!desk.mirror.path("t/a").exists() && desk.mirror.path("t/b").exists());
        desk.publish().await.unwrap();
        assert!(!desk.names().await.contains(&"t/a".into()), "it is not made up");
        desk.put("t/a", "a");
        desk.publish().await.unwrap();
        assert_eq!(text(&desk, "t/a").await, "a");
        let before = desk.objects().await;
        desk.pull().await.unwrap();
        assert_eq!(desk.pulled.lost, BTreeSet::new());
        desk.publish().await.unwrap();
        assert_eq!(desk.objects().await, before, "then there is nothing to do");
    }

    #[tokio::test]
    async fn a_publish_whose_staging_was_deleted_does_not_stop_the_next_writer() {
        for gone in ["t/b", MANIFEST] {
            let mut desk = Desk::new().await;
            desk.lake(&[("t/a", "a"), ("t/b", "b")], None);
            desk.publish().await.unwrap();
            desk.pull().await.unwrap();
            desk.lake(&[("t/a", "A"), ("t/b", "B")], None);
            let text = fs::read(desk.mirror.path(MANIFEST)).unwrap();
            let manifest = parse(&desk.bucket.place, &text).unwrap();
            let plan = Plan::of(&desk.bucket, &mut desk.mirror, &desk.pulled, Some(&manifest)).unwrap();
            let journal = stage(&desk.bucket, &desk.lease, &desk.mirror, &desk.pulled, plan, &text).await;
            let staged = journal.unwrap().staged(gone);
            desk.bucket.delete(vec![staged]).await.unwrap();
            let lost = complete(&desk.bucket, &desk.lease, &|_| ()).await.unwrap();
            assert!(lost.contains("t/b"), "{gone}: {lost:?}");
            assert!(!desk.names().await.iter().any(|name| name.contains("publish.json")), "{gone}");
            desk.pull().await.unwrap();
            assert!(desk.pulled.manifest.is_some(), "{gone}: a writer can work");
        }
    }
}
