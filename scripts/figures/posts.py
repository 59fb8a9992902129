"""Sends many requests over a fixed number of connections: `PATH<tab>BODY` lines in, task ids out.

Usage: posts.py SERVER KEY CONNECTIONS. Ends with status 1 where a request is refused.
"""

import http.client
import json
import queue
import sys
import threading
import urllib.parse

SERVER, KEY, CONNECTIONS = sys.argv[1], sys.argv[2], int(sys.argv[3])
HEADERS = {"Authorization": KEY, "Content-Type": "application/json"}

wanted: queue.SimpleQueue = queue.SimpleQueue()
ids: list[str] = []
refused: list[str] = []


def send() -> None:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(SERVER).netloc)
    while (line := wanted.get()) is not None:
        path, _, body = line.partition("\t")
        connection.request("POST", path, body, HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            refused.append(f"{answer.status} {text[:200]!r}")
        elif text:
            ids.append(json.loads(text).get("task_id", ""))


def main() -> int:
    for line in sys.stdin:
        wanted.put(line.rstrip("\n"))
    for _ in range(CONNECTIONS):
        wanted.put(None)
    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(ids))
    if refused:
        print(f"!! {len(refused)} requests were refused, first: {refused[0]}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
