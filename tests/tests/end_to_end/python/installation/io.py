raise ImportError('hides the standard library')
