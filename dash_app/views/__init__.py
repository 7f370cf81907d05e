"""What a page says for given data: snapshots in, component properties out."""
