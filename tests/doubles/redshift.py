"""Our own double of Redshift's Data API, over DuckDB: nobody else's server of this API runs SQL.

    PYTHON -B redshift.py --lake FOLDER --schema spectrum_schema [--schema …] [--port N]        a lake's folder
    PYTHON -B redshift.py --aws http://127.0.0.1:4566 [--port N]                                Glue and S3 (ministack)

With --aws, `CREATE EXTERNAL SCHEMA name FROM DATA CATALOG DATABASE 'db' …` shows a Glue database's tables, as they are when a
statement begins, and UNLOAD writes to S3; with --lake it shows the folder's. PYTHON has the package duckdb.

A test that wants a peculiar Redshift names a work group (or cluster) of its own and sets it by `POST /_control`:

    {"WorkgroupName": "slow", "delay": 500,         ms SUBMITTED before anything runs
                              "linger": 500,        ms STARTED after all has run
                              "refuse_stop": true,  CancelStatement fails and the statement goes on
                              "limit": 1000000}     bytes that a result may have

What it proves: the API's requests, states, long poll, tokens, pages, the typed union of fields, cancel, and what a statement
answers in DuckDB with NULL's order, whole-number division, CONCAT and names in small letters as Redshift has them; FILTER
and GROUP BY ALL, which Redshift lacks, are refused.
What it does not prove: that Redshift's parser takes a statement, its own functions and arithmetic of decimals (a quotient or
a sum may have another scale), the types of literals, its errors' exact words, rights, the limit of 500 MB, and its speed.
SUM of whole numbers is numeric(38,0) here; the bytes of sys_external_query_detail and svcs_s3query_summary are those of
whole files.
"""

import argparse
import base64
import datetime
import json
import re
import tempfile
import threading
import uuid
from pathlib import Path

import duckdb

import external
from aws import Clock, Refused, Service, page, serve, without_none

ENDED = ("FINISHED", "FAILED", "ABORTED")
PAGE = 1000
# DuckDB's types: Redshift's name, precision, scale, whether signed.
TYPES = {
    "TINYINT": ("int2", 5, 0, True), "SMALLINT": ("int2", 5, 0, True), "INTEGER": ("int4", 10, 0, True), "BIGINT": ("int8", 19, 0, True),
    "HUGEINT": ("numeric", 38, 0, True), "FLOAT": ("float4", 8, 8, True), "DOUBLE": ("float8", 17, 17, True), "BOOLEAN": ("bool", 1, 0, False),
    "DATE": ("date", 13, 0, False), "TIME": ("time", 15, 6, False), "TIMESTAMP": ("timestamp", 29, 6, False),
    "TIMESTAMP WITH TIME ZONE": ("timestamptz", 35, 6, False), "BLOB": ("varbyte", 65535, 0, False), "VARCHAR": ("varchar", 65535, 0, False),
    '"NULL"': ("varchar", 65535, 0, False)}
# What must not be read as something else inside a statement, and a parameter.
WORD = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|::|:([a-zA-Z_]\w*)", re.S)
LACKS = re.compile(r"\)\s*(FILTER)\s*\(|GROUP\s+BY\s+(ALL)\b", re.I)
SCHEMA = re.compile(r"\s*CREATE\s+EXTERNAL\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?(\w+)\"?\s+FROM\s+DATA\s+CATALOG\s+.*?DATABASE\s+'([^']+)'", re.S | re.I)
UNLOAD = re.compile(r"\s*UNLOAD\s*\(\s*(?:\$\$(?P<raw>.*?)\$\$|'(?P<sql>(?:[^']|'')*)')\s*\)\s*TO\s*'(?P<to>[^']*)'(?P<rest>.*)", re.S | re.I)
SILENT = re.compile(r"\s*(GRANT|REVOKE|SET|ANALYZE)\b", re.I)


def invalid(text):
    return Refused("ValidationException", text)


class SqlError(Exception):
    pass


