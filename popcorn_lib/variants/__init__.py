"""Other ways to build a mechanism, and the mistakes that were really made."""
