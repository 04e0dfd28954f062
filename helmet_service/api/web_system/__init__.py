"""The routes of the OpenPose web system, for clients written for it, over v1's own functions (docs/web-system.md)."""
