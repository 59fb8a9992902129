"""Every call that each client makes, by method, path of the OpenAPI document and status: those that are
meant to be refused are all named.
"""

from harness.count import AtLeast

FILE = "GET /files/{task_id}/{name} 200"
UPLOADED = "GET /files/uploads/{name} 200"

CALLS = {
    "apiframe-sdk": {
        "GET /account 200": 1,
        "GET /account 401": 1,
        "POST /upload 200": 1,
        "POST /upload-audio 200": 1,
        UPLOADED: 2,
        "POST /imagine-video 200": 1,
        "POST /imagine-video-extend 200": 1,
        "POST /runway-imagine 200": 3,
        # text, image, and the one whose image is a 404
        "POST /kling-imagine 200": 3,
        "POST /kling-imagine 400": 1,
        # one per task at least, and one to compare with fetch-many
        "POST /fetch 200": AtLeast(9),
        "POST /fetch-many 200": 1,
        FILE: 13,
    },
    "apiframe": {
        "POST /fetch 200": 1,
        "POST /fetch 400": 1,
        "POST /fetch-many 200": 1,
        "GET /account 200": 1,
        "GET /account 401": 1,
    },
    "apiframe-js": {
        "POST /fetch 200": 1,
        "POST /fetch 400": 1,
        "POST /fetch-many 200": 1,
        "GET /account 200": 1,
        "GET /account 401": 1,
    },
    "wan by requests": {
        "POST /wan-imagine 200": 2,
        "POST /wan-imagine 400": 1,
        "POST /fetch 200": AtLeast(2),
        FILE: 2,
        FILE.replace("200", "206"): 2,
    },
    "wan by axios": {
        "POST /wan-imagine 200": 2,
        "POST /wan-imagine 400": 1,
        "POST /wan-imagine 401": 1,
        "POST /fetch 200": AtLeast(2),
        FILE: 2,
    },
    "samples": {
        # four samples, two of them from the extend page, each run twice
        "POST /imagine-video 200": 8,
        "POST /kling-imagine 200": 4,
        "POST /runway-imagine 200": 2,
        "POST /fetch-many 200": AtLeast(1),
    },
    # one per webhook, to compare its bytes
    "suite": {"POST /fetch 200": 9},
}
