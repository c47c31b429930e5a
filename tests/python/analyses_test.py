"""The chain of analyses after a training: ranks and kills change no payload, verify knows each of them, and one report
answers every question from what there is. What only certify has stands in certify_test."""
import json
import pathlib
import random
import re
import shutil
import struct
import unittest

import h5py

from finished_run import FinishedRun, kill_and_start_again
from programs import (EVALUATOR, SOURCE, Job, expect_user_error, files_of, job_names, run, temporaries, write_analyses_config)

JOBS = job_names()
ANALYSED = tuple(job for job in JOBS if job not in ("scan", "record"))  # jobs whose shards are results
KILLS = 2  # of each job
QUESTIONS = [f"Q{number}" for number in range(1, 10)]


class Analyses(FinishedRun, unittest.TestCase):
    jobs = JOBS

    @classmethod
    def write(cls, name):
        return write_analyses_config(cls.folder / name)

    def test_ranks_change_nothing(self):
        config = self.again("ranks")
        for job in JOBS:
            with self.subTest(job=job):
                run(EVALUATOR, job, config, ranks=3)
                self.assertEqual(self.hashes("ranks", job), self.hashes("run", job))

    def test_killed_in_each_phase_and_started_again(self):
        numbers = random.Random(4)
        config = self.again("killed")
        for job in JOBS:
            with self.subTest(job=job):
                kill_and_start_again(self, job, config, numbers, KILLS, self.seconds[job], share=(0.3, 0.9), prompt=30)
                self.assertEqual(self.hashes("killed", job), self.hashes("run", job))
        self.assertEqual(temporaries(self.folder / "killed"), [])

    def test_verify_knows_them(self):
        for job in ANALYSED:
            with self.subTest(job=job):
                self.assertIn("whole", run(EVALUATOR, "verify", self.run_folder / job).out)
                self.again(f"damaged-{job}", job)
                shard = sorted((self.folder / f"damaged-{job}" / job / "shards").iterdir())[0]
                content = bytearray(shard.read_bytes())
                content[len(content) // 2] ^= 1
                shard.write_bytes(content)
                told = run(EVALUATOR, "verify", self.folder / f"damaged-{job}" / job, status=1).out
                self.assertIn(shard.name, told)
                shard.unlink()
                told = run(EVALUATOR, "verify", self.folder / f"damaged-{job}" / job, status=1).out
                self.assertIn(shard.name, told)

    def test_the_documentation_names_all_that_is_written(self):
        document = (SOURCE / "docs" / "analyses.md").read_text(encoding="utf-8")
        intro, *sections = document.split("\n## ")

        def names_of(facts):
            if isinstance(facts, dict):
                return set(facts).union(*map(names_of, facts.values()))
            return set().union(*map(names_of, facts)) if isinstance(facts, list) else set()

        for job in ANALYSED:
            with self.subTest(job=job):
                (section,) = (text for text in sections if text.startswith(f"{job}\n"))
                manifest = json.loads((self.run_folder / job / "manifest.json").read_text(encoding="utf-8"))
                written = set(manifest["attributes"]) - {f"{job}_key"}
                for file in manifest["files"]:
                    written |= set(file["attributes"])
                    with h5py.File(self.run_folder / job / file["name"]) as shard:
                        written |= set(shard.attrs) - {f"{job}_key"}
                        facts = json.loads(shard.attrs["facts"])
                        written |= names_of(facts)
                        written |= {re.sub(r"/.*", "/", name) for name in facts.get("read_outs", ())}
                        shard.visititems(lambda name, item: written.add(name.replace("results/", "", 1))
                                         if isinstance(item, h5py.Dataset) and not h5py.h5ds.is_scale(item.id) else None)
                self.assertEqual([name for name in sorted(written)
                                  if not re.search(f"`{re.escape(name)}" + ("" if name.endswith("/") else "`"),
                                                   f"{intro}{section}")], [])

    def test_status_tells_of_each(self):
        status = json.loads(run(EVALUATOR, "status", self.run_folder, "--json").out)
        self.assertEqual({job["kind"]: job["state"] for job in status}, {job: "finished" for job in JOBS})

    def test_a_dry_run_of_trigger_counts_what_it_writes(self):
        config = self.again("dry")
        before = files_of(self.folder / "dry")
        told = run(EVALUATOR, "trigger", config, "--dry-run").out
        self.assertEqual(files_of(self.folder / "dry"), before)
        for size in (3, 5):
            counts = [0, 0, 0, 0]
            for path in (self.run_folder / "trigger" / "shards").glob(f"size0{size}-*"):
                with h5py.File(path) as shard:
                    if "-direction-" not in path.name:
                        counts[0] += len(shard["results/level/seed"])
                        counts[1] += len(shard["results/state/level"])
            self.assertIn(f"size {size}: {counts[0]} levels, {counts[1]} states; to edit 8 levels, ", told)
        self.assertIn("8 units, ", told)
        parts = [run(EVALUATOR, "trigger", config, "--dry-run", "--part", f"{i}/2").out for i in (1, 2)]
        shown = [int(re.search(r"(\d+) states shown", text)[1]) for text in (told, *parts)]
        self.assertEqual(shown[0], shown[1] + shown[2])

    def test_trigger_tells_which_sizes_have_no_state(self):
        config = self.again("corner")
        job = run(EVALUATOR, "trigger", config, "--set", "trigger.placement=cell:4,4", status=2)
        self.assertIn("trigger has no state", job.err)
        job = run(EVALUATOR, "trigger", config, "--set", "trigger.placement=cell:2,2")
        self.assertIn("size 3: no state", job.err)
        self.assertNotIn("size 5: no state", job.err)
        self.assertIn("whole", run(EVALUATOR, "verify", self.folder / "corner" / "trigger").out)

    def questions(self, folder):
        rows = json.loads((pathlib.Path(folder) / "report" / "summary.json").read_text(encoding="utf-8"))
        return {row["id"]: row for row in rows if row["id"] in QUESTIONS}

    def test_the_report_answers_from_what_there_is(self):
        run(EVALUATOR, "report", self.config)
        whole = self.questions(self.run_folder)
        self.assertEqual(sorted(whole), QUESTIONS)
        config = self.again("little", "scan")
        run(EVALUATOR, "report", config)
        little = self.questions(self.folder / "little")
        self.assertEqual(sorted(little), QUESTIONS)
        for question in ("Q4", "Q6", "Q7", "Q9"):
            self.assertEqual(little[question]["finding"], "not applicable")
        self.assertNotEqual(whole["Q9"]["value"], little["Q9"]["value"])

    def test_what_users_get_wrong(self):
        # An analysis of another policy beside this scan, honest and with a manifest that lies.
        other = self.again("other")
        weights = self.folder / "other" / "policy.safetensors"
        weights.write_bytes(weights.read_bytes()[:-4] + struct.pack("<f", 0.25))
        run(EVALUATOR, "certify", other)
        config = self.again("mixed", "scan")
        shutil.copytree(self.folder / "other" / "certify", self.folder / "mixed" / "certify")
        manifest = self.folder / "mixed" / "certify" / "manifest.json"
        ours, theirs = (json.loads((self.folder / path / "manifest.json").read_text(encoding="utf-8"))["attributes"]
                        ["policy_hash"] for path in ("mixed/scan", "mixed/certify"))
        shard = sorted((self.folder / "mixed" / "scan" / "shards").iterdir())[0]
        aside = shard.rename(self.folder / "aside.h5")  # manifests tell it, before any shard is read
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), "certify", ours, theirs)
        aside.rename(shard)
        manifest.write_text(manifest.read_text(encoding="utf-8").replace(theirs, ours), encoding="utf-8")
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), "of another policy")
        self.assertIn("of another policy", run(EVALUATOR, "verify", manifest.parent, status=1).out)
        # An analysis that lost a shard, and one whose manifest lies.
        config = self.again("lost", "scan", "certify")
        shard = sorted((self.folder / "lost" / "certify" / "shards").iterdir())[0]
        shard.unlink()
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), shard.name)
        shutil.copy(sorted((self.run_folder / "certify" / "shards").iterdir())[1], shard)
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), shard.name)
        # Probes of a recording that is not there, or that lacks a layer.
        expect_user_error(self, Job(EVALUATOR, "probe", self.again("unrecorded")).wait(), "record")
        config = self.again("unprobed", "record")
        expect_user_error(self, Job(EVALUATOR, "probe", config, "--set", "probe.layers=[embedder.block1.maxpool]").wait(),
                          "embedder.block1.maxpool")
        # An edit that changes more than it may.
        expect_user_error(self, Job(EVALUATOR, "edit", config, "--set", "edit.fractions=[0.5]").wait(), "edit.fractions")
        # Weights that are no numbers.
        config = self.again("nan", "record")
        path = self.folder / "nan" / "policy.safetensors"
        path.write_bytes(path.read_bytes()[:-4] + struct.pack("<f", float("nan")))
        for job in ("edit", "trigger", "certify"):
            with self.subTest(job=job):
                expect_user_error(self, Job(EVALUATOR, job, config).wait(), str(path), "NaN")


if __name__ == "__main__":
    unittest.main()
