"""How mail gets here: our door (SMTP), and mailboxes elsewhere (IMAP). Stored as it came, and nothing more."""
