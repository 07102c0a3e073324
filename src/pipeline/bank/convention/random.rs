//! Random statements in random conventions are read back equal, or refused with two readings; never otherwise.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io;

    use chrono::{Days, NaiveDate};
    use proptest::prelude::*;

    use super::super::super::form::LineCells;
    use super::super::super::profile::Profiles;
    use super::super::super::sides::Sides;
    use super::super::super::typed::Typist;
    use super::super::aside::Asides;
    use super::super::*;
    use crate::text::given::Minus;
    use crate::text::header::Map;
    use crate::text::records::{Bad, Cells};

    /// Numbers without a pattern, always the same from one seed.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % end
        }

        fn one_in(&mut self, count: u64) -> bool {
            self.below(count) == 0
        }

        fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
            let place = self.below(all.len() as u64);
            &all[usize::try_from(place).unwrap()]
        }
    }

    /// A line as it is meant: its day, withdrawal, deposit and balance in ten-thousandths, and its text.
    type Meant = (NaiveDate, Option<i64>, Option<i64>, Option<i64>, String);

    /// How amounts tell their way.
    #[derive(Clone, Copy, PartialEq)]
    enum Way {
        Columns,
        MinusDebits,
        Minus,
        MinusBehind,
        Parentheses,
        Suffix,
        Word,
        PlusOut,
    }

    struct Written {
        text: String,
        lines: Vec<Meant>,
        given: Given,
    }

    fn digits(chance: &mut Chance, units: u64, decimals: u32, mark: char, groups: &str) -> String {
        let scale = 10_u64.pow(decimals);
        let (whole, rest) = ((units / scale).to_string(), units % scale);
        let mut text = String::new();
        for (place, digit) in whole.chars().enumerate() {
            let left = whole.len() - place;
            let is_lakh = groups == "lakh";
            let is_edge = if is_lakh { left == 3 || (left > 3 && left % 2 == 1) } else { left % 3 == 0 };
            if place > 0 && is_edge {
                text += if is_lakh && mark == '.' {
                    ","
                } else if is_lakh {
                    "."
                } else {
                    groups
                };
            }
            text.push(digit);
        }
        // Some writers leave out decimals that are zero.
        if decimals > 0 && !(rest == 0 && chance.one_in(3)) {
            let _ = write!(text, "{mark}{rest:0width$}", width = decimals as usize);
        }
        text
    }

    fn day(day: NaiveDate, form: u64) -> String {
        const MONTHS: [&str; 12] = [
            "ene",
            "févr.",
            "März",
            "abril",
            "MAY",
            "giugno",
            "Jul",
            "ago",
            "września",
            "říjen",
            "nov",
            "dez",
        ];
        let month = MONTHS[day.format("%m").to_string().parse::<usize>().unwrap() - 1].trim_end_matches('.');
        match form {
            0 => day.format("%Y-%m-%d").to_string(),
            1 => day.format("%d/%m/%Y").to_string(),
            2 => day.format("%m/%d/%Y").to_string(),
            3 => day.format("%d.%m.%Y").to_string(),
            4 => day.format("%d.%m.%y").to_string(),
            5 => day.format("%d-%m-%y").to_string(),
            6 => day.format("%m/%d/%y").to_string(),
            7 => day.format("%y-%m-%d").to_string(),
            8 => day.format("%Y%m%d").to_string(),
            9 => format!("{} {month} {}", day.format("%-d"), day.format("%Y")),
            10 => day.format("%d-%m-%Y 10:15:00").to_string(),
            _ => day.format("%-d/%-m/%Y").to_string(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one statement from its first choice to its last")]
    fn written(seed: u64) -> Written {
        let chance = &mut Chance(seed);
        let delimiter = *chance.of(&[',', ';', '\t', '|', '~']);
        let mark = *chance.of(&['.', ',']);
        let other = if mark == '.' { "," } else { "." };
        let groups = *chance.of(&["", "", other, other, " ", "\u{a0}", "\u{202f}", "'", "lakh"]);
        let decimals = *chance.of(&[2, 2, 2, 0, 3]);
        let form = chance.below(12);
        let way = *chance.of(&[
            Way::Columns,
            Way::Columns,
            Way::MinusDebits,
            Way::Minus,
            Way::Minus,
            Way::MinusBehind,
            Way::Parentheses,
            Way::Suffix,
            Way::Word,
            Way::PlusOut,
        ]);
        let mut given = Given::default();
        let has_balance = chance.one_in(2) || (way == Way::PlusOut && given.signs.is_none());
        let count = 1 + chance.below(14);
        let most = *chance.of(&[20, 2_000, 200_000, 20_000_000]);
        let scale = 10_i64.pow(4 - decimals);
        let (mut date, mut balance) =
            (NaiveDate::from_ymd_opt(2015, 1, 1).unwrap() + Days::new(chance.below(4000)), 0_i64);
        balance += i64::try_from(chance.below(most * 3)).unwrap() * scale;
        let mut lines: Vec<Meant> = Vec::new();
        for _ in 0..count {
            date = date + Days::new(u64::from(way == Way::PlusOut) + chance.below(20));
            let units = i64::try_from(1 + chance.below(most)).unwrap() * scale;
            let is_out = !chance.one_in(3);
            balance += if is_out { -units } else { units };
            let text = chance.of(&[
                "Rent",
                "say \"x\"",
                "two\nlines",
                "a,b;c|d",
                "",
                "Total 5",
                "- 7 -",
                "1.234,5",
                "01/02/2024",
            ]);
            let (out, into) = if is_out { (Some(units), None) } else { (None, Some(units)) };
            lines.push((date, out, into, has_balance.then_some(balance), (*text).to_owned()));
        }
        if chance.one_in(3) {
            lines.reverse();
        }
        // What the cells cannot tell is said.
        let debits = lines.iter().filter(|line| line.1.is_some()).count();
        if (way == Way::PlusOut && count < 2) || (way == Way::MinusDebits && debits < 3) {
            given.signs = Some(if way == Way::PlusOut { Minus::In } else { Minus::Out });
        }
        let header = chance.of(&[
            ["Date", "Description", "Debit", "Credit", "Amount", "Debit/Credit", "Balance"],
            ["Buchungstag", "Verwendungszweck", "Soll", "Haben", "Betrag", "Soll/Haben", "Saldo"],
            ["Fecha", "Concepto", "Cargo", "Abono", "Importe", "Debe/Haber", "Saldo"],
            ["Data operacji", "Opis", "Obciążenia", "Uznania", "Kwota", "D/C", "Saldo po operacji"],
            ["Boekdatum", "Omschrijving", "Af", "Bij", "Bedrag", "Af Bij", "Saldo na mutatie"],
        ]);
        let has_two = matches!(way, Way::Columns | Way::MinusDebits);
        let mut records: Vec<Vec<String>> = Vec::new();
        let has_preamble = chance.one_in(3);
        if has_preamble {
            records.push(vec!["Account:".into(), "A1".into()]);
            records.push(vec!["Everything that was booked".into()]);
        } else {
            given.account = Some("A1".into());
        }
        let mut names: Vec<String> = vec![header[0].into(), header[1].into()];
        names.extend(if has_two {
            vec![header[2].into(), header[3].into()]
        } else {
            vec![header[4].to_owned()]
        });
        names.extend((way == Way::Word).then(|| header[5].to_owned()));
        names.extend(has_balance.then(|| header[6].to_owned()));
        let width = names.len();
        records.push(names);
        for (date, out, into, balance, text) in &lines {
            let mut number = |units: i64| {
                digits(chance, units.unsigned_abs() / scale.unsigned_abs(), decimals, mark, groups)
            };
            let signed = |units: i64, number: String| if units < 0 { format!("-{number}") } else { number };
            let units = out.map_or(into.unwrap_or(0), |units| -units);
            let amount = number(units);
            let mut record = vec![day(*date, form), text.clone()];
            record.extend(match way {
                Way::Columns if units < 0 => vec![amount, String::new()],
                Way::MinusDebits if units < 0 => vec![format!("-{amount}"), String::new()],
                Way::Columns | Way::MinusDebits => vec![String::new(), amount],
                Way::Minus => vec![signed(units, amount)],
                Way::MinusBehind => vec![if units < 0 { format!("{amount}-") } else { amount }],
                Way::Parentheses => vec![if units < 0 { format!("({amount})") } else { amount }],
                Way::Suffix => vec![format!("{amount} {}", if units < 0 { "DR" } else { "CR" })],
                Way::Word => vec![amount, if units < 0 { "D" } else { "C" }.into()],
                Way::PlusOut => vec![signed(-units, amount)],
            });
            record.extend(balance.map(|units| signed(units, number(units))));
            records.push(record);
        }
        if chance.one_in(4) {
            let mut total = vec![String::new(); width];
            total[1] = "Total".into();
            records.push(total);
            records.push(vec!["End of the statement".into()]);
        }
        let cell = |cell: &String| {
            let is_quoted = cell.contains(delimiter) || cell.contains(['"', '\n']);
            if is_quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        };
        let line =
            |record: &Vec<String>| record.iter().map(cell).collect::<Vec<_>>().join(&delimiter.to_string());
        let end = *chance.of(&["\n", "\r\n"]);
        let text = records.iter().map(|record| line(record) + end).collect();
        Written { text, lines, given }
    }

    /// What is read from a statement: its lines, and what is wrong.
    #[derive(Default)]
    struct Read {
        lines: Vec<Meant>,
        wrong: Vec<String>,
    }

    struct Pass<'a> {
        found: &'a Found,
        sides: &'a Sides,
        typist: Typist<'a>,
        asides: Asides,
        unclear: usize,
        read: Read,
    }

    impl scan::Sink for Pass<'_> {
        fn row(&mut self, number: u64, row: &mut Cells) -> io::Result<()> {
            let mut cells = LineCells::default();
            if self.sides.cells(&self.found.layout, row, &mut cells).is_err() {
                self.read.wrong.push(format!("line {number}: direction"));
                return Ok(());
            }
            let line = self.typist.line(&cells);
            self.unclear += self.typist.unclear.len();
            match line.filter(|_| self.typist.problems.is_empty()) {
                Some(line) => self.read.lines.push((
                    line.booking_date,
                    line.withdrawal.amount,
                    line.deposit.amount,
                    line.balance,
                    line.transaction_details.to_owned(),
                )),
                None => self.read.wrong.push(format!("line {number}: {:?}", self.typist.problems)),
            }
            Ok(())
        }

        fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()> {
            self.read.wrong.push(format!("line {line}: {}: {text}", bad.error));
            Ok(())
        }

        fn is_note(&mut self, line: u64, cells: &Cells) -> bool {
            self.asides.take(line, &self.found.layout, cells).is_some()
        }

        fn same_header(&mut self) {
            self.asides.same_header();
        }

        fn other_header(&mut self, line: u64, cells: &Cells, is_behind: bool) -> Option<Vec<Option<usize>>> {
            self.asides.header(line, &self.found.layout, cells, is_behind)
        }
    }

    fn read(written: &Written) -> Result<Read, Refusal> {
        let sample = Sample { text: written.text.clone().into_bytes(), is_whole: true };
        let asked = Asked {
            map: &Map::new(),
            given: &written.given,
            profiles: &Profiles::only(None),
            last_year: 2027,
            cap: 1 << 20,
            is_whole: false,
        };
        let found =
            found(&sample, Encoding::Utf8, &asked, &mut |_, _| Ok(false)).map_err(|error| match error {
                ReadError::Refused(refusal) => refusal,
                ReadError::Pipeline(error) => panic!("{error}"),
            })?;
        let sides = Sides::of(&found.layout).with_blank(found.convention.blank);
        let typist = Typist::new(&found.convention, &sides, found.layout.delimiter, 2027);
        let asides = Asides::new(&found.layout, &found.map, 2027, None);
        let mut pass =
            Pass { found: &found, sides: &sides, typist, asides, unclear: 0, read: Read::default() };
        scan::decoded(&found.layout, 1 << 20, sample.text.as_slice(), &mut pass).unwrap();
        if pass.unclear > 0 && !pass.typist.is_settled() {
            pass.read.wrong.push("amounts that may mean two things".into());
        }
        pass.asides.refusal(None, pass.found.stated.account.as_deref()).map_or(Ok(pass.read), Err)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn statements_are_read_back_equal_or_refused_with_two_readings(seed in any::<u64>()) {
            let written = written(seed);
            match read(&written) {
                Err(refusal) => prop_assert_eq!(refusal.error, "two_readings", "{}\n{}", refusal.message, written.text),
                Ok(read) => {
                    prop_assert!(read.wrong.is_empty(), "{:?}\n{}", read.wrong, written.text);
                    prop_assert_eq!(&read.lines, &written.lines, "{}", written.text);
                }
            }
        }
    }

    #[test]
    fn most_statements_are_read_without_a_question() {
        let refused = (0..1000).filter(|seed| read(&written(*seed)).is_err()).count();
        assert!((1..400).contains(&refused), "{refused} of 1000");
    }
}
