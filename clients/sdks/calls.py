"""The SDKs, the double that each talks to, and every call that each makes, by method, path and end."""

from dataclasses import dataclass

# What every vendor's requests carry.
COMMON = ["authorization", "content-type"]
RUNWAY_HEADERS = [*COMMON, "x-runway-version"]
DASHSCOPE_HEADERS = [*COMMON, "x-dashscope-async"]
SYNTHESIS = "POST /api/v1/services/aigc/video-generation/video-synthesis"
TASK = "/api/v1/tasks/{id}"
FAL = "/fal-ai/kling-video"
FAL_TEXT = f"POST {FAL}/v2.5-turbo/pro/text-to-video"
REPLICATE_KLING = "POST /v1/models/kwaivgi/kling-v2.5-turbo-pro/predictions"


@dataclass(frozen=True)
class Sdk:
    """One package in one language."""

    double: str
    script: str
    # What the wire asks for beside the body: it stands in the golden file.
    headers: list
    calls: dict
    # Whether the client knows no other scheme than https.
    tls: bool = False


SDKS = {
    "runwayml (PyPI)": Sdk(
        "runway",
        "runway_python.py",
        RUNWAY_HEADERS,
        {
            "POST /v1/text_to_video 200": 6,
            "POST /v1/text_to_video 400": 1,
            "POST /v1/text_to_video 401": 1,
            "POST /v1/text_to_video 429": 2,
            "POST /v1/text_to_video 502": 1,
            "POST /v1/text_to_video dropped": 1,
            "POST /v1/image_to_video 200": 4,
            "POST /v1/image_to_video 400": 1,
            "POST /v1/video_to_video 200": 1,
            "POST /v1/uploads 200": 1,
            "POST /uploads/{id} 204": 1,
            "GET /v1/tasks/{id} 200": 15,
            "GET /v1/tasks/{id} 404": 2,
            "DELETE /v1/tasks/{id} 204": 1,
            "GET /v1/organization 200": 1,
            "GET /outputs/{id}/0.mp4 200": 2,
            "GET /outputs/{id}/0.mp4 403": 1,
        },
    ),
    "@runwayml/sdk (npm)": Sdk(
        "runway",
        "runway_node.js",
        RUNWAY_HEADERS,
        {
            "POST /v1/text_to_video 200": 3,
            "POST /v1/text_to_video 429": 1,
            "POST /v1/image_to_video 200": 1,
            "POST /v1/image_to_video 400": 1,
            "POST /v1/video_to_video 200": 1,
            "GET /v1/tasks/{id} 200": 5,
            "GET /v1/tasks/{id} 404": 1,
            "DELETE /v1/tasks/{id} 204": 1,
        },
    ),
    "dashscope 1.x (PyPI)": Sdk(
        "dashscope",
        "dashscope_v1.py",
        DASHSCOPE_HEADERS,
        {
            f"{SYNTHESIS} 200": 11,
            f"{SYNTHESIS} 400": 1,
            f"{SYNTHESIS} 401": 1,
            f"{SYNTHESIS} 429": 1,
            f"GET {TASK} 200": 9,
            f"POST {TASK}/cancel 200": 1,
            f"POST {TASK}/cancel 400": 1,
        },
    ),
    "dashscope 2.x (PyPI)": Sdk(
        "dashscope",
        "dashscope_v2.py",
        DASHSCOPE_HEADERS,
        {
            f"{SYNTHESIS} 200": 8,
            f"{SYNTHESIS} 400": 1,
            f"{SYNTHESIS} 401": 1,
            f"{SYNTHESIS} 429": 1,
            f"GET {TASK} 200": 5,
        },
    ),
    "@ai-sdk/alibaba (npm)": Sdk(
        "dashscope",
        "alibaba_node.js",
        DASHSCOPE_HEADERS,
        {
            f"{SYNTHESIS} 200": 3,
            f"{SYNTHESIS} 400": 1,
            f"GET {TASK} 200": 9,
        },
    ),
    "fal-client (PyPI)": Sdk(
        "fal",
        "fal_python.py",
        COMMON,
        {
            f"{FAL_TEXT} 200": 6,
            f"{FAL_TEXT} 401": 1,
            f"{FAL_TEXT} 429": 1,
            f"POST {FAL}/v2.5-turbo/pro/image-to-video 200": 2,
            "POST /wan/v2.6/image-to-video 200": 1,
            f"GET {FAL}/requests/{{id}}/status 200": 4,
            f"GET {FAL}/requests/{{id}}/status 202": 3,
            f"GET {FAL}/requests/{{id}} 200": 1,
            f"GET {FAL}/requests/{{id}} 422": 1,
            f"PUT {FAL}/requests/{{id}}/cancel 202": 1,
            f"PUT {FAL}/requests/{{id}}/cancel 400": 1,
        },
        tls=True,
    ),
    "@fal-ai/client (npm)": Sdk(
        "fal",
        "fal_node.js",
        COMMON,
        {
            f"{FAL_TEXT} 200": 2,
            f"GET {FAL}/requests/{{id}}/status 200": 1,
            f"GET {FAL}/requests/{{id}}/status 202": 2,
            f"GET {FAL}/requests/{{id}}/status 404": 1,
            f"GET {FAL}/requests/{{id}} 200": 1,
            f"PUT {FAL}/requests/{{id}}/cancel 202": 1,
        },
    ),
    "replicate (PyPI)": Sdk(
        "replicate",
        "replicate_python.py",
        COMMON,
        {
            f"{REPLICATE_KLING} 201": 6,
            f"{REPLICATE_KLING} 401": 1,
            f"{REPLICATE_KLING} 422": 1,
            f"{REPLICATE_KLING} 429": 1,
            "POST /v1/models/wan-video/wan-2.6-i2v/predictions 201": 1,
            "GET /v1/predictions/{id} 200": 4,
            "GET /v1/predictions/nobody 404": 1,
            "GET /v1/webhooks/default/secret 200": 1,
            "POST /v1/predictions/{id}/cancel 200": 1,
        },
    ),
    "replicate (npm)": Sdk(
        "replicate",
        "replicate_node.js",
        COMMON,
        {
            f"{REPLICATE_KLING} 201": 2,
            f"{REPLICATE_KLING} 422": 1,
            "GET /v1/predictions/{id} 200": 3,
            "GET /v1/webhooks/default/secret 200": 1,
            "POST /v1/predictions/{id}/cancel 200": 1,
        },
    ),
    "kling-api (npm, third party)": Sdk(
        "kling",
        "kling_node.js",
        # Not the token, which is another one each second.
        ["content-type"],
        {
            "POST /v1/videos/text2video 200": 3,
            "POST /v1/videos/text2video 400": 1,
            "POST /v1/videos/text2video 401": 1,
            "POST /v1/videos/text2video 429": 1,
            "POST /v1/videos/image2video 200": 1,
            "GET /v1/videos/text2video/{id} 200": 4,
        },
        tls=True,
    ),
    "apiframe-sdk (PyPI)": Sdk(
        "apiframe_v1",
        "apiframe_python.py",
        COMMON,
        {
            "POST /imagine-video 200": 2,
            "POST /imagine-video-extend 200": 1,
            "POST /kling-imagine 200": 3,
            "POST /kling-imagine 400": 1,
            "POST /kling-imagine 429": 1,
            "POST /runway-imagine 200": 1,
            "POST /fetch 200": 5,
            "POST /fetch 400": 1,
            "POST /fetch-many 200": 1,
            "POST /upload 200": 1,
            "POST /upload-audio 200": 1,
            "GET /account 200": 1,
            "GET /account 401": 1,
        },
    ),
}
