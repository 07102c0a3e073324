//! The page in a real browser: one sheet of A4, light and dark; where there is no browser, a loud line says so.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use saldo::credit::card::html;

use super::{card, crowded, overdrawn, sound};

/// What is started: `$SALDO_BROWSER`, else the first that is installed.
fn browser() -> Option<PathBuf> {
    if let Some(named) = env::var_os("SALDO_BROWSER") {
        return Some(named.into());
    }
    let folders = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

fn run(browser: &Path, folder: &Path, arguments: &[&str]) {
    let home = folder.join("profile");
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ])
        .arg(format!("--user-data-dir={}", home.display()))
        .args(arguments)
        .arg(format!("file://{}", folder.join("card.html").display()))
        .current_dir(folder)
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The objects of type Page in a PDF, whose page tree is written in the clear.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type /Page\n").count()
        + text.matches("/Type /Page ").count()
        + text.matches("/Type /Page/").count()
}

#[test]
fn a_card_is_one_sheet_of_a4_and_has_two_grounds() {
    let Some(browser) = browser() else {
        eprintln!(
            "NOT CHECKED: the card in a browser, since there is no chromium here (apt-get install chromium)"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let many = vec![crowded(), sound(), overdrawn()];
    for (figures, sheets) in [(vec![crowded()], 1), (vec![sound()], 1), (vec![overdrawn()], 1), (many, 3)] {
        let cards: Vec<_> = figures.iter().map(card).collect();
        fs::write(path("card.html"), html::page(&cards)).unwrap();
        run(&browser, folder.path(), &["--no-pdf-header-footer", "--print-to-pdf=card.pdf"]);
        let pdf = fs::read(path("card.pdf")).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        for ending in ["html", "pdf"] {
            keep(&path(&format!("card.{ending}")), &format!("{}-{sheets}.{ending}", figures[0].facts.lines));
        }
        assert_eq!(pages(&pdf), sheets, "a sheet a card");
    }
    for (name, dark) in [
        ("light.png", "--blink-settings=preferredColorScheme=1"),
        ("dark.png", "--blink-settings=preferredColorScheme=0"),
    ] {
        run(&browser, folder.path(), &[dark, "--window-size=1000,1400", &format!("--screenshot={name}")]);
    }
    let (light, dark) = (corner(&path("light.png")), corner(&path("dark.png")));
    assert!(light.iter().all(|part| *part == 0xff), "light is on white: {light:?}");
    assert_eq!(dark, [0x14, 0x17, 0x1a], "dark is on its own ground");
    keep(&path("light.png"), "light.png");
    keep(&path("dark.png"), "dark.png");
}

/// What was made, for a person to look at: `$SALDO_KEEP` is a folder.
fn keep(made: &Path, name: &str) {
    if let Some(kept) = env::var_os("SALDO_KEEP") {
        fs::copy(made, Path::new(&kept).join(name)).unwrap();
    }
}

/// The colour of the first point of a picture.
fn corner(png: &Path) -> [u8; 3] {
    let picture = resvg::tiny_skia::Pixmap::load_png(png).unwrap();
    let point = picture.pixel(0, 0).unwrap();
    [point.red(), point.green(), point.blue()]
}
