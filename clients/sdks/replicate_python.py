"""Replicate's official client for Python against the double."""

import replicate
import requests
from control import CONTROL, fault, purchases, script
from harness.receiver import Receiver
from replicate.exceptions import ReplicateError
from replicate.webhook import InvalidSignatureError, Webhooks
from say import API_KEY, BASE_URL, HOOK, ORIGIN, check, task

KLING = "kwaivgi/kling-v2.5-turbo-pro"
WAN = "wan-video/wan-2.6-i2v"
TEXT = {"prompt": "a cat", "aspect_ratio": "16:9", "duration": 5}

client = replicate.Client(api_token=API_KEY, base_url=BASE_URL)


def main():
    """All of it, in an order that the calls are counted for."""
    submits()
    states()
    webhooks()
    refusals()


def submits():
    """One of each kind that an adapter sends, for the golden file."""
    made = create(KLING, {**TEXT, "negative_prompt": "blur"}, webhook=f"{HOOK}/r", webhook_events_filter=["completed"])
    check("a submit answers a prediction", made.status == "starting" and made.urls["get"], made)
    task("kling-text", made.id)
    frames = {"start_image": f"{ORIGIN}/a.png", "end_image": f"{ORIGIN}/b.png"}
    task("kling-image", create(KLING, {"prompt": "a cat", "duration": 10, **frames}).id)
    image = {"image": f"{ORIGIN}/a.png", "prompt": "a cat", "resolution": "720p", "duration": 5}
    task("wan-image", create(WAN, image).id)


def states():
    """Every status, and the ends."""
    script(next=[["starting", "processing", "succeeded"]])
    made = create(KLING, TEXT)
    shown = []
    for _ in range(3):
        made.reload()
        shown.append(made.status)
    check("the statuses in order", shown == ["starting", "processing", "succeeded"], shown)
    check("the end has a link", str(made.output).startswith("http"), made.output)
    script(next=[[{"state": "failed", "error": "broken"}]])
    made = create(KLING, TEXT)
    made.reload()
    check("a failure says why", (made.status, made.error) == ("failed", "broken"), made)
    made = create(KLING, TEXT)
    made.cancel()
    check("a prediction can be cancelled", made.status == "canceled", made)


def webhooks():
    """A post of the double's, made by moving a job by hand, is good by the client's own verifier."""
    receiver = Receiver()
    made = create(KLING, TEXT, webhook=receiver.url, webhook_events_filter=["start"])
    moved = requests.post(f"{CONTROL}/jobs/{made.id}/advance", timeout=10).json()
    check("the post is heard", moved["heard"] == 200, moved)
    post, secret = receiver.posts[0], client.webhooks.default.secret()
    body = post.body.decode()
    check("and its signature holds", verified(post.headers, body, secret))
    check("that of a forged one does not", not verified(post.headers, body.replace("starting", "failed"), secret))


def verified(headers, body, secret):
    """Whether the client's verifier takes a post."""
    try:
        Webhooks.validate(headers=headers, body=body, secret=secret)
        return True
    except InvalidSignatureError:
        return False


def refusals():
    """What the server refuses; a POST is never sent again."""
    before = len(purchases())
    fault("answer", status=429, body={"detail": "Request was throttled.", "status": 429})
    check("a 429 is not tried again", raised(create, KLING, TEXT) == 429)
    check("and buys nothing", len(purchases()) == before, purchases())
    check("a missing prompt is a 422", raised(create, KLING, {"duration": 5}) == 422)
    check("a prediction that never was is a 404", raised(client.predictions.get, "nobody") == 404)
    script(knobs={"keys": ["another"]})
    check("a wrong token is a 401", raised(create, KLING, TEXT) == 401)


def create(model, values, **more):
    """A prediction of an official model."""
    return client.models.predictions.create(model, input=values, **more)


def raised(call, *args):
    """The status that the SDK raises."""
    try:
        return f"nothing was raised: {call(*args)}"
    except ReplicateError as error:
        return error.status


main()
