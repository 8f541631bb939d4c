"""People: sign-in, sessions, tokens, and the changes of accounts."""
