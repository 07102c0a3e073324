//! The whole state and its one function: `update` routes what happened to the panes and returns effects. It does
//! no IO and reads no clock.

use chrono::{DateTime, Utc};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

mod arrange;
mod buffer;
mod compare;
mod credit;
mod editor;
mod export;
mod forecast;
mod form;
mod history;
mod keys;
mod leave;
mod look;
mod mouse;
mod moves;
mod pivot;
mod results;
mod run;
mod runs;
mod source;
pub mod statement;
pub mod tabs;
pub mod targets;
mod waiting;

use super::action::{Action, Pane};
use super::effect::Effect;
use super::keymap::Keymap;
use super::layout::{self, Areas};
use super::message::{Draft, Export, Given, JobId, Msg, Notice, State};
use super::overlays::{Answer, Overlay, copy_as, prompt};
use super::panes::editor::Search;
use super::panes::editor::vim::Vim;
use super::panes::queries::Entry;
use super::panes::{self, buffers::Buffers, choices::Choices, lake, queries};
use crate::engine::Access;
use buffer::Pending;
pub use source::Source;
use tabs::Tabs;
use targets::Targets;
pub use waiting::Pace;

/// The state of the explorer.
pub struct App {
    pub size: Rect,
    pub keymap: Keymap,
    pub focus: Pane,
    pub overlay: Option<Overlay>,
    pub zoomed: bool,
    /// What time it is, as it was told last.
    pub now: Option<DateTime<Utc>>,
    pub pace: Pace,
    pub source: Source,
    pub queries: queries::Queries,
    pub editor: Buffers,
    /// The results that are kept.
    pub tabs: Tabs,
    /// Where statements run.
    pub targets: Targets,
    pub forecast: panes::forecast::ForecastPane,
    pub lake: lake::LakePane,
    pub credit: panes::credit::CreditPane,
    pub notice: Option<Notice>,
    pub theme: String,
    /// Rows written and rows there are, while an export runs.
    pub export: Option<(u64, u64)>,
    /// Bank statements that are taken in.
    pub statements: statement::Statements,
    /// What of a result was copied last in a format.
    copied_part: copy_as::Part,
    /// Whether somebody else wrote to the lake since it was read.
    pub is_outdated: bool,
    /// Whether `--write` was given.
    write: bool,
    /// What was given to the parameters of queries last, where that is not the default.
    pub given: Given,
    /// The lake's accounts, customers and currencies, once a form has asked for them.
    accounts: Option<Choices>,
    customers: Option<Choices>,
    currencies: Option<Choices>,
    /// What was searched for in the editor last.
    search: Search,
    /// What was copied in the editor.
    copied: String,
    /// The mode of vim, where a person wants those.
    pub vim: Option<Vim>,
    /// Keys that were pressed for one that stands for them.
    played: usize,
    /// What can be named in a statement.
    words: editor::Words,
    pending: Option<Pending>,
    /// What is run after it.
    queue: buffer::Queue,
    /// The result of a statement of the editor, while nothing was done since it was run.
    from_editor: Option<JobId>,
    /// Ticks since the editor's text changed, while it is not saved.
    unsaved: Option<u8>,
    leaving: Option<Leaving>,
}

/// What the program waits for before it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// The export under way.
    Export,
    /// Whether the texts are kept.
    Save,
    /// The texts could not be kept; the person decides.
    Unsaved,
}

/// Ticks after which a changed text is saved, also while the person types on.
const SAVE_AFTER: u8 = 4;

impl App {
    /// The explorer before its first key.
    #[must_use]
    pub fn new(
        size: Rect,
        source: Source,
        entries: Vec<Entry>,
        drafts: &[Draft],
        write: bool,
        theme: &str,
    ) -> Self {
        Self {
            size,
            keymap: Keymap::default(),
            focus: Pane::Queries,
            overlay: None,
            zoomed: false,
            now: None,
            pace: Pace::default(),
            source,
            queries: queries::Queries::new(entries.clone()),
            targets: Targets::new(Vec::new(), Vec::new(), entries, Vec::new()),
            editor: Buffers::new(drafts),
            tabs: Tabs::default(),
            forecast: panes::forecast::ForecastPane::default(),
            lake: lake::LakePane::default(),
            credit: panes::credit::CreditPane::default(),
            notice: None,
            theme: theme.to_owned(),
            export: None,
            statements: statement::Statements::default(),
            copied_part: copy_as::Part::default(),
            is_outdated: false,
            write,
            given: Given::new(),
            accounts: None,
            customers: None,
            currencies: None,
            search: Search::default(),
            copied: String::new(),
            vim: None,
            played: 0,
            words: editor::Words::default(),
            pending: None,
            queue: buffer::Queue::default(),
            from_editor: None,
            unsaved: None,
            leaving: None,
        }
    }

