//! Which stage runs when: those whose inputs are there run side by side, each in a database of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter;
use std::sync::Mutex;
use std::thread;

use super::due::{Due, is_whole, month_of};
use super::error::{PipelineError, died, io_at, stage_failed};
use super::made::Made;
use super::plan::{self, Planned};
use super::stages::{Raw, STAGES, Stage};
use super::{bank, commit, database, files, input, raw, summary, views, write};
use crate::disk::folder_of;
use crate::engine::duckdb::Connection;
use crate::lake::{File, Table};

/// Is told each stage that begins.
pub type Progress<'a> = dyn FnMut(&str) + Send + 'a;

/// Makes all tables, in each wave those whose inputs are there.
pub fn waves(planned: &Planned, progress: &Mutex<&mut Progress>) -> Result<Vec<Made>, PipelineError> {
    let stages = plan::possible(planned)?;
    if !stages.iter().any(|stage| planned.is_asked(stage)) {
        return Err(PipelineError::NoRawFiles(planned.root.join("raw")));
    }
    let mut made: Vec<Made> = Vec::with_capacity(stages.len());
    while made.len() < stages.len() {
        let done = |name: &str| made.iter().any(|made| made.table.name == name);
        let coming = |name: &str| !done(name) && stages.iter().any(|stage| stage.name == name);
        let ready = |stage: &&Stage| !done(stage.name) && !stage.inputs().any(coming);
        let wave: Vec<_> = stages.iter().copied().filter(ready).collect();
        let tables: Vec<Result<Made, PipelineError>> = thread::scope(|scope| {
            let (earlier, sharers) = (&made, wave.len());
            let running = wave
                .iter()
                .map(|stage| (*stage, scope.spawn(move || make(planned, earlier, stage, sharers, progress))));
            // All are started before the first is waited for.
            let running: Vec<_> = running.collect();
            running
                .into_iter()
                .map(|(stage, thread)| thread.join().unwrap_or_else(|_| Err(died(stage.name))))
                .collect()
        });
        for table in tables {
            made.push(table?);
        }
    }
    made.sort_by_key(|made| STAGES.iter().position(|stage| stage.name == made.table.name));
    Ok(made)
}

/// Makes what is due of one table, in a database of its own.
fn make(
    planned: &Planned,
    earlier: &[Made],
    stage: &Stage,
    sharers: usize,
    progress: &Mutex<&mut Progress>,
) -> Result<Made, PipelineError> {
    let Planned { root, conversion, raw, former, .. } = planned;
    let sql = stage.statement(conversion);
    let is_read = |made: &&Made| stage.inputs().any(|name| name == made.table.name);
    let read: Vec<_> = earlier.iter().filter(is_read).collect();
    let fingerprint = plan::Fingerprint::of(stage, conversion, raw, &plan::tables_of(&read));
    let due = plan::due(planned, stage, &fingerprint, &read)?;
    let before = former.table(stage.name);
    if let (Due::Nothing, Some(table)) = (&due, before) {
        return Ok(Made::standing(table));
    }
    if let Ok(mut progress) = progress.lock() {
        progress(stage.name);
    }
    let work = commit::work(root).join(stage.name);
    fs::create_dir_all(&work).map_err(io_at(&work))?;
    let connection = database::open(&work).map_err(stage_failed(stage.name))?;
    let failed = stage_failed(stage.name);
    views_of_inputs(&connection, planned, stage, &read, sharers)?;
    let fresh = commit::fresh(root).join(stage.name);
    let leader = stage.follows.and_then(|name| read.iter().find(|made| made.table.name == name));
    let bring = |paths: &BTreeSet<String>| plan::bring_named(planned.on_demand, paths);
    let by_month = match (leader, stage.raw) {
        (Some(leader), _) => {
            database::keep_order(&connection).map_err(&failed)?;
            let (months, kept) = leader.followed(root, stage, &sql, &due);
            let is_due =
                |file: &&File| !kept.contains(month_of(&file.path)) && !leader.fresh.contains(&file.path);
            planned.bring(&leader.table.files.iter().filter(is_due).collect::<Vec<_>>())?;
            Some((months, kept))
        }
        (None, Some(Raw::Bank)) => Some(bank::merge::months(root, &bank::BANK, stage, before, &due, &bring)?),
        _ => None,
    };
    let kept = match by_month {
        Some((months, kept)) => {
            write::files(&connection, &fresh, stage, months)?;
            kept
        }
        None => {
            let view = match (stage.raw, stage.instead) {
                (Some(raw), Some((_, view))) if !raw::is_there(root, raw)? => view.to_owned(),
                (Some(raw), _) => views::view(root, &work, raw)?,
                (None, _) => String::new(),
            };
            connection.execute_batch(&view).map_err(&failed)?;
            write::whole(&connection, &fresh, stage, &sql)?;
            BTreeSet::new()
        }
    };
    let has_former = matches!(due, Due::Files(_)) && before.is_some();
    let (made, written) = finish(planned, stage, &kept, fingerprint)?;
    let table = summary::of(planned, &connection, stage, &made, (&written, &kept), leader.copied())?;
    Ok(Made { table, has_former, ..made })
}

