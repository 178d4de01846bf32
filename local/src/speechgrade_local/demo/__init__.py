"""The whole loop on one machine: consent → dataset → adapter → score → ``model_used``, and a withdrawal."""
