//! Every setting of `saldo.toml` with its kind and what it is for: one table, from which the documentation, the JSON
//! Schema of the file and `saldo config` are made.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// What may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Texts,
    /// A file or a folder.
    Path,
    /// A whole number from 0.
    Count,
    Boolean,
    /// A number of bytes with its unit, such as `10 GB`.
    Bytes,
    /// An amount of US dollars, as a number or a text.
    Dollars,
    Choice(&'static [&'static str]),
}

/// A setting; `NAME` in its key is one that the person chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub key: &'static str,
    pub kind: Kind,
    pub help: &'static str,
}

const fn setting(key: &'static str, kind: Kind, help: &'static str) -> Setting {
    Setting { key, kind, help }
}

/// What is set instead of the file's value by the environment.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("SALDO_LAKE", "lake"),
    ("SALDO_THEME", "theme"),
    ("SALDO_RATES_SOURCE", "rates.source"),
    ("SALDO_OXR_URL", "rates.oxr_url"),
    ("SALDO_ECB_URL", "rates.ecb_url"),
    ("SALDO_FRANKFURTER_URL", "rates.frankfurter_url"),
];

/// The settings, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    setting(
        "lake",
        Kind::Path,
        "opened when none is named: a folder, `s3://bucket/prefix`, or a name of `[lakes]`",
    ),
    setting("database", Kind::Text, "schema of the tables, named like the remote database"),
    setting("aliases", Kind::Texts, "further schemas with the same tables"),
    setting("queries", Kind::Path, "folder of your own saved queries"),
    setting("banks", Kind::Path, "folder of your own profiles of banks"),
    setting("theme", Kind::Text, "dark, light, high-contrast, colour-blind, mono, or a file of your own"),
    setting("mouse", Kind::Boolean, "whether the mouse chooses and scrolls; marking text then needs Shift"),
    setting(
        "low_bandwidth",
        Kind::Boolean,
        "for a slow line: few colours, few frames while rows come, no mouse",
    ),
    setting("keys", Kind::Path, "file of your own keys"),
    setting("editor", Kind::Choice(&["plain", "vim"]), "whether the editor has vim's modes"),
    setting("hold_rows", Kind::Count, "rows after which a stream pauses until you go on"),
    setting("window_mib", Kind::Count, "mebibytes of a result in memory; the rest is on disk"),
    setting("fetch_mib", Kind::Count, "mebibytes that a statement may copy from a lake on S3"),
    setting("memory_limit", Kind::Text, "memory of the engine, such as 4GB"),
    setting("cache", Kind::Path, "where results spill, and drafts and copies of lakes on S3 lie"),
    setting(
        "state",
        Kind::Path,
        "the history, what saved queries were given, the ledger and kept results of other engines, who asked for credit checks",
    ),
    setting("results_mib", Kind::Count, "mebibytes of kept results; the oldest go first"),
    setting(
        "history",
        Kind::Boolean,
        "whether statements are kept in mind, and what saved queries were given",
    ),
    setting(
        "rates.source",
        Kind::Choice(&["oxr", "ecb", "frankfurter"]),
        "asked by `saldo run`, which asks nobody where it is not set",
    ),
    setting(
        "rates.app_id_file",
        Kind::Path,
        "file with the key of Open Exchange Rates; `OPENEXCHANGE_APP_ID` goes before it",
    ),
    setting("rates.oxr_url", Kind::Text, "address of Open Exchange Rates"),
    setting("rates.ecb_url", Kind::Text, "address of the European Central Bank"),
    setting("rates.frankfurter_url", Kind::Text, "address of Frankfurter"),
    setting("rates.reserve", Kind::Count, "requests of the month's quota that a backfill leaves"),
    setting("rates.timeout_s", Kind::Count, "seconds to wait for an answer"),
    setting(
        "rates.retry_ms",
        Kind::Count,
        "milliseconds before the first retry; each later one waits twice as long",
    ),
    setting("forecast.country", Kind::Text, "whose holidays count: SG, MX, ES, US, TARGET"),
    setting(
        "forecast.model",
        Kind::Text,
        "a model that stands beside ours: a file, `s3://…`, `sagemaker:NAME`",
    ),
    setting("forecast.card", Kind::Text, "its card, where that does not lie beside it"),
    setting("credit.policy", Kind::Path, "a policy that judges instead of ours"),
    setting(
        "lakes.NAME.url",
        Kind::Path,
        "a lake that `--lake NAME` means: `s3://bucket/prefix`, or a folder",
    ),
    setting("lakes.NAME.endpoint", Kind::Text, "address of a service other than AWS"),
    setting(
        "lakes.NAME.path_style",
        Kind::Boolean,
        "the bucket in the path; so by default where there is an endpoint",
    ),
    setting("lakes.NAME.profile", Kind::Text, "profile of the AWS configuration files"),
    setting(
        "scale.from",
        Kind::Bytes,
        "raw files, such as `10 GB`, from which on `saldo run` proposes `saldo submit`",
    ),
    setting("crawlers.raw", Kind::Text, "Glue's crawler over raw files, which `saldo bootstrap` starts"),
    setting(
        "crawlers.tables",
        Kind::Text,
        "the same over the tables, where it tells of them instead of `saldo catalog sync`",
    ),
    setting(
        "targets.NAME.kind",
        Kind::Choice(&["athena", "redshift", "trino", "spark", "emr-serverless", "glue"]),
        "what runs there; on the last three `saldo submit` makes tables",
    ),
    setting("targets.NAME.profile", Kind::Text, "AWS: profile of its configuration files"),
    setting("targets.NAME.region", Kind::Text, "AWS: the region"),
    setting(
        "targets.NAME.endpoint",
        Kind::Text,
        "AWS: address of another service, on Glue not of its logs, which `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS` names; Trino: its address, also called `url`",
    ),
    setting("targets.NAME.catalog", Kind::Text, "Athena, Trino: the catalogue"),
    setting(
        "targets.NAME.database",
        Kind::Text,
        "Athena: the Glue database of the lake; Redshift: the database one connects to",
    ),
    setting("targets.NAME.schema", Kind::Text, "Redshift, Trino: the schema of the lake's tables"),
    setting("targets.NAME.workgroup", Kind::Text, "Athena's work group, or a serverless Redshift's"),
    setting("targets.NAME.cluster", Kind::Text, "Redshift: a provisioned cluster"),
    setting("targets.NAME.user", Kind::Text, "Redshift's user on a cluster; Trino's user"),
    setting("targets.NAME.secret", Kind::Text, "Redshift: ARN of a secret in Secrets Manager"),
    setting("targets.NAME.output", Kind::Text, "`s3://bucket/prefix` for results"),
    setting(
        "targets.NAME.role",
        Kind::Text,
        "Redshift: role that may write there; EMR Serverless: the job's",
    ),
    setting("targets.NAME.tunnel", Kind::Text, "Trino: `user@bastion`, through which ssh reaches the server"),
    setting(
        "targets.NAME.password_command",
        Kind::Texts,
        "Trino: a command and its arguments that print the password",
    ),
    setting("targets.NAME.token_command", Kind::Texts, "Trino: the same for a token"),
    setting(
        "targets.NAME.reuse_minutes",
        Kind::Count,
        "Athena: how old an earlier result of the same statement may be",
    ),
    setting("targets.NAME.price_per_tb", Kind::Dollars, "price of a terabyte scanned"),
    setting("targets.NAME.budget_query", Kind::Dollars, "what a statement may cost before you are asked"),
    setting(
        "targets.NAME.budget_day",
        Kind::Dollars,
        "what the statements of a day may cost before you are asked",
    ),
    setting("targets.NAME.timeout_s", Kind::Count, "seconds after which a statement or a job is stopped"),
    setting(
        "targets.NAME.command",
        Kind::Texts,
        "Spark: what is run instead of `spark-submit`, with its first arguments",
    ),
    setting(
        "targets.NAME.conf.NAME",
        Kind::Text,
        "Spark, also that of EMR Serverless and Glue: a setting of its own",
    ),
    setting("targets.NAME.application", Kind::Text, "EMR Serverless: id of the application that jobs run in"),
    setting("targets.NAME.job", Kind::Text, "Glue: the job that is run"),
    setting(
        "targets.NAME.logs",
        Kind::Text,
        "EMR Serverless: `s3://bucket/prefix` where logs are kept; Glue: log group where its driver prints",
    ),
    setting("targets.NAME.price_vcpu_hour", Kind::Dollars, "EMR Serverless: price of an hour of a vCPU"),
    setting("targets.NAME.price_gb_hour", Kind::Dollars, "EMR Serverless: the same of a gigabyte of memory"),
    setting(
        "targets.NAME.price_storage_gb_hour",
        Kind::Dollars,
        "EMR Serverless: the same of a gigabyte of storage",
    ),
    setting("targets.NAME.price_dpu_hour", Kind::Dollars, "Glue: price of an hour of a DPU"),
];

