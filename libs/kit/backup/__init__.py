"""Backups of all databases, taken while everything runs, and their restore into an empty stack (docs/adr/0011).

`python -m libs.kit.backup take | check | restore | list | prune`. A backup is two folders: `data` holds what is
kept for long and can be read only with the keys; `keys` holds the wrapped keys of persons, with the tombstones of those
who were erased, and is kept for days. The keyring that wraps both is in neither.
"""
