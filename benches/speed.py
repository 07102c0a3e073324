#!/usr/bin/env python3
"""The speed table: saldo on a pseudo-terminal beside its rivals, measured in one run on one Parquet file.

Prints for each thing measured the limit, saldo's figure, their ratio (below 1 is within), and what the rivals take.
Nothing here fails on a slow figure: machines differ, ratios are for reading. A figure that could not be taken is `-`.

How it is measured
  start    from the child's last moment before exec to the bytes after which the marker stands on the screen
  a key    from the write to the first byte that comes back; the median of many presses
  bytes    all that the program sent, until it was silent
  memory   VmHWM, the most that was ever resident, over the program and its children
  seconds  wall time of the whole command, the commands taking turns
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "target" / "bench"

# The keys and commands of saldo that the measurements press: change them here when the key table changes.
KEYS = {
    "editor": "2",  # from another pane to the editor
    "run": "\x12",
    "results": "\x1b",  # from the editor to the results
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pagedown": "\x1b[6~",
    "down": "\x1b[B",
    "jump": "#{row}\r",  # go to a row by its number
    "sort": "$s",  # by the last column, rising
    "unsort": "\x1b",  # the rows as they came
    "buffer": "\x14",  # an empty text in the editor
    "view": "v",  # the next view of the chart
}
EXPLORER = ["--lake", "{lake}"]
OPEN = ["open", "{file}"]
QUERY = ["query", "--format", "csv", "-c", "{sql}"]
EXPORT = ["query", "-c", "{sql}", "-o", "{out}"]
DEMO = ["demo", "--lake", "{lake}", "--no-open"]
# What stands on the explorer's screen once its first frame is whole.
FIRST_FRAME = r"(?i)quit|help"

# Engines elsewhere that nobody answers for: an address without a machine, and a port that refuses.
DEAD_TARGETS = """
[targets.prod]
kind = "athena"
region = "eu-west-1"
endpoint = "http://192.0.2.1"
[targets.spectrum]
kind = "redshift"
region = "eu-west-1"
endpoint = "http://127.0.0.1:9"
workgroup = "main"
database = "dev"
[targets.emr]
kind = "trino"
url = "http://192.0.2.1:8080"
"""

# The same of harlequin.
HARLEQUIN = {"editor": "\x1bOQ", "buffer": "\x0e", "run": "\n"}
# The statements of a minute's work: few rows, as they came, and a count of all. Both fit the line of either editor.
FEW = "SELECT * FROM '{file}' LIMIT 5000"
OTHER = "SELECT account_no, count(*) FROM '{file}' GROUP BY 1"

# What gives every pane its content: keys from outside the editor, and what then stands on the screen.
OPEN_PANES = [
    ("/conversion status\r\r", r"of 60 rows"),  # a saved query with its chart; a text in the editor, a result
    ("1", r"/conversion status"),
    ("\x1b", r"Tables"),  # the whole tree
    ("\x1b[F\x1b[C", r"happened_at_utc"),  # with a table's columns
    ("5", r"MASE"),  # the forecast, judged
    ("7700100411017\r", r"As of \d{4}"),  # the card of an account
    ("1", r"Tables"),
]

FIRST_ROW, LAST_ROW = r"TXN00000001", r"TXN{rows:08d}"
SELECT_ALL = "SELECT * FROM read_parquet('{file}')"
AGGREGATE = """
    SELECT currency, account_no, EXTRACT(year FROM value_date) AS year, COUNT(*) AS lines,
        SUM(deposit_amt) AS deposits, SUM(withdrawal_amt) AS withdrawals, MAX(balance_amt) AS highest
    FROM read_parquet('{file}') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

