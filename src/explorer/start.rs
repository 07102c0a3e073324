//! What the explorer opens, and the state that follows from it before the first key.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use ratatui::layout::Rect;

use super::action::Action;
use super::app::targets::{Known, Targets};
use super::app::{App, Source};
use super::credit_request::CreditRequest;
use super::drafts::Drafts;
use super::given;
use super::jobs::{self, Jobs};
use super::message::{KeptTable, Msg, Notice};
use super::panes::editor::vim::Vim;
use super::panes::queries::{Entry, Queries, entries};
use super::session_log::{self, Credit, Header};
use super::theme::{Depth, Theme};
use crate::config::{Config, EditorKeys};
use crate::credit::lookup;
use crate::dialect::Dialect;
use crate::engine::Engine as _;
use crate::engine::duckdb::{self, DuckDb, Relation, Settings};
use crate::engine::objects::ObjectTable;
use crate::engine::threads::Threads;
use crate::lake::place::AwsOptions;
use crate::lake::{CUSTOMERS, Lake, base_currency};
use crate::query::{self, Query, QueryError};
use crate::results::Results;

/// What the explorer opens.
#[derive(Debug, Clone, Default)]
pub struct Start {
    pub config: Config,
    pub lake: Option<Lake>,
    /// What the status line calls the lake, when it is not its folder.
    pub name: Option<String>,
    /// What is said when the screen opens.
    pub notice: Option<String>,
    /// Files opened without a lake.
    pub relations: Vec<Relation>,
    /// What was decided of them, in a sentence.
    pub said: Option<String>,
    /// Objects of S3 that are looked at in place.
    pub objects: Vec<ObjectTable>,
    /// Name of the relation or table shown first.
    pub open: Option<String>,
    /// What the looks at the lake's grades go by, when it is not its folder.
    pub place: Option<String>,
    /// The credit check opens first, with what is asked beside the account.
    pub credit: Option<CreditRequest>,
    /// Allow statements that write, after a confirmation.
    pub write: bool,
    /// How buckets are reached.
    pub access: AwsOptions,
    /// What `saldo open` was given.
    pub opened: Option<String>,
    /// The settings file that was named.
    pub settings: Option<PathBuf>,
    /// The file into which the session is recorded.
    pub record: Option<PathBuf>,
}

impl Start {
    pub(super) fn engine(&self, threads: Threads) -> DuckDb {
        DuckDb::new(Settings {
            lake: self.lake.clone(),
            fetch_mib: Some(self.config.fetch_mib),
            schemas: self.config.schemas(),
            relations: self.relations.clone(),
            results: Some(Results::folder_in(&self.config.state)),
            objects: self.objects.clone(),
            memory_limit: Some(self.config.memory_limit.clone()),
            temporary: Some(self.config.cache.join("spill")),
            threads,
            ..Settings::default()
        })
    }

    fn queries(&self) -> (Vec<Query>, Vec<QueryError>) {
        let newest = self.lake.as_ref().map(Lake::newest_dates).unwrap_or_default();
        query::all(Some(&self.config.queries), &base_currency(self.lake.as_ref()), &newest)
    }

    /// The lines of the tree that every target has.
    fn saved(&self) -> Vec<Entry> {
        if self.config.targets.is_empty() { Vec::new() } else { entries(self.queries().0, None) }
    }

    /// The lines of the tree, and the first saved query that cannot be read.
    fn entries(&self) -> (Vec<Entry>, Option<String>) {
        let (saved, errors) = self.queries();
        let mut lines = entries(if self.lake.is_some() { saved } else { Vec::new() }, self.lake.as_ref());
        let customers = self.lake.iter().filter(|lake| lake.root.join(CUSTOMERS).exists());
        let files = customers.map(|_| lookup::CUSTOMERS).chain(self.relations.iter().map(|file| &*file.name));
        let files: Vec<_> = files.chain(self.objects.iter().map(|table| &*table.name)).collect();
        if !files.is_empty() {
            lines.insert(0, Entry::Heading("Files".into()));
            lines.splice(1..1, files.into_iter().map(|name| Entry::Table { name: name.into(), rows: None }));
        }
        (lines, errors.first().map(ToString::to_string))
    }

    /// Results from elsewhere that are tables here; a folder that cannot be read has none.
    fn kept(&self) -> Vec<KeptTable> {
        let results = Results::within(&self.config.state, self.config.results_mib).all().unwrap_or_default();
        results.iter().map(jobs::kept_table).collect()
    }

    /// Where the model trained elsewhere lies, and how it is reached.
    pub(super) fn model(&self) -> Option<jobs::ModelPlace> {
        let config = &self.config.forecast;
        Some((config.model.clone()?, config.card.clone(), self.access.clone()))
    }

    /// Does what stands on screen before the first key.
    pub(super) fn open_first(&self, app: &mut App, jobs: &mut Jobs) {
        if self.credit.is_some() {
            app.act(Action::GoCredit).into_iter().for_each(|effect| jobs.perform(effect));
        } else if let Some(table) = &self.open {
            app.browse(table).into_iter().for_each(|effect| jobs.perform(effect));
        } else {
            jobs.local.warm_up();
        }
    }

