"""Active tests of the path from this desk to the site. Numbers, never verdicts."""
