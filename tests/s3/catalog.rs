//! The Glue catalogue of ministack, told of a lake and asked by Glue's own client.

use std::collections::BTreeSet;

use aws_sdk_glue::Client;
use aws_sdk_glue::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_glue::types::{
    BatchUpdatePartitionRequestEntry, PartitionInput, StorageDescriptor, Table, TableInput,
};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::objects::Objects;
use super::servers::{MINISTACK, PASSWORD, USER};
use super::{Machine, demo, local, url};

const DATABASE: &str = "pyspark-database";

pub struct Glue {
    pub client: Client,
    pub runtime: Runtime,
}

impl Glue {
    pub fn open() -> Self {
        let config = aws_sdk_glue::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&*MINISTACK)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(USER, PASSWORD, None, None, "test"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { client: Client::from_conf(config.build()), runtime }
    }

    fn tables(&self, database: &str) -> Vec<Table> {
        let asked = self.client.get_tables().database_name(database);
        self.runtime.block_on(asked.send()).unwrap().table_list.unwrap_or_default()
    }

    fn table(&self, database: &str, name: &str) -> Table {
        self.tables(database).into_iter().find(|table| table.name() == name).unwrap()
    }

    pub fn databases(&self) -> Vec<String> {
        let found = self.runtime.block_on(self.client.get_databases().send()).unwrap().database_list;
        found.into_iter().map(|database| database.name).collect()
    }

    /// Makes a column of a table one of another type.
    pub fn retype(&self, database: &str, name: &str, column: &str, hive: &str) {
        let table = self.table(database, name);
        let mut storage = table.storage_descriptor.clone().unwrap();
        for field in storage.columns.iter_mut().flatten().filter(|field| field.name == column) {
            field.r#type = Some(hive.to_owned());
        }
        let input = TableInput::builder().name(name).storage_descriptor(storage);
        let input = input.set_partition_keys(table.partition_keys.clone()).build().unwrap();
        let update = self.client.update_table().database_name(database).table_input(input);
        self.runtime.block_on(update.send()).unwrap();
    }

    fn partitions(&self, database: &str, table: &str) -> BTreeSet<Vec<String>> {
        let asked = self.client.get_partitions().database_name(database).table_name(table);
        let found = self.runtime.block_on(asked.send()).unwrap().partitions.unwrap_or_default();
        found.into_iter().map(|partition| partition.values().to_vec()).collect()
    }
}

