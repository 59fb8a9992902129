"""A proxy before the server that counts and judges everything a client sends and gets.

Each client has one of its own, so every call has a caller. The Host header is passed on: links in
answers lead through the proxy again.
"""

import http.client
import threading
from collections import Counter
from urllib.parse import urlsplit

from .web import Handler, Web

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}


class Proxy(Web):
    """Forwards to `server` (a URL) and keeps the count by method, path of the document, and status."""

    def __init__(self, server, document):
        self.calls = Counter()
        self.complaints = []
        self._document = document
        self._upstream = urlsplit(server).netloc
        self._lock = threading.Lock()
        proxy = self

        class Forward(Handler):
            def do_GET(self):
                sent = self.body()
                status, headers, got = proxy.forward(self.command, self.path, self.headers, sent)
                proxy.note(self.command, urlsplit(self.path).path, sent, status, headers, got)
                self.answer(status, headers, got)

            do_POST = do_DELETE = do_GET

        super().__init__(Forward)

    def forward(self, method, path, headers, body):
        """The server's status, headers and body for one request; a 502 where it gives none."""
        connection = http.client.HTTPConnection(self._upstream, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in kept(headers.items()):
                connection.putheader(name, value)
            if body:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, kept(answer.getheaders()), answer.read()
        except (OSError, http.client.HTTPException):
            return 502, [("content-type", "application/json")], b"{}"
        finally:
            connection.close()

    def note(self, method, path, sent, status, headers, got):
        """Counts an exchange and keeps what is wrong with it."""
        found = self._document.complaints(method, path, sent, status, got)
        if "x-request-id" not in {name.lower() for name, _ in headers}:
            found.append(f"{method} {path} {status}: the answer has no x-request-id")
        with self._lock:
            self.calls[f"{method} {self._document.template(path) or path} {status}"] += 1
            self.complaints += found


def kept(headers):
    """The headers that are for the other end."""
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]
