"""What client and server must agree on. No network, no disk, no Qt."""

__version__ = "0.1.0"
