//! `saldo credit`: an account in, a card with its grade and the reasons out.

mod desk;
mod output;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use chrono::{NaiveDate, Utc};

use self::desk::Desk;
use self::output::Form;
use super::Failure;
use super::explore::Flags;
use super::place;
use crate::config::Config;
use crate::credit::accounts::{self, Found, Known};
use crate::credit::audit::{AuditError, AuditLog};
use crate::credit::card::Card;
use crate::credit::decimal::Decimal;
use crate::credit::policy::file::{PolicyError, read as read_policy, shipped};
use crate::credit::policy::{Policy, SHIPPED};
use crate::credit::read::Whose;
use crate::credit::watch::{Snapshot, SnapshotError, Snapshots};
use crate::explorer::credit_request::CreditRequest;
use crate::explorer::terminal;
use crate::target::LOCAL;
use crate::text::given;
use crate::value;

/// Accounts that are listed where a text is part of several.
const LISTED: usize = 10;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Number or name of an account; a part of it is enough where no other account has it. Without one, the explorer
    /// opens on the credit check
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// Every account, one line each: the worst band first, with the reason that weighs most
    #[arg(long, conflicts_with = "accounts")]
    all: bool,
    /// All accounts of a customer together, by the code in the lake's customers.csv; a part of the code or the name is
    /// enough where no other customer has it
    #[arg(long = "customer", value_name = "CODE", conflicts_with_all = ["accounts", "all"])]
    customers: Vec<String>,
    /// What if the card were in another currency: every amount at the lake's rate of the as-of day
    #[arg(long, value_name = "CURRENCY", value_parser = given::currency)]
    base: Option<String>,
    #[command(flatten)]
    asked: Asked,
    /// Form of the cards, else by the name of the output, else card; parquet is for --all
    #[arg(short, long, value_name = "FORM")]
    format: Option<Form>,
    /// Write to a file, which appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the accounts whose grade is worse than when this was last asked
    Watch(WatchArgs),
    /// Print the policy that the program comes with, or check one's own
    Policy(PolicyArgs),
}

#[derive(Debug, clap::Args)]
struct WatchArgs {
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, clap::Args)]
struct PolicyArgs {
    /// A policy to check
    file: Option<PathBuf>,
}

/// What is asked beside the account.
#[derive(Debug, clap::Args)]
struct Asked {
    /// A proposed instalment, a month, in the currency of the card
    #[arg(long, value_name = "AMOUNT", value_parser = amount, allow_negative_numbers = true)]
    instalment: Option<Decimal>,
    /// The last day that counts, else the newest of the lake's lines
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// A policy of one's own, instead of the one in the settings or the one that the program comes with
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// On another engine: run it above the budget without asking
    #[arg(long)]
    yes: bool,
}

fn amount(text: &str) -> Result<Decimal, String> {
    let amount: Decimal =
        text.parse().map_err(|error: crate::credit::decimal::DecimalError| error.to_string())?;
    if amount.is_negative() { Err("an instalment is not below zero".to_owned()) } else { Ok(amount) }
}

pub(super) fn run(args: &Args, config: Config, flags: Flags, target: Option<&str>) -> Result<(), Failure> {
    match &args.command {
        Some(Command::Policy(args)) => policy(args),
        Some(Command::Watch(args)) => watch(args, &config, target),
        None if args.accounts.is_empty() && args.customers.is_empty() && !args.all => {
            explore(args, config, flags, target)
        }
        None => {
            if let Some(path) = &flags.record {
                super::explore::check_recording(path, false)?;
            }
            cards(args, &config, target)
        }
    }
}

/// Nobody is named: the explorer asks who it is, where there is somebody to ask.
fn explore(args: &Args, mut config: Config, flags: Flags, target: Option<&str>) -> Result<(), Failure> {
    let is_for_screen = args.format.is_none() && args.output.is_none();
    let is_here = target.is_none_or(|target| target == LOCAL);
    if !is_for_screen || !is_here || terminal::need().is_err() {
        return Err(Failure::usage(
            "no account is named",
            "name one or more, or --all; without one, and on a terminal, `saldo credit` opens the explorer on the lake here",
        ));
    }
    // A policy that cannot be read is said before the screen is taken.
    args.asked.policy(&config)?;
    config.credit.policy = args.asked.policy.clone().or(config.credit.policy);
    let (as_of, instalment, currency) = (args.asked.as_of, args.asked.instalment, args.base.clone());
    super::explore::credit(
        config,
        CreditRequest { as_of, instalment, currency, ..CreditRequest::default() },
        flags,
    )
}

fn cards(args: &Args, config: &Config, target: Option<&str>) -> Result<(), Failure> {
    let form = output::form(args.format, args.output.as_deref(), args.all)?;
    let policy = args.asked.policy(config)?;
    let desk = Desk::open(config, target, args.asked.yes)?;
    let wanted: Vec<_> = if args.all {
        vec![Whose::EveryAccount]
    } else {
        let customers = customers(&args.customers, &desk)?.into_iter().map(Whose::Customer);
        meant(&args.accounts, &desk)?.into_iter().map(Whose::Account).chain(customers).collect()
    };
    let cards = desk.cards(&policy, &args.asked, &wanted, args.base.as_deref())?;
    // Written down before anything is shown.
    let what = if args.all { "portfolio" } else { "card" };
    AuditLog::within(&config.state).write(what, form.name(), Utc::now(), &cards)?;
    if args.all {
        output::portfolio(&cards, form, args.output.as_deref(), config)
    } else {
        output::cards(&cards, form, args.output.as_deref(), config)
    }
}

