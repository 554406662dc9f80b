"""契約図書を提示する: the officer chooses the PDFs, their titles and the deadline."""
