#!/usr/bin/env python3
"""What a lake of many objects on S3 costs when little is asked of it, from one MinIO on this machine.

Prints seconds, peak memory and requests of a run with nothing new (2 s and 20 requests are wanted), of a statement that
reads no table, and of the list of tables; each by a machine that has no copy and by one that has the manifest. Requests
are counted by the server. Nothing here fails on a slow figure: a figure is the median of the rounds.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from pull import BUCKET, PASSWORD, USER, serve

PLACE = Path(__file__).resolve().parent.parent / "target" / "bench-pull"
COMMANDS = {
    "run, nothing new": ["run"],
    "SELECT 1": ["query", "-c", "SELECT 1 AS one"],
    "tables": ["tables"],
}


def make(saldo, lake, count):
    """A demo lake with one more table of so many small files."""
    subprocess.run([saldo, "demo", "--no-open", "--rows", "3000", "--lake", lake], check=True, capture_output=True)
    path = lake / "_saldo" / "manifest.json"
    manifest = json.loads(path.read_text())
    files = []
    for number in range(count):
        data = b"%08d" % number
        day = number // 50
        name = f"long/year={2000 + day // 400}/month={day % 12 + 1:02d}/{number:08d}.parquet"
        place = lake / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        files.append({"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    files.sort(key=lambda file: file["path"])
    known = manifest["tables"][0]
    manifest["tables"].append({**known, "name": "long", "files": files})
    path.write_text(json.dumps(manifest))


def requests(endpoint):
    """All requests that the server has answered, but for these."""
    with urllib.request.urlopen(f"{endpoint}/minio/metrics/v3/api/requests") as answer:
        text = answer.read().decode()
    return sum(float(count) for count in re.findall(r"^minio_api_requests_total\{.*\} (\S+)$", text, re.MULTILINE))


def run(command, home, endpoint):
    """Seconds and peak memory in MB."""
    environment = {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
        "HOME": str(home),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": USER,
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    start = time.perf_counter()
    child = subprocess.Popen(
        [str(part) for part in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    words = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"error: {command[1:3]}: {words}")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saldo", type=Path, required=True, help="the program, built for release")
    parser.add_argument("--minio", type=Path, required=True, help="the server")
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    make(options.saldo, PLACE / "lake", options.objects)
    os.environ["MINIO_PROMETHEUS_AUTH_TYPE"] = "public"
    server, endpoint = serve(options.minio)
    try:
        url = f"s3://{BUCKET}/large"
        run([options.saldo, "push", url, "--lake", PLACE / "lake"], PLACE, endpoint)
        print(f"{os.cpu_count()} processors; {options.objects:,} objects, {options.rounds} rounds")
        print(f"{'':<20}{'no copy':>24}{'manifest is there':>30}")
        for name, arguments in COMMANDS.items():
            cells = {"no copy": [], "manifest is there": []}
            for turn in range(options.rounds):
                home = PLACE / f"home{turn}"
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir()
                for figures in cells.values():
                    before = requests(endpoint)
                    seconds, memory = run([options.saldo, *arguments, "--lake", url], home, endpoint)
                    figures.append((seconds, memory, requests(endpoint) - before))
            medians = [[statistics.median(one) for one in zip(*figures)] for figures in cells.values()]
            words = [f"{s:7.2f} s{mb:6.0f} MB{count:5.0f} requests" for s, mb, count in medians]
            print(f"{name:<20}{words[0]}{words[1]}")
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(PLACE, ignore_errors=True)


if __name__ == "__main__":
    main()