impl Kind {
    fn schema(self) -> Value {
        match self {
            Self::Text | Self::Path => json!({"type": "string"}),
            Self::Texts => json!({"type": "array", "items": {"type": "string"}}),
            Self::Count => json!({"type": "integer", "minimum": 0}),
            Self::Boolean => json!({"type": "boolean"}),
            Self::Bytes => json!({"type": "string", "pattern": "^[0-9]+ *[kMGT]?B$"}),
            Self::Dollars => {
                json!({"type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]+([.][0-9]{1,9})?$"})
            }
            Self::Choice(choices) => json!({"type": "string", "enum": choices}),
        }
    }
}

/// The JSON Schema of `saldo.toml` (draft 2020-12), for editors that complete and check TOML by it.
#[must_use]
pub fn schema() -> Value {
    let mut root = table();
    for setting in SETTINGS {
        let mut at = &mut root;
        let mut parts = setting.key.split('.').peekable();
        while let Some(part) = parts.next() {
            at = if part == "NAME" { &mut at["additionalProperties"] } else { &mut at["properties"][part] };
            if parts.peek().is_none() {
                *at = setting.kind.schema();
                at["description"] = Value::from(setting.help.replace('`', ""));
            } else if !at.is_object() {
                *at = table();
            }
        }
    }
    // What the program itself asks for.
    root["properties"]["lakes"]["additionalProperties"]["required"] = json!(["url"]);
    root["properties"]["targets"]["additionalProperties"]["required"] = json!(["kind"]);
    root["properties"]["targets"]["additionalProperties"]["properties"]["url"] = Kind::Text.schema();
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    root["title"] = "saldo.toml".into();
    root
}

