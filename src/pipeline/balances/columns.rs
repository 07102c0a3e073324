//! The columns of daily balances.

use std::iter;

use crate::text::header::Column;

/// What such a file is called in messages.
pub const NAME: &str = "file of daily balances";

const fn column(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, also }
}
pub const COLUMNS: [Column; 11] = [
    column("fecha", &[]),
    column("saldo_inversion", &[]),
    column("saldo_clientes", &[]),
    column("saldo_flujos", &[]),
    column("num_ingresos_hoy", &["numero_ingresos_hoy"]),
    column("num_egresos_hoy", &["numero_egresos_hoy"]),
    column("dia_semana", &[]),
    column("dia_del_mes", &[]),
    column("mes", &[]),
    column("anio", &["ano"]),
    column("dia_del_anio", &["dia_del_ano"]),
];
/// The columns that go into the table: the date, amounts, counts.
pub const USED: usize = 6;
pub const FIRST_COUNT: usize = 4;
/// Groups of columns of which one must be there.
pub const NEEDED: &[&[&str]] = &[
    &["fecha"],
    &["saldo_inversion", "saldo_clientes", "saldo_flujos", "num_ingresos_hoy", "num_egresos_hoy"],
];

/// The columns of clean CSV.
pub fn clean_names() -> impl Iterator<Item = &'static str> {
    iter::once("line_no").chain(COLUMNS.iter().take(USED).map(|column| column.name))
}
