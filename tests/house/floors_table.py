"""Makes the table of folders in README.md from floors.txt.

    floors_table.py --check [ROOT]     exit status 1 if the table in README.md is not that of floors.txt
    floors_table.py --write [ROOT]     renews the table
"""
import sys
from pathlib import Path

from check_includes import read_floors

BEGIN, END = "<!-- floors -->", "<!-- /floors -->"


def read_texts(path):
    """{folder: what lives there}"""
    lines = [line.split("|") for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return {parts[1].strip(): parts[2].strip() for parts in lines}


def table(path):
    """One line for each top-level folder, in dependency order, with its subfolders from low to high."""
    floors, texts = read_floors(path), read_texts(path)
    tops = sorted(dict.fromkeys(folder.split("/")[0] for folder in floors), key=lambda top: outer_floor(top, floors))
    lines = ["| floor | folder | what lives there |", "| --- | --- | --- |"]
    shown = None
    for top in tops:
        floor = outer_floor(top, floors)
        inside = sorted((f for f in floors if f.startswith(top + "/") and f.count("/") == 1), key=lambda f: floors[f][1])
        subfolders = ", ".join(f"`{folder.split('/')[1]}/`" for folder in inside)
        text = " ".join(filter(None, (texts.get(top), subfolders and f"({subfolders})")))
        lines.append(f"| {floor if floor != shown else ''} | `{top}/` | {text} |")
        shown = floor
    return "\n".join(lines)


def outer_floor(top, floors):
    return min(floor for folder, (floor, _, _) in floors.items() if folder.split("/")[0] == top)


def main(arguments):
    if not arguments or arguments[0] not in ("--check", "--write"):
        sys.exit(__doc__)
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).parents[2]
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{readme}: no table of folders\n  reason: it needs the lines {BEGIN} and {END} once each\n"
                 f"  hint:   add them, then run {sys.argv[0]} --write")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    right = f"{before}{BEGIN}\n{table(root / 'floors.txt')}\n{END}{after}"
    if arguments[0] == "--write":
        readme.write_text(right, encoding="utf-8")
    elif right != text:
        sys.exit(f"{readme}: its table of folders is not that of floors.txt\n"
                 f"  reason: floors.txt or the table was changed\n  hint:   run {sys.argv[0]} --write")


if __name__ == "__main__":
    main(sys.argv[1:])
