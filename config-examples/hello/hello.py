"""Prints two words."""

print("hello world")
