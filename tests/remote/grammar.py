"""Reads statements, one JSON text a line, and prints those that Trino's grammar does not know."""

import json
import sys
import threading

from trino_query_parser import parse_statement


def check():
    for line in sys.stdin:
        statement = json.loads(line)
        try:
            parse_statement(statement)
        except Exception as error:
            print(error, statement, sep="\n")


# The narration dictionary makes expressions far deeper than Python's own limit lets the parser go.
sys.setrecursionlimit(100_000)
threading.stack_size(512 << 20)
checking = threading.Thread(target=check)
checking.start()
checking.join()
