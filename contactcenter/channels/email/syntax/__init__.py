"""What mails are made of: addresses, ids, fields, parts, encodings, charsets, HTML as text."""
