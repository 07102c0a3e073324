//! Where the figures come from: the lake here, or an engine elsewhere.

use std::fs;
use std::sync::Arc;

use chrono::NaiveDate;

use super::Asked;
use crate::checksum::sha256;
use crate::cli::Failure;
use crate::cli::elsewhere::{self, Elsewhere};
use crate::cli::execution::Interrupt;
use crate::cli::place;
use crate::cli::query::Session;
use crate::config::Config;
use crate::credit::accounts::Known;
use crate::credit::card::Card;
use crate::credit::exchange::{self, Exchange, ExchangeError, Wanted};
use crate::credit::figures::{Asked as Given, Figures, RateVersion};
use crate::credit::gathered;
use crate::credit::lookup;
use crate::credit::policy::Policy;
use crate::credit::read::{ReadError, Request, Whose, read};
use crate::engine::duckdb::Settings;
use crate::engine::{CatalogTable, Engine};
use crate::lake::{Conversion, Lake, LakeError, manifest_path};
use crate::query::{ACCOUNTS, Statement};
use crate::sql::quote_text;

/// Bytes of memory that the engine inside takes at the most, also where the settings allow more: a thousand accounts of ten million
/// lines take a little longer so than in twice as many.
const MOST_MEMORY: f64 = 1.6e9;

/// The engine that is asked, and what is known of the lake.
pub(super) struct Desk<'a> {
    config: &'a Config,
    engine: Arc<dyn Engine>,
    interrupt: Interrupt,
    /// None where the data lie elsewhere and there is no lake here.
    lake: Option<Lake>,
    there: Option<Elsewhere<'a>>,
    /// Above the budget of an engine elsewhere too.
    yes: bool,
    manifest_sha256: String,
}

impl<'a> Desk<'a> {
    pub(super) fn open(config: &'a Config, target: Option<&str>, yes: bool) -> Result<Self, Failure> {
        if let Some(there) = elsewhere::find(target, config)? {
            let engine = there.connect()?;
            let interrupt = Interrupt::listen(Some(there.name))?;
            let lake = place::open(config).ok().map(|opened| opened.lake);
            let manifest_sha256 = format!("not known: lines read on {}, figures computed here", there.name);
            return Ok(Self { config, engine, interrupt, lake, there: Some(there), yes, manifest_sha256 });
        }
        let session = Session::open_within(config, Some(MOST_MEMORY))?;
        let lake = session.lake().cloned().ok_or_else(|| LakeError::Missing(config.lake.clone()))?;
        let path = manifest_path(&lake.root);
        let manifest = fs::read(&path).map_err(|source| LakeError::Io { path, source })?;
        let engine: Arc<dyn Engine> = Arc::new(session.engine().clone());
        let (interrupt, manifest_sha256) = (Interrupt::listen(None)?, sha256(manifest));
        Ok(Self { config, engine, interrupt, lake: Some(lake), there: None, yes, manifest_sha256 })
    }

    /// What the looks of the watch list go by.
    pub(super) fn name(&self) -> String {
        let lake = place::of(self.config).map(|place| place.canonical()).unwrap_or_default();
        self.there.as_ref().map_or_else(|| lake.clone(), |there| format!("{lake} on {}", there.name))
    }

    /// The cards of these accounts or customers in their order; amounts in another currency than the lake's where one is named.
    pub(super) fn cards(
        &self,
        policy: &Policy,
        asked: &Asked,
        wanted: &[Whose],
        currency: Option<&str>,
    ) -> Result<Vec<Card>, Failure> {
        let conversion =
            self.lake.as_ref().map_or_else(Conversion::default, |lake| lake.manifest.conversion.clone());
        if let Some(currency) = policy.base_currency.as_ref().filter(|currency| **currency != conversion.base)
        {
            let message =
                format!("the policy is for amounts in {currency}, and the lake's are in {}", conversion.base);
            return Err(Failure::new(3, message).with_hint("choose another --policy, or another lake"));
        }
        let as_of = match asked.as_of {
            Some(as_of) => as_of,
            None => self.newest()?,
        };
        let tables = self.engine.catalog(&self.interrupt.cancel)?;
        let exchange = self.exchange(&tables, currency, as_of, &conversion)?;
        let mut given = Given { instalment: asked.instalment, floor: policy.floor };
        if let Some(exchange) = &exchange {
            exchange.suits(policy)?;
            given.instalment = exchange.instalment(asked.instalment)?;
        }
        let rates = lookup::rates(&tables, as_of, |sql| self.rows(sql))?;
        let (mut cards, mut bytes_read) = (Vec::new(), 0);
        for whose in wanted {
            let mut request = Request::new(whose.clone(), as_of, &conversion.base);
            request.asked = given.clone();
            request.max_age_days = conversion.max_age_days;
            let found = self.figures(&request)?;
            if let (Whose::Account(_) | Whose::Customer(_), true) = (whose, found.is_empty()) {
                return Err(Failure::new(3, format!("{whose} has no line up to {as_of}"))
                    .with_hint("give a later day with --as-of"));
            }
            bytes_read += found.first().and_then(|figures| figures.inputs.bytes_read).unwrap_or_default();
            for mut figures in found {
                figures.asked.instalment = asked.instalment;
                let figures = match &exchange {
                    Some(exchange) => exchange.tell(figures)?,
                    None => figures,
                };
                cards.push(self.card(policy, figures, &rates));
            }
        }
        if bytes_read > 0 {
            place::say(&format!("read {}", elsewhere::size(bytes_read)));
        }
        if self.there.is_none() && self.lake.as_ref().is_some_and(|lake| !lake.is_as_opened()) {
            return Err(Failure::new(1, "the lake was made anew meanwhile").with_hint("run it again"));
        }
        Ok(cards)
    }

