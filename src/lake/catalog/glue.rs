//! The Glue catalogue of an AWS account: what it says of a lake, and making it say what it should.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_glue::Client;
use aws_sdk_glue::config::Region;
use aws_sdk_glue::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_glue::types::{
    BatchUpdatePartitionRequestEntry, Column, CrawlerState, CrawlerTargets, DatabaseInput, ErrorDetail,
    LastCrawlStatus, Partition, PartitionInput, S3Target, SerDeInfo, StorageDescriptor, Table, TableInput,
};
use tokio::runtime::{Builder, Runtime};

use super::diff::Steps;
use super::{Catalogue, Entry, Field, Part, is_ours};
use crate::lake::address::{AwsOptions, REGION};
use crate::lake::aws::Account;
use crate::lake::error::PlaceError;

/// Partitions of one call.
const PARTITIONS: usize = 100;

const INPUT: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
const OUTPUT: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
const SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

/// What the service says of a session that has run out.
const ENDED: [&str; 2] = ["ExpiredTokenException", "ExpiredToken"];

type Outcome<T> = Result<T, PlaceError>;

/// The catalogue, by calls that wait for their answers. Not to be used from a task of tokio.
#[derive(Debug)]
pub struct Glue {
    client: Client,
    runtime: Runtime,
    database: String,
    /// What to do when the session has run out.
    renewal: String,
}

impl Glue {
    /// Nothing is asked yet but the credentials. Without a region it is the account's.
    ///
    /// # Errors
    /// When there are no credentials or no region.
    pub fn open(options: &AwsOptions, region: Option<&str>, database: &str) -> Outcome<Self> {
        let place = place(database);
        let failed = |why: String| PlaceError::Catalogue { place: place.clone(), why };
        let built = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = built.map_err(|error| failed(error.to_string()))?;
        let (client, renewal) = runtime.block_on(async {
            let account = Account::open(options).await;
            let given = account.credentials().await;
            given.map_err(|none| PlaceError::NoCredentials {
                place: place.clone(),
                why: none.why,
                hint: none.hint,
            })?;
            let region = match (region.or(account.region()), account.endpoint()) {
                (Some(region), _) => region.to_owned(),
                (None, Some(_)) => REGION.to_owned(),
                (None, None) => {
                    return Err(failed("no region is set (AWS_REGION, or region in the profile)".into()));
                }
            };
            let config =
                aws_sdk_glue::config::Builder::from(account.config()).region(Region::new(region)).build();
            Ok((Client::from_conf(config), account.renewal()))
        })?;
        Ok(Self { client, runtime, database: database.into(), renewal })
    }

