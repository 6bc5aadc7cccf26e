"""What every body and every answer is made of."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """What goes over the wire: camelCase there, and a field that we do not know is refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Body(Model):
    """What is sent to us: by its names on the wire, and by no others."""

    model_config = ConfigDict(populate_by_name=False)
