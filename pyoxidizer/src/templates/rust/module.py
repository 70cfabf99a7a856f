"""The Python half of the application."""


def greet(who: str) -> str:
    """Say hello."""
    return f"hello {who}"