    /// The figures from where the lake lies.
    fn figures(&self, request: &Request) -> Result<Vec<Figures>, Failure> {
        if self.there.is_none() {
            return Ok(self.interrupt.within(|cancel| read(&*self.engine, request, cancel))?);
        }
        let statements = gathered::statements(&*self.engine, request, &self.interrupt.cancel)?;
        for (_, statement) in &statements {
            self.ask_price(statement)?;
        }
        let settings = Settings {
            memory_limit: Some(self.config.memory_limit.clone()),
            most_memory: Some(MOST_MEMORY),
            temporary: Some(self.config.cache.clone()),
            ..Settings::default()
        };
        let read = |cancel: &_| gathered::read(&*self.engine, statements, request, settings, cancel);
        Ok(self.interrupt.within(read)?)
    }

    /// The rate by which amounts are told in another currency.
    fn exchange(
        &self,
        tables: &[CatalogTable],
        currency: Option<&str>,
        as_of: NaiveDate,
        conversion: &Conversion,
    ) -> Result<Option<Exchange>, Failure> {
        let Some(currency) = currency else { return Ok(None) };
        let (base, max_age_days) = (conversion.base.as_str(), conversion.max_age_days);
        let wanted = Wanted { currency, base, as_of, max_age_days };
        Ok(exchange::find(tables, wanted, |sql| self.rows(sql))??)
    }

    fn card(&self, policy: &Policy, mut figures: Figures, rates: &[RateVersion]) -> Card {
        figures.inputs.manifest_sha256.clone_from(&self.manifest_sha256);
        figures.inputs.rates = rates.to_vec();
        Card::new(policy, &figures)
    }

    /// The accounts that there are, with their names where a table tells them.
    pub(super) fn accounts(&self) -> Result<Vec<Known>, Failure> {
        lookup::accounts(&self.engine.catalog(&self.interrupt.cancel)?, None, |sql| self.rows(sql))
    }

    /// The customers that there are, each by its code and a name.
    pub(super) fn customers(&self) -> Result<Vec<Known>, Failure> {
        let tables = self.engine.catalog(&self.interrupt.cancel)?;
        lookup::customers(&tables, |sql| self.rows(sql))?.ok_or_else(|| {
            Failure::new(3, "the lake does not tell which account is whose").with_hint(
                "lay a file customers.csv with the columns account_no, customer and name into the lake's folder",
            )
        })
    }

    /// Whether an account of this number has lines.
    pub(super) fn has(&self, account: &str) -> Result<bool, Failure> {
        let sql =
            format!("SELECT 1 AS there FROM {ACCOUNTS} WHERE account_no = {} LIMIT 1", quote_text(account));
        Ok(!self.rows(&sql)?.is_empty())
    }

    /// The newest date of the lines, by value or booking, as the lake's list of its tables tells it too.
    fn newest(&self) -> Result<NaiveDate, Failure> {
        if let (None, Some(lake)) = (&self.there, &self.lake) {
            let newest = lake.table(ACCOUNTS).and_then(|table| Some(table.newest.as_ref()?.date));
            return newest.ok_or_else(|| {
                Failure::new(3, "the lake has no bank lines").with_hint("load statements with `saldo ingest`")
            });
        }
        let later =
            "CASE WHEN value_date > booking_date THEN value_date ELSE COALESCE(booking_date, value_date) END";
        let rows =
            self.rows(&format!("SELECT CAST(MAX({later}) AS VARCHAR(10)) AS newest FROM {ACCOUNTS}"))?;
        let newest = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
        newest
            .ok_or_else(|| Failure::new(3, "there are no bank lines").with_hint("give the day with --as-of"))
    }

    /// The cells of a small result of a statement of our own.
    fn rows(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let statement = Statement::plain(sql);
        self.ask_price(&statement)?;
        Ok(self.interrupt.within(|cancel| lookup::rows(&*self.engine, statement, cancel))?)
    }

    /// Asks before a statement elsewhere that may cost more than its budget.
    fn ask_price(&self, statement: &Statement) -> Result<(), Failure> {
        self.there.as_ref().map_or(Ok(()), |there| there.ask_price(&*self.engine, statement, self.yes))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let message = error.to_string();
        match error {
            ReadError::Engine(error) => error.into(),
            ReadError::Query(error) => error.into(),
            ReadError::Calendar { .. } => Self::new(3, message).with_hint("give an earlier day with --as-of"),
            ReadError::Date(_) => Self::new(2, message),
            ReadError::Row(_) | ReadError::Value { .. } => Self::new(3, message),
            ReadError::Kept(_) => Self::new(1, message),
        }
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        Self::new(3, error.to_string()).with_hint(error.hint())
    }
}
