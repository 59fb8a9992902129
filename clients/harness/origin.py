"""Where inputs come from: the suite's pictures and sound, and a 404 for everything else."""

from . import media
from .web import Handler, Web


class Origin(Web):
    """Serves a start image, an end image and a sound."""

    def __init__(self):
        self.files = {
            "/start.png": ("image/png", media.picture(0.1)),
            "/end.png": ("image/png", media.picture(0.9)),
            "/sound.wav": ("audio/wav", media.sound()),
        }
        files = self.files

        class Serve(Handler):
            def do_GET(self):
                kind, body = files.get(self.path, (None, b""))
                headers = [("content-type", kind)] if kind else []
                self.answer(200 if kind else 404, headers, body)

        super().__init__(Serve)