fn table() -> Value {
    json!({"type": "object", "properties": Value::Object(Map::new()), "additionalProperties": false})
}

/// The settings as a Markdown table, for the documentation.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| setting | what |\n|---|---|\n");
    for setting in SETTINGS {
        let _ = writeln!(text, "| `{}` | {} |", setting.key, setting.help);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Config;
    use super::*;

    /// A value that the program takes for a setting.
    fn example(setting: &Setting) -> String {
        match setting.kind {
            Kind::Text | Kind::Path => "'x'".into(),
            Kind::Texts => "['x']".into(),
            Kind::Count => "3".into(),
            Kind::Boolean => "true".into(),
            Kind::Bytes => "'10 GB'".into(),
            Kind::Dollars => "0.25".into(),
            Kind::Choice(choices) => format!("'{}'", choices[0]),
        }
    }

    #[test]
    fn the_table_has_each_setting_and_no_other() {
        let lines: Vec<_> =
            SETTINGS.iter().map(|setting| format!("{} = {}", setting.key, example(setting))).collect();
        let whole: Config = toml::from_str(&lines.join("\n")).unwrap();
        let values = serde_json::to_value(&whole).unwrap();
        let known: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.key.to_owned()).collect();
        let had: BTreeSet<_> = super::super::flat(&values).into_iter().map(|(key, _)| key).collect();
        assert_eq!(known, had);
        for (name, key) in ENVIRONMENT {
            assert!(known.contains(*key), "{name} sets {key}");
        }
    }

    #[test]
    fn the_schema_takes_what_the_program_takes() {
        let schema = schema();
        let target = &schema["properties"]["targets"]["additionalProperties"];
        let kinds = json!(["athena", "redshift", "trino", "spark", "emr-serverless", "glue"]);
        assert_eq!(target["properties"]["kind"]["enum"], kinds);
        let conf = &target["properties"]["conf"]["additionalProperties"];
        assert_eq!(conf["type"], json!("string"));
        assert_eq!(target["additionalProperties"], json!(false));
        assert_eq!(schema["properties"]["rates"]["properties"]["reserve"]["type"], json!("integer"));
    }

    #[test]
    fn the_documentation_names_the_same_settings() {
        let page = include_str!("../../docs/settings.md");
        assert!(page.contains(&markdown()), "put this into docs/settings.md:\n{}", markdown());
    }
}
