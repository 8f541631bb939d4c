"""The laboratory's commands `demo`, `servers` and `bench`, a module each."""
