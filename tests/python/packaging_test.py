"""The recipes in packaging/ name every library that the build looks for (cmake/dependencies.cmake)."""
import ast
import re
import unittest

from programs import SOURCE

PACKAGING = SOURCE / "packaging"
# The name of a library in Spack, where it is not conda-forge's.
SPACK = {"pkg-config": "pkgconfig", "nlohmann_json": "nlohmann-json", "openmpi": "mpi", "pytorch": "py-torch", "zlib": "zlib-api",
         "libboost-headers": "boost", "gtest": "googletest", "cpp-httplib": "cpp-httplib"}
NOT_IN_SPACK = {"benchmark"}  # MAZESCAN_BENCHMARKS is off there


def needed():
    """Returns conda-forge's name of each library that the build needs."""
    text = (SOURCE / "cmake/dependencies.cmake").read_text(encoding="utf-8")
    calls = re.findall(r'^ *mazescan_need\(\S+ (?:"[^"]*"|\S+) (?:"[^"]*"|\S+) (\S+)\)', text, re.M)
    if len(calls) < 15:
        raise AssertionError(calls)
    return calls


class Recipes(unittest.TestCase):
    def test_conda(self):
        import yaml
        environment = yaml.safe_load((PACKAGING / "environment.yml").read_text(encoding="utf-8"))
        packages = {re.split("[ <>=]", name)[0] for name in environment["dependencies"]}
        self.assertEqual(set(needed()) - packages, set())

    def test_spack(self):
        source = (PACKAGING / "spack/packages/mazescan/package.py").read_text(encoding="utf-8")
        tree = ast.parse(source)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "depends_on"]
        packages = {re.split("[@+~]", call.args[0].value)[0] for call in calls}
        wanted = {SPACK.get(name, name) for name in needed() if name not in NOT_IN_SPACK}
        self.assertEqual(wanted - packages, set())
        version = re.search(r"project\(mazescan VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
        self.assertIn(f'version("{version}")', source)

    def test_easybuild(self):
        parameters = {}
        (recipe,) = (PACKAGING / "easybuild").glob("*.eb")
        exec(compile(recipe.read_text(encoding="utf-8"), recipe.name, "exec"), parameters)  # as EasyBuild reads it
        self.assertEqual(recipe.name, "{name}-{version}-{toolchain[name]}-{toolchain[version]}.eb".format(**parameters))
        for required in ("easyblock", "homepage", "description", "sources", "sanity_check_paths", "moduleclass"):
            self.assertIn(required, parameters)
        modules = {name.lower() for name, _ in parameters["dependencies"]}
        fetched = set(re.findall(r"^mazescan_fetch\((\S+)\)", (SOURCE / "cmake/dependencies.cmake").read_text(encoding="utf-8"), re.M))
        self.assertIn("-DMAZESCAN_FETCH=ON", parameters["configopts"])
        self.assertGreater(len(fetched), 4)
        for name in ("hdf5", "pytorch", "python", "cairo", "libpng", "zlib", "eigen", "boost"):  # the catalogue has no cpp-httplib
            self.assertIn(name, modules)


if __name__ == "__main__":
    unittest.main()
