"""Checks that the libraries of folders link as floors.txt allows, and that they link what their sources include.

    check_links.py [ROOT]     exit status 1 and a line for each fault

It reads mazescan_library, add_library and target_link_libraries in the CMakeLists.txt of the folders in floors.txt.
"""
import re
import sys
from pathlib import Path

from check_includes import folder_of, includes_of, is_allowed, read_floors, sources

# What "never" means: external libraries that a folder's libraries do not reach.
FOREIGN = {"torch": {"mazescan_torch"}, "mpi": {"MPI::MPI_C"}, "hdf5": {"mazescan_hdf5_c"}}
COMMAND = re.compile(r"\b(mazescan_library|add_library|add_executable|target_link_libraries)\(([^()]*)\)")
KEYWORDS = {"PUBLIC", "PRIVATE", "INTERFACE", "STATIC", "OBJECT", "SHARED"}


def expand(words, folder, root):
    """The words, with ${environments} and ${analyses} replaced by the libraries of these folders."""
    lists = {"${environments}": root / "envs", "${analyses}": root / "evaluator" / "analyses"}
    for word in words:
        if word in lists:
            yield from (f"mazescan_{path.parent.name}" for path in sorted(lists[word].glob("*/CMakeLists.txt"))
                        if path.parent.name not in ("frame", "registry"))
        elif word not in KEYWORDS:
            yield word


def read_links(root, floors):
    """({target: folder}, {target: the targets that it links})"""
    homes, links = {}, {}
    for folder in floors:
        path = root / folder / "CMakeLists.txt"
        text = re.sub(r"#[^\n]*", "", path.read_text(encoding="utf-8")) if path.exists() else ""
        for command, arguments in COMMAND.findall(text):
            name, *words = arguments.split()
            if command == "target_link_libraries":
                linked = words
            else:
                homes[name] = folder
                linked = words[words.index("LINK") + 1:] if "LINK" in words else []
            links.setdefault(name, []).extend(expand(linked, folder, root))
    return homes, links


def reach(target, links):
    reached, waiting = set(), [target]
    while waiting:
        for linked in links.get(waiting.pop(), ()):
            if linked not in reached:
                reached.add(linked)
                waiting.append(linked)
    return reached


def faults(root):
    floors = read_floors(root / "floors.txt")
    homes, links = read_links(root, floors)
    programs = {name for folder in floors if (root / folder / "CMakeLists.txt").exists()
                for command, arguments in COMMAND.findall((root / folder / "CMakeLists.txt").read_text(encoding="utf-8"))
                if command == "add_executable" for name in arguments.split()[:1]}
    for target in sorted(homes):
        home = homes[target]
        for linked in links[target]:
            if linked in homes and target not in programs and not is_allowed(home, homes[linked], floors):
                yield f"{home}: {target} links {linked}: {home} is not above {homes[linked]}"
        for name in floors[home][2]:
            if FOREIGN[name] & reach(target, links):
                yield f"{home}: {target} reaches {name}, and {home} never uses it"
    reached = {}  # by folder: the folders whose libraries its libraries reach
    for target, home in homes.items():
        reached.setdefault(home, {home}).update(homes[linked] for linked in reach(target, links) if linked in homes)
    missing = set()
    for file in sources(root, floors):
        home = folder_of(file, floors)
        for included in includes_of((root / file).read_text(encoding="utf-8")):
            other = folder_of(Path(included), floors)
            if home in reached and other in reached and other not in reached[home] and (root / included).exists():
                if (root / included).with_suffix(".cc").exists():  # otherwise there is nothing to link
                    missing.add(f"{home}: includes {included}, and no library of it links one of {other}")
    yield from sorted(missing)


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])))
    print("\n".join(found) or "every library links lower floors")
    sys.exit(1 if found else 0)