class Statement:
    """One statement. Whoever changes its state holds the service's lock."""

    def __init__(self, number, request):
        self.id, self.number, self.request = str(uuid.uuid4()), number, request
        self.clock = Clock()
        self.created = self.updated = self.clock.now()
        self.status, self.error, self.ran = "SUBMITTED", None, 0
        self.stop = threading.Event()
        self.cursor = None
        self.columns, self.records, self.count, self.size = None, [], -1, -1

    @property
    def place(self):
        return self.request.get("WorkgroupName") or self.request.get("ClusterIdentifier")

    def become(self, status, error=None):
        self.status, self.error, self.updated = status, error, self.clock.now()

    @property
    def named(self):
        return without_none({name: self.request.get(name) for name in ("ClusterIdentifier", "WorkgroupName", "DbUser", "SecretArn", "Database")})

    def shown(self):
        done = self.status == "FINISHED"
        return without_none(self.named | {
            "Id": self.id, "Status": self.status, "Error": self.error, "CreatedAt": self.created, "UpdatedAt": self.updated,
            "Duration": self.ran if self.status in ENDED else -1, "HasResultSet": done and self.columns is not None,
            "QueryString": self.request["Sql"], "QueryParameters": self.request.get("Parameters"), "RedshiftPid": 1073800000 + self.number,
            "RedshiftQueryId": self.number if self.cursor else 0, "ResultFormat": self.request.get("ResultFormat", "JSON"),
            "ResultRows": self.count if done else -1, "ResultSize": self.size if done else -1})


