"""Many agents, some links: scenario → demand → sizing."""
