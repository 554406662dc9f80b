"""Data files of the program: fonts, icons, styles, texts, forms, trust, help. Read through `importlib.resources`."""
