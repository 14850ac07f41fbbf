"""How the world talks to us: one folder or file per medium, all of one Protocol (channels/protocol.py)."""
