"""documents read and written with libyaml"""

DISTRIBUTIONS = ['PyYAML']


def check():
    import yaml

    text = 'a: &x [1, 2.5, ä]\nb: *x\nc: 2025-01-02\n'
    value = yaml.load(text, yaml.CSafeLoader)
    return [str(value), yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True)]
