"""Properties are judged by what they say, not by how long a busy machine takes to say it.

CI asks the same questions every time, so that a red run is the fault of its change; here, every run asks new ones.
"""

import os

from hypothesis import settings

settings.register_profile("patient", settings.default, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")

os.environ["LC_ALL"] = "C.UTF-8"  # whatever the language of whoever runs the tests: reports are compared in English
