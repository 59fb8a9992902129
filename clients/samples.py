"""The pages' own samples, run as they are but for the host and the key, which they ask to be replaced.

Each runs twice: with the elided URLs pointing somewhere, and as printed. As printed they get their 200
too; what then needs the elided picture fails, and says so.
"""

import json
import pathlib
import tempfile
import time

import requests

from harness import caller

FOLDER = pathlib.Path(__file__).parent / "samples"
# In this order: one is the beginning of the other.
ELIDED = {"https://............xxx.png": "{origin}/start.png", "https://........": "{hook}/samples"}
SECRET = "abc123"
SECONDS = 240


def run(checks, world, client):
    """Runs every sample both ways; the tasks that owe a webhook, by sample."""
    base_url = world.proxies[client].url
    texts = {path.name: path.read_text() for path in sorted(FOLDER.iterdir()) if path.suffix != ".md"}
    checks.equal(f"{client}: all are there", len(texts), 7)
    printed = submit(checks, client, "as printed", texts, world, base_url)
    filled = {name: fill(text, world) for name, text in texts.items()}
    replaced = submit(checks, client, "with its URLs replaced", filled, world, base_url)
    ended = wait([*printed.values(), *replaced.values()], world, base_url)
    for name, task_id in printed.items():
        as_printed(checks, f"{client}: {name} as printed", ended[task_id], "image_url" in texts[name])
    for name, task_id in replaced.items():
        checks.equal(f"{client}: {name} finishes", ended[task_id]["status"], "finished")
    return replaced


def as_printed(checks, name, body, wants_picture):
    """The end of a task whose URLs lead nowhere: only an input that is not there makes it fail."""
    if not wants_picture:
        checks.equal(f"{name} finishes, whatever its webhook", body["status"], "finished")
        return
    told = body["status"] == "failed" and body["message"].startswith("image_url: ")
    checks.add(f"{name} fails and says why", None if told else body)


def fill(text, world):
    """A sample with something behind the URLs that it elides."""
    for elided, url in ELIDED.items():
        text = text.replace(elided, url.format(origin=world.origin.url, hook=world.receiver.url))
    return text


def submit(checks, client, how, texts, world, base_url):
    """Runs each sample; the ids of the tasks they made, by sample."""
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            script = pathlib.Path(folder) / name
            text = text.replace("https://api.apiframe.pro", base_url)
            script.write_text(text.replace("YOUR_API_KEY", world.key))
            out, errors = caller.run(str(script), {}).communicate(timeout=60)
            try:
                made[name] = json.loads(out)["task_id"]
                checks.add(f"{client}: {name} {how} gets a task")
            except (ValueError, KeyError):
                checks.add(f"{client}: {name} {how} gets a task", out + errors)
    return made


def wait(ids, world, base_url):
    """The last body of each task, by id."""
    deadline = time.monotonic() + SECONDS
    while True:
        tasks = post(base_url, world, "/fetch-many", {"task_ids": ids}).json()["tasks"]
        open_still = any(task["status"] == "processing" for task in tasks)
        if not open_still or time.monotonic() > deadline:
            return {task["task_id"]: task for task in tasks}
        time.sleep(0.5)


def post(base_url, world, path, body):
    """One call of our own, through the samples' proxy."""
    return requests.post(base_url + path, json=body, headers={"Authorization": world.key}, timeout=60)