    /// Reads the lake again, with its tables and queries.
    pub(super) fn reload(&mut self, app: &mut App, jobs: &mut Jobs) {
        let Some(lake) = &self.lake else {
            if self.relations.is_empty() {
                let text = "there is no lake to read again: `saldo` opens one, `saldo demo` makes one".into();
                app.update(Msg::Notice(Notice { text, bad: true }));
                return;
            }
            if self.relations.iter().any(|file| file.copies.is_some()) {
                let text =
                    "what is shown was copied when it was opened: leave and open it again to read it anew";
                app.update(Msg::Notice(Notice { text: text.into(), bad: true }));
                return;
            }
            let mut said_before = self.said.clone();
            // Its cells may be others now, and so may be what they are.
            if let Some(Ok((relations, said))) =
                self.opened.as_ref().map(|path| duckdb::opened(Path::new(path)))
            {
                (self.relations, said_before) = (relations, std::mem::replace(&mut self.said, said));
            }
            jobs.local = self.engine(jobs.local.threads().clone());
            jobs.forecasts.forget();
            app.reloaded(self.entries().0, None).into_iter().for_each(|effect| jobs.perform(effect));
            if let Some(text) = self.said.clone().filter(|said| Some(said) != said_before.as_ref()) {
                app.update(Msg::Notice(Notice { text, bad: false }));
            }
            return;
        };
        match Lake::open(&lake.root) {
            Ok(lake) => {
                self.lake = Some(lake.clone());
                jobs.local = self.engine(jobs.local.threads().clone());
                jobs.forecasts.forget();
                for effect in app.reloaded(self.entries().0, Some(&lake)) {
                    jobs.perform(effect);
                }
            }
            Err(error) => {
                app.update(Msg::Notice(Notice { text: error.to_string(), bad: true }));
            }
        }
    }

    /// The arguments by which this program works on the same lake with the same settings.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        // A folder that was opened by its path is no lake of the settings; one that lies elsewhere is.
        let opened = self.lake.as_ref().filter(|_| self.opened.is_some());
        let lake = opened.map_or_else(|| self.config.lake.clone(), |lake| lake.root.clone());
        let lake = [OsString::from("--lake"), lake.into()];
        let settings =
            self.settings.iter().flat_map(|path| [OsString::from("--config"), path.clone().into()]);
        lake.into_iter().chain(settings).collect()
    }

    /// The first line of a recording.
    pub(super) fn header(&self, app: &App, theme: &Theme, depth: Depth) -> Header {
        let Config { hold_rows, targets, .. } = &self.config;
        let credit = self.credit.as_ref().map(|asked| Credit {
            as_of: asked.as_of,
            instalment: asked.instalment.map(|amount| amount.to_string()),
            currency: asked.currency.clone(),
        });
        Header {
            saldo_session: session_log::FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            size: (app.size.width, app.size.height),
            today: app.source.today,
            lake: app.source.name.clone(),
            opened: self.opened.clone(),
            credit,
            write: self.write,
            theme: app.theme.clone(),
            depth,
            glyphs: theme.glyphs,
            hold_rows: *hold_rows,
            targets: targets.iter().map(|(name, target)| (name.clone(), target.kind)).collect(),
            keys: app.keymap.own().text(),
            texts: app.editor.drafts(),
            given: app.given.clone(),
            vim: app.vim.is_some(),
        }
    }
}

/// The engine, the state before the first key and where its texts are kept; reads the saved queries and the texts of
/// the explorers before, opens no database.
#[must_use]
pub fn prepare(start: &Start, size: Rect, today: NaiveDate) -> (DuckDb, App, Drafts) {
    let (lines, problem) = start.entries();
    let name = match (&start.lake, start.relations.as_slice()) {
        _ if start.name.is_some() => start.name.clone().unwrap_or_default(),
        (_, [file]) => file.name.clone(),
        (_, [_, ..]) => format!("{} files", start.relations.len()),
        (Some(lake), []) => lake.root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        (None, []) => "no lake".into(),
    };
    let asked = start.config.targets.iter().filter(|(_, target)| !target.kind.makes_tables());
    let elsewhere = asked.map(|(name, target)| Known {
        name: name.clone(),
        kind: target.kind.name().into(),
        dialect: target.kind.name().parse().unwrap_or_default(),
        reuse: target.reuse_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes))),
    });
    let targets = Targets::new(elsewhere.collect(), start.saved(), lines.clone(), start.kept());
    let newest = start.lake.as_ref().and_then(Lake::newest);
    let newest_dates = start.lake.as_ref().map(Lake::newest_dates).unwrap_or_default();
    let source = Source {
        engine: "DuckDB".into(),
        dialect: Dialect::DuckDb,
        name,
        folder: env::current_dir().unwrap_or_default(),
        has_lake: start.lake.is_some(),
        newest,
        newest_dates,
        today,
    };
    let (drafts, found) = Drafts::open(&start.config.cache);
    let (given, not_given) = given::load(&start.config.state, start.config.history);
    let mut app = App::new(size, source, lines, &found.drafts, start.write, &start.config.theme);
    let country = start.config.forecast.country.as_deref().map(str::parse).transpose();
    app.credit.request = start.credit.clone().unwrap_or_default();
    app.queries = Queries::new(targets.entries());
    app.targets = targets;
    app.given = given;
    app.vim = (start.config.editor == EditorKeys::Vim).then(Vim::default);
    app.forecast.has_model = start.config.forecast.model.is_some();
    let notices = [start.notice.clone(), found.problem, not_given, problem, country.as_ref().err().cloned()];
    app.notice = notices.into_iter().flatten().next().map(|text| Notice { text, bad: true });
    if app.notice.is_none() {
        app.notice = start.said.clone().map(|text| Notice { text, bad: false });
    }
    app.forecast.request.options.country = country.unwrap_or_default();
    (start.engine(Threads::default()), app, drafts)
}
