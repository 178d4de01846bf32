"""An adapter as a folder, in the bucket, in its table, and the aliases that let it answer."""
