//! Where cards go, and in which form.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::super::Failure;
use super::super::query;
use crate::config::Config;
use crate::credit::card::text::{self, Role};
use crate::credit::card::{Card, csv, html, json, markdown};
use crate::credit::policy::Band;
use crate::credit::portfolio;
use crate::environment;
use crate::explorer::theme::{Depth, Glyphs, Theme, painted};
use crate::export::{Bytes, Format, Writer};
use crate::value;

/// Columns of a card on a terminal.
const WIDTH: usize = 80;

/// A form of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// Text for a terminal
    Card,
    Json,
    Md,
    /// One page that needs nothing else, a sheet of A4 a card in print
    Html,
    Csv,
    /// For --all, in a file
    Parquet,
}

impl Form {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Json => "json",
            Self::Md => "md",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    fn of_path(path: &Path) -> Option<Self> {
        Some(match path.extension()?.to_string_lossy().to_ascii_lowercase().as_str() {
            "txt" => Self::Card,
            "json" => Self::Json,
            "md" => Self::Md,
            "html" | "htm" => Self::Html,
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }
}

/// The form that is asked for.
pub(super) fn form(asked: Option<Form>, output: Option<&Path>, is_portfolio: bool) -> Result<Form, Failure> {
    let by_name = output.and_then(Form::of_path);
    if let (None, None, Some(path)) = (asked, by_name, output.filter(|path| path.extension().is_some())) {
        return Err(Failure::usage(
            format!("the ending of {} is not that of a form", path.display()),
            "name the form with --format; there are card, json, md, html, csv, parquet",
        ));
    }
    let form = asked.or(by_name).unwrap_or(Form::Card);
    if form == Form::Parquet && !is_portfolio {
        return Err(Failure::usage("a card is not written as Parquet", "choose another --format, or --all"));
    }
    if form == Form::Parquet && output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::usage("Parquet is not for a terminal", "name a file with -o FILE"));
    }
    Ok(form)
}

/// Writes each card.
pub(super) fn cards(cards: &[Card], form: Form, to: Option<&Path>, config: &Config) -> Result<(), Failure> {
    let text = match form {
        Form::Card => {
            let mut lines = Vec::new();
            for (index, card) in cards.iter().enumerate() {
                if index > 0 {
                    lines.extend([Vec::new(), Vec::new()]);
                }
                lines.extend(text::lines(card, WIDTH));
            }
            return print(&lines, to, config);
        }
        Form::Json => json::cards(cards).map_err(|error| Failure::new(1, error.to_string()))?,
        Form::Md => cards.iter().map(markdown::card).collect::<Vec<_>>().join("\n"),
        Form::Csv => csv::cards(cards),
        Form::Html | Form::Parquet => html::page(cards),
    };
    write(&text, to)
}

/// Writes a line an account.
pub(super) fn portfolio(
    cards: &[Card],
    form: Form,
    to: Option<&Path>,
    config: &Config,
) -> Result<(), Failure> {
    let lines = portfolio::lines(cards);
    let format = match form {
        Form::Card => return print(&portfolio::table(&lines, WIDTH), to, config),
        Form::Html => return write(&html::page(cards), to),
        Form::Json => {
            let text =
                serde_json::to_string_pretty(&lines).map_err(|error| Failure::new(1, error.to_string()))?;
            return write(&(text + "\n"), to);
        }
        Form::Md => Format::Md,
        Form::Csv => Format::Csv,
        Form::Parquet => Format::Parquet,
    };
    let batch = portfolio::batch(&lines).map_err(|error| Failure::new(1, error.to_string()))?;
    let what_if = portfolio::what_if(&lines).filter(|_| form == Form::Md);
    let bytes = if to.is_none() && io::stdout().is_terminal() { Bytes::Visible } else { Bytes::Exact };
    query::output(to, |out| {
        if let Some(what_if) = what_if {
            writeln!(out, "{what_if}\n")?;
        }
        let mut writer = Writer::new(format, bytes, out);
        writer.start(&batch.schema())?;
        writer.batch(&batch)?;
        Ok(writer.finish()?)
    })
}

/// Text of a machine's form; a terminal obeys none of it.
fn write(text: &str, to: Option<&Path>) -> Result<(), Failure> {
    let is_terminal = to.is_none() && io::stdout().is_terminal();
    query::output(to, |out| {
        for line in text.split_inclusive('\n') {
            match (is_terminal, line.strip_suffix('\n')) {
                (true, Some(line)) => writeln!(out, "{}", value::visible(line))?,
                _ => out.write_all(line.as_bytes())?,
            }
        }
        Ok(out.flush()?)
    })
}

/// Lines in the theme's colours and the signs that the terminal has; elsewhere in neither.
fn print(lines: &[text::Line], to: Option<&Path>, config: &Config) -> Result<(), Failure> {
    if to.is_some() || !io::stdout().is_terminal() {
        return query::output(to, |out| {
            out.write_all(text::plain(lines).as_bytes())?;
            Ok(out.flush()?)
        });
    }
    let theme = Theme::load(&config.theme, Depth::detect())
        .map_err(|error| Failure::new(1, error.to_string()).with_hint("choose another one with --theme"))?;
    let glyphs = Glyphs::detect();
    // Such a terminal shows the letters of what others obey.
    let is_dumb = environment::text("TERM").is_none_or(|term| term == "dumb");
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in lines {
        for span in line {
            let text = glyphs.text(&span.text);
            let style = match span.role {
                _ if is_dumb => None,
                Role::Plain => None,
                Role::Heading => Some(theme.heading),
                Role::Muted => Some(theme.muted),
                Role::Band(Band::Green) => Some(theme.good),
                Role::Warning | Role::Band(Band::Amber) => Some(theme.warning),
                Role::Band(Band::Red) => Some(theme.error),
            };
            let text = style.map_or_else(|| text.clone(), |style| painted(&text, style));
            out.write_all(text.as_bytes())?;
        }
        writeln!(out)?;
    }
    Ok(out.flush()?)
}
