"""PyPI `apiframe-sdk`: everything of it that makes, waits for or reads videos.

It sends `Bearer`, turns `index` into text, sends its uploads as `application/json` though they are
multipart, and takes the text of an exception from a top-level `message`.
"""

import urllib.request

from apiframe import Apiframe
from apiframe.exceptions import ApiframeError, AuthenticationError

from say import API_KEY, BASE_URL, HOOK, ORIGIN, WRONG_KEY, check, task

POLL_S = 0.2
SECRET = "hush-sdk"


def download(url):
    """A URL's body and content type."""
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers["content-type"]


def uploads(client):
    """An image and a sound of the origin, kept by the server under URLs of its own."""
    picture, _ = download(f"{ORIGIN}/start.png")
    image = client.media.upload(picture, "start.png")["imageURL"]
    check("upload keeps the image to the byte", download(image) == (picture, "image/png"), image)
    sound, _ = download(f"{ORIGIN}/sound.wav")
    audio = client.media.upload_audio(sound, "sound.wav")["audioURL"]
    check("upload_audio keeps the sound to the byte", download(audio)[0] == sound, audio)
    return image


def submit(client, image):
    """One task of each kind that needs no other task first, by name."""
    hook = {"webhook_url": f"{HOOK}/sdk", "webhook_secret": SECRET}
    return {
        "imagine-video": client.midjourney.imagine_video(
            {"prompt": "waves roll in", "image_url": image, "motion": "high", **hook}
        ),
        "runway-text": client.runway.text_to_video(
            "a city at night in the rain", {"aspect_ratio": "9:16", "duration": 5, "webhook_url": None}
        ),
        "runway-image": client.runway.image_to_video(
            f"{ORIGIN}/start.png", "drift", {"end_image_url": f"{ORIGIN}/end.png", "model": "gen3"}
        ),
        "kling-text": client.kling.text_to_video(
            "a red fish in a river", {"negative_prompt": "birds", "cfg_scale": 0.7, "aspect_ratio": "1:1"}
        ),
        "kling-image": client.kling.image_to_video(
            f"{ORIGIN}/end.png", "slowly", {"mode": "pro", "model": "kling-v1-5", "duration": 5}
        ),
    }


def wait(client, name, made, urls):
    """Waits for a task to finish; checks its word, its last progress and that its files are MP4."""
    seen = []
    try:
        done = client.tasks.wait_for(made["task_id"], on_progress=seen.append, interval=POLL_S)
    except Exception as error:  # the SDK raises a bare Exception
        check(f"{name} finishes with {urls} MP4", False, str(error))
        return [], seen
    links = done.get("video_urls") or [done.get("video_url")]
    files = [download(link) for link in links]
    right = done["status"] == "completed" and done["progress"] == 100 and len(links) == urls
    mp4 = all(body[4:8] == b"ftyp" and kind == "video/mp4" for body, kind in files)
    check(f"{name} finishes with {urls} MP4", right and mp4, done)
    check(f"{name} never goes back", seen == sorted(seen), seen)
    task(name, made["task_id"])
    return links, seen


def make(client, image):
    """Every video endpoint that the SDK has."""
    made = submit(client, image)
    seen = {}
    links = {}
    for name, answer in made.items():
        urls = 4 if name == "imagine-video" else 1
        links[name], seen[name] = wait(client, name, answer, urls)
    between = {percent for percents in seen.values() for percent in percents if 0 < percent < 100}
    check("progress is seen between 0 and 100", between, seen)
    parent = made["imagine-video"]["task_id"]
    extend = client.midjourney.extend_video({"parent_task_id": parent, "index": 2, "prompt": "on and on"})
    wait(client, "imagine-video-extend", extend, 4)
    flipped = client.runway.video_to_video(links["kling-text"][0], "as an ink drawing", {"flip": True})
    wait(client, "runway-video", flipped, 1)
    read_many(client, made)


def read_many(client, made):
    """fetch-many keeps the order and agrees with fetch."""
    ids = [answer["task_id"] for answer in made.values()]
    many = client.tasks.get_many(ids)["tasks"]
    check("get_many keeps the order", [one["task_id"] for one in many] == ids, many)
    check("get_many agrees with get", many[0] == client.tasks.get(ids[0]), many[0])


def refusals(client):
    """What the SDK raises, and what its text is."""
    missing = client.kling.image_to_video(f"{ORIGIN}/no-such.png", "never")
    try:
        client.tasks.wait_for(missing["task_id"], interval=POLL_S, timeout=60)
        check("a failed task raises", False)
    except Exception as error:  # the SDK raises a bare Exception
        told = f"Task {missing['task_id']} failed: " in str(error)
        named = "image_url" in str(error) and "404" in str(error)
        check("a failed task raises with its reason", told and named, str(error))
    try:
        client.kling.generate({"generation_type": "text2video", "duration": 7})
        check("a bad request raises", False)
    except ApiframeError as error:
        said = [problem["msg"] for problem in error.details["errors"]]
        right = error.status == 400 and len(said) == 2 and str(error) == said[0]
        check("a bad request raises ApiframeError with every problem", right, (error.status, said))
    try:
        Apiframe(api_key=WRONG_KEY, base_url=BASE_URL).tasks.get_account_info()
        check("a wrong key raises", False)
    except AuthenticationError as error:
        check("a wrong key raises AuthenticationError", error.status == 401, error.status)


def account(client):
    """The four fields of the page."""
    info = client.tasks.get_account_info()
    kinds = {"email": str, "credits": int, "total_images": int, "plan": str}
    fits = all(isinstance(info.get(name), kind) for name, kind in kinds.items())
    check("the account has its four fields", fits, info)


def main():
    """The whole tour."""
    with Apiframe(api_key=API_KEY, base_url=BASE_URL + "/") as client:
        account(client)
        refusals(client)
        make(client, uploads(client))


main()
