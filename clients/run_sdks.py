"""Runs the vendors' official SDKs against the doubles of those vendors.

    run_sdks.py --doubles PATH_TO_DOUBLES [--bless] [SDK…]

Each SDK talks to a fresh double. Its script checks what the SDK makes of the answers; here every call is
counted, and what the SDK sent for each named task is compared with `sdks/golden`, by which the
adapters' tests judge their own requests. `--bless` writes those files anew. Exits with 0 only if all
holds.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import traceback

from harness import caller, count
from harness.checks import Checks
from harness.doubles import Doubles
from sdks.calls import SDKS

HERE = pathlib.Path(__file__).parent
SCRIPTS = HERE / "sdks"
RUNWAY_MODELS = HERE.parent / "crates/doubles/data/runway_models.json"
SCRIPT_SECONDS = 120


def main():
    """The suite; its exit status."""
    parser = argparse.ArgumentParser(description="the sdks suite")
    parser.add_argument("--doubles", required=True, help="the doubles binary")
    parser.add_argument("--bless", action="store_true", help="write the golden files anew")
    parser.add_argument("sdks", nargs="*", default=list(SDKS), help="only these")
    said = parser.parse_args()
    checks = Checks("sdks")
    models(checks)
    for name in said.sdks:
        try:
            one(checks, said.doubles, name, said.bless)
        except Exception:
            checks.add(f"{name}: the suite runs to its end", traceback.format_exc())
    return checks.finish()


def one(checks, binary, name, bless):
    """One SDK against its double."""
    sdk = SDKS[name]
    doubles = Doubles(binary, sdk.double, sdk.tls)
    try:
        tasks = caller.listen(checks, name, str(SCRIPTS / sdk.script), env(doubles), SCRIPT_SECONDS)
        count.compare(checks, name, sdk.calls, doubles.calls())
        sold = doubles.sold(sdk.headers)
        golden(checks, name, sdk, {task: sold[job] for task, job in tasks.items()}, bless)
    finally:
        doubles.stop()


def env(doubles):
    """What a script is told; no proxy of the environment's stands between it and the double."""
    trusted = {"SSL_CERT_FILE": doubles.certificate, "NODE_EXTRA_CA_CERTS": doubles.certificate}
    return {
        **(trusted if doubles.certificate else {}),
        "BASE_URL": doubles.url,
        "CONTROL": doubles.control,
        "API_KEY": "key_of_the_tests",
        "ORIGIN": "https://media.example.com",
        "HOOK": "https://hooks.example.com",
        "PYTHONPATH": os.pathsep.join([str(HERE / "callers"), str(HERE)]),
        "NO_PROXY": "127.0.0.1,localhost",
    }


def golden(checks, name, sdk, sent, bless):
    """Whether the SDK sent what it sent when the golden file was reviewed."""
    path = SCRIPTS / "golden" / (os.path.splitext(sdk.script)[0] + ".json")
    if bless:
        path.write_text(json.dumps(sent, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    wanted = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    checks.equal(f"{name}: sends what {path.name} says", sent, wanted)


def models(checks):
    """Whether the table that Runway's double goes by is what its SDK's types say."""
    made = subprocess.run(
        [sys.executable, str(SCRIPTS / "runway_models.py")], capture_output=True, text=True, check=False
    )
    same = made.stdout == RUNWAY_MODELS.read_text(encoding="utf-8")
    checks.add("runway_models.json says what the SDK's types say", None if same else made.stderr or "it differs")


if __name__ == "__main__":
    raise SystemExit(main())
