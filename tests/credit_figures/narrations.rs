//! What a narration is taken for, told by the figures.

use super::*;

/// An account for each narration with the class it belongs to: a deposit where the class is one of deposits. The amount is 10.
const TEXTS: &[(&str, &str, i64)] = &[
    // Returned items of many banks; what only sounds like one.
    ("CHQ RETURN CHG INSUFF FUND", "returned_items", -10),
    ("chq.return-000123", "returned_items", -10),
    ("ECS RTN CHGS 221016", "returned_items", -10),
    ("I/W CHQ RET:INSUFFICIENT FUNDS", "returned_items", -10),
    ("NSF FEE", "returned_items", -10),
    ("Rücklastschrift 4711", "returned_items", -10),
    ("RUECKLASTSCHRIFTGEBUEHR", "returned_items", -10),
    ("REJET DE PRÉLÈVEMENT EDF", "returned_items", -10),
    ("Devolución recibo luz", "returned_items", -10),
    ("CHEQUE DEVOLVIDO 11", "returned_items", -10),
    ("ASSEGNO INSOLUTO", "returned_items", -10),
    ("VRÁCENÁ PLATBA", "returned_items", -10),
    ("STORNO INCASSO ZIGGO", "returned_items", -10),
    ("CEK DITOLAK BCA", "returned_items", -10),
    ("SANKC. UROK", "returned_items", -10),
    ("OD CHG 08/2019", "returned_items", -10),
    ("RETURN TICKET AIRLINE", "nothing", -10),
    ("RETURN CHEQUE BOOK FEE", "nothing", -10),
    ("CHQ RETAIL PARK", "nothing", -10),
    ("UNSF DONATION", "nothing", -10),
    ("BOUNCEHOUSE RENTAL", "nothing", -10),
    ("POS AGIOS NIKOLAOS MARKET", "nothing", -10),
    ("AGIOS DEBITEURS 3T", "returned_items", -10),
    ("STORNOWAY HOTEL", "nothing", -10),
    ("MORTGAGE BROKER FEE", "nothing", -10),
    // Loans.
    ("LOAN EMI 00001234", "debt_service", -10),
    ("MORTGAGE PAYMENT", "debt_service", -10),
    ("Darlehensrate April", "debt_service", -10),
    ("REMBOURSEMENT PRET 12", "debt_service", -10),
    ("CUOTA PRÉSTAMO 3/24", "debt_service", -10),
    ("ÚVĚR", "debt_service", -10),
    ("EMI MUSIC STORE", "nothing", -10),
    ("LOANED BOOKS SHOP", "nothing", -10),
    ("LOAN DISBURSEMENT 99", "loan_proceeds", 10),
    ("Auszahlung Kredit", "loan_proceeds", 10),
    ("ČERPÁNÍ ÚVĚRU", "loan_proceeds", 10),
    // What takes another payment back.
    ("REFUND AMAZON", "reversals", 10),
    ("REVERSAL OF FEE", "reversals", 10),
    ("Storno Gutschrift", "reversals", 10),
    ("REV JOHN SMITH", "nothing", 10),
    ("NON REFUNDABLE DEPOSIT", "nothing", 10),
    // Between own accounts.
    ("OWNB/INTERNAL FUND TRANSFE", "own_transfers", 10),
    ("Umbuchung", "own_transfers", -10),
    ("TRASPASO ENTRE CUENTAS", "own_transfers", 10),
    ("INTERNAL AUDIT FUND", "nothing", 10),
];

/// The indicators that a line of 10 changes, and how it does.
const CLASSES: [(&str, &str, &str); 5] = [
    ("returned_items", "12m", "1"),
    ("debt_service", "12m", "10"),
    ("loan_proceeds", "12m", "10"),
    ("reversals", "12m", "10"),
    ("own_transfers", "12m", "10"),
];

pub fn statement() -> Vec<String> {
    // A second line, so that they reach over the month.
    let lines = |(index, (text, _, amount)): (usize, &(&str, &str, i64))| {
        let account = format!("TEXT{index:03}");
        [("2019-08-01", *text, *amount), ("2019-08-31", "INTEREST", 0)]
            .map(|(date, text, moved)| line(&account, date, text, moved, *amount))
    };
    TEXTS.iter().enumerate().flat_map(lines).collect()
}

#[test]
fn narrations_are_taken_for_what_they_are() {
    let all = HOME.ask(&request(Whose::EveryAccount, "2019-08-31")).unwrap();
    let mut wrong = Vec::new();
    for (index, (text, class, _)) in TEXTS.iter().enumerate() {
        let account = format!("TEXT{index:03}");
        let figures = all.iter().find(|figures| figures.subject.account == account).unwrap();
        let found: Vec<_> = CLASSES
            .iter()
            .filter(|(name, period, changed)| value(figures, name, period) == *changed)
            .map(|(name, ..)| *name)
            .collect();
        let right: &[&str] = if *class == "nothing" { &[] } else { &[class] };
        if found != right {
            wrong.push(format!("{text}: {found:?}, not {class}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lines_behind_a_figure_are_exactly_those_that_it_counts() {
    let lines = |kind: &str, from: &str| {
        let (kind, from) = (format!("kind={kind}"), format!("from={from}"));
        let arguments = [
            "query",
            "account_lines_by_kind",
            "--format",
            "csv",
            "-p",
            "account=SALARIED",
            "-p",
            &kind,
            "-p",
            &from,
            "-p",
            "to=2019-08-31",
        ];
        let csv = String::from_utf8(saldo(HOME.folder.path(), &arguments).stdout).unwrap();
        let mut lines = csv.lines();
        let columns: Vec<_> = lines.next().unwrap().split(',').collect();
        let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
        let (texts, items) = (at("transaction_details"), at("returned_items"));
        let (inflow, outflow) = (at("deposit_sgd_amt"), at("withdrawal_sgd_amt"));
        let number = |cell: &str| cell.parse::<f64>().unwrap_or(0.0);
        let mut found = (Vec::new(), 0.0, 0.0);
        for line in lines {
            let cells: Vec<_> = line.split(',').collect();
            found.0.push(cells[texts].to_owned());
            found.1 += number(cells[inflow]) + number(cells[outflow]);
            found.2 += number(cells[items]);
        }
        found
    };
    let year = "2018-09-01";
    let (texts, _, items) = lines("returned item", "2019-06-03");
    assert_eq!(
        texts,
        [
            "INSUFFICIENT FUNDS FEE",
            "CHQ RETURN CHG INSUFF FUND",
            "CHQ RETURN CHG INSUFF FUND",
            "REV CHQ RETURN CHG"
        ]
    );
    // As many as the figure of 90 days has: one of the fees came back.
    assert_eq!(items.to_string(), value(&HOME.account("SALARIED", "2019-08-31"), "returned_items", "90d"));
    for (kind, amount) in
        [("own transfer", 1000.0), ("loan proceeds", 2000.0), ("loan payment", 6000.0), ("reversal", 65.0)]
    {
        assert!((lines(kind, year).1 - amount).abs() < 0.005, "{kind}");
    }
    assert_eq!(lines("own transfer", year).0, ["OWNB/INTERNAL FUND TRANSFE"; 2]);
    // The gift is income, as in the shares of payers: 36,000 and 5,000.
    assert!((lines("income", year).1 - 41000.0).abs() < 0.005);
}
