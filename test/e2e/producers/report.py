"""A Spark job: reads the mart over JDBC and writes a report as Parquet.

report.py PORT DIRECTORY
"""

import sys

from pyspark.sql import SparkSession, functions as f

port, out = sys.argv[1:]
spark = SparkSession.builder.appName("daily_report").getOrCreate()
orders = (
    spark.read.format("jdbc")
    .option("url", f"jdbc:postgresql://127.0.0.1:{port}/shop")
    .option("dbtable", "marts.orders")
    .option("user", "weir")
    .option("driver", "org.postgresql.Driver")
    .load()
)
by_customer = orders.groupBy("customer").agg(f.sum("amount").alias("amount"))
by_customer.write.mode("overwrite").parquet(out)
spark.stop()
