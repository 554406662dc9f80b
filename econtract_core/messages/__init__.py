"""What goes over the wire between client and server, and its version. Pydantic models, frozen, unknown fields refused.

Never imported before the first window is shown (pydantic costs start-up time).
"""

PROTOCOL_VERSION = 1
