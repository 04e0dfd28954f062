"""Folders of pictures with head boxes, as annotation tools write them -> a shard."""
