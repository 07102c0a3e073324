"""Runs the statement of a plan on Spark: each part that stands before it once, kept, and the rows as Parquet."""

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
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.warehouse.dir": f"{folder}/warehouse",
    "spark.local.dir": f"{folder}/local",
    # Few rows: planning tasks and compiling what runs once takes longer than to run it.
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
spark = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
for name, place in plan["tables"].items():
    spark.read.parquet(place).coalesce(1).localCheckpoint().createOrReplaceTempView(name)
for name, sql in plan["steps"]:
    spark.sql(sql).coalesce(1).localCheckpoint().createOrReplaceTempView(name)
spark.sql(plan["last"]).coalesce(1).write.parquet(f"{folder}/there")
spark.stop()
