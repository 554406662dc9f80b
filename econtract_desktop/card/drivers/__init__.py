"""Which PKCS#11 driver is for which card: known rows, what is installed, what was tried and learned."""
