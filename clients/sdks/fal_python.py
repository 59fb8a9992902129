"""fal's official client for Python against the double, over TLS: it knows no other scheme."""

import os
from urllib.parse import urlparse

from say import API_KEY, BASE_URL, HOOK, ORIGIN, check, task

os.environ["FAL_QUEUE_RUN_HOST"] = os.environ["FAL_RUN_HOST"] = urlparse(BASE_URL).netloc
os.environ["FAL_KEY"] = f"id:{API_KEY}"

import fal_client  # noqa: E402  (it reads the environment when it is loaded)
from control import fault, purchases, script  # noqa: E402

KLING = "fal-ai/kling-video/v2.5-turbo/pro/text-to-video"
IMAGE = "fal-ai/kling-video/v2.5-turbo/pro/image-to-video"
WAN = "wan/v2.6/image-to-video"
TEXT = {"prompt": "a cat", "duration": "5", "aspect_ratio": "16:9"}

client = fal_client.SyncClient()


def main():
    """All of it, in an order that the calls are counted for."""
    submits()
    states()
    cancels()
    refusals()


def submits():
    """One of each kind that an adapter sends, for the golden file."""
    made = client.submit(KLING, {**TEXT, "negative_prompt": "blur", "cfg_scale": 0.5}, webhook_url=f"{HOOK}/fal")
    check("the answer's addresses are the double's own", made.status_url.startswith(BASE_URL), made.status_url)
    task("kling-text", made.request_id)
    frames = {"image_url": f"{ORIGIN}/a.png", "tail_image_url": f"{ORIGIN}/b.png"}
    task("kling-image", client.submit(IMAGE, {"prompt": "a cat", "duration": "10", **frames}).request_id)
    wan = {"prompt": "a cat", "image_url": f"{ORIGIN}/a.png", "resolution": "720p", "duration": "5"}
    task("wan-image", client.submit(WAN, wan).request_id)


def states():
    """Every status, by the addresses in the answer, then by the SDK's own waiting."""
    script(next=[["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]])
    made = client.submit(KLING, TEXT)
    shown = [made.status(with_logs=True) for _ in range(3)]
    kinds = [type(look).__name__ for look in shown]
    check("the statuses in order", kinds == ["Queued", "InProgress", "Completed"], kinds)
    script(next=[["IN_QUEUE", "COMPLETED"]])
    done = client.submit(KLING, TEXT).get(interval=0.02)
    check("the result has a link", done["video"]["url"].startswith("https://"), done)
    bad = client.submit(IMAGE, {"prompt": "a cat"})
    check("a bad input is accepted, and its result is a 422", raised(bad.get) == 422)


def cancels():
    """A waiting request can be cancelled, a finished one cannot."""
    made = client.submit(KLING, TEXT)
    check("a waiting request is cancelled", made.cancel() is None)
    script(next=[["COMPLETED"]])
    made = client.submit(KLING, TEXT)
    made.status()
    check("a finished one is a 400", raised(made.cancel) == 400)


def refusals():
    """What the server refuses, and what the SDK sends again although it is paid."""
    before = len(purchases())
    fault("answer", status=429, body={"detail": "slow"})
    client.submit(KLING, TEXT)
    check("a 429 is tried again and buys once", len(purchases()) == before + 1, purchases())
    script(knobs={"keys": ["another"]})
    check("a wrong key is a 401", raised(client.submit, KLING, TEXT) == 401)


def raised(call, *args):
    """The status that the SDK raises."""
    try:
        return f"nothing was raised: {call(*args)}"
    except fal_client.FalClientHTTPError as error:
        return error.status_code


main()
