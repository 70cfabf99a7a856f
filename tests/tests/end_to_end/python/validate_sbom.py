"""Validate a CycloneDX document on standard input, with the validator of the format's makers."""

import json
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

text = sys.stdin.read()
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
if error is not None:
    sys.exit(f'not valid: {error!r}')
bom = Bom.from_json(json.loads(text))
bom.validate()
print('\n'.join(sorted(f'{one.type.value} {one.name} {one.version}' for one in bom.components)))
