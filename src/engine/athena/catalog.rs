//! The tables of Glue's catalogue: their names, their columns, their partitions.

use std::sync::Arc;

use aws_sdk_glue::types::{Column, Partition, Table};
use duckdb::arrow::datatypes::{Field, Schema, SchemaRef};

use super::client::{Client, GLUE};
use crate::engine::cells::type_of;
use crate::engine::{CatalogTable, EngineError, ErrorKind};
use crate::target::Target;

/// Athena's name for Glue's own catalogue.
pub(super) const OWN: &str = "awsdatacatalog";
/// The database of who names none.
const DATABASE: &str = "default";

/// The tables of the target's database, or of all where it names none.
pub(super) async fn tables(client: &Client, target: &Target) -> Result<Vec<CatalogTable>, EngineError> {
    is_glue(target)?;
    let databases = match &target.database {
        Some(database) => vec![database.clone()],
        None => databases(client).await?,
    };
    let mut found = Vec::new();
    for database in databases {
        let tables = tables_of(client, &database).await?;
        found.extend(
            tables.into_iter().map(|table| CatalogTable { schema: database.clone(), name: table.name }),
        );
    }
    Ok(found)
}

/// The columns of a table, those of its partitions last, as Athena gives them.
pub(super) async fn columns(client: &Client, target: &Target, table: &str) -> Result<SchemaRef, EngineError> {
    is_glue(target)?;
    let bare = table.replace('"', "").to_ascii_lowercase();
    let (database, name) = match bare.rsplit_once('.') {
        Some((schema, name)) => (schema.rsplit('.').next().unwrap_or(schema), name),
        None => (database(target), bare.as_str()),
    };
    let table = self::table(client, database, name).await?;
    let field =
        |column: &Column| Field::new(column.name(), type_of(column.r#type().unwrap_or_default()), true);
    let own = table.storage_descriptor().map_or(&[][..], |storage| storage.columns());
    Ok(Arc::new(Schema::new(own.iter().chain(table.partition_keys()).map(field).collect::<Vec<_>>())))
}

pub(super) fn database(target: &Target) -> &str {
    target.database.as_deref().unwrap_or(DATABASE)
}

/// Other catalogues are known to Athena alone.
pub(super) fn is_glue(target: &Target) -> Result<(), EngineError> {
    match &target.catalog {
        Some(catalog) if !catalog.eq_ignore_ascii_case(OWN) => Err(EngineError::new(
            ErrorKind::Other,
            format!("the tables of catalogue {catalog} are not Glue's, so they cannot be listed here"),
        )
        .with_hint("SHOW TABLES lists them")),
        _ => Ok(()),
    }
}

async fn databases(client: &Client) -> Result<Vec<String>, EngineError> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let request = client.glue.get_databases().set_next_token(token);
        let page = client.ask(GLUE, || request.clone().send()).await?;
        found.extend(page.database_list.into_iter().map(|database| database.name));
        token = page.next_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

pub(super) async fn table(client: &Client, database: &str, name: &str) -> Result<Table, EngineError> {
    let request = client.glue.get_table().database_name(database).name(name);
    let found = client.ask(GLUE, || request.clone().send()).await?;
    found.table.ok_or_else(|| EngineError::new(ErrorKind::Missing, format!("there is no table {name}")))
}

pub(super) async fn tables_of(client: &Client, database: &str) -> Result<Vec<Table>, EngineError> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let request = client.glue.get_tables().database_name(database).set_next_token(token);
        let page = client.ask(GLUE, || request.clone().send()).await?;
        found.extend(page.table_list.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

pub(super) async fn partitions_of(
    client: &Client,
    database: &str,
    table: &str,
) -> Result<Vec<Partition>, EngineError> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let request = client
            .glue
            .get_partitions()
            .database_name(database)
            .table_name(table)
            .exclude_column_schema(true)
            .set_next_token(token);
        let page = client.ask(GLUE, || request.clone().send()).await?;
        found.extend(page.partitions.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}
