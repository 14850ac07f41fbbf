"""Promises as settings have them: which minutes a priority gets, and what is refused by name."""

import tomllib

import pytest

from contactcenter.model.columns import MINUTE
from contactcenter.pledges import of_queues
from contactcenter.routing.promises import FIRST, LADDER, NEXT, RESOLUTION, Promise, Step
from contactcenter.settings import Settings, SettingsError, check

DESK = '[queues.support]\npromise = "standard"\n[hours.office]\nmonday = ["09:00-17:00"]\n[hours.never]\n'


def made(text: str) -> Promise:
    return of_queues(check(Settings, tomllib.loads(DESK + text), ""))["support"]


def test_a_priority_has_its_own_minutes_where_it_names_them() -> None:
    promise = made(
        '[promises.standard]\nhours = "office"\nfirst_response_minutes = 60\nresolution_minutes = 600\n'
        "urgent = { first_response_minutes = 7.5, next_response_minutes = 30 }\n"
    )
    assert promise.hours is not None
    found = [
        promise.allowed(target, priority) for priority in ("urgent", "low") for target in (FIRST, NEXT, RESOLUTION)
    ]
    assert found == [7.5 * MINUTE, 30 * MINUTE, 600 * MINUTE, 60 * MINUTE, None, 600 * MINUTE]
    assert promise.steps == LADDER
    assert sorted(promise.pauses) == ["answered", "snoozed"]


def test_a_ladder_is_brought_into_order() -> None:
    promise = made(
        "[promises.standard]\nfirst_response_minutes = 60\n"
        '[[promises.standard.steps]]\nat = 2\ndoes = ["bump", "escalate"]\n'
        '[[promises.standard.steps]]\nat = 0.5\ndoes = "warn"\n'
    )
    assert promise.steps == (Step(0.5, ("warn",)), Step(2, ("bump", "escalate")))
    assert made("[promises.standard]\nfirst_response_minutes = 60\nsteps = []\n").steps == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "setting queues.support.promise: there is no [promises.standard]; there are: none"),
        ("[promises.fast]\nresolution_minutes = 1\n", "there is no [promises.standard]; there are: fast"),
        ("[promises.standard]\n", "setting promises.standard promises nothing; give it first_response_minutes"),
        ('[promises.standard]\nresolution_minutes = 1\nhours = "offic"\n',
         "setting promises.standard.hours: there is no [hours.offic]; there are: never, office"),
        ('[promises.standard]\nresolution_minutes = 1\nhours = "never"\n',
         "setting promises.standard.hours: [hours.never] has no open hour"),
        ("[promises.standard]\nresolution_minutes = 0\n",
         "setting promises.standard.resolution_minutes: must be more than 0"),
        ("[promises.standard]\nresolution_minutes = inf\n", "resolution_minutes: must be a number"),
        ("[promises.standard]\nresolution_minutes = nan\n", "resolution_minutes: must be a number"),
        ("[promises.standard]\nresolution_minutes = 1e9\n", "resolution_minutes: must be at most 527040"),
        ("[promises.standard]\nurgent = { resolution_minutes = -1 }\n",
         "setting promises.standard.urgent.resolution_minutes: must be more than 0"),
        ("[promises.standard]\nresolution_minutes = 1\nsteps = [{ at = 0, does = ['warn'] }]\n",
         "setting promises.standard.steps.at: must be more than 0"),
        ("[promises.standard]\nresolution_minutes = 1\nsteps = [{ at = 1, does = ['shout'] }]\n",
         "setting promises.standard.steps.does: can be 'warn', 'bump' or 'escalate'"),
        ("[promises.standard]\nresolution_minutes = 1\nsteps = [{ at = 1, does = [] }]\n",
         "setting promises.standard.steps.does: "),
        ("[promises.standard]\nresolution_minutes = 1\nsteps = [{ at = 1, does = 'warn' }, { at = 1, does = 'bump' }]",
         "setting promises.standard.steps: two of them are at 1; make them one"),
        ("[promises.standard]\nresolution_minutes = 1\npause_when = ['open']\n",
         "setting promises.standard.pause_when: can be 'new', 'answered' or 'snoozed'"),
        ("[promises.standard]\nresolution_minute = 1\n",
         "unknown setting 'promises.standard.resolution_minute'; did you mean 'resolution_minutes'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_name(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        made(text)
    assert told in str(refused.value)
