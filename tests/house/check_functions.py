"""Checks that no function of the C++ code is longer than 100 lines, from its signature to its closing brace.

    check_functions.py [ROOT]     exit status 1 and a line for each fault
"""
import re
import sys
from pathlib import Path

LONGEST = 100
FOLDERS = ("core", "statistics", "envs", "policy", "cluster", "command_line", "storage", "datasets", "trainer", "evaluator",
           "benchmarks", "tests")
# Comments and literals, in which braces mean nothing. Kept: their line breaks.
SKIPPED = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
OUTER = re.compile(r"^\s*(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b|^\s*template\b[^()]*\b(?:class|struct)\s+\w+[^()]*$",
                   re.S)


def functions(text):
    """(name, first line, lines) of each function that is not inside another."""
    text = SKIPPED.sub(lambda match: "\n" * match.group().count("\n"), text)
    text = re.sub(r"^\s*#(?:[^\n\\]|\\.|\\\n)*", lambda match: "\n" * match.group().count("\n"), text, flags=re.M)
    outer = []  # for each open brace: whether functions may be in it
    head, line = 0, 1
    began = None
    for at, character in enumerate(text):
        if character == "\n":
            line += 1
        elif character == "{":
            signature = text[head:at]
            if all(outer) and began is None:
                is_outer = bool(OUTER.search(signature)) or "(" not in signature
                if not is_outer:
                    lead = len(signature) - len(signature.lstrip())
                    name = re.search(r"(operator\s*\S+?|[\w:~]+)\s*\(", signature)
                    began = (name.group(1) if name else signature.strip(), line - signature[lead:].count("\n"), len(outer))
                outer.append(is_outer)
            else:
                outer.append(False)
            head = at + 1
        elif character == "}" and outer:
            outer.pop()
            head = at + 1
            if began and len(outer) == began[2]:
                yield began[0], began[1], line - began[1] + 1
                began = None
        elif character == ";" and began is None:
            head = at + 1


def faults(root):
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".h", ".cc"):
                for name, first, lines in functions(file.read_text()):
                    if lines > LONGEST:
                        yield f"{file.relative_to(root)}:{first}: {name} has {lines} lines"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])))
    print("\n".join(found) or f"no function is longer than {LONGEST} lines")
    sys.exit(1 if found else 0)
