"""`python -m helmet_service check`: judges an archive of pictures, on one machine or on many."""
