//! The card as CSV: one line a figure and period, with the account's columns before it.

use super::Card;

const COLUMNS: &str = "account,name,customer,as_of,base_currency,grade,indicator,label,period,from,to,value,unit,band,points,\
                       threshold,rule,source,sentence,rows,run_id,policy_version,policy_sha256,manifest_sha256";

/// The cards, one below the other.
#[must_use]
pub fn cards(cards: &[Card]) -> String {
    let mut out = format!("{COLUMNS}\n");
    for card in cards {
        for row in &card.figures {
            for cell in &row.cells {
                let date = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string());
                let is_main = row.main() == Some(cell);
                let line = [
                    words(Some(&card.account)),
                    words(card.name.as_deref()),
                    words(card.customer.as_deref()),
                    card.as_of.to_string(),
                    words(Some(&card.base_currency)),
                    card.headline.word.to_owned(),
                    row.indicator.to_owned(),
                    words(Some(row.label)),
                    cell.period.to_string(),
                    date(cell.from).unwrap_or_default(),
                    cell.to.to_string(),
                    cell.value.map(|value| value.to_string()).unwrap_or_default(),
                    words(Some(&row.unit)),
                    cell.band.map_or("", super::super::policy::Band::name).to_owned(),
                    cell.points.map(|points| points.to_string()).unwrap_or_default(),
                    words(cell.threshold.as_deref()),
                    words(cell.rule.as_deref()),
                    words(cell.source.as_deref()),
                    words(is_main.then_some(row.sentence.as_str())),
                    row.rows.to_string(),
                    card.run_id.clone(),
                    words(Some(&card.policy.version)),
                    card.policy.sha256.clone(),
                    card.inputs.manifest_sha256.clone(),
                ];
                out.push_str(&line.join(","));
                out.push('\n');
            }
        }
    }
    out
}

/// A text in quotes where CSV needs them. A spreadsheet would take `=…` for a formula and run it, so such a text begins
/// with an apostrophe, which the spreadsheet hides.
#[must_use]
pub fn words(text: Option<&str>) -> String {
    let Some(text) = text else { return String::new() };
    let is_formula =
        text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']) || text.starts_with(['\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}
