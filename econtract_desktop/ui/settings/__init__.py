"""設定: language and theme at once; the server's address for the next start."""
