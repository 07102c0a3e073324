"""How Athena sorts statements, and what the few of its own that Trino lacks become there.

UNLOAD becomes a CREATE TABLE AS on the target, whose table is dropped again; Hive's words become Trino's; a bare 0.1, which
is a double in Athena and a decimal in Trino, becomes 0.1E0. CREATE EXTERNAL TABLE stays as it is: Trino cannot make one from
Hive's words, so the emulated catalogue does.
"""

import re
from dataclasses import dataclass, field

SPACE = re.compile(r"(?:\s+|--[^\n]*\n?|/\*.*?\*/)*", re.S)
UNLOAD = re.compile(r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<target>[^']*)'\s*(?:WITH\s*\((?P<options>.*)\)\s*)?$", re.S | re.I)
OPTION = re.compile(r"(\w+)\s*=\s*('(?:[^']|'')*'|ARRAY\s*\[[^\]]*\])", re.I)
LINE = re.compile(r"line (\d+):(\d+)")
# Texts, quoted names, comments, and what begins like a number, of which the first group is a bare decimal.
NUMBERS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|(?<![\w.])(?:\d+\.\d*|\.\d+)[eE][-+]?\d+"""
                     r"""|(?<![\w.])(\d+\.\d*|\.\d+)(?![\w.])""", re.S)
EXPONENT = "E0"

# First words, StatementType, SubstatementType; the first that fits.
KINDS = [
    (r"SELECT|WITH|VALUES|TABLE|\(", "DML", "SELECT"),
    (r"EXPLAIN", "DML", "EXPLAIN"),
    (r"UNLOAD", "DML", "UNLOAD"),
    (r"(INSERT|UPDATE|DELETE|MERGE)", "DML", None),
    (r"SHOW\s+(TABLES|COLUMNS|PARTITIONS|VIEWS)", "UTILITY", "SHOW_{}"),
    (r"SHOW\s+(?:DATABASES|SCHEMAS)", "UTILITY", "SHOW_DATABASES"),
    (r"SHOW\s+CREATE\s+(TABLE|VIEW)", "UTILITY", "SHOW_CREATE_{}"),
    (r"DESC(?:RIBE)?\b", "UTILITY", "DESCRIBE_TABLE"),
    (r"CREATE\s+TABLE\b(?=.*\bAS\b\s*[(WS])", "DDL", "CREATE_TABLE_AS_SELECT"),
    (r"CREATE\s+EXTERNAL\s+TABLE", "DDL", "CREATE_TABLE"),
    (r"(CREATE|DROP)\s+(?:DATABASE|SCHEMA)", "DDL", "{}_DATABASE"),
    (r"MSCK", "DDL", "MSCK_REPAIR_TABLE"),
    (r"(\w+)(?:\s+OR\s+REPLACE)?\s+(TABLE|VIEW)", "DDL", "{}_{}"),
    (r"", "DDL", None),
]

# Hive's words, and Trino's.
WORDS = [
    (r"SHOW\s+DATABASES", "SHOW SCHEMAS"),
    (r"(CREATE|DROP)\s+DATABASE", r"\1 SCHEMA"),
    (r"SHOW\s+PARTITIONS\s+(?:(\S+)\.)?\"?([^\s.\"]+)\"?$", lambda m: f'SELECT * FROM {m[1] + "." if m[1] else ""}"{m[2]}$partitions"'),
    (r"MSCK\s+REPAIR\s+TABLE\s+(?:\S+\.)?[\"`]?([^\s.\"`]+)[\"`]?$", r"CALL system.sync_partition_metadata(current_schema, '\1', 'FULL')"),
]


@dataclass
class Statement:
    text: str
    type: str
    subtype: str | None
    # What Trino gets: words before the part of the text that begins at `start`, that part, words after.
    before: str = ""
    body: str = ""
    after: str = ""
    start: int = 0
    # Where in the body an exponent was added: lines and columns from 1.
    floats: list = field(default_factory=list)
    session: list = field(default_factory=list)
    target: str | None = None
    table: str | None = None

    @property
    def is_query(self):
        return self.subtype == "SELECT"

    @property
    def is_hive(self):
        """Made by the catalogue's emulator instead of Trino."""
        return re.match(r"CREATE\s+EXTERNAL\s+TABLE", self.text[SPACE.match(self.text).end():], re.I) is not None

    def for_trino(self, parameters):
        sql = self.before + self.body + self.after
        if parameters:
            return "EXECUTE IMMEDIATE '" + sql.replace("'", "''") + "' USING " + ", ".join(with_floats(one)[0] for one in parameters)
        return sql

    def placed(self, message, sent_before):
        """The message with its first position counted in the text as the client sent it."""
        def place(match):
            line, column = int(match[1]) - sent_before.count("\n"), int(match[2])
            if line == 1:
                column -= len(sent_before) - (sent_before.rfind("\n") + 1)
            column -= len(EXPONENT) * sum(1 for float_line, end in self.floats if float_line == line and end <= column)
            lead = self.text[:self.start]
            if line == 1:
                column += len(lead) - (lead.rfind("\n") + 1)
            return f"line {line + lead.count(chr(10))}:{column}"

        return LINE.sub(place, message, count=1)

    def placed_in_run(self, message, parameters):
        return self.placed(message, ("EXECUTE IMMEDIATE '" if parameters else "") + self.before)


def with_floats(sql):
    """The statement with its bare decimals as Athena reads them, and where each got its exponent."""
    parts, places, done = [], [], 0
    for match in NUMBERS.finditer(sql):
        if match[1]:
            parts += [sql[done:match.end()], EXPONENT]
            done = match.end()
            written = "".join(parts)
            places.append((written.count("\n") + 1, len(written) - (written.rfind("\n") + 1) + 1))
    return "".join(parts) + sql[done:], places


def read(text, id, database):
    start = SPACE.match(text).end()
    bare = text[start:].rstrip().rstrip(";").rstrip()
    statement = Statement(text, "DDL", None, body=text[:start] + bare)
    for words, kind, subtype in KINDS:
        if match := re.match(words, bare, re.I | re.S):
            groups = [group.upper() for group in match.groups()]
            statement.type, statement.subtype = kind, subtype.format(*groups) if subtype else (groups or [None])[0]
            break
    for words, trinos in WORDS:
        if re.match(words, bare, re.I):
            statement.body = re.sub(words, trinos, bare, count=1, flags=re.I).replace("current_schema", f"'{database}'")
    if (statement.subtype == "UNLOAD") and (match := UNLOAD.match(bare)):
        options = {name.lower(): value for name, value in OPTION.findall(match["options"] or "")}
        statement.target = match["target"]
        statement.table = "unload_" + id.replace("-", "")
        statement.start = start + match.start("query")
        statement.body = match["query"]
        properties = {"external_location": f"'{match['target']}'", "format": options.get("format", "'PARQUET'").upper()}
        if "partitioned_by" in options:
            properties["partitioned_by"] = options["partitioned_by"]
        statement.session = ["awsdatacatalog.compression_codec=" + options.get("compression", "'GZIP'").strip("'").upper()]
        listed = ", ".join(f"{name} = {value}" for name, value in properties.items())
        statement.before = f'CREATE TABLE awsdatacatalog."{database}"."{statement.table}" WITH ({listed}) AS\n'
    statement.body, statement.floats = with_floats(statement.body)
    return statement
