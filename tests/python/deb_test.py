"""The Debian package: cpack makes it of the build folder, and lintian finds no error in it. tests/package/try_deb.sh installs it
in a fresh Debian (as root)."""
import re
import shutil
import subprocess
import sys
import unittest

from programs import BIN, temporary_folder

# lintian's warnings that stay: the package is not uploaded to Debian.
WARNINGS = {"initial-upload-closes-no-bugs"}


def call(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    return done.stdout + done.stderr, done.returncode


class Deb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        output, status = call("cpack", "-G", "DEB", "--config", BIN.parent / "CPackConfig.cmake", "-B", cls.folder, "-D",
                              "CPACK_PACKAGE_CONTACT=A Maintainer <maintainer@lists.debian.org>")
        if status != 0:
            raise AssertionError(output)
        [cls.package] = cls.folder.glob("mazescan_*.deb")

    def test_dependencies(self):
        fields, _ = call("dpkg-deb", "-f", self.package)
        depends = re.search(r"(?m)^Depends: (.*)$", fields).group(1)
        for library in ("libc6", "libtorch", "libhdf5", "libyaml-cpp", "libfmt", "libspdlog"):
            self.assertIn(library, depends)

    def test_files(self):
        listed, _ = call("dpkg-deb", "-c", self.package)
        files = {line.split()[5]: line.split()[0] for line in listed.splitlines()}
        for path in ("bin/mazescan-trainer", "bin/mazescan-evaluator", "share/man/man1/mazescan-trainer.1.gz",
                     "share/man/man1/mazescan-evaluator.1.gz", "share/bash-completion/completions/mazescan-evaluator",
                     "share/zsh/vendor-completions/_mazescan-evaluator", "share/fish/vendor_completions.d/mazescan-evaluator.fish",
                     "share/doc/mazescan/copyright", "share/doc/mazescan/changelog.gz", "share/doc/mazescan/changelog.Debian.gz",
                     "share/mazescan/configs/quickstart.yaml", "share/mazescan/slurm/pipeline.sh"):
            self.assertIn(f"./usr/{path}", files)
        self.assertEqual({mode for mode in files.values() if mode.startswith("d")}, {"drwxr-xr-x"})
        self.assertNotIn("./usr/share/mazescan/slurm/site.sh", files)

    def test_batch_scripts_name_their_folder(self):
        call("dpkg-deb", "-x", self.package, self.folder / "root")
        script = (self.folder / "root/usr/share/mazescan/slurm/train.sbatch").read_text(encoding="utf-8")
        self.assertIn("${MAZESCAN_SLURM:-/usr/share/mazescan/slurm}", script)

    def test_lintian(self):
        output, _ = call("lintian", "--allow-root", self.package)
        found = re.findall(r"(?m)^([EW]): mazescan(?: source)?: (\S+)", output)
        self.assertEqual({tag for kind, tag in found if kind == "E"}, set(), output)
        self.assertLessEqual({tag for kind, tag in found if kind == "W"}, WARNINGS, output)


if __name__ == "__main__":
    missing = [program for program in ("cpack", "dpkg-shlibdeps", "lintian") if not shutil.which(program)]
    if missing:
        print(f"SKIPPED: not installed: {', '.join(missing)}")
        sys.exit(77)
    unittest.main()