/// The values of the folders of a table of the demo lake.
fn folders(table: &str) -> BTreeSet<Vec<String>> {
    let files = local(1).into_keys().filter(|path| path.starts_with(&format!("{table}/")));
    let values =
        |path: String| path.split('/').filter_map(|part| Some(part.split_once('=')?.1.to_owned())).collect();
    files.map(values).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story: each step needs what the one before it left")]
fn a_catalogue_is_made_of_the_lake_is_then_so_and_is_mended() {
    let (machine, lake, glue) = (Machine::at(&MINISTACK), url("catalogue"), Glue::open());
    machine.done(&demo("mine", "1"));
    machine.done(&["push", &lake, "--lake", "mine"]);
    let sync = ["catalog", "sync", "--lake", &lake, "--format", "csv"];
    let with = |more: &[&'static str]| [&sync[..], more].concat();
    let (dry, _) = machine.done(&with(&["--dry-run"]));
    assert!(
        dry.starts_with("change,table,what,is,will_be\nnew,\"\",database,\"\",pyspark-database\n"),
        "{dry}"
    );
    let (list, words) = machine.done(&sync);
    assert_eq!(list, dry, "a dry run lists what is done then");
    assert!(words.ends_with(" changes in the Glue database pyspark-database\n"), "{words}");

    let processed = glue.table(DATABASE, "processed");
    let storage = processed.storage_descriptor().unwrap();
    assert_eq!(storage.location(), Some(format!("{lake}/processed/").as_str()));
    let column = |name: &str| storage.columns().iter().find(|column| column.name() == name).unwrap();
    assert_eq!(column("deposit_sgd_amt").r#type(), Some("decimal(28,6)"));
    assert_eq!(column("value_date").r#type(), Some("date"));
    assert_eq!(column("value_date").comment(), Some("Date on which the amount counts"));
    let keys: Vec<_> =
        processed.partition_keys().iter().map(|key| (key.name(), key.r#type().unwrap())).collect();
    assert_eq!(keys, [("year", "int"), ("month", "int")]);
    for table in ["processed", "response", "transactions"] {
        assert_eq!(glue.partitions(DATABASE, table), folders(table), "{table}");
    }
    assert!(folders("response").len() > 300, "more than one call is needed");

    let same = format!("the catalogue is up to date with {lake}\n");
    assert_eq!(machine.done(&sync), (String::new(), same.clone()));

    // A partition that somebody dropped comes back; nothing that exists is touched, so nobody is asked.
    let gone = folders("processed").pop_first().unwrap();
    let drop = glue.client.delete_partition().database_name(DATABASE).table_name("processed");
    glue.runtime.block_on(drop.set_partition_values(Some(gone.clone())).send()).unwrap();
    let (list, _) = machine.done(&sync);
    let line = format!("new,processed,1 partition,\"\",year={}/month={}\n", gone[0], gone[1]);
    assert!(list.ends_with(&line) && list.lines().count() == 2, "{list}");
    assert_eq!(glue.partitions(DATABASE, "processed"), folders("processed"));

    // A wrong type, a partition in another place and a table that the lake has no more: these need a yes. What an
    // analyst has below the lake is not its own.
    let storage = StorageDescriptor::builder()
        .set_columns(Some(
            storage
                .columns()
                .iter()
                .map(|column| {
                    let hive =
                        if column.name() == "deposit_sgd_amt" { "double" } else { column.r#type().unwrap() };
                    aws_sdk_glue::types::Column::builder()
                        .name(column.name())
                        .r#type(hive)
                        .set_comment(column.comment.clone())
                        .build()
                        .unwrap()
                })
                .collect(),
        ))
        .location(storage.location().unwrap())
        .build();
    let input = |name: &str| {
        let input = TableInput::builder().name(name).storage_descriptor(storage.clone());
        input
            .set_partition_keys(processed.partition_keys.clone())
            .description(processed.description().unwrap())
            .build()
            .unwrap()
    };
    glue.runtime
        .block_on(glue.client.update_table().database_name(DATABASE).table_input(input("processed")).send())
        .unwrap();
    glue.runtime
        .block_on(glue.client.create_table().database_name(DATABASE).table_input(input("scores")).send())
        .unwrap();
    let moved = folders("transactions").pop_first().unwrap();
    let elsewhere = StorageDescriptor::builder().location("s3://elsewhere/").build();
    let elsewhere =
        PartitionInput::builder().set_values(Some(moved.clone())).storage_descriptor(elsewhere).build();
    let entry = BatchUpdatePartitionRequestEntry::builder().set_partition_value_list(Some(moved));
    let update = glue.client.batch_update_partition().database_name(DATABASE).table_name("transactions");
    let update = update.entries(entry.partition_input(elsewhere).build().unwrap());
    glue.runtime.block_on(update.send()).unwrap();
    let (objects, path) = (Objects::of(&MINISTACK, "catalogue"), "_saldo/manifest.json");
    let whole = objects.get(path);
    let mut manifest: Value = serde_json::from_slice(&whole).unwrap();
    manifest["tables"].as_array_mut().unwrap().retain(|table| table["name"] != "error_error");
    objects.put(path, &serde_json::to_vec(&manifest).unwrap());
    let (code, words) = machine.fails(&sync);
    assert!(code == 2 && words.contains("hint: look at the list, and give --yes"), "{words}");
    let (list, _) = machine.done(&with(&["--yes"]));
    assert!(list.contains("\nchanged,processed,column deposit_sgd_amt,"), "{list}");
    assert!(list.contains("\ngone,error_error,table,") && !list.contains("scores"), "{list}");
    assert!(list.contains("\nchanged,transactions,1 partition,"), "{list}");
    assert_eq!(machine.done(&sync).1, same);
    let has = |name: &str| glue.tables(DATABASE).iter().any(|table| table.name() == name);
    assert!(has("scores") && !has("error_error"));

    objects.put(path, &whole);
    // Another state of the lake: some partitions are new, some are gone.
    machine.done(&["demo", "--no-open", "--rows", "60", "--lake", "mine"]);
    machine.done(&["push", "--lake", "mine"]);
    machine.done(&with(&["--yes"]));
    assert_eq!(machine.done(&sync).1, same);
}

#[test]
fn projected_partitions_need_none_to_be_registered_and_a_crawler_can_be_defined() {
    let (machine, lake, glue) = (Machine::at(&MINISTACK), url("projected"), Glue::open());
    machine.done(&demo(&lake, "1"));
    let sync = ["catalog", "sync", "--lake", &lake, "--database", "projected"];
    machine.done(&[&sync[..], &["--projection"]].concat());
    let processed = glue.table("projected", "processed");
    let parameters = processed.parameters().unwrap();
    assert_eq!(parameters["projection.year.range"], "2015,2029");
    assert_eq!(
        parameters["storage.location.template"],
        format!("{lake}/processed/year=${{year}}/month=${{month}}/")
    );
    assert_eq!(glue.partitions("projected", "processed"), BTreeSet::new());
    let (_, words) = machine.done(&[&sync[..], &["--projection"]].concat());
    assert!(words.contains("is up to date with"), "{words}");
    // Without it the rule goes, and the partitions come.
    machine.done(&[&sync[..], &["--yes"]].concat());
    assert_eq!(glue.partitions("projected", "processed"), folders("processed"));
    let role = "arn:aws:iam::000000000000:role/crawler";
    for _ in 0..2 {
        let (_, words) = machine.done(&[&sync[..], &["--crawler", "lake", "--role", role]].concat());
        assert!(words.ends_with("started the crawler lake\n"), "{words}");
    }
    let crawler =
        glue.runtime.block_on(glue.client.get_crawler().name("lake").send()).unwrap().crawler.unwrap();
    let targets = crawler.targets().unwrap().s3_targets();
    assert!(targets.iter().any(|target| target.path() == Some(&format!("{lake}/processed/"))), "{targets:?}");
}

#[test]
fn statements_are_printed_for_a_lake_in_hand_and_a_local_one_is_told_to_go_to_s3() {
    let (machine, lake) = (Machine::at(&MINISTACK), url("statements"));
    machine.done(&demo("mine", "1"));
    let (code, words) = machine.fails(&["catalog", "sync", "--lake", "mine"]);
    assert!(code == 2 && words.contains("saldo push s3://bucket/prefix"), "{words}");
    let (code, words) = machine.fails(&["catalog", "sql", "--lake", "mine"]);
    assert!(code == 2 && words.contains("--location s3://bucket/prefix"), "{words}");
    machine.done(&["push", &lake, "--lake", "mine"]);
    // Nothing answers there: no network is needed.
    let offline = Machine { endpoint: "http://127.0.0.1:9".into(), ..machine };
    let (athena, _) = offline.done(&["catalog", "sql", "--lake", "mine"]);
    assert!(athena.contains(&format!("LOCATION '{lake}/processed/'")), "{athena}");
    assert_eq!(athena.matches("CREATE EXTERNAL TABLE").count(), 7);
    assert_eq!(
        athena.matches("\n  PARTITION (").count(),
        ["processed", "banktxn", "response", "transactions", "error_error"]
            .map(|table| folders(table).len())
            .iter()
            .sum::<usize>()
    );
    let (spectrum, _) = offline.done(&[
        "catalog",
        "sql",
        "--lake",
        "mine",
        "--for",
        "spectrum",
        "--location",
        "s3://other/place",
    ]);
    assert!(spectrum.contains("LOCATION 's3://other/place/processed/'"), "{spectrum}");
    assert!(spectrum.contains("\"deposit_sgd_amt\" decimal(28,6)"), "{spectrum}");
}
