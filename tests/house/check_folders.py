"""Checks that no folder of floors.txt, without its subfolders there, holds more than 15 % of the lines of C++.

    check_folders.py [ROOT]     exit status 1 and a line for each fault
"""
import collections
import sys
from pathlib import Path

from check_includes import folder_of, read_floors, sources

LARGEST = 0.15


def faults(root):
    floors = read_floors(root / "floors.txt")
    lines = collections.Counter()
    for file in sources(root, floors):
        lines[folder_of(file, floors)] += len((root / file).read_text(encoding="utf-8").splitlines())
    total = sum(lines.values())
    for folder, count in lines.items():
        if count > LARGEST * total:
            yield f"{folder}: has {count} of {total} lines, {100 * count / total:.1f} %: split it"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])))
    print("\n".join(found) or f"no folder has more than {100 * LARGEST:.0f} % of the code")
    sys.exit(1 if found else 0)
