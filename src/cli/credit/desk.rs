//! Where the figures come from: the lake here, or an engine elsewhere.

use std::fs;
use std::sync::Arc;

use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

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
use crate::credit::figures::{Asked as Given, Figures, RateVersion};
use crate::credit::policy::Policy;
use crate::credit::read::{ReadError, Request, Whose, read, statement};
use crate::engine::{Access, Engine, EngineError, Options, RunEvent, next_event};
use crate::lake::{Conversion, Lake, LakeError, manifest_path};
use crate::query::{ACCOUNTS, Statement};
use crate::sql::quote_text;
use crate::value;

/// The table that names the accounts, where the lake has one.
const CUSTOMERS: &str = "customers";

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
            let manifest_sha256 = format!("not known, read on {}", there.name);
            return Ok(Self { config, engine, interrupt, lake, there: Some(there), yes, manifest_sha256 });
        }
        let session = Session::open(config)?;
        let lake = session.lake().cloned().ok_or_else(|| LakeError::Missing(config.lake.clone()))?;
        let path = manifest_path(&lake.root);
        let manifest = fs::read(&path).map_err(|source| LakeError::Io { path, source })?;
        let engine: Arc<dyn Engine> = Arc::new(session.engine().clone());
        let (interrupt, manifest_sha256) = (Interrupt::listen(None)?, sha256(manifest));
        Ok(Self { config, engine, interrupt, lake: Some(lake), there: None, yes, manifest_sha256 })
    }

    /// What the looks of the watch list go by.
    pub(super) fn name(&self) -> String {
        let lake = place::of(self.config).map(|place| place.name()).unwrap_or_default();
        self.there.as_ref().map_or_else(|| lake.clone(), |there| format!("{lake} on {}", there.name))
    }

    /// The cards of these accounts in their order; of every account where none is named.
    pub(super) fn cards(
        &self,
        policy: &Policy,
        asked: &Asked,
        accounts: &[String],
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
        let request = |whose: Whose| {
            let mut request = Request::new(whose, as_of, &conversion.base);
            request.asked = Given { instalment: asked.instalment, floor: policy.floor };
            request.max_age_days = conversion.max_age_days;
            request
        };
        let rates = self.rates(as_of)?;
        let mut cards = Vec::new();
        let wanted: Vec<Whose> = match accounts {
            [] => vec![Whose::EveryAccount],
            accounts => accounts.iter().cloned().map(Whose::Account).collect(),
        };
        for whose in wanted {
            let account = if let Whose::Account(account) = &whose { Some(account.clone()) } else { None };
            let request = request(whose);
            if self.there.is_some() {
                self.ask_price(&statement(&*self.engine, &request, &self.interrupt.cancel)?)?;
            }
            let found = self.interrupt.within(|cancel| read(&*self.engine, &request, cancel))?;
            if let (Some(account), true) = (account, found.is_empty()) {
                return Err(Failure::new(3, format!("account {account} has no line up to {as_of}"))
                    .with_hint("give a later day with --as-of"));
            }
            if let Some(bytes) = found.first().and_then(|figures| figures.inputs.bytes_read) {
                place::say(&format!("read {}", elsewhere::size(bytes)));
            }
            cards.extend(found.into_iter().map(|figures| self.card(policy, figures, &rates)));
        }
        if self.there.is_none() && self.lake.as_ref().is_some_and(|lake| !lake.is_as_opened()) {
            return Err(Failure::new(1, "the lake was made anew meanwhile").with_hint("run it again"));
        }
        Ok(cards)
    }

    fn card(&self, policy: &Policy, mut figures: Figures, rates: &[RateVersion]) -> Card {
        figures.inputs.manifest_sha256.clone_from(&self.manifest_sha256);
        figures.inputs.rates = rates.to_vec();
        Card::new(policy, &figures)
    }

    /// The accounts that there are, with their names where a table tells them.
    pub(super) fn accounts(&self) -> Result<Vec<Known>, Failure> {
        let tables = self.engine.catalog(&self.interrupt.cancel)?;
        let has_names = tables.iter().any(|table| table.name.eq_ignore_ascii_case(CUSTOMERS));
        let sql = if has_names {
            format!(
                "SELECT lines.account_no, MIN({CUSTOMERS}.name) AS name FROM (SELECT DISTINCT account_no FROM {ACCOUNTS}) AS lines \
                 LEFT JOIN {CUSTOMERS} ON {CUSTOMERS}.account_no = lines.account_no \
                 WHERE lines.account_no IS NOT NULL GROUP BY lines.account_no ORDER BY lines.account_no"
            )
        } else {
            format!(
                "SELECT DISTINCT account_no FROM {ACCOUNTS} WHERE account_no IS NOT NULL ORDER BY account_no"
            )
        };
        let rows = self.rows(&sql)?;
        let known = rows.into_iter().filter_map(|row| {
            let mut cells = row.into_iter();
            Some(Known { account: cells.next()??, name: cells.next().flatten() })
        });
        Ok(known.collect())
    }

    /// Whether an account of this number has lines.
    pub(super) fn has(&self, account: &str) -> Result<bool, Failure> {
        let sql =
            format!("SELECT 1 AS there FROM {ACCOUNTS} WHERE account_no = {} LIMIT 1", quote_text(account));
        Ok(!self.rows(&sql)?.is_empty())
    }

    /// The newest day of the lines.
    fn newest(&self) -> Result<NaiveDate, Failure> {
        if let (None, Some(lake)) = (&self.there, &self.lake) {
            let newest = lake.table(ACCOUNTS).and_then(|table| Some(table.newest.as_ref()?.date));
            return newest.ok_or_else(|| {
                Failure::new(3, "the lake has no bank lines").with_hint("load statements with `saldo ingest`")
            });
        }
        let rows =
            self.rows(&format!("SELECT CAST(MAX(booking_date) AS VARCHAR(10)) AS newest FROM {ACCOUNTS}"))?;
        let newest = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
        newest
            .ok_or_else(|| Failure::new(3, "there are no bank lines").with_hint("give the day with --as-of"))
    }

    /// How far the rates of each source reach, up to the day.
    fn rates(&self, as_of: NaiveDate) -> Result<Vec<RateVersion>, Failure> {
        let tables = self.engine.catalog(&self.interrupt.cancel)?;
        if !tables.iter().any(|table| table.name.eq_ignore_ascii_case("response")) {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT source, CAST(MAX(rate_date) AS VARCHAR(10)) AS last_date FROM response \
             WHERE rate_date <= DATE '{as_of}' GROUP BY source ORDER BY source"
        );
        let rates = self.rows(&sql)?.into_iter().filter_map(|row| match row.as_slice() {
            [Some(source), Some(last)] => {
                Some(RateVersion { source: source.clone(), last: last.parse().ok()? })
            }
            _ => None,
        });
        Ok(rates.collect())
    }

    /// The cells of a small result of a statement of our own.
    fn rows(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let statement = Statement::plain(sql);
        self.ask_price(&statement)?;
        Ok(self.interrupt.within(|cancel| self.run(statement, cancel))?)
    }

    /// Asks before a statement elsewhere that may cost more than its budget.
    fn ask_price(&self, statement: &Statement) -> Result<(), Failure> {
        self.there.as_ref().map_or(Ok(()), |there| there.ask_price(&*self.engine, statement, self.yes))
    }

    fn run(
        &self,
        statement: Statement,
        cancel: &CancellationToken,
    ) -> Result<Vec<Vec<Option<String>>>, EngineError> {
        let options: Options = Access::ReadOnly.into();
        let mut events = self.engine.run(statement, options, cancel.clone());
        let mut rows = Vec::new();
        loop {
            match next_event(&mut events)? {
                RunEvent::Batch(batch) => rows.extend((0..batch.num_rows()).map(|row| {
                    batch
                        .columns()
                        .iter()
                        .map(|column| value::plain(column.as_ref(), row))
                        .collect::<Vec<_>>()
                })),
                RunEvent::Finished(_) => return Ok(rows),
                RunEvent::Started(_) | RunEvent::Schema(_) | RunEvent::Progress(_) => {}
            }
        }
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
            ReadError::Statement(_) | ReadError::Row(_) | ReadError::Value { .. } => Self::new(3, message),
        }
    }
}
