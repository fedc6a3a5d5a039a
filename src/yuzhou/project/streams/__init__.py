"""Server-sent events: what changed, to the pages that are open. See docs/decisions/streams.md."""
