"""Many workstations: which are not ready, why, and since when – from the reports that they write."""
