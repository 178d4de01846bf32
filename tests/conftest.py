"""Open input is drawn alike in every run, and no test fails because its first example had to load a library.

``HYPOTHESIS_PROFILE=explore`` draws anew, to look for what nobody has thought of.
"""

import os

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
