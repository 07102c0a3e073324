#!/usr/bin/env python3
"""Measures `saldo submit` on Spark here, from raw statements to all tables, beside the same statements on Spark alone.

The plain side runs the statements of the very plan: it reads the same typed lines and writes the same columns by month, without
an order, and neither counts nor checks what it wrote. Both sides start a Spark of their own; who goes first changes.
"""

import argparse
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
CONF = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "4g",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
}
SAME = ("spark.sql.ansi.enabled", "spark.sql.session.timeZone", "spark.sql.timestampType", "spark.sql.parquet.compression.codec")


def plain(place):
    """Runs as a Spark program: the statements of a plan."""
    from pyspark.sql import SparkSession, functions

    sys.path.insert(0, str(ROOT / "src/pipeline/spark"))
    from job import SETTINGS

    plan = json.loads(Path(place.removeprefix("file://")).read_text())
    spark = SparkSession.builder.appName("plain").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for name in SAME:
        spark.conf.set(name, SETTINGS[name])
    for name, places in plan["inputs"].items():
        spark.read.parquet(*places).drop("year", "month").createOrReplaceTempView(name)
    for stage in plan["stages"]:
        for name, sql in stage["views"].items():
            spark.sql(sql).createOrReplaceTempView(name)
        rows, to = spark.sql(stage["sql"]), str(PLACE / "plain" / stage["name"])
        schema, date = rows.schema, stage["partition"]
        if date:
            month = [functions.date_format(date, form).alias(name) for name, form in (("year", "yyyy"), ("month", "MM"))]
            rows = rows.select("*", *month).repartition("year", "month")
            rows.write.mode("overwrite").partitionBy("year", "month").parquet(to)
        else:
            rows.write.mode("overwrite").parquet(to)
        spark.read.schema(schema).parquet(to).drop("year", "month").createOrReplaceTempView(stage["name"])
    spark.stop()


def both(command):
    """Stands in the place of `spark-submit`: runs the job and, before or behind it, the plain statements of its plan."""
    times = PLACE / "plain.json"
    job = next(at for at, part in enumerate(command) if part.endswith(".py"))
    alone = [*command[:job], __file__, *command[job + 1 :]]
    known = json.loads(times.read_text()) if times.exists() else []
    is_first = len(known) % 2 == 0

    def run_plain():
        shutil.rmtree(PLACE / "plain", ignore_errors=True)
        start = time.perf_counter()
        subprocess.run(alone, check=True, stdout=subprocess.DEVNULL)
        times.write_text(json.dumps([*known, time.perf_counter() - start]))
        shutil.rmtree(PLACE / "plain", ignore_errors=True)

    if is_first:
        run_plain()
    code = subprocess.run(command).returncode
    if not is_first:
        run_plain()
    sys.exit(code)


def main():
    if "--plan" in sys.argv:
        at = sys.argv.index("--plan")
        return both(sys.argv[1:]) if at > 2 else plain(sys.argv[at + 1])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saldo", type=Path, required=True, help="the program")
    parser.add_argument("--spark", type=Path, required=True, help="a Python with pyspark")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=2)
    options = parser.parse_args()
    demo, lake = PLACE / f"pipeline-{options.rows}", PLACE / "spark"
    if not (demo / "_saldo/manifest.json").exists():
        print(f"building a lake of {options.rows:,} lines …", flush=True)
        subprocess.run([options.saldo, "demo", "--no-open", "--lake", demo, "--rows", str(options.rows)], check=True)
    settings, state = PLACE / "spark.toml", PLACE / "spark-state"
    conf = "".join(f"'{name}' = '{value}'\n" for name, value in (CONF | {"spark.local.dir": str(PLACE / "spark-local")}).items())
    command = [str(options.spark), __file__, str(options.spark.with_name("spark-submit")), "--master", "local[2]"]
    settings.write_text(f"state = '{state}'\n[targets.spark]\nkind = 'spark'\ncommand = {command}\n[targets.spark.conf]\n{conf}")
    times = PLACE / "plain.json"
    times.unlink(missing_ok=True)
    ours = []
    for _ in range(options.repeat):
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(demo / "raw", lake / "raw")
        start = time.perf_counter()
        environment = os.environ | {"PYSPARK_PYTHON": str(options.spark)}
        subprocess.run([options.saldo, "--config", settings, "--lake", lake, "submit"], check=True, env=environment)
        ours.append(time.perf_counter() - start - json.loads(times.read_text())[-1])
    alone = json.loads(times.read_text())
    for place in (lake, state, PLACE / "spark-local"):
        shutil.rmtree(place, ignore_errors=True)
    ours, alone = statistics.median(ours), statistics.median(alone)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.2f}, {options.rows:,} lines")
    print(f"submit, beside its statements alone (limit: 1.3 x): {ours:.1f} s, {alone:.1f} s, {ours / alone:.2f} x")


main()
