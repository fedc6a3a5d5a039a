"""What devices send over any door as JSON, CBOR, CSV or Arrow, read into reports or columns; no socket, no Django.

Small messages become `Report`s (`from_json`), tables become `Columns` (`from_csv`, `from_arrow`) without an object per
reading. What is wrong is a `Refusal` that names row and field; the rest is taken.
"""
