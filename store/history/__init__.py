"""What is kept for good: one-minute bars in SQL."""
