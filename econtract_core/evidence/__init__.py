"""Verifying (signatures, timestamps, trust) and inspecting what a document hides. pyHanko lives here and in `crypto`;
its types never leave this folder."""
