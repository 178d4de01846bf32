"""From a published dataset to token ids: parsed, checked, nothing cut silently."""
