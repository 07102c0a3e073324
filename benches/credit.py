#!/usr/bin/env python3
"""How long the credit check takes on a lake of 1,000 accounts and ten million lines: from cold start to what is printed, and in
the pane from Enter to the whole card.

Prints wall and CPU seconds and the most memory that was resident, each limit beside them. Nothing here fails on a slow figure:
machines differ.

The lake is made once: five years of lines in eight currencies with the words of bank narrations, newest rates included, the same
for the same number of lines. Needs the Python packages duckdb, which also makes the statement file, and pyte.

What is measured, the median of the rounds
  card         saldo credit ACCOUNT --format json: one account
  portfolio    saldo credit --all: every account
  pane         in the explorer, warm, from Enter on an account to its whole card
  pane, demo   the same on the lake of `saldo demo`, of 116,201 lines
"""

import argparse
import gzip
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "target" / "bench-credit"
ACCOUNTS = 1000
LINES = """
COPY (
  WITH drawn AS (
    SELECT i % {accounts} AS a, i, DATE '2015-01-01' + CAST(hash(i * 7 + 1) % 1826 AS INTEGER) AS day,
           hash(i * 7 + 2) % 100 AS side, CAST(hash(i * 7 + 3) % 100000 AS BIGINT) AS n, hash(i * 7 + 4) % 16 AS who
    FROM range({rows}) AS t(i)
  ),
  named AS (
    SELECT *, side < CASE WHEN a % 50 = 0 THEN 45 ELSE 55 END AS is_in, 100 + n * 3 + side AS cents,
           list_value('SGD', 'INR', 'USD', 'EUR', 'GBP', 'JPY', 'AUD', 'MYR', 'SGD', 'SGD')[CAST(a % 10 + 1 AS INTEGER)] AS currency,
           list_value('ORCHID FOODS', 'HARBOUR LOGISTICS', 'BLUE LANTERN TRADING', 'MERIDIAN TEXTILES', 'PRIME TRADERS', 'SILVER OAK CLINIC',
             'NORTHGATE ESTATES', 'KESTREL SOFTWARE', 'LOTUS ELECTRIC', 'TIDEWATER SHIPPING', 'AMBER ROAD COFFEE', 'CITY POWER AND WATER',
             'GRANITE BUILDERS', 'PAPERCRANE PRESS', 'EASTERN STAR MOTORS', 'WILLOW INSURANCE')[CAST(who + 1 AS INTEGER)] AS party
    FROM drawn
  ),
  told AS (
    SELECT *, CASE WHEN is_in
      THEN list_value('NEFT/' || n * 9973 || '/' || party, 'TRF FROM ' || party, 'CARD SETTLEMENT BATCH ' || n, 'SALARY CREDIT ' || party,
        'RTGS/' || n || '/' || party, 'CASH DEP BR ' || n % 9999, 'INTEREST CREDIT', 'OWNB/INTERNAL FUND TRANSFE', 'REFUND ' || party,
        'LOAN DISBURSAL ' || n)[CAST(n % 10 + 1 AS INTEGER)]
      ELSE list_value('NEFT/' || n * 9973 || '/' || party, 'TRF TO ' || party, 'CARD PAYMENT ' || n || '/' || party, 'RENT ' || party,
        'UTILITY BILL ' || party, 'LOAN EMI ' || n, 'SUPPLIER INV ' || n || '/' || party, 'ATM WDL ' || n, 'OWNB/INTERNAL FUND TRANSFE',
        CASE WHEN n % 3 = 0 THEN 'CHQ RETURN CHG INSUFF FUND' ELSE 'CHQ PAID ' || party END)[CAST(n % 10 + 1 AS INTEGER)] END AS details
    FROM named
  ),
  summed AS (
    SELECT *, 50000000 + SUM(CASE WHEN is_in THEN cents ELSE -cents END) OVER (PARTITION BY a ORDER BY day, i) AS balance FROM told
  )
  SELECT 'AC' || lpad(CAST(a AS VARCHAR), 6, '0') AS account_no, day AS date, substr(details, 1, 32) AS transaction_details,
         day + CAST(CASE WHEN n % 100 < 12 THEN n % 3 ELSE 0 END AS INTEGER) AS value_date,
         CASE WHEN NOT is_in THEN CAST(cents AS DECIMAL(18,0)) * 0.01 END AS withdrawal_amt,
         CASE WHEN NOT is_in THEN currency END AS withdrawal_currency,
         CASE WHEN is_in THEN CAST(cents AS DECIMAL(18,0)) * 0.01 END AS deposit_amt,
         CASE WHEN is_in THEN currency END AS deposit_currency,
         CAST(balance AS DECIMAL(18,0)) * 0.01 AS balance_amt
  FROM summed ORDER BY day, a, i
) TO '{file}' (HEADER)
"""


