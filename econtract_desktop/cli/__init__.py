"""The command line: one file per service, same stem."""
