"""``make bench-trainer``: speed and memory of a training, beside a plain TRL script on the same speeches.

The base has Mistral-7B's architecture and random weights: arithmetic and memory do not depend on what weights say, and
no hub is needed. Without a GPU the same code runs on a base of a few thousand weights, and says that this says nothing
about a GPU.
"""
