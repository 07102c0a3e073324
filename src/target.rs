//! Where else than in the program SQL can run, or tables be made: `[targets.NAME]` of the settings, as plain data.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of the engine inside the program, which is always there.
pub const LOCAL: &str = "local";

/// A named place where SQL runs. Which keys count is for its kind to say; the others are refused when it is used.
///
/// The account on AWS is found as every AWS program finds it (SSO, profile, role, environment); a password or token for
/// Trino comes from `SALDO_TRINO_PASSWORD` or `SALDO_TRINO_TOKEN`, or from a command that prints it. No secret stands here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub kind: TargetKind,
    /// AWS: a profile of its configuration files, and the region.
    pub profile: Option<String>,
    pub region: Option<String>,
    /// AWS: base URL of a service other than AWS. Trino: its URL.
    #[serde(alias = "url")]
    pub endpoint: Option<String>,
    /// Athena and Trino: the catalogue.
    pub catalog: Option<String>,
    /// Athena: the Glue database that holds the lake's tables. Redshift: the database that one connects to.
    pub database: Option<String>,
    /// Redshift and Trino: the (external) schema that holds the lake's tables.
    pub schema: Option<String>,
    /// Athena's work group, or that of a serverless Redshift.
    pub workgroup: Option<String>,
    /// Redshift: a provisioned cluster, with a user or the ARN of a secret in Secrets Manager. Trino: the user.
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub secret: Option<String>,
    /// `s3://bucket/prefix` where Athena writes results, where its work group does not say; where Redshift writes what is
    /// too large for an answer, with the role that may. EMR Serverless: the role that jobs have.
    pub output: Option<String>,
    pub role: Option<String>,
    /// Trino: a machine that ssh logs in to, through which the server is reached.
    pub tunnel: Option<String>,
    /// Trino: commands, with their arguments, that print the user's password or a token.
    pub password_command: Option<Vec<String>>,
    pub token_command: Option<Vec<String>>,
    /// Athena: results of the same statement that are no older than so many minutes are taken instead of asking again.
    pub reuse_minutes: Option<u32>,
    /// EMR Serverless: the id of the application that jobs run in. Glue: the name of the job.
    pub application: Option<String>,
    pub job: Option<String>,
    /// EMR Serverless: `s3://bucket/prefix` where it keeps logs. Glue: the log group where its drivers print.
    pub logs: Option<String>,
    /// Price of a terabyte scanned.
    pub price_per_tb: Option<Dollars>,
    /// EMR Serverless: prices of an hour of a vCPU, of a gigabyte of memory, and of one of storage.
    pub price_vcpu_hour: Option<Dollars>,
    pub price_gb_hour: Option<Dollars>,
    pub price_storage_gb_hour: Option<Dollars>,
    /// Glue: price of an hour of a DPU.
    pub price_dpu_hour: Option<Dollars>,
    /// What a statement, and what all statements of a day, may cost before the person is asked.
    pub budget_query: Option<Dollars>,
    pub budget_day: Option<Dollars>,
    /// A statement, or a job, is stopped after so many seconds.
    pub timeout_s: Option<u64>,
    /// Spark: what is run instead of `spark-submit`, with its first arguments.
    pub command: Option<Vec<String>>,
    /// Spark, wherever it runs: its own settings.
    pub conf: Option<BTreeMap<String, String>>,
}

/// What runs there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    Athena,
    Redshift,
    Trino,
    Spark,
    #[serde(rename = "emr-serverless")]
    EmrServerless,
    Glue,
}

