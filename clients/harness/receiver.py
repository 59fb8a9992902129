"""Where webhooks go: a receiver that keeps every post and lets the suite wait for the last one."""

import json
import threading
from collections import namedtuple

from .web import Handler, Web

Post = namedtuple("Post", "path headers body")


class Receiver(Web):
    """Answers 200 and remembers, in order."""

    def __init__(self):
        self.posts = []  # only ever added to
        self._news = threading.Condition()
        receiver = self

        class Hear(Handler):
            def do_POST(self):
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.hear(Post(self.path, headers, self.body()))
                self.answer(200, [], b"")

        super().__init__(Hear)

    def hear(self, post):
        """Keeps a post and wakes who waits for one."""
        with self._news:
            self.posts.append(post)
            self._news.notify_all()

    def terminal(self, task_id, seconds):
        """The terminal post of a task, once it is there; none if it is not in time."""

        def found():
            return next((post for post in self.posts if ends(post, task_id)), None)

        with self._news:
            return self._news.wait_for(found, timeout=seconds)


def ends(post, task_id):
    """Whether a post says that this task has ended."""
    body = json.loads(post.body)
    return body.get("task_id") == task_id and body.get("status") in ("finished", "failed")
