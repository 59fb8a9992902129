"""What a client script tells the suite, a line each, and what it is told by its environment."""

import os

BASE_URL = os.environ["BASE_URL"]
API_KEY = os.environ["API_KEY"]
ORIGIN = os.environ["ORIGIN"]
HOOK = os.environ["HOOK"]
WRONG_KEY = "not-a-key-of-this-server"
UNKNOWN_TASK = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a"


def check(name, holds, seen=""):
    """One check; `seen` is printed when it does not hold."""
    print(f"ok {name}" if holds else f"FAIL {name}: saw {seen!r}", flush=True)


def task(name, task_id):
    """A task that was made, for those who come after."""
    print(f"task {name} {task_id}", flush=True)


def tasks():
    """Ids of tasks that earlier clients made, oldest first."""
    return os.environ["TASKS"].split(",")
