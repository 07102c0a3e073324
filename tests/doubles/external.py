"""The external schemas of the double of Redshift: tables of a lake's folder, or of a Glue database whose files lie on S3, as
DuckDB's views, and Redshift's own views about them (svv_external_…).
"""

import json
import re
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

from store import Store, split

# What Spectrum calls DuckDB's types.
TYPES = {"VARCHAR": "varchar(65535)", "INTEGER": "int", "BLOB": "binary", "TIMESTAMP WITH TIME ZONE": "timestamp", "FLOAT": "float"}

PARQUET = ("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
           "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe", "{}", 0, "{}")

SYSTEM = """
CREATE TABLE svv_external_schemas (esoid INTEGER, eskind SMALLINT, schemaname VARCHAR, esowner INTEGER, databasename VARCHAR, esoptions VARCHAR);
CREATE TABLE svv_external_tables (redshift_database_name VARCHAR, schemaname VARCHAR, tablename VARCHAR, tabletype VARCHAR, location VARCHAR,
    input_format VARCHAR, output_format VARCHAR, serialization_lib VARCHAR, serde_parameters VARCHAR, compressed INTEGER, parameters VARCHAR);
CREATE TABLE svv_external_columns (redshift_database_name VARCHAR, schemaname VARCHAR, tablename VARCHAR, columnname VARCHAR,
    external_type VARCHAR, columnnum INTEGER, part_key INTEGER, is_nullable VARCHAR);
CREATE TABLE svv_external_partitions (schemaname VARCHAR, tablename VARCHAR, "values" VARCHAR, location VARCHAR, input_format VARCHAR,
    output_format VARCHAR, serialization_lib VARCHAR, serde_parameters VARCHAR, compressed INTEGER, parameters VARCHAR);
CREATE TABLE sys_external_query_detail (user_id INTEGER, query_id BIGINT, child_query_sequence INTEGER, transaction_id BIGINT, segment_id INTEGER,
    source_type VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, duration BIGINT, total_partitions INTEGER, qualified_partitions INTEGER,
    scanned_files BIGINT, returned_rows BIGINT, returned_bytes BIGINT, file_format VARCHAR, file_location VARCHAR, external_query_text VARCHAR,
    warning_message VARCHAR, table_name VARCHAR);
CREATE TABLE svcs_s3query_summary (userid INTEGER, query INTEGER, xid BIGINT, pid INTEGER, segment INTEGER, step INTEGER, starttime TIMESTAMP,
    endtime TIMESTAMP, elapsed INTEGER, aborted INTEGER, external_table_name VARCHAR, s3_scanned_rows BIGINT, s3_scanned_bytes BIGINT,
    s3query_returned_rows BIGINT, s3query_returned_bytes BIGINT, files INTEGER);
CREATE MACRO getdate() AS CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP);
CREATE MACRO nvl(a, b) AS coalesce(a, b);
-- Redshift's own takes two texts, and NULL makes NULL.
CREATE MACRO concat(a, b) AS a || b;
"""


class Table:
    """A table: its files, its partitions by location, and how its partition columns are typed."""

    def __init__(self, name, location, files, partitions, keys, columns=()):
        self.name, self.location, self.files, self.partitions, self.keys = name, location, files, partitions, keys
        self.columns = columns

    @property
    def state(self):
        """Differs whenever the view or what is said of it would."""
        files = [(str(file), file.stat().st_mtime_ns) for file in self.files]
        return self.name, self.location, files, self.partitions, self.keys, self.columns

    @property
    def size(self):
        return sum(file.stat().st_size for file in self.files)

    def view(self, schema):
        typed = ", ".join(f"'{key}': {kind}" for key, kind in self.keys.items())
        hive = f", hive_partitioning = true, hive_types = {{{typed}}}" if typed else ""
        names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in self.files)
        empty = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in self.columns)
        # Partition columns come last, in their own order.
        last = ", ".join(f'"{key}"' for key in self.keys)
        chosen = f"* EXCLUDE ({last}), {last}" if last else "*"
        body = f"SELECT {chosen} FROM read_parquet([{names}]{hive})" if names else f"SELECT {empty} WHERE false"
        return f'CREATE OR REPLACE VIEW "{schema}"."{self.name}" AS {body}'


