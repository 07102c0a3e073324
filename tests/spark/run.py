"""Runs the stages of a plan on Spark: raw rows in, one Parquet folder a stage out."""

import json
import sys

from pyspark.sql import SparkSession

plan = json.load(open(sys.argv[1]))
folder = plan["folder"]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.memory", "1g")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.warehouse.dir", f"{folder}/warehouse")
    .config("spark.local.dir", f"{folder}/local")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
for name in plan["raw"]:
    spark.read.parquet(f"{folder}/{name}.parquet").createOrReplaceTempView(name)
for stage in plan["stages"]:
    place = f"{folder}/spark/{stage['name']}"
    spark.sql(stage["sql"]).coalesce(1).write.parquet(place)
    spark.read.parquet(place).createOrReplaceTempView(stage["name"])
spark.stop()
