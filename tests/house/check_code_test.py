"""check_columns.py, check_functions.py, check_names.py and check_folders.py find planted faults."""
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

    def test_a_dataset_of_a_layout_is_named_in_one_file(self):
        self.write("datasets/scan_layout.h", """\
constexpr const char *kSeeds = "/episodes/level_seed", *kSampledGroup = "/episodes/sampled/";
template <class Rollouts, class Visit>
void visit_rollouts(const std::string& group, Rollouts& rollouts, Visit& visit) {
  visit(group + "steps", rollouts.steps);
}
template <class Shard, class Visit>
void visit_episodes(Shard& shard, Visit& visit) {
  visit(kSeeds, shard.level_seed);
  visit("/exact/arrived", shard.exact.arrived);
}
""")
        self.write("datasets/activation_shard.h", 'constexpr const char* kGroup = "/samples/";\nvisit("mouse", keys.mouse);\n')
        self.write("datasets/scan_check.cc", 'check(shard.size > 0, "{} [{}] is {}", of(shard.steps));  // "/exact/arrived"\n')
        self.write("evaluator/report/report.cc", 'json["mouse"] = json["steps"];\n')  # not datasets
        self.write("tests/datasets/scan_test.cc", 'expect_fault("exact/arrived");\n')
        self.expect("check_columns.py")
        for text, name in (('file.shape("/episodes/level_seed");', "/episodes/level_seed"),
                           ('{{"exact/arrived", &exact.arrived}};', "exact/arrived"),
                           ('read("sampled/steps");', "sampled/steps"),
                           ('validator.range(rollouts.steps, 0, limit, of("steps").c_str());', "steps"),
                           ('validator.count(keys.mouse, 2 * count, "mouse");', "mouse")):
            self.write("datasets/scan_check.cc", text + "\n")
            self.expect("check_columns.py", f"datasets/scan_check.cc: names dataset {name}, which datasets/")

    def test_columns_are_not_used_by_name(self):
        for call in ('shard.set("heights", heights, "jump");', 'result_shard->get<float>("heights");'):
            self.write("evaluator/analyses/jump/jump.cc", call + "\n")
            self.expect("check_columns.py", "jump.cc: sets or reads a column by its name")

    def test_without_schemas_nothing_is_checked(self):
        shutil.rmtree(self.root / "evaluator")
        self.expect("check_columns.py", "no schema")

    def test_functions_have_at_most_100_lines(self):
        body = "  step();\n" * 98
        self.write("tests/core/run_test.cc", f"TEST(Run, Steps) {{\n{body}  step();\n}}\n")
        self.expect("check_functions.py", "tests/core/run_test.cc:1: TEST has 101 lines")
        self.write("tests/core/run_test.cc", f"TEST(Run, Steps) {{\n{body}}}\n")
        self.write("core/run.cc", f"namespace mazescan {{\nvoid run() {{\n{body}}}\n}}  // namespace mazescan\n")
        self.expect("check_functions.py")
        for head, name in (("void run(int a,\n         int b) {", "run"), ("bool Level::operator==(Level) const {", "operator=="),
                           ("template <class T>\nT twice(T x) {", "twice"), ("Level::Level()\n    : size_(3) {", "Level::Level")):
            self.write("core/run.cc", f'// {{ "}}"\nstruct A {{}};\n{head}\n  if (a) {{\n{body}  }}\n}}\n')
            self.expect("check_functions.py", "core/run.cc:3: ", f"{name} has ")

    def test_a_job_is_named_in_one_file(self):
        self.write("datasets/dataset_kind.h", 'inline constexpr DatasetKind kJump{"jump", "jumping"}, kHop{"hop", "hopping"};\n')
        self.write("evaluator/jump.cc", 'hint("run mazescan-evaluator jump");  // "jump_key"\nrequire("\'jump.sizes\' is empty");\n')
        self.expect("check_names.py")
        for text, literal in (('config.run / "jump";', '"jump"'), ('open_trained_policy(config, "hop", section, 0);', '"hop"'),
                              ('node.child("jump");', '"jump"'), ('attributes.at("jump_key");', '"jump_key"'),
                              ('kFormat = "mazescan-hop-shard";', '"mazescan-hop-shard"')):
            self.write("evaluator/jump.cc", text + "\n")
            self.expect("check_names.py", f"evaluator/jump.cc: writes {literal}, which datasets/dataset_kind.h names")

    def test_no_folder_has_most_of_the_code(self):
        shutil.rmtree(self.root / "evaluator")
        self.write("floors.txt", "".join(f"0 | part{n} | a part |\n" for n in range(10)))
        for n in range(10):
            self.write(f"part{n}/part.cc", "step();\n" * 100)
        self.expect("check_folders.py")
        self.write("part3/more.cc", "step();\n" * 70)
        self.expect("check_folders.py", "part3: has 170 of 1070 lines, 15.9 %")


if __name__ == "__main__":
    unittest.main()
