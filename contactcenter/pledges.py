"""What each queue promises its customers, as the settings have it.

Comes between `settings`, which are words, and routing/promises.py. Asked by `app`. Refuses what promises nothing, and
what could never be kept: hours in which nobody is ever there.
"""

from itertools import pairwise

from contactcenter import calendars
from contactcenter.model.columns import MINUTE
from contactcenter.model.tickets import PRIORITIES
from contactcenter.routing.hours import Hours
from contactcenter.routing.promises import TARGETS, Promise, Step
from contactcenter.settings import PromiseSettings, Settings, SettingsError, TargetSettings


def of_queues(settings: Settings) -> dict[str, Promise]:
    """By queue, of those that promise something. Raises SettingsError, also for what no queue promises."""
    hours = calendars.by_name(settings)
    made = {name: _promise(name, table, hours) for name, table in settings.promises.items()}
    found = {}
    for name, queue in settings.queues.items():
        if queue.promise and queue.promise not in made:
            known = ", ".join(sorted(made)) or "none"
            raise SettingsError(
                f"setting queues.{name}.promise: there is no [promises.{queue.promise}]; there are: {known}"
            )
        if queue.promise:
            found[name] = made[queue.promise]
    return found


def _promise(name: str, table: PromiseSettings, hours: dict[str, Hours]) -> Promise:
    targets = {
        (priority, target): max(1, round(minutes * MINUTE))
        for priority in PRIORITIES
        for target in TARGETS
        if (minutes := _minutes(getattr(table, priority), target) or _minutes(table, target)) is not None
    }
    if not targets:
        raise SettingsError(
            f"setting promises.{name} promises nothing; give it first_response_minutes, next_response_minutes or "
            "resolution_minutes"
        )
    _refuse_never(name, table.hours, hours)
    steps = sorted((Step(step.at, tuple(step.does)) for step in table.steps), key=lambda step: step.at)
    for one, other in pairwise(steps):
        if one.at == other.at:
            raise SettingsError(
                f"setting promises.{name}.steps: two of them are at {one.at:g}; "
                'make them one, such as does = ["warn", "bump"]'
            )
    return Promise(name, targets, hours.get(table.hours), frozenset(table.pause_when), tuple(steps))


def _refuse_never(name: str, table: str, hours: dict[str, Hours]) -> None:
    if table and table not in hours:
        known = ", ".join(sorted(hours)) or "none"
        raise SettingsError(f"setting promises.{name}.hours: there is no [hours.{table}]; there are: {known}")
    if table and not hours[table].ever_open:
        raise SettingsError(
            f"setting promises.{name}.hours: [hours.{table}] has no open hour, so that nothing would ever be late; "
            f'give it one, such as monday = ["09:00-17:00"], or the promise no hours, which means always'
        )


def _minutes(table: TargetSettings, target: str) -> float | None:
    minutes: float | None = getattr(table, f"{target}_minutes")
    return minutes
