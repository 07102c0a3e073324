#!/usr/bin/env python3
"""How fast a statement is taken in, beside DuckDB's own read_csv into Parquet, in one run on one file.

Prints seconds, megabytes of CSV a second, and the ratio to DuckDB's plain copy (1 is as fast, above is faster).
Nothing here fails on a slow figure: machines differ, ratios are for reading.

What is measured, the commands taking turns, the median of the rounds
  duckdb copy      COPY (read_csv, all text, told the dialect) TO one Parquet file: no typing, no keys, no order
  duckdb sniffing  the same, with DuckDB finding dialect and types
  by date          saldo ingest bank into an empty lake, to its end: a table of the lines and one of their base amounts
  by account       the same for the lines in the order of their accounts
  odd              the same for the file in UTF-16
  …, reading       until the file is kept: copy, SHA-256, encoding, header, every cell typed, months written
  …, table         until the table of the lines is there, which is what the plain copy makes
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "target" / "bench-ingest"
NAMES = (
    "account_no booking_date transaction_details chq_no value_date withdrawal_amt withdrawal_currency "
    "deposit_amt deposit_currency balance_amt"
).split()
DUCKDB = """
import duckdb, sys
connection = duckdb.connect()
connection.execute("SET temp_directory = '{place}/spill'; SET memory_limit = '1500MB'")
connection.execute(open(sys.argv[1]).read())
"""


def run(command):
    """Wall and CPU seconds of a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, json.loads(done.stdout)["seconds"] if done.stdout else None


def duckdb(name, statement):
    script, program = PLACE / f"{name}.sql", PLACE / "statements.py"
    program.write_text(DUCKDB.format(place=PLACE))
    script.write_text(statement)
    return lambda: run([sys.executable, program, script])


def ingest(saldo, file):
    def measure():
        lake = PLACE / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        return run([saldo, "ingest", "bank", file, "--lake", lake, "--json"])

    return measure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saldo", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=10_600_000, help="a gigabyte")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], metavar="WHAT", help="what not to measure")
    options = parser.parse_args()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    demo = PLACE / "demo"
    subprocess.run(
        [options.saldo, "demo", "--lake", demo, "--rows", str(options.rows), "--no-open"], check=True, stderr=subprocess.DEVNULL
    )
    file = PLACE / "statement.csv"
    (demo / "raw/bank/statement.csv").rename(file)
    shutil.rmtree(demo)
    odd = PLACE / "odd.csv"
    with open(file, encoding="utf-8") as source, open(odd, "w", encoding="utf-16") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    accounts = PLACE / "accounts.csv"
    lines = file.read_bytes().splitlines(keepends=True)
    accounts.write_bytes(b"".join([lines[0], *sorted(lines[1:], key=lambda line: line.partition(b",")[0])]))
    del lines
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in NAMES)
    read = f"read_csv('{file}', header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}})"
    measures = {
        "duckdb copy": duckdb("copy", f"COPY (SELECT * FROM {read}) TO '{PLACE}/copy.parquet' (COMPRESSION zstd)"),
        "duckdb sniffing": duckdb("sniffing", f"COPY (FROM read_csv('{file}')) TO '{PLACE}/copy.parquet' (COMPRESSION zstd)"),
        "by date": ingest(options.saldo, file),
        "by account": ingest(options.saldo, accounts),
        "odd": ingest(options.saldo, odd),
    }
    measures = {name: measure for name, measure in measures.items() if name not in options.without}
    taken = {name: [] for name in measures}
    for _ in range(options.rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    megabytes = file.stat().st_size / 1e6
    print(f"{options.rows:,} lines, {megabytes:,.0f} MB")
    print(f"{'what':<22}{'wall s':>8}{'CPU s':>8}{'MB/s':>8}{'wall ratio':>12}{'CPU ratio':>11}")
    base = None
    for name, figures in taken.items():
        wall, cpu = (statistics.median(column) for column in list(zip(*figures))[:2])
        base = base or (wall, cpu)
        for part in ("reading", "table"):
            seconds = [told[part] for _, _, told in figures if told]
            if seconds:
                wall_part = statistics.median(seconds)
                label = f"{name}, {part}"
                print(f"{label:<22}{wall_part:>8.1f}{'':>8}{megabytes / wall_part:>8.0f}{base[0] / wall_part:>12.2f}")
        print(f"{name:<22}{wall:>8.1f}{cpu:>8.1f}{megabytes / wall:>8.0f}{base[0] / wall:>12.2f}{base[1] / cpu:>11.2f}")
    shutil.rmtree(PLACE)


main()
