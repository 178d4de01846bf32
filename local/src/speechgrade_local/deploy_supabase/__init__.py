"""Brings a Supabase project up to this version, step by step: see ``docs/supabase.md``."""
