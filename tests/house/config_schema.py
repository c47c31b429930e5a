"""Makes configs/mazescan.schema.json, the JSON Schema of configuration files: the sections of both programs.

    config_schema.py --check [ROOT]     exit status 1 if the file is not what the built programs print
    config_schema.py --write [ROOT]     renews the file

The programs are those in MAZESCAN_BIN, by default ROOT/build/release/bin.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("mazescan-trainer", "mazescan-evaluator")


def joined(schemas):
    """One schema for the files that several programs read. Each allows the sections of the others, with any value."""
    whole = {**schemas[0], "title": "configuration of mazescan", "properties": {}}
    for schema in schemas:
        for name, value in schema["properties"].items():
            if whole["properties"].get(name, True) is True:
                whole["properties"][name] = value
    missing = [name for name, value in whole["properties"].items() if value is True]
    if missing or any("allOf" in schema for schema in schemas):
        sys.exit(f"no program describes {missing}" if missing else "the top-level keys depend on each other: join the rules, too")
    return whole


def main(arguments):
    if not arguments or arguments[0] not in ("--check", "--write"):
        sys.exit(__doc__)
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).parents[2]
    programs = Path(os.environ.get("MAZESCAN_BIN", root / "build" / "release" / "bin"))
    schemas = [json.loads(subprocess.run([programs / name, "schema"], check=True, capture_output=True, text=True).stdout)
               for name in PROGRAMS]
    right = json.dumps(joined(schemas), indent=1, ensure_ascii=False) + "\n"
    path = root / "configs" / "mazescan.schema.json"
    if arguments[0] == "--write":
        path.write_text(right, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != right:
        sys.exit(f"{path}: it is not the schema of the programs\n"
                 f"  reason: a key of the configuration was changed\n  hint:   run {sys.argv[0]} --write")


if __name__ == "__main__":
    main(sys.argv[1:])
