"""電子契約デスクトップ: the desktop program (window and command line over the same services)."""
