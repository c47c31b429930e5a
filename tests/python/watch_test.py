"""What watches over jobs, and what jobs leave to be watched: status, TensorBoard's events, locks, stopped scans and scans
in parts."""
import json
import os
import pathlib
import shutil
import signal
import struct
import unittest
import unittest.mock

from programs import (EVALUATOR, SOURCE, STOPPED, TRAINER, UNITS, UPDATES, Job, checkpoints, expect_user_error, metrics,
                      run, scan_hashes, shard_of, temporary_folder, write_config, write_record_config, written_lines)

LONG = (("steps: 5120", "steps: 5120000"),)  # 20000 updates: it is stopped or killed
MANY = (("levels: 24", "levels: 6000"), ("block: 8", "block: 500"))
MANY_UNITS = 72


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(data, position):
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def protobuf(data):
    """(field number, value) of a message; values of length-delimited fields are bytes."""
    position = 0
    while position < len(data):
        key, position = varint(data, position)
        if key & 7 == 0:
            value, position = varint(data, position)
        elif key & 7 == 2:
            length, position = varint(data, position)
            value, position = data[position:position + length], position + length
        else:
            form, length = {1: ("<d", 8), 5: ("<f", 4)}[key & 7]
            (value,), position = struct.unpack_from(form, data, position), position + length
        yield key >> 3, value


def events_of(run_folder):
    """(step, {tag: value}) of each event, every checksum checked; the first says the format's version."""
    data = (run_folder / "events.out.tfevents").read_bytes()
    position, events = 0, []
    while position < len(data):
        (length, crc) = struct.unpack_from("<QI", data, position)
        body = data[position + 12:position + 12 + length]
        (body_crc,) = struct.unpack_from("<I", data, position + 12 + length)
        if crc != masked(data[position:position + 8]) or body_crc != masked(body):
            raise AssertionError(f"a wrong checksum at byte {position}")
        events.append(dict(protobuf(body)))
        position += 16 + length
    if events[0][3] != b"brain.Event:2":
        raise AssertionError(f"the first event: {events[0]}")
    values = []
    for event in events[1:]:
        scalars = [dict(protobuf(value)) for number, value in protobuf(event[5]) if number == 1]
        values.append((event[2], {scalar[1].decode(): scalar[2] for scalar in scalars}))
    return values


def status(program, folder):
    told = json.loads(run(program, "status", folder, "--json").out)
    return told[0] if program == EVALUATOR and len(told) == 1 else told


