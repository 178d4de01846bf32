"""``python -m speechgrade_scorer``."""

from speechgrade_scorer.commands import main

main()
