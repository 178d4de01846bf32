"""One speech in, one outcome out."""
