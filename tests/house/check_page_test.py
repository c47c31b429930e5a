"""check_page.py finds planted faults: a syntax error, a wrong type, a name that another page's scripts define."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
FILES = {
    "report/report.cc": 'const std::vector<const char*> kReportScripts = {"numbers.js",\n    "main.js"};\n',
    "report/comparison.cc": 'const std::vector<const char*> kCompareScripts = {"numbers.js"};\n',
    "explore/explore_page.cc": 'const std::vector<const char*> kExploreScripts = {"numbers.js"};\n',
    "report/page/numbers.js": "/** @param {number} share */\nconst percent = (share) => `${100 * share} %`;\n",
    "report/page/main.js": "document.title = percent(0.5);\n",
}


class CheckPage(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / "evaluator" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self):
        done = subprocess.run([sys.executable, HERE / "check_page.py", self.root], capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_correct_scripts_pass(self):
        self.assertEqual(self.check(), (0, "the scripts of every page pass\n"))

    def test_planted_faults(self):
        for name, text, fault in (
                ("report/page/main.js", "document.title = percent('half');\n", "main.js:1:26: error TS2345"),
                ("report/page/main.js", "\nconst title = [percent(0.5);\n", "main.js:2:"),
                ("report/page/main.js", "document.title = percentage(0.5);\n", "main.js:1:18: error"),
                ("report/page/numbers.js", FILES["report/page/numbers.js"] + "show(percent(0.5));\n", "numbers.js:3:1: error")):
            with self.subTest(text):
                self.write(name, text)
                status, output = self.check()
                self.write(name, FILES[name])
                self.assertEqual(status, 1, output)
                self.assertIn(fault, output)

    def test_scripts_of_another_page_are_unknown(self):
        self.write("report/page/main.js", "document.title = percent(0.5);\nconst show = (text) => alert(text);\n")
        self.write("report/page/numbers.js", FILES["report/page/numbers.js"] + "const shout = () => show(percent(1));\n")
        status, output = self.check()
        self.assertEqual(status, 1, output)
        self.assertIn("numbers.js:3:21: error TS2304", output)


if __name__ == "__main__":
    if not shutil.which("tsc"):
        print("######## SKIPPED: check_page.py was NOT tested: tsc is missing (Debian: node-typescript)",
              file=sys.stderr, flush=True)
        sys.exit(77)
    unittest.main()
