//! The card in every form: what it says, that nothing in it is obeyed, that the same figures give the same bytes.

use saldo::credit::card::text::{lines, plain};
use saldo::credit::card::{Card, csv, html, json, markdown};
use saldo::credit::figures::Figures;
use unicode_width::UnicodeWidthStr;

use super::{card, decimal, overdrawn, sound, with};

fn forms(card: &Card) -> [String; 5] {
    let cards = std::slice::from_ref(card);
    [
        plain(&lines(card, 80)),
        json::cards(cards).unwrap(),
        markdown::card(card),
        html::page(cards),
        csv::cards(cards),
    ]
}

fn hostile() -> Figures {
    let mut figures = overdrawn();
    figures.subject.account = "=HYPERLINK(\"x\")|\u{1b}[2J<script>alert(1)</script>".into();
    figures.subject.name = Some("@SUM(1)\n# `rm` [a](b) \u{202e}\"' onload=x".to_owned());
    figures.subject.customer = Some("\t-1+1,\r\n&amp;".to_owned());
    figures.facts.notes.push("<img src=x onerror=alert(1)>\u{9b}31m|x".to_owned());
    figures.facts.ratio_label = "High <b>".into();
    figures.inputs.rates[0].source = "</footer>|*x*".into();
    figures
}

#[test]
fn the_card_reads_without_colour_on_eighty_columns() {
    let mut figures = overdrawn();
    figures.asked.instalment = Some(decimal("500"));
    let text = plain(&lines(&card(&figures), 80));
    insta::assert_snapshot!(text);
    for figures in [sound(), overdrawn(), hostile(), with(&[("months_covered", "1")])] {
        for width in [40, 80, 140] {
            let card = lines(&card(&figures), width);
            for line in plain(&card).lines() {
                assert!(line.width() <= width, "{} of {width}: {line}", line.width());
            }
        }
    }
}

#[test]
fn the_same_figures_have_the_same_bytes() {
    for figures in [sound(), overdrawn(), hostile()] {
        assert_eq!(forms(&card(&figures)), forms(&card(&figures.clone())));
    }
}

#[test]
fn no_byte_of_a_name_is_obeyed() {
    let card = card(&hostile());
    let [text, json, markdown, html, csv] = forms(&card);
    for (form, written) in [("text", &text), ("markdown", &markdown), ("html", &html)] {
        let bad = |mark: char| (mark.is_control() && mark != '\n') || mark == '\u{202e}';
        assert!(!written.chars().any(bad), "{form}");
    }
    assert!(!json.contains('\u{1b}') && json.contains("\\u001b"), "JSON has its own escapes");
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("High <b>"));
    assert!(html.contains("&lt;script&gt;") && html.contains("&amp;amp;"));
    assert!(!html.contains("\" onload") && !html.contains("' onload"));
    assert_eq!(html.matches("</footer>").count(), 1);
    // Each row of a table has the same cells, whatever they hold.
    let rows = markdown.lines().filter(|line| line.starts_with('|'));
    assert!(rows.map(|row| row.replace("\\|", "").matches('|').count()).all(|bars| bars == 9));
    assert!(!markdown.contains("[a](b)") && !markdown.contains("`rm`"));
    assert!(markdown.contains("\\<script"));
    assert_eq!(markdown.matches('<').count(), markdown.matches("\\<").count());
    // A program that reads CSV finds the texts again; a spreadsheet finds no formula.
    let mut fields = csv.split("\n\"").nth(1).unwrap().split("\",");
    assert!(fields.next().unwrap().starts_with("'=HYPERLINK(\"\"x\"\")"));
    assert!(csv.contains("\"'@SUM(1)\n") && csv.contains("\"'\t-1+1,"), "{csv}");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value[0]["subject"], "account");
    assert_eq!(value[0]["account"], "=HYPERLINK(\"x\")|\u{1b}[2J<script>alert(1)</script>");
}

#[test]
fn json_has_stable_keys_and_exact_decimals() {
    let json: serde_json::Value = serde_json::from_str(&json::cards(&[card(&overdrawn())]).unwrap()).unwrap();
    let card = &json[0];
    let keys: Vec<_> = card.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted = vec![
        "form",
        "run_id",
        "subject",
        "account",
        "name",
        "customer",
        "as_of",
        "base_currency",
        "balance_currency",
        "instalment",
        "disclaimer",
        "headline",
        "points",
        "ratio",
        "notes",
        "against",
        "for",
        "unknown",
        "figures",
        "policy",
        "inputs",
    ];
    wanted.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
    assert_eq!(card["headline"]["band"], "red");
    assert_eq!(card["disclaimer"], "Decision support, not a decision.");
    assert_eq!(card["against"][0]["value"], "40.000000");
    let rows = card["figures"].as_array().unwrap();
    let balance = rows.iter().find(|row| row["indicator"] == "average_daily_balance").unwrap();
    assert_eq!(balance["cells"][3]["value"], "12345.678901");
    assert_eq!(balance["cells"][3]["shown"], "SGD 12,345.68");
    assert_eq!(balance["cells"][3]["from"], "2018-03-01");
    assert_eq!(balance["history"][6]["value"], serde_json::Value::Null);
    let since = rows.iter().find(|row| row["indicator"] == "negative_run").unwrap();
    assert_eq!(since["unit"], "days");
}

#[test]
fn every_number_of_the_table_has_its_period_and_currency() {
    let text = csv::cards(&[card(&sound())]);
    let periods: Vec<_> = saldo::credit::indicators::INDICATORS.iter().flat_map(|one| one.periods).collect();
    assert_eq!(text.lines().count(), periods.len() + 1);
    for (line, period) in text.lines().skip(1).zip(periods) {
        assert!(line.starts_with("409000611074,,,2019-03-05,SGD,green,"), "{line}");
        assert!(line.contains(&format!(",{period},20")), "{line}");
        assert!(line.contains(",2019-02-28,") || line.matches("2019-03-05").count() > 1, "{line}");
    }
}

/// WCAG: the contrast of what is read is 4.5 at least, in light, dark and print.
#[test]
fn the_pages_colours_are_readable() {
    let page = html::page(&[card(&sound())]);
    let luminance = |colour: &str| {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let mut schemes = 0;
    for scheme in page.split(":root {").skip(1).map(|text| text.split('}').next().unwrap()) {
        let colour = |name: &str| {
            let text = scheme.split(&format!("--{name}: ")).nth(1).unwrap();
            luminance(&text[..7])
        };
        for ground in ["ground", "raised"] {
            for name in ["text", "muted", "green", "amber", "red"] {
                let (front, back) = (colour(name), colour(ground));
                let contrast = (front.max(back) + 0.05) / (front.min(back) + 0.05);
                assert!(contrast >= 4.5, "{name} on {ground}: {contrast:.2}");
            }
        }
        schemes += 1;
    }
    assert_eq!(schemes, 3, "light, dark and print");
}

#[test]
fn the_page_stands_alone_and_is_heard_as_it_is_seen() {
    let page = html::page(&[card(&overdrawn())]);
    for word in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link", "<iframe"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("<html lang=\"en\">"));
    assert_eq!(
        page.matches("<svg ").count(),
        page.matches("role=\"img\" aria-label=\"").count() - marks(&page)
    );
    assert!(page.contains("Average daily balance by month, March 2018 to February 2019: 3,690; 4,000;"));
    assert!(page.matches("scope=\"row\"").count() > 30 && page.contains("<th scope=\"col\""));
}

/// The signs of bands, which have names too.
fn marks(page: &str) -> usize {
    page.matches("<span role=\"img\" aria-label=\"").count()
}
