"""環境診断: what is wrong between this PC and the card."""
