"""What two or more of the services must do identically: rubric, prompt, anonymizer, manifests, the Supabase seam."""

__version__ = "0.1.0"
