"""署名の検証: what a file's signatures are worth."""
