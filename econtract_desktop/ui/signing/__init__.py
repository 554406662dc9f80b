"""署名しています: one line a document, four points each; what is done is kept whatever happens."""
