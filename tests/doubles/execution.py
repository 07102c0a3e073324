"""One query execution of the double of Athena: what it is, how it is shown, and its result as rows and as text."""

import threading

from aws import Clock, without_none

ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class Execution:
    """One query execution. Whoever changes its state holds the service's lock."""

    def __init__(self, id, request, group, statement, location):
        self.id, self.request, self.group, self.statement, self.location = id, request, group, statement, location
        self.clock = Clock()
        self.submitted = self.clock.now()
        self.state, self.reason, self.error, self.completed, self.age = "QUEUED", None, None, None, None
        self.stop = threading.Event()
        self.begun = None
        self.ended = self.prepared = self.planned = self.written = self.scanned = 0
        self.columns, self.rows, self.update_count = [], [], 0
        self.reused, self.manifest = False, None

    @property
    def context(self):
        return self.request.get("QueryExecutionContext") or {}

    @property
    def parameters(self):
        return self.request.get("ExecutionParameters") or []

    @property
    def identity(self):
        """What must be the same for a result to be used again."""
        asked = self.request.get("ResultConfiguration") or {}
        return self.request["QueryString"], self.context, self.parameters, self.group["Name"], asked.get("OutputLocation")

    def become(self, state, reason=None, error=None):
        if state in ENDED:
            self.ended, self.completed = self.clock.millis(), self.clock.now()
        elif state == "RUNNING":
            self.begun = self.clock.millis()
        self.state, self.reason, self.error = state, reason, error

    def shown(self):
        now = self.ended if self.state in ENDED else self.clock.millis()
        begun = now if self.begun is None else self.begun
        managed = self.location is None
        statistics = {
            "EngineExecutionTimeInMillis": now - begun - self.written, "DataScannedInBytes": self.scanned,
            "TotalExecutionTimeInMillis": now, "QueryQueueTimeInMillis": begun - self.prepared,
            "ServicePreProcessingTimeInMillis": self.prepared, "QueryPlanningTimeInMillis": self.planned or None,
            "ServiceProcessingTimeInMillis": self.written, "DataManifestLocation": self.manifest,
            "ResultReuseInformation": {"ReusedPreviousResult": self.reused}}
        return without_none({
            "QueryExecutionId": self.id, "Query": self.statement.text, "StatementType": self.statement.type,
            "SubstatementType": self.statement.subtype, "QueryExecutionContext": self.context,
            "ResultConfiguration": None if managed else {"OutputLocation": self.location},
            "ManagedQueryResultsConfiguration": {"Enabled": True} if managed else None,
            "ResultReuseConfiguration": self.request.get("ResultReuseConfiguration"),
            "ExecutionParameters": self.request.get("ExecutionParameters"), "WorkGroup": self.group["Name"],
            "EngineVersion": ENGINE, "Statistics": without_none(statistics),
            "Status": without_none({
                "State": self.state, "StateChangeReason": self.reason, "SubmissionDateTime": self.submitted,
                "CompletionDateTime": self.completed, "AthenaError": self.error})})


def line(row):
    """A line of a result's CSV: every value quoted, NULL as nothing."""
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def from_table(execution, table):
    defaults = {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Precision": 0, "Scale": 0,
                "Nullable": "UNKNOWN", "CaseSensitive": False}
    execution.columns = [defaults | {"Label": column["Name"]} | column for column in table["columns"]]
    execution.rows = table["rows"] * table.get("times", 1)
    execution.scanned = table.get("bytes", 0)


def as_text(execution):
    """SHOW, DESCRIBE and EXPLAIN: lines of text in the first column, whatever the columns are."""
    rows = execution.rows
    if execution.statement.subtype == "EXPLAIN":
        rows = [[part] for row in rows for part in row[0].rstrip("\n").split("\n")]
    elif execution.statement.subtype == "SHOW_PARTITIONS":
        names = [column["Name"] for column in execution.columns]
        rows = [["/".join(f"{name}={value}" for name, value in zip(names, row))] for row in rows]
    execution.rows = [["\t".join(value or "" for value in row)] for row in rows]
    execution.columns = [column | {"Type": "string", "Precision": 0, "CaseSensitive": False} for column in execution.columns]
