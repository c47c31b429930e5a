"""An installation: programs, batch scripts that find them, and the environments as a library for a project outside the tree; the
version of a program, also from a tarball."""
import json
import os
import re
import shutil
import subprocess
import unittest

from programs import BIN, EVALUATOR, SOURCE, TRAINER, Job, expect_user_error, run, temporary_folder, write_config

LIBRARIES = {TRAINER: {"CUDA", "MPI", "NCCL", "libtorch"}, EVALUATOR: {"CUDA", "HDF5", "MPI", "libtorch"}}


def call(*command, **options):
    """Runs a command that must succeed; returns what it prints."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Version(unittest.TestCase):
    def test_programs_print_it(self):
        for program, libraries in LIBRARIES.items():
            with self.subTest(program):
                versions = json.loads(run(program, "--version", "--json").out)
                self.assertEqual(set(versions), libraries | {"commit", "compiler", "version"})
                self.assertRegex(versions["version"], r"^\d+\.\d+\.\d+$")
                self.assertRegex(versions["commit"], r"^(\w|[.-])+$")
                self.assertRegex(versions["libtorch"], r"^\d+\.\d+")
                text = run(program, "--version").out
                self.assertTrue(text.startswith(f"{program} {versions['version']}\n"), text)
                for name in set(versions) - {"version"}:
                    self.assertRegex(text, rf"(?m)^{name} +{re.escape(versions[name])}$")
                expect_user_error(self, Job(program, "--json").wait(), "--json requires --version")

    def test_a_tarball_has_the_commit(self):
        """git archive replaces the text of cmake/commit.txt. A repository around the unpacked tarball does not matter."""
        folder = temporary_folder()
        call("git", "init", "-q", folder)
        (folder / "cmake").mkdir()
        for text, commit in (((SOURCE / "cmake" / "commit.txt").read_text(encoding="utf-8"), "unknown"), ("1a2b3c4\n", "1a2b3c4")):
            (folder / "source" / "cmake").mkdir(parents=True, exist_ok=True)
            (folder / "source" / "cmake" / "commit.txt").write_text(text, encoding="utf-8")
            call("cmake", f"-DSOURCE_DIR={folder}/source", "-DVERSION=1.2.3", f"-DOUTPUT={folder}/version.cc", "-P",
                 SOURCE / "cmake" / "version.cmake")
            self.assertIn(f'"1.2.3 ({commit})"', (folder / "version.cc").read_text(encoding="utf-8"))
        self.assertIn("cmake/commit.txt export-subst", (SOURCE / ".gitattributes").read_text(encoding="utf-8"))


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.prefix = cls.folder / "prefix"
        call("cmake", "--install", BIN.parent, "--prefix", cls.prefix)
        cls.slurm = cls.prefix / "share" / "mazescan" / "slurm"

    def test_programs_run(self):
        for program in LIBRARIES:
            self.assertEqual(call(self.prefix / "bin" / program, "--version"), run(program, "--version").out)
        quickstart = self.prefix / "share" / "mazescan" / "configs" / "quickstart.yaml"
        self.assertIn("run: runs/quickstart", call(self.prefix / "bin" / TRAINER, quickstart, "--dump-config"))

    def test_manual_pages_completions_and_the_schema(self):
        share = self.prefix / "share"
        for program in LIBRARIES:
            page = (share / "man" / "man1" / f"{program}.1").read_text(encoding="utf-8")
            self.assertIn(f"SH NAME\n{program} - ", page.replace("\\", ""))
            for path in (f"bash-completion/completions/{program}", f"zsh/site-functions/_{program}",
                         f"fish/vendor_completions.d/{program}.fish"):
                self.assertIn(program, (share / path).read_text(encoding="utf-8"))
        self.assertTrue((share / "mazescan" / "configs" / "mazescan.schema.json").exists())

    def test_batch_scripts_find_the_programs(self):
        """In any folder, from which Slurm runs a copy of the batch script in another one."""
        work, spool, commands = (self.folder / name for name in ("work", "spool", "commands"))
        for folder in (work, spool, commands):
            folder.mkdir()
        (commands / "sbatch").symlink_to(shutil.which("true"))
        config = write_config(work / "run")
        site = work / "site.sh"
        site.write_text("launch=(env)\n", encoding="utf-8")  # without Slurm
        environment = {**os.environ, "MAZESCAN_SITE": str(site), "PATH": f"{commands}:{os.environ['PATH']}"}
        copy = shutil.copy(self.slurm / "train.sbatch", spool / "slurm_script")
        output = call("bash", copy, config.name, "--updates", "1", cwd=work, env=environment)
        self.assertRegex(output, "mazescan-trainer ended with status 0")
        self.assertTrue((work / "run" / "metrics.jsonl").exists())
        output = call("bash", self.slurm / "sweep.sh", "--dry-run", "--seeds", "1 2", config.name, cwd=work, env=environment)
        self.assertRegex(output, rf"would submit: sbatch .* {self.slurm}/train.sbatch ")

    def test_a_project_outside_the_tree_steps_mazes(self):
        build = self.folder / "steps"
        call("cmake", "-S", SOURCE / "tests" / "package", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        call("cmake", "--build", build)
        episodes = int(call(build / "steps").split()[0])
        self.assertGreater(episodes, 16)


if __name__ == "__main__":
    unittest.main()
