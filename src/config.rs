//! Settings: flags, then the environment, then `saldo.toml`, in one struct.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::ValueEnum as _;
use directories::ProjectDirs;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::environment;
use crate::target::{Bytes, LOCAL, Target};

mod check;
pub mod settings;

/// Everything that can be set in `saldo.toml`; each has a default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The lake that opens when none is named: a folder, `s3://bucket/prefix`, or a name in `lakes`.
    pub lake: PathBuf,
    /// Lakes by name; a name goes before a folder that is called the same.
    pub lakes: BTreeMap<String, NamedLake>,
    /// Schema in which the lake's tables stand, named like the remote database.
    pub database: String,
    /// Further schemas with the same tables.
    pub aliases: Vec<String>,
    /// Folder of the person's own saved queries.
    pub queries: PathBuf,
    /// Folder of the person's own profiles of banks.
    pub banks: PathBuf,
    /// Name of a built-in theme, or the path of a `.toml` file.
    pub theme: String,
    /// The mouse chooses and scrolls; the terminal's own marking of text needs Shift then.
    pub mouse: bool,
    /// The line is slow: few colours, few frames while things arrive, no mouse.
    pub low_bandwidth: bool,
    /// File of the person's own keys.
    pub keys: PathBuf,
    /// What the editor's letters do.
    pub editor: EditorKeys,
    /// Rows after which a stream pauses until the reader nears the end.
    pub hold_rows: u64,
    /// Mebibytes that a statement may copy from a lake on S3.
    pub fetch_mib: u64,
    /// Mebibytes of a result kept in memory; the rest is on disk.
    pub window_mib: usize,
    /// Memory limit of the engine, as DuckDB writes it.
    pub memory_limit: String,
    /// Where results and larger-than-memory work spill.
    pub cache: PathBuf,
    /// When a lake is too large for one machine.
    pub scale: Scale,
    /// Who tells the Glue catalogue of the lake, where `saldo catalog sync` does not.
    pub crawlers: Crawlers,
    /// Engines elsewhere by name, `[targets.NAME]`.
    pub targets: BTreeMap<String, Target>,
    /// Where it is kept what ran there.
    pub state: PathBuf,
    /// Mebibytes of results from there that are kept here; the oldest go first.
    pub results_mib: u64,
    /// Whether statements are kept in mind: what was asked, how it ended.
    pub history: bool,
    /// Sources of exchange rates.
    pub rates: Rates,
    /// How forecasts are made.
    pub forecast: Forecast,
    /// How accounts are judged.
    pub credit: Credit,
}

/// What the editor's letters do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EditorKeys {
    /// They are typed.
    #[default]
    Plain,
    /// They are commands in vim's modes.
    Vim,
}

/// When a lake is too large for one machine: `[scale]` in `saldo.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scale {
    /// Bytes of raw files from which on a run on this machine proposes another one.
    pub from: Option<Bytes>,
}

/// Glue's crawlers that tell the catalogue of a lake on S3: `[crawlers]` in `saldo.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crawlers {
    /// The one over the raw files.
    pub raw: Option<String>,
    /// The one over the tables.
    pub tables: Option<String>,
}

/// How accounts are judged: `[credit]` in `saldo.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credit {
    /// The policy's file, instead of the one that the program comes with.
    pub policy: Option<PathBuf>,
}

/// What every forecast starts from: `[forecast]` in `saldo.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Forecast {
    /// Whose holidays count: SG, MX, ES, US or TARGET.
    pub country: Option<String>,
    /// A model trained elsewhere that stands beside the explorer's forecasts: a file, `s3://…`, `sagemaker:ENDPOINT`.
    pub model: Option<String>,
    /// Its card, where that does not lie beside it.
    pub card: Option<String>,
}

/// The sources of exchange rates and how they are asked: `[rates]` in `saldo.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Who is asked when nobody is named, and by `saldo run`, which asks nobody when this is not set;
    /// `$SALDO_RATES_SOURCE` goes before it.
    pub source: Option<Asked>,
    /// File with the `app_id` of Open Exchange Rates; `$OPENEXCHANGE_APP_ID` goes before it.
    pub app_id_file: Option<PathBuf>,
    /// Base addresses, for a mirror or a server of one's own; `$SALDO_OXR_URL` and so on go before them.
    pub oxr_url: String,
    pub ecb_url: String,
    pub frankfurter_url: String,
    /// Requests of the month's quota that a backfill leaves.
    pub reserve: u64,
    /// Seconds to wait for an answer.
    pub timeout_s: u64,
    /// Milliseconds before the first retry; each later one waits twice as long.
    pub retry_ms: u64,
}

