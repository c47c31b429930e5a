"""All jobs but rationale, which refuses pictures, work with a policy that observes procgen's frames, as they do with one that observes planes."""
import json
import unittest

import h5py

from finished_run import FinishedRun
from programs import EVALUATOR, Job, expect_user_error, job_names, replaced, run, write_analyses_config

JOBS = [job for job in job_names() if job != "rationale"]


class Rgb(FinishedRun, unittest.TestCase):
    jobs = JOBS

    @classmethod
    def write(cls, name):
        path = write_analyses_config(cls.folder / name, ("observation: planes", "observation: rgb"), ("steps: 5120", "steps: 512"),
                                     ("  levels: 24\n", "  levels: 8\n"))
        path.write_text(replaced(
            path.read_text(encoding="utf-8"), ("  levels: 120\n  chunk: 30\n", "  levels: 48\n  chunk: 12\n"),
            ("max_iterations: 10", "max_iterations: 2"), ("mask_steps: 4", "mask_steps: 1"), ("search_levels: 6", "search_levels: 3"),
            ("score_levels: 20", "score_levels: 4"), ("targets: 2", "targets: 1"),
            ("  chunk: 40\n", "  layouts: 6\n  chunk: 4\n")), encoding="utf-8")
        return path

    def test_results_pass_verify(self):
        for job in JOBS:
            with self.subTest(job=job):
                self.assertIn("whole", run(EVALUATOR, "verify", self.run_folder / job).out)

    def test_results_do_not_depend_on_ranks(self):
        config = self.clone_run("ranks")
        for job in JOBS:
            with self.subTest(job=job):
                run(EVALUATOR, job, config, ranks=2)
                self.assertEqual(self.hashes("ranks", job), self.hashes("run", job))

    def test_certificates_distinguish_facing(self):
        for path in (self.run_folder / "certify" / "shards").iterdir():
            with h5py.File(path) as shard:
                self.assertEqual(json.loads(shard.attrs["facts"])["faces"], 2)

    def test_rationale_refuses_pictures(self):
        for way in ((), ("--dry-run",)):
            expect_user_error(self, Job(EVALUATOR, "rationale", self.config, *way).wait(), "'observation: rgb'")

    def test_dry_runs(self):
        for job in JOBS:
            with self.subTest(job=job):
                self.assertIn(" units", run(EVALUATOR, job, self.config, "--dry-run").out)

    def test_the_report_answers_the_questions(self):
        run(EVALUATOR, "report", self.config)
        rows = json.loads((self.run_folder / "report" / "summary.json").read_text(encoding="utf-8"))
        findings = {row["id"]: row["finding"] for row in rows if "finding" in row}
        self.assertEqual(len([question for question in findings if "/" not in question]), 9)
        for question in ("Q4", "Q6", "Q7", "Q8", "Q9"):
            self.assertNotEqual(findings[question], "not applicable")


if __name__ == "__main__":
    unittest.main()
