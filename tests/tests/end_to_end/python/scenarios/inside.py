"""Lies beside a script."""

WORD = 'beside'
