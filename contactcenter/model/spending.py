"""What was spent on a language model, by day: a budget that all processes of the desk share."""

from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT


class ModelDay(SQLModel, table=True):
    """Requests to the language model on a day (UTC), and their tokens: those that were taken and not settled count."""

    day: str = Field(primary_key=True)  # 2026-11-20
    requests: int = Field(default=0, sa_type=BIGINT)
    tokens: int = Field(default=0, sa_type=BIGINT)
