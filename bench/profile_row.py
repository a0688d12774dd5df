"""Records where a row of the benchmark spends its CPU time, with perf, and prints the busiest functions."""

import argparse
import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

import load
import processes
import subjects
from main import release_build
from run import FUNCTION_CONNECTIONS, GATEWAY_CONNECTIONS, SERVED, Run
from rows import FUNCTIONS
from subjects import Missing


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/profile", description=__doc__)
    parser.add_argument("row", choices=list(SERVED), help="as in scripts/bench --only")
    parser.add_argument("--tidegate", type=Path, metavar="FILE", help="the binary [a release build of this checkout]")
    parser.add_argument("--seconds", type=int, default=5, help="how long to record [%(default)s]")
    parser.add_argument("--data", type=Path, default=Path("perf.data"), help="where perf's recording goes [%(default)s]")
    options = parser.parse_args()
    options.tidegate = options.tidegate or release_build()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder, contextlib.ExitStack() as servers:
        Path(folder).chmod(0o755)
        run = Run(options, {options.row}, Path(folder), servers)
        run.start(servers)
        if missing := run.missing.get(options.row):
            raise Missing(missing)
        record(run, options)
    report = ["perf", "report", "-i", str(options.data), "--stdio", "--no-children", "-g", "none"]
    return subprocess.run([*report, "--percent-limit", "0.5", "-F", "overhead,comm,symbol"]).returncode


def record(run: Run, options: argparse.Namespace) -> None:
    name, path = SERVED[options.row]
    server = run.servers[name]
    is_function = options.row in {row.name for row in FUNCTIONS}
    connections = FUNCTION_CONNECTIONS if is_function else GATEWAY_CONNECTIONS
    cores = None if is_function else run.load_cores
    load.run(server.url + path, connections, load.WARM_UP_SECONDS, cores, 0)
    pids = ",".join(map(str, processes.tree(server.pid)))
    command = [subjects.find("perf"), "record", "-q", "-F", "1999", "-g", "-o", str(options.data), "-p", pids]
    perf = subprocess.Popen(command)
    load.run(server.url + path, connections, options.seconds, cores, 0)
    perf.send_signal(2)
    perf.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as missing:
        sys.exit(f"profile: {missing}")
