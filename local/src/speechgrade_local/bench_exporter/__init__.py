"""`make bench-exporter`: what an export of many evaluations costs on this machine, measured on the embedded stack."""
