"""All that is at rest: Redis keys, tick and bar codecs, rolling buffers, durable state in SQL."""