/// What a statement reads besides raw files: the lake's choices, and the tables or what stands for them.
fn views_of_inputs(
    connection: &Connection,
    planned: &Planned,
    stage: &Stage,
    read: &[&Made],
    sharers: usize,
) -> Result<(), PipelineError> {
    let failed = stage_failed(stage.name);
    let view = |name: &str, select: &str| {
        connection.execute_batch(&format!("CREATE VIEW {name} AS {select}")).map_err(&failed)
    };
    database::share(connection, planned.memory_limit, sharers).map_err(&failed)?;
    if let Some(settings) = stage.settings_view(planned.conversion) {
        view("settings", &settings)?;
    }
    // The months of the table that this one follows come with its rows.
    for made in read.iter().filter(|made| stage.follows != Some(&*made.table.name)) {
        view(&made.table.name, &input::select(planned, stage, read, made)?)?;
    }
    let is_there = |name: &str| read.iter().any(|made| made.table.name == name);
    for (name, empty) in stage.looks_at.iter().filter(|(name, _)| !is_there(name)) {
        view(name, empty)?;
    }
    Ok(())
}

/// Compares what was written with the former table: equal files are dropped, months that were kept stay. The table, without its
/// columns and rows, and the files that were written.
fn finish(
    planned: &Planned,
    stage: &Stage,
    kept: &BTreeSet<String>,
    fingerprint: plan::Fingerprint,
) -> Result<(Made, BTreeSet<String>), PipelineError> {
    let Planned { root, former, .. } = planned;
    let before = former.table(stage.name).map(|table| table.files.as_slice()).unwrap_or_default();
    let staged = commit::fresh(root);
    let known: BTreeMap<&str, &File> = before.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut files: Vec<File> =
        before.iter().filter(|file| kept.contains(month_of(&file.path))).cloned().collect();
    let mut fresh = BTreeSet::new();
    let mut paths = Vec::new();
    files::walk(&staged, stage.name, &mut |path| {
        paths.push(path);
        Ok(())
    })?;
    let written = paths.iter().cloned().collect();
    let workers = iter::repeat_n((), write::workers(paths.len()));
    for file in
        write::side_by_side(workers, paths, |(), path| files::file(&staged, path), || died(stage.name))?
    {
        if known.get(file.path.as_str()) == Some(&&file) && planned.has(&file) {
            let (place, waiting) = (root.join(&file.path), staged.join(&file.path));
            if is_whole(root, &file) {
                fs::remove_file(&waiting).map_err(io_at(&waiting))?;
            } else {
                fs::create_dir_all(folder_of(&place)).map_err(io_at(&place))?;
                fs::rename(&waiting, &place).map_err(io_at(&place))?;
            }
        } else {
            fresh.insert(file.path.clone());
        }
        files.push(file);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let stays: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let gone = before.iter().filter(|file| !stays.contains(file.path.as_str()));
    let gone = gone.map(|file| file.path.clone()).collect();
    let table = Table {
        name: stage.name.into(),
        partitioned: stage.partition.is_some(),
        files,
        made_by: fingerprint.statement,
        made_from: fingerprint.all,
        ..Table::default()
    };
    Ok((Made { table, fresh, gone, has_former: false }, written))
}
