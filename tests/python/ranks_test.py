"""Trainings and scans have the same bits on any number of ranks."""
import shutil
import unittest

from programs import (EVALUATOR, EXACT, REPLAY, TRAINER, UNITS, UPDATES, expect_same_training, metrics, run, scan_hashes,
                      temporary_folder, write_config)


class Ranks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.one = cls.folder / "one"
        run(TRAINER, write_config(cls.one))

    def test_training(self):
        self.assertEqual(len(metrics(self.one)), UPDATES)
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                folder = self.folder / f"train{ranks}"
                run(TRAINER, write_config(folder), ranks=ranks)
                expect_same_training(self, folder, self.one)

    def test_exact_training(self):
        one = self.folder / "exact1"
        run(TRAINER, write_config(one, *EXACT))
        self.assertEqual(len(metrics(one)), UPDATES)
        first, *_, last = (line["success"]["3"] for line in metrics(one) if "3" in line["success"])
        self.assertGreater(last, first + 0.2, "it learned nothing")
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                folder = self.folder / f"exact{ranks}"
                run(TRAINER, write_config(folder, *EXACT), ranks=ranks)
                expect_same_training(self, folder, one)

    def test_replayed_levels(self):
        one = self.folder / "replay1"
        run(TRAINER, write_config(one, *REPLAY))
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                folder = self.folder / f"replay{ranks}"
                run(TRAINER, write_config(folder, *REPLAY), ranks=ranks)
                expect_same_training(self, folder, one)

    def test_scan(self):
        config = write_config(self.one)
        run(EVALUATOR, "scan", config)
        hashes = scan_hashes(self.one)
        self.assertEqual(len(hashes), UNITS)
        self.assertEqual(len(set(hashes.values())), UNITS, "two units hold the same data")
        for ranks in (2, 3, 4):
            with self.subTest(ranks=ranks):
                folder = self.folder / f"scan{ranks}"
                folder.mkdir()
                shutil.copy(self.one / "policy.safetensors", folder)
                run(EVALUATOR, "scan", write_config(folder), ranks=ranks)
                self.assertEqual(scan_hashes(folder), hashes)

    def test_another_seed_gives_other_hashes(self):
        """Checks that the comparisons above can fail."""
        folder = self.folder / "other"
        folder.mkdir()
        shutil.copy(self.one / "policy.safetensors", folder)
        fewer = [("levels: 24", "levels: 8")]
        run(EVALUATOR, "scan", write_config(folder, ("seed: 3", "seed: 4"), *fewer))
        mine = scan_hashes(folder)
        other = self.folder / "same"
        other.mkdir()
        shutil.copy(self.one / "policy.safetensors", other)
        run(EVALUATOR, "scan", write_config(other, *fewer))
        self.assertEqual(sorted(mine), sorted(scan_hashes(other)))
        self.assertFalse(set(mine.values()) & set(scan_hashes(other).values()))


if __name__ == "__main__":
    unittest.main()
