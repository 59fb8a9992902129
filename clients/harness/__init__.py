"""What the clients meet: the server, what it fetches and posts to, and who watches the wire."""
