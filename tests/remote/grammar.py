"""Reads statements, one JSON text a line, and prints those that Trino's grammar does not know."""

import json
import sys

from trino_query_parser import parse_statement

for line in sys.stdin:
    statement = json.loads(line)
    try:
        parse_statement(statement)
    except Exception as error:
        print(error, statement, sep="\n")
