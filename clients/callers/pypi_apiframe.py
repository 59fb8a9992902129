"""PyPI `apiframe`, the vendor's older client: reads only, as it has no video endpoint.

It sends the bare key, looks at no status and parses every body as JSON.
"""

from apiframe_python import ApiframeClient

from say import API_KEY, BASE_URL, UNKNOWN_TASK, WRONG_KEY, check, tasks


def client(key):
    """A client that talks to this server."""
    made = ApiframeClient(key)
    made.base_url = BASE_URL
    return made


def main():
    """Each call once, and what goes wrong."""
    known, ids = client(API_KEY), tasks()
    one = known.fetch(ids[0])
    check("fetch answers the task", (one["task_id"], one["status"]) == (ids[0], "finished"), one)
    many = known.fetch_many([ids[1], UNKNOWN_TASK, ids[0]])["tasks"]
    words = [(task["task_id"], task["status"]) for task in many]
    wanted = [(ids[1], "finished"), (UNKNOWN_TASK, "failed"), (ids[0], "finished")]
    check("fetch_many answers each, in order", words == wanted, words)
    check("account answers a plan", isinstance(known.account().get("plan"), str))
    unknown = known.fetch(UNKNOWN_TASK)
    check("an unknown id is a problem with a text", unknown["errors"][0]["msg"], unknown)
    check("a wrong key gets an empty object", client(WRONG_KEY).account() == {})


main()
