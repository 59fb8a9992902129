"""Runs one client script as a process of its own and takes in what it says.

A script says `ok NAME`, `FAIL NAME: what was seen` or `task NAME ID`, a line each (`callers/say.py`,
`callers/say.js`). One that ends badly, or without a check, fails the suite.
"""

import os
import subprocess
import sys
import threading

LANGUAGES = {".py": [sys.executable], ".js": ["node"]}


def run(script, env):
    """The script's process with its output as pipes; `env` is added to this process's own."""
    command = LANGUAGES[os.path.splitext(script)[1]] + [script]
    return subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def listen(checks, client, script, env, seconds):
    """Runs a script to its end; the tasks that it told of, by name."""
    tasks, said = {}, 0
    try:
        process = run(script, env)
    except OSError as error:
        checks.add(f"{client}: starts", str(error))
        return tasks
    errors = []
    reading = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    deadline = threading.Timer(seconds, process.kill)
    reading.start()
    deadline.start()
    for line in process.stdout:
        word, _, rest = line.rstrip("\n").partition(" ")
        said += word in ("ok", "FAIL")
        take(checks, client, word, rest, tasks)
    status = process.wait()
    deadline.cancel()
    reading.join()
    badly = f"status {status} after {said} checks\n{''.join(errors)[-2000:]}"
    checks.add(f"{client}: runs to its end", None if status == 0 and said else badly)
    return tasks


def take(checks, client, word, rest, tasks):
    """One line of a script; what is none of the three words is the client library's own print."""
    if word == "ok":
        checks.add(f"{client}: {rest}")
    elif word == "FAIL":
        name, _, seen = rest.partition(": ")
        checks.add(f"{client}: {name}", seen or "it does not hold")
    elif word == "task":
        name, _, task_id = rest.rpartition(" ")
        tasks[name] = task_id
