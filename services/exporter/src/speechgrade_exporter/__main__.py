"""``python -m speechgrade_exporter``."""

from speechgrade_exporter.commands import main

main()
