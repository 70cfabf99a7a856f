"""Unicode properties, fuzzy matching, nested sets"""

DISTRIBUTIONS = ['regex']


def check():
    import regex

    fuzzy = regex.search(r'(?:compatible){e<=2}', 'it is compatbile')
    return [
        regex.findall(r'\p{Lu}\p{Ll}*', 'Änne AbÄ'),
        fuzzy.group(),
        regex.findall(r'(?V1)[[a-z]--[aeiou]]+', 'compatible'),
        regex.match(r'(?P<d>\d)+', '123').capturesdict(),
    ]
