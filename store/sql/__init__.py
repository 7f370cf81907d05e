"""Durable state in SQL: settings, watchlist, rules, their states, and alerts. SQLite, or PostgreSQL by address."""
