"""APIFRAME's client for Python (`apiframe-sdk`) against the double of its first API."""

from apiframe import Apiframe
from apiframe.exceptions import ApiframeError, AuthenticationError

from control import fault, script
from say import API_KEY, BASE_URL, HOOK, ORIGIN, UNKNOWN_TASK, WRONG_KEY, check, task

POLL_S = 0.01
KLING = {"model": "kling-v1-6", "mode": "std", "duration": 5, "cfg_scale": 0.5}
HOOKS = {"webhook_url": f"{HOOK}/a", "webhook_secret": "hush"}

client = Apiframe(api_key=API_KEY, base_url=BASE_URL)


def main():
    """All of it, in an order that the calls are counted for."""
    submits()
    states()
    refusals()
    uploads()


def submits():
    """One of each kind that an adapter sends, for the golden file; the first is continued."""
    picture = {"prompt": "a cat", "image_url": f"{ORIGIN}/a.png", "motion": "low"}
    first = client.midjourney.imagine_video({**picture, **HOOKS})["task_id"]
    task("imagine", first)
    extend = {"parent_task_id": first, "index": 3, "prompt": "a cat", "motion": "high"}
    task("extend", client.midjourney.extend_video(extend)["task_id"])
    words = {**KLING, "aspect_ratio": "16:9", "negative_prompt": "dogs"}
    task("kling-text", client.kling.text_to_video("a cat", words)["task_id"])
    ends = {**KLING, "end_image_url": f"{ORIGIN}/b.png"}
    task("kling-image", client.kling.image_to_video(f"{ORIGIN}/a.png", "a cat", ends)["task_id"])
    restyle = {"model": "gen3a_turbo", "duration": 5, "flip": True}
    task("runway-video", client.runway.video_to_video(f"{ORIGIN}/a.mp4", "in winter", restyle)["task_id"])


def states():
    """Every status on the way to the links, a failure, and many at once."""
    made = client.midjourney.imagine_video({"prompt": "a cat", "image_url": f"{ORIGIN}/a.png"})["task_id"]
    seen = []
    done = client.tasks.wait_for(made, on_progress=seen.append, interval=POLL_S)
    check("it ends with four links", len(done["video_urls"]) == 4, done)
    check("progress as it was told", seen == sorted(seen) and 40 in seen, seen)
    script(next=[["failed"]])
    failing = client.kling.text_to_video("a cat", KLING)["task_id"]
    try:
        client.tasks.wait_for(failing, interval=POLL_S)
        check("a failed task raises", False)
    except Exception as error:  # the client raises a bare Exception
        check("a failed task raises with its message", "could not be made" in str(error), str(error))
    many = client.tasks.get_many([made, failing])["tasks"]
    check("many tasks in their order", [one["task_id"] for one in many] == [made, failing], many)
    account = client.tasks.get_account_info()
    check("the account tells its credits", account["credits"] == 12000, account)


def refusals():
    """What the server refuses."""
    check("an unknown task is a 400", status(lambda: client.tasks.get(UNKNOWN_TASK)) == 400)
    check("a bad request is a 400", status(lambda: client.kling.generate({"prompt": "a cat"})) == 400)
    fault("answer", status=429, body={"errors": [{"msg": "too many"}]})
    check("too many is a 429", status(lambda: client.kling.text_to_video("a cat", KLING)) == 429)
    try:
        script(knobs={"keys": [API_KEY]})
        Apiframe(api_key=WRONG_KEY, base_url=BASE_URL).tasks.get_account_info()
        check("a wrong key raises", False)
    except AuthenticationError as error:
        check("a wrong key is a 401", error.status == 401, error.status)


def status(call):
    """With which status a call was refused."""
    try:
        return call()
    except ApiframeError as error:
        return error.status


def uploads():
    """A file of the client's, kept under a link."""
    image = client.media.upload(b"\x89PNG\r\n\x1a\n", "a.png")["imageURL"]
    check("an image has a link", image.startswith("https://"), image)
    sound = client.media.upload_audio(b"ID3", "a.mp3")["audioURL"]
    check("a sound has a link", sound.startswith("https://"), sound)


main()
