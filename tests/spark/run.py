"""Runs the stages of a plan on Spark, once a place: staged lines, faults and raw rows in, one Parquet folder a stage out."""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

FAULT = (
    "run_id happened_at_utc area source error message description requested_date url http_status attempt retryable "
    "body_sha256 body_head line_no column_name text"
).split()

plan = json.load(open(sys.argv[1]))
folder = plan["folder"]
settings = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.warehouse.dir": f"{folder}/warehouse",
    "spark.local.dir": f"{folder}/local",
}
spark = SparkSession.builder.master("local[2]").config(map=settings | plan["settings"]).getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
for place in plan["places"]:
    for name in plan["raw"]:
        spark.read.parquet(f"{place}/raw/{name}.parquet").createOrReplaceTempView(name)
    # The folders are for whoever looks for a month; the lines have their dates.
    lines = spark.read.parquet(f"{place}/{plan['lines']}").drop("year", "month")
    lines.createOrReplaceTempView("bank_lines")
    # Everything as text, as the statement takes it; a field that no fault has is there all the same.
    fields = StructType([StructField(name, StringType()) for name in FAULT])
    spark.read.schema(fields).json(f"{place}/{plan['faults']}").createOrReplaceTempView("raw_errors")
    for stage in plan["stages"]:
        table = f"{place}/tables/{stage['name']}"
        if stage["settings"]:
            spark.sql(stage["settings"]).createOrReplaceTempView("settings")
        spark.sql(stage["sql"]).coalesce(1).write.parquet(table)
        spark.read.parquet(table).createOrReplaceTempView(stage["name"])
spark.stop()