class Redshift(Service):
    TARGET = "RedshiftData"

    def __init__(self, lake, glue, schemas):
        super().__init__()
        self.lake, self.glue = lake, glue
        self.settings, self.statements, self.tokens = {}, {}, {}
        self.database = duckdb.connect(config={"threads": 2})
        self.database.execute(external.SYSTEM)
        # By name: the Glue database that it shows, what is shown now, and how that was when it was last looked at.
        self.schemas = {schema: schema for schema in schemas}
        self.tables, self.states = {}, {}
        self.refresh("dev")

    def control(self, request):
        self.settings[request.get("WorkgroupName") or request.get("ClusterIdentifier")] = request

    def shown(self):
        return {"statements": len(self.statements)}

    def refresh(self, database):
        """Shows the external tables as they are now."""
        for schema, source in list(self.schemas.items()):
            tables = list(self.glue.tables(source) if self.glue else external.folder_tables(self.lake))
            state = [table.state for table in tables]
            with self.lock:
                if self.states.get(schema) != state:
                    external.define(self.database.cursor(), database, schema, source, tables)
                    self.states[schema], self.tables[schema] = state, tables

    # The operations.

    def ExecuteStatement(self, request):
        serverless, cluster = request.get("WorkgroupName"), request.get("ClusterIdentifier")
        if bool(serverless) == bool(cluster):
            raise invalid("Either ClusterIdentifier or WorkgroupName must be given, not both")
        if cluster and not (request.get("DbUser") or request.get("SecretArn")):
            raise invalid("A cluster needs DbUser or SecretArn")
        if not request.get("Database"):
            raise invalid("Database is missing")
        with self.lock:
            token = request.get("ClientToken")
            if token in self.tokens:
                statement = self.statements[self.tokens[token]]
                if statement.request["Sql"] != request["Sql"]:
                    raise invalid("ClientToken was used for another statement")
            else:
                named(request["Sql"], request.get("Parameters"))
                statement = Statement(len(self.statements) + 1, request)
                self.statements[statement.id] = statement
                if token:
                    self.tokens[token] = statement.id
                threading.Thread(target=self.work, args=(statement,), daemon=True).start()
        self.wait(statement, request)
        answer = statement.named | {"Id": statement.id, "CreatedAt": statement.created, "DbGroups": []}
        if request.get("WaitTimeSeconds"):
            answer |= {name: statement.shown()[name] for name in ("Status", "HasResultSet", "RedshiftPid")}
        return answer

    def wait(self, statement, request):
        """The long poll: until the end, or as long as was asked."""
        seconds = request.get("WaitTimeSeconds", 0)
        if seconds and not 1 <= seconds <= 30:
            raise invalid("WaitTimeSeconds is not between 1 and 30")
        with self.changed:
            self.changed.wait_for(lambda: statement.status in ENDED, seconds)

    def statement(self, request):
        if request["Id"] not in self.statements:
            raise Refused("ResourceNotFoundException", f"Query does not exist. ID: {request['Id']}", ResourceId=request["Id"])
        return self.statements[request["Id"]]

    def DescribeStatement(self, request):
        statement = self.statement(request)
        self.wait(statement, request)
        with self.lock:
            return statement.shown()

    def GetStatementResult(self, request):
        statement = self.statement(request)
        self.wait(statement, request)
        if statement.status != "FINISHED" or statement.columns is None:
            raise Refused("ResourceNotFoundException", "Query does not have result. Please check query status with DescribeStatement.", ResourceId=statement.id)
        records, token = page(statement.records, {"NextToken": request.get("NextToken")}, PAGE, PAGE, invalid)
        return without_none({"ColumnMetadata": statement.columns, "Records": records, "TotalNumRows": statement.count, "NextToken": token})

    def CancelStatement(self, request):
        statement = self.statement(request)
        if self.settings.get(statement.place, {}).get("refuse_stop"):
            raise Refused("DatabaseConnectionException", "the database could not be reached", 500)
        with self.lock:
            if statement.status in ENDED:
                raise invalid(f"Could not cancel a query that is already in {statement.status} state with ID: {statement.id}")
            statement.stop.set()
        threading.Thread(target=self.interrupt, args=(statement,), daemon=True).start()
        return {"Status": True}

    def interrupt(self, statement):
        """Until the statement ended: DuckDB forgets an interrupt that comes before a query begins."""
        with self.changed:
            while not self.changed.wait_for(lambda: statement.status in ENDED, 0.05):
                if statement.cursor:
                    statement.cursor.interrupt()

    def ListStatements(self, request):
        wanted = request.get("Status", "FINISHED")
        with self.lock:
            found = [statement.shown() | {"StatementName": statement.request.get("StatementName"), "IsBatchStatement": False}
                     for statement in reversed(self.statements.values())
                     if wanted in ("ALL", statement.status) and all(request.get(name) in (None, statement.request.get(name)) for name in ("WorkgroupName", "ClusterIdentifier", "Database"))
                     and (statement.request.get("StatementName") or "").startswith(request.get("StatementName", ""))]
        listed, token = page(found, request, 100, 100, invalid)
        names = ("Id", "QueryString", "SecretArn", "Status", "StatementName", "CreatedAt", "UpdatedAt", "QueryParameters", "IsBatchStatement", "ResultFormat")
        return without_none({"Statements": [without_none({name: one.get(name) for name in names}) for one in listed], "NextToken": token})

    # The work.

    def work(self, statement):
        settings = self.settings.get(statement.place, {})
        end = ("FINISHED",)
        begun = statement.clock.millis()
        try:
            if statement.stop.wait(settings.get("delay", 0) / 1000):
                raise duckdb.InterruptException("")
            begun = statement.clock.millis()
            with self.changed:
                statement.become("STARTED")
                statement.cursor = self.database.cursor()
            self.carry_out(statement, settings.get("limit", 500_000_000))
            if statement.stop.wait(settings.get("linger", 0) / 1000):
                raise duckdb.InterruptException("")
        except duckdb.InterruptException:
            end = ("ABORTED", f"ERROR: Query ({statement.number}) canceled on user's request")
        except SqlError as error:
            end = ("FAILED", f"ERROR: {error}")
        except Exception as error:  # noqa: BLE001: a client must see an end, whatever happens here
            end = ("ABORTED", "ERROR: Query canceled on user's request") if statement.stop.is_set() else ("FAILED", "ERROR: " + told(error, statement.request["Sql"]))
        with self.changed:
            statement.ran = (statement.clock.millis() - begun) * 1_000_000
            statement.become(*end)
            self.changed.notify_all()

    def carry_out(self, statement, limit):
        sql, values = named(statement.request["Sql"], statement.request.get("Parameters"))
        cursor = statement.cursor
        cursor.execute("SET integer_division = true; SET default_null_order = 'postgres'; SET errors_as_json = true; SET TimeZone = 'UTC'")
        self.refresh(statement.request["Database"])
        if statement.stop.is_set():
            raise duckdb.InterruptException("")
        if match := SCHEMA.match(sql):
            if match[1] in self.schemas and "not exists" not in sql.lower():
                raise SqlError(f'schema "{match[1]}" already exists')
            self.schemas[match[1].lower()] = match[2]
            return self.refresh(statement.request["Database"])
        if match := UNLOAD.match(sql):
            return self.unload(statement, match)
        if SILENT.match(sql):
            return None
        if match := LACKS.search(WORD.sub(lambda word: "'" if word[0][0] in "'-/" else word[0], sql)):
            raise SqlError(f'syntax error at or near "{match[1] or match[2]}"')
        result = cursor.execute(sql, values or None)
        wrote = [column[0] for column in result.description or []] == ["Count"] and not re.match(r"\s*(SELECT|WITH)", sql, re.I)
        if not result.description or wrote:
            statement.count = result.fetchone()[0] if wrote else -1
            return None
        columns = [metadata(column, sql) for column in result.description]
        writers = [writer(column["typeName"]) for column in columns]
        records, size = [], 0
        try:
            while rows := result.fetchmany(PAGE):
                for row in rows:
                    record = [{"isNull": True} if value is None else write(value) for value, write in zip(row, writers)]
                    size += sum(len(str(field)) for field in record)
                    records.append(record)
                if size > limit:
                    raise SqlError(f"Query result is larger than the limit of {limit} bytes")
            statement.columns, statement.records, statement.size = columns, records, size
        finally:
            # What was read is billed, also where its rows are too many for an answer.
            statement.count = len(records)
            self.note_scans(statement, sql)

    def note_scans(self, statement, sql):
        """What the system views say of a statement: each external table that it names, with all its files."""
        when = datetime.datetime.fromtimestamp(statement.created, datetime.timezone.utc).replace(tzinfo=None)
        with self.lock:
            read = [(f"{schema}.{table.name}", table) for schema, tables in self.tables.items() for table in tables
                    if re.search(rf"\b{schema}\"?\s*\.\s*\"?{table.name}\b", sql, re.I)]
            external.fill(self.database.cursor(), "sys_external_query_detail", [
                (1, statement.number, 1, statement.number, 0, "S3", when, when, 0, len(table.partitions), len(table.partitions),
                 len(table.files), statement.count, table.size, "Parquet", table.location, "", "", name) for name, table in read])
            external.fill(self.database.cursor(), "svcs_s3query_summary", [
                (1, statement.number, statement.number, 1, 0, 0, when, when, 0, 0, name, statement.count, table.size,
                 statement.count, table.size, len(table.files)) for name, table in read])

    def unload(self, statement, match):
        if not self.glue:
            raise SqlError("UNLOAD needs an S3: start the double with --aws")
        store, target, rest = self.glue.store, match["to"], match["rest"].upper()
        if store.list(target) and "ALLOWOVERWRITE" not in rest and "CLEANPATH" not in rest:
            raise SqlError("Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually "
                           "removing the target files in S3, or using the ALLOWOVERWRITE option.")
        sql = match["raw"] or match["sql"].replace("''", "'")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "part.parquet")
            statement.count = statement.cursor.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)").fetchone()[0]
            store.put(target + "0000_part_00.parquet", file.read_bytes())
            entry = {"url": target + "0000_part_00.parquet", "meta": {"content_length": file.stat().st_size, "record_count": statement.count}}
        if "MANIFEST" in rest:
            store.put(target + "manifest", json.dumps({"entries": [entry]}).encode())
        self.note_scans(statement, sql)


