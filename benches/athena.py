#!/usr/bin/env python3
"""How fast a result of Athena comes, beside PyAthena and awswrangler, from one double of Athena and one MinIO.

Prints milliseconds from a statement's start to its first rows where the engine takes none, then seconds and memory of a
million rows of ten columns from the result file to the explorer's store, beside PyAthena's cursors that read the same file
(pandas, Arrow) and awswrangler. The double answers at once, and MinIO hands out the file sooner than any client reads it; it
works on the same processors, so what the clients' own work took is told beside the seconds. Nothing here fails on a slow figure.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = [
    ("txn_id", "varchar", 0, 0), ("account_no", "varchar", 0, 0), ("booking_date", "date", 0, 0), ("value_date", "date", 0, 0),
    ("details", "varchar", 0, 0), ("currency", "varchar", 0, 0), ("cheque_no", "integer", 10, 0),
    ("withdrawal_amt", "decimal", 18, 2), ("deposit_amt", "decimal", 18, 2), ("balance_amt", "decimal", 18, 2)]
ROWS = [[f"TXN{i:08d}", str(409000000000 + i % 12), "2015-01-01", f"2016-02-{i % 28 + 1:02d}", f"RTGS, \"ref\" {i * 7919 % 1000000}", "INR",
         str(i) if i % 6 == 3 else None, f"{i}.25" if i % 2 else None, None if i % 2 else f"{i}.50", f"-{i * 31}.75"] for i in range(1, 1001)]
USER, PASSWORD = "bench", "bench-password"
# The double writes results without a signature.
OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::lakes", "arn:aws:s3:::lakes/*"]}]}
RIVAL = """
import json, sys, time, resource
{before}
for _ in range(2):
    begun, spent = time.monotonic(), time.process_time()
    rows = len({rows})
    seconds, processor = time.monotonic() - begun, time.process_time() - spent
print(json.dumps(dict(rows=rows, seconds=seconds, processor=processor, peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)))
"""
PYATHENA = """
import functools, os, pyarrow.fs
from pyathena import connect
# Its Arrow cursor asks AWS itself, whatever the environment says.
place = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
pyarrow.fs.S3FileSystem = functools.partial(pyarrow.fs.S3FileSystem, endpoint_override=place, scheme="http")
from pyathena.{module} import {cursor}
connection = connect(work_group=sys.argv[1], region_name="us-east-1", poll_interval=0.1, cursor_class={cursor})
"""
WRANGLER = """
import awswrangler
awswrangler.config.athena_query_wait_polling_delay = 0.1
"""
READ = "awswrangler.athena.read_sql_query('SELECT everything', database='default', workgroup=sys.argv[1], ctas_approach=False, keep_files=True)"
# What is done first, and what has the rows.
RIVALS = {
    "PyAthena, pandas": (PYATHENA.format(module="pandas.cursor", cursor="PandasCursor"), "connection.cursor().execute('SELECT everything').as_pandas()"),
    "PyAthena, Arrow": (PYATHENA.format(module="arrow.cursor", cursor="ArrowCursor"), "connection.cursor().execute('SELECT everything').as_arrow()"),
    "awswrangler": (WRANGLER, READ),
}


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def post(url, body, headers=()):
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), dict(headers)), timeout=30) as answer:
        return answer.read()


def serve(command, url, environment=None):
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return server
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{command[0]} does not answer at {url}")


def group(athena, name, times):
    headers = {"X-Amz-Target": "AmazonAthena.CreateWorkGroup", "Content-Type": "application/x-amz-json-1.1"}
    post(athena, {"Name": name, "Configuration": {"ResultConfiguration": {"OutputLocation": f"s3://lakes/{name}/"}}}, headers)
    columns = [{"Name": name, "Type": kind, "Precision": precision, "Scale": scale} for name, kind, precision, scale in COLUMNS]
    post(athena + "/_control", {"WorkGroup": name, "instant": {"columns": columns, "rows": ROWS, "times": times}})


def measure(command, environment):
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        print(f"  note: {command[0]}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", required=True, type=Path, help="examples/athena_measure.rs, built")
    parser.add_argument("--minio", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    at_s3, at_athena = (f"http://127.0.0.1:{port()}" for _ in range(2))
    data = tempfile.TemporaryDirectory()
    alone = {**os.environ, "MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD}
    servers = [serve([options.minio, "server", data.name, "--quiet", "--address", at_s3.removeprefix("http://")], at_s3 + "/minio/health/live", alone)]
    try:
        s3 = boto3.client("s3", endpoint_url=at_s3, region_name="us-east-1", aws_access_key_id=USER, aws_secret_access_key=PASSWORD)
        s3.create_bucket(Bucket="lakes")
        s3.put_bucket_policy(Bucket="lakes", Policy=json.dumps(OPEN))
        # Nothing is asked of Trino: the work groups answer at once.
        double = [sys.executable, "-B", ROOT / "tests/doubles/athena.py", "--port", at_athena.rsplit(":", 1)[1]]
        servers.append(serve([*double, "--trino", "http://127.0.0.1:1", "--s3", at_s3], at_athena + "/_health"))
        group(at_athena, "short", 1)
        group(at_athena, "long", options.rows // len(ROWS))
        environment = {
            **os.environ, "AWS_ENDPOINT_URL": at_s3, "AWS_ENDPOINT_URL_ATHENA": at_athena, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": PASSWORD, "AWS_EC2_METADATA_DISABLED": "true"}
        commands = {"saldo": [options.measure, "long"]}
        for name, (before, rows) in RIVALS.items():
            commands[name] = [sys.executable, "-c", RIVAL.format(before=before, rows=rows), "long"]
        first = [measure([options.measure, "short"], environment) for _ in range(options.rounds)]
        taken = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                taken[name].append(measure(command, environment))
        with open("/proc/loadavg") as load:
            print(f"{os.cpu_count()} processors, load {load.read().split()[0]}; {options.rows:,} rows, {len(COLUMNS)} columns\n")
        print(f"{'from start to first rows':<34}{statistics.median(figure['first_ms'] for figure in first):>10.0f} ms   limit 250 ms")
        base = None
        for name, figures in taken.items():
            figures = [figure for figure in figures if figure]
            if not figures:
                continue
            assert all(figure["rows"] == options.rows for figure in figures), figures
            seconds, work, peak = (statistics.median(figure[what] for figure in figures) for what in ("seconds", "processor", "peak_mb"))
            base = base or (seconds, work)
            ratios = f"{seconds / base[0]:>8.1f} and {work / base[1]:.1f} times saldo's"
            print(f"{name:<34}{seconds:>10.2f} s{work:>8.2f} s of processors{peak:>8.0f} MB{ratios}")
    finally:
        for server in servers:
            server.kill()
            server.wait()
        data.cleanup()


main()