# Arithmetic on the row's number, so that every version of every engine makes the same lines.
BANK = """
    COPY (
        WITH line AS (
            SELECT i, i * 2654435761 % 4294967296 AS a, i * 2246822519 % 4294967291 AS b FROM range(1, {rows} + 1) AS t(i)
        )
        SELECT 'TXN' || lpad(CAST(i AS VARCHAR), 8, '0') AS txn_id,
            CAST(409000000000 + a % 12 AS VARCHAR) AS account_no,
            DATE '2015-01-01' + CAST(i * 1826 // {rows} AS INTEGER) AS booking_date,
            DATE '2015-01-01' + CAST(i * 1826 // {rows} + a % 5 AS INTEGER) - 2 AS value_date,
            ['RTGS', 'NEFT', 'SALARY', 'CHEQUE', 'CARD', 'FEE'][1 + a % 6] || ' ' || CAST(b % 1000000 AS VARCHAR) AS details,
            ['INR', 'USD', 'SGD', 'EUR', 'GBP', 'JPY', 'AUD', 'CNY', 'AED'][1 + b % 9] AS currency,
            CASE WHEN a % 6 = 3 THEN CAST(b % 900000 + 100000 AS INTEGER) END AS cheque_no,
            CASE WHEN a % 2 = 0 THEN CAST(b % 100000000 * 0.01 AS DECIMAL(18, 2)) END AS withdrawal_amt,
            CASE WHEN a % 2 = 1 THEN CAST(b % 90000000 * 0.01 AS DECIMAL(18, 2)) END AS deposit_amt,
            CAST(a % 5000000000 * 0.01 - 1000000 AS DECIMAL(18, 2)) AS balance_amt
        FROM line ORDER BY i
    ) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
"""

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "HOME": str(PLACE / "home"),
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "LANG": "C.UTF-8",
}


def number(value, unit):
    if value is None:
        return "-"
    digits = 0 if value >= 100 or unit == "B" else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


class Table:
    """Prints each line as soon as it is measured."""

    WIDTHS = (46, 10, 12, 6)

    def __init__(self):
        self.lines = []
        self.print("what", "limit", "saldo", "ratio", "rivals")
        print("-" * 110)

    def print(self, what, limit, ours, ratio, rivals):
        a, b, c, d = self.WIDTHS
        print(f"{what:<{a}}{limit:>{b}}{ours:>{c}}{ratio:>{d + 2}}   {rivals}", flush=True)

    def add(self, what, limit, unit, ours, rivals=None):
        rivals = {name: figure for name, figure in (rivals or {}).items() if figure is not None}
        ratio = None if ours is None or not limit else ours / limit
        self.lines.append({"what": what, "unit": unit, "limit": limit, "saldo": ours, "ratio": ratio, "rivals": rivals})
        self.print(
            what,
            "" if limit is None else number(limit, unit),
            number(ours, unit),
            "" if ratio is None else f"{ratio:.2f}",
            ", ".join(f"{name} {number(figure, unit)}" for name, figure in rivals.items()),
        )


