"""Runs the official clients, the pages' samples and plain requests and axios against a real server.

    run.py --server PATH_TO_FRAMEWRIGHT

Every client talks to the server through a proxy of its own, which counts the calls and judges every
request and answer by the server's own /openapi.json. Prints a line per check and exits with 0 only if
all hold.
"""

import argparse
import pathlib
import traceback

import requests

import calls
import samples
from harness import caller, count
from harness.checks import Checks
from harness.world import World

CALLERS = pathlib.Path(__file__).parent / "callers"
CLIENT_SECONDS = 240
HOOK_SECONDS = 30
SIGNATURE = {"webhook-id", "webhook-timestamp", "webhook-signature"}


def main():
    """The suite; its exit status."""
    parser = argparse.ArgumentParser(description="the clients suite")
    parser.add_argument("--server", required=True, help="the framewright binary")
    checks = Checks("clients")
    world = World(parser.parse_args().server, calls.CALLS)
    try:
        callers(checks, world)
        for client, proxy in world.proxies.items():
            count.compare(checks, client, calls.CALLS[client], proxy.calls)
            judged = f"{client}: all {proxy.calls.total()} exchanges fit /openapi.json"
            checks.add(judged, "\n".join(sorted(set(proxy.complaints))[:20]) or None)
    except Exception:
        checks.add("the suite runs to its end", traceback.format_exc())
    finally:
        checks.equal("the server drains and exits", world.stop(), 0)
    if checks.failed:
        print(f"-- the end of the server's log\n{world.tail()}")
    return checks.finish()


def callers(checks, world):
    """Every client, one after the other; then what they were promised by webhook."""
    made = client(checks, world, "apiframe-sdk", "pypi_apiframe_sdk.py")
    known = {"TASKS": ",".join(made.values())}
    client(checks, world, "apiframe", "pypi_apiframe.py", known)
    client(checks, world, "apiframe-js", "npm_apiframe_js.js", known)
    wan = client(checks, world, "wan by requests", "wan_requests.py")
    client(checks, world, "wan by axios", "wan_axios.js")
    sampled = samples.run(checks, world, "samples")
    webhook(checks, world, "imagine-video", made.get("imagine-video"), "hush-sdk")
    webhook(checks, world, "wan-text", wan.get("wan-text"), "hush-wan")
    for name, task_id in sampled.items():
        webhook(checks, world, name, task_id, samples.SECRET)
    posts = world.receiver.posts
    problems = [problem for post in posts for problem in world.document.shape("Task", post.body)]
    checks.add(f"all {len(posts)} webhooks have the shape of /fetch", problems or None)


def client(checks, world, name, script, more_env=None):
    """Runs a client script; the tasks it made."""
    env = {**world.env(name), **(more_env or {})}
    return caller.listen(checks, name, str(CALLERS / script), env, CLIENT_SECONDS)


def webhook(checks, world, name, task_id, secret):
    """The terminal webhook of a task: the secret, a signature, the bytes of /fetch through any host."""
    name = f"webhook of {name}"
    post = task_id and world.receiver.terminal(task_id, HOOK_SECONDS)
    if not post:
        checks.add(name, "none came")
        return
    checks.equal(f"{name}: secret", post.headers.get("x-webhook-secret"), secret)
    checks.equal(f"{name}: signed", SIGNATURE <= post.headers.keys(), True)
    fetched = requests.post(
        world.proxies["suite"].url + "/fetch",
        json={"task_id": task_id},
        headers={"X-API-Key": world.key},
        timeout=60,
    )
    checks.equal(f"{name}: bytes of /fetch", post.body, fetched.content)


if __name__ == "__main__":
    raise SystemExit(main())
