//! Balances and totals that stand among the transactions with a day: in nine languages none of them is money in silence.

use super::Place;

/// What a bank calls a balance and nobody else anything, and what a shop may be called too, a language a line.
const TEXTS: &[[&str; 2]] = &[
    [
        "BALANCE FORWARD|Previous balance|PREVIOUS BALANCE|Prior Balance|Opening Balance|Opening Bal|Opening Bal.|Balance brought forward|\
         Balance B/F|Bal B/F|BAL. FWD|Balance Fwd|Initial balance|Beginning balance|Starting Balance|Closing Balance|CLOSING BAL|\
         Ending balance|Balance carried forward|Balance C/F|Current Balance|Available balance|Ledger Balance|Running balance|Daily balance",
        "BALANCE|New balance|B/F|C/F|Statement balance|Final balance|Outstanding balance|Balance due|Balance at end of month|\
         Grand Total|Sub Total|TOTAL CREDITS|Total debits|Total withdrawals|Total of deposits",
    ],
    [
        "Saldo previo|SALDO ANTERIOR|Saldo inicial|Saldo de apertura|Saldo apertura|Saldo final|Saldo al cierre|Saldo de cierre|\
         Saldo actual|Saldo disponible|Saldo contable|Saldo del día|Saldo mes anterior",
        "SALDO|Saldo a su favor|Saldo deudor|Nuevo saldo|Total general|Total cargos|Total de abonos|TOTALES",
    ],
    [
        "Anfangssaldo|Alter Kontostand|Alter Saldo|Saldovortrag|Eröffnungssaldo|Anfangsbestand|Startsaldo|Endsaldo|Neuer Kontostand|\
         Schlusssaldo|Schlussbestand|Abschlusssaldo|Kontostand|Aktueller Kontostand|Tagessaldo|Zwischensaldo",
        "Saldo|Übertrag|Vortrag|Monatssaldo|Kontostand zum Monatsende|Saldo Ihres Kontos|Gesamtsumme|Summe Haben|Summe Soll|Summe Gutschriften",
    ],
    [
        "Solde précédent|SOLDE PRECEDENT|Ancien solde|Solde initial|Solde d'ouverture|Report à nouveau|Solde reporté|Nouveau solde|\
         Solde final|Solde de clôture|Solde du jour|Solde comptable|Solde disponible",
        "Solde|Solde créditeur|SOLDE DEBITEUR|Report|Total des opérations|Total débits|Total général",
    ],
    [
        "Saldo iniziale|Saldo precedente|Saldo di apertura|Saldo finale|Saldo di chiusura|Saldo contabile|Saldo disponibile|Saldo attuale",
        "SALDO|Saldo a credito|Nuovo saldo|Riporto|Totale generale|Totale entrate|Totale delle uscite",
    ],
    [
        "Vorig saldo|Beginsaldo|Oud saldo|Openingssaldo|Eindsaldo|Nieuw saldo|Slotsaldo|Huidig saldo|Beschikbaar saldo",
        "Saldo|Saldo op rekening|Nieuwe saldo|Totaal bij|Totaal af|Eindtotaal",
    ],
    [
        "SALDO ANTERIOR|Saldo inicial|Saldo de abertura|SALDO ATUAL|Saldo do dia|SALDO TOTAL DISPONÍVEL DIA|Saldo disponível|Saldo final|\
         Saldo contabilístico",
        "Saldo|Saldo em aplicações|Novo saldo|Total geral|Total de créditos|Total saídas",
    ],
    [
        "Saldo początkowe|Saldo otwarcia|Saldo poprzednie|Saldo końcowe|Saldo zamknięcia|Stan początkowy|Stan końcowy|Saldo dostępne|Stan konta",
        "Saldo|Saldo po operacjach|Suma wpłaty",
    ],
    [
        "Počáteční zůstatek|Předchozí zůstatek|Počáteční stav|Konečný zůstatek|Nový zůstatek|Aktuální zůstatek|Disponibilní zůstatek",
        "Zůstatek|Zůstatek na účtu|Celkem|Celkem výdaje",
    ],
];

fn texts(kind: usize) -> Vec<&'static str> {
    TEXTS.iter().flat_map(|kinds| kinds[kind].split('|')).collect()
}

/// The statement in which each text stands once, in lines of an account of its own, and how it is taken in: exit code, how many rows
/// its account has, where those are not as many, and what is told.
fn taken(header: &str, texts: &[&str], lines: &str, rows: usize) -> (i32, Vec<String>, String) {
    let of_text = |(place, text)| lines.replace("ACCOUNT", &format!("A{place}")).replace("TEXT", text);
    let lines: String = texts.iter().enumerate().map(|(place, text)| of_text((place, *text))).collect();
    let place = Place::new();
    place.file("f.csv", format!("{header}\n{lines}"));
    let (code, told) = place.bank(&["f.csv"]);
    let counts = place.rows(
        "banktxn",
        &format!(
            "SELECT account_no, COUNT(*) FROM banktxn GROUP BY account_no HAVING COUNT(*) <> {rows} ORDER BY account_no"
        ),
    );
    let text = |count: String| {
        let at = count.strip_prefix('A').and_then(|count| count.split(' ').next()).unwrap();
        format!("{}: {count}", texts[at.parse::<usize>().unwrap()])
    };
    (code, counts.into_iter().map(text).collect(), told)
}