/// The sources that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    Oxr,
    Ecb,
    Frankfurter,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            source: None,
            app_id_file: None,
            oxr_url: "https://openexchangerates.org/api".into(),
            ecb_url: "https://www.ecb.europa.eu/stats/eurofxref".into(),
            frankfurter_url: "https://api.frankfurter.dev".into(),
            // One request a day of the rest of the month.
            reserve: 31,
            timeout_s: 30,
            retry_ms: 500,
        }
    }
}

/// A lake that has a name, `[lakes.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NamedLake {
    /// `s3://bucket/prefix`, or a folder.
    pub url: PathBuf,
    /// Base URL of a service other than AWS.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path rather than in the host name.
    pub path_style: Option<bool>,
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        let folders = ProjectDirs::from("", "", "saldo");
        let folder = |of: fn(&ProjectDirs) -> &Path, fallback: &str| {
            folders.as_ref().map_or_else(|| PathBuf::from(fallback), |folders| of(folders).to_path_buf())
        };
        Self {
            lake: folder(ProjectDirs::data_dir, ".saldo").join("demo"),
            lakes: BTreeMap::new(),
            database: "pyspark-database".into(),
            aliases: vec!["spectrum_schema".into()],
            queries: folder(ProjectDirs::config_dir, ".saldo").join("queries"),
            banks: folder(ProjectDirs::config_dir, ".saldo").join("banks"),
            theme: "dark".into(),
            mouse: true,
            low_bandwidth: false,
            keys: folder(ProjectDirs::config_dir, ".saldo").join("keys.toml"),
            editor: EditorKeys::default(),
            hold_rows: 1_000_000,
            fetch_mib: 2048,
            window_mib: 8,
            memory_limit: "4GB".into(),
            cache: folder(ProjectDirs::cache_dir, ".saldo/cache"),
            scale: Scale::default(),
            crawlers: Crawlers::default(),
            targets: BTreeMap::new(),
            state: folder(|folders| folders.state_dir().unwrap_or_else(|| folders.data_dir()), ".saldo"),
            results_mib: 1024,
            history: true,
            rates: Rates::default(),
            forecast: Forecast::default(),
            credit: Credit::default(),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is not valid, {why}", .path.display())]
    Toml { path: PathBuf, why: String },
    #[error("{name} is {given:?}, which is no {what}")]
    Variable { name: &'static str, given: String, what: &'static str },
}

/// What is wrong with a file of TOML, in one line that names the line of the file.
#[must_use]
pub fn fault_of(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = 1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count();
    format!("line {line}: {}", error.message().lines().collect::<Vec<_>>().join(", "))
}

impl Config {
    /// Reads `saldo.toml`: the file given, else `$SALDO_CONFIG`, else the one in the configuration folder if there is one;
    /// `$SALDO_LAKE`, `$SALDO_THEME`, the source of rates and the addresses of sources go before it.
    ///
    /// # Errors
    /// When a named file is missing, a file cannot be read, has an unknown key or a value that means nothing, or a variable
    /// names no source.
    pub fn load(given: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = match Self::file(given) {
            Some((path, must_exist)) => Self::read(&path, must_exist)?,
            None => Self::default(),
        };
        if let Some(lake) = environment::variable("SALDO_LAKE") {
            config.lake = lake.into();
        }
        if let Some(theme) = environment::text("SALDO_THEME") {
            config.theme = theme;
        }
        let rates = &mut config.rates;
        if let Some(given) = environment::text("SALDO_RATES_SOURCE") {
            let named = Asked::from_str(&given, false);
            let wrong =
                |_| ConfigError::Variable { name: "SALDO_RATES_SOURCE", given, what: "source of rates" };
            rates.source = Some(named.map_err(wrong)?);
        }
        let addresses = [
            ("SALDO_OXR_URL", &mut rates.oxr_url),
            ("SALDO_ECB_URL", &mut rates.ecb_url),
            ("SALDO_FRANKFURTER_URL", &mut rates.frankfurter_url),
        ];
        for (name, address) in addresses {
            if let Some(given) = environment::text(name) {
                *address = given;
            }
        }
        Ok(config)
    }

