"""Signing, timestamps and verification for the desktop. Gets a CardToken, knows no card."""
