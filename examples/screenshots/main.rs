//! Draws `screenshots/` from the program itself on the demo lake: the real state, engine and screen, with a fixed day.

mod session;
mod svg;

use std::fs;
use std::path::Path;

use anyhow::Result;
use ratatui::layout::Rect;
use saldo::config::Config;
use saldo::demo;
use saldo::explorer::Start;
use saldo::explorer::theme::{Depth, Theme};

use session::Session;

const FONT: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
/// A picture: file name, theme, columns, lines, and the keys that lead to it. `{name}` stands for a key, `{query:x}`
/// for going to the saved query x.
const PICTURES: &[(&str, &str, u16, u16, &str)] = &[
    ("explorer", "dark", 140, 40, "{query:credit_worthiness}{enter}"),
    ("balance", "dark", 140, 40, "{query:balance_over_time}{enter}{right}{enter}{down}{down}{down}"),
    (
        "sql",
        "light",
        140,
        40,
        "2SELECT deposit_currency, COUNT(*) AS lines,\n       SUM(deposit_amt) AS native, SUM(deposit_sgd_amt) AS sgd\nFROM processed\nWHERE rate_status <> 'no_rate' -- what has no rate is listed by itself\nGROUP BY deposit_currency\nORDER BY sgd DESC{run}",
    ),
    ("parameters", "colour-blind", 120, 36, "{query:compare_two_dates}{enter}"),
    ("narrow", "high-contrast", 80, 24, "{query:account_summary}{enter}"),
    ("forecast", "dark", 140, 40, "5c"),
    ("backtest", "light", 140, 40, "5{view}"),
    ("why", "dark", 120, 36, "5{view}{view}"),
    ("what_if", "colour-blind", 140, 40, "5{page up}{page up}a2023-11-15 -6,000,000 every month Dividend\n"),
    ("patterns", "mono", 80, 24, "5"),
    ("credit", "dark", 140, 40, "7700100611074\n"),
    ("portfolio", "dark", 120, 36, "7{esc}p"),
    ("keys", "dark", 100, 40, "?"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let lake = folder.path().join("demo");
    let options = demo::Options { lake, rows: demo::ROWS, seed: demo::SEED };
    let lake = demo::build(&options, &mut |_| {})?;
    fs::create_dir_all("screenshots")?;
    for (name, theme, width, height, keys) in PICTURES {
        let config = Config {
            queries: folder.path().join("none"),
            cache: folder.path().join(name),
            // Who asks for a card is written down there.
            state: folder.path().join("state"),
            theme: (*theme).to_owned(),
            ..Config::default()
        };
        let start = Start { config, lake: Some(lake.clone()), ..Start::default() };
        let mut session = Session::new(&start, Rect::new(0, 0, *width, *height))?;
        session.keys(keys).await?;
        let svg = svg::svg(&session.draw(&Theme::load(theme, Depth::True)?)?, "saldo");
        let path = Path::new("screenshots").join(name);
        fs::write(path.with_extension("png"), svg::png(&svg, Path::new(FONT))?)?;
        fs::write(path.with_extension("svg"), svg)?;
        println!("screenshots/{name}.png");
    }
    Ok(())
}
