"""Makes tables of a lake on Spark: reads the plan that `saldo submit` wrote, runs its statements one after the other, and writes
their rows below the run's own folder. What becomes of them is saldo's to say: nothing of the lake is changed here."""

import argparse
import json
import time

from pyspark.sql import SparkSession, functions

# As saldo writes its files, and as it means its statements, wherever this runs.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.compression.codec": "zstd",
}
# The most rows of a file: a month that has more has several.
FILE = 2_000_000
# The folder of rows without a date, as Hive names it.
NONE = "__HIVE_DEFAULT_PARTITION__"
PARTITION = ["year", "month"]


def sorted_rows(spark, rows, stage):
    """The rows by month, each month in the order of the table."""
    order = [functions.col(name.strip()).asc_nulls_last() for name in stage["order"].split(",")]
    if not stage["partition"]:
        return rows.repartition(1).sortWithinPartitions(*order)
    date = functions.col(stage["partition"])
    rows = rows.withColumn("year", functions.date_format(date, "yyyy")).withColumn("month", functions.date_format(date, "MM"))
    rows.createOrReplaceTempView("rows_by_month")
    # Months that are too large for one task are spread, small ones come together.
    spread = spark.sql("SELECT /*+ REBALANCE(year, month) */ * FROM rows_by_month")
    return spread.sortWithinPartitions(*PARTITION, *order)


def write(spark, rows, stage, table):
    """Writes a table; the rows as they were written."""
    to = sorted_rows(spark, rows, stage).write.mode("overwrite").option("maxRecordsPerFile", FILE)
    (to.partitionBy(*PARTITION) if stage["partition"] else to).parquet(table)
    return spark.read.schema(rows.schema).parquet(table).drop(*PARTITION)


def measure(spark, made, stage, table, run):
    """Rows, newest date and files of a table that was written."""
    # A line may be booked after the day of its value.
    dates = [date for date in (stage["partition"], "booking_date") if stage["partition"] and date in made.columns]
    rows, *newest = made.agg(functions.count("*"), *[functions.max(date).cast("string") for date in dates]).first()
    newest = max((date for date in newest if date), default=None)
    if rows == 0 and stage["partition"]:
        # A table without a row has a file too, which tells its columns.
        empty = spark.createDataFrame([], made.schema).coalesce(1)
        empty.write.mode("overwrite").parquet(f"{table}/year={NONE}/month={NONE}")
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet").load(table)
    files = files.selectExpr("path", "length AS size", "sha2(content, 256) AS sha256").collect()
    # Addresses come back in other forms (file:/x for file:///x), so the name of the run, which is in none else, tells where they begin.
    names = [file.path.rpartition(f"/{run}/")[2] for file in files]
    files = [{"path": name, "size": file.size, "sha256": file.sha256} for name, file in zip(names, files)]
    return {"rows": rows, "newest": newest, "files": sorted(files, key=lambda file: file["path"])}


def run(spark, plan):
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    for name, places in plan["inputs"].items():
        spark.read.parquet(*places).drop(*PARTITION).createOrReplaceTempView(name)
    made = {}
    for place, stage in enumerate(plan["stages"], 1):
        begun = time.monotonic()
        table = f"{plan['folder']}/{stage['name']}"
        for name, sql in stage["views"].items():
            spark.sql(sql).createOrReplaceTempView(name)
        written = write(spark, spark.sql(stage["sql"]), stage, table)
        written.createOrReplaceTempView(stage["name"])
        made[stage["name"]] = measure(spark, written, stage, table, plan["run"])
        seconds = time.monotonic() - begun
        count = made[stage["name"]]["rows"]
        rows = "1 row" if count == 1 else f"{count} rows"
        print(f"{stage['name']}: {rows} in {seconds:.1f} s, table {place} of {len(plan['stages'])}", flush=True)
    said = json.dumps({"run": plan["run"], "tables": made})
    spark.range(1).select(functions.lit(said).alias("value")).coalesce(1).write.mode("overwrite").text(plan["result"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", required=True, help="the plan's file: a path, s3:// or s3a://")
    # Glue gives arguments of its own.
    given, _ = parser.parse_known_args()
    spark = SparkSession.builder.appName("saldo").getOrCreate()
    plan = "".join(row.value for row in spark.read.text(given.plan, wholetext=True).collect())
    run(spark, json.loads(plan))
    spark.stop()


if __name__ == "__main__":
    main()