    /// The file that is read, and whether it was named, so that it must be there.
    #[must_use]
    pub fn file(given: Option<&Path>) -> Option<(PathBuf, bool)> {
        let named =
            given.map(Path::to_path_buf).or_else(|| environment::variable("SALDO_CONFIG").map(PathBuf::from));
        let usual =
            || ProjectDirs::from("", "", "saldo").map(|folders| folders.config_dir().join("saldo.toml"));
        match named {
            Some(path) => Some((path, true)),
            None => usual().map(|path| (path, false)),
        }
    }

    /// Every setting with its value, by its key: `targets.prod.kind`; one that is not set has none.
    ///
    /// # Errors
    /// When a path of them is no text.
    pub fn values(&self) -> serde_json::Result<Vec<(String, Option<String>)>> {
        Ok(flat(&serde_json::to_value(self)?))
    }

    /// The settings that a text of `saldo.toml` says.
    ///
    /// # Errors
    /// What is wrong with it: its form, an unknown key, or a value that means nothing.
    pub fn of(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| fault_of(text, &error))?;
        config.fault().map_or(Ok(config), Err)
    }

    fn read(path: &Path, must_exist: bool) -> Result<Self, ConfigError> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let wrong = |why| ConfigError::Toml { path: path.into(), why };
                let mut config = Self::of(&text).map_err(wrong)?;
                let keys: toml::Table =
                    toml::from_str(&text).map_err(|error| wrong(fault_of(&text, &error)))?;
                // Profiles stand beside the settings, wherever these are.
                if !keys.contains_key("banks") {
                    config.banks = path.with_file_name("banks");
                }
                Ok(config)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Ok(Self::default()),
            Err(source) => Err(ConfigError::Io { path: path.into(), source }),
        }
    }

    /// What is wrong with the first value that means nothing, by its key, and what may stand there.
    fn fault(&self) -> Option<String> {
        let Self { rates, lakes, targets, .. } = self;
        let addresses = [
            ("rates.oxr_url", &rates.oxr_url),
            ("rates.ecb_url", &rates.ecb_url),
            ("rates.frankfurter_url", &rates.frankfurter_url),
        ];
        let endpoint = |(name, lake): (&String, &NamedLake)| {
            check::address(&format!("lakes.{name}.endpoint"), lake.endpoint.as_ref()?)
        };
        let local =
            || format!("targets.{LOCAL}: {LOCAL} is the engine in the program; name the target otherwise");
        let time = |(name, target): (&String, &Target)| {
            check::seconds(&format!("targets.{name}.timeout_s"), target.timeout_s?)
        };
        check::memory(&self.memory_limit)
            .or_else(|| check::schema("database", &self.database))
            .or_else(|| self.aliases.iter().find_map(|name| check::schema("aliases", name)))
            .or_else(|| check::country(self.forecast.country.as_deref()?))
            .or_else(|| check::seconds("rates.timeout_s", rates.timeout_s))
            .or_else(|| addresses.into_iter().find_map(|(key, text)| check::address(key, text)))
            .or_else(|| lakes.iter().find_map(endpoint))
            .or_else(|| targets.contains_key(LOCAL).then(local))
            .or_else(|| targets.iter().find_map(time))
    }

    /// The schemas in which every table stands; names without a schema resolve in the first.
    #[must_use]
    pub fn schemas(&self) -> Vec<String> {
        std::iter::once(&self.database).chain(&self.aliases).cloned().collect()
    }
}

/// The leaves of a value with their keys, those of tables joined by dots.
fn flat(value: &Value) -> Vec<(String, Option<String>)> {
    let Value::Object(table) = value else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in table {
        match value {
            Value::Object(_) => {
                found.extend(flat(value).into_iter().map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            Value::Null => found.push((key.clone(), None)),
            Value::String(text) => found.push((key.clone(), Some(text.clone()))),
            other => found.push((key.clone(), Some(other.to_string()))),
        }
    }
    found
}
