"""The window's frame: navigation, top bar, status line, and the one screen that is shown."""
