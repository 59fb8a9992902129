"""DashScope's official SDK for Python, the class of its 1.x generation, against the double."""

import dashscope
from control import fault, purchases, script
from dashscope import VideoSynthesis
from say import API_KEY, BASE_URL, ORIGIN, check, task

FAILED = {"state": "FAILED", "code": "DataInspectionFailed", "message": "moderated"}
TEXT = {"model": "wan2.6-t2v", "prompt": "a cat", "size": "1280*720", "duration": 5}
NOBODY = "00000000-0000-4000-8000-000000000000"

dashscope.api_key = API_KEY
dashscope.base_http_api_url = f"{BASE_URL}/api/v1"


def main():
    """All of it, in an order that the calls are counted for."""
    submits()
    states()
    ends()
    refusals()


def submits():
    """What an adapter sends, by the names of its contract's cases."""
    made = buy(model="wan2.6-t2v", size="1280*720", duration=5)
    check("a submit answers a pending task", made.output.task_status == "PENDING" and made.request_id, made)
    task("text", made.output.task_id)
    small = buy(model="wan2.5-t2v-preview", negative_prompt="dogs", size="832*480", duration=10)
    task("text in 480P", small.output.task_id)
    image = buy(model="wan2.6-i2v", img_url=f"{ORIGIN}/a.png", resolution="1080P", duration=5)
    task("image", image.output.task_id)
    flash = buy(model="wan2.6-i2v-flash", img_url=f"{ORIGIN}/a.png", resolution="720P", duration=15)
    task("flash", flash.output.task_id)
    heard = buy(model="wan2.5-i2v-preview", img_url=f"{ORIGIN}/a.png", audio_url=f"{ORIGIN}/a.mp3", resolution="480P")
    task("image and audio", heard.output.task_id)
    frames = [{"type": f"{end}_frame", "url": f"{ORIGIN}/{end}.png"} for end in ("first", "last")]
    both = buy(model="wan2.7-i2v", media=frames, resolution="720P", duration=5)
    task("first and last image", both.output.task_id)


def buy(**asked):
    """A task of that cat."""
    return VideoSynthesis.async_call(prompt="a cat", **asked)


def states():
    """Every status on the way to a link."""
    script(next=[["PENDING", "RUNNING", "SUCCEEDED"]])
    made = VideoSynthesis.async_call(**TEXT)
    shown = [VideoSynthesis.fetch(made) for _ in range(3)]
    words = [look.output.task_status for look in shown]
    check("the statuses in order", words == ["PENDING", "RUNNING", "SUCCEEDED"], words)
    check("every poll is a 200", all(look.status_code == 200 for look in shown), shown)
    check("the end has a link and what was used", shown[2].output.video_url and shown[2].usage.video_count == 1, shown[2])
    check("times carry no zone", len(shown[2].output.submit_time) == len("2026-11-01 10:00:00.000"), shown[2])
    script(next=[["RUNNING", "SUCCEEDED"]])
    done = VideoSynthesis.wait(VideoSynthesis.async_call(**TEXT))
    check("the SDK waits it out", done.output.task_status == "SUCCEEDED", done)


def ends():
    """The other ends: a failure and a task unknown are answered with 200."""
    script(next=[[FAILED]])
    failed = VideoSynthesis.fetch(VideoSynthesis.async_call(**TEXT))
    check("a failure is a 200 with its code", (failed.status_code, failed.output.code) == (200, FAILED["code"]), failed)
    unknown = VideoSynthesis.fetch(NOBODY)
    check("an unknown task is a 200", (unknown.status_code, unknown.output.task_status) == (200, "UNKNOWN"), unknown)
    made = VideoSynthesis.async_call(**TEXT)
    check("a pending task can be cancelled", VideoSynthesis.cancel(made).status_code == 200, made)
    look = VideoSynthesis.fetch(made)
    check("and then is, with one L", look.output.task_status == "CANCELED", look)
    script(next=[["RUNNING", "RUNNING"]])
    made = VideoSynthesis.async_call(**TEXT)
    VideoSynthesis.fetch(made)
    refused = VideoSynthesis.cancel(made)
    check("a running one cannot", 400 <= refused.status_code < 500 and refused.code, refused)


def refusals():
    """What the server refuses, in the words that the SDK reads; a submit is sent once."""
    refused = VideoSynthesis.async_call(**{**TEXT, "size": "1*1"})
    check("a size that is none is a 400", (refused.status_code, refused.code) == (400, "InvalidParameter"), refused)
    before = len(purchases())
    fault("answer", status=429, body={"code": "Throttling.RateQuota", "message": "slow", "request_id": "r"})
    refused = VideoSynthesis.async_call(**TEXT)
    check("a 429 is not tried again", (refused.status_code, refused.code) == (429, "Throttling.RateQuota"), refused)
    check("and buys nothing", len(purchases()) == before, purchases())
    script(knobs={"keys": ["another"]})
    refused = VideoSynthesis.async_call(**TEXT)
    check("a wrong key is a 401", (refused.status_code, refused.code) == (401, "InvalidApiKey"), refused)


main()
