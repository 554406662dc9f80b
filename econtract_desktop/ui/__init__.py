"""PySide6 only here (and in bootstrap): one folder per screen (view + presenter)."""
