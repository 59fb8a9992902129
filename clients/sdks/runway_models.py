"""Prints what each of Runway's video models takes, as JSON, from the request types of its official SDK.

This made `crates/doubles/data/runway_models.json`, by which the double judges requests; the suite makes
it anew and compares. A member of a TypedDict is known on the wire by its alias.
"""

import json
from typing import Literal, get_args, get_origin, get_type_hints

from runwayml._utils import PropertyInfo
from runwayml.types import (
    image_to_video_create_params as image,
    text_to_video_create_params as text,
    video_to_video_create_params as video,
)
from typing_extensions import Required

PATHS = {
    "/v1/image_to_video": (image, image.ImageToVideoCreateParams),
    "/v1/text_to_video": (text, text.TextToVideoCreateParams),
    "/v1/video_to_video": (video, video.VideoToVideoCreateParams),
}


def main():
    """The table of every path, a line for each model."""
    paths = []
    for path, (module, union) in PATHS.items():
        models = dict(model(module, params) for params in get_args(union))
        lines = [f'    "{name}": {json.dumps(models[name])}' for name in sorted(models)]
        paths.append(f'  "{path}": {{\n' + ",\n".join(lines) + "\n  }")
    print("{\n" + ",\n".join(paths) + "\n}")


def model(module, params):
    """A model's name and what its requests must look like."""
    members = {}
    for name, hint in get_type_hints(params, vars(module), include_extras=True).items():
        alias, needed, inner = plain(hint)
        members[alias or name] = (needed, inner)
    facts = {"required": sorted(name for name, (needed, _) in members.items() if needed)}
    for name in ("ratio", "duration"):
        if name in members:
            facts[name] = values(members[name][1])
    if "promptImage" in members:
        facts["positions"] = positions(module, members["promptImage"][1])
    return values(members["model"][1])[0], facts


def plain(hint):
    """The alias, whether it is required, and the type without either."""
    alias, needed = None, False
    while True:
        if get_origin(hint) is Required:
            needed, hint = True, get_args(hint)[0]
        elif hasattr(hint, "__metadata__"):
            for note in hint.__metadata__:
                alias = note.alias if isinstance(note, PropertyInfo) else alias
            hint = hint.__origin__
        else:
            return alias, needed, hint


def values(hint):
    """The values that it may have; none for any of its kind."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    parts = [values(part) for part in get_args(hint)]
    return None if not parts or None in parts else sum(parts, [])


def positions(module, hint):
    """Where an image may stand, over every form of image that the model takes."""
    found = []
    for part in get_args(hint):
        if getattr(part, "__annotations__", None) and "position" in part.__annotations__:
            hints = get_type_hints(part, vars(module), include_extras=True)
            found += values(plain(hints["position"])[2])
        else:
            found += positions(module, part)
    return list(dict.fromkeys(found))


main()
