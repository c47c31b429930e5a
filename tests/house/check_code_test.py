"""check_columns.py and check_functions.py find planted faults."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
SCHEMA = """\
template <class Visitor>
void columns(Visitor& visit) {
  visit("jump/height", height);
  visit.index("jump/level", level, "level");
}
"""


class CheckCode(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        self.write("evaluator/analyses/jump/schema.h", SCHEMA)
        self.write("evaluator/analyses/jump/jump.cc", '#include "evaluator/analyses/jump/schema.h"\n')

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def expect(self, script, *fragments):
        done = subprocess.run([sys.executable, HERE / script, self.root], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1 if fragments else 0, done.stdout)
        for fragment in fragments:
            self.assertIn(fragment, done.stdout)

    def test_a_column_is_named_in_one_file(self):
        self.expect("check_columns.py")
        self.write("tests/jump_test.cc", 'EXPECT_EQ(columns["jump/level"], 3);\n')
        self.expect("check_columns.py", "tests/jump_test.cc: names column jump/level")

    def test_two_schemas_list_no_common_column(self):
        self.write("evaluator/analyses/hop/schema.h", SCHEMA)
        self.expect("check_columns.py", "lists column jump/height", "lists column jump/level")

    def test_columns_are_not_used_by_name(self):
        for call in ('shard.set("heights", heights, "jump");', 'result_shard->get<float>("heights");'):
            self.write("evaluator/analyses/jump/jump.cc", call + "\n")
            self.expect("check_columns.py", "jump.cc: sets or reads a column by its name")

    def test_without_schemas_nothing_is_checked(self):
        shutil.rmtree(self.root / "evaluator")
        self.expect("check_columns.py", "no schema")

    def test_functions_have_at_most_100_lines(self):
        body = "  step();\n" * 98
        self.write("core/run.cc", f"namespace mazescan {{\nvoid run() {{\n{body}}}\n}}  // namespace mazescan\n")
        self.expect("check_functions.py")
        for head, name in (("void run(int a,\n         int b) {", "run"), ("bool Level::operator==(Level) const {", "operator=="),
                           ("template <class T>\nT twice(T x) {", "twice"), ("Level::Level()\n    : size_(3) {", "Level::Level")):
            self.write("core/run.cc", f'// {{ "}}"\nstruct A {{}};\n{head}\n  if (a) {{\n{body}  }}\n}}\n')
            self.expect("check_functions.py", "core/run.cc:3: ", f"{name} has ")


if __name__ == "__main__":
    unittest.main()