def named(sql, parameters):
    """The statement with DuckDB's parameters in place of `:name`, and their values: texts, as the API has them."""
    values = {parameter["name"]: parameter["value"] for parameter in parameters or []}
    seen = set()

    def place(word):
        if not word[1] or word[1] not in values:
            return word[0]
        seen.add(word[1])
        return "$" + word[1]

    sql = WORD.sub(place, sql)
    if unused := sorted(set(values) - seen):
        raise invalid(f"Parameters list contains unused parameters. Unused parameters: {unused}")
    return sql, values


def metadata(column, sql):
    """ColumnMetadata of a column of DuckDB's. Names are in small letters, and expressions have Redshift's names."""
    name, kind = column[0], str(column[1])
    if (not re.fullmatch(r"[^\W\d]\w*", name) or kind == '"NULL"') and f'"{name}"' not in sql:
        name = (re.match(r"(\w+?)(?:_star)?\(", name) or [None, "?column?"])[1]
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        type_name, precision, scale, signed = "numeric", int(decimal[1]), int(decimal[2]), True
    else:
        type_name, precision, scale, signed = TYPES.get(kind, ("super", 0, 0, False))
    return {"name": name.lower(), "label": name.lower(), "typeName": type_name, "precision": precision, "scale": scale,
            "length": precision if type_name in ("varchar", "varbyte") else 0, "isSigned": signed, "isCurrency": False,
            "isCaseSensitive": type_name == "varchar", "nullable": 1, "schemaName": "", "tableName": ""}


