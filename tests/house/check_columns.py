"""Checks that a dataset of a shard is named in one file: the list that writing, reading and checking share.

    check_columns.py [ROOT]     exit status 1 and a line for each fault

Columns of results: the schema.h that lists them, or datasets/*_rows.h. datasets/columns.h alone sets and reads them, so that no
other file needs a name. Datasets of scans and of activations: the layouts LAYOUTS.

A name without a slash ("channels", "mouse") may mean other things elsewhere. So it is looked for only where it can only be a
dataset: in datasets/, as an argument of a call that reads, writes, visits or checks datasets.
"""
import re
import sys
from pathlib import Path

LISTED = re.compile(r'\bvisit(?:\.index)?\(\s*"([^"\s]+/[^"\s]+)"')
BY_NAME = re.compile(r"\b\w*shard\w*\s*(?:\.|->)\s*(?:set|get\s*<[^>]*>)\s*\(")
LAYOUTS = ("datasets/scan_layout.h", "datasets/activation_shard.h")
IN_LAYOUT = re.compile(r'(?:\bvisit\(\s*(?:\w+\s*\+\s*)?|\bk[A-Z]\w*\s*=\s*)"([^"\s]*)"')
ACCESS = re.compile(r"\b(?:visit|count|range|name|of|shape|length|check_\w+|open_rows|read(?:\s*<[^<>]*>)?|write)\s*\(([^;{}]*)")
COMMENT = re.compile(r"^\s*//.*|\s//\s.*", re.M)
LITERAL = re.compile(r'"([^"\s]+)"')


class Layout:
    """Names of datasets and of their groups."""

    def __init__(self, text):
        self.names, self.groups = set(), set()
        for path in IN_LAYOUT.findall(text):
            *groups, name = path.split("/")
            self.groups |= set(groups)
            self.names.add(name)
        self.names.discard("")
        self.groups.discard("")

    def names_of(self, text, in_datasets):
        """The datasets that a source file names."""
        for literal in LITERAL.findall(text):
            *groups, name = literal.split("/")
            if groups and groups[-1] in self.groups and name in self.names:
                yield literal
        if in_datasets:
            for arguments in ACCESS.findall(text):
                yield from (name for name in LITERAL.findall(arguments) if name in self.names)


def sources(root):
    return [file for file in sorted(root.rglob("*")) if file.suffix in (".h", ".cc")
            and not {"build", "CMakeFiles"} & set(file.relative_to(root).parts)]


def faults(root):
    files = {str(file.relative_to(root)): COMMENT.sub("", file.read_text(encoding="utf-8")) for file in sources(root)}
    lists = [file for file in files if file.endswith("/schema.h") or re.fullmatch(r"datasets/\w+_rows\.h", file)]
    home = {}  # of each column
    for file in lists:
        for name in LISTED.findall(files[file]):
            if home.setdefault(name, file) != file:
                yield f"{file}: lists column {name}, and so does {home[name]}"
    if not home:
        yield "no schema lists a column"
    layouts = {file: Layout(files[file]) for file in LAYOUTS if file in files}
    for file, text in files.items():
        is_test = file.startswith("tests/")  # tests of a layout name its datasets, to damage them
        allowed = {name for layout in layouts.values() for name in layout.names_of(text, False)} if is_test else set()
        for name in sorted(set(LITERAL.findall(text)) & set(home) - allowed):
            if file != home[name] and file not in lists:
                yield f"{file}: names column {name}, which {home[name]} lists"
        if file.startswith("evaluator/") and BY_NAME.search(text):
            yield f"{file}: sets or reads a column by its name, not by a schema"
        if is_test or file in lists:
            continue
        for place, layout in layouts.items():
            if file != place:
                for name in sorted(set(layout.names_of(text, file.startswith("datasets/")))):
                    if not (file in layouts and name in layouts[file].names):
                        yield f"{file}: names dataset {name}, which {place} lists"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])))
    print("\n".join(found) or "every column is named in one file")
    sys.exit(1 if found else 0)
