"""All configurations of the repository load in all programs, and all dry runs accept them, even before training."""
import re
import unittest

from programs import EVALUATOR, SOURCE, TRAINER, Job, expect_user_error, files_of, job_names, registered_jobs, run, temporary_folder

JOBS = job_names()
MISSING_INPUT = {"probe": "still to be recorded"}  # in a dry run before training; others: to be trained
ONLY_PLANES = ("rationale",)  # refuse pictures
ONLY_MAZES = ("edit", "trigger", "certify", "sparsity", *ONLY_PLANES)  # refuse other environments
NO_OBJECTS = ("record", "probe")  # refuse environments whose levels have objects
ONLY_CELLS = ("scan", *NO_OBJECTS)  # refuse environments whose mouse moves by parts of a cell
OTHER_WORLDS = ("name: maze_cues", "name: keys_and_chests", "name: heist")
CONFIGS = sorted((SOURCE / "configs").glob("*.yaml"))


class Configs(unittest.TestCase):
    def test_all_programs_load_them(self):
        self.assertGreaterEqual(len(CONFIGS), 3)
        for config in CONFIGS:
            with self.subTest(config.name):
                for program, *job in ((TRAINER,), *((EVALUATOR, job) for job in (*JOBS, "report"))):
                    self.assertIn(f"run: runs/{config.stem}", run(program, *job, config, "--dump-config").out)

    def test_the_help_lists_every_job(self):
        text = " ".join(run(EVALUATOR, "--help").out.split())
        for job in registered_jobs():
            self.assertIn(f"mazescan-evaluator {job['name']} configs/quickstart.yaml {job['help']}", text)
        described = {word for word in re.findall(r"mazescan-evaluator ([\w-]+) configs/quickstart.yaml", text)}
        self.assertEqual(described, {*JOBS, "collect", "find-channels", "report"})

    def test_dry_runs_before_training(self):
        folder = temporary_folder()
        for config in CONFIGS:
            for job in JOBS:
                with self.subTest(config=config.name, job=job):
                    world = next((name for name in OTHER_WORLDS if name in config.read_text(encoding="utf-8")), None)
                    if world:
                        refusal = ("works only on mazes" if job in ONLY_MAZES else
                                   "moves by parts of a cell" if job in ONLY_CELLS and "heist" in world else
                                   "does not store" if job in NO_OBJECTS and "keys" in world else None)
                        if refusal:
                            dry_run = Job(EVALUATOR, job, config, "--dry-run", "--set", f"run={folder}").wait()
                            expect_user_error(self, dry_run, job, refusal)
                            continue
                        pictures = ()
                    else:  # procgen's pictures are not in the repository
                        pictures = ("--set", "environment.theme=mazescan")
                    if job in ONLY_PLANES and "observation: rgb" in config.read_text(encoding="utf-8"):
                        dry_run = Job(EVALUATOR, job, config, "--dry-run", "--set", f"run={folder}", *pictures).wait()
                        expect_user_error(self, dry_run, f"{job}: the policy was trained with 'observation: rgb'")
                        continue
                    output = run(EVALUATOR, job, config, "--dry-run", "--set", f"run={folder}", *pictures).out
                    self.assertRegex(output, r"\d+ units")
                    self.assertIn(MISSING_INPUT.get(job, "still to be trained"), output)
        self.assertEqual(files_of(folder), {})

    def test_dry_runs_open_the_pictures(self):
        folder = temporary_folder()
        for job in JOBS:
            if job in ONLY_PLANES:
                continue
            with self.subTest(job):
                dry_run = Job(EVALUATOR, job, SOURCE / "configs" / "published_easy.yaml", "--dry-run", "--set", f"run={folder}",
                              "--set", f"environment.assets={folder}/none").wait()
                expect_user_error(self, dry_run, f"no folder {folder}/none")

    def test_dry_runs_refuse_what_the_policy_or_the_recording_will_lack(self):
        folder = temporary_folder()
        for job, override, *expected in (
                ("scan", "scan.layers=[nope]", "'scan.layers' holds 'nope'", "no such layer"),
                ("scan", "scan.sizes=[27]", "'scan.sizes' holds 27", "sizes 3, 5, 7, 9"),
                ("record", "record.layers=[nope]", "'record.layers' holds 'nope'"),
                ("probe", "probe.layers=[nope]", "'probe.layers' holds nope", "'record.layers' does not"),
                ("probe", "probe.sizes=[27]", "'probe.sizes' holds 27", "'record.sizes' does not"),
                ("probe", "record.placements=[top_left]", "'record.placements' does not hold uniform"),
                ("probe", "record.layers=[nope]", "'record.layers' holds 'nope'"),
                ("edit", "edit.layers=[nope]", "'edit.layers' holds 'nope'"),
                ("edit", "edit.sizes=[27]", "'edit.sizes' holds 27"),
                ("trigger", "trigger.sizes=[27]", "'trigger.sizes' holds 27"),
                ("sparsity", "sparsity.sizes=[27]", "'sparsity.sizes' holds 27"),
                ("rationale", "rationale.sizes=[27]", "'rationale.sizes' holds 27"),
                ("rationale", "rationale.rates=[0.1,0.2]", "'rationale.rates'"),
                ("rationale", "environment.observation=rgb", "'observation: rgb'"),
                ("certify", "certify.sizes=[9]", "'certify.sizes'")):
            with self.subTest(job=job, override=override):
                dry_run = Job(EVALUATOR, job, SOURCE / "configs" / "quickstart.yaml", "--dry-run", "--set",
                              f"run={folder}", "--set", override).wait()
                expect_user_error(self, dry_run, *expected)
        self.assertEqual(files_of(folder), {})


if __name__ == "__main__":
    unittest.main()
