"""What the slow tests find: one file a family of statistics, all of them listed in `engine.findings.registry`."""
