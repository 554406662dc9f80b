"""案件: every case of this organisation."""