impl TargetKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Athena => "Athena",
            Self::Redshift => "Redshift",
            Self::Trino => "Trino",
            Self::Spark => "Spark",
            Self::EmrServerless => "EMR Serverless",
            Self::Glue => "Glue",
        }
    }

    /// Whether it makes the tables of a lake, and answers no statements.
    #[must_use]
    pub fn makes_tables(self) -> bool {
        matches!(self, Self::Spark | Self::EmrServerless | Self::Glue)
    }

    /// Whether it runs on machines of AWS, which reach lakes on S3 alone.
    #[must_use]
    pub fn is_of_aws(self) -> bool {
        !matches!(self, Self::Trino | Self::Spark)
    }

    /// The keys, beside those of money and time, that count for it.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Athena => &[
                "profile",
                "region",
                "endpoint",
                "catalog",
                "database",
                "workgroup",
                "output",
                "reuse_minutes",
            ],
            Self::Redshift => &[
                "profile",
                "region",
                "endpoint",
                "database",
                "schema",
                "workgroup",
                "cluster",
                "user",
                "secret",
                "output",
                "role",
            ],
            Self::Trino => {
                &["endpoint", "catalog", "schema", "user", "tunnel", "password_command", "token_command"]
            }
            Self::Spark => &["command", "conf"],
            Self::EmrServerless => &["profile", "region", "endpoint", "application", "role", "logs", "conf"],
            Self::Glue => &["profile", "region", "endpoint", "job", "logs", "conf"],
        }
    }
}

impl Target {
    /// The key that is set and does not count for this kind.
    #[must_use]
    pub fn stray_key(&self) -> Option<&'static str> {
        let set = [
            ("profile", self.profile.is_some()),
            ("region", self.region.is_some()),
            ("endpoint", self.endpoint.is_some()),
            ("catalog", self.catalog.is_some()),
            ("database", self.database.is_some()),
            ("schema", self.schema.is_some()),
            ("workgroup", self.workgroup.is_some()),
            ("cluster", self.cluster.is_some()),
            ("user", self.user.is_some()),
            ("secret", self.secret.is_some()),
            ("output", self.output.is_some()),
            ("role", self.role.is_some()),
            ("tunnel", self.tunnel.is_some()),
            ("password_command", self.password_command.is_some()),
            ("token_command", self.token_command.is_some()),
            ("reuse_minutes", self.reuse_minutes.is_some()),
            ("command", self.command.is_some()),
            ("conf", self.conf.is_some()),
            ("application", self.application.is_some()),
            ("job", self.job.is_some()),
            ("logs", self.logs.is_some()),
        ];
        set.into_iter().find(|(key, is_set)| *is_set && !self.kind.keys().contains(key)).map(|(key, _)| key)
    }
}

/// A number of bytes, as a person writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(pub u64);

/// Units of bytes, by thousands.
const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
        let power = UNITS.iter().position(|name| *name == unit.trim_start());
        let read = || {
            let unit = 1000_u64.checked_pow(u32::try_from(power?).ok()?)?;
            number.parse::<u64>().ok()?.checked_mul(unit)
        };
        read().map(Self).ok_or_else(|| format!("{text:?} is not a number of bytes, such as 10 GB"))
    }
}

impl From<Bytes> for String {
    fn from(Bytes(bytes): Bytes) -> Self {
        let fits = |power: &usize| {
            bytes > 0 && bytes.is_multiple_of(1000_u64.pow(u32::try_from(*power).unwrap_or(0)))
        };
        let power = (0..UNITS.len()).rev().find(fits).unwrap_or(0);
        format!("{} {}", bytes / 1000_u64.pow(u32::try_from(power).unwrap_or(0)), UNITS[power])
    }
}

/// US dollars, exact to a billionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Dollars {
    nano: u64,
}

impl Dollars {
    /// What so many bytes cost at a price for a terabyte (10^12 bytes), rounded up.
    #[must_use]
    pub fn of_bytes(bytes: u64, per_terabyte: Self) -> Self {
        let nano = (u128::from(bytes) * u128::from(per_terabyte.nano)).div_ceil(1_000_000_000_000);
        Self { nano: u64::try_from(nano).unwrap_or(u64::MAX) }
    }

    /// What an amount costs at this price of one, rounded up.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive, and what is too large saturates"
    )]
    pub fn times(self, amount: f64) -> Self {
        let billionths = (amount.max(0.0) * 1e9).round() as u128;
        let nano = billionths.saturating_mul(u128::from(self.nano)).div_ceil(1_000_000_000);
        Self { nano: u64::try_from(nano).unwrap_or(u64::MAX) }
    }

    /// From billionths of a dollar.
    #[must_use]
    pub const fn from_nano(nano: u64) -> Self {
        Self { nano }
    }

    /// In billionths of a dollar.
    #[must_use]
    pub const fn nano(self) -> u64 {
        self.nano
    }
}

impl std::iter::Sum for Dollars {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        Self { nano: each.fold(0, |sum, one| sum.saturating_add(one.nano)) }
    }
}

