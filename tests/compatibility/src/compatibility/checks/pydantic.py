"""models, validation and its errors, a JSON schema"""

DISTRIBUTIONS = ['pydantic', 'pydantic-core']


def check():
    from pydantic import BaseModel, Field, ValidationError, field_validator

    class Part(BaseModel):
        name: str
        weight: float = Field(gt=0)

        @field_validator('name')
        @classmethod
        def lower(cls, value):
            return value.lower()

    class Machine(BaseModel):
        parts: list[Part]

    machine = Machine.model_validate_json('{"parts": [{"name": "Bolt", "weight": "1.5"}]}')
    try:
        Machine.model_validate({'parts': [{'name': 'x', 'weight': -1}]})
    except ValidationError as error:
        problem = error.errors(include_url=False)
    return [machine.model_dump(), problem, Machine.model_json_schema()]