/// The accounts that the typed texts mean, each once, in their order.
fn meant(typed: &[String], desk: &Desk<'_>) -> Result<Vec<String>, Failure> {
    let mut accounts = Vec::new();
    for text in typed {
        // A whole number needs no list of all.
        let account =
            if desk.has(text)? { text.clone() } else { one_of(text, "account", &desk.accounts()?)? };
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

/// The customers that the typed texts mean, each once, in their order.
fn customers(typed: &[String], desk: &Desk<'_>) -> Result<Vec<String>, Failure> {
    let known = if typed.is_empty() { Vec::new() } else { desk.customers()? };
    let mut customers = Vec::new();
    for text in typed {
        let customer = one_of(text, "customer", &known)?;
        if !customers.contains(&customer) {
            customers.push(customer);
        }
    }
    Ok(customers)
}

/// The account or customer that a typed text means.
fn one_of(text: &str, what: &str, known: &[Known]) -> Result<String, Failure> {
    match accounts::find(text, known) {
        Found::Exact(known) => Ok(known.account),
        Found::Part(known) => {
            place::say(&format!("{text} is {what} {}", called(&known)));
            Ok(known.account)
        }
        Found::Several(several) => {
            let more = several.len().saturating_sub(LISTED);
            let mut list: Vec<_> = several.iter().take(LISTED).map(called).collect();
            list.extend((more > 0).then(|| format!("and {more} more")));
            let message = format!("{text} is part of {} {what}s", several.len());
            Err(Failure::new(3, message).with_hint(format!("type more of one of {}", list.join(", "))))
        }
        Found::None(nearest) => {
            let failure = Failure::new(3, format!("there is no {what} {text} in the lake"));
            let nearest: Vec<_> = nearest.iter().map(called).collect();
            Err(if nearest.is_empty() {
                failure.with_hint("load statements with `saldo ingest`, or build the demo with `saldo demo`")
            } else {
                failure.with_hint(format!("the nearest are {}", nearest.join(", ")))
            })
        }
    }
}

fn called(known: &Known) -> String {
    known.name.as_ref().map_or_else(|| known.account.clone(), |name| format!("{} ({name})", known.account))
}

fn watch(args: &WatchArgs, config: &Config, target: Option<&str>) -> Result<(), Failure> {
    if args.asked.instalment.is_some() {
        return Err(Failure::usage(
            "the watch list compares the accounts as they are",
            "leave out --instalment; `saldo credit ACCOUNT --instalment X` shows what it would do",
        ));
    }
    let policy = args.asked.policy(config)?;
    let desk = Desk::open(config, target, args.asked.yes)?;
    let cards = desk.cards(&policy, &args.asked, &[Whose::EveryAccount], None)?;
    AuditLog::within(&config.state).write("watch", "card", Utc::now(), &cards)?;
    let Some(now) = Snapshot::of(&cards) else {
        return Err(
            Failure::new(3, "the lake has no account").with_hint("load statements with `saldo ingest`")
        );
    };
    let snapshots = Snapshots::within(&config.state, &desk.name());
    let before = snapshots.last()?;
    let mut out = io::stdout().lock();
    match &before {
        None => writeln!(out, "{}", now.first_sentence())?,
        Some(before) => write_changes(&mut out, (&now, before), &cards)?,
    }
    out.flush()?;
    Ok(snapshots.keep_after(now, before.as_ref())?)
}

fn write_changes(
    out: &mut impl Write,
    (now, before): (&Snapshot, &Snapshot),
    cards: &[Card],
) -> io::Result<()> {
    let changes = now.since(before);
    let sentences = changes.sentences(now, before);
    let (first, others) =
        sentences.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    writeln!(out, "{first}")?;
    for change in &changes.worse {
        let card = cards.iter().find(|card| card.account == change.account);
        let (called, sentence) =
            card.map_or_else(Default::default, |card| (card.called(), card.headline.sentence.clone()));
        let (called, sentence) = (value::visible(&called), value::visible(&sentence));
        writeln!(out, "  {called}: {} to {}. {sentence}", change.from.name(), change.to.name())?;
    }
    for sentence in others {
        writeln!(out, "{}", value::visible(sentence))?;
    }
    Ok(())
}

fn policy(args: &PolicyArgs) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let Some(file) = &args.file else { return Ok(write!(out, "{SHIPPED}")?) };
    let policy = own_policy(file)?;
    let judged = policy.entries.iter().filter(|entry| entry.judged().is_some()).count();
    let (version, shown) = (value::visible(&policy.version), policy.entries.len() - judged);
    writeln!(out, "{}: version {version}, {judged} indicators judged, {shown} shown", file.display())?;
    Ok(writeln!(out, "sha256 {}", policy.sha256)?)
}

fn own_policy(file: &std::path::Path) -> Result<Policy, Failure> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| Failure::unreadable(file, &error))?;
    Ok(read_policy(&name, &text)?)
}

impl Asked {
    fn policy(&self, config: &Config) -> Result<Policy, Failure> {
        match self.policy.as_ref().or(config.credit.policy.as_ref()) {
            Some(file) => own_policy(file),
            None => Ok(shipped()?),
        }
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::new(1, error.to_string())
            .with_hint("`saldo credit policy` prints one that is valid, with what each key means")
    }
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        Self::new(1, error.to_string())
            .with_hint("every card is written down before it is shown; `state` in saldo.toml says where")
    }
}

impl From<SnapshotError> for Failure {
    fn from(error: SnapshotError) -> Self {
        let code = if matches!(error, SnapshotError::Json { .. }) { 3 } else { 1 };
        Self::new(code, error.to_string()).with_hint(
            "move that file away, and the next `saldo credit watch` compares with the one before it",
        )
    }
}
