"""One case with one of its contracts: header, course, documents, history, contacts, and the one thing to do next."""
