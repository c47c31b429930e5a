"""Runs the benchmarks and prints the performance table. `./run bench [--json FILE]` calls it.

Usage: run.py BIN_FOLDER RANKS [--json FILE]; writes a list of rows {name, value, unit} to FILE."""
import json
import os
import subprocess
import sys
import tempfile

# Microseconds per time unit of Google Benchmark.
TIME_UNITS = {"ns": 1e-3, "us": 1.0, "ms": 1e3}


def world_rows(folder):
    command = [os.path.join(folder, "world_bench"), "--benchmark_format=json", "--benchmark_min_time=0.5"]
    for result in json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["benchmarks"]:
        if result["name"].startswith("level/"):
            yield {"name": result["name"], "value": result["cpu_time"] * TIME_UNITS[result["time_unit"]], "unit": "us"}
        elif "share" in result:
            yield {"name": result["name"], "value": result["share"], "unit": "share"}
        elif "speedup" in result:
            yield {"name": result["name"].removesuffix("/real_time"), "value": result["speedup"], "unit": "x one"}
        else:
            yield {"name": result["name"], "value": result["items_per_second"], "unit": "steps/s"}


def mpi_rows(program, folder, ranks, config="quickstart.yaml"):
    source = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = [os.path.join(folder, program), os.path.join(source, "configs", config)]
    if ranks > 1:
        command = ["mpirun", "-n", str(ranks)] + command
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def plain_rows(program, folder):
    return json.loads(subprocess.run([os.path.join(folder, program)], check=True, stdout=subprocess.PIPE).stdout)


def record_rows(folder):
    source = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    config = os.path.join(source, "configs", "quickstart.yaml")
    # Write to the disk of the build folder: /tmp may be in memory.
    with tempfile.TemporaryDirectory(dir=os.path.dirname(folder), prefix="record-bench-") as out:
        command = [os.path.join(folder, "record_bench"), config, out]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def format_value(value, unit):
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:,.2f} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def main():
    folder, ranks = sys.argv[1], int(sys.argv[2])
    rest = sys.argv[3:]
    if rest and (len(rest) != 2 or rest[0] != "--json"):
        sys.exit("usage: ./run bench [--json FILE]")
    rows = []
    for part in (world_rows(folder), plain_rows("convolution_bench", folder), mpi_rows("train_bench", folder, ranks),
                 record_rows(folder),
                 mpi_rows("certify_bench", folder, ranks), mpi_rows("evaluate_bench", folder, 1, "published_easy.yaml")):
        for row in part:
            rows.append(row)
            print(f"{row['name']:<48} {format_value(row['value'], row['unit']):>24}", flush=True)
    if rest:
        with open(rest[1], "w") as out:
            json.dump(rows, out, indent=1)


if __name__ == "__main__":
    main()
