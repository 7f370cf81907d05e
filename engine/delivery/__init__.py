"""Alerts to people: messages by Apprise, sent from a guarded process of its own."""
