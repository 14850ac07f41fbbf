"""HTTP and WebSocket: the API, live updates, sign-in, public pages."""
