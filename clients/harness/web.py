"""A small HTTP server on a free port of loopback; the others here are made of it."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers with bodies of known length and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def body(self):
        """The request's body; the clients here all say its length."""
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status, headers, body):
        """Sends a whole answer."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the suite's output is its checks."""


class Server(ThreadingHTTPServer):
    """One that takes it calmly when the other end hangs up: a progress post may be cut short."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Web:
    """A server in a thread of its own; stops with `close`."""

    def __init__(self, handler):
        self._server = Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
