#!/usr/bin/env python3
"""How fast statements in formats of their own are read, and how much memory that takes.

Prints megabytes a second and the peak of memory until the file is kept and its months are written, beside what they must reach, and
the same to the end of the run, when DuckDB has made the tables. Nothing here fails on a slow figure: machines differ. Of a workbook the
megabytes are those of the sheet's XML, which is what is read; what it takes on the disk is told too.

  camt   camt.053.001.08      mt940  MT940 with :86:      ofx  OFX 2      xlsx  a workbook with shared texts
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IBAN = "DE02120300000000202051"
# Megabytes a second of reading, and megabytes of memory.
LIMITS = {"camt": (60, 250), "mt940": (100, 250), "ofx": (60, 250), "xlsx": (10, 250)}
NAMES = {"camt": "a.xml", "mt940": "a.sta", "ofx": "a.ofx", "xlsx": "a.xlsx"}
DAY = date(2016, 1, 1)


def entries():
    """Day, cents below zero or above, and text, for ever; the days go up, six hundred lines each."""
    chance = random.Random(14)
    number = 0
    while True:
        cents = chance.randrange(-300_000, 310_000) or 1
        yield DAY + timedelta(days=number // 600), cents, f"Payment {number} to shop {chance.randrange(5000)}, thank you"
        number += 1


def money(cents, mark="."):
    return f"{abs(cents) // 100}{mark}{abs(cents) % 100:02d}"


def camt(cents, day, text):
    way = "DBIT" if cents < 0 else "CRDT"
    return (
        f'<Ntry><Amt Ccy="EUR">{money(cents)}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
        f"<ValDt><Dt>{day}</Dt></ValDt><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED"
        f"</EndToEndId></Refs><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )


def mt940(cents, day, text):
    way = "D" if cents < 0 else "C"
    return f":61:{day:%y%m%d}{day:%m%d}{way}{money(cents, ',')}NTRFNONREF\n:86:{text}\n"


def ofx(cents, day, text):
    sign = "-" if cents < 0 else ""
    return (
        f"<STMTTRN><TRNTYPE>OTHER</TRNTYPE><DTPOSTED>{day:%Y%m%d}</DTPOSTED><TRNAMT>{sign}{money(cents)}</TRNAMT>"
        f"<FITID>{day:%Y%m%d}{abs(cents)}</FITID><NAME>{text}</NAME></STMTTRN>\n"
    )


FORMS = {
    "camt": (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId>'
        f"</GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n",
        camt,
        "</Stmt></BkToCstmrStmt></Document>\n",
    ),
    "mt940": (f":20:BENCH\n:25:{IBAN}\n:28C:1/1\n:60F:C160101EUR0,\n", mt940, ":62F:{closing}\n-\n"),
    "ofx": (
        '<?xml version="1.0"?>\n<?OFX OFXHEADER="200" VERSION="220"?>\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR</CURDEF>'
        f"<BANKACCTFROM><ACCTID>{IBAN}</ACCTID></BANKACCTFROM><BANKTRANLIST>\n",
        ofx,
        "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n",
    ),
}


def write_text(path, form, size):
    start, entry, end = FORMS[form]
    with open(path, "w") as out:
        written, balance = out.write(start), 0
        for day, cents, text in entries():
            if written >= size:
                break
            written += out.write(entry(cents, day, text))
            balance += cents
        # A balance that did not hold would have the file read once more.
        side = "D" if balance < 0 else "C"
        out.write(end.replace("{closing}", f"{side}{day:%y%m%d}EUR{money(balance, ',')}"))


def write_workbook(path, size):
    """A workbook whose texts are shared, as spreadsheets write it."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    texts = ["Account", "Date", "Description", "Amount", "Currency", IBAN, "EUR"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            written = sheet.write(f"<worksheet {main}><sheetData>".encode())
            header = "".join(f'<c r="{"ABCDE"[at]}1" t="s"><v>{at}</v></c>' for at in range(5))
            written += sheet.write(f'<row r="1">{header}</row>'.encode())
            for row, (day, cents, text) in enumerate(entries(), 2):
                if written >= size or row > 1_048_000:
                    break
                texts.append(text)
                sign = "-" if cents < 0 else ""
                line = (
                    f'<row r="{row}" spans="1:5"><c r="A{row}" t="s"><v>5</v></c><c r="B{row}" s="1"><v>{(day - date(1899, 12, 30)).days}</v></c>'
                    f'<c r="C{row}" t="s"><v>{len(texts) - 1}</v></c><c r="D{row}" s="2"><v>{sign}{money(cents)}</v></c>'
                    f'<c r="E{row}" t="s"><v>6</v></c></row>'
                )
                written += sheet.write(line.encode())
            written += sheet.write(b"</sheetData></worksheet>")
        shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
        relation = '<Relationship Id="{}" Type="' + kinds + '/{}" Target="{}"/>'
        inner = [("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml")]
        inner.append(("rId3", "sharedStrings", "sharedStrings.xml"))
        for name, content in {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships {package}>{relation.format("rId1", "officeDocument", "xl/workbook.xml")}</Relationships>',
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{kinds}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships {package}>{''.join(relation.format(*each) for each in inner)}</Relationships>",
            "xl/styles.xml": f'<styleSheet {main}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="4"/></cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f"<sst {main}>{shared}</sst>",
        }.items():
            book.writestr(name, content)


