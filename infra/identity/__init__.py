"""Identity providers that vouch for people, by OpenID Connect."""
