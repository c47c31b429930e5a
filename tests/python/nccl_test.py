"""Tests NCCL's calls, errors and deadlines without GPUs, with a stand-in for the library (tests/nccl_stand_in)."""
import os
import re
import time
import unittest

from programs import BIN, Job

STAND_IN = str(BIN / "libnccl_stand_in.so")
DEADLINE = 10  # seconds within which a job must have ended after a fault; the deadlines of its operations are 1 s
NODE = os.uname().nodename


class Nccl(unittest.TestCase):
    def job(self, ranks, *arguments, library=STAND_IN, **environment):
        start = time.monotonic()
        job = Job("nccl_job", *arguments, ranks=ranks, environment={"MAZESCAN_NCCL": library, **environment}).wait()
        self.assertLess(time.monotonic() - start, DEADLINE, job.err)
        self.assertNotIn("misuse", job.err)
        return job

    def expect_failure(self, job, rank, operation, reason):
        """Fails unless a rank (None: any) ended the job with a message that names rank, node, operation and reason."""
        self.assertNotEqual(job.status, 0, job.err)
        self.assertNotIn("done", job.out)
        gpu = r"\(GPU \d+\)"
        self.assertRegex(job.err, rf"(?m)^mazescan: rank {r'[0-9]+' if rank is None else rank} on node "
                                  rf"{re.escape(NODE)} {gpu}: NCCL, {re.escape(operation)}: {re.escape(reason)}")

    def test_calls_and_their_order(self):
        for ranks in (1, 2, 4):
            job = self.job(ranks, NCCL_STAND_IN_TRACE="1")
            self.assertEqual((job.status, job.out), (0, "done\n"), job.err)
            for rank in range(ranks):
                calls = re.findall(rf"(?m)^nccl {rank} (.*)$", job.err)
                self.assertEqual(calls, [
                    *(["ncclGetUniqueId"] if rank == 0 else []), f"ncclCommInitRankConfig {rank} of {ranks}",
                    "ncclBroadcast 10007", *["ncclAllReduce 10007"] * 10, "ncclCommFinalize", "ncclCommDestroy"])

    def test_faults_of_one_rank(self):
        planted = ": planted by the stand-in"
        start = "ncclCommInitRankConfig of {} ranks"
        third = "operation 3, ncclAllReduce of 10007 floats"
        first = "operation 1, ncclBroadcast of 10007 floats"
        for ranks in (2, 4):
            for fault, operation, reason in [
                    ("start_fails", start, "unhandled system error" + planted),
                    ("start_fails_later", start, "remote process exited or there was a network error" + planted),
                    ("call_fails:3", third, "invalid usage" + planted),
                    ("call_fails:1", first, "invalid usage" + planted),
                    ("fails_later:3", third, "unhandled cuda error" + planted),
                    ("fails_later:1", first, "unhandled cuda error" + planted),
                    ("end_fails", "ncclCommFinalize", "internal error" + planted)]:
                with self.subTest(ranks=ranks, fault=fault):
                    rank = ranks - 1
                    job = self.job(ranks, NCCL_STAND_IN_FAULT=fault, NCCL_STAND_IN_RANK=str(rank))
                    if fault == "end_fails":  # after the work
                        self.assertEqual(re.findall("^done$", job.out, re.MULTILINE), ["done"])  # MPICH reports the end there
                        job.out = ""
                    self.expect_failure(job, rank, operation.format(ranks), reason)

    def test_no_identifier(self):
        self.expect_failure(self.job(2, NCCL_STAND_IN_FAULT="no_id"), 0, "ncclGetUniqueId", "unhandled system error")

    def test_deadlines(self):
        """If one rank does not take part, the other ranks end the job when their deadline expires."""
        late = "not done after 1 s"
        for ranks in (2, 4):
            for fault, operation in [("never_starts", f"ncclCommInitRankConfig of {ranks} ranks"),
                                     ("never_ends:3", "operation 3, ncclAllReduce of 10007 floats"),
                                     ("never_ends:1", "operation 1, ncclBroadcast of 10007 floats"),
                                     ("end_never_ends", "ncclCommFinalize")]:
                with self.subTest(ranks=ranks, fault=fault):
                    job = self.job(ranks, NCCL_STAND_IN_FAULT=fault, NCCL_STAND_IN_RANK="1")
                    job.out = ""
                    self.expect_failure(job, None, operation, late)

    def test_a_rank_dies(self):
        for ranks in (2, 4):
            job = self.job(ranks, NCCL_STAND_IN_FAULT="rank_dies:4", NCCL_STAND_IN_RANK="1")
            self.assertNotEqual(job.status, 0, job.err)
            self.assertNotIn("done", job.out)

    def test_faults_of_the_gpu(self):
        third = "operation 4, ncclAllReduce of 10007 floats"
        for ranks in (2, 4):
            self.expect_failure(self.job(ranks, "stalled"), None, third, "not done after 1 s")
            self.expect_failure(self.job(ranks, "broken"), None, third, "CUDA error: an illegal memory access")

    def expect_user_error(self, job, *fragments):
        self.assertNotEqual(job.status, 0)
        for fragment in (*fragments, "  reason: ", "  hint:   "):
            self.assertIn(fragment, job.err)

    def test_more_ranks_than_gpus(self):
        for ranks in (2, 4):
            self.expect_user_error(self.job(ranks, "shared"), f"ranks 0 and 1 would share GPU 0 of node {NODE}",
                                   "--ntasks-per-node")

    def test_library_missing_or_too_old(self):
        for ranks in (1, 2):
            self.expect_user_error(self.job(ranks, library="/nowhere/libnccl.so.2"),
                                   "NCCL cannot be loaded: /nowhere/libnccl.so.2: cannot open", "MAZESCAN_NCCL")
            self.expect_user_error(self.job(ranks, NCCL_STAND_IN_FAULT="old"),
                                   "is NCCL of version code 21210", "21400 (2.14.0) is the oldest supported version")
            self.expect_user_error(self.job(ranks, library="libm.so.6"), "'libm.so.6' has no ncclGetVersion")


if __name__ == "__main__":
    unittest.main()
