"""How models come to this machine, are packed for another, and go."""
