"""The business as pure functions and frozen dataclasses. Standard library only."""
