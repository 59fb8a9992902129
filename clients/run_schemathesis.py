"""Runs Schemathesis, with all of its checks, over a real server's own /openapi.json.

    run_schemathesis.py --server PATH_TO_FRAMEWRIGHT [OPTION_OF_SCHEMATHESIS…]

Seed, bounds and the few exceptions are in schemathesis/schemathesis.toml. Exits with its status, or with 1
where the server did not outlive it.
"""

import argparse
import pathlib
import subprocess
import sys

from harness.world import World

CONFIG = pathlib.Path(__file__).resolve().parent / "schemathesis" / "schemathesis.toml"
SECONDS = 300


def main():
    """The suite; its exit status."""
    parser = argparse.ArgumentParser(description="the document against the server")
    parser.add_argument("--server", required=True, help="the framewright binary")
    arguments, options = parser.parse_known_args()
    world = World(arguments.server, [])
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "--config-file", str(CONFIG)]
    command += ["run", world.url + "/openapi.json", "--header", f"Authorization: {world.key}"]
    try:
        command += ["--checks", "all", *options]
        # It keeps failures in the directory it runs in.
        status = subprocess.run(command, cwd=world.folder.name, timeout=SECONDS).returncode
    finally:
        drained = world.stop()
    if drained != 0:
        print(f"schemathesis: the server ended with {drained}\n-- the end of its log\n{world.tail()}")
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
