"""Follows three recipes of docs/extending.md: applies the patches of tests/recipes to a copy of the code.

Each patch is one whole extension. The copy must pass the checks of the code, and every changed source must compile
(without linking: `./run recipes` builds the copy and runs its tests).

    recipes_test.py             the test
    recipes_test.py --copy DIR  only make the copy with all three
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCE = Path(os.environ.get("MAZESCAN_SOURCE", Path(__file__).parents[2]))
BUILD = Path(os.environ.get("MAZESCAN_BIN", SOURCE / "build/release/bin")).parent
# In this order: the question is about the analysis. Beside the patch: its own folders, in which everything may be new,
# and how many other files of the programs and their pages it may change.
RECIPES = {
    "analysis": (("evaluator/analyses/noise/", "tests/"), 4),
    "question": (("evaluator/questions/", "tests/"), 2),
    "edit": (("policy/", "tests/"), 1),
}
CHECKS = ("check_includes", "check_links", "check_columns", "check_functions", "check_folders", "check_names")


def copy_code(folder):
    """Copies the files that git knows or would add."""
    listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (SOURCE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / name, folder / name)


def apply_patch(name, folder):
    """Applies a patch and returns the names of the files that it changes."""
    patch = SOURCE / "tests/recipes" / f"{name}.patch"
    # Without a repository around it, git would skip a folder inside another repository without a message.
    subprocess.run(["git", "init", "-q", folder], check=True)
    done = subprocess.run(["git", "apply", "--verbose", patch], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{patch.name} does not fit the code; make it again as a diff:\n{done.stderr}")
    return re.findall(r"^\+\+\+ b/(.*)$", patch.read_text(), re.M)


class Compiler:
    """Compiles sources of the copy with the options that the build uses for their folders."""

    def __init__(self, folder):
        self.folder = folder
        self.commands = json.loads((BUILD / "compile_commands.json").read_text())

    def command(self, source):
        for parent in source.parents:
            prefix = str(BUILD / parent / "CMakeFiles") + "/"
            found = [entry for entry in self.commands
                     if os.path.join(entry["directory"], entry.get("output", shlex.split(entry["command"])[-3])).startswith(prefix)
                     and "cmake_pch" not in entry["file"]]
            if found:
                # Of the targets of a folder, the one that links most.
                words = shlex.split(max((entry["command"] for entry in found), key=len))
                words = words[next(i for i, word in enumerate(words) if word.endswith("++")):words.index("-o")]
                return [*(f"-I{self.folder}" if word == f"-I{SOURCE}" else word for word in words),
                        "-fsyntax-only", "-Werror", str(self.folder / source)]
        raise AssertionError(f"no target compiles {source}")

    def faults(self, source):
        done = subprocess.run(self.command(Path(source)), cwd=BUILD, capture_output=True, text=True)
        return done.stderr if done.returncode != 0 else ""


class Recipes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        copy_code(cls.folder)
        cls.changed = {name: apply_patch(name, cls.folder) for name in RECIPES}

    def test_few_files_outside_their_own_folder_change(self):
        for name, (own, most) in RECIPES.items():
            others = [file for file in self.changed[name] if not file.startswith(own)]
            print(f"{name}: {len(others)} files outside its own folder: {', '.join(others)}")
            self.assertLessEqual(len(others), most, name)

    def test_the_code_keeps_its_rules(self):
        for check in CHECKS:
            done = subprocess.run([sys.executable, self.folder / f"tests/house/{check}.py", self.folder],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{check}: {done.stdout}{done.stderr}")

    def test_every_changed_source_compiles(self):
        compiler = Compiler(self.folder)
        sources = sorted({file for files in self.changed.values() for file in files if file.endswith(".cc")})
        self.assertGreaterEqual(len(sources), 10)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for source, faults in zip(sources, pool.map(compiler.faults, sources)):
                self.assertEqual(faults, "", source)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--copy"]:
        destination = Path(sys.argv[2])
        shutil.rmtree(destination, ignore_errors=True)
        destination.mkdir(parents=True)
        copy_code(destination)
        for recipe in RECIPES:
            apply_patch(recipe, destination)
    else:
        unittest.main(verbosity=2)
