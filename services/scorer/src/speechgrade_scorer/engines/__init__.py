"""What answers: vLLM and other OpenAI-compatible models."""
