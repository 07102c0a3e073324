//! `saldo queries`: the saved queries, as a table of any format, or the SQL of one.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray};

use super::tables::Form;
use super::{Failure, place, tables};
use crate::config::Config;
use crate::lake::{Lake, base_currency};
use crate::query::{self, Parameter};
use crate::value;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the SQL of this one, whole, instead of the list
    #[arg(value_name = "NAME", conflicts_with = "format")]
    name: Option<String>,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    // Queries are listed without a lake too.
    let lake = place::open(config).ok().map(|opened| opened.lake);
    let (queries, errors) = query::all(
        Some(&config.queries),
        &base_currency(lake.as_ref()),
        &lake.as_ref().map(Lake::newest_dates).unwrap_or_default(),
    );
    for error in errors {
        let _ = writeln!(io::stderr(), "warning: {}", value::visible(&error.to_string()));
    }
    if let Some(name) = &args.name {
        let query = queries.iter().find(|query| query.name == *name);
        let missing =
            || Failure::usage(format!("there is no saved query {name}"), "`saldo queries` lists them");
        return sql(&query.ok_or_else(missing)?.text);
    }
    let column = |of: fn(&query::Query) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(queries.iter().map(of)))
    };
    let columns = vec![
        ("name", column(|query| query.name.clone())),
        ("title", column(|query| query.title.clone())),
        ("group", column(|query| query.group.clone())),
        (
            "parameters",
            column(|query| query.parameters.iter().map(declaration).collect::<Vec<_>>().join("; ")),
        ),
    ];
    tables::print(args.form.format, columns)
}

/// A statement; a terminal obeys no byte of it.
fn sql(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let is_terminal = out.is_terminal();
    for line in text.lines() {
        if is_terminal { writeln!(out, "{}", value::visible(line))? } else { writeln!(out, "{line}")? }
    }
    Ok(out.flush()?)
}

/// `from date = 2015-01-01`, as in the header, with dates for what counts from the newest one.
fn declaration(parameter: &Parameter) -> String {
    let optional = if parameter.optional { "?" } else { "" };
    let default = parameter.default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
    format!("{} {}{optional}{default}", parameter.name, parameter.kind.label())
}
