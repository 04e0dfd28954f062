"""Video jobs: kept on disk, queued, run by a consumer in processes of their own."""
