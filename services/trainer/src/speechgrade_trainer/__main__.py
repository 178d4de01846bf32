"""``python -m speechgrade_trainer``."""

from speechgrade_trainer.commands import main

main()
