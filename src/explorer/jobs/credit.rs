//! Judges accounts on a thread of its own: reads their figures, writes down who asked, and sends the cards.

mod ready;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{NaiveDate, Utc};
use tokio_util::sync::CancellationToken;

use self::ready::Ready;
use super::accounts::{MOST, all};
use super::{Jobs, bad};
use crate::checksum::sha256;
use crate::config::Config;
use crate::credit::accounts::{Found, Known, find};
use crate::credit::audit::{AuditError, AuditLog};
use crate::credit::card::{Card, DISCLAIMER, WHAT_IF, html, sparkline};
use crate::credit::exchange::{self, Exchange, ExchangeError, Wanted};
use crate::credit::figures::{Asked, RateVersion};
use crate::credit::lookup;
use crate::credit::policy::Policy;
use crate::credit::policy::file::{PolicyError, read as read_policy, shipped};
use crate::credit::read::{ReadError, Request, Whose, read};
use crate::credit::watch::{Snapshot, SnapshotError, Snapshots};
use crate::disk::Draft;
use crate::engine::duckdb::DuckDb;
use crate::engine::{Engine as _, EngineError, ErrorKind};
use crate::explorer::credit_request::{CreditEvent, CreditRequest, Judge, Standing, WatchList};
use crate::explorer::message::{Msg, Notice};
use crate::lake::place::Place;
use crate::lake::{Lake, manifest_path};
use crate::query::{ACCOUNTS, Statement};

/// The history that a list shows of an account.
const LISTED: &str = "average_daily_balance";
/// Lines and accounts of a lake all of whose figures are worked out about as soon as those of one account.
const FEW_LINES: u64 = 1_000_000;
const FEW_ACCOUNTS: usize = 1_000;
/// Names of a file that are tried where one is taken by another card.
const NAMES: u32 = 999;

/// By what accounts are judged, and where it is written down.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The policy's file, instead of the one that the program comes with.
    policy: Option<PathBuf>,
    state: PathBuf,
    /// What the looks at the lake go by; its folder where nothing is said.
    pub place: Option<String>,
    /// Where cards are written; the working folder where nothing is said.
    pub folder: PathBuf,
    rates: Arc<Mutex<Option<Reach>>>,
    ready: Arc<Mutex<Option<Prepared>>>,
}

/// How far the rates of a lake reach at a day: the sum of its manifest tells which lake it is.
type Reach = (String, NaiveDate, Vec<RateVersion>);

/// What the next cards are made of, for a lake and a day: the sum of its manifest tells which lake it is.
type Prepared = (String, NaiveDate, Arc<Ready>);

/// Why there is no card, and what to do.
#[derive(Debug)]
struct Refusal(String, Option<String>);

impl Jobs {
    pub(super) fn credit(&mut self, request: CreditRequest) {
        let (desk, engine, cancel) = self.next_question();
        let all = self.all.child_token();
        let number = request.number;
        let told = move |event| Msg::Credit(number, event);
        let refused = move |Refusal(why, hint)| told(CreditEvent::Refused(why, hint));
        self.start(
            move |error| refused(error.into()),
            move |send| {
                send(desk.answer(&engine, &request, &cancel).map_or_else(refused, told));
                // Without it the next card works everything out itself, and tells what is wrong.
                let _ = desk.prepare(&engine, &request, &all);
            },
        );
    }

    /// Before the first card is asked for, which need not wait for it: it is made alone, and the rest behind it.
    pub(super) fn prepare_credit(&mut self, request: CreditRequest) {
        let (desk, engine, cancel) = self.next_question();
        self.start(bad, move |_| {
            let _ = desk.prepare(&engine, &request, &cancel);
        });
    }

    /// One question at a time: nobody waits for the one before.
    fn next_question(&mut self) -> (Desk, DuckDb, CancellationToken) {
        self.credit.cancel();
        self.credit = self.beside.child_token();
        (self.desk.clone(), self.local.clone(), self.credit.clone())
    }