/// `$0.00005`: at least cents, and no digit that says nothing.
impl fmt::Display for Dollars {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:09}", self.nano % 1_000_000_000);
        let shown = fraction.trim_end_matches('0').len().max(2);
        write!(to, "${}.{}", self.nano / 1_000_000_000, &fraction[..shown])
    }
}

impl FromStr for Dollars {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not an amount of dollars, such as 5 or 0.25");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
            return Err(wrong());
        }
        let nano = format!("{whole}{fraction:0<9}").parse().map_err(|_| wrong())?;
        Ok(Self { nano })
    }
}

/// A number or a text: a number of TOML is read as it is shown, so 0.1 is a tenth.
impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Whole(u64),
            Number(f64),
            Text(String),
        }
        let text = match Written::deserialize(from)? {
            Written::Whole(number) => number.to_string(),
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// As it is shown.
impl Serialize for Dollars {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_exact_and_shows_no_digit_too_many() {
        let five = Dollars::from_str("5").unwrap();
        let cases =
            [(10_000_000, "$0.00005"), (1_000_000_000_000, "$5.00"), (0, "$0.00"), (1, "$0.000000001")];
        for (bytes, shown) in cases {
            assert_eq!(Dollars::of_bytes(bytes, five).to_string(), shown);
        }
        assert_eq!("0.25".parse::<Dollars>().unwrap().nano(), 250_000_000);
        let vcpu_hour = Dollars::from_str("0.052624").unwrap();
        for (amount, shown) in [(1.6, "$0.0841984"), (0.0, "$0.00"), (-1.0, "$0.00"), (1e-9, "$0.000000001")]
        {
            assert_eq!(vcpu_hour.times(amount).to_string(), shown);
        }
        assert_eq!((vcpu_hour.times(f64::NAN).nano(), vcpu_hour.times(f64::MAX).nano()), (0, u64::MAX));
        for wrong in ["", ".", "1.", "-1", "5 USD", "1.0000000001", "1e3"] {
            assert!(wrong.parse::<Dollars>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_a_number_with_a_unit() {
        for (text, bytes) in
            [("10 GB", 10_000_000_000), ("500MB", 500_000_000), ("7 B", 7), ("1 TB", 1_000_000_000_000)]
        {
            let read = Bytes::try_from(text.to_owned()).unwrap();
            assert_eq!((read.0, Bytes::try_from(String::from(read))), (bytes, Ok(read)), "{text}");
        }
        for wrong in ["", "10", "GB", "-1 GB", "1.5 GB", "10 gb", "10 GiB", "99999999999999 TB"] {
            assert!(Bytes::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_target_reads_its_keys_and_names_those_of_another_kind() {
        let read = |text: &str| toml::from_str::<Target>(text);
        let athena = read("kind = 'athena'\nworkgroup = 'primary'\nprice_per_tb = 5.5").unwrap();
        assert_eq!(
            (athena.stray_key(), athena.price_per_tb.map(|price| price.to_string())),
            (None, Some("$5.50".into()))
        );
        assert_eq!(read("kind = 'trino'\nurl = 'http://127.0.0.1:1'\nuser = 'x'").unwrap().stray_key(), None);
        assert_eq!(read("kind = 'trino'\nworkgroup = 'x'").unwrap().stray_key(), Some("workgroup"));
        assert_eq!(read("kind = 'trino'\ntunnel = 'ana@bastion'").unwrap().stray_key(), None);
        assert_eq!(read("kind = 'athena'\ntunnel = 'ana@bastion'").unwrap().stray_key(), Some("tunnel"));
        let spark = read("kind = 'spark'\nconf = { 'spark.executor.memory' = '6g' }").unwrap();
        assert_eq!(spark.stray_key(), None);
        assert_eq!(read("kind = 'spark'\nregion = 'x'").unwrap().stray_key(), Some("region"));
        let emr =
            read("kind = 'emr-serverless'\napplication = 'x'\nlogs = 's3://x'\ncommand = ['x']").unwrap();
        assert_eq!((emr.stray_key(), emr.kind.makes_tables()), (Some("command"), true));
        assert!(read("kind = 'oracle'").is_err() && read("kind = 'trino'\npassword = 'x'").is_err());
    }
}
