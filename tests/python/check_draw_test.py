"""`mazescan-evaluator check`, `draw` and `maze` as a user runs them: exit statuses, messages, files."""
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import xml.etree.ElementTree
import zlib

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

    # Damage that is not a changed value: a byte in the middle of the file.
    damaged = bytearray((folder / "good" / "levels.h5").read_bytes())
    (folder / "empty").mkdir()
    (folder / "damaged").mkdir()
    (folder / "damaged" / "levels.h5").write_bytes(damaged[: len(damaged) // 2])
    refused("levels.h5", "check", folder / "damaged")
    refused("holds no recordings", "check", folder / "empty")
    refused("recordings", "check")

    LEVEL = ("--level", 17, "--size", 13, "--placement", "top_left", "--pixels", 640)
    for suffix in ("png", "svg", "pdf"):
        for name in ("maze", "again"):
            done = run("draw", folder / f"{name}.{suffix}", *LEVEL)
            assert done.returncode == 0 and done.stdout == done.stderr == "", done
        same = [(folder / f"{name}.{suffix}").read_bytes() for name in ("maze", "again")]
        assert same[0] == same[1], f"{suffix}: the same command, another file"

    head = (folder / "maze.png").read_bytes()[:24]
    width, height = struct.unpack(">II", head[16:24])
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and width == 640 and 600 < height < 800, head

    svg = xml.etree.ElementTree.parse(folder / "maze.svg").getroot()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg", svg.tag
    assert [float(side) for side in svg.get("viewBox").split()] == [0, 0, width, height], svg.attrib
    shapes = list(svg.iter("{http://www.w3.org/2000/svg}path"))
    orange = [path for path in shapes if "rgb(90.19" in path.get("style", "") + path.get("fill", "")]
    assert len(orange) == 2, f"cheese in the maze and in the legend, not {len(orange)}"

    pdf = (folder / "maze.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.") and pdf.rstrip().endswith(b"%%EOF"), pdf[:20]
    streams = [pdf]  # versions of cairo differ in what they compress
    for match in re.finditer(rb"stream\r?\n", pdf):
        try:
            streams.append(zlib.decompressobj().decompress(pdf[match.end():]))
        except zlib.error:
            pass
    everything = b"".join(streams)
    assert len(re.findall(rb"/Type\s*/Page\b", everything)) == 1, "one page"
    assert b"CreationDate" not in everything and b"ModDate" not in everything

    (folder / "cave.txt").write_text("..c\n##.\nm..\n")
    assert run("draw", folder / "cave.png", "--text", folder / "cave.txt").returncode == 0
    cave = run("maze", "--text", folder / "cave.txt", "--world", 3)
    assert cave.returncode == 0 and cave.stdout == "..c\n##.\nm..\n", cave
    assert cave.stderr == "maze_aisc (world 3, region 3) can generate this maze\n", cave.stderr
    corner = run("maze", "--text", folder / "cave.txt", "--region", 1)
    assert corner.stdout == cave.stdout and "(world 25, region 1) can generate" in corner.stderr, corner
    (folder / "cave.txt").write_text("c..\n...\nm..\n")
    loops = run("maze", "--text", folder / "cave.txt", "--region", 1)
    assert loops.returncode == 0 and "cannot generate this maze:" in loops.stderr, loops
    for reason in ("a pillar between four rooms is free: (1, 1)", "a passage closes a loop", "outside the top-right 1 x 1"):
        assert reason in loops.stderr, (reason, loops.stderr)

    # What `maze` prints, `draw --text` and `maze --text` read.
    printed = run("maze", "--level", 17, "--size", 9)
    assert printed.returncode == 0 and printed.stderr.endswith("can generate this maze\n"), printed
    (folder / "printed.txt").write_text(printed.stdout)
    assert run("maze", "--text", folder / "printed.txt").stdout == printed.stdout
    moved = run("maze", "--level", 17, "--size", 9, "--placement", "top_left_corner")
    assert moved.stdout.startswith("c") and "cannot generate" in moved.stderr, moved

    (folder / "cave.txt").write_text("..c\n#?.\nm..\n")
    refused("cave.txt:2:2", "draw", folder / "other.png", "--text", folder / "cave.txt")
    refused("cave.txt:2:2", "maze", "--text", folder / "cave.txt")
    refused("--text with --size", "maze", "--text", folder / "cave.txt", "--size", 3)
    refused("maze size 4", "draw", folder / "other.png", "--size", 4)
    refused("region: 9", "draw", folder / "other.png", "--world", 7, "--region", 9)
    refused("--show", "draw", folder / "other.png", "--show", "fields")
    refused("no/such", "draw", folder / "no" / "such" / "folder.png")
    for name in ("other.jpg", "other", "other.PNG"):
        refused(".png, .svg or .pdf", "draw", folder / name)
    refused("--edits", "draw", folder / "other.png", "--edits", folder / "edits.yaml")
    refused("--edits", "draw", folder / "other.png", "--target", "0,2")
    full = run("draw", "/dev/full/maze.png")
    assert full.returncode == 2 and "/dev/full" in full.stderr, full
    assert sorted(p.name for p in folder.glob("*.p*")) == ["again.pdf", "again.png", "cave.png", "maze.pdf", "maze.png"]
