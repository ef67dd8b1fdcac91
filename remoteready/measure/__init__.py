"""Active tests of the path from this desk to the site. Numbers, never verdicts."""

PORT = 8762
"""Of the stream (UDP) and the upload (TCP): after RFC 8762, whose own port 862 needs administrator rights."""
