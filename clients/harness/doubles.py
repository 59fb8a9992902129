"""The doubles of upstreams, each time fresh: a process with ledgers of its own and no scripts."""

import json
import os
import re
import subprocess
import tempfile
import time
from collections import Counter

import requests

START_SECONDS = 60
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Doubles:
    """One double that runs until `stop`, and what it saw."""

    def __init__(self, binary, name, tls=False):
        self.name = name
        self.folder = tempfile.TemporaryDirectory(prefix="framewright-doubles-")
        ports = os.path.join(self.folder.name, "ports.json")
        command = [binary, "--ports-file", ports, "--dir", self.folder.name, "--only", name]
        # What a client has to trust; none over plain HTTP.
        self.certificate = os.path.join(self.folder.name, "certificate.pem") if tls else None
        command += ["--tls", self.certificate] if tls else []
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.urls = self._wait(ports)
        self.url, self.control = self.urls[name], f"{self.urls['control']}/{name}"

    def _wait(self, ports):
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if os.path.exists(ports):
                with open(ports, encoding="utf-8") as file:
                    return json.load(file)
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"the double {self.name} does not start")

    def read(self, what):
        """`purchases` or `requests`, oldest first."""
        return requests.get(f"{self.control}/{what}", timeout=10).json()

    def calls(self):
        """How often each method and path was asked with which end; job ids become `{id}`."""
        jobs = {purchase["job"] for purchase in self.read("purchases")}
        return Counter(call(request, jobs) for request in self.read("requests"))

    def sold(self, headers):
        """What was bought, by job id: path, the named headers, body."""
        submits = [request for request in self.read("requests") if request["step"] == "submit"]
        return {
            purchase["job"]: sale(purchase, submits, headers) for purchase in self.read("purchases")
        }

    def stop(self):
        """Ends the process and forgets its ledgers."""
        self._process.kill()
        self._process.wait()
        self.folder.cleanup()


def call(request, jobs):
    """A request as a line of a table of calls."""
    path = request["path"].partition("?")[0]
    for job in jobs:
        path = path.replace(job, "{id}")
    path = IDS.sub("{id}", path)
    return f"{request['method']} {path} {request['status'] or 'dropped'}"


def sale(purchase, submits, headers):
    """One purchase with the path of the request that made it."""
    body = json.loads(purchase["body"])
    path = next(request["path"] for request in submits if request["body"] == body)
    kept = {name: purchase["headers"][name] for name in headers if name in purchase["headers"]}
    return {"path": path, "headers": kept, "body": body}
