"""A column that follows another one."""

from __future__ import annotations

from typing import Any

from django.db import models

from lucarne.catalog.names import fold


class FoldedField(models.TextField):  # type: ignore[type-arg]  # no generic at run time
    """The text of another field as it is compared (``names.fold``), kept for indexes.

    It is written whenever the instance is; ``save(update_fields=…)`` must name it
    beside the field that it follows. ``max_length`` cuts it: one letter may become
    many, and an index takes only so much.
    """

    def __init__(self, *, of: str, **options: Any) -> None:
        self.of = of
        fixed = {"default": "", "db_default": "", "editable": False, "blank": True}
        super().__init__(**{**options, **fixed})

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """Tell migrations what it follows."""
        name, path, args, options = super().deconstruct()
        for known in ("default", "db_default", "editable", "blank"):
            options.pop(known, None)
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001  Django's
        """Fold what the other field holds now."""
        folded = fold(getattr(model_instance, self.of))[: self.max_length]
        setattr(model_instance, self.attname, folded)
        return folded