    /// What the catalogue says of tables of these names, and which other tables there are; `None` without a database.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn read(&self, wanted: &Catalogue) -> Outcome<Option<Catalogue>> {
        self.runtime.block_on(async {
            match self.client.get_database().name(&self.database).send().await {
                Err(error) if error.code() == Some("EntityNotFoundException") => return Ok(None),
                there => drop(there.map_err(|error| self.failed(error))?),
            }
            let mut tables = BTreeMap::new();
            let mut pages = self.client.get_tables().database_name(&self.database).into_paginator().send();
            while let Some(page) = pages.next().await {
                for table in page.map_err(|error| self.failed(error))?.table_list() {
                    let mut entry = entry(table);
                    if wanted.tables.get(table.name()).is_some_and(|wanted| !is_projected(wanted)) {
                        entry.partitions = self.partitions(table.name()).await?;
                    }
                    tables.insert(table.name().to_owned(), entry);
                }
            }
            Ok(Some(Catalogue { database: self.database.clone(), tables }))
        })
    }

    async fn partitions(&self, table: &str) -> Outcome<BTreeMap<Vec<String>, Part>> {
        let asked = self.client.get_partitions().database_name(&self.database).table_name(table);
        let mut pages = asked.into_paginator().send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            for partition in page.map_err(|error| self.failed(error))?.partitions() {
                found.insert(partition.values().to_vec(), part(partition));
            }
        }
        Ok(found)
    }

    /// Makes the catalogue say what it should. What was not done when it fails is a difference the next time.
    ///
    /// # Errors
    /// When the service refuses a step.
    pub fn apply(&self, wanted: &Catalogue, steps: &Steps) -> Outcome<()> {
        self.runtime.block_on(async {
            if steps.create_database {
                let input = self.built(DatabaseInput::builder().name(&self.database).build())?;
                let asked = self.client.create_database().database_input(input).send().await;
                asked.map_err(|error| self.failed(error))?;
            }
            for name in &steps.create {
                let input = self.table_input(name, &wanted.tables[name], None)?;
                let asked = self.client.create_table().database_name(&self.database).table_input(input);
                asked.send().await.map_err(|error| self.failed(error))?;
            }
            for name in &steps.update {
                let there = self.client.get_table().database_name(&self.database).name(name).send().await;
                let there = there.map_err(|error| self.failed(error))?.table;
                let input = self.table_input(name, &wanted.tables[name], there.as_ref())?;
                let asked = self.client.update_table().database_name(&self.database).table_input(input);
                asked.send().await.map_err(|error| self.failed(error))?;
            }
            for name in &steps.delete {
                let asked = self.client.delete_table().database_name(&self.database).name(name);
                asked.send().await.map_err(|error| self.failed(error))?;
            }
            self.apply_partitions(wanted, steps).await
        })
    }

    async fn apply_partitions(&self, wanted: &Catalogue, steps: &Steps) -> Outcome<()> {
        for (table, values) in &steps.drop {
            let asked = self.client.delete_partition().database_name(&self.database).table_name(table);
            let asked = asked.set_partition_values(Some(values.clone())).send().await;
            asked.map_err(|error| self.failed(error))?;
        }
        for (table, list) in by_table(&steps.add) {
            let entry = &wanted.tables[table];
            for some in list.chunks(PARTITIONS) {
                let inputs = some.iter().map(|values| partition_input(entry, values)).collect();
                let asked =
                    self.client.batch_create_partition().database_name(&self.database).table_name(table);
                let asked = asked.set_partition_input_list(Some(inputs)).send().await;
                let errors = asked.map_err(|error| self.failed(error))?.errors.unwrap_or_default();
                self.none_failed(errors.len(), errors.first().and_then(|error| error.error_detail()))?;
            }
        }
        for (table, list) in by_table(&steps.alter) {
            let entry = &wanted.tables[table];
            for some in list.chunks(PARTITIONS) {
                let changed = some.iter().map(|values| {
                    let one = BatchUpdatePartitionRequestEntry::builder()
                        .set_partition_value_list(Some((*values).clone()));
                    self.built(one.partition_input(partition_input(entry, values)).build())
                });
                let asked =
                    self.client.batch_update_partition().database_name(&self.database).table_name(table);
                let asked = asked.set_entries(Some(changed.collect::<Result<_, _>>()?)).send().await;
                let errors = asked.map_err(|error| self.failed(error))?.errors.unwrap_or_default();
                self.none_failed(errors.len(), errors.first().and_then(|error| error.error_detail()))?;
            }
        }
        Ok(())
    }

    /// Makes tables that are not there, with their partitions.
    ///
    /// # Errors
    /// When the service refuses a step.
    pub fn create(&self, wanted: &Catalogue) -> Outcome<()> {
        let of = |(name, entry): (&String, &Entry)| {
            entry.partitions.keys().map(|values| (name.clone(), values.clone())).collect::<Vec<_>>()
        };
        let (create, add) =
            (wanted.tables.keys().cloned().collect(), wanted.tables.iter().flat_map(of).collect());
        self.apply(wanted, &Steps { create, add, ..Steps::default() })
    }

    /// Drops the tables whose names begin so; their names.
    ///
    /// # Errors
    /// When the service refuses a step.
    pub fn drop_tables(&self, begin: &str) -> Outcome<Vec<String>> {
        let found = self.read(&Catalogue::default())?.unwrap_or_default();
        let delete: Vec<_> = found.tables.keys().filter(|name| name.starts_with(begin)).cloned().collect();
        self.apply(&found, &Steps { delete: delete.clone(), ..Steps::default() })?;
        Ok(delete)
    }

    /// Defines a crawler over the tables' folders, or the one of that name anew, and starts it.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn crawl(&self, name: &str, role: &str, wanted: &Catalogue) -> Outcome<()> {
        let paths = wanted.tables.values().map(|entry| S3Target::builder().path(&entry.location).build());
        let targets = CrawlerTargets::builder().set_s3_targets(Some(paths.collect())).build();
        self.runtime.block_on(async {
            let created = self.client.create_crawler().name(name).role(role).database_name(&self.database);
            match created.targets(targets.clone()).send().await {
                Err(error) if error.code() == Some("AlreadyExistsException") => {
                    let updated =
                        self.client.update_crawler().name(name).role(role).database_name(&self.database);
                    updated.targets(targets).send().await.map_err(|error| self.failed(error))?;
                }
                done => drop(done.map_err(|error| self.failed(error))?),
            }
            self.started(name).await
        })
    }

    /// Whether a crawler is at work, or its last crawl ended well.
    ///
    /// # Errors
    /// When there is none of that name, or the service refuses.
    pub fn has_crawled(&self, name: &str) -> Outcome<bool> {
        let asked = self.runtime.block_on(self.client.get_crawler().name(name).send());
        let crawler = asked.map_err(|error| self.failed(error))?.crawler;
        Ok(crawler.is_some_and(|crawler| {
            let is_at_work = crawler.state().is_some_and(|state| *state != CrawlerState::Ready);
            let last = crawler.last_crawl().and_then(|last| last.status());
            is_at_work || last == Some(&LastCrawlStatus::Succeeded)
        }))
    }

    /// Starts a crawler, unless it is at work.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn start(&self, name: &str) -> Outcome<()> {
        self.runtime.block_on(self.started(name))
    }

    async fn started(&self, name: &str) -> Outcome<()> {
        match self.client.start_crawler().name(name).send().await {
            // It is at work already.
            Err(error) if error.code() == Some("CrawlerRunningException") => Ok(()),
            done => done.map(drop).map_err(|error| self.failed(error)),
        }
    }

    /// What a table is to be. What others set of it stays.
    fn table_input(&self, name: &str, entry: &Entry, there: Option<&Table>) -> Outcome<TableInput> {
        let mut parameters = there.and_then(|table| table.parameters.clone()).unwrap_or_default();
        parameters.retain(|property, _| !is_ours(property));
        parameters.insert("EXTERNAL".into(), "TRUE".into());
        parameters.extend(entry.properties.clone());
        let input = TableInput::builder()
            .name(name)
            .description(&entry.comment)
            .set_owner(there.and_then(|table| table.owner.clone()))
            .table_type("EXTERNAL_TABLE")
            .set_parameters(Some(parameters))
            .set_partition_keys(Some(columns(&entry.keys)))
            .storage_descriptor(storage(columns(&entry.columns), &entry.location));
        self.built(input.build())
    }

    /// A request that lacks something is a fault of ours.
    fn built<T, E: std::fmt::Display>(&self, built: Result<T, E>) -> Outcome<T> {
        built.map_err(|error| PlaceError::Catalogue { place: place(&self.database), why: error.to_string() })
    }

    /// That no part of a call failed.
    fn none_failed(&self, failed: usize, first: Option<&ErrorDetail>) -> Outcome<()> {
        if failed == 0 {
            return Ok(());
        }
        let code = first.and_then(ErrorDetail::error_code).unwrap_or("refused");
        let message = first.and_then(ErrorDetail::error_message).unwrap_or("no reason was given");
        let why = format!("{failed} partitions, {code}: {message}");
        Err(PlaceError::Catalogue { place: place(&self.database), why })
    }

    fn failed<E, R>(&self, error: SdkError<E, R>) -> PlaceError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let place = place(&self.database);
        match error.code() {
            Some(code) if ENDED.contains(&code) => {
                let why = "the session of the credentials has run out".to_owned();
                PlaceError::NoCredentials { place, why, hint: self.renewal.clone() }
            }
            Some(code) => {
                let why = format!("{code}: {}", error.message().unwrap_or("no reason was given"));
                PlaceError::Catalogue { place, why }
            }
            None => PlaceError::Unreachable { place, why: DisplayErrorContext(error).to_string() },
        }
    }
}

