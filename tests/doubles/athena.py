"""Athena's API in front of a real Trino: statements, types, positions, bytes read and cancel are Trino's own.

    python3 athena.py --trino http://127.0.0.1:8080 --s3 http://127.0.0.1:4566 --output s3://BUCKET/results/ [--port N]
        [--workgroup '{"Name": "guarded", "Configuration": {"EnforceWorkGroupConfiguration": true, …}}'] …

Ours are the states, the envelope and the result files. A work group is made by --workgroup or CreateWorkGroup, both with
that operation's JSON; a test that wants a peculiar Athena has one of its own and sets it by `POST /_control`:

    {"WorkGroup": "slow", "delay": 500,        ms QUEUED before anything runs
                          "linger": 500,       ms RUNNING after all has run
                          "refuse_stop": true, StopQueryExecution is denied and the query goes on
                          "instant": {"columns": [{"Name": "n", "Type": "bigint"}], "rows": [["1"], [null]], "times": 1}}

`instant` answers each SELECT from that table, without Trino, before StartQueryExecution returns. `GET /_control` tells how
often each operation was called.

It does not prove: Athena's quotas and speed, its reading of ExecutionParameters that are no literals, its spaces in DESCRIBE,
its binary .metadata files (here: the execution's id), and that a cut-off below 10,000,000 bytes is refused (tests read small
lakes).
"""

import argparse
import json
import threading
import urllib.request
import uuid

import athena_sql
import trino
from aws import Clock, Refused, Service, page, serve, without_none
from execution import ENDED, ENGINE, Execution, as_text, from_table, line
from store import Store

ERROR_TYPES = {"TABLE_NOT_FOUND": 1301, "SCHEMA_NOT_FOUND": 1301, "FUNCTION_NOT_FOUND": 1303, "COLUMN_NOT_FOUND": 1006,
               "TYPE_MISMATCH": 1002, "DIVISION_BY_ZERO": 1001, "INVALID_CAST_ARGUMENT": 1100, "NOT_SUPPORTED": 1200}


def invalid(text, code="INVALID_INPUT"):
    return Refused("InvalidRequestException", text, AthenaErrorCode=code)


class Cancelled(Exception):
    pass


