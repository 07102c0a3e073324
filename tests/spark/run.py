"""Runs the stages of a plan on Spark, once a place: raw rows in, one Parquet folder a stage out."""

import json
import sys

from pyspark.sql import SparkSession

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
    for stage in plan["stages"]:
        table = f"{place}/tables/{stage['name']}"
        if stage["settings"]:
            spark.sql(stage["settings"]).createOrReplaceTempView("settings")
        spark.sql(stage["sql"]).coalesce(1).write.parquet(table)
        spark.read.parquet(table).createOrReplaceTempView(stage["name"])
spark.stop()