    pub(super) fn credit_page(&self, cards: Vec<Card>) {
        let desk = self.desk.clone();
        self.start(bad, move |send| {
            let notice = match desk.write_page(&cards) {
                Ok(path) => Notice { text: format!("the card is in {}", path.display()), bad: false },
                Err(Refusal(why, _)) => Notice { text: why, bad: true },
            };
            send(Msg::Notice(notice));
        });
    }
}

impl Desk {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            policy: config.credit.policy.clone(),
            state: config.state.clone(),
            place: None,
            folder: PathBuf::new(),
            rates: Arc::default(),
            ready: Arc::default(),
        }
    }

    fn policy(&self) -> Result<Policy, Refusal> {
        let Some(file) = &self.policy else { return Ok(shipped()?) };
        let name = file.display().to_string();
        let text = fs::read_to_string(file).map_err(|error| {
            Refusal(
                format!("cannot read {name}: {error}"),
                Some("`[credit] policy` in saldo.toml names it".into()),
            )
        })?;
        Ok(read_policy(&name, &text)?)
    }

    fn answer(
        &self,
        engine: &DuckDb,
        request: &CreditRequest,
        cancel: &CancellationToken,
    ) -> Result<CreditEvent, Refusal> {
        let log = AuditLog::within(&self.state);
        match &request.judge {
            Judge::These(these) => {
                let cards = self.cards(engine, request, these, cancel)?;
                // Written down before anything is shown.
                log.write("card", "screen", Utc::now(), &cards)?;
                Ok(CreditEvent::Cards(cards))
            }
            Judge::Everyone => {
                let cards = self.cards(engine, request, &[], cancel)?;
                log.write("portfolio", "screen", Utc::now(), &cards)?;
                let about = cards.first().map(about).unwrap_or_default();
                Ok(CreditEvent::Everyone(about, cards.into_iter().map(standing).collect()))
            }
            Judge::Watch => {
                let cards = self.cards(engine, request, &[], cancel)?;
                log.write("watch", "screen", Utc::now(), &cards)?;
                Ok(CreditEvent::Watch(self.watch(engine, cards, cancel)?))
            }
        }
    }

    /// The cards of these in their order; of every account where nobody is named.
    fn cards(
        &self,
        engine: &DuckDb,
        asked: &CreditRequest,
        these: &[Whose],
        cancel: &CancellationToken,
    ) -> Result<Vec<Card>, Refusal> {
        let policy = self.policy()?;
        let (lake, as_of) = lake_at(engine, asked.as_of)?;
        let conversion = &lake.manifest.conversion;
        if let Some(currency) = policy.base_currency.as_ref().filter(|currency| **currency != conversion.base)
        {
            let why =
                format!("the policy is for amounts in {currency}, and the lake's are in {}", conversion.base);
            return Err(Refusal(why, Some("choose another policy in saldo.toml, or another lake".into())));
        }
        let manifest = manifest_sum(lake)?;
        let rates = self.rates(engine, &manifest, as_of, cancel)?;
        let exchange = exchange(engine, asked.currency.as_deref(), as_of, cancel)?;
        let given = beside(&policy, asked, exchange.as_ref())?;
        let everyone = these.is_empty().then_some(Whose::EveryAccount);
        let ready = self.ready(&manifest, as_of);
        let mut cards = Vec::new();
        for whose in these.iter().cloned().chain(everyone) {
            let request = Request { asked: given.clone(), ..request(lake, whose, as_of) };
            let found = match ready.as_deref() {
                Some(ready) => ready.read(engine, &request, cancel)?,
                None => read(engine, &request, cancel)?,
            };
            match &request.whose {
                Whose::Account(account) if found.is_empty() => {
                    return Err(missing(engine, account, as_of, cancel));
                }
                whose @ Whose::Customer(_) if found.is_empty() => {
                    let why = format!("{whose} has no line up to {as_of}");
                    return Err(Refusal(why, Some("d chooses a later day".into())));
                }
                _ => {}
            }
            for mut figures in found {
                figures.asked.instalment = asked.instalment;
                figures.inputs.manifest_sha256.clone_from(&manifest);
                figures.inputs.rates.clone_from(&rates);
                let figures = match &exchange {
                    Some(exchange) => exchange.tell(figures)?,
                    None => figures,
                };
                cards.push(Card::new(&policy, &figures));
            }
        }
        if !lake.is_as_opened() {
            let why = "the lake was written to since it was read, so nothing is judged";
            return Err(Refusal(why.into(), Some("r reads it again".into())));
        }
        Ok(cards)
    }

    /// What the next cards are made of at the day, where it is there.
    fn ready(&self, manifest: &str, as_of: NaiveDate) -> Option<Arc<Ready>> {
        // While it is made nobody waits for it.
        let prepared = self.ready.try_lock().ok()?;
        let (of, day, ready) = prepared.as_ref()?;
        (of == manifest && *day == as_of).then(|| Arc::clone(ready))
    }

    /// Works out what the next cards are made of: those of a person who asks for one account after the other.
    fn prepare(
        &self,
        engine: &DuckDb,
        asked: &CreditRequest,
        cancel: &CancellationToken,
    ) -> Result<(), Refusal> {
        let whose = match &asked.judge {
            Judge::These(these) => these.first().cloned(),
            Judge::Everyone | Judge::Watch => return Ok(()),
        };
        let any =
            |known: Vec<Known>| known.into_iter().next().map(|known| Whose::from(known.account.as_str()));
        let Some(whose) = whose.map_or_else(|| all(engine, 1, cancel).map(any), |whose| Ok(Some(whose)))?
        else {
            return Ok(());
        };
        let (lake, as_of) = lake_at(engine, asked.as_of)?;
        let manifest = manifest_sum(lake)?;
        let Ok(mut prepared) = self.ready.try_lock() else { return Ok(()) };
        let (policy, currency) = (self.policy()?, asked.currency.as_deref());
        let request = Request {
            asked: beside(&policy, asked, exchange(engine, currency, as_of, cancel)?.as_ref())?,
            ..request(lake, whose, as_of)
        };
        let is_there =
            |(of, day, ready): &Prepared| *of == manifest && *day == as_of && ready.suits(&request);
        if prepared.as_ref().is_some_and(is_there) {
            return Ok(());
        }
        let lines = lake.table(ACCOUNTS).map_or(0, |table| table.rows);
        let are_few = lines <= FEW_LINES && all(engine, FEW_ACCOUNTS + 1, cancel)?.len() <= FEW_ACCOUNTS;
        let ready = if are_few {
            Ready::everyone(engine, request, cancel)
        } else {
            Ready::common(engine, &request, cancel)
        }?;
        *prepared = lake.is_as_opened().then(|| (manifest, as_of, Arc::new(ready)));
        Ok(())
    }

    /// How far the rates reach, asked once a lake and day.
    fn rates(
        &self,
        engine: &DuckDb,
        manifest: &str,
        as_of: NaiveDate,
        cancel: &CancellationToken,
    ) -> Result<Vec<RateVersion>, EngineError> {
        let kept = || self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, rates)) = kept().as_ref().filter(|(of, day, _)| of == manifest && *day == as_of) {
            return Ok(rates.clone());
        }
        let run = |sql: &str| lookup::rows(engine, Statement::plain(sql), cancel);
        let rates = lookup::rates(&engine.catalog(cancel)?, as_of, run)?;
        *kept() = Some((manifest.to_owned(), as_of, rates.clone()));
        Ok(rates)
    }

    /// Who is worse than at the last look; this look is kept for the next one.
    fn watch(
        &self,
        engine: &DuckDb,
        cards: Vec<Card>,
        cancel: &CancellationToken,
    ) -> Result<WatchList, Refusal> {
        let folder =
            || engine.lake().map(|lake| Place::Local(lake.root.clone()).canonical()).unwrap_or_default();
        let snapshots = Snapshots::within(&self.state, &self.place.clone().unwrap_or_else(folder));
        let now = Snapshot::of(&cards).ok_or_else(|| Refusal("the lake has no account".into(), None))?;
        let before = snapshots.last()?;
        let list = |sentences, worse| WatchList { sentences, worse };
        let told = match &before {
            None => list(vec![now.first_sentence()], Vec::new()),
            Some(before) => {
                let changes = now.since(before);
                let from = |account: &str| changes.worse.iter().find(|change| change.account == account);
                let worse =
                    cards.into_iter().filter_map(|card| Some((from(&card.account)?.from, standing(card))));
                list(changes.sentences(&now, before), worse.collect())
            }
        };
        // A look that nobody waits for is no step for the next one.
        if !cancel.is_cancelled() {
            snapshots.keep_after(now, before.as_ref())?;
        }
        Ok(told)
    }

    /// Writes cards to a new file of one page; the same cards are never written twice.
    fn write_page(&self, cards: &[Card]) -> Result<PathBuf, Refusal> {
        AuditLog::within(&self.state).write("card", "html", Utc::now(), cards)?;
        let page = html::page(cards);
        let accounts: Vec<_> = cards.iter().map(|card| file_name(&card.account)).collect();
        let name = format!("credit-{}", accounts.join("-"));
        for number in 1..=NAMES {
            let name = if number == 1 { format!("{name}.html") } else { format!("{name}-{number}.html") };
            let path = self.folder.join(name);
            match fs::read(&path) {
                Ok(there) if there == page.as_bytes() => return Ok(whole(&path)),
                Ok(_) => continue,
                Err(_) => {}
            }
            let written = || {
                let mut draft = Draft::beside(&path)?;
                std::io::Write::write_all(draft.file_mut(), page.as_bytes())?;
                draft.keep_new(&path)
            };
            return match written() {
                Ok(()) => Ok(whole(&path)),
                Err(error) => Err(Refusal(format!("cannot write {}: {error}", path.display()), None)),
            };
        }
        Err(Refusal(format!("there are {NAMES} files {name}-….html here already"), None))
    }
}

