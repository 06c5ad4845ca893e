"""Compares the index with hnswlib on the data sets of a directory, in turns, and prints medians.

  compare.py DATA_DIRECTORY [--rounds N] [--sets a,b] [--engines hnswlib,NONE,LVQ8]

Run from the repository after `./mvnw -pl dataplane/index -am test-compile`. One thread, CPU time; see README.md.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
EFS = [int(ef) for ef in os.environ.get(
    "BENCH_EFS", "10,14,20,28,40,56,80,112,160,240,360,560,800").split(",")]
M, EF_CONSTRUCTION, PASSES = 16, 100, 3


def classpath():
    target = HERE.parent / "target"
    jars = (target / "bench-classpath.txt")
    if not jars.exists():
        subprocess.run(
            ["./mvnw", "-q", "-o", "-pl", "dataplane/index", "dependency:build-classpath",
             f"-Dmdep.outputFile={jars.resolve()}"], cwd=HERE.parents[2], check=True)
    return os.pathsep.join([str(target / "classes"), str(target / "test-classes"), jars.read_text().strip()])


def run(engine, data):
    if engine == "hnswlib":
        command = [sys.executable, str(HERE / "hnswlib_bench.py"), str(data), str(M), str(EF_CONSTRUCTION)]
    else:
        java = pathlib.Path(os.environ["JAVA_HOME"]) / "bin" / "java"
        command = [str(java), "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                   *os.environ.get("BENCH_JAVA_OPTIONS", "").split(),
                   "-Xmx3g", "-cp", classpath(), "io.vecraft.index.bench.IndexBench",
                   str(data), engine, str(M), str(EF_CONSTRUCTION)]
    command += [str(PASSES), *map(str, EFS)]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return json.loads(result.stdout.splitlines()[-1])


def qps_at(points, wanted):
    """Queries per second at a recall, between the two settings around it on a logarithmic scale."""
    best = 0.0
    for low, high in zip(points, points[1:]):
        if low["recall"] < wanted <= high["recall"]:
            part = (wanted - low["recall"]) / (high["recall"] - low["recall"])
            best = max(best, math.exp((1 - part) * math.log(low["qps"]) + part * math.log(high["qps"])))
    for point in points:
        if point["recall"] >= wanted:
            best = max(best, point["qps"])
    return best or None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", default="")
    parser.add_argument("--engines", default="hnswlib,NONE,LVQ8")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    engines = options.engines.split(",")
    report = {}
    for data in sorted(p for p in options.data.iterdir() if (p / "truth.npy").exists()):
        if options.sets and data.name not in options.sets.split(","):
            continue
        runs = {engine: [] for engine in engines}
        for _ in range(options.rounds):
            for engine in engines:
                runs[engine].append(run(engine, data))
        report[data.name] = runs
        print(f"\n{data.name}\n{'engine':10} {'build s':>8} {'qps@.95':>9} {'qps@.99':>9} {'max recall':>10}   ratios to hnswlib (build, .95, .99)")
        rows = {}
        for engine, results in runs.items():
            def median(values):
                values = [v for v in values if v is not None]
                return statistics.median(values) if values else float("nan")
            rows[engine] = (
                median([r["build_cpu_s"] for r in results]),
                median([qps_at(r["points"], 0.95) for r in results]),
                median([qps_at(r["points"], 0.99) for r in results]),
                max(p["recall"] for r in results for p in r["points"]))
        for engine, (build, q95, q99, top) in rows.items():
            ratios = ""
            if "hnswlib" in rows:
                other = rows["hnswlib"]
                ratios = f"{other[0] / build:5.2f}x {q95 / other[1]:5.2f}x {q99 / other[2]:5.2f}x"
            print(f"{engine:10} {build:8.2f} {q95:9.0f} {q99:9.0f} {top:10.4f}   {ratios}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(report))


main()