fn place(database: &str) -> String {
    format!("the Glue database {database}")
}

fn is_projected(entry: &Entry) -> bool {
    entry.properties.contains_key("projection.enabled")
}

/// The partitions of each table, in their order.
fn by_table(list: &[(String, Vec<String>)]) -> BTreeMap<&str, Vec<&Vec<String>>> {
    let mut found: BTreeMap<&str, Vec<&Vec<String>>> = BTreeMap::new();
    for (table, values) in list {
        found.entry(table).or_default().push(values);
    }
    found
}

fn entry(table: &Table) -> Entry {
    let storage = table.storage_descriptor();
    let no_parameters = HashMap::new();
    let parameters = table.parameters().unwrap_or(&no_parameters);
    let ours = parameters.iter().filter(|(name, _)| is_ours(name));
    Entry {
        comment: table.description().unwrap_or_default().to_owned(),
        columns: fields(storage.map(StorageDescriptor::columns).unwrap_or_default()),
        keys: fields(table.partition_keys()),
        location: storage.and_then(StorageDescriptor::location).unwrap_or_default().to_owned(),
        properties: ours.map(|(name, value)| (name.clone(), value.clone())).collect(),
        partitions: BTreeMap::new(),
    }
}

fn part(partition: &Partition) -> Part {
    let storage = partition.storage_descriptor();
    let columns = fields(storage.map(StorageDescriptor::columns).unwrap_or_default());
    Part {
        location: storage.and_then(StorageDescriptor::location).unwrap_or_default().to_owned(),
        columns: columns.into_iter().map(|field| (field.name, field.hive)).collect(),
    }
}

