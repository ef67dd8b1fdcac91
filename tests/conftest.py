"""Properties are judged by what they say, not by how long a busy machine takes to say it."""

import os

from hypothesis import settings

settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")

os.environ["LC_ALL"] = "C.UTF-8"  # whatever the language of whoever runs the tests: reports are compared in English
