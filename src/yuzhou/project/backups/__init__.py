"""Backup and restore of everything that a platform keeps: database, bus, files, Parquet, keys."""
