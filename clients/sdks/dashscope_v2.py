"""DashScope's official SDK for Python, the client of its second generation, against the double."""

import dashscope
from control import fault, purchases, script
from dashscope.v2.errors import APIStatusError, DashScopeError
from say import API_KEY, BASE_URL, ORIGIN, check, task

FAILED = {"state": "FAILED", "code": "InternalError", "message": "broken"}
TEXT = {"model": "wan2.6-t2v", "prompt": "a cat", "size": "1280*720", "duration": 5}

client = dashscope.Client(api_key=API_KEY, base_url=f"{BASE_URL}/api/v1")
jobs = client.videos.jobs


def main():
    """All of it, in an order that the calls are counted for."""
    submits()
    states()
    refusals()


def submits():
    """What an adapter sends, by the names of its contract's cases."""
    made = jobs.create(**TEXT)
    check("a submit answers a pending task", made.status == "PENDING" and made.request_id, made)
    task("text", made.task_id)
    small = {"model": "wan2.5-t2v-preview", "size": "832*480", "duration": 10}
    task("text in 480P", jobs.create(prompt="a cat", extra_input={"negative_prompt": "dogs"}, **small).task_id)
    image = {"prompt": "a cat", "image_url": f"{ORIGIN}/a.png"}
    task("image", jobs.create(model="wan2.6-i2v", resolution="1080P", duration=5, **image).task_id)
    task("flash", jobs.create(model="wan2.6-i2v-flash", resolution="720P", duration=15, **image).task_id)
    frames = [{"type": f"{end}_frame", "url": f"{ORIGIN}/{end}.png"} for end in ("first", "last")]
    both = jobs.create(model="wan2.7-i2v", prompt="a cat", media=frames, resolution="720P", duration=5)
    task("first and last image", both.task_id)


def states():
    """Every status on the way to a link, and the other end."""
    script(next=[["PENDING", "RUNNING", "SUCCEEDED"], [FAILED]])
    made = jobs.create(**TEXT)
    shown = [jobs.fetch(made.task_id) for _ in range(3)]
    check("the statuses in order", [look.status for look in shown] == ["PENDING", "RUNNING", "SUCCEEDED"], shown)
    check("the end has a link", shown[2].succeeded and shown[2].video_url, shown[2])
    made = jobs.create(**TEXT)
    check("a failure raises with its code", raised(jobs.fetch, made.task_id).code == FAILED["code"])
    unknown = jobs.fetch("00000000-0000-4000-8000-000000000000")
    check("an unknown task is an end of its own", unknown.finished and not unknown.succeeded, unknown)


def refusals():
    """What the server refuses, and what the SDK sends again although it is paid."""
    before = len(purchases())
    fault("answer", status=429, headers={"retry-after-ms": "20"}, body={"code": "Throttling", "message": "slow"})
    made = jobs.create(**TEXT)
    check("a 429 is tried again", made.status == "PENDING", made)
    check("and buys once", len(purchases()) == before + 1, purchases())
    wrong = raised(jobs.create, **{**TEXT, "duration": 99})
    check("a duration that is none is a 400", isinstance(wrong, APIStatusError) and wrong.status_code == 400, wrong)
    script(knobs={"keys": ["another"]})
    wrong = raised(jobs.create, **TEXT)
    check("a wrong key is a 401", isinstance(wrong, APIStatusError) and wrong.status_code == 401, wrong)


def raised(call, *args, **kwargs):
    """What the SDK raises."""
    try:
        return AssertionError(f"nothing was raised: {call(*args, **kwargs)}")
    except DashScopeError as error:
        return error


main()
