"""Runway's official SDK for Python against the double. Answers are judged by the SDK's own types."""

import requests
import runwayml
from control import fault, purchases, script, seen
from runwayml import RunwayML, TaskFailedError
from runwayml.lib import polling
from say import API_KEY, BASE_URL, ORIGIN, check, task

SAFETY = {"state": "FAILED", "failure": "moderated", "failureCode": "SAFETY.INPUT.TEXT"}
TEXT = {"model": "gen4.5", "prompt_text": "a cat", "ratio": "1280:720", "duration": 5}

polling.POLL_TIME, polling.POLL_JITTER = 0.05, 0
client = RunwayML(api_key=API_KEY, base_url=BASE_URL, _strict_response_validation=True)


def main():
    """All of it, in an order that the calls are counted for."""
    submits()
    script(sequence=["SUCCEEDED"])
    states()
    refusals()
    retries()
    links()
    deletes()
    uploads()


def submits():
    """One of each kind that an adapter sends, for the golden file; each is typed and costed."""
    made = client.text_to_video.create(**TEXT, seed=7)
    check("a submit answers an id and what it will cost", made.estimated_cost.credits == 25, made)
    task("text-to-video", made.id)
    made = client.image_to_video.create(
        model="gen4_turbo", prompt_image=f"{ORIGIN}/a.png", prompt_text="a cat", ratio="1280:720", duration=5
    )
    task("image-to-video", made.id)
    frames = [{"uri": f"{ORIGIN}/{name}.png", "position": name} for name in ("first", "last")]
    made = client.image_to_video.create(
        model="kling2.5_turbo_pro", prompt_image=frames, prompt_text="a cat", duration=10
    )
    task("first-and-last-frame", made.id)
    made = client.video_to_video.create(model="aleph2", video_uri=f"{ORIGIN}/a.mp4", prompt_text="a dog")
    task("video-to-video", made.id)


def states():
    """Every status through the SDK's types, then through its own waiting."""
    running = {"state": "RUNNING", "progress": 0.42}
    script(next=[["PENDING", "THROTTLED", running, "SUCCEEDED"]])
    made = client.text_to_video.create(**TEXT)
    shown = [client.tasks.retrieve(made.id) for _ in range(4)]
    check("the statuses in order", [t.status for t in shown] == ["PENDING", "THROTTLED", "RUNNING", "SUCCEEDED"], shown)
    check("progress is a share", shown[2].progress == 0.42, shown[2])
    check("a finished task has a link and a cost", shown[3].output and shown[3].cost.credits == 25, shown[3])
    script(next=[["PENDING", "SUCCEEDED"]])
    done = client.text_to_video.create(**TEXT).wait_for_task_output()
    check("the SDK waits it out", done.status == "SUCCEEDED", done)
    script(next=[[SAFETY]])
    try:
        client.text_to_video.create(**TEXT).wait_for_task_output()
        check("a failed task raises", False, "nothing was raised")
    except TaskFailedError as error:
        check("a failed task raises with its code", error.task_details.failure_code == SAFETY["failureCode"], error)
    script(next=[["CANCELLED"]])
    made = client.image_to_video.create(model="gen4_turbo", prompt_image=f"{ORIGIN}/a.png", ratio="720:1280")
    check("a cancelled task is typed", client.tasks.retrieve(made.id).status == "CANCELLED", made)


def refusals():
    """What the server refuses and the SDK does not."""
    raises("a retired model is a 400", runwayml.BadRequestError, client.image_to_video.create,
           model="gen3a_turbo", prompt_image=f"{ORIGIN}/a.png", prompt_text="a cat", ratio="1280:768")
    raises("a ratio of another path is a 400", runwayml.BadRequestError, client.text_to_video.create,
           **{**TEXT, "ratio": "960:960"})
    script(knobs={"keys": ["another"]})
    raises("a wrong key is a 401", runwayml.AuthenticationError, client.text_to_video.create, **TEXT)
    script(knobs={"keys": None})
    raises("a task that never was is a 404", runwayml.NotFoundError, client.tasks.retrieve,
           "00000000-0000-4000-8000-000000000000")
    shown = client.organization.retrieve()
    check("the organization is typed", shown.credit_balance == 1000, shown)


def retries():
    """The SDK sends a paid POST again, and has nothing to say that it is the same one."""
    before = len(purchases())
    fault("answer", status=429, headers={"retry-after-ms": "20"}, body={"error": "daily limit"}, times=2)
    client.text_to_video.create(**TEXT)
    last = seen()[-1]["headers"]
    check("a 429 is tried twice more", last["x-stainless-retry-count"] == "2", last)
    check("and buys once", len(purchases()) == before + 1, purchases())
    fault("answer", status=502, headers={"retry-after-ms": "20"}, body="<html>Bad Gateway</html>")
    fault("drop_after_purchase")
    client.text_to_video.create(**TEXT)
    check("a lost answer buys a second time", len(purchases()) == before + 3, purchases())


def links():
    """Links run out; asking for the task gives a fresh one."""
    made = purchases()[0]["job"]
    script(reset=True, links={"fetches": 1})
    shown = [client.tasks.retrieve(made) for _ in range(7)]
    first, second = shown[5].output[0], shown[6].output[0]
    statuses = [requests.get(link, timeout=10).status_code for link in (first, first, second)]
    check("a spent link is a 403 and the next one holds", statuses == [200, 403, 200], statuses)


def deletes():
    """A deleted task cannot be asked for."""
    made = purchases()[1]["job"]
    client.tasks.delete(made)
    raises("a deleted task is a 404", runwayml.NotFoundError, client.tasks.retrieve, made)


def uploads():
    """A file of our own, by the SDK's two steps."""
    uri = client.uploads.create_ephemeral(file=("a.png", b"png")).uri
    check("an upload has an address", uri.startswith("runway://"), uri)
    made = client.image_to_video.create(model="gen4_turbo", prompt_image=uri, ratio="1280:720")
    check("which a task takes", made.id, made)


def raises(name, kind, call, *args, **kwargs):
    """Whether the SDK raises this."""
    try:
        seen_instead = call(*args, **kwargs)
    except kind:
        seen_instead = None
    check(name, seen_instead is None, seen_instead)


main()
