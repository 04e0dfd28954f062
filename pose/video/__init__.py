"""Video files: read, written and examined. Only here FFmpeg is used, by PyAV (requirements-video.txt)."""
