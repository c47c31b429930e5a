"""Checks the syntax and types of the pages' scripts with TypeScript's compiler (Debian: node-typescript).

    check_page.py [ROOT]     exit status 1 and a line for each fault; 77 without tsc: nothing was checked

For each page it concatenates the scripts in the order of the C++ file that assembles the page. The types are
those of the JSDoc comments.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPTS = Path("evaluator/report/page")
# Each has a list k...Scripts for each of its pages.
SOURCES = ("evaluator/report/report.cc", "evaluator/report/comparison.cc", "evaluator/explore/explore_page.cc")
SCRIPT_LIST = re.compile(r"k\w*Scripts = \{(.*?)\};", re.DOTALL)
OPTIONS = ("--noEmit", "--allowJs", "--checkJs", "--pretty", "false",
           "--target", "es2022", "--lib", "es2022,dom,dom.iterable")


def pages_of(source, root):
    """Returns the file names of the scripts of each page of a source, in order."""
    lists = SCRIPT_LIST.findall((root / source).read_text(encoding="utf-8"))
    pages = [names for names in (re.findall(r'"(\w+\.js)"', text) for text in lists) if names]
    if not pages:
        raise SystemExit(f"check_page: {source} has no list k...Scripts of scripts")
    return pages


def joined(names, source, root):
    """Returns the scripts of a page as one, and the place of each of its lines."""
    lines, places = ["(() => { 'use strict';"], [f"{source}:1"]
    for name in names:
        text = (root / SCRIPTS / name).read_text(encoding="utf-8").splitlines()
        lines += text
        places += [f"{SCRIPTS / name}:{number}" for number in range(1, len(text) + 1)]
    lines.append("})();")
    places.append(places[-1])
    return "\n".join(lines) + "\n", places


def faults(root):
    """Yields the compiler's messages, with the places in the scripts."""
    all_places = []
    # One call for all pages: reading the browser's types takes most of its time.
    with tempfile.TemporaryDirectory() as folder:
        for source in SOURCES:
            for names in pages_of(source, root):
                script, places = joined(names, source, root)
                (Path(folder) / f"page{len(all_places)}.js").write_text(script, encoding="utf-8")
                all_places.append(places)
        done = subprocess.run(["tsc", *OPTIONS, "--typeRoots", folder, *sorted(Path(folder).iterdir())],
                              capture_output=True, text=True, check=False)
    for message in done.stdout.splitlines():
        place = re.match(r".*page(\d+)\.js\((\d+),(\d+)\): (.*)", message)
        if not place:
            yield message
            continue
        places = all_places[int(place[1])]
        yield f"{places[min(int(place[2]), len(places)) - 1]}:{place[3]}: {place[4]}"
    if done.returncode and not done.stdout:
        yield f"tsc failed: {done.stderr}"


if __name__ == "__main__":
    if not shutil.which("tsc"):
        print("######## SKIPPED: the scripts of the pages were NOT checked: "
              "tsc is missing (Debian: node-typescript)", file=sys.stderr, flush=True)
        sys.exit(77)
    root_folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
    found_faults = sorted(set(faults(root_folder)))
    print("\n".join(found_faults) or "the scripts of every page pass")
    sys.exit(1 if found_faults else 0)