/// The engine's lake, and the day by which its accounts are judged: the newest of its bank lines where none is asked for.
fn lake_at(engine: &DuckDb, asked: Option<NaiveDate>) -> Result<(&Lake, NaiveDate), Refusal> {
    let ingest =
        || Some("load statements with `saldo ingest`, or build the demo with `saldo demo`".to_owned());
    let lake =
        engine.lake().ok_or_else(|| Refusal("no lake is open to judge accounts by".into(), ingest()))?;
    let newest = || lake.table(ACCOUNTS).and_then(|table| Some(table.newest.as_ref()?.date));
    let as_of = asked.or_else(newest);
    Ok((lake, as_of.ok_or_else(|| Refusal("the lake has no bank lines".into(), ingest()))?))
}

/// What goes into the figures beside the account and the day, in the lake's base currency.
fn beside(policy: &Policy, asked: &CreditRequest, exchange: Option<&Exchange>) -> Result<Asked, Refusal> {
    let mut given = Asked { instalment: asked.instalment, floor: policy.floor };
    if let Some(exchange) = exchange {
        exchange.suits(policy)?;
        given.instalment = exchange.instalment(asked.instalment)?;
    }
    Ok(given)
}

/// The SHA-256 of the lake's manifest.
fn manifest_sum(lake: &Lake) -> Result<String, Refusal> {
    let path = manifest_path(&lake.root);
    let manifest =
        fs::read(&path).map_err(|error| Refusal(format!("cannot read {}: {error}", path.display()), None))?;
    Ok(sha256(manifest))
}

