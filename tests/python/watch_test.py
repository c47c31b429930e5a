"""Monitoring and control of jobs: status, TensorBoard events, locks, stopped scans and scans in parts."""
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import unittest
import unittest.mock

from programs import (EVALUATOR, SOURCE, STOPPED, TRAINER, UNITS, UPDATES, Job, checkpoints, edit_json, expect_user_error, metrics,
                      run, scan_hashes, shard_of, temporary_folder, write_config, write_record_config, written_lines)

LONG = (("steps: 5120", "steps: 5120000"),)  # 20000 updates: runs until it is stopped or killed
MANY = (("levels: 24", "levels: 6000"), ("chunk: 8", "chunk: 500"))
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
    """Yields (field number, value) of a message; values of length-delimited fields are bytes."""
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
    """Returns (step, {tag: value}) of each event after the first, which holds the format's version. Verifies all checksums."""
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


def status_of(program, folder):
    """Returns the parsed output of `status --json`: that of the only job if there is one."""
    status = json.loads(run(program, "status", folder, "--json").out)
    return status[0] if program == EVALUATOR and len(status) == 1 else status


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
        """Starts a long training and waits until it is running; returns the run directory and the job."""
        folder = self.folder / name
        job = Job(TRAINER, write_config(folder, *LONG), ranks=ranks)
        job.wait_until(lambda: written_lines(folder / "metrics.jsonl") >= 10, "the tenth update")
        return folder, job

    # TensorBoard

    def expect_events_equal_metrics(self, folder):
        lines, events = metrics(folder), events_of(folder)
        self.assertEqual([step for step, _ in events], [line["steps"] for line in lines])
        for line, (_, values) in zip(lines, events):
            expected = {f"training/{key}": value for key, value in line.items()
                        if not isinstance(value, dict) and key not in ("update", "steps")}
            for key in ("success", "episodes", "steps_over_optimal", "loss", "loss_coefficient"):
                expected.update({f"{key}/{name}": value for name, value in line[key].items()})
            self.assertEqual(sorted(values), sorted(expected))
            for tag, value in expected.items():
                self.assertAlmostEqual(values[tag], value, delta=1e-6 * max(1, abs(value)), msg=tag)

    def test_events_equal_metrics(self):
        self.assertEqual(len(events_of(self.reference)), UPDATES)
        self.expect_events_equal_metrics(self.reference)

    def test_no_duplicate_steps_after_a_kill(self):
        folder = self.folder / "killed"
        config = write_config(folder)
        run(TRAINER, config, "--updates", 9)
        shutil.rmtree(checkpoints(folder)[-1])  # killed after update 9, the last checkpoint is of update 8
        with (folder / "events.out.tfevents").open("ab") as file:
            file.write(b"half an event")
        run(TRAINER, config)
        self.assertEqual(len(events_of(folder)), UPDATES)
        self.expect_events_equal_metrics(folder)

    # Status

    def test_status_of_a_finished_training(self):
        status = status_of(TRAINER, self.reference)
        self.assertEqual((status["state"], status["updates"], status["updates_in_all"], status["holder"]),
                         ("finished", UPDATES, UPDATES, None))
        self.assertEqual((status["steps"], status["steps_in_all"], status["seconds_left"]), (5120, 5120, 0))
        self.assertGreater(status["steps_per_second"], 0)
        self.assertEqual([size["size"] for size in status["success"]], [3, 5])
        self.assertEqual([checkpoint["damage"] for checkpoint in status["checkpoints"]], [None] * 3)
        self.assertIn("20 of 20 (100 %)", run(TRAINER, "status", self.reference).out)

    def test_status_of_a_new_training_with_an_old_policy(self):
        folder = self.folder / "new-training"
        run(TRAINER, write_config(folder), "--updates", 4)
        shutil.copy(self.reference / "policy.safetensors", folder)
        status = status_of(TRAINER, folder)
        self.assertEqual((status["state"], status["updates"]), ("stopped", 4))
        (folder / "metrics.jsonl").unlink()
        self.assertEqual(status_of(TRAINER, folder)["updates"], 4, "the update of the newest checkpoint")

    def test_a_signal_during_startup_is_not_lost(self):
        def has_handler():
            caught = pathlib.Path(f"/proc/{job.process.pid}/status").read_text(encoding="utf-8").split("SigCgt:")[1].split()[0]
            return int(caught, 16) >> (signal.SIGUSR2 - 1) & 1

        for program, arguments in ((TRAINER, ()), (EVALUATOR, ("scan",))):
            folder = self.folder / "early-training" if program == TRAINER else self.with_policy("early-scan")
            job = Job(program, *arguments, write_config(folder, *(LONG if program == TRAINER else MANY)))
            job.wait_until(has_handler, "the signal handler")
            job.send(signal.SIGUSR2)
            self.assertEqual(job.wait().status, STOPPED, job.err)

    def test_status_of_a_running_and_a_stopped_training(self):
        folder, job = self.begin("running")
        status = status_of(TRAINER, folder)
        self.assertEqual(status["state"], "running")
        self.assertIn(f"host {os.uname().nodename}, process {job.process.pid}", status["holder"])
        self.assertGreater(status["seconds_left"], 0)
        self.assertLess(status["written_seconds_ago"], 60)
        self.assertIn("running", run(TRAINER, "status", folder).out)
        job.send(signal.SIGUSR2)
        self.assertEqual(job.wait().status, STOPPED, job.err)
        newest = checkpoints(folder)[-1]
        (newest / "counters.bin").write_bytes(b"")
        status = status_of(TRAINER, folder)
        self.assertEqual((status["state"], status["holder"]), ("stopped", None))
        self.assertEqual([c["name"] for c in status["checkpoints"] if c["damage"]], [newest.name])
        self.assertIn("DAMAGED", run(TRAINER, "status", folder).out)
        (folder / "metrics.jsonl").unlink()
        self.assertEqual(status_of(TRAINER, folder)["updates"], int(newest.name))

    def test_status_of_a_scan(self):
        status = status_of(EVALUATOR, self.reference)
        self.assertEqual((status["state"], status["units"], status["units_in_all"]), ("finished", UNITS, UNITS))
        self.assertEqual(status_of(EVALUATOR, self.reference / "scan")["units"], UNITS)
        folder = self.folder / "scanned"
        shutil.copytree(self.reference, folder)
        shards = sorted((folder / "scan" / "shards").glob("*.h5"))
        shards[0].write_bytes(b"no shard")
        shards[1].unlink()
        status = status_of(EVALUATOR, folder)
        self.assertEqual((status["state"], status["units"]), ("stopped", UNITS - 2))
        self.assertEqual([shard["file"] for shard in status["damaged"]], [shards[0].name])
        self.assertIn("DAMAGED", run(EVALUATOR, "status", folder).out)

    def test_status_of_all_jobs_of_a_run(self):
        """Status of a scan and an incomplete recording; then with a damaged plan."""
        folder = self.folder / "jobs"
        shutil.copytree(self.reference, folder)
        run(EVALUATOR, "record", write_record_config(folder), "--part", "1/2")
        recording, scan = status_of(EVALUATOR, folder)
        self.assertEqual((recording["kind"], recording["state"], recording["units"], recording["units_in_all"]),
                         ("record", "stopped", 6, 12))
        self.assertEqual((scan["kind"], scan["state"], scan["units"]), ("scan", "finished", UNITS))
        self.assertEqual(status_of(EVALUATOR, folder / "record"), {**recording, "written_seconds_ago": unittest.mock.ANY})
        output = run(EVALUATOR, "status", folder).out
        self.assertIn("units      6 of 12 (50 %)", output)
        self.assertIn(f"units      {UNITS} of {UNITS} (100 %)", output)
        run(EVALUATOR, "record", write_record_config(folder), "--part", "2/2")
        self.assertEqual(status_of(EVALUATOR, folder / "record")["state"], "finished")
        shutil.copy(shard_of(folder / "record", "size05-uniform-000"), folder / "scan/shards/size05-uniform-000.h5")
        (folder / "record" / "plan.json").write_text("{", encoding="utf-8")
        recording, scan = status_of(EVALUATOR, folder)
        self.assertEqual((recording["state"], [f["file"] for f in recording["damaged"]]), ("unknown", ["plan.json"]))
        self.assertEqual((scan["state"], scan["units"]), ("stopped", UNITS - 1))
        self.assertEqual([f["file"] for f in scan["damaged"]], ["size05-uniform-000.h5"])
        self.assertEqual(run(EVALUATOR, "status", folder).out.count("DAMAGED"), 2)

    def test_status_of_a_training_whose_configuration_is_damaged(self):
        folder = self.folder / "misconfigured"
        shutil.copytree(self.reference, folder)
        (folder / "config.yaml").write_text("train: [", encoding="utf-8")
        status = status_of(TRAINER, folder)
        self.assertEqual((status["state"], status["updates"], status["updates_in_all"]), ("unknown", 20, None))
        self.assertIn("config.yaml", status["config_damage"])
        text = run(TRAINER, "status", folder).out
        self.assertIn("updates      20\n", text)
        self.assertIn("DAMAGED", text)

    def test_a_part_without_units_is_reported(self):
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
        output = run(EVALUATOR, "scan", write_config(self.many, *MANY), "--dry-run").out
        self.assertIn(f"{MANY_UNITS} units, {2 * MANY_UNITS * 500} rollouts", output)
        number, unit = output.split("about ")[1].split(" ")[:2]
        bound = float(number) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
        size = sum(path.stat().st_size for path in (self.many / "scan" / "shards").iterdir())
        self.assertLess(size, bound)
        self.assertGreater(size, bound / 10, "the bound is too loose")
        untrained = write_config(self.folder / "untrained", *MANY)
        output = run(EVALUATOR, "scan", untrained, "--dry-run", "--part", "2/3").out
        self.assertIn(f"{MANY_UNITS // 3} units", output)
        self.assertIn("still to be trained", output)
        self.assertFalse((self.folder / "untrained").exists())
        for config in sorted((SOURCE / "configs").glob("*.yaml")):  # the shipped configurations
            name = re.search(r"name: (\w+)", config.read_text(encoding="utf-8"))[1]
            if name == "heist":
                self.assertIn("parts of a cell", run(EVALUATOR, "scan", config, "--dry-run", status=2).err)
                continue
            # procgen's pictures are not in the repository
            pictures = ("--set", "environment.theme=mazescan") if name.startswith("maze_aisc") or name == "maze" else ()
            self.assertIn(" units, ", run(EVALUATOR, "scan", config, "--dry-run", *pictures).out)

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
        waiting = Job(TRAINER, config, "--wait", 60, "--updates", 1)
        waiting.wait_until(lambda: "waiting for" in waiting.read()[1], "the message of the waiting job")
        job.kill()
        self.assertEqual(waiting.wait().status, 0, waiting.err)

    def test_scans_with_the_same_units(self):
        folder = self.with_policy("scan-twice")
        config = write_config(folder, *MANY)
        job = Job(EVALUATOR, "scan", config, "--part", "1/2")
        job.wait_until(lambda: list((folder / "scan" / "shards").glob("*.h5")), "a shard")
        job.send(signal.SIGSTOP)  # keep the job running, and its lock held
        expect_user_error(self, Job(EVALUATOR, "scan", config, "--part", "1/2").wait(), "part 1 of 2 is in use")
        for other in ("2/3", "1/1"):
            for ranks in (1, 2):
                expect_user_error(self, Job(EVALUATOR, "scan", config, "--part", other, ranks=ranks).wait(),
                                  f"{folder / 'scan'}, part 1 of 2 (with units of this job) is in use",
                                  f"process {job.process.pid}", "wait until that job has ended")
        run(EVALUATOR, "scan", config, "--part", "2/2", timeout=240)
        waiting = Job(EVALUATOR, "scan", config, "--wait", 240)
        waiting.wait_until(lambda: "waiting for" in waiting.read()[1], "the message of the waiting job")
        job.send(signal.SIGCONT)
        self.assertEqual(job.wait().status, 0, job.err)
        self.assertEqual(waiting.wait().status, 0, waiting.err)
        self.assertEqual(scan_hashes(folder), scan_hashes(self.many))

    # Stopped scans, and scans in parts

    def test_a_stopped_scan_resumes(self):
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                folder = self.with_policy(f"stopped{ranks}")
                config = write_config(folder, *MANY)
                job = Job(EVALUATOR, "scan", config, ranks=ranks)
                job.wait_until(lambda: len(list((folder / "scan" / "shards").glob("*.h5"))) >= 5, "five shards")
                self.assertEqual(status_of(EVALUATOR, folder)["state"], "running")
                job.send(signal.SIGUSR2)
                self.assertEqual(job.wait().status, STOPPED, job.err)
                self.assertIn(f"of {MANY_UNITS} units", job.err)
                self.assertFalse((folder / "scan" / "manifest.json").exists())
                status = status_of(EVALUATOR, folder)
                self.assertEqual(status["state"], "stopped")
                self.assertGreater(status["seconds_left"], 0)
                run(EVALUATOR, "scan", config, ranks=ranks)
                self.assertEqual(scan_hashes(folder), scan_hashes(self.many))

    def test_parts_complete_the_scan(self):
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

    def test_another_version_does_not_resume(self):
        folder = self.folder / "versions"
        shutil.copytree(self.reference, folder)
        plan = folder / "scan" / "plan.json"
        edit_json(plan, lambda content: content["attributes"].update(code="0.0.9 (cafe)"))
        run(EVALUATOR, "scan", write_config(folder))  # allowed: no unit is missing, so versions are not mixed
        next((folder / "scan" / "shards").glob("*.h5")).unlink()
        for ranks in (1, 2):
            expect_user_error(self, Job(EVALUATOR, "scan", write_config(folder), ranks=ranks).wait(),
                              "was begun by mazescan 0.0.9 (cafe)", "finish it with that version")


if __name__ == "__main__":
    unittest.main()