#[test]
fn a_balance_is_no_money_where_nothing_shows_that_it_is_one_but_its_words() {
    let texts = texts(0);
    assert!(texts.len() > 100);
    let lines = "ACCOUNT,2022-12-30,TEXT,26414.94\nACCOUNT,2023-01-03,TDMS STMT DEC BUS,-64.12\nACCOUNT,2023-01-19,SEND E-TFR,-1100.00\n";
    let (code, odd, told) = taken("Account,Date,Description,Amount", &texts, lines, 2);
    assert_eq!((code, odd), (0, Vec::new()), "{told}");
    assert!(!told.contains("is taken for a transaction"), "{told}");
    let lines = "ACCOUNT,2022-12-30,TEXT,,26414.94\nACCOUNT,2023-01-03,TDMS STMT DEC BUS,-64.12,26350.82\n";
    let (code, odd, told) = taken("Account,Date,Description,Amount,Balance", &texts, lines, 1);
    assert_eq!((code, odd), (0, Vec::new()), "{told}");
}

#[test]
fn what_may_be_a_balance_or_a_shop_is_what_the_lines_show_or_is_told() {
    let texts = texts(1);
    assert!(texts.len() > 50);
    let header = "Account,Date,Description,Amount";
    let open = "ACCOUNT,2022-12-30,TEXT,26414.94\nACCOUNT,2023-01-03,TDMS STMT DEC BUS,-64.12\nACCOUNT,2023-01-19,SEND E-TFR,-1100.00\n";
    let (code, odd, told) = taken(header, &texts, open, 3);
    assert_eq!((code, odd), (0, Vec::new()), "{told}");
    let more = format!(", and so are {} more such lines", texts.len() - 1);
    assert!(told.contains("BALANCE in line 2 is taken for a transaction") && told.contains(&more), "{told}");
    // The sum of what came in is the balance too.
    let shown =
        "ACCOUNT,2023-01-03,SHOP,-30.00\nACCOUNT,2023-01-04,PAY,50.00\nACCOUNT,2023-01-31,TEXT,20.00\n";
    let (code, odd, told) = taken(header, &texts, shown, 2);
    assert_eq!((code, odd), (0, Vec::new()), "{told}");
    let beside = "ACCOUNT,2023-01-03,SHOP,-30.00,470.00\nACCOUNT,2023-01-04,PAY,50.00,520.00\nACCOUNT,2023-01-31,TEXT,520.00,520.00\n";
    let (code, odd, told) = taken("Account,Date,Description,Amount,Balance", &texts, beside, 2);
    assert_eq!((code, odd), (0, Vec::new()), "{told}");
}

#[test]
fn a_shop_whose_name_has_a_word_for_a_balance_is_paid_from_nothing_too() {
    let shops = "Account,Date,Description,Amount,Balance\nA1,2023-01-02,Card,-20.00,0.00\nA1,2023-01-03,New Balance,-80.00,-80.00\n\
                 A1,2023-01-04,Balance Fitness,-30.00,-110.00\nA1,2023-01-05,Pay,110.00,0.00\nA1,2023-01-06,Saldo fattura,-9.00,-9.00\n";
    let place = Place::new();
    place.file("f.csv", shops);
    let (code, told) = place.bank(&["f.csv"]);
    assert_eq!((code, place.lines().len()), (0, 5), "{told}");
    assert!(told.contains("New Balance in line 3 is taken for a transaction"), "{told}");
    // Without balances the sums of the lines decide.
    let place = Place::new();
    place.file(
        "f.csv",
        "Account,Date,Description,Amount\nA1,2023-01-02,Card,-20.00\nA1,2023-01-03,New Balance,-80.00\n\
         A1,2023-01-03,New Balance,-80.00\nA1,2023-01-04,Balance Fitness,-30.00\n",
    );
    let (code, told) = place.bank(&["f.csv"]);
    assert_eq!((code, place.lines().len()), (0, 4), "{told}");
}

#[test]
fn a_trial_leaves_out_the_balances_that_taking_in_leaves_out() {
    let place = Place::new();
    place.file(
        "f.csv",
        "Account,Date,Description,Amount\nA1,2023-01-02,SHOP,-30.00\nA1,2023-01-03,PAY,50.00\nA1,2023-01-31,New balance,20.00\n",
    );
    let shown = String::from_utf8(place.command(&["--try", "f.csv"]).output().unwrap().stdout).unwrap();
    assert!(!shown.contains("New balance"), "{shown}");
}
