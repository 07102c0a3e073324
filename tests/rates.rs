//! Exchange rates: sources that fail in every way they have, files in every form, and what the lake makes of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "rates/converted.rs"]
mod converted;
#[path = "rates/double.rs"]
mod double;
#[path = "rates/due.rs"]
mod due;
#[path = "rates/fetching.rs"]
mod fetching;
#[path = "rates/held.rs"]
mod held;
#[path = "rates/hostile.rs"]
mod hostile;
#[path = "rates/importing.rs"]
mod importing;
#[path = "support/rows.rs"]
mod rows;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rows::rows;
use saldo::engine::duckdb::Connection;
use saldo::lake::Lake;
use tempfile::TempDir;

/// As long as real ones.
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A home folder with a lake in it, and the program run there.
struct Home {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// What the program did.
#[derive(Debug)]
struct Told {
    code: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() };
        home.write("saldo.toml", "[rates]\nretry_ms = 2\ntimeout_s = 1\nreserve = 2\n");
        home
    }

    /// With all sources at one address, and a key.
    fn asking(url: &str) -> Self {
        let mut home = Self::new();
        let names = ["SALDO_OXR_URL", "SALDO_ECB_URL", "SALDO_FRANKFURTER_URL"];
        home.environment.extend(names.map(|name| (name, url.to_owned())));
        home.environment.push(("OPENEXCHANGE_APP_ID", KEY.into()));
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn root(&self) -> PathBuf {
        self.path("lake")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// `saldo rates …`.
    fn rates(&self, arguments: &[&str]) -> Told {
        self.saldo(&[&["rates"], arguments].concat())
    }

    fn saldo(&self, arguments: &[&str]) -> Told {
        let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            // Where a build finds a DuckDB that is not linked in.
            .envs(
                ["LD_LIBRARY_PATH", "LD_PRELOAD"]
                    .iter()
                    .filter_map(|name| Some((name, std::env::var(name).ok()?))),
            )
            .env("HOME", self.folder.path())
            .env("SALDO_LAKE", self.root())
            .env("SALDO_CONFIG", self.path("saldo.toml"))
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Told { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// All rows of a query over the lake's tables as text, cells parted by a blank, `∅` for NULL.
    fn rows(&self, sql: &str) -> Vec<String> {
        let lake = Lake::open(&self.root()).unwrap();
        let connection = Connection::open_in_memory().unwrap();
        for table in &lake.manifest.tables {
            let glob = lake.glob(table);
            let view = format!(
                "CREATE VIEW {} AS FROM read_parquet('{glob}', hive_partitioning = false)",
                table.name
            );
            connection.execute_batch(&view).unwrap();
        }
        rows(&connection, sql).into_iter().map(|cells| cells.join(" ")).collect()
    }

    /// Every file of the lake with its bytes, but the lock, which says who came last.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        walk(&self.root(), &self.root(), &mut all);
        all
    }

    /// The names of the raw files of a source.
    fn raw(&self, source: &str) -> Vec<String> {
        let folder = self.root().join(format!("raw/rates/source={source}"));
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A bank statement of deposits: currency, value date.
    fn statement(&self, deposits: &[(&str, &str)]) {
        let mut text = String::from(
            "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n",
        );
        for (currency, date) in deposits {
            writeln!(text, "77',{date},X,,{date},,,100.00,{currency},1.00").unwrap();
        }
        self.write("lake/raw/bank/statement.csv", text);
    }
}

fn walk(root: &Path, folder: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, all);
        } else if !path.ends_with("_saldo/lock") {
            all.insert(path.strip_prefix(root).unwrap().into(), fs::read(&path).unwrap());
        }
    }
}

/// A body of Open Exchange Rates for the last second of a day.
fn oxr(date: &str, rates: &str) -> String {
    let last: chrono::NaiveDate = date.parse().unwrap();
    let stamp = last.and_hms_opt(23, 59, 59).unwrap().and_utc().timestamp();
    format!(
        r#"{{"disclaimer": "Usage subject to terms", "license": "https://openexchangerates.org/license",
 "timestamp": {stamp}, "base": "USD", "rates": {{{rates}}}}}"#
    )
}

/// Rates of 2017-06-29, more or less.
const RATES: &str =
    r#""AED": 3.6725, "BTC": 0.000391234567891234, "EUR": 0.874126, "INR": 64.625, "SGD": 1.3808, "USD": 1"#;
