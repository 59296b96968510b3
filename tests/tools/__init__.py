"""Programs that tests run for real, each pinned by a Go module of its own."""
