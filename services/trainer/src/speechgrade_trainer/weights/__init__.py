"""The base model's files: fetched once, verified offline, carried to where there is no network. No torch in here."""
