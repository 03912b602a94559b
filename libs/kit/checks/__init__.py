"""Checks what an installation was given, and says in words what is wrong with it and what to do: `helm test`."""
