//! Values of `saldo.toml` that are of the right type and mean nothing: they are refused when the file is read, by their key.

use std::str::FromStr as _;

use crate::calendar::Country;
use crate::service_url::ServiceUrl;

/// Bytes of memory without which the engine does not begin.
const LEAST: f64 = 1e6;

/// What is wrong with the engine's memory.
pub(super) fn memory(limit: &str) -> Option<String> {
    let why = "write a number with its unit, such as 4GB, 512MiB or 80%, or none";
    (!is_memory(limit)).then(|| format!("memory_limit: {limit:?} is no amount of memory; {why}"))
}

/// What is wrong with the country whose holidays count.
pub(super) fn country(name: &str) -> Option<String> {
    Country::from_str(name).err().map(|why| format!("forecast.country: {why}"))
}

/// What is wrong with a schema's name.
pub(super) fn schema(key: &str, name: &str) -> Option<String> {
    name.is_empty().then(|| format!("{key}: a schema has a name"))
}

/// What is wrong with a time in seconds.
pub(super) fn seconds(key: &str, seconds: u64) -> Option<String> {
    (seconds == 0).then(|| format!("{key}: nothing ends in 0 seconds"))
}

/// What is wrong with an address, which is not repeated: it may hold a password.
pub(super) fn address(key: &str, text: &str) -> Option<String> {
    ServiceUrl::parse(text).err().map(|why| format!("{key}: {why}"))
}

/// Whether DuckDB takes a text for a limit of memory that can be worked with.
fn is_memory(text: &str) -> bool {
    if matches!(text.trim(), "none" | "-1") {
        return true;
    }
    let text = text.trim().to_ascii_lowercase();
    let end = text.find(|mark: char| !mark.is_ascii_digit() && mark != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim_start() {
        "%" => return number.parse::<f64>().is_ok_and(|percent| percent > 0.0 && percent <= 100.0),
        "b" | "byte" | "bytes" => 1.0,
        "k" | "kb" | "kilobyte" | "kilobytes" => 1e3,
        "m" | "mb" | "megabyte" | "megabytes" => 1e6,
        "g" | "gb" | "gigabyte" | "gigabytes" => 1e9,
        "t" | "tb" | "terabyte" | "terabytes" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024_f64.powi(2),
        "gib" => 1024_f64.powi(3),
        "tib" => 1024_f64.powi(4),
        _ => return false,
    };
    number.parse::<f64>().is_ok_and(|number| (LEAST..2_f64.powi(63)).contains(&(number * unit)))
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn a_value_that_means_nothing_is_named_with_what_may_stand_there() {
        for (text, told) in [
            (
                "memory_limit = '4XB'",
                "memory_limit: \"4XB\" is no amount of memory; write a number with its unit",
            ),
            (
                "[forecast]\ncountry = 'XX'",
                "forecast.country: no holidays are known for XX; known are SG, MX,",
            ),
            ("database = ''", "database: a schema has a name"),
            ("aliases = ['a', '']", "aliases: a schema has a name"),
            ("[rates]\ntimeout_s = 0", "rates.timeout_s: nothing ends in 0 seconds"),
            ("[rates]\necb_url = 'ftp://x'", "rates.ecb_url: it is not an http:// or https:// address"),
            ("[rates]\noxr_url = 'https://a:secret@x'", "rates.oxr_url: it has a user name or password"),
            (
                "[lakes.p]\nurl = 's3://b/p'\nendpoint = 'minio:9000'",
                "lakes.p.endpoint: it is not an http://",
            ),
            ("[targets.local]\nkind = 'athena'", "targets.local: local is the engine in the program"),
            ("[targets.a]\nkind = 'athena'\ntimeout_s = 0", "targets.a.timeout_s: nothing ends in 0 seconds"),
        ] {
            let fault = toml::from_str::<Config>(text).unwrap().fault().unwrap_or_default();
            assert!(fault.starts_with(told) && !fault.contains("secret"), "{text}: {fault}");
        }
        assert_eq!(Config::default().fault(), None);
    }

    #[test]
    fn memory_is_what_the_engine_takes_for_it() {
        for text in [
            "4GB",
            "4gb",
            "4 GB",
            " 4GB ",
            "1.5GB",
            ".5GB",
            "4GiB",
            "512 MiB",
            "4g",
            "4 gigabytes",
            "80%",
            "none",
            "-1",
        ] {
            assert!(is_memory(text), "{text}");
        }
        for text in [
            "",
            "NONE",
            "4",
            "0",
            "0GB",
            "4XB",
            "-5GB",
            "4 bytes",
            "1.5.2GB",
            "1,5GB",
            "99999999999TB",
            "0%",
            "k4",
        ] {
            assert!(!is_memory(text), "{text}");
        }
    }
}
