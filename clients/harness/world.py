"""Everything that runs beside the clients: the server, its data, the origin, the receiver, a proxy each."""

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time

import requests

from .openapi import Document
from .origin import Origin
from .proxy import Proxy
from .receiver import Receiver

START_SECONDS = 60


class World:
    """A sandbox server with data of its own and a key, and who stands around it."""

    def __init__(self, binary, clients):
        self.key = "clients-" + secrets.token_hex(16)
        self.folder = tempfile.TemporaryDirectory(prefix="framewright-clients-")
        self.log = os.path.join(self.folder.name, "server.log")
        address = free_address()
        self.url = f"http://{address}"
        self._server = serve(binary, address, self)
        self._until_ready()
        self.document = Document(requests.get(self.url + "/openapi.json", timeout=10).json())
        self.origin = Origin()
        self.receiver = Receiver()
        self.proxies = {client: Proxy(self.url, self.document) for client in clients}

    def _until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                if requests.get(self.url + "/ready", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.05)
        self._server.kill()
        raise RuntimeError(f"the server does not start:\n{self.tail()}")

    def env(self, client):
        """What a client script is told."""
        return {
            "BASE_URL": self.proxies[client].url,
            "API_KEY": self.key,
            "ORIGIN": self.origin.url,
            "HOOK": self.receiver.url,
        }

    def tail(self):
        """The end of the server's log."""
        with open(self.log, errors="replace") as log:
            return log.read()[-4000:]

    def stop(self):
        """Drains the server; its exit status, none when it had to be killed."""
        self._server.send_signal(signal.SIGTERM)
        try:
            return self._server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._server.kill()
            return None


def serve(binary, address, world):
    """The server's process, its messages in a file."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("FRAMEWRIGHT_")}
    env["FRAMEWRIGHT_BOOTSTRAP_KEY"] = world.key
    data = os.path.join(world.folder.name, "data")
    command = [binary, "serve", "--sandbox", "--listen", address, "--data", data]
    with open(world.log, "wb") as log:
        return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def free_address():
    """An address of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]
