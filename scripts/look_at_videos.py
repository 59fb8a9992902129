"""Looks at the demo's files with ffprobe, which shares no code with the program that made them."""

import json
import pathlib
import subprocess
import sys


def streams(path):
    """Stream facts of one file, every frame decoded; ffprobe's complaints are failures."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr.strip(), f"{path.name}: {done.stderr.strip()}"
    return json.loads(done.stdout)["streams"]


def look(path):
    """One line about a file that holds what it should."""
    video = next(stream for stream in streams(path) if stream["codec_type"] == "video")
    assert video["codec_name"] == "h264", f"{path.name}: {video['codec_name']}"
    assert video["avg_frame_rate"] == "24/1", f"{path.name}: {video['avg_frame_rate']}"
    frames = int(video["nb_read_frames"])
    assert abs(frames / 24 - float(video["duration"])) <= 1 / 24, f"{path.name}: duration"
    return f"{path.name}: {video['width']}x{video['height']}, {frames} frames"


def main(folder):
    files = sorted(pathlib.Path(folder).glob("*.mp4"))
    assert len(files) == 15, f"15 files wanted, {len(files)} found"
    for path in files:
        print(look(path))


main(sys.argv[1])
