"""Checks that folders include only headers of lower floors (floors.txt), and that nothing leads where it must not.

    check_includes.py [ROOT]     exit status 1 and a line for each fault
"""
import re
import sys
from pathlib import Path

# What "never" means: headers from outside that a folder's files do not reach.
FOREIGN = {
    "torch": re.compile(r"^(torch|c10|ATen|caffe2)/"),
    "mpi": re.compile(r"^(mpi/|openmpi/)?mpi\w*\.h$"),
    "hdf5": re.compile(r"^(hdf5/.*/)?(hdf5|hdf5_hl|H5\w*)\.h$"),
}
SUFFIXES = (".h", ".hh", ".hpp", ".hxx", ".cc", ".cpp", ".cxx")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.M)
OUTSIDE = {"tests", "benchmarks"}  # C++ folders that are not part of the house: no other folder includes them


def includes_of(text):
    """The headers that a file includes, in <> or in quotes."""
    return [name for _, name in INCLUDE.findall(text)]


def sources(root, floors):
    """The C++ files of the house, and of folders that floors.txt lacks, as paths relative to the root."""
    tops = {folder.split("/")[0] for folder in floors}
    tops |= {path.name for path in root.iterdir()
             if path.is_dir() and path.name not in OUTSIDE | {"build"} and not path.name.startswith(".")}
    return [file.relative_to(root) for top in sorted(tops) for file in sorted((root / top).rglob("*"))
            if file.suffix in SUFFIXES]


def read_floors(path):
    """{folder: (floor, floor within its top-level folder, what it never reaches)}"""
    floors = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            floor, folder, _, never = (part.strip() for part in line.split("|"))
            outer, _, inner = floor.partition(".")
            floors[folder] = (int(outer), int(inner or 0), never.split())
    return floors


def folder_of(file, floors):
    """The innermost folder of floors.txt that holds the file, or None."""
    folder = file.parent
    while str(folder) != ".":
        if str(folder) in floors:
            return str(folder)
        folder = folder.parent
    return None


def is_allowed(importer, imported, floors):
    if importer == imported:
        return True
    if importer.split("/")[0] == imported.split("/")[0]:
        return floors[imported][1] < floors[importer][1]
    return floors[imported][0] < floors[importer][0]


def circles(includes):
    """Files that include each other in a loop, as lists."""
    found, done, path = [], set(), []

    def visit(file):
        if file in path:
            found.append(path[path.index(file):] + [file])
        if file in done or file in path:
            return
        path.append(file)
        for included in includes.get(file, ()):
            visit(included)
        path.pop()
        done.add(file)

    sys.setrecursionlimit(10000)
    for file in sorted(includes):
        visit(file)
    return found


def faults(root):
    floors = read_floors(root / "floors.txt")
    files = sources(root, floors)
    includes, foreign = {}, {}
    for file in files:
        text = (root / file).read_text(encoding="utf-8")
        named = includes_of(text)
        includes[str(file)] = [name for name in named if (root / name).exists()]
        foreign[str(file)] = [name for name in named if not (root / name).exists()]
        home = folder_of(file, floors)
        if home is None:
            yield f"{file}: its folder is not in floors.txt"
            continue
        for mark, included in INCLUDE.findall(text):
            target = folder_of(Path(included), floors)
            if (root / included).exists():
                if target is None:
                    yield f"{file}: includes {included}, which is in no folder of floors.txt"
                elif not is_allowed(home, target, floors):
                    yield f"{file}: includes {included}: {home} is not above {target}"
            elif target is not None or (mark == '"' and (root / file.parent / included).exists()):
                yield f"{file}: includes {included}, which is no path from the root to a file"
    for circle in circles(includes):
        yield "circle: " + " -> ".join(circle)

    def reach(file, seen):
        if file not in seen:
            seen.add(file)
            for included in includes.get(file, ()):
                reach(included, seen)
        return seen

    for file in files:
        home = folder_of(file, floors)
        for name in floors[home][2] if home else ():
            for reached in sorted(reach(str(file), set())):
                for header in foreign.get(reached, ()):
                    if FOREIGN[name].match(header):
                        yield f"{file}: reaches <{header}> by {reached}, and {home} never uses {name}"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])))
    print("\n".join(found) or "every include leads to a lower floor")
    sys.exit(1 if found else 0)