def make(saldo, rows, lake):
    """The lake, where it is not there yet."""
    if (lake / "_saldo" / "manifest.json").exists():
        return
    import duckdb

    file, rates = PLACE / f"statement-{rows}.csv", PLACE / "ecb.csv"
    connection = duckdb.connect()
    connection.execute(f"SET temp_directory = '{PLACE / 'spill'}'; SET memory_limit = '4GB'")
    connection.execute(LINES.format(accounts=ACCOUNTS, rows=rows, file=file))
    connection.close()
    rates.write_bytes(gzip.decompress((ROOT / "assets" / "eurofxref-hist.csv.gz").read_bytes()))
    for command in (["rates", "import", rates], ["ingest", "bank", file]):
        done = subprocess.run([saldo, *command, "--lake", lake], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
    file.unlink()


def run(command):
    """Wall and CPU seconds of a command, and its most resident megabytes."""
    start = time.monotonic()
    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {error.decode()}")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def used(pid):
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rest(pid, seconds=10):
    """Waits until a process uses no processor for half a second."""
    before = None
    for _ in range(2 * seconds):
        if used(pid) == before:
            return
        before = used(pid)
        time.sleep(0.5)


def pane(saldo, lake, rounds):
    """Medians of wall and CPU seconds from Enter to the card, and the most resident megabytes. The first card only warms: what is
    worked out behind it has ended before the next one is asked for."""
    listed = subprocess.run([saldo, "query", "-c", "SELECT DISTINCT account_no FROM processed ORDER BY 1 LIMIT 4", "--format", "csv",
                             "--lake", lake], capture_output=True, text=True, check=True)
    accounts = listed.stdout.split()[1:]
    screen = Terminal([str(saldo), "credit", "--lake", str(lake)], env=os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8"})
    taken = []
    for turn in range(rounds + 1):
        account = accounts[turn % len(accounts)]
        if turn > 0:
            screen.write("a")
        screen.wait(r"\d accounts")
        screen.write(account)
        screen.wait(f"› {account}")
        screen.quiet(0.3)
        before, sent = used(screen.pid), screen.write("\r")
        # Its headline stands below the tabs, and the old card goes with the headline.
        found = screen.wait(rf"(?s)\n[^\n]*\b{account}\b.*ecision support", since=sent)
        if found is None:
            sys.exit(f"no card of {account}:\n{screen.text()}")
        screen.quiet(0.3)
        taken.append((found / 1000, used(screen.pid) - before))
        if turn == 0:
            rest(screen.pid)
    wall, cpu = (statistics.median(column) for column in zip(*taken[1:]))
    memory = screen.peak_mb() or 0
    screen.close()
    return wall, cpu, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saldo", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    lake = PLACE / f"lake-{options.rows}"
    make(options.saldo, options.rows, lake)
    limits = {"card": "1.0", "portfolio": "10", "pane": "0.3", "pane, demo": "0.3"}
    commands = {
        "card": [options.saldo, "credit", "AC000120", "--format", "json", "--lake", lake],
        "portfolio": [options.saldo, "credit", "--all", "--format", "csv", "--lake", lake],
    }
    demo = PLACE / "demo"
    if not (demo / "_saldo" / "manifest.json").exists():
        subprocess.run([options.saldo, "demo", "--no-open", "--lake", demo], capture_output=True, check=True)

    def measured():
        for name, command in commands.items():
            yield name, (statistics.median(column) for column in zip(*(run(command) for _ in range(options.rounds))))
        yield "pane", pane(options.saldo, lake, options.rounds)
        yield "pane, demo", pane(options.saldo, demo, options.rounds)

    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.2f}, {options.rows:,} lines; at most 2000 MB")
    print(f"{'':<12}{'limit s':>9}{'wall s':>9}{'CPU s':>9}{'MB':>9}")
    for name, (wall, cpu, memory) in measured():
        print(f"{name:<12}{limits[name]:>9}{wall:>9.2f}{cpu:>9.2f}{memory:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