def writer(type_name):
    """How a value of a type becomes a Field."""
    if type_name in ("int2", "int4", "int8"):
        return lambda value: {"longValue": value}
    if type_name in ("float4", "float8"):
        return lambda value: {"doubleValue": value} if value == value and abs(value) != float("inf") else {"doubleValue": {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value, "NaN")}
    if type_name == "bool":
        return lambda value: {"booleanValue": value}
    if type_name == "varbyte":
        return lambda value: {"blobValue": base64.b64encode(value).decode()}
    if type_name == "timestamptz":
        return lambda value: {"stringValue": str(value.astimezone(datetime.timezone.utc)).removesuffix(":00")}
    if type_name in ("timestamp", "time"):
        return lambda value: {"stringValue": str(value).rstrip("0") if "." in str(value) else str(value)}
    if type_name == "super":
        return lambda value: {"stringValue": json.dumps(value, default=str)}
    return lambda value: {"stringValue": str(value)}


def told(error, sql):
    """DuckDB's error in Redshift's form: its words, and the character where it is, counted from 1."""
    found = re.search(r"\{.*\}", str(error), re.S)
    try:
        said = json.loads(found[0]) if found else {"exception_message": str(error)}
    except ValueError:
        said = {"exception_message": str(error)}
    name, text = said.get("name"), said["exception_message"].split("\n")[0]
    if said.get("error_subtype") == "COLUMN_NOT_FOUND":
        text = f'column "{name}" does not exist'
    elif said.get("error_subtype") == "MISSING_ENTRY" and said.get("type") == "Table":
        text = f'relation "{name}" does not exist'
    if "position" in said:
        # DuckDB counts bytes.
        text += f"\n  Position: {len(sql.encode()[:int(said['position'])].decode(errors='ignore')) + 1}"
    return text


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--lake", type=Path)
    options.add_argument("--aws", help="an endpoint of Glue and S3 that takes requests without a signature")
    options.add_argument("--schema", action="append", default=[])
    chosen = options.parse_args()
    if bool(chosen.lake) == bool(chosen.aws):
        options.error("either --lake or --aws")
    serve(Redshift(chosen.lake, external.Glue(chosen.aws) if chosen.aws else None, chosen.schema), chosen.port)