class Athena(Service):
    TARGET = "AmazonAthena"

    def __init__(self, trino_url, store, output):
        super().__init__()
        self.trino, self.store = trino_url, store
        self.groups, self.settings, self.executions, self.tokens = {}, {}, {}, {}
        self.CreateWorkGroup({"Name": "primary", "Configuration": {"ResultConfiguration": without_none({"OutputLocation": output})}})

    # What tests set.

    def control(self, request):
        self.settings[self.group(request)["Name"]] = {name: value for name, value in request.items() if name != "WorkGroup"}

    def shown(self):
        return {"executions": len(self.executions)}

    # Work groups.

    def CreateWorkGroup(self, request):
        defaults = {"EnforceWorkGroupConfiguration": False, "PublishCloudWatchMetricsEnabled": True,
                    "RequesterPaysEnabled": False, "EngineVersion": ENGINE, "ResultConfiguration": {}}
        self.groups[request["Name"]] = {
            "Name": request["Name"], "State": request.get("State", "ENABLED"), "CreationTime": Clock().now(),
            "Description": request.get("Description", ""), "Configuration": defaults | request.get("Configuration", {})}
        return {}

    def group(self, request):
        name = request.get("WorkGroup") or "primary"
        if name not in self.groups:
            raise invalid(f"WorkGroup {name} is not found.")
        return self.groups[name]

    def GetWorkGroup(self, request):
        return {"WorkGroup": self.group(request)}

    def ListWorkGroups(self, request):
        groups, token = page(sorted(self.groups), request, 50, 50, invalid)
        listed = [{name: self.groups[group][name] for name in ("Name", "State", "Description", "CreationTime")} for group in groups]
        return without_none({"WorkGroups": [group | {"EngineVersion": ENGINE} for group in listed], "NextToken": token})

    # Executions.

    def StartQueryExecution(self, request):
        token = request.get("ClientRequestToken") or ""
        if not 32 <= len(token) <= 128:
            raise invalid("clientRequestToken is null or empty" if not token else
                          "1 validation error detected: Value at 'clientRequestToken' has not 32 to 128 characters")
        group = self.group(request)
        if group["State"] != "ENABLED":
            raise invalid(f"WorkGroup {group['Name']} is disabled.")
        if earlier := self.earlier(token, request):
            return earlier
        id = str(uuid.uuid4())
        statement = athena_sql.read(request["QueryString"], id, (request.get("QueryExecutionContext") or {}).get("Database", "default"))
        execution = Execution(id, request, group, statement, self.location(id, request, group, statement))
        settings = self.settings.get(group["Name"], {})
        instant = settings.get("instant") if statement.is_query else None
        if not instant and not statement.is_hive:
            self.parse(execution)
        execution.prepared = execution.clock.millis()
        with self.lock:
            if earlier := self.earlier(token, request):
                return earlier
            self.tokens[token] = id
            self.executions[id] = execution
        if instant:
            self.work(execution, settings, instant)
        else:
            threading.Thread(target=self.work, args=(execution, settings), daemon=True).start()
        return {"QueryExecutionId": id}

    def earlier(self, token, request):
        with self.lock:
            if token not in self.tokens:
                return None
            first = self.executions[self.tokens[token]]
        if first.request["QueryString"] != request["QueryString"] or first.context != (request.get("QueryExecutionContext") or {}):
            raise invalid("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
        return {"QueryExecutionId": first.id}

    def location(self, id, request, group, statement):
        """Where the result goes, or None where Athena keeps it itself."""
        set_, asked = group["Configuration"], (request.get("ResultConfiguration") or {}).get("OutputLocation")
        if set_.get("ManagedQueryResultsConfiguration", {}).get("Enabled"):
            return None
        of_group = set_["ResultConfiguration"].get("OutputLocation")
        output = of_group if set_["EnforceWorkGroupConfiguration"] or not asked else asked
        if not output:
            raise invalid("No output location provided. An output location is required either through the Workgroup "
                          "result configuration setting or as an API input.")
        if not output.startswith("s3://") or not output[5:].strip("/"):
            raise invalid("outputLocation is not a valid S3 path.")
        if not self.store.has(output):
            raise invalid(f"Unable to verify/create output bucket {output[5:].split('/')[0]}")
        ends = {"SELECT": id + ".csv", "CREATE_TABLE_AS_SELECT": "tables/" + id, "INSERT": id, "UNLOAD": id}
        return output.rstrip("/") + "/" + ends.get(statement.subtype, id + ".txt")

    def parse(self, execution):
        """Lets Trino parse the statement, which Athena does before it gives an id."""
        statement = execution.statement
        if statement.subtype == "UNLOAD" and statement.target is None:
            raise invalid("line 1:1: mismatched input 'UNLOAD'", "MALFORMED_QUERY")
        before = "PREPARE parsed FROM\n" + statement.before
        try:
            self.run(execution, before + statement.body + statement.after).rows()
        except trino.Failed as failed:
            if failed.name == "SYNTAX_ERROR":
                raise invalid(statement.placed(failed.text, before), "MALFORMED_QUERY") from None
            # What Trino prepares for nobody, such as a CALL, shows its faults when it runs.

    def run(self, execution, sql):
        catalog = execution.context.get("Catalog", "awsdatacatalog").lower()
        return trino.Run(self.trino, sql, catalog, execution.context.get("Database"), execution.statement.session)

    def work(self, execution, settings, instant=None):
        """All that happens to an execution after its start."""
        try:
            if execution.stop.wait(settings.get("delay", 0) / 1000):
                raise Cancelled("Query cancelled by user")
            with self.lock:
                execution.become("RUNNING")
            if instant:
                from_table(execution, instant)
            elif not self.use_again(execution):
                self.carry_out(execution)
            if execution.stop.wait(settings.get("linger", 0) / 1000):
                raise Cancelled("Query cancelled by user")
            self.write(execution, instant)
            end = ("SUCCEEDED",)
        except Cancelled as cancelled:
            end = ("CANCELLED", str(cancelled))
        except trino.Failed as failed:
            reason = f"{failed.name}: " + execution.statement.placed_in_run(failed.text, execution.parameters)
            mine = failed.kind == "USER_ERROR"
            kind = {"USER_ERROR": ERROR_TYPES.get(failed.name, 1000), "INSUFFICIENT_RESOURCES": 1}.get(failed.kind, 200)
            end = ("FAILED", reason, {"ErrorCategory": 2 if mine else 1, "ErrorType": kind, "Retryable": False, "ErrorMessage": reason})
        except Exception as fault:  # noqa: BLE001: a client must see an end, whatever happens here
            end = ("FAILED", f"INTERNAL_ERROR: {fault!r}", {"ErrorCategory": 1, "ErrorType": 401, "Retryable": True, "ErrorMessage": repr(fault)})
        with self.lock:
            execution.become(*end)

    def use_again(self, execution):
        reuse = (execution.request.get("ResultReuseConfiguration") or {}).get("ResultReuseByAgeConfiguration") or {}
        if not reuse.get("Enabled") or not execution.statement.is_query:
            return False
        oldest = execution.clock.now() - 60 * reuse.get("MaxAgeInMinutes", 60)
        with self.lock:
            for other in reversed(self.executions.values()):
                if other.state == "SUCCEEDED" and not other.reused and other.completed >= oldest and other.identity == execution.identity:
                    execution.columns, execution.rows, execution.reused = other.columns, other.rows, True
                    return True
        return False

    def carry_out(self, execution):
        statement = execution.statement
        if statement.is_hive:
            return self.create_external_table(execution)
        if statement.target and self.store.list(statement.target):
            raise trino.Failed({"errorName": "HIVE_PATH_ALREADY_EXISTS", "errorType": "USER_ERROR", "message":
                                f"Target directory for table already exists: {statement.target}"})
        run = self.run(execution, statement.for_trino(execution.parameters))
        rows = []
        cutoff = execution.group["Configuration"].get("BytesScannedCutoffPerQuery")
        for part in run.steps():
            rows += part
            # DDL and SHOW are free.
            execution.scanned = run.stats.get("physicalInputBytes", 0) if statement.type == "DML" else 0
            execution.planned = run.stats.get("planningTimeMillis", 0)
            above = cutoff and execution.scanned > cutoff
            if above or execution.stop.is_set():
                run.cancel()
                execution.scanned = run.stats.get("physicalInputBytes", 0)
                raise Cancelled("Bytes scanned limit was exceeded" if above else "Query cancelled by user")
        execution.columns = [trino.column_info(column) for column in run.columns or []]
        execution.rows = trino.texts(run.columns or [], rows)
        execution.update_count = run.update_count or 0
        if statement.subtype == "UNLOAD":
            self.run(execution, f'DROP TABLE awsdatacatalog."{execution.context.get("Database", "default")}"."{statement.table}"').rows()
        if run.update_count is not None:
            # Statements that write give their count apart, and no rows.
            count = {"name": "rows", "typeSignature": {"rawType": "bigint", "arguments": []}}
            execution.columns, execution.rows = [trino.column_info(count)], []
        elif not statement.is_query:
            as_text(execution)

    def create_external_table(self, execution):
        """By the emulator of the catalogue, whose Athena knows this one statement of Hive's."""
        def ask(operation, request):
            headers = {"X-Amz-Target": "AmazonAthena." + operation, "Content-Type": "application/x-amz-json-1.1"}
            asked = urllib.request.Request(f"http://{self.store.address}/", json.dumps(request).encode(), headers)
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return json.load(answer)

        body = {"QueryString": execution.statement.text, "QueryExecutionContext": execution.context, "ResultConfiguration": {"OutputLocation": execution.location}}
        id = ask("StartQueryExecution", body)
        status = {"State": "QUEUED"}
        while status["State"] not in ENDED:
            execution.stop.wait(0.05)
            status = ask("GetQueryExecution", id)["QueryExecution"]["Status"]
        if status["State"] != "SUCCEEDED":
            raise trino.Failed({"errorName": "FAILED", "errorType": "USER_ERROR", "message": status.get("StateChangeReason", "")})

    def write(self, execution, instant):
        """The result's files, before the state says that they are there."""
        if execution.location is None:
            return
        begun = execution.clock.millis()
        if execution.statement.is_query:
            times = instant.get("times", 1) if instant else 1
            body = execution.rows[:len(execution.rows) // times] if times else []
            head = line([column["Name"] for column in execution.columns])
            self.store.put(execution.location, (head + "".join(map(line, body)) * times).encode())
        elif execution.location.endswith(".txt"):
            self.store.put(execution.location, "\n".join("\t".join(value or "" for value in row) for row in execution.rows).encode())
        if execution.columns:
            self.store.put(execution.location + ".metadata", execution.id.encode())
        if execution.statement.target:
            execution.manifest = execution.location + "-manifest.csv"
            files = self.store.list(execution.statement.target)
            self.store.put(execution.manifest, "".join(file + "\n" for file in files).encode())
        execution.written = execution.clock.millis() - begun

    def execution(self, id):
        if id not in self.executions:
            raise invalid(f"QueryExecution {id} was not found", "QUERY_EXECUTION_NOT_FOUND")
        return self.executions[id]

    def GetQueryExecution(self, request):
        execution = self.execution(request["QueryExecutionId"])
        with self.lock:
            return {"QueryExecution": execution.shown()}

    def BatchGetQueryExecution(self, request):
        ids = request["QueryExecutionIds"]
        if not 1 <= len(ids) <= 50:
            raise invalid(f"{len(ids)} ids are not between 1 and 50")
        with self.lock:
            return {"QueryExecutions": [self.executions[id].shown() for id in ids if id in self.executions],
                    "UnprocessedQueryExecutionIds": [
                        {"QueryExecutionId": id, "ErrorCode": "QUERY_EXECUTION_NOT_FOUND", "ErrorMessage": f"QueryExecution {id} was not found"}
                        for id in ids if id not in self.executions]}

    def ListQueryExecutions(self, request):
        group = self.group(request)
        with self.lock:
            ids = [id for id, execution in reversed(self.executions.items()) if execution.group is group]
        ids, token = page(ids, request, 50, 50, invalid)
        return without_none({"QueryExecutionIds": ids, "NextToken": token})

    def StopQueryExecution(self, request):
        execution = self.execution(request["QueryExecutionId"])
        if self.settings.get(execution.group["Name"], {}).get("refuse_stop"):
            raise Refused("AccessDeniedException", "not authorized to perform: athena:StopQueryExecution")
        execution.stop.set()
        return {}

    def GetQueryResults(self, request):
        execution = self.execution(request["QueryExecutionId"])
        if execution.state == "CANCELLED":
            raise invalid("Could not find results", "RESULT_NOT_FOUND")
        if execution.state != "SUCCEEDED":
            text = "Query did not finish successfully. Final query state: FAILED" if execution.state == "FAILED" else \
                f"Query has not yet finished. Current state: {execution.state}"
            raise invalid(text, "INVALID_QUERY_EXECUTION_STATE")
        # The header is a row like any other, of the first page.
        head = [[column["Name"] for column in execution.columns]] if execution.statement.is_query else []
        rows, token = page(Joined(head, execution.rows), request, 1000, 1000, invalid)
        data = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in rows]
        return without_none({"UpdateCount": execution.update_count, "NextToken": token, "ResultSet": {
            "Rows": data, "ResultSetMetadata": {"ColumnInfo": execution.columns}}})


class Joined:
    """Two lists as one, without a copy of the second."""

    def __init__(self, head, rest):
        self.head, self.rest = head, rest

    def __len__(self):
        return len(self.head) + len(self.rest)

    def __getitem__(self, part):
        lead = len(self.head)
        return self.head[part.start:part.stop] + self.rest[max(part.start - lead, 0):max(part.stop - lead, 0)]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--trino", required=True)
    options.add_argument("--s3", required=True, help="an endpoint that takes requests without a signature")
    options.add_argument("--output", help="the output location of the work group primary")
    options.add_argument("--workgroup", action="append", default=[], type=json.loads)
    chosen = options.parse_args()
    athena = Athena(chosen.trino, Store(chosen.s3), chosen.output)
    for asked in chosen.workgroup:
        athena.CreateWorkGroup(asked)
    serve(athena, chosen.port)
