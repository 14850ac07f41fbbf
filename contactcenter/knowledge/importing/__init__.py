"""Articles made of what somebody has already: web pages, PDF files, tables. Readers of bytes; none of them fetches."""
