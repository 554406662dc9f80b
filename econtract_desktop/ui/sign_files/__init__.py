"""ファイルに署名: any files of this PC, one PIN, with or without the visible mark 記名押印."""