def made(path, form, size):
    """Writes a file in a process of its own, for a program's peak of memory counts from that of who starts it; what is read of it."""
    write, more = (write_workbook, (size,)) if form == "xlsx" else (write_text, (form, size))
    writer = multiprocessing.Process(target=write, args=(path, *more))
    writer.start()
    writer.join()
    if writer.exitcode != 0:
        sys.exit(f"{path} was not written")
    if form != "xlsx":
        return path.stat().st_size
    with zipfile.ZipFile(path) as book:
        return book.getinfo("xl/worksheets/sheet1.xml").file_size


def taken_in(program, file):
    """Seconds of reading and of the whole run, and the peaks of memory of both in megabytes; elsewhere than on Linux, of the whole
    run alone."""
    with tempfile.TemporaryDirectory() as home:
        command = [program, "ingest", "bank", "--json", "--lake", f"{home}/lake", str(file)]
        environment = {"HOME": home, "PATH": os.environ["PATH"], "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
        start, seen = time.monotonic(), []
        with open(f"{home}/out", "w+b") as out, open(f"{home}/told", "w+b") as told:
            run = subprocess.Popen(command, stdout=out, stderr=told, env=environment)
            while True:
                ended, status, usage = os.wait4(run.pid, os.WNOHANG)
                if ended:
                    break
                if sys.platform == "linux":
                    pages = int(Path(f"/proc/{run.pid}/statm").read_text().split()[1])
                    seen.append((time.monotonic() - start, pages * resource.getpagesize() / 2**20))
                time.sleep(0.02)
            run.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            told.seek(0)
            if run.returncode != 0:
                sys.exit(f"{' '.join(command)}: {told.read().decode()}")
            seconds = json.loads(out.read())["seconds"]
        # Kilobytes on Linux, bytes on macOS.
        peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
        of_reading = [megabytes for at, megabytes in seen if at <= seconds["reading"]]
        return seconds["reading"], seconds["all"], max(of_reading, default=peak), peak


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "target" / "release" / "saldo", help="the program that is measured")
    parser.add_argument("--mb", type=int, default=100, help="megabytes of each file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--form", choices=sorted(LIMITS), action="append", help="these forms alone")
    args = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="saldo-bench-"))
    try:
        print("form     MB   reading MB/s (must), peak MB (at most)   all MB/s, peak MB")
        for form in args.form or LIMITS:
            path = place / NAMES[form]
            size = made(path, form, args.mb * 1_000_000)
            rounds = [taken_in(str(args.program), path) for _ in range(args.rounds)]
            reading, whole, held, peak = (statistics.median(column) for column in zip(*rounds))
            speed, most = LIMITS[form]
            packed = f"   {path.stat().st_size / 1e6:.1f} MB on the disk" if form == "xlsx" else ""
            print(
                f"{form:6} {size / 1e6:4.0f}   {size / 1e6 / reading:10.1f} ({speed:4}), {held:12.0f} ({most})   "
                f"{size / 1e6 / whole:10.1f}, {peak:7.0f}{packed}",
                flush=True,
            )
            path.unlink()
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
