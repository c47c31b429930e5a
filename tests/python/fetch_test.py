"""MAZESCAN_FETCH=ON: libraries that are not installed come from Debian's archive, and only with the pinned hash."""
import subprocess
import unittest
import urllib.request

from programs import SOURCE, temporary_folder

MIRROR = "http://deb.debian.org/debian"
LIBRARIES = ("fmt", "spdlog", "yaml-cpp", "nlohmann_json", "CLI11", "GTest")  # found by find_package; xxHash by pkg-config


def configure(folder, *options):
    hidden = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in LIBRARIES]
    done = subprocess.run(["cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", "-DMAZESCAN_BENCHMARKS=OFF", *hidden, *options],
                          capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


class Fetch(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder()

    def test_nothing_is_fetched_unless_wanted(self):
        status, output = configure(self.folder / "build")
        self.assertNotEqual(status, 0)
        self.assertIn("MAZESCAN_FETCH=ON", output)
        self.assertNotIn("fetching", output)

    def test_an_archive_with_another_hash_is_refused(self):
        mirror = self.folder / "mirror"
        archive = mirror / "pool" / "main" / "f" / "fmtlib" / "fmtlib_9.1.0+ds1.orig.tar.gz"
        archive.parent.mkdir(parents=True)
        archive.write_bytes(b"something else")
        status, output = configure(self.folder / "build", "-DMAZESCAN_FETCH=ON", f"-DMAZESCAN_MIRRORS=file://{mirror}")
        self.assertNotEqual(status, 0)
        self.assertIn("hash", output.lower())
        self.assertFalse((self.folder / "build" / "build.ninja").exists())

    def test_all_are_fetched(self):
        try:
            with urllib.request.urlopen(f"{MIRROR}/dists/bookworm/Release", timeout=10):
                pass
        except OSError as error:
            self.skipTest(f"{MIRROR} cannot be reached: {error}")
        status, output = configure(self.folder / "build", "-DMAZESCAN_FETCH=ON")
        self.assertEqual(status, 0, output)
        for name in LIBRARIES:
            self.assertIn(f"{name} is not installed: fetching its sources", output)
        self.assertIn("the environments are not installed as a C++ library", output)


if __name__ == "__main__":
    unittest.main()
