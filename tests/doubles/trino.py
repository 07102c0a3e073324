"""A client of Trino's REST protocol, and its values as Athena writes them: text, exact."""

import base64
import http.client
import json
import re
import urllib.parse

# Types that Athena names otherwise, and what it gives as the precision of a type that has none of its own.
NAMES = {"real": "float"}
PRECISION = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17, "varbinary": 1073741824,
             "timestamp": 3, "timestamp with time zone": 3, "time": 3, "time with time zone": 3}


class Failed(Exception):
    """Trino's own error: its name, the kind (USER_ERROR, …) and its text, which begins with `line L:C` where it has one."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.name, self.kind, self.text = error["errorName"], error["errorType"], error["message"]


class Gone(Failed):
    """Trino knows nothing of what it is asked about."""


class Run:
    """One statement in Trino. `steps` yields after every answer; columns, rows and stats are what came so far."""

    def __init__(self, url, statement, catalog, schema, session=()):
        self.address = urllib.parse.urlsplit(url).netloc
        self.connection = None
        self.statement = statement
        self.headers = {"X-Trino-User": "saldo", "X-Trino-Catalog": catalog, "X-Trino-Source": "athena-double",
                        "X-Trino-Time-Zone": "UTC", "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"}
        if schema:
            self.headers["X-Trino-Schema"] = urllib.parse.quote(schema)
        if session:
            self.headers["X-Trino-Session"] = ",".join(session)
        self.id = self.next = self.columns = self.update_count = self.update_type = None
        self.stats = {}

    def ask(self, method, path, body=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=60)
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise (Gone if answer.status in (404, 410) else Failed)({"errorName": "REMOTE_HOST_GONE", "errorType": "INTERNAL_ERROR",
                          "message": f"Trino answers {answer.status}: {data[:300]!r}"})
        # Numbers stay the text that Trino wrote: Java's own form of a double is Athena's too.
        return json.loads(data, parse_int=str, parse_float=str, parse_constant=str) if data else None

    def steps(self):
        """Rows, one answer at a time. Whoever stops iterating calls `cancel`."""
        answer = self.ask("POST", "/v1/statement", self.statement.encode())
        while True:
            self.id = answer["id"]
            self.stats = {name: int(value) for name, value in answer["stats"].items() if str(value).isdigit()}
            self.stats["state"] = answer["stats"]["state"]
            self.columns = answer.get("columns") or self.columns
            self.update_type = answer.get("updateType") or self.update_type
            if "updateCount" in answer:
                self.update_count = int(answer["updateCount"])
            if "error" in answer:
                raise Failed(answer["error"])
            self.next = answer.get("nextUri")
            yield answer.get("data", [])
            if self.next is None:
                self.connection.close()
                return
            # A short wait, so that whoever cancels is heard soon.
            answer = self.ask("GET", urllib.parse.urlsplit(self.next).path + "?maxWait=100ms")

    def rows(self):
        return [row for part in self.steps() for row in part]

    def cancel(self):
        """Ends the statement where it runs; `stats` then counts what it read until its end."""
        if self.next:
            self.ask("DELETE", urllib.parse.urlsplit(self.next).path)
        while self.id:
            try:
                info = self.ask("GET", f"/v1/query/{self.id}")
            except Gone:
                # It was stopped before it was more than an entry in a queue.
                return
            if info["state"] in ("FAILED", "FINISHED"):
                size = re.fullmatch(r"([\d.]+)([kMGTP]?)B", info["queryStats"]["physicalInputDataSize"])
                self.stats["physicalInputBytes"] = int(float(size[1]) * 1024 ** " kMGTP".index(size[2] or " "))
                return


def column_info(column):
    """Athena's ColumnInfo of a column as Trino tells it."""
    signature = column["typeSignature"]
    kind = NAMES.get(signature["rawType"], signature["rawType"])
    numbers = [int(argument["value"]) for argument in signature["arguments"] if argument["kind"] == "LONG"]
    precision, scale = PRECISION.get(kind, 0), 0
    if kind == "decimal":
        precision, scale = numbers
    elif kind in ("varchar", "char"):
        precision = numbers[0] if numbers else 2147483647
    return {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column["name"], "Label": column["name"],
            "Type": kind, "Precision": precision, "Scale": scale, "Nullable": "UNKNOWN",
            "CaseSensitive": kind in ("varchar", "char")}


def writer(signature):
    """A function that writes a value of this type as Athena does; NULL inside arrays, maps and rows is `null`."""
    kind, arguments = signature["rawType"], signature["arguments"]
    if kind == "varbinary":
        return lambda value: base64.b64decode(value).hex(" ")
    if kind == "boolean":
        return lambda value: "true" if value else "false"
    if kind == "array":
        inner = nested(arguments[0]["value"])
        return lambda value: "[" + ", ".join(map(inner, value)) + "]"
    if kind == "map":
        key, item = (nested(argument["value"]) for argument in arguments)
        return lambda value: "{" + ", ".join(f"{key(name)}={item(part)}" for name, part in value.items()) + "}"
    if kind == "row":
        fields = [argument["value"] for argument in arguments]
        names = [field["fieldName"]["name"] + "=" if field.get("fieldName") else "" for field in fields]
        inner = [nested(field["typeSignature"]) for field in fields]
        return lambda value: "{" + ", ".join(n + w(v) for n, w, v in zip(names, inner, value)) + "}"
    return str


def nested(signature):
    write = writer(signature)
    return lambda value: "null" if value is None else write(value)


def texts(columns, rows):
    """Rows of texts, and None for NULL."""
    writers = [writer(column["typeSignature"]) for column in columns]
    plain = [write is str for write in writers]
    if all(plain):
        return rows
    return [[value if simple or value is None else write(value) for value, write, simple in zip(row, writers, plain)]
            for row in rows]
