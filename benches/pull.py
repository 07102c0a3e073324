#!/usr/bin/env python3
"""How fast a snapshot of a lake on S3 comes down, beside `aws s3 sync`, from one MinIO on this machine.

Prints seconds, megabytes a second and the ratio (above 1 saldo is faster; 1.5 is wanted). Nothing here fails on a slow
figure: machines differ, ratios are for reading. The commands take turns, each into a new folder; a figure is the median
of the rounds. saldo checks every file against its SHA-256 and waits until all is on the disk; the rival does neither.
"""

import argparse
import hashlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "target" / "bench-pull"
BUCKET, USER, PASSWORD = "lakes", "saldo-bench", "not-a-secret-at-all"
MIB = 1 << 20
# Tables as lakes have them: a few long files, and many short ones.
LONG, SHORT = 48 * MIB, 128 * 1024


def make(lake, size):
    """A lake of files that are no Parquet: neither program looks into them."""
    tables = []
    for name, length, share in (("long", LONG, 0.95), ("short", SHORT, 0.05)):
        files = []
        for number in range(int(size * share // length)):
            path = f"{name}/year={2000 + number // 12}/month={number % 12 + 1:02d}/a.parquet"
            data = os.urandom(length)
            place = lake / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            files.append({"path": path, "size": length, "sha256": hashlib.sha256(data).hexdigest()})
        tables.append({"name": name, "partitioned": True, "columns": [], "rows": 1, "newest": None, "files": files})
    manifest = {"layout": 1, "writer": "bench", "sources": [], "tables": tables}
    (lake / "_saldo").mkdir()
    (lake / "_saldo" / "manifest.json").write_text(json.dumps(manifest))


def serve(program):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = PLACE / "minio"
    (data / BUCKET).mkdir(parents=True)
    command = [program, "server", "--quiet", "--address", f"127.0.0.1:{port}", data]
    environment = {**os.environ, "MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD, "MINIO_BROWSER": "off"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/minio/health/live")
            return server, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    server.kill()
    sys.exit("error: MinIO does not answer")


def run(command, endpoint):
    environment = {
        **os.environ,
        "HOME": str(PLACE),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": USER,
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: {command[0]}: {done.stderr}")
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saldo", type=Path, required=True, help="the program, built for release")
    parser.add_argument("--minio", type=Path, required=True, help="the server")
    parser.add_argument("--aws", type=Path, default=Path(sys.executable).parent / "aws", help="the rival")
    parser.add_argument("--size", type=float, default=2, help="gigabytes of the lake (2)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    shutil.rmtree(PLACE, ignore_errors=True)
    (PLACE / "lake").mkdir(parents=True)
    make(PLACE / "lake", options.size * 1e9)
    size = sum(path.stat().st_size for path in (PLACE / "lake").rglob("*.parquet"))
    server, endpoint = serve(options.minio)
    try:
        url = f"s3://{BUCKET}/bench"
        run([options.saldo, "push", url, "--lake", PLACE / "lake"], endpoint)
        shutil.rmtree(PLACE / "lake")
        commands = {
            "saldo pull": [options.saldo, "pull", "--from", url, "--lake", PLACE / "to"],
            "aws s3 sync": [options.aws, "s3", "sync", "--quiet", url, PLACE / "to"],
        }
        taken = {name: [] for name in commands}
        for turn in range(options.rounds):
            # Who goes first changes, so that neither always finds the machine warm.
            for name, command in list(commands.items())[:: -1 if turn % 2 else 1]:
                shutil.rmtree(PLACE / "to", ignore_errors=True)
                os.sync()
                taken[name].append(run(command, endpoint))
        medians = {name: statistics.median(times) for name, times in taken.items()}
        print(f"{os.cpu_count()} processors; {size / 1e9:.2f} GB, {options.rounds} rounds")
        for name, seconds in medians.items():
            print(f"{name:<14}{seconds:8.2f} s{size / 1e6 / seconds:10.0f} MB/s")
        print(f"ratio {medians['aws s3 sync'] / medians['saldo pull']:.2f}, wanted 1.5")
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(PLACE, ignore_errors=True)


if __name__ == "__main__":
    main()
