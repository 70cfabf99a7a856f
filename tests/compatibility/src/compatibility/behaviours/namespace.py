"""``import a.b._c`` without any ``__init__.py``: protobuf's ``google._upb._message``"""


def check():
    import google._upb._message as module

    packages = [__import__('google'), __import__('google._upb')._upb]
    assert not any(hasattr(package, '__file__') and package.__file__ for package in packages)
    assert module.__spec__.parent == 'google._upb' and module.__package__ == 'google._upb'
    return [module.__name__, [len(package.__path__) for package in packages]]