fn fields(columns: &[Column]) -> Vec<Field> {
    let field = |column: &Column| Field {
        name: column.name().to_owned(),
        hive: column.r#type().unwrap_or_default().to_owned(),
        comment: column.comment().unwrap_or_default().to_owned(),
    };
    columns.iter().map(field).collect()
}

fn columns(fields: &[Field]) -> Vec<Column> {
    let column = |field: &Field| {
        let comment = Some(field.comment.clone()).filter(|comment| !comment.is_empty());
        Column::builder().name(&field.name).r#type(&field.hive).set_comment(comment).build()
    };
    fields.iter().filter_map(|field| column(field).ok()).collect()
}

fn storage(columns: Vec<Column>, location: &str) -> StorageDescriptor {
    StorageDescriptor::builder()
        .set_columns(Some(columns))
        .location(location)
        .input_format(INPUT)
        .output_format(OUTPUT)
        .serde_info(
            SerDeInfo::builder().serialization_library(SERDE).parameters("serialization.format", "1").build(),
        )
        .build()
}

fn partition_input(entry: &Entry, values: &[String]) -> PartitionInput {
    let location = entry.partitions.get(values).map_or("", |part| &part.location);
    PartitionInput::builder()
        .set_values(Some(values.to_vec()))
        .storage_descriptor(storage(columns(&entry.columns), location))
        .build()
}
