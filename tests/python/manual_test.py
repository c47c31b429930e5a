"""Manual pages and completions, which the programs make of their own options: nothing is missing, and real shells use them."""
import re
import shutil
import subprocess
import unittest

from programs import BIN, EVALUATOR, SOURCE, TRAINER, run, temporary_folder

PROGRAMS = (TRAINER, EVALUATOR)
SHELLS = ("bash", "zsh", "fish")
OPTION = re.compile(r"(?m)^  (-[\w-]+(?:,-[\w-]+)*)")  # a line of --help, such as "  -h,--help    Print this help"
COMMAND = re.compile(r"(?m)^  ([a-z][\w-]*) {2,}")


def call(*command, text=None):
    done = subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr, done.returncode


def helps(program):
    """{command: text of its --help}; "" is the program itself."""
    text = run(program, "--help").out
    commands = COMMAND.findall(text.partition("\nSubcommands:\n")[2])
    return {"": text, **{command: run(program, command, "--help").out for command in commands}}


def options_of(text):
    return {name for names in OPTION.findall(text) for name in names.split(",")}


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.helps = {program: helps(program) for program in PROGRAMS}
        cls.pages = {program: run(program, "--man-page").out for program in PROGRAMS}
        cls.completions = {(program, shell): run(program, "--completion", shell).out
                           for program in PROGRAMS for shell in SHELLS}

    def complete_in_bash(self, program, *words):
        """What bash offers after these words, of which the last is completed."""
        script = self.folder / f"{program}.bash"
        script.write_text(self.completions[program, "bash"], encoding="utf-8")
        function = "_" + program.replace("-", "_")
        quoted = " ".join(f"'{word}'" for word in (program, *words))
        output, status = call("bash", "-c", f'source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}\n'
                              f'compopt() {{ :; }}; {function}; printf "%s\\n" "${{COMPREPLY[@]}}"\n'
                              f'complete -p {program} >&2')
        self.assertEqual(status, 0, output)
        self.assertIn(f"-F {function} {program}", output)
        return output.splitlines()[:-1]

    def test_the_help_was_understood(self):
        self.assertEqual(set(self.helps[TRAINER]), {"", "schema", "status"})
        self.assertIn("--man-page", options_of(self.helps[TRAINER][""]))
        self.assertGreater(len(self.helps[EVALUATOR]), 20)
        self.assertEqual(options_of(self.helps[EVALUATOR]["check"]), {"-h", "--help", "--assets"})

    def test_the_manual_has_every_command_and_option(self):
        for program, texts in self.helps.items():
            shown, status = call("mandoc", "-Tascii", "-Owidth=200", text=self.pages[program])
            self.assertEqual(status, 0)
            shown = re.sub(".\b", "", shown)  # bold and underlined characters are printed twice
            opened, _, commands = shown.partition("\nCOMMANDS\n")
            sections = dict(re.findall(r"(?ms)^   ([a-z][\w-]*)\n(.*?)(?=^   \S|\Z)", commands))
            self.assertEqual(set(sections), set(texts) - {""})
            for command, text in texts.items():
                with self.subTest(program=program, command=command):
                    section = sections[command] if command else opened.partition("\nOPTIONS\n")[2]
                    found = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", section))
                    self.assertLessEqual(options_of(text), found)

    def test_mandoc_has_no_complaint(self):
        for program, page in self.pages.items():
            with self.subTest(program):
                self.assertEqual(call("mandoc", "-Tlint", "-Wwarning", text=page), ("", 0))

    def test_the_date_of_the_page(self):
        page = run(TRAINER, "--man-page", environment={"SOURCE_DATE_EPOCH": "86400"}).out
        self.assertIn(" 1 1970-01-02 ", page.splitlines()[0])

    def test_completions_have_every_command_and_option(self):
        for (program, shell), script in self.completions.items():
            for command, text in self.helps[program].items():
                with self.subTest(program=program, shell=shell, command=command):
                    self.assertRegex(script, rf"(?<![\w-]){command}(?![\w-])")
                    for option in options_of(text):
                        form = option
                        if shell == "fish":
                            form = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
                        self.assertRegex(script, rf"(?<![\w-]){form}(?![\w-])")

    def test_bash_completes(self):
        commands = set(self.helps[EVALUATOR]) - {""}
        self.assertEqual(set(self.complete_in_bash(EVALUATOR, "")), commands)
        self.assertEqual(self.complete_in_bash(EVALUATOR, "sp"), ["sparsity"] if "sparsity" in commands else [""])
        self.assertEqual(self.complete_in_bash(EVALUATOR, "--ver"), ["--version"])
        self.assertEqual(set(self.complete_in_bash(EVALUATOR, "scan", "config.yaml", "--")),
                         {name for name in options_of(self.helps[EVALUATOR]["scan"]) if name.startswith("--")})
        self.assertEqual(self.complete_in_bash(EVALUATOR, "scan", "--dr"), ["--dry-run"])
        self.assertEqual(self.complete_in_bash(EVALUATOR, "draw", "--show", "f"), ["frame", "field"])
        self.assertEqual(self.complete_in_bash(EVALUATOR, "--completion", ""), list(SHELLS))
        self.assertEqual(self.complete_in_bash(TRAINER, "config.yaml", "--up"), ["--updates"])
        self.assertEqual(set(self.complete_in_bash(TRAINER, "s")) & {"schema", "status"}, {"schema", "status"})

    def test_fish_completes(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed")
        for program, line, offered in ((EVALUATOR, "sca", {"scan", "scaling"}), (EVALUATOR, "scan --dr", {"--dry-run"}),
                                       (EVALUATOR, "draw --show f", {"frame", "field"}), (TRAINER, "--upd", {"--updates"})):
            with self.subTest(line):
                script = self.folder / f"{program}.fish"
                script.write_text(self.completions[program, "fish"], encoding="utf-8")
                output, status = call("fish", "-c", f"source {script}; complete -C '{program} {line}'")
                self.assertEqual(status, 0, output)
                self.assertEqual({word.split("\t")[0] for word in output.splitlines()}, offered)

    def test_zsh_completes(self):
        """In a terminal of zsh's own (zpty): it completes only while somebody types."""
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        for program in PROGRAMS:
            (self.folder / f"_{program}").write_text(self.completions[program, "zsh"], encoding="utf-8")
        for program, line, added in ((EVALUATOR, "spars", "ity "), (EVALUATOR, "scan --dr", "y-run "),
                                     (EVALUATOR, "draw --show fie", "ld "), (TRAINER, "--upd", "ates=")):
            with self.subTest(line):
                output, status = call("timeout", "30", "zsh", "-f", "-c", f"""
                    zmodload zsh/zpty; export TERM=dumb
                    zpty shell zsh -f -i
                    zpty -w shell 'PS1=; fpath=({self.folder} $fpath); autoload -U compinit; compinit -u -d {self.folder}/dump; print end''of''setup'
                    zpty -r shell seen '*endofsetup*'
                    zpty -n -w shell $'{program} {line}\\t'
                    zpty -r shell seen '*{added}*'; print -r -- $seen; zpty -d shell""")
                self.assertEqual(status, 0, output)
                self.assertIn(added, output)


if __name__ == "__main__":
    unittest.main()