class Bench:
    def __init__(self, options):
        self.options = options
        self.file = PLACE / f"bank-{options.rows}.parquet"
        self.lake = PLACE / "lake"
        self.last_row = LAST_ROW.format(rows=options.rows)
        self.tools = Path(sys.executable).parent
        self.table = None

    def saldo(self, parts, **values):
        values = {"file": self.file, "lake": self.lake, **values}
        return [str(self.options.saldo), *(part.format(**values) for part in parts)]

    def terminal(self, argv, columns=140, rows=40):
        return Terminal([str(part) for part in argv], columns, rows, ENVIRONMENT)

    def rival(self, name):
        """The command of a rival, or none when it is not here or not wanted."""
        if name in self.options.without:
            return None
        if name == "datui":
            # The program itself, not the Python script that the package puts before it.
            found = sorted(self.tools.parent.glob("lib/python*/site-packages/datui_bin/datui"))
            return found[0] if found else None
        found = self.tools / name
        return found if found.exists() else None

    def prepare(self):
        self.fresh_home()
        if not self.file.exists():
            import duckdb

            print(f"making {self.file.relative_to(ROOT)}", flush=True)
            unfinished = self.file.with_suffix(".unfinished")
            duckdb.execute(BANK.format(rows=self.options.rows, file=unfinished))
            unfinished.rename(self.file)
        # Warm the page cache: every figure is about programs, none about the disk.
        with open(self.file, "rb") as file:
            while file.read(1 << 24):
                pass

    def versions(self):
        commands = {"saldo": [self.options.saldo, "--version"]}
        commands.update({name: [self.rival(name), "--version"] for name in ("duckdb", "harlequin", "datui") if self.rival(name)})
        for name, command in commands.items():
            try:
                said = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60).stdout.split()
            except OSError:
                said = ["not", "here"]
            print(f"{name}: {' '.join(said[:6])}")
        with open("/proc/loadavg") as load:
            print(f"{os.cpu_count()} processors, load {load.read().split()[0]}; {self.options.rows:,} rows, {self.file.stat().st_size / 1e6:,.0f} MB\n")

    def starts(self, argv, marker, wait=60):
        """Medians over several starts, the first not counted: milliseconds, bytes, MB."""
        taken = []
        for _ in range(self.options.repeat + 1):
            terminal = self.terminal(argv)
            shown = terminal.wait(marker, wait)
            terminal.quiet(0.2, 5)
            taken.append((shown, terminal.bytes, terminal.peak_mb()))
            if shown is None:
                self.show(terminal, f"{argv[0]} never showed {marker!r}")
            terminal.close()
            if shown is None:
                return None, None, None
        return tuple(statistics.median(column) for column in zip(*taken[1:]))

    def show(self, terminal, why):
        print(f"  note: {why}", flush=True)
        if self.options.show:
            print("\n".join(line.rstrip() for line in terminal.text().splitlines() if line.strip()), flush=True)

    # -- the lines of the table --

    def demo(self):
        seconds = []
        for _ in range(3):
            shutil.rmtree(self.lake, ignore_errors=True)
            seconds.append(wall(self.saldo(DEMO)))
        self.table.add("demo lake of 116,201 lines", 3, "s", median(seconds))

    def first(self):
        ours = self.starts(self.saldo(EXPLORER), FIRST_FRAME)
        harlequin = self.rival("harlequin")
        theirs = self.starts([harlequin, PLACE / "home" / "first.db"], "Query Results") if harlequin else (None, None, None)
        for index, (what, limit, unit) in enumerate([("time", 40, "ms"), ("sent", 12_000, "B"), ("peak memory", None, "MB")]):
            self.table.add(f"first full frame: {what}", limit, unit, ours[index], {"harlequin": theirs[index]})

    def dead(self):
        self.fresh_home()
        alone = self.starts(self.saldo(EXPLORER), FIRST_FRAME)[0]
        settings = PLACE / "home" / ".config" / "saldo" / "saldo.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(DEAD_TARGETS)
        ours = self.starts(self.saldo(EXPLORER), FIRST_FRAME)[0]
        self.table.add("first full frame, three dead targets", alone and alone + 100, "ms", ours, {"without targets": alone})
        self.fresh_home()

    def session(self):
        """What a minute of work sends at 80x24: a statement typed and run, twenty pages, a text of its own for another one."""
        rivals = {"harlequin": None}
        if self.rival("harlequin"):
            command = [self.rival("harlequin"), PLACE / "home" / "session.db"]
            rivals["harlequin"] = self.minute(command, "Connected", HARLEQUIN)
        limit = rivals["harlequin"] and rivals["harlequin"] / 5
        for what, flags in [("", []), (", --low-bandwidth", ["--low-bandwidth"])]:
            sent = self.minute([*self.saldo(EXPLORER), *flags], FIRST_FRAME, KEYS, KEYS["editor"])
            self.table.add(f"60 s of work at 80x24{what}", limit, "B", sent, rivals)

    def minute(self, command, marker, keys, first=""):
        """The bytes sent from the first key on; none where a step did not show what it should. `first` goes to the editor."""
        self.fresh_home()
        # The editors get the file's name alone, as a person who stands in its folder types it.
        os.chdir(PLACE)
        terminal = self.terminal(command, 80, 24)
        terminal.wait(marker)
        terminal.quiet(1, 4)
        before, began = terminal.bytes, time.perf_counter()
        press(terminal, first)
        shown = self.answered(terminal, FEW, keys["run"], FIRST_ROW)
        for _ in range(20):
            terminal.write(KEYS["pagedown"])
            time.sleep(0.4)
        press(terminal, keys["editor"])
        press(terminal, keys["buffer"])
        shown &= self.answered(terminal, OTHER, keys["run"], r"409000000\d+ +83,?3")
        time.sleep(max(0, 60 - (time.perf_counter() - began)))
        sent = terminal.bytes - before
        terminal.close()
        return sent if shown else None

    def answered(self, terminal, statement, run, marker):
        """Whether a statement, typed letter by letter as a quick person does, brought its rows onto the screen."""
        for letter in statement.format(file=self.file.name):
            terminal.write(letter)
            time.sleep(0.05)
        time.sleep(1)
        shown = terminal.wait(marker, 20, terminal.write(run)) is not None
        if not shown:
            self.show(terminal, f"{statement!r} never showed {marker!r}")
        time.sleep(1)
        return shown

    def fresh_home(self):
        """Forgets the editor's text of the measurement before."""
        shutil.rmtree(PLACE / "home", ignore_errors=True)
        (PLACE / "home").mkdir(parents=True)

    def letters(self):
        self.fresh_home()
        terminal = self.terminal(self.saldo(EXPLORER))
        terminal.wait(FIRST_FRAME)
        terminal.quiet(0.3)
        idle = terminal.idle(5)
        terminal.write(KEYS["editor"])
        terminal.quiet(0.3)
        ours = terminal.keys("a", 40)
        terminal.close()
        typed, still = None, None
        if harlequin := self.rival("harlequin"):
            terminal = self.terminal([harlequin, PLACE / "home" / "letters.db"])
            terminal.wait("Query Results")
            terminal.quiet(0.5)
            typed = terminal.keys("a", 20)
            still = terminal.idle(3)
            terminal.close()
        self.table.add("a letter in the editor: time", 5, "ms", ours.first_ms, {"harlequin": typed and typed.first_ms})
        self.table.add("a letter in the editor: sent", 300, "B", ours.bytes, {"harlequin": typed and typed.bytes})
        self.table.add("idle: sent a second", 0, "B", idle, {"harlequin": still})

    def open(self):
        datui = self.rival("datui")
        ours = self.starts(self.saldo(OPEN), FIRST_ROW)
        theirs = self.starts([datui, self.file], FIRST_ROW) if datui else (None, None, None)
        for index, (what, limit, unit) in enumerate([("time", 60, "ms"), ("sent", 12_000, "B"), ("peak memory", 80, "MB")]):
            self.table.add(f"open the file: {what}", limit, unit, ours[index], {"datui": theirs[index]})
        ours = self.jumps(self.saldo(OPEN), KEYS["jump"])
        theirs = self.jumps([datui, self.file], ":{row}\r") if datui else {}
        for what in ("End", "Home", "any row"):
            self.table.add(f"open the file: {what}", 14, "ms", ours.get(what), {"datui": theirs.get(what)})
        self.table.add("open the file: peak memory after End", 80, "MB", ours.get("peak"), {"datui": theirs.get("peak")})

    def jumps(self, argv, jump):
        """End and Home by turns, then far rows by number: milliseconds until the wanted row is on the screen."""
        terminal = self.terminal(argv)
        if terminal.wait(FIRST_ROW) is None:
            terminal.close()
            return {}
        terminal.quiet(0.3)
        taken = {"End": [], "Home": [], "any row": []}
        for _ in range(self.options.repeat + 1):
            for what, key, marker in (("End", KEYS["end"], self.last_row), ("Home", KEYS["home"], FIRST_ROW)):
                taken[what].append(terminal.wait(marker, 20, terminal.write(key)))
                terminal.quiet(0.1)
        for step in range(self.options.repeat * 2 + 1):
            row = 1 + (step + 1) * 7_919_231 % self.options.rows
            terminal.write(jump[:-1].format(row=row))
            terminal.quiet(0.1)
            taken["any row"].append(terminal.wait(f"TXN{row:08d}", 5, terminal.write(jump[-1])))
            terminal.quiet(0.1)
        found = {what: median(times[1:]) for what, times in taken.items()}
        if None in taken["End"] + taken["any row"]:
            self.show(terminal, f"{Path(argv[0]).name}: a row was jumped to and not shown")
        found["peak"] = terminal.peak_mb()
        terminal.close()
        return found

    def select(self):
        ours = self.select_saldo()
        theirs = self.select_harlequin() if self.rival("harlequin") else {}
        datui = self.scroll_datui() if self.rival("datui") else {}
        nowhere = median([self.stream_to_nowhere() for _ in range(3)])
        self.table.add(
            "SELECT *: to the last row (limit: 1.3 x DuckDB to nowhere)",
            nowhere and nowhere * 1.3,
            "ms",
            ours.get("to the last row"),
            {"DuckDB to nowhere": nowhere, "datui (file)": datui.get("to the last row")},
        )
        for what, limit, unit in [
            ("first rows", 150, "ms"),
            ("PageDown, near: time", 3, "ms"),
            ("PageDown, near: sent", 6_000, "B"),
            ("row down: time", 1.2, "ms"),
            ("row down: sent", 400, "B"),
            ("PageDown, far: time", 16, "ms"),
            ("PageDown, far: sent", 6_000, "B"),
            ("peak memory after the last row", 150, "MB"),
        ]:
            self.table.add(f"SELECT *: {what}", limit, unit, ours.get(what), {"harlequin": theirs.get(what), "datui (file)": datui.get(what)})

    def panes(self):
        """The limits of `letters` and `select` once more, with all that a person may have open: see OPEN_PANES, and beside
        them a second result of all rows, charted."""
        terminal = self.with_select_all(OPEN_PANES)
        found = {}
        terminal.wait(FIRST_ROW, 60, terminal.write(KEYS["run"]))
        terminal.write(KEYS["results"])
        terminal.quiet(0.5, 5)
        if terminal.wait(self.last_row, 300, terminal.write(KEYS["end"])) is None:
            self.show(terminal, "saldo: End did not reach the last row")
        terminal.quiet(1, 20)
        terminal.write(KEYS["home"] + KEYS["view"])
        if terminal.wait(r"line: [^\n]*\(sampled", 20, terminal.write(KEYS["home"])) is None:
            self.show(terminal, "saldo: no line was drawn of all rows")
        terminal.quiet(0.5, 5)
        self.scroll(terminal, found, "near")
        terminal.write(KEYS["jump"].format(row=self.options.rows // 3))
        terminal.quiet(0.5, 5)
        self.scroll(terminal, found, "far")
        terminal.write(KEYS["editor"])
        terminal.quiet(0.3)
        letter = terminal.keys("a", 40)
        found["a letter: time"], found["a letter: sent"] = letter.first_ms, letter.bytes
        press(terminal, KEYS["results"])
        for pane, key in (("tree", "1"), ("card", "7")):
            press(terminal, key)
            press(terminal, KEYS["home"])
            row = terminal.keys(KEYS["down"], 20)
            found[f"{pane}, row down: time"], found[f"{pane}, row down: sent"] = row.first_ms, row.bytes
        terminal.write("5")
        terminal.quiet(0.5, 5)
        found["idle: sent a second"] = terminal.idle(3)
        memory = terminal.peak_mb()
        terminal.close()
        for what, limit, unit in [
            ("a letter: time", 5, "ms"),
            ("a letter: sent", 300, "B"),
            ("row down: time", 1.2, "ms"),
            ("row down: sent", 400, "B"),
            ("PageDown, near: time", 3, "ms"),
            ("PageDown, near: sent", 6_000, "B"),
            ("PageDown, far: time", 16, "ms"),
            ("PageDown, far: sent", 6_000, "B"),
            ("tree, row down: time", 1.2, "ms"),
            ("tree, row down: sent", 400, "B"),
            ("card, row down: time", 1.2, "ms"),
            ("card, row down: sent", 400, "B"),
            ("idle: sent a second", 0, "B"),
        ]:
            self.table.add(f"every pane open: {what}", limit, unit, found.get(what))
        self.table.add("every pane open: peak memory", None, "MB", memory)

    def with_select_all(self, before=()):
        """saldo with the statement in its editor, not yet run; `before` are keys and what they must show."""
        self.fresh_home()
        terminal = self.terminal(self.saldo(EXPLORER))
        terminal.wait(FIRST_FRAME)
        terminal.quiet(0.3)
        for keys, marker in before:
            press(terminal, keys)
            if terminal.wait(marker, 20) is None:
                self.show(terminal, f"saldo: {keys!r} never showed {marker!r}")
        terminal.write(KEYS["editor"])
        terminal.quiet(0.2)
        if before:
            press(terminal, KEYS["buffer"])
        terminal.paste(SELECT_ALL.format(file=self.file) + ";")
        terminal.quiet(0.3)
        return terminal

    def select_saldo(self):
        terminal = self.with_select_all()
        found = {"first rows": terminal.wait(FIRST_ROW, 60, terminal.write(KEYS["run"]))}
        if found["first rows"] is None:
            self.show(terminal, "saldo: the query showed no rows")
            terminal.close()
            return found
        terminal.quiet(0.5, 5)
        terminal.write(KEYS["results"])
        terminal.quiet(0.3)
        self.scroll(terminal, found, "near")
        found["to the last row"] = terminal.wait(self.last_row, 300, terminal.write(KEYS["end"]))
        if found["to the last row"] is None:
            self.show(terminal, "saldo: End did not reach the last row")
        terminal.quiet(0.5, 5)
        found["peak memory after the last row"] = terminal.peak_mb()
        for step in range(3):
            terminal.write(KEYS["jump"].format(row=self.options.rows // 3 + step * 1_000_003 % self.options.rows))
            terminal.quiet(0.3, 5)
        self.scroll(terminal, found, "far")
        found["peak memory after the last row"] = terminal.peak_mb()
        terminal.close()
        return found

    def scroll(self, terminal, found, where):
        page = terminal.keys(KEYS["pagedown"], 30)
        found[f"PageDown, {where}: time"], found[f"PageDown, {where}: sent"] = page.first_ms, page.bytes
        if where == "near":
            # Past the bottom of the screen first, so that each press scrolls.
            for _ in range(45):
                terminal.write(KEYS["down"])
            terminal.quiet(0.3)
            down = terminal.keys(KEYS["down"], 40)
            found["row down: time"], found["row down: sent"] = down.first_ms, down.bytes

    def select_harlequin(self):
        terminal = self.terminal([self.rival("harlequin"), PLACE / "home" / "select.db"])
        terminal.wait("Connected")
        terminal.quiet(1, 4)
        terminal.paste(SELECT_ALL.format(file=self.file))
        terminal.quiet(0.5)
        found = {"first rows": terminal.wait(FIRST_ROW, 120, terminal.write("\n"))}
        terminal.quiet(1, 5)
        page, down = terminal.keys("\x1b[6~", 15), terminal.keys("\x1b[B", 15)
        found["PageDown, near: time"], found["PageDown, near: sent"] = page.first_ms, page.bytes
        found["row down: time"], found["row down: sent"] = down.first_ms, down.bytes
        found["peak memory after the last row"] = terminal.peak_mb()
        print("  note: harlequin shows the first 100,000 rows only, so it has no last row to jump to", flush=True)
        terminal.close()
        return found

    def stream_to_nowhere(self):
        """The same engine reads every row of the same statement and drops it: milliseconds, its start left out."""
        took = subprocess.run(
            [sys.executable, "-c", STREAM, SELECT_ALL.format(file=self.file)], capture_output=True, text=True, check=True
        )
        return float(took.stdout)

    def scroll_datui(self):
        """It has no SQL; scrolling the file itself is its nearest figure."""
        terminal = self.terminal([self.rival("datui"), self.file])
        terminal.wait(FIRST_ROW)
        terminal.quiet(0.3)
        found = {}
        self.scroll(terminal, found, "near")
        found["to the last row"] = terminal.wait(self.last_row, 60, terminal.write(KEYS["end"]))
        found["peak memory after the last row"] = terminal.peak_mb()
        terminal.close()
        return found

    def sort(self):
        """By the last column of all rows: until the first row of the order is on screen. Limit: the same engine's own
        ORDER BY … LIMIT 100 on the same file, a connection that is open."""
        took = subprocess.run(
            [sys.executable, "-c", SORT, str(self.file), str(self.options.repeat)], capture_output=True, text=True, check=True
        )
        own, first = took.stdout.split()
        # The value of the last column in the row that is numbered 1: it alone may stand in another row too.
        first = rf"  1  [^\n]*{re.escape(first)}"
        limit = float(own) * 1.5
        rivals = {"ORDER BY": float(own)}
        for what, taken in (("the file", self.sorts(self.saldo(OPEN), first)), ("SELECT *", self.sorts_spill(first))):
            self.table.add(f"sort {what}: first screen, the first time", limit, "ms", taken and taken[0], rivals)
            self.table.add(f"sort {what}: first screen", limit, "ms", taken and median(taken[1:]), rivals)

    def sorts(self, argv, first):
        terminal = self.terminal(argv)
        if terminal.wait(FIRST_ROW) is None:
            terminal.close()
            return None
        return self.press_sort(terminal, first)

    def sorts_spill(self, first):
        terminal = self.with_select_all()
        terminal.wait(FIRST_ROW, 60, terminal.write(KEYS["run"]))
        terminal.write(KEYS["results"])
        terminal.quiet(0.3)
        if terminal.wait(self.last_row, 300, terminal.write(KEYS["end"])) is None:
            terminal.close()
            return None
        terminal.quiet(1, 20)
        terminal.write(KEYS["home"])
        return self.press_sort(terminal, first)

    def press_sort(self, terminal, first):
        terminal.quiet(0.5, 5)
        taken = []
        for _ in range(self.options.repeat + 1):
            taken.append(terminal.wait(first, 60, terminal.write(KEYS["sort"])))
            if taken[-1] is None:
                self.show(terminal, "saldo: the first row of the order was not shown")
                break
            # All rows come in order behind the first; the next press is not to wait for that.
            terminal.quiet(1, 60)
            # While they still come, the key stops that first.
            for _ in range(4):
                if terminal.wait(FIRST_ROW, 5, terminal.write(KEYS["unsort"])) is not None:
                    break
            terminal.quiet(0.3, 5)
        terminal.close()
        return taken

    def aggregate(self):
        sql = AGGREGATE.format(file=self.file)
        ours, theirs = [], []
        duckdb = self.rival("duckdb")
        for turn in range(self.options.repeat * 2 + 1):
            pair = [(ours, self.saldo(QUERY, sql=sql))]
            if duckdb:
                pair.append((theirs, [duckdb, "-csv", "-c", sql]))
            # Who goes first changes, so that neither always finds the machine warm.
            for times, command in pair if turn % 2 else reversed(pair):
                times.append(wall(command))
        # The first turn only warms up.
        ours, theirs = median(ours[1:]), median(theirs[1:])
        self.table.add("aggregate, headless (limit: the duckdb command)", theirs, "s", ours, {"duckdb": theirs})

    def export(self):
        """Every row of the file into another one; DuckDB writes the same form with the same compression."""
        duckdb = self.rival("duckdb")
        folder = PLACE / "export"
        for ending, form in (("parquet", "FORMAT parquet, COMPRESSION zstd"), ("csv", "FORMAT csv, HEADER")):
            ours, theirs = [], []
            for turn in range(self.options.repeat // 2 + 2):
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                sql = SELECT_ALL.format(file=self.file)
                pair = [(ours, self.saldo(EXPORT, sql=sql, out=folder / f"saldo.{ending}"))]
                if duckdb:
                    pair.append((theirs, [duckdb, "-c", f"COPY ({sql}) TO '{folder / f'duckdb.{ending}'}' ({form})"]))
                for times, command in pair if turn % 2 else reversed(pair):
                    times.append(wall(command))
            # The first turn only warms up.
            ours, theirs = median(ours[1:]), median(theirs[1:])
            self.table.add(f"export to {ending} (limit: 1.3 x COPY)", theirs and theirs * 1.3, "s", ours, {"duckdb": theirs})
        shutil.rmtree(folder, ignore_errors=True)

    def run(self):
        if not self.options.saldo.exists():
            sys.exit(f"error: no program at {self.options.saldo}\nhint: scripts/bench builds it")
        self.prepare()
        self.versions()
        self.table = Table()
        if "demo" not in self.options.parts and not self.lake.exists():
            wall(self.saldo(DEMO))
        for part in self.options.parts:
            getattr(self, part)()
        if self.options.json:
            self.options.json.write_text(json.dumps(self.table.lines, indent=2) + "\n")


def press(terminal, keys):
    """Keys that take a moment to do their work, so that the next ones are not taken for a part of them."""
    if keys:
        terminal.write(keys)
        time.sleep(1.5)


def median(values):
    """Of the figures that could be taken; none when there are none."""
    taken = [value for value in values if value is not None]
    return statistics.median(taken) if taken else None


def wall(command):
    """Seconds of a command that succeeded, else none."""
    start = time.perf_counter()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True)
    except OSError as problem:
        print(f"  note: {problem}", flush=True)
        return None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        print(f"  note: {Path(command[0]).name} ended with {done.returncode}: {said[0] if said else ''}", flush=True)
        return None
    return time.perf_counter() - start


STREAM = """
import sys, time, duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
start = time.perf_counter()
for batch in connection.sql(sys.argv[1]).to_arrow_reader(122_880):
    pass
print((time.perf_counter() - start) * 1000)
"""
SORT = """
import statistics, sys, time, duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
file, taken = sys.argv[1], []
sql = f"SELECT * FROM read_parquet('{file}') ORDER BY balance_amt NULLS LAST, txn_id LIMIT 100"
for _ in range(int(sys.argv[2]) + 1):
    start = time.perf_counter()
    rows = connection.sql(sql).fetchall()
    taken.append((time.perf_counter() - start) * 1000)
print(statistics.median(taken[1:]), f"{rows[0][-1]:,}")
"""
PARTS = ["demo", "first", "dead", "open", "letters", "session", "select", "panes", "sort", "aggregate", "export"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saldo", type=Path, required=True, help="the program, built for release")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the file (10 million)")
    parser.add_argument("--repeat", type=int, default=7, help="starts and jumps a figure is the median of")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="measure only these")
    parser.add_argument("--without", nargs="*", default=[], choices=["harlequin", "datui", "duckdb"], help="rivals to leave out")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--show", action="store_true", help="print the screen when what was waited for never came")
    Bench(parser.parse_args()).run()


if __name__ == "__main__":
    main()
