"""Checks that a job's name is written once, in datasets/dataset_kind.h: folders, sections, formats and keys are made from it.

    check_names.py [ROOT]     exit status 1 and a line for each fault

Found are literals that are a folder ('/ "scan"'), a section or an argument of a function that takes the job's name, a key
("scan_key") or a format ("mazescan-scan", "mazescan-scan-shard"). Messages may name jobs.
"""
import re
import sys
from pathlib import Path

HOME = "datasets/dataset_kind.h"
KIND = re.compile(r'\bk[A-Z]\w*\{"(\w+)"')
TAKES_NAME = "has|child|open_trained_policy|require_maze|check_compatible|check_placements|check_grid|policy_path"
COMMENT = re.compile(r"^\s*//.*|\s//\s.*", re.M)


def faults(root):
    kinds = "|".join(KIND.findall((root / HOME).read_text(encoding="utf-8")))
    if not kinds:
        yield f"{HOME}: lists no kind of dataset"
        return
    literal = re.compile(rf'/ ("(?:{kinds})")|\b(?:{TAKES_NAME})\([^;"]*?("(?:{kinds})")|("(?:{kinds})_key(?:=[^"]*)?")'
                         rf'|("mazescan-(?:{kinds})(?:-plan|-shard)?(?: \d+)?")')
    for top in ("datasets", "evaluator"):
        for file in sorted((root / top).rglob("*")):
            name = str(file.relative_to(root))
            if file.suffix in (".h", ".cc") and name != HOME:
                text = COMMENT.sub("", file.read_text(encoding="utf-8"))
                for groups in literal.findall(text):
                    yield f"{name}: writes {''.join(groups)}, which {HOME} names"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])))
    print("\n".join(found) or "every job's name is written once")
    sys.exit(1 if found else 0)
