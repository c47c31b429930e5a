"""An interrupted training ends with the same bits as an uninterrupted one, on any number of ranks."""
import json
import shutil
import signal
import unittest

from programs import (EXACT, REPLAY, STOPPED, TIME_FIELDS, TRAINER, UPDATES, Job, checkpoints, edit_json, expect_same_training, expect_user_error,
                      metrics, metrics_without_times, run, temporary_folder, write_config, written_lines)


def flip_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


# Kinds of damage to the newest checkpoint: functions of its folder, by name.
DAMAGES = {
    "a flipped byte in the weights": lambda c: flip_byte(c / "policy.safetensors"),
    "a flipped byte in the streams": lambda c: flip_byte(c / "streams.bin"),
    "a truncated blob": lambda c: (c / "optimiser.safetensors").write_bytes(
        (c / "optimiser.safetensors").read_bytes()[:-100]),
    "a deleted blob": lambda c: (c / "environments.bin").unlink(),
    "an empty manifest": lambda c: (c / "manifest.json").write_bytes(b""),
    "no manifest": lambda c: (c / "manifest.json").unlink(),
    "a manifest of another step": lambda c: edit_json(c / "manifest.json", lambda manifest: manifest["attributes"].update(step=7)),
}


class Resume(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.reference = cls.folder / "reference"
        run(TRAINER, write_config(cls.reference))
        if [c.name for c in checkpoints(cls.reference)] != ["00000012", "00000016", "00000020"]:
            raise AssertionError("the reference's checkpoints: " + str(checkpoints(cls.reference)))
        cls.begun = cls.folder / "begun"  # 12 updates: checkpoints 4, 8 and 12
        run(TRAINER, write_config(cls.begun), "--updates", 12)

    def new_run(self, name):
        """Returns the path of a new run directory, and its configuration."""
        return self.folder / name, write_config(self.folder / name)

    def copy_of_begun(self, name):
        folder, config = self.new_run(name)
        shutil.copytree(self.begun, folder)
        return folder, config

    def test_the_comparison_can_fail(self):
        self.assertEqual([line["update"] for line in metrics(self.reference)], list(range(1, UPDATES + 1)))
        for field in ("gradient_norm", "explained_variance"):
            self.assertEqual(len({line[field] for line in metrics(self.reference)}), UPDATES, field)
        for term in ("policy_loss", "value_loss", "entropy"):
            self.assertEqual(len({line["loss"][term] for line in metrics(self.reference)}), UPDATES, term)
        self.assertGreater(metrics(self.reference)[-1]["largest_size"], metrics(self.reference)[0]["largest_size"])
        folder = self.folder / "other-seed"
        run(TRAINER, write_config(folder, ("seed: 3", "seed: 4")), "--updates", 1)
        self.assertNotEqual(metrics_without_times(folder)[0], metrics_without_times(self.reference)[0])

    def test_a_checkpoint_names_what_made_it(self):
        about = json.loads((checkpoints(self.reference)[-1] / "manifest.json").read_text(encoding="utf-8"))["about"]
        versions = json.loads(run(TRAINER, "--version", "--json").out)
        for library in ("libtorch", "CUDA", "MPI", "NCCL", "compiler"):
            self.assertEqual(about[library], versions[library])
        self.assertEqual(about["code"], "{version} ({commit})".format(**versions))
        self.assertEqual((about["program"], about["learners"], about["workers_per_learner"]), ("mazescan-trainer", 1, 0))
        self.assertLessEqual({"host", "system", "processor", "memory", "time"}, set(about))

    def test_exact_training_resumes(self):
        for name, changes in {"exact": EXACT, "replay": REPLAY}.items():
            with self.subTest(name):
                reference, folder = self.folder / name, self.folder / f"{name}-resumed"
                run(TRAINER, write_config(reference, *changes))
                config = write_config(folder, *changes)
                run(TRAINER, config, "--updates", 9, ranks=2)
                run(TRAINER, config)
                expect_same_training(self, folder, reference)

    def test_resumes_on_another_number_of_ranks(self):
        for name, first, second in (("1-1", 1, 1), ("2-4", 2, 4), ("1-2", 1, 2)):
            with self.subTest(name):
                folder, config = self.new_run(name)
                run(TRAINER, config, "--updates", 10, ranks=first)
                self.assertEqual(checkpoints(folder)[-1].name, "00000010", "the checkpoint of the stop")
                self.assertFalse((folder / "policy.safetensors").exists())
                half = metrics_without_times(folder)
                run(TRAINER, config, "--updates", 10, ranks=second)
                self.assertEqual(metrics_without_times(folder)[:10], half, "earlier lines changed")
                self.expect_same_end(folder)
                seconds = [line["seconds"] for line in metrics(folder)]
                self.assertEqual(seconds, sorted(seconds), "the time went back at the restart")
                self.assertLessEqual(set(TIME_FIELDS), set(metrics(folder)[0]))

    def expect_same_end(self, folder):
        """Compares as expect_same_training, except that checkpoints of stops may have replaced older ones."""
        for checkpoint in checkpoints(folder):
            if not (self.reference / "checkpoints" / checkpoint.name).exists():
                shutil.rmtree(checkpoint)
        self.assertEqual(checkpoints(folder)[-1].name, "00000020")
        for checkpoint in checkpoints(self.reference):
            if not (folder / "checkpoints" / checkpoint.name).exists():
                shutil.copytree(checkpoint, folder / "checkpoints" / checkpoint.name)
        expect_same_training(self, folder, self.reference)

    def test_stops_at_a_signal_and_resumes(self):
        for name, number, ranks in (("usr2", signal.SIGUSR2, 1), ("term", signal.SIGTERM, 1),
                                    ("int", signal.SIGINT, 1), ("usr2-2-ranks", signal.SIGUSR2, 2)):
            with self.subTest(name):
                folder, config = self.new_run(name)
                job = Job(TRAINER, config, ranks=ranks)
                job.wait_until(lambda: written_lines(folder / "metrics.jsonl") >= 3, "the third update")
                job.send(number)
                job.wait()
                self.assertEqual(job.status, STOPPED, job.err)
                done = len(metrics(folder))
                self.assertLess(done, UPDATES, "stopped before the end")
                self.assertEqual(checkpoints(folder)[-1].name, f"{done:08}", "the checkpoint of the stop")
                self.assertIn(f"stopped at update {done} of {UPDATES}", job.err)
                self.assertFalse((folder / "policy.safetensors").exists())
                resumed = run(TRAINER, config, ranks=ranks)
                self.assertIn(f"update {done} of {UPDATES}", resumed.err)
                self.expect_same_end(folder)

    def test_damaged_newest_checkpoint_is_skipped(self):
        for number, (name, damage) in enumerate(DAMAGES.items()):
            with self.subTest(name):
                folder, config = self.copy_of_begun(f"damaged{number}")
                newest = checkpoints(folder)[-1]
                damage(newest)
                job = run(TRAINER, config)
                warnings = [line for line in job.err.splitlines() if "warning" in line]
                self.assertEqual(len(warnings), 1, job.err)
                self.assertIn(str(newest), warnings[0])
                self.assertIn("update 8 of 20", job.err)
                expect_same_training(self, folder, self.reference)

    def test_two_damaged_checkpoints_on_two_ranks(self):
        folder, config = self.copy_of_begun("damaged-two")
        for checkpoint in checkpoints(folder)[-2:]:
            flip_byte(checkpoint / "environments.bin")
        job = run(TRAINER, config, ranks=2)
        self.assertEqual(job.err.count("warning"), 2, "only one rank warns of each\n" + job.err)
        self.assertIn("update 4 of 20", job.err)
        expect_same_training(self, folder, self.reference)

    def test_all_checkpoints_damaged_is_an_error(self):
        folder, config = self.copy_of_begun("damaged-all")
        for checkpoint in checkpoints(folder):
            flip_byte(checkpoint / "policy.safetensors")
        lines = (folder / "metrics.jsonl").read_bytes()
        job = Job(TRAINER, config).wait()
        expect_user_error(self, job, str(folder / "checkpoints"))
        self.assertEqual((folder / "metrics.jsonl").read_bytes(), lines)

    def test_changed_configuration_is_refused(self):
        folder, config = self.copy_of_begun("changed")
        kept = (folder / "config.yaml").read_bytes()
        for key, value in (("train.ppo.gamma", "0.9"), ("train.ppo.learning_rate.to", "1e-3"), ("seed", "4"),
                           ("network.fc", "32"), ("train.loss.weight_l2.to", "0.1"), ("train.partitions", "2"), ("environment.reward", "2"),
                           ("train.steps", "51200"), ("train.curriculum.start", "5")):
            with self.subTest(key):
                expect_user_error(self, Job(TRAINER, config, "--set", f"{key}={value}").wait(), f"'{key}'")
                self.assertEqual((folder / "config.yaml").read_bytes(), kept)
                self.assertEqual(len(metrics(folder)), 12)

    def test_settings_without_effect_on_the_training_may_change(self):
        folder, config = self.copy_of_begun("frequent")
        run(TRAINER, config, "--set", "train.checkpoint.every=3", "--set", "train.threads=2",
            "--set", "train.device=auto")
        self.expect_same_end(folder)

    def test_a_finished_training_is_not_changed(self):
        folder, config = self.new_run("finished")
        shutil.copytree(self.reference, folder)
        run(TRAINER, config)
        expect_same_training(self, folder, self.reference)
        (folder / "policy.safetensors").unlink()  # killed between the last checkpoint and the policy
        run(TRAINER, config)
        expect_same_training(self, folder, self.reference)

    def test_missing_checkpoints_are_reported(self):
        """Without any checkpoint, the training of metrics.jsonl starts over."""
        folder, config = self.copy_of_begun("lost-checkpoints")
        shutil.rmtree(folder / "checkpoints")
        job = run(TRAINER, config, ranks=2)
        warnings = [line for line in job.err.splitlines() if "warning" in line]
        self.assertEqual(len(warnings), 1, job.err)
        self.assertIn(f"{folder / 'metrics.jsonl'}: there is no checkpoint to resume from", warnings[0])
        expect_same_training(self, folder, self.reference)

    def test_an_incomplete_line_of_metrics_is_replaced(self):
        folder, config = self.copy_of_begun("half-line")
        with (folder / "metrics.jsonl").open("ab") as file:
            file.write(b'{"update": 13, "st')
        run(TRAINER, config)
        expect_same_training(self, folder, self.reference)


if __name__ == "__main__":
    unittest.main()
