"""E-mail: in by SMTP at our own door or fetched by IMAP, out through a relay."""

from contactcenter.channels.email.channel import Email, build
from contactcenter.channels.email.settings import Settings

__all__ = ["Email", "Settings", "build"]
