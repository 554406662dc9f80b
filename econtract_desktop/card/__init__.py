"""PC/SC and PKCS#11: readers, drivers, tokens, PIN, the card process. `pkcs11` and `smartcard` are imported here only."""
