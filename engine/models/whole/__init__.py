"""Models as they were published, head and all, on the meta device: to be looked at, not taught."""
