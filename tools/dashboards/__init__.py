"""Grafana's dashboards as code: `python -m tools.dashboards` writes charts/mainstay/files/dashboards/*.json.

Each is a TOML file beside this one; the names in it are those of docs/guides/observe.md.
"""
