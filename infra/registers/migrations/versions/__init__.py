"""Migrations: a file for each revision, run in order of `down_revision`."""
