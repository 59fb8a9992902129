"""The pictures and the sound that the suite's tasks start from, made here from nothing."""

import io
import math
import struct
import wave
import zlib

WIDTH, HEIGHT = 480, 270


def picture(hue):
    """A PNG with a gradient and a lit disc, so that a camera has something to move over.

    `hue`, from 0 to 1, shifts the disc and the colours: two pictures differ visibly.
    """
    centre_x, centre_y = WIDTH * (0.25 + hue / 2), HEIGHT / 2
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)  # filter: none
        for x in range(WIDTH):
            near = max(0.0, 1 - math.hypot(x - centre_x, y - centre_y) / 90)
            red = 255 * max(near, hue * y / HEIGHT)
            green = 200 * max(near, x / WIDTH)
            rows += bytes((int(red), int(green), int(255 * (1 - hue) * y / HEIGHT)))
    return png(WIDTH, HEIGHT, bytes(rows))


def png(width, height, rows):
    """A PNG of 8-bit RGB from its filtered rows."""

    def chunk(kind, body):
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def sound(seconds=4, rate=16_000):
    """A WAV with a tone of 440 Hz; the wan page wants 3 to 30 seconds."""
    wave_at = (int(8000 * math.sin(math.tau * 440 * at / rate)) for at in range(seconds * rate))
    held = io.BytesIO()
    with wave.open(held, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(struct.pack("<h", value) for value in wave_at))
    return held.getvalue()