    /// Whether time matters now: something waits to be saved.
    #[must_use]
    pub fn wants_ticks(&self) -> bool {
        self.unsaved.is_some()
    }

    fn areas(&self) -> Areas {
        layout::areas(self.size, self.focus, self.zoomed, self.tabs.count() > 1)
    }

    /// Whether the screen would show rows that have not come yet.
    #[must_use]
    pub fn lacks_rows(&self) -> bool {
        let results = &self.tabs.shown.results;
        self.areas().results.height > 0 && (results.waits || results.view.is_waiting())
    }

    /// Takes in what happened and says what to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Input(event) => self.input(event),
            Msg::Job(job, event) => {
                let effects = self.job_event(job, event);
                [effects, self.next_of_queue(job)].concat()
            }
            Msg::Notice(notice) => self.report(notice),
            Msg::Described { target, table, schema } => {
                if target == self.targets.owner(&table) {
                    self.queries.describe(&table, &schema);
                    self.gather_words();
                }
                self.refresh()
            }
            Msg::Catalog(target, event) => self.take_catalog(&target, event),
            Msg::Runs(runs) => self.take_runs(runs),
            Msg::Kept { table, gone } => self.take_kept(table, &gone),
            Msg::Renamed { from, table } => self.take_renamed(&from, table),
            Msg::History(entries) => self.take_history(entries),
            Msg::Accounts(accounts) => self.take_accounts(accounts),
            Msg::Customers(customers) => self.take_customers(customers),
            Msg::Currencies(currencies) => self.take_currencies(currencies),
            Msg::Dictionary(dictionary) => self.take_words(dictionary),
            Msg::Edited(edited) => self.take_edited(edited),
            Msg::Lake(listings) => {
                self.lake.listings = Some(listings);
                Vec::new()
            }
            Msg::Forecast(number, event) => {
                self.forecast.take(number, event);
                Vec::new()
            }
            Msg::Credit(number, event) => self.take_credit(number, event),
            Msg::Export(event) => self.export_event(event),
            Msg::Statement(event) => self.take_statement(event),
            Msg::Saved(saved) => self.saved(saved),
            Msg::LakeChanged => self.lake_changed(),
            Msg::LakeGone(root) => self.report(Notice {
                text: format!("{} is no longer there: what was read of it stays on screen", root.display()),
                bad: true,
            }),
            Msg::Tick => self.tick(),
            Msg::Clock(now) => {
                self.now = Some(now);
                Vec::new()
            }
            Msg::Leave => vec![Effect::Save(self.editor.drafts()), Effect::Quit],
        }
    }

    fn input(&mut self, event: Event) -> Vec<Effect> {
        // Who does something is where they mean to be.
        if !matches!(event, Event::Resize(..) | Event::FocusGained | Event::FocusLost) {
            self.from_editor = None;
        }
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let before = self.leaving;
                let effects = self.key(&key);
                if self.leaving == before && before != Some(Leaving::Save) {
                    // Who works on stays.
                    self.leaving = None;
                }
                effects
            }
            Event::Mouse(mouse) => self.mouse(mouse),
            Event::Paste(text) => self.paste(&text),
            Event::Resize(width, height) => {
                self.size = Rect::new(0, 0, width, height);
                self.refresh()
            }
            _ => Vec::new(),
        }
    }

    fn report(&mut self, notice: Notice) -> Vec<Effect> {
        self.notice = Some(notice);
        Vec::new()
    }

    fn tick(&mut self) -> Vec<Effect> {
        match self.unsaved {
            Some(ticks) if ticks >= SAVE_AFTER => {
                self.unsaved = None;
                vec![Effect::Save(self.editor.drafts())]
            }
            Some(ticks) => {
                self.unsaved = Some(ticks + 1);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        self.notice = None;
        self.note_typed(key);
        if let Some(overlay) = &mut self.overlay {
            let answer = overlay.key(key, self.size, &self.keymap);
            return self.answer(answer);
        }
        if self.focus == Pane::Editor
            && let Some(effects) = self.vim_key(key).or_else(|| self.list_key(key))
        {
            return effects;
        }
        let cancels = key.code == KeyCode::Esc
            && matches!(self.focus, Pane::Results | Pane::Charts)
            && self.tabs.shown.results.wish.is_empty()
            && matches!(self.tabs.shown.results.state, State::Running);
        match self.keymap.lookup(self.focus, key) {
            _ if cancels => self.act(Action::Cancel),
            Some(action) => self.act(action),
            None if self.focus == Pane::Editor => self.type_key(key),
            None => Vec::new(),
        }
    }

    /// Does what an overlay was asked for.
    fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        self.close_overlay(&answer);
        match answer {
            Answer::Stay => return Vec::new(),
            Answer::Close => {
                self.decline();
                if let Some(effects) = self.stop_look() {
                    return effects;
                }
            }
            Answer::Keys(keymap) => return self.change_keys(keymap),
            Answer::Approved(job) => return self.approve(job),
            Answer::Target(at) => return self.switch_to(at),
            Answer::Attach(entry) => return self.attach(&entry),
            Answer::StopRun(entry) => return self.stop_run(&entry),
            Answer::Act(Action::ShowAll) if self.focus == Pane::Credit => self.credit.filter(""),
            Answer::Act(action) => {
                let mut effects = self.go_home(action);
                effects.extend(self.act(action));
                return effects;
            }
            Answer::Values(values) => return self.run_with(values.into_iter().collect()),
            Answer::Confirmed => return self.run_pending(Access::Write),
            Answer::SendAsIs => return self.send_as_is(),
            Answer::Translate => return self.translate(),
            Answer::CloseResult(job) => return self.close_job(job),
            Answer::Line(_) | Answer::Name(_) | Answer::CloseBuffer | Answer::FindText(..) => {
                return self.answer_editor(answer);
            }
            Answer::Seek(pattern, forward) => return self.seek(pattern, forward),
            Answer::Ex(ex) => return self.ex(ex),
            Answer::Row(row) => self.tabs.shown.results.go_to(row.saturating_sub(1)),
            Answer::Condition(text) => return self.keep_typed(&text),
            Answer::Find(text) => return self.find(&text),
            Answer::Keep { column, row, same, text } => return self.keep_value(column, row, same, &text),
            Answer::Layout(layout) => self.tabs.shown.results.lay_out(layout),
            Answer::Column(column) => self.tabs.shown.results.go_to_column(column),
            Answer::Record(forward) => return self.step_record(forward),
            Answer::Filter(text) if self.focus == Pane::Credit => self.credit.filter(&text),
            Answer::Filter(text) => self.queries.filter(&text),
            Answer::Origin(_) | Answer::Threshold(_) | Answer::Item(_) | Answer::Drift(_) => {
                return self.ask_with(answer);
            }
            Answer::Account(_) | Answer::Instalment(_) | Answer::AsOf(_) | Answer::Currency(_) => {
                return self.credit_with(answer);
            }
            Answer::Recall(entry, runs) => return self.recall(&entry, runs),
            Answer::ListFolder(_) | Answer::LookAt(..) | Answer::TakeIn(..) => {
                return self.answer_statement(answer);
            }
            Answer::Pin(id, pinned) => return vec![Effect::Pin { id, pinned }],
            Answer::ExportAs(choice) => return self.export_as(choice),
            Answer::CopyAs(part, format) => return self.copy_as(part, format),
            Answer::Pivot(pivot, title) => return self.pivot(pivot, &title),
            Answer::CompareWith(choice) => return self.compare_with(choice),
            Answer::KeptName(name) => return self.keep_as(name),
            Answer::Export(export) => return self.start_export(Export { overwrite: true, ..export }),
        }
        self.refresh()
    }

    /// Does what a person asks for.
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        self.tabs.shown.results.record = None;
        if let Some(effects) = self.grid_act(action) {
            return effects;
        }
        match action {
            Action::Quit => return self.quit(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Reload => return vec![Effect::Reload],
            Action::Help | Action::Palette | Action::Keys => self.show_keys(action),
            Action::NextPane | Action::PreviousPane => self.step_focus(action == Action::NextPane),
            Action::GoQueries => self.focus = Pane::Queries,
            Action::GoEditor => self.focus = Pane::Editor,
            Action::GoResults => self.focus = Pane::Results,
            Action::GoCharts => self.focus = Pane::Charts,
            Action::GoLake => self.focus = Pane::Lake,
            Action::GoForecast => return self.go_forecast(),
            _ if self.is_for_credit(action) => return self.credit_act(action),
            _ if Self::is_for_editor(action) => return self.editor_act(action),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::NextTheme => return self.next_theme(),
            Action::Run => return self.run_editor(),
            Action::RunAll => return self.run_all(),
            Action::Cancel => return self.cancel(),
            Action::Rows => return self.show_forecast(),
            Action::Open => return self.open(),
            Action::Edit => return self.edit(),
            Action::Filter => {
                self.overlay = Some(Overlay::Prompt(prompt::Prompt::filter(&self.queries.needle)));
            }
            Action::ShowAll => self.queries.filter(""),
            Action::NextResult | Action::PreviousResult => {
                return self.step_tab(action == Action::NextResult);
            }
            Action::CloseResult => return self.close_tab(),
            Action::Statement => return self.ask_statement(),
            Action::Detach => return self.detach(),
            Action::Target => self.choose_target(),
            Action::Reuse => self.toggle_reuse(),
            Action::History => return vec![Effect::History],
            Action::Runs => {
                return vec![Effect::Runs { target: self.targets.name().to_owned() }];
            }
            Action::Forecast => return self.forecast_result(),
            Action::Origin | Action::Threshold | Action::AddItem => self.ask_for(action),
            Action::Averages | Action::InTransit | Action::Compare => return self.beside_forecast(action),
            // A chart that is not on screen is shown first, as it is.
            Action::ToggleView | Action::PreviousView
                if self.focus != Pane::Forecast && self.areas().charts.height == 0 =>
            {
                self.focus = Pane::Charts;
            }
            Action::ToggleView | Action::PreviousView if self.focus != Pane::Forecast => {
                let column = self.tabs.shown.results.column;
                self.tabs.shown.charts.step(action == Action::ToggleView, column);
            }
            movement => return self.move_by(movement),
        }
        self.refresh()
    }

    /// Keeps every cursor in view and asks for the rows that the screen shows and does not hold.
    fn refresh(&mut self) -> Vec<Effect> {
        let areas = self.areas();
        self.queries.scroll(usize::from(areas.queries.height));
        self.editor.scroll(areas.editor);
        self.tabs.shown.results.scroll(areas.results);
        self.credit.scroll(areas.credit);
        let mut effects: Vec<_> = self.wanted_words().into_iter().collect();
        if self.focus != Pane::Editor {
            self.editor.list = None;
        }
        if self.focus == Pane::Forecast && self.forecast.request.number == 0 {
            effects.extend(self.first_forecast());
        }
        if self.focus == Pane::Lake && !self.lake.asked {
            self.lake.asked = true;
            effects.push(Effect::Lake);
        }
        self.ask_price();
        if areas.results.height > 0
            && !self.tabs.shown.results.waits
            && let Some((first, rows)) = self.tabs.shown.results.view.wanted()
        {
            effects.push(Effect::Fetch { job: self.tabs.shown.job, first, rows });
        }
        if areas.charts.height > 0
            && self.tabs.shown.results.state != State::Running
            && let Some(plot) = self.tabs.shown.charts.wanted()
        {
            effects.push(Effect::Plot { job: self.tabs.shown.job, plot });
        }
        if self.tabs.shown.results.state == State::Paused && self.tabs.shown.results.view.is_near_end() {
            effects.extend(self.more(self.tabs.shown.results.view.rows().saturating_mul(2)));
        }
        effects.extend(self.arrange_as_wished());
        effects
    }
}
