#!/usr/bin/env python3
"""Measures the pipeline beside plain DuckDB (and Spark) in one run: `normalise`, and a run with nothing new.

The plain statement is the stage's own text with DuckDB's partitioned write: the same join, the same columns, no order
within a month. Both sides write Parquet with zstd from the same Parquet files.
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "target" / "bench"
SQL = (ROOT / "src/pipeline/bank/processed.sql").read_text().replace("{base}", "sgd")
SETTINGS = "SELECT 'SGD' AS base_currency, 'value' AS dated_by"
DUCKDB = """
import duckdb, sys
lake, to, sql, settings = sys.argv[1:]
duck = duckdb.connect()
duck.execute("SET memory_limit = '2GB'")
duck.execute(f"CREATE VIEW settings AS {settings}")
for table in ("banktxn", "daily_rates"):
    duck.execute(f"CREATE VIEW {table} AS FROM read_parquet('{lake}/{table}/**/*.parquet', hive_partitioning = false)")
duck.execute(f"COPY (SELECT *, strftime(value_date, '%Y') AS year, strftime(value_date, '%m') AS month FROM ({sql})) "
             f"TO '{to}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (year, month))")
"""
SPARK = """
import sys
from pyspark.sql import SparkSession
lake, to, sql, settings = sys.argv[1:]
spark = (SparkSession.builder.master("local[2]").config("spark.driver.bindAddress", "127.0.0.1")
         .config("spark.driver.host", "127.0.0.1").config("spark.driver.memory", "4g").config("spark.ui.enabled", "false")
         .config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
spark.read.option("recursiveFileLookup", "true").parquet(f"{lake}/banktxn").createOrReplaceTempView("banktxn")
spark.read.parquet(f"{lake}/daily_rates").createOrReplaceTempView("daily_rates")
spark.sql(settings).createOrReplaceTempView("settings")
(spark.sql(f"SELECT *, date_format(value_date, 'yyyy') AS year, date_format(value_date, 'MM') AS month FROM ({sql})")
 .repartition("year", "month").write.option("compression", "zstd").partitionBy("year", "month").parquet(to))
"""


def measured(command):
    """Wall seconds and peak megabytes of a command."""
    start = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"error: this failed: {command[:3]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1000


def many_files(saldo):
    """A run with nothing new on a lake of 5,000 raw files: wall seconds and peak megabytes."""
    lake = PLACE / "pipeline-5000-files"
    if not (lake / "_saldo/manifest.json").exists():
        folder = lake / "raw/rates/source=oxr"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(5000):
            day = datetime.datetime(2010, 1, 1, 23, 59, 59, tzinfo=datetime.timezone.utc) + datetime.timedelta(number)
            rates = {"SGD": 1.35} | {f"A{code:02}": round(1 + (number * 37 + code) % 100 / 1000, 6) for code in range(100)}
            body = {"timestamp": int(day.timestamp()), "base": "USD", "rates": rates}
            (folder / f"{day:%Y-%m-%d}.json").write_text(json.dumps(body))
        measured([saldo, "run", "--no-fetch", "--lake", lake])
    return measured([saldo, "run", "--no-fetch", "--lake", lake])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saldo", type=Path, required=True, help="the program")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--spark", type=Path, help="a Python with pyspark, to measure Spark too")
    options = parser.parse_args()
    lake, to = PLACE / f"pipeline-{options.rows}", PLACE / "plain"
    if not (lake / "_saldo/manifest.json").exists():
        print(f"building a lake of {options.rows:,} lines …", flush=True)
        measured([options.saldo, "demo", "--no-open", "--lake", lake, "--rows", options.rows])
    ours, plain, nothing, peak = [], [], [], 0.0
    for turn in range(options.repeat):
        # Another limit makes every line due; 6 and 7 days convert the same lines of this lake.
        # Another base is a whole table anew, and rates; another age may change nothing.
        base = "EUR" if json.loads((lake / "_saldo/manifest.json").read_text())["conversion"]["base"] == "SGD" else "SGD"
        shutil.rmtree(to, ignore_errors=True)
        plain.append(measured([sys.executable, "-c", DUCKDB, lake, to, SQL, SETTINGS])[0])
        wall, memory = measured([options.saldo, "normalise", "--lake", lake, "--base", base])
        ours.append(wall)
        peak = max(peak, memory)
        nothing.append(measured([options.saldo, "run", "--lake", lake])[0])
    ours, plain, nothing = map(statistics.median, (ours, plain, nothing))
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.2f}, {options.rows:,} lines")
    print(f"{'what':44} {'limit':>8} {'saldo':>9} {'beside':>16}")
    print(f"{'normalise, beside one DuckDB statement':44} {'1.15 x':>8} {ours:7.1f} s {plain:7.1f} s  {ours / plain:.2f} x")
    print(f"{'its most memory':44} {'2000 MB':>8} {peak:6.0f} MB")
    print(f"{'a run with nothing new':44} {'1 s':>8} {nothing:7.2f} s")
    wall, memory = many_files(options.saldo)
    print(f"{'a run with nothing new, 5,000 raw files':44} {'1 s':>8} {wall:7.2f} s")
    print(f"{'its most memory':44} {'200 MB':>8} {memory:6.0f} MB")
    if options.spark:
        shutil.rmtree(to, ignore_errors=True)
        spark, _ = measured([options.spark, "-c", SPARK, lake, to, SQL, SETTINGS])
        print(f"{'normalise, beside Spark local[2]':44} {'5 x':>8} {ours:7.1f} s {spark:7.1f} s  {spark / ours:.1f} x faster")
    shutil.rmtree(to, ignore_errors=True)


main()
