"""/wan-imagine through requests: no packaged client has it and its page has no samples."""

import time

import requests

from say import API_KEY, BASE_URL, HOOK, ORIGIN, check, task

SECRET = "hush-wan"
HEADERS = {"Authorization": API_KEY, "Content-Type": "application/json"}


def post(path, body):
    """The server's answer to a JSON body."""
    return requests.post(BASE_URL + path, json=body, headers=HEADERS, timeout=60)


def finished(task_id, seconds=90):
    """The task's last body."""
    deadline = time.monotonic() + seconds
    while (body := post("/fetch", {"task_id": task_id}).json())["status"] == "processing":
        if time.monotonic() > deadline:
            break
        time.sleep(0.3)
    return body


def make(name, body, wanted):
    """Makes one video; its file has to hold each of the `wanted` byte strings."""
    accepted = post("/wan-imagine", body)
    if accepted.status_code != 200:
        check(f"{name} is accepted", False, accepted.text)
        return
    done = finished(accepted.json()["task_id"])
    if done["status"] != "finished":
        check(f"{name} finishes", False, done)
        return
    task(name, done["task_id"])
    video = requests.get(done["video_url"], timeout=60)
    part = requests.get(done["video_url"], headers={"Range": "bytes=4-7"}, timeout=60)
    check(f"{name} is an MP4", video.headers["content-type"] == "video/mp4", dict(video.headers))
    check(f"{name} has what was asked for", all(mark in video.content for mark in wanted), wanted)
    check(f"{name} is served by range too", (part.status_code, part.content) == (206, b"ftyp"), part.content)


def main():
    """Text; image with sound; and three problems in one answer."""
    text = {"model": "wan2.5", "prompt": "a forest in the snow", "resolution": "480P", "duration": 5}
    hook = {"webhook_url": f"{HOOK}/wan?from=requests", "webhook_secret": SECRET}
    make("wan-text", {**text, **hook}, [b"avc1"])
    sources = {"image_url": f"{ORIGIN}/start.png", "audio_url": f"{ORIGIN}/sound.wav"}
    options = {"model": "wan2.6-flash", "prompt": "drift", "resolution": "720P", "duration": "2"}
    make("wan-image-sound", {**options, **sources, "negative_prompt": ""}, [b"avc1", b"mp4a"])
    refused = post("/wan-imagine", {"model": "wan2.6-flash", "resolution": "480P", "audio_url": True})
    text = " ".join(problem["msg"] for problem in refused.json()["errors"])
    named = all(field in text for field in ("prompt", "image_url", "resolution", "audio_url"))
    check("every problem is in one answer", refused.status_code == 400 and named, refused.text)


main()
