"""The error panel: what happened, what to do, one button; details folded; a copy for the help desk without personal data."""
