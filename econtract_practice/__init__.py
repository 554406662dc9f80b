"""Practice mode 体験モード: a small CA with OCSP, CRL and TSA, practice cards, seeded cases, an officer who answers, and the
server on loopback. What the demo, the tests and a beginner all run on. Never imports the desktop program."""
