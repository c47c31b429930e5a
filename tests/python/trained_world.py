"""A small policy of one environment, trained with exact advantages and scanned: what the tests of all environments share."""
import h5py

from programs import EVALUATOR, TRAINER, expect_same_training, run, scan_hashes, temporary_folder

EXACT = "  advantages: exact\n  exact: {levels: 960}"
SAMPLED = "  steps: 10240"


class TrainedWorld:
    """Mixin for unittest.TestCase. CONFIG: the configuration, with {run} and {how}. `run_folder` holds the scanned policy,
    which tests must not change."""

    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.config = cls.write("exact", EXACT)
        cls.run_folder = cls.folder / "exact"
        run(TRAINER, cls.config)
        run(EVALUATOR, "scan", cls.config)

    @classmethod
    def write(cls, name, how):
        path = cls.folder / f"{name}.yaml"
        path.write_text(cls.CONFIG.format(run=cls.folder / name, how=how), encoding="utf-8")
        return path

    def shards(self):
        for path in sorted((self.run_folder / "scan" / "shards").iterdir()):
            with h5py.File(path) as shard:
                yield shard

    def test_stopped_and_resumed_it_ends_with_the_same_bits(self):
        for how, name in ((EXACT, "exact"), (SAMPLED, "sampled")):
            with self.subTest(name):
                if name == "sampled":
                    run(TRAINER, self.write(name, how))
                again = self.write(f"{name}-again", how)
                run(TRAINER, again, "--updates", 13)
                run(TRAINER, again, ranks=2)
                expect_same_training(self, self.folder / f"{name}-again", self.folder / name)

    def test_ranks_change_no_shard(self):
        config = self.write("ranks", EXACT)
        (self.folder / "ranks").mkdir()
        policy = self.run_folder / "policy.safetensors"
        (self.folder / "ranks" / policy.name).write_bytes(policy.read_bytes())
        run(EVALUATOR, "scan", config, ranks=2)
        self.assertEqual(scan_hashes(self.folder / "ranks"), scan_hashes(self.run_folder))
