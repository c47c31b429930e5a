"""Checks that a column of a result shard is named in one file: the schema that lists it.

    check_columns.py [ROOT]     exit status 1 and a line for each fault

Names without a slash ("channels") may mean other things elsewhere and are not looked for; columns are set and read by
datasets/columns.h alone, so that no other file needs a name.
"""
import re
import sys
from pathlib import Path

LISTED = re.compile(r'\bvisit(?:\.index)?\(\s*"([^"\s]+/[^"\s]+)"')
BY_NAME = re.compile(r"\b\w*shard\w*\s*(?:\.|->)\s*(?:set|get\s*<[^>]*>)\s*\(")


def sources(root):
    return [file for file in sorted(root.rglob("*")) if file.suffix in (".h", ".cc")
            and not {"build", "CMakeFiles"} & set(file.relative_to(root).parts)]


def faults(root):
    files = {file.relative_to(root): file.read_text() for file in sources(root)}
    lists = [file for file in files if file.name == "schema.h" or re.fullmatch(r"datasets/\w+_rows\.h", str(file))]
    home = {}  # of each column
    for file in lists:
        for name in LISTED.findall(files[file]):
            if home.setdefault(name, file) != file:
                yield f"{file}: lists column {name}, and so does {home[name]}"
    if not home:
        yield "no schema lists a column"
    for file, text in files.items():
        if file.name.startswith("scan_"):  # a scan's datasets have names of their own (docs/dataset.md)
            continue
        for name in sorted(set(re.findall(r'"([^"\s]+/[^"\s]+)"', text)) & set(home)):
            if file != home[name] and file not in lists:
                yield f"{file}: names column {name}, which {home[name]} lists"
        if file.parts[0] == "evaluator" and BY_NAME.search(text):
            yield f"{file}: sets or reads a column by its name, not by a schema"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])))
    print("\n".join(found) or "every column is named in one file")
    sys.exit(1 if found else 0)
