"""The program's own widgets: one file each, painted with tokens, usable by keyboard, spoken by `accessibleName`."""
