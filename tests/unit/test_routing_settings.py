"""How the router weighs, as the settings say it."""

from pathlib import Path

import pytest

from contactcenter.app import make_policies
from contactcenter.flow.policies import RoutingPolicy
from contactcenter.model.columns import MINUTE
from contactcenter.settings import SettingsError, load

QUEUE = "[queues.support]\n"


def routing(folder: Path, text: str) -> RoutingPolicy:
    file = folder / "contactcenter.toml"
    file.write_text(QUEUE + text, encoding="utf-8")
    return make_policies(load(file, {}), {}).routing


def test_nothing_said_is_as_usual(tmp_path: Path) -> None:
    usual = routing(tmp_path, "")
    assert (usual.weight("email"), usual.target("webchat"), usual.target("email")) == (1, 2 * MINUTE, 240 * MINUTE)
    assert (usual.reserve, usual.guard, usual.limits) == (1, 0.75, ())


def test_what_a_kind_of_channel_takes_can_be_said(tmp_path: Path) -> None:
    said = routing(tmp_path, "[routing]\nreserve = 0\n[routing.kinds.webchat]\nweight = 2\nmost = 4\nwait_minutes = 1")
    assert (said.weight("webchat"), said.limits, said.target("webchat")) == (2, (("webchat", 4),), MINUTE)
    assert said.reserve == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[routing.kinds.fax]", "routing.kinds.fax: there is no such kind of channel; there are: email, loopback,"),
        ("[routing.kinds.email]\nweight = 0", "setting routing.kinds.email.weight: must be at least 1"),
        ("[routing.kinds.email]\nmost = 0", "setting routing.kinds.email.most: must be at least 1"),
        ("[routing]\nreserve_until = 2", "setting routing.reserve_until: must be at most 1"),
        ("[routing]\nreserv = 2", "unknown setting 'routing.reserv'; did you mean 'reserve'?"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        routing(tmp_path, text)
    assert told in str(refused.value)
