"""Policies as OpenTofu makes them of infra/, each to a file: what the other checks look at is what is applied, written once.

    policies.py FOLDER STATE ...    STATE is the output of `tofu show -json`
"""

import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
for path in map(pathlib.Path, sys.argv[2:]):
    place = folder / path.stem
    place.mkdir(parents=True, exist_ok=True)
    found = 0
    for one in json.loads(path.read_text())["values"]["root_module"]["resources"]:
        if one["type"] in ("aws_iam_policy", "aws_iam_role_policy"):
            name = one["index"] if "index" in one and isinstance(one["index"], str) else one["name"]
            (place / f"{name}.json").write_text(one["values"]["policy"])
            found += 1
    assert found >= 5, f"{path.name} has {found} policies"
