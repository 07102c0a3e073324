//! The statements by which a catalogue is told of a lake: those of Athena (Hive) and of Redshift Spectrum.

use std::fmt::Write as _;

use super::{Catalogue, Entry, Field};

/// Partitions of one statement.
const PARTITIONS: usize = 100;

/// The statements for Athena.
#[must_use]
pub fn athena(catalogue: &Catalogue) -> String {
    let database = ticks(&catalogue.database);
    let mut out = format!("CREATE DATABASE IF NOT EXISTS {database};\n");
    for (name, entry) in &catalogue.tables {
        let name = format!("{database}.{}", ticks(name));
        let column = |field: &Field| match field.comment.as_str() {
            "" => format!("{} {}", ticks(&field.name), field.hive),
            comment => format!("{} {} COMMENT {}", ticks(&field.name), field.hive, hive_text(comment)),
        };
        put(
            &mut out,
            &format!("\nCREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n  {}\n)", list(&entry.columns, column)),
        );
        if !entry.comment.is_empty() {
            put(&mut out, &format!("\nCOMMENT {}", hive_text(&entry.comment)));
        }
        if !entry.keys.is_empty() {
            put(&mut out, &format!("\nPARTITIONED BY (\n  {}\n)", list(&entry.keys, column)));
        }
        put(&mut out, &format!("\nSTORED AS PARQUET\nLOCATION {}", hive_text(&entry.location)));
        let properties: Vec<_> = entry
            .properties
            .iter()
            .map(|(name, value)| format!("{} = {}", hive_text(name), hive_text(value)))
            .collect();
        put(&mut out, &format!("\nTBLPROPERTIES (\n  {}\n);\n", properties.join(",\n  ")));
        add_partitions(
            &mut out,
            &name,
            entry,
            &|key, value| format!("{} = {}", ticks(&key.name), hive_text(value)),
            hive_text,
        );
    }
    out
}

/// The statements for Redshift Spectrum, where the database is an external schema.
#[must_use]
pub fn spectrum(catalogue: &Catalogue, schema: &str) -> String {
    let mut out = format!(
        "CREATE EXTERNAL SCHEMA IF NOT EXISTS {schema}\nFROM DATA CATALOG DATABASE {}\nIAM_ROLE default\n\
         CREATE EXTERNAL DATABASE IF NOT EXISTS;\n",
        sql_text(&catalogue.database),
        schema = quotes(schema)
    );
    for (name, entry) in &catalogue.tables {
        let name = format!("{}.{}", quotes(schema), quotes(name));
        let column = |field: &Field| format!("{} {}", quotes(&field.name), redshift(&field.hive));
        put(&mut out, &format!("\nCREATE EXTERNAL TABLE {name} (\n  {}\n)", list(&entry.columns, column)));
        if !entry.keys.is_empty() {
            put(&mut out, &format!("\nPARTITIONED BY (\n  {}\n)", list(&entry.keys, column)));
        }
        put(&mut out, &format!("\nSTORED AS PARQUET\nLOCATION {};\n", sql_text(&entry.location)));
        let part = |key: &Field, value: &str| {
            let value = value.parse::<i64>().map_or_else(|_| sql_text(value), |number| number.to_string());
            format!("{} = {value}", quotes(&key.name))
        };
        add_partitions(&mut out, &name, entry, &part, sql_text);
    }
    out
}

fn put(out: &mut String, text: &str) {
    // Writing into a text does not fail.
    let _ = out.write_str(text);
}

fn list(fields: &[Field], column: impl Fn(&Field) -> String) -> String {
    fields.iter().map(column).collect::<Vec<_>>().join(",\n  ")
}

fn add_partitions(
    out: &mut String,
    name: &str,
    entry: &Entry,
    part: &dyn Fn(&Field, &str) -> String,
    text: fn(&str) -> String,
) {
    let partitions: Vec<_> = entry.partitions.iter().collect();
    for some in partitions.chunks(PARTITIONS) {
        put(out, &format!("\nALTER TABLE {name} ADD IF NOT EXISTS"));
        for (values, partition) in some {
            let values: Vec<_> =
                entry.keys.iter().zip(*values).map(|(key, value)| part(key, value)).collect();
            put(
                out,
                &format!("\n  PARTITION ({}) LOCATION {}", values.join(", "), text(&partition.location)),
            );
        }
        put(out, ";\n");
    }
}

fn ticks(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn quotes(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// In Hive a backslash escapes.
fn hive_text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn sql_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What Redshift calls a type of Hive.
fn redshift(hive: &str) -> &str {
    match hive {
        "string" => "varchar(65535)",
        "int" => "integer",
        "float" => "real",
        "double" => "double precision",
        "binary" => "varbyte(1024000)",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::catalogue;
    use super::*;

    #[test]
    fn the_statements_for_athena_name_every_partition_or_a_rule() {
        insta::with_settings!({snapshot_path => "../../../tests/snapshots"}, {
            insta::assert_snapshot!("ddl_athena", athena(&catalogue(false)));
            insta::assert_snapshot!("ddl_athena_projection", athena(&catalogue(true)));
        });
    }

    #[test]
    fn the_statements_for_spectrum_have_its_types_and_every_partition() {
        insta::with_settings!({snapshot_path => "../../../tests/snapshots"}, {
            insta::assert_snapshot!("ddl_spectrum", spectrum(&catalogue(false), "spectrum_schema"));
        });
    }

    #[test]
    fn no_text_leaves_its_quotes() {
        assert_eq!(hive_text("it's \\ that"), "'it\\'s \\\\ that'");
        assert_eq!(
            (sql_text("it's"), ticks("a`b"), quotes("a\"b")),
            ("'it''s'".into(), "`a``b`".into(), "\"a\"\"b\"".into())
        );
    }

    #[test]
    fn a_statement_adds_a_hundred_partitions_at_most() {
        let mut catalogue = catalogue(false);
        let processed = catalogue.tables.get_mut("processed").unwrap();
        let part = processed.partitions.values().next().unwrap().clone();
        processed.partitions = (0..201).map(|n| (vec![n.to_string(), "01".into()], part.clone())).collect();
        assert_eq!(athena(&catalogue).matches("ALTER TABLE").count(), 3);
        assert_eq!(spectrum(&catalogue, "s").matches("PARTITION (").count(), 201);
    }
}