/// What is asked for, by the rules by which the lake's lines are converted.
fn request(lake: &Lake, whose: Whose, as_of: NaiveDate) -> Request {
    let conversion = &lake.manifest.conversion;
    Request { max_age_days: conversion.max_age_days, ..Request::new(whose, as_of, &conversion.base) }
}

fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// An account as part of a file's name: what is neither letter nor digit is left out.
fn file_name(account: &str) -> String {
    let plain: String = account.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    if plain.is_empty() { "account".to_owned() } else { plain }
}

/// What all accounts of a list have in common.
fn about(card: &Card) -> String {
    let about = format!("{} · policy {} · {DISCLAIMER}", card.in_common(), card.policy.version);
    if card.instalment.is_some() { format!("{WHAT_IF}\n{about}") } else { about }
}

fn standing(card: Card) -> Standing {
    let bars = card.row(LISTED).map(|row| sparkline::bars(&row.history)).unwrap_or_default();
    let percent = card.points.as_ref().and_then(|points| points.percent.parse().ok());
    let (band, word, reason) = (card.headline.band, card.headline.word, card.in_a_line().to_owned());
    Standing { account: card.account, name: card.name, band, word, percent, reason, bars }
}

/// The rate by which amounts are told in another currency.
fn exchange(
    engine: &DuckDb,
    currency: Option<&str>,
    as_of: NaiveDate,
    cancel: &CancellationToken,
) -> Result<Option<Exchange>, Refusal> {
    let (Some(currency), Some(lake)) = (currency, engine.lake()) else { return Ok(None) };
    let conversion = &lake.manifest.conversion;
    let wanted = Wanted { currency, base: &conversion.base, as_of, max_age_days: conversion.max_age_days };
    let run = |sql: &str| lookup::rows(engine, Statement::plain(sql), cancel);
    Ok(exchange::find(&engine.catalog(cancel)?, wanted, run)??)
}

