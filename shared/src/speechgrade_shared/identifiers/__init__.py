"""What identifies a person in a text, and where in it: names of a course's people, addresses, numbers, dates.

``anonymize`` puts placeholders in their place; nothing else looks in here but the roster's folding.
"""