class Watch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.reference = cls.folder / "reference"
        config = write_config(cls.reference)
        run(TRAINER, config)
        run(EVALUATOR, "scan", config)
        cls.many = cls.with_policy("many")
        run(EVALUATOR, "scan", write_config(cls.many, *MANY), ranks=2)

    @classmethod
    def with_policy(cls, name):
        folder = cls.folder / name
        folder.mkdir()
        shutil.copy(cls.reference / "policy.safetensors", folder)
        return folder

    def begin(self, name, ranks=1):
        """A long training that is under way."""
        folder = self.folder / name
        job = Job(TRAINER, write_config(folder, *LONG), ranks=ranks)
        job.wait_until(lambda: written_lines(folder / "metrics.jsonl") >= 10, "the tenth update")
        return folder, job

    # TensorBoard

    def assert_events_tell_the_metrics(self, folder):
        lines, events = metrics(folder), events_of(folder)
        self.assertEqual([step for step, _ in events], [line["steps"] for line in lines])
        for line, (_, values) in zip(lines, events):
            expected = {f"training/{key}": value for key, value in line.items()
                        if not isinstance(value, dict) and key not in ("update", "steps")}
            for key in ("success", "episodes", "steps_over_optimal"):
                expected.update({f"{key}/{size}": value for size, value in line[key].items()})
            self.assertEqual(sorted(values), sorted(expected))
            for tag, value in expected.items():
                self.assertAlmostEqual(values[tag], value, delta=1e-6 * max(1, abs(value)), msg=tag)

    def test_events_tell_the_metrics(self):
        self.assertEqual(len(events_of(self.reference)), UPDATES)
        self.assert_events_tell_the_metrics(self.reference)

    def test_no_step_stands_twice_after_a_kill(self):
        folder = self.folder / "killed"
        config = write_config(folder)
        run(TRAINER, config, "--updates", 9)
        shutil.rmtree(checkpoints(folder)[-1])  # killed after update 9, the last checkpoint is of update 8
        with (folder / "events.out.tfevents").open("ab") as file:
            file.write(b"half an event")
        run(TRAINER, config)
        self.assertEqual(len(events_of(folder)), UPDATES)
        self.assert_events_tell_the_metrics(folder)

    # Status

    def test_status_of_a_finished_training(self):
        told = status(TRAINER, self.reference)
        self.assertEqual((told["state"], told["updates"], told["updates_in_all"], told["holder"]),
                         ("finished", UPDATES, UPDATES, None))
        self.assertEqual((told["steps"], told["steps_in_all"], told["seconds_left"]), (5120, 5120, 0))
        self.assertGreater(told["steps_per_second"], 0)
        self.assertEqual([size["size"] for size in told["success"]], [3, 5])
        self.assertEqual([checkpoint["damage"] for checkpoint in told["checkpoints"]], [None] * 3)
        self.assertIn("20 of 20 (100 %)", run(TRAINER, "status", self.reference).out)

    def test_status_of_a_training_begun_anew_beside_an_old_policy(self):
        folder = self.with_policy("anew")
        config = write_config(folder)
        run(TRAINER, config, "--updates", 4)
        told = status(TRAINER, folder)
        self.assertEqual((told["state"], told["updates"]), ("stopped", 4))
        (folder / "metrics.jsonl").unlink()
        self.assertEqual(status(TRAINER, folder)["updates"], 4, "as the newest checkpoint says")

    def test_a_signal_in_the_first_moment_is_kept(self):
        def catches():
            caught = pathlib.Path(f"/proc/{job.process.pid}/status").read_text(encoding="utf-8").split("SigCgt:")[1].split()[0]
            return int(caught, 16) >> (signal.SIGUSR2 - 1) & 1

        for program, arguments in ((TRAINER, ()), (EVALUATOR, ("scan",))):
            folder = self.with_policy(f"early-{program}")
            job = Job(program, *arguments, write_config(folder, *(LONG if program == TRAINER else MANY)))
            job.wait_until(catches, "a handler")
            job.send(signal.SIGUSR2)
            self.assertEqual(job.wait().status, STOPPED, job.err)

    def test_status_of_a_running_and_a_stopped_training(self):
        folder, job = self.begin("running")
        told = status(TRAINER, folder)
        self.assertEqual(told["state"], "running")
        self.assertIn(f"host {os.uname().nodename}, process {job.process.pid}", told["holder"])
        self.assertGreater(told["seconds_left"], 0)
        self.assertLess(told["written_seconds_ago"], 60)
        self.assertIn("running", run(TRAINER, "status", folder).out)
        job.send(signal.SIGUSR2)
        self.assertEqual(job.wait().status, STOPPED, job.err)
        newest = checkpoints(folder)[-1]
        (newest / "counters.bin").write_bytes(b"")
        told = status(TRAINER, folder)
        self.assertEqual((told["state"], told["holder"]), ("stopped", None))
        self.assertEqual([c["name"] for c in told["checkpoints"] if c["damage"]], [newest.name])
        self.assertIn("DAMAGED", run(TRAINER, "status", folder).out)
        (folder / "metrics.jsonl").unlink()
        self.assertEqual(status(TRAINER, folder)["updates"], int(newest.name))

    def test_status_of_a_scan(self):
        told = status(EVALUATOR, self.reference)
        self.assertEqual((told["state"], told["units"], told["units_in_all"]), ("finished", UNITS, UNITS))
        self.assertEqual(status(EVALUATOR, self.reference / "scan")["units"], UNITS)
        folder = self.folder / "scanned"
        shutil.copytree(self.reference, folder)
        shards = sorted((folder / "scan" / "shards").glob("*.h5"))
        shards[0].write_bytes(b"no shard")
        shards[1].unlink()
        told = status(EVALUATOR, folder)
        self.assertEqual((told["state"], told["units"]), ("stopped", UNITS - 2))
        self.assertEqual([shard["file"] for shard in told["damaged"]], [shards[0].name])
        self.assertIn("DAMAGED", run(EVALUATOR, "status", folder).out)

    def test_status_of_all_jobs_of_a_run(self):
        """A scan and a recording, one of them half done; then with a plan that is damaged."""
        folder = self.folder / "jobs"
        shutil.copytree(self.reference, folder)
        run(EVALUATOR, "record", write_record_config(folder), "--part", "1/2")
        recording, scan = status(EVALUATOR, folder)
        self.assertEqual((recording["kind"], recording["state"], recording["units"], recording["units_in_all"]),
                         ("record", "stopped", 6, 12))
        self.assertEqual((scan["kind"], scan["state"], scan["units"]), ("scan", "finished", UNITS))
        self.assertEqual(status(EVALUATOR, folder / "record"), {**recording, "written_seconds_ago": unittest.mock.ANY})
        told = run(EVALUATOR, "status", folder).out
        self.assertIn("units      6 of 12 (50 %)", told)
        self.assertIn(f"units      {UNITS} of {UNITS} (100 %)", told)
        run(EVALUATOR, "record", write_record_config(folder), "--part", "2/2")
        self.assertEqual(status(EVALUATOR, folder / "record")["state"], "finished")
        shutil.copy(shard_of(folder / "record", "size05-uniform-000"), folder / "scan/shards/size05-uniform-000.h5")
        (folder / "record" / "plan.json").write_text("{", encoding="utf-8")
        recording, scan = status(EVALUATOR, folder)
        self.assertEqual((recording["state"], [f["file"] for f in recording["damaged"]]), ("unknown", ["plan.json"]))
        self.assertEqual((scan["state"], scan["units"]), ("stopped", UNITS - 1))
        self.assertEqual([f["file"] for f in scan["damaged"]], ["size05-uniform-000.h5"])
        self.assertEqual(run(EVALUATOR, "status", folder).out.count("DAMAGED"), 2)

    def test_status_of_a_training_whose_configuration_is_damaged(self):
        folder = self.folder / "misconfigured"
        shutil.copytree(self.reference, folder)
        (folder / "config.yaml").write_text("train: [", encoding="utf-8")
        told = status(TRAINER, folder)
        self.assertEqual((told["state"], told["updates"], told["updates_in_all"]), ("unknown", 20, None))
        self.assertIn("config.yaml", told["config_damage"])
        text = run(TRAINER, "status", folder).out
        self.assertIn("updates      20\n", text)
        self.assertIn("DAMAGED", text)

    def test_a_part_without_units_says_so(self):
        folder = self.with_policy("part-of-nothing")
        job = run(EVALUATOR, "scan", write_config(folder), "--part", f"{UNITS + 1}/{UNITS + 1}")
        self.assertIn(f"part {UNITS + 1} of {UNITS + 1} has no units: there are {UNITS} in all", job.err)
        job = run(EVALUATOR, "scan", write_config(folder), "--part", f"{UNITS}/{UNITS}")
        self.assertNotIn("no units", job.err)

    def test_status_of_nothing(self):
        for program in (TRAINER, EVALUATOR):
            for folder in (self.folder / "nowhere", self.folder):
                expect_user_error(self, Job(program, "status", folder).wait(), str(folder), "runs/quickstart")

    def test_dry_run(self):
        told = run(EVALUATOR, "scan", write_config(self.many, *MANY), "--dry-run").out
        self.assertIn(f"{MANY_UNITS} units, {2 * MANY_UNITS * 500} rollouts", told)
        number, unit = told.split("about ")[1].split(" ")[:2]
        most = float(number) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
        real = sum(path.stat().st_size for path in (self.many / "scan" / "shards").iterdir())
        self.assertLess(real, most)
        self.assertGreater(real, most / 10, "an estimate, not a horizon")
        untrained = write_config(self.folder / "untrained", *MANY)
        told_before = run(EVALUATOR, "scan", untrained, "--dry-run", "--part", "2/3").out
        self.assertIn(f"{MANY_UNITS // 3} units", told_before)
        self.assertIn("still to be trained", told_before)
        self.assertFalse((self.folder / "untrained").exists())
        for config in sorted((SOURCE / "configs").glob("*.yaml")):  # what is shipped can be estimated
            self.assertIn(" units, ", run(EVALUATOR, "scan", config, "--dry-run").out)

    # Locks

    def test_two_trainings_of_one_run(self):
        folder, job = self.begin("twice", ranks=2)
        config = write_config(folder, *LONG)
        for ranks in (1, 2):
            before = written_lines(folder / "metrics.jsonl")
            second = Job(TRAINER, config, ranks=ranks).wait()
            expect_user_error(self, second, f"the run directory {folder} is in use", f"host {os.uname().nodename}",
                              "process", "wait until that job has ended")
            self.assertGreaterEqual(written_lines(folder / "metrics.jsonl"), before)
        patient = Job(TRAINER, config, "--wait", 60, "--updates", 1)
        patient.wait_until(lambda: "waiting for" in patient.read()[1], "the waiting")
        job.kill()
        self.assertEqual(patient.wait().status, 0, patient.err)

    def test_scans_with_the_same_units(self):
        folder = self.with_policy("scan-twice")
        config = write_config(folder, *MANY)
        job = Job(EVALUATOR, "scan", config, "--part", "1/2")
        job.wait_until(lambda: list((folder / "scan" / "shards").glob("*.h5")), "a shard")
        job.send(signal.SIGSTOP)  # it stays at work as long as this takes
        expect_user_error(self, Job(EVALUATOR, "scan", config, "--part", "1/2").wait(), "part 1 of 2 is in use")
        for other in ("2/3", "1/1"):
            for ranks in (1, 2):
                expect_user_error(self, Job(EVALUATOR, "scan", config, "--part", other, ranks=ranks).wait(),
                                  f"{folder / 'scan'}, part 1 of 2 (with units of this job) is in use",
                                  f"process {job.process.pid}", "wait until that job has ended")
        run(EVALUATOR, "scan", config, "--part", "2/2", timeout=240)
        patient = Job(EVALUATOR, "scan", config, "--wait", 240)
        patient.wait_until(lambda: "waiting for" in patient.read()[1], "the waiting")
        job.send(signal.SIGCONT)
        self.assertEqual(job.wait().status, 0, job.err)
        self.assertEqual(patient.wait().status, 0, patient.err)
        self.assertEqual(scan_hashes(folder), scan_hashes(self.many))

    # Scans that are stopped, and in parts

    def test_a_stopped_scan_goes_on(self):
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                folder = self.with_policy(f"stopped{ranks}")
                config = write_config(folder, *MANY)
                job = Job(EVALUATOR, "scan", config, ranks=ranks)
                job.wait_until(lambda: len(list((folder / "scan" / "shards").glob("*.h5"))) >= 5, "five shards")
                self.assertEqual(status(EVALUATOR, folder)["state"], "running")
                job.send(signal.SIGUSR2)
                self.assertEqual(job.wait().status, STOPPED, job.err)
                self.assertIn(f"of {MANY_UNITS} units", job.err)
                self.assertFalse((folder / "scan" / "manifest.json").exists())
                told = status(EVALUATOR, folder)
                self.assertEqual(told["state"], "stopped")
                self.assertGreater(told["seconds_left"], 0)
                run(EVALUATOR, "scan", config, ranks=ranks)
                self.assertEqual(scan_hashes(folder), scan_hashes(self.many))

    def test_parts_make_a_whole(self):
        folder = self.with_policy("parts")
        config = write_config(folder)
        for part in ("3/3", "1/3", "1/3"):
            run(EVALUATOR, "scan", config, "--part", part)
            self.assertFalse((folder / "scan" / "manifest.json").exists())
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), "not finished")
        run(EVALUATOR, "scan", config, "--part", "2/3", ranks=2)
        self.assertEqual(scan_hashes(folder), scan_hashes(self.reference))
        for part in ("0/3", "4/3", "2", "a/b", "1/2/3", "-1/3"):
            expect_user_error(self, Job(EVALUATOR, "scan", config, f"--part={part}").wait(), "--part", "3/8")

    def test_another_version_does_not_go_on(self):
        folder = self.folder / "versions"
        shutil.copytree(self.reference, folder)
        plan = folder / "scan" / "plan.json"
        told = json.loads(plan.read_text(encoding="utf-8"))
        told["attributes"]["code"] = "0.0.9 (cafe)"
        plan.write_text(json.dumps(told), encoding="utf-8")
        run(EVALUATOR, "scan", write_config(folder))  # nothing is missing, so nothing is mixed
        next((folder / "scan" / "shards").glob("*.h5")).unlink()
        for ranks in (1, 2):
            expect_user_error(self, Job(EVALUATOR, "scan", write_config(folder), ranks=ranks).wait(),
                              "was begun by mazescan 0.0.9 (cafe)", "finish it with that version")


if __name__ == "__main__":
    unittest.main()
