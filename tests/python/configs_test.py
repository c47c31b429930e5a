"""Every configuration of the repository is one for every job, although training it may take days."""
import unittest

from programs import EVALUATOR, SOURCE, TRAINER, Job, expect_user_error, files_of, run, temporary_folder

JOBS = ("scan", "record", "edit", "trigger", "certify")  # probe wants a recording
CONFIGS = sorted((SOURCE / "configs").glob("*.yaml"))


class Configs(unittest.TestCase):
    def test_they_load(self):
        self.assertGreaterEqual(len(CONFIGS), 3)
        for config in CONFIGS:
            with self.subTest(config.name):
                for program, *job in ((TRAINER,), *((EVALUATOR, job) for job in (*JOBS, "probe", "report"))):
                    self.assertIn(f"run: runs/{config.stem}", run(program, *job, config, "--dump-config").out)

    def test_dry_runs_before_training(self):
        folder = temporary_folder()
        for config in CONFIGS:
            for job in JOBS:
                with self.subTest(config=config.name, job=job):
                    told = run(EVALUATOR, job, config, "--dry-run", "--set", f"run={folder}").out
                    self.assertRegex(told, r"\d+ units")
                    if job != "edit":
                        self.assertIn("still to be trained", told)
            expect_user_error(self, Job(EVALUATOR, "probe", config, "--dry-run", "--set", f"run={folder}").wait(),
                              "policy.safetensors")
        self.assertEqual(files_of(folder), {})


if __name__ == "__main__":
    unittest.main()
