"""確認して署名する: the very bytes to be signed, page by page, what changed, what they hide; then sign or give back."""
