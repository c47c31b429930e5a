"""Exit statuses, messages and files of `mazescan-evaluator check` and `draw`."""
import os
import pathlib
import struct
import subprocess
import tempfile

BIN = pathlib.Path(os.environ["MAZESCAN_BIN"])


def run(*arguments):
    return subprocess.run([BIN / "mazescan-evaluator", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def refused(part, *arguments):
    done = run(*arguments)
    assert done.returncode == 2, (arguments, done)
    assert part in done.stderr and "hint:" in done.stderr, (arguments, done.stderr)
    assert done.stdout == "", (arguments, done.stdout)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "good").mkdir()
    (folder / "bad").mkdir()
    subprocess.run([BIN / "write_sample_recordings", folder / "good"], check=True)
    subprocess.run([BIN / "write_sample_recordings", folder / "bad", "/maze/easy/grid", "700"], check=True)

    good = run("check", folder / "good")
    assert good.returncode == 0, good
    assert "all equal: 24/24 levels, 667/667 records" in good.stdout, good.stdout
    assert "levels.h5: /maze/easy" in good.stdout, good.stdout

    bad = run("check", folder / "bad")
    assert bad.returncode == 1, bad
    different = [line for line in bad.stdout.splitlines() if "DIFFERENT" in line]
    assert len(different) == 1 and different[0].startswith("levels.h5: /maze/easy ") and "11/12" in different[0], bad.stdout

    # A truncated file.
    damaged = bytearray((folder / "good" / "levels.h5").read_bytes())
    (folder / "empty").mkdir()
    (folder / "damaged").mkdir()
    (folder / "damaged" / "levels.h5").write_bytes(damaged[: len(damaged) // 2])
    refused("levels.h5", "check", folder / "damaged")
    refused("holds no recordings", "check", folder / "empty")
    refused("recordings", "check")

    picture = folder / "maze.png"
    done = run("draw", picture, "--level", 17, "--size", 13, "--placement", "top_left", "--pixels", 640)
    assert done.returncode == 0 and done.stderr == "", done
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", head[16:24]) == (640, 640), head

    (folder / "cave.txt").write_text("..c\n##.\nm..\n")
    assert run("draw", folder / "cave.png", "--text", folder / "cave.txt").returncode == 0
    (folder / "cave.txt").write_text("..c\n#?.\nm..\n")
    refused("cave.txt:2:2", "draw", folder / "other.png", "--text", folder / "cave.txt")
    refused("maze size 4", "draw", folder / "other.png", "--size", 4)
    refused("region: 9", "draw", folder / "other.png", "--world", 7, "--region", 9)
    refused("--show", "draw", folder / "other.png", "--show", "fields")
    refused("no/such", "draw", folder / "no" / "such" / "folder.png")
    assert not (folder / "other.png").exists()
    assert sorted(p.name for p in folder.glob("*.png")) == ["cave.png", "maze.png"]
