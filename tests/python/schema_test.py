"""The JSON Schema of configurations (configs/mazescan.schema.json) accepts what the programs accept, and refuses what a schema
can know to be wrong. What else is wrong, such as sizes that do not fit together, only the programs refuse: bad_input_test."""
import copy
import json
import re
import unittest

import jsonschema
import yaml

from bad_input_test import CONFIGURATIONS
from programs import (ANALYSES, EVALUATOR, EXACT, SOURCE, TINY, TRAINER, job_names, replaced, run, temporary_folder, write_analyses_config)

SCHEMA = SOURCE / "configs" / "mazescan.schema.json"
CONFIGS = sorted((SOURCE / "configs").glob("*.yaml"))
FIRST_LINE = "# yaml-language-server: $schema=mazescan.schema.json"
# Cases of bad_input_test that the schema refuses.
REFUSED = """a misspelt key, a misspelt key at the top, a misspelt section, a misspelt key of the scan, an unknown key,
a word for a number, a fraction for an integer, a number for a list, a word in a list of numbers, a list for a section,
a number beyond 64 bits, a value out of range, an unknown word, a grid of one cell, no blocks in the network, no winners,
an alpha below 1, a negative block"""


class Loader(yaml.SafeLoader):
    """Reads scalars as YAML 1.2, as editors do and the programs: 2e-3 is a number, and yes is text."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (("bool", r"true|false", "tf"), ("null", r"null|~|", ["n", "~", ""]), ("int", r"[-+]?[0-9]+", "-+0123456789"),
                            ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|\.nan|\.inf", "-+.0123456789")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def load(text):
    return yaml.load(text, Loader)  # noqa: S506: a safe loader


def sections_of(document, path=()):
    """The paths of all sections of a configuration, the document itself first."""
    yield path
    for key, value in document.items():
        if isinstance(value, dict):
            yield from sections_of(value, (*path, key))


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        cls.validator = jsonschema.Draft7Validator(schema)

    def faults(self, document):
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in self.validator.iter_errors(document)]

    def test_shipped_configurations_are_valid_and_name_it(self):
        trained = sorted((SOURCE / "policies").glob("*/config.yaml"))
        self.assertGreaterEqual(len(CONFIGS), 3)
        self.assertTrue(trained)
        for path in (*CONFIGS, *trained):
            with self.subTest(path):
                text = path.read_text(encoding="utf-8")
                self.assertEqual(self.faults(load(text)), [])
                if path in CONFIGS:
                    self.assertEqual(text.splitlines()[0], FIRST_LINE)

    def test_it_accepts_what_the_programs_write(self):
        """All keys with their values, as --dump-config prints them, for every environment, network and job."""
        folder = temporary_folder()
        tiny = write_analyses_config(folder / "tiny")
        exact = folder / "exact.yaml"
        exact.write_text(replaced(TINY.format(run=folder / "exact"), *EXACT) + ANALYSES, encoding="utf-8")
        for path in (*CONFIGS, tiny, exact):
            for program in ((TRAINER,), (EVALUATOR, job_names()[0])):
                with self.subTest(path=path.name, program=program[0]):
                    self.assertEqual(self.faults(load(run(*program, path, "--dump-config").out)), [])
        for overrides in (("network.activation=kwta", "network.head=entmax_pool"), ("network.activation=leaky_relu",)):
            with self.subTest(overrides=overrides):
                options = [word for override in overrides for word in ("--set", override)]
                dumped = load(run(TRAINER, tiny, *options, "--dump-config").out)
                self.assertIn("activation_options", dumped["network"])
                self.assertEqual(self.faults(dumped), [])

    def test_it_refuses_misspelt_keys_in_every_section(self):
        path = SOURCE / "configs" / "quickstart.yaml"
        whole = {**load(run(EVALUATOR, job_names()[0], path, "--dump-config").out), **load(run(TRAINER, path, "--dump-config").out)}
        self.assertEqual(self.faults(whole), [])
        sections = list(sections_of(whole))
        self.assertGreater(len(sections), 20)
        for section in sections:
            with self.subTest(section=section):
                document = copy.deepcopy(whole)
                inner = document
                for key in section:
                    inner = inner[key]
                inner["mispelt"] = 1
                [fault] = self.faults(document)
                self.assertIn("'mispelt' was unexpected", fault)

    def test_it_refuses_keys_of_another_environment_or_layer(self):
        for document, section, key in (
                ({"environment": {"name": "maze_cues", "region": 1}}, "environment", "region"),
                ({"environment": {"goal_planes": 1}}, "environment", "goal_planes"),
                ({"network": {"activation_options": {"fraction": 0.5}}}, "network", "activation_options"),
                ({"network": {"activation": "elu", "activation_options": {"fraction": 0.5}}}, "network", "activation_options")):
            with self.subTest(document):
                [error] = self.validator.iter_errors(document)
                self.assertEqual(error.instance, document[section][key])
                # Some versions of jsonschema leave a key that is not allowed out of the path.
                self.assertIn(list(error.absolute_path), ([section, key], [section]))

    def test_an_empty_section_means_the_defaults(self):
        self.assertEqual(self.faults(load("train:\n  ppo:\nscan:\n")), [])
        self.assertNotEqual(self.faults(load("seed:\n")), [])

    def test_it_refuses_bad_input(self):
        cases = {case.name: case for case in CONFIGURATIONS}
        refused = [name.strip() for name in REFUSED.replace("\n", " ").split(",")]
        self.assertEqual(set(refused) - set(cases), set())
        for name in refused:
            with self.subTest(name):
                text = replaced(TINY.format(run="runs/tiny"), *cases[name].changes)
                self.assertNotEqual(self.faults(load(text)), [])


if __name__ == "__main__":
    unittest.main()
