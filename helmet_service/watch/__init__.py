"""`python -m helmet_service watch`: the cameras of a site are read, judged, and alarmed about."""
