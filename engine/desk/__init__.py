"""What a desk keeps for good, served from memory: settings, watchlist, rules, alerts, followed instruments."""
