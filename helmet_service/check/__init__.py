"""`python -m helmet_service check`: the answers of `/v1/compliance` for an archive, on one machine or on many."""
