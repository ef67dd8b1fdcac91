"""One workstation: facts from its operating system, judged by a profile."""