/// An account without a line: it is not there, or not yet at that day.
fn missing(engine: &DuckDb, account: &str, as_of: NaiveDate, cancel: &CancellationToken) -> Refusal {
    let known = all(engine, MOST, cancel).unwrap_or_default();
    let nearest = match find(account, &known) {
        Found::None(nearest) => nearest,
        Found::Part(known) => vec![known],
        Found::Several(several) => several.into_iter().take(3).collect(),
        Found::Exact(_) => {
            let why = format!("account {account} has no line up to {as_of}");
            return Refusal(why, Some("d chooses a later day".into()));
        }
    };
    let nearest: Vec<_> = nearest.into_iter().map(|known| known.account).collect();
    let hint = (!nearest.is_empty()).then(|| format!("the nearest are {}; a asks again", nearest.join(", ")));
    Refusal(format!("there is no account {account} in the lake"), hint)
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        let again = (error.kind == ErrorKind::Cancelled).then(|| "a asks for an account's card".to_owned());
        Self(error.message, error.hint.or(again))
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Engine(error) => error.into(),
            ReadError::Calendar { .. } | ReadError::Date(_) => {
                Self(error.to_string(), Some("d chooses an earlier day".into()))
            }
            other => Self(other.to_string(), None),
        }
    }
}

impl From<ExchangeError> for Refusal {
    fn from(error: ExchangeError) -> Self {
        Self(error.to_string(), Some(format!("{}; c chooses another currency", error.hint())))
    }
}

impl From<PolicyError> for Refusal {
    fn from(error: PolicyError) -> Self {
        let hint = "`saldo credit policy` prints one that is valid, with what each key means";
        Self(error.to_string(), Some(hint.into()))
    }
}

impl From<AuditError> for Refusal {
    fn from(error: AuditError) -> Self {
        let hint = "every card is written down before it is shown; `state` in saldo.toml says where";
        Self(error.to_string(), Some(hint.into()))
    }
}

impl From<SnapshotError> for Refusal {
    fn from(error: SnapshotError) -> Self {
        Self(
            error.to_string(),
            Some("move that file away, and the next look compares with the one before it".into()),
        )
    }
}
