"""What goes in and out: see ``headgate.models.Pipeline`` and the others."""

from ._gen.models import *  # noqa: F403
