"""Small trainings of three widths get a page about their scaling law; runs without a law are refused."""
import json
import re
import shutil
import unittest

import browser
from programs import EVALUATOR, EXACT, SOURCE, TRAINER, Job, expect_user_error, run, temporary_folder, write_config

WIDTHS = {"narrow": ("[2, 4]", "8"), "middle": ("[4, 8]", "16"), "wide": ("[8, 16]", "32")}


def width_changes(width, seed, **others):
    """Changes of the tiny configuration: exact training on all sizes from the start."""
    channels, fc = WIDTHS[width]
    return [*EXACT, ("[4, 8]", channels), ("fc: 16", f"fc: {fc}"), ("seed: 3", f"seed: {seed}"),
            ("    start: 3\n", f"    start: {others.get('start', 0)}\n"), ("world_dim: 5", f"world_dim: {others.get('world', 5)}"),
            ("[top_right, top_left, uniform]", "[top_right, top_left, bottom_right]")]


class Scaling(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.runs = []
        for width in WIDTHS:
            for seed in (1, 2):
                cls.runs.append(cls.train(f"{width}-{seed}", width_changes(width, seed)))
                run(EVALUATOR, "scan", f"{cls.runs[-1]}.yaml")

    @classmethod
    def train(cls, name, changes):
        run(TRAINER, write_config(cls.folder / name, *changes))
        return cls.folder / name

    def refused(self, runs, *fragments):
        out = self.folder / "refused"
        expect_user_error(self, Job(EVALUATOR, "scaling", out, *runs).wait(), *fragments)
        self.assertFalse(out.exists(), "nothing is written")

    def test_page_and_summary(self):
        law = self.folder / "law"
        job = run(EVALUATOR, "scaling", law, *self.runs)
        self.assertIn(str(law / "index.html"), job.err)
        summary = json.loads((law / "summary.json").read_text(encoding="utf-8"))
        self.assertEqual(summary["counted"], "all")
        parameters = {point["parameters"] for point in summary["points"]}
        described = [json.loads(run(EVALUATOR, "describe", path / "policy.safetensors").out)["parameters"] for path in self.runs]
        self.assertEqual(parameters, set(described))
        for point in summary["points"]:
            self.assertTrue(0.005 < point["success"] < 0.995)
        self.assertEqual([number["id"] for number in summary["law"]][:3], ["alpha_parameters", "alpha_interactions", "beta"])
        page = (law / "index.html").read_text(encoding="utf-8")
        self.assertIn("To the top-right corner and never to the cheese", page)
        again = self.folder / "again"
        run(EVALUATOR, "scaling", again, *self.runs)
        self.assertEqual((again / "index.html").read_bytes(), (law / "index.html").read_bytes())

    def test_parameters_of_convolutions(self):
        law = self.folder / "convolutions"
        run(EVALUATOR, "scaling", law, *self.runs, "--parameters", "convolutions")
        summary = json.loads((law / "summary.json").read_text(encoding="utf-8"))
        widths = {2: 4, 4: 8, 8: 16}
        convolutions = {9 * (3 * a + 2 * a * a + a * b + 2 * b * b) + 3 * a + 3 * b for a, b in widths.items()}
        self.assertEqual({point["parameters"] for point in summary["points"]}, convolutions)

    def test_page_in_a_browser(self):
        browser.require_browser(unittest.SkipTest)
        law = self.folder / "drawn"
        run(EVALUATOR, "scaling", law, *self.runs)
        text, console = browser.browse(law / "index.html", "--window-size=1280,900")
        page = browser.Page(text)
        self.assertEqual(console, [])
        self.assertEqual(page.root.get("data-drawn"), "yes")
        self.assertEqual(page.bad, [])
        self.assertEqual(set(page.figures), {f"scaling-{i + 1}" for i in range(6)})
        for name, figure in page.figures.items():
            self.assertGreater(figure["shapes"], 5, name)
        visible = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)
        self.assertNotRegex(visible, r"\bNaN\b|\bundefined\b|\[object|not measured")
        script = ("const { y, marks } = verticalAxis({ y: { scale: 'log' } }, [{ value: 1 }, { value: 1000 }], 0, 100);"
                  "note([y(1) - y(10), y(10) - y(100), y(100) - y(1000), marks]);")
        (first, second, third, marks), _ = browser.evaluate_within((law / "index.html").read_text(encoding="utf-8"), script)
        self.assertGreater(first, 20)
        self.assertAlmostEqual(first, second)
        self.assertAlmostEqual(second, third)
        self.assertEqual(marks, [1, 10, 100, 1000])

    def test_runs_without_a_law(self):
        self.refused(self.runs[:1], "sizes of networks: 1", "at least 3")
        self.refused(self.runs[:4], "sizes of networks: 2", "at least 3")
        self.refused([*self.runs, shutil.copytree(self.runs[0], self.folder / "copy")], "are the same policy")
        self.refused([*self.runs, self.folder / "nowhere"], "nowhere/policy.safetensors", "No such file")
        other = self.train("other", width_changes("wide", 3, world=7))
        self.refused([*self.runs, other], "differ in 'environment.world_dim'")
        silent = shutil.copytree(self.runs[5], self.folder / "silent")
        (silent / "metrics.jsonl").unlink()
        self.refused([*self.runs[:5], silent], "silent: there are no metrics")

    def test_a_curriculum_is_refused(self):
        runs = [self.train(f"curriculum-{width}", width_changes(width, 4, start=3)) for width in WIDTHS]
        self.refused(runs, "its levels became larger during the training", "train.curriculum.start=0")

    def test_the_variants_are_five_widths_of_the_baseline(self):
        lines = [line.split(":", 1) for line in (SOURCE / "configs/scaling_variants.txt").read_text(encoding="utf-8").splitlines()
                 if line and not line.startswith("#")]
        self.assertEqual(lines[0][0], "jobs")
        rates = {}
        for _, changes in lines[1:]:
            sets = [argument for change in changes.split() for argument in ("--set", change)]
            fc, rate = (float(run(TRAINER, SOURCE / "configs/sparse.yaml", *sets, "--print", key).out)
                        for key in ("network.fc", "train.ppo.learning_rate.from"))
            rates[fc] = rate
        self.assertEqual(sorted(rates), [16, 32, 64, 128, 256])
        for fc, rate in rates.items():
            self.assertAlmostEqual(rate * (fc / 64) ** 0.5 / 4e-3, 1, delta=0.01)


if __name__ == "__main__":
    unittest.main()
