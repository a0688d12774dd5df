"""Measures tidegate beside nginx, HAProxy and Node, and prints one table."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import report
import rows
import subjects
from run import Run
from subjects import Missing

ABOUT = """\
Measures tidegate beside nginx, HAProxy and Node and prints one table, every row of it in one run.

CPU is user and system time of all processes of the row's server, its functions included and the
origin behind it not, divided by the requests answered. Rows are measured in turn, round by round;
a row's numbers are the medians of its rounds, and a ratio is the median of the rounds' ratios. The
gateways run one worker on a core of their own, wrk and the origin on another. A row that gets an
answer other than 2xx counts as not measured.
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tidegate", type=Path, metavar="FILE", help="the binary [a release build of this checkout]")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW", help="these rows and what they are compared with")
    seconds = "length of a row in each round, but for those that are measured often [%(default)s]"
    parser.add_argument("--seconds", type=int, default=5, help=seconds)
    parser.add_argument("--rounds", type=int, default=3, help="how often each row is measured [%(default)s]")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a bar is missed or a row not measured")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    wanted = rows.chosen(options.only)
    options.tidegate = options.tidegate or release_build()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder, contextlib.ExitStack() as origin:
        # nginx's worker may be another user.
        os.chmod(folder, 0o755)
        try:
            run = Run(options, wanted, Path(folder), origin)
        except Missing as missing:
            print(f"bench: {missing}", file=sys.stderr)
            return 1
        with contextlib.ExitStack() as servers:
            run.start(servers)
            for number in range(1, options.rounds + 1):
                run.round(number)
        lines = run.lines() + run.start_lines()
    print(json.dumps([asdict(line) for line in lines], indent=2) if options.json else report.table(lines))
    is_good = all(line.is_met is not False and not line.missing for line in lines)
    return 1 if options.strict and not is_good else 0


def release_build() -> Path:
    """Builds what is measured, so that it is never an older one."""
    root = subjects.BENCH.parent
    print("bench: cargo build --release", file=sys.stderr, flush=True)
    subprocess.run(["cargo", "build", "--release", "--locked", "--bin", "tidegate"], cwd=root, check=True)
    return root / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "tidegate"


if __name__ == "__main__":
    sys.exit(main())
