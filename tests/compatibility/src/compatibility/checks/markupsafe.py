"""text escaped by the C implementation"""

DISTRIBUTIONS = ['MarkupSafe']


def check():
    import markupsafe
    import markupsafe._speedups

    assert markupsafe._escape_inner is markupsafe._speedups._escape_inner
    return [markupsafe.escape('<a & "b">'), markupsafe.Markup('<b>%s</b>') % '<']
