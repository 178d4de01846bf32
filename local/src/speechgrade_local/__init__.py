"""The embedded stack: everything SpeechGradebook's services need, as processes on loopback."""