def folder_tables(root):
    """The tables of a lake in a folder; its partitions are those that are there."""
    for folder in sorted(path for path in Path(root).iterdir() if path.is_dir()):
        files = sorted(folder.rglob("*.parquet"))
        if files:
            places = sorted({file.parent.relative_to(folder) for file in files} - {Path()})
            keys = {part.split("=")[0]: "INTEGER" for part in (places[0].parts if places else ())}
            yield Table(folder.name, f"file://{folder}", files, [f"file://{folder / place}" for place in places], keys)


class Glue:
    """A Glue database's tables; their files are copied here as they are needed, and again when they changed."""

    def __init__(self, endpoint):
        self.endpoint, self.store, self.copies = endpoint, Store(endpoint), {}
        self.folder = tempfile.TemporaryDirectory(prefix="redshift-double-")

    def ask(self, operation, request):
        headers = {"X-Amz-Target": "AWSGlue." + operation, "Content-Type": "application/x-amz-json-1.1"}
        asked = urllib.request.Request(self.endpoint, json.dumps(request).encode(), headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)

    def all(self, operation, member, request):
        token = {}
        while token is not None:
            answer = self.ask(operation, request | token)
            yield from answer.get(member, [])
            token = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else None

    def copied(self, location, places):
        """The files of these places below a table's location, copied where they changed."""
        folders = tuple(place.rstrip("/") + "/" for place in places)
        for address, tag in self.store.list(location.rstrip("/") + "/").items():
            bucket, key = split(address)
            if address.startswith(folders) and key.endswith(".parquet"):
                file = Path(self.folder.name, bucket, key)
                if self.copies.get(address) != tag:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(self.store.ask("GET", "/" + urllib.parse.quote(f"{bucket}/{key}", safe="/="))[1])
                    self.copies[address] = tag
                yield file

    def tables(self, database):
        for table in self.all("GetTables", "TableList", {"DatabaseName": database}):
            name, location = table["Name"], table["StorageDescriptor"]["Location"]
            keys = {key["Name"]: duckdb_type(key["Type"]) for key in table.get("PartitionKeys", [])}
            places = [location]
            if keys:
                parts = self.all("GetPartitions", "Partitions", {"DatabaseName": database, "TableName": name})
                places = sorted(part["StorageDescriptor"]["Location"] for part in parts)
            columns = [(column["Name"], duckdb_type(column["Type"])) for column in table["StorageDescriptor"]["Columns"]]
            files = list(self.copied(location, places))
            yield Table(name, location, files, places if keys else [], keys, [*columns, *keys.items()])


def duckdb_type(hive):
    return {"string": "VARCHAR", "binary": "BLOB"}.get(hive, hive.upper())


def define(connection, database, schema, source, tables):
    """Makes the views of a schema, and what the system's views say of it."""
    rows = {"schemas": [(100, 1, schema, 1, source, "{}")], "tables": [], "columns": [], "partitions": []}
    connection.execute(f'BEGIN; DROP SCHEMA IF EXISTS "{schema}" CASCADE; CREATE SCHEMA "{schema}"')
    for table in tables:
        connection.execute(table.view(schema))
        rows["tables"].append((database, schema, table.name, "TABLE", table.location, *PARQUET))
        described = connection.execute(f'DESCRIBE "{schema}"."{table.name}"').fetchall()
        for number, (name, kind, *_) in enumerate(described, 1):
            key = list(table.keys).index(name) + 1 if name in table.keys else 0
            kind = TYPES.get(kind, kind.lower())
            rows["columns"].append((database, schema, table.name, name, kind, number, key, "true"))
        for place in table.partitions:
            values = json.dumps(re.findall(r"[^/=]+=([^/]+)", place))
            rows["partitions"].append((schema, table.name, values, place, *PARQUET))
    for view, lines in rows.items():
        connection.execute(f"DELETE FROM main.svv_external_{view} WHERE schemaname = ?", [schema])
        fill(connection, f"svv_external_{view}", lines)
    connection.execute("COMMIT")


def fill(connection, view, rows):
    """All rows in one statement: thousands of them, one by one, take seconds."""
    if rows:
        lines = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        connection.execute(f"INSERT INTO main.{view} VALUES {lines}")


def literal(value):
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
