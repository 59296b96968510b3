"""Facts about AWS that change without us: tables with source and date, as Python literals.

Literals, not YAML: the function is a server whose start-up users wait for, and a literal needs no parser.
"""
