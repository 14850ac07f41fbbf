"""An answer becomes a mail, is signed, and is handed to a relay."""
