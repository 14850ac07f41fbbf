"""Erlang's formulas against printed tables, against sums over all states, and against each other."""

import math
import time
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.figures.erlang import Demand, erlang_b, erlang_c, expect, service_level, staff_for

NORMAL = NormalDist()
HOUR = 3600.0
TUTORIAL = Demand(arrivals=720, handling=240)  # 360 calls in half an hour
SMALL = Demand(arrivals=120, handling=300)
GUIDE = Demand(arrivals=200, handling=180, patience=300)
MINUTE_CALLS = Demand(arrivals=48 * 60, handling=60, patience=120)
ENDLESS = 1e9


def states(agents: int, demand: Demand) -> tuple[float, float, float]:
    """Share delayed, share abandoned and mean queue of M/M/n+M by adding up its states one by one."""
    assert demand.patience is not None
    weights = [1.0]
    while len(weights) <= agents or weights[-1] > 1e-25 * max(weights):
        state = len(weights)
        leaving = min(state, agents) / demand.handling + max(0, state - agents) / demand.patience
        weights.append(weights[-1] * demand.arrivals / HOUR / leaving)
    total = math.fsum(weights)
    queue = math.fsum((state - agents) * weight for state, weight in enumerate(weights) if state > agents) / total
    return math.fsum(weights[agents:]) / total, queue / demand.patience / (demand.arrivals / HOUR), queue


def halfin_whitt(beta: float) -> float:
    """The share delayed among very many agents, sqrt(load) times beta of them to spare."""
    return 1 / (1 + beta * NORMAL.cdf(beta) / NORMAL.pdf(beta))


@pytest.mark.parametrize(
    ("agents", "load", "blocked"), [(5, 2, 0.036697), (14, 10, 0.056819), (10, 5, 0.018385), (0, 3, 1.0), (4, 0, 0.0)]
)
def test_erlang_b_is_that_of_the_printed_tables(agents: int, load: float, blocked: float) -> None:
    assert erlang_b(agents, load) == pytest.approx(blocked, abs=1e-6)


@pytest.mark.parametrize(
    ("agents", "load", "delayed"),
    [
        (2, 1, 1 / 3), (3, 2, 4 / 9), (1, 0.5, 1 / 2),
        (55, 48, 0.238701), (54, 48, 0.301308), (12, 10, 0.449388), (14, 10, 0.174132), (50, 48, 0.694456),
        (10, 8, 0.409180), (50, 45, 0.363864), (100, 95, 0.506457), (200, 190, 0.365264), (1000, 970, 0.242823),
        (110, 100, 0.237008),
        (5, 5, 1.0), (5, 9, 1.0),
    ],
)  # fmt: skip
def test_erlang_c_is_that_of_the_printed_tables(agents: int, load: float, delayed: float) -> None:
    assert erlang_c(agents, load) == pytest.approx(delayed, abs=1e-6)


@pytest.mark.parametrize(
    ("demand", "agents", "speed", "occupancy"),
    [
        (TUTORIAL, 55, 8.1840, 0.872727),
        (TUTORIAL, 54, 12.0523, 48 / 54),
        (SMALL, 12, 67.4082, 10 / 12),
        (Demand(200, 180), 14, 7.8359, 0.714286),
        (Demand(2880, 60), 50, 20.8337, 0.96),
    ],
)
def test_patient_customers_wait_as_long_as_printed(demand: Demand, agents: int, speed: float, occupancy: float) -> None:
    found = expect(demand, agents)
    assert (found.speed, found.wait) == pytest.approx((speed, speed), abs=1e-4)
    assert found.occupancy == pytest.approx(occupancy, abs=1e-6)
    assert found.queue == pytest.approx(speed * demand.arrivals / HOUR, abs=1e-3)
    assert found.abandoned == 0


@pytest.mark.parametrize(
    ("demand", "agents", "within", "share"),
    [
        (TUTORIAL, 55, 15, 0.845883),
        (TUTORIAL, 55, 20, 0.866796),
        (TUTORIAL, 54, 20, 0.817248),
        (SMALL, 12, 30, 0.632072),
        (Demand(200, 180), 14, 20, 0.888350),
        (Demand(200, 180), 13, 20, 0.795595),
        (GUIDE, 13, 20, 0.858178),
        (Demand(1000, 180, 120), 50, 20, 0.807073),
    ],
)
def test_the_service_level_is_as_printed(demand: Demand, agents: int, within: float, share: float) -> None:
    assert service_level(demand, agents, within) == pytest.approx(share, abs=1e-6)


def test_nine_of_ten_patient_customers_wait_no_longer_than_printed() -> None:
    level = [service_level(Demand(2880, 60), 50, within) for within in (58.13, 58.14, 58.15)]
    assert level[0] < 0.9 < level[2]
    assert level[1] == pytest.approx(0.9, abs=1e-5)


@pytest.mark.parametrize(
    ("demand", "agents", "delayed", "abandoned"),
    [
        (GUIDE, 13, 0.225797, 0.024963),
        (MINUTE_CALLS, 50, 0.467774, 0.030912),
        (Demand(1000, 180, 120), 50, 0.470406, 0.061991),
        (Demand(360_000, 1, 1), 100, 0.513299, 0.039861),
    ],
)
def test_erlang_a_is_that_of_the_printed_tables(demand: Demand, agents: int, delayed: float, abandoned: float) -> None:
    found = expect(demand, agents)
    assert (found.delayed, found.abandoned) == pytest.approx((delayed, abandoned), abs=1e-6)


def test_the_examples_of_erlang_a_wait_as_long_as_printed() -> None:
    assert expect(GUIDE, 13).wait / 60 == pytest.approx(0.124817, abs=1e-6)
    found = expect(MINUTE_CALLS, 50)
    assert found.wait == pytest.approx(3.7095, abs=1e-4)
    assert found.queue == pytest.approx(2.9676, abs=1e-4)
    assert found.occupancy == pytest.approx(0.930324, abs=1e-6)
    assert expect(Demand(2880, 60), 50).queue == pytest.approx(16.667, abs=1e-3)


@pytest.mark.parametrize(
    ("beta", "delayed"), [(0.25, 0.720932), (0.5, 0.504539), (1, 0.223361), (1.5, 0.084690), (2, 0.026881)]
)
def test_large_teams_come_near_the_limit_of_halfin_and_whitt(beta: float, delayed: float) -> None:
    assert halfin_whitt(beta) == pytest.approx(delayed, abs=1e-6)
    assert erlang_c(200 * 200 + round(200 * beta), 200 * 200) == pytest.approx(delayed, abs=2e-3)


demands = st.builds(
    lambda agents, use, handling, haste: (
        agents,
        Demand(agents * use * HOUR / handling, handling, handling / haste),
    ),
    st.integers(1, 60),
    st.floats(0.05, 2),
    st.floats(1, 1000),
    st.floats(0.05, 50),
)


@given(demands)
def test_erlang_a_is_the_sum_over_all_states(case: tuple[int, Demand]) -> None:
    agents, demand = case
    found = expect(demand, agents)
    assert (found.delayed, found.abandoned, found.queue) == pytest.approx(states(agents, demand), abs=1e-9, rel=1e-9)


@given(demands)
def test_who_gives_up_is_the_mean_wait_by_patience_and_the_rest_is_what_agents_do(case: tuple[int, Demand]) -> None:
    agents, demand = case
    assert demand.patience is not None
    found = expect(demand, agents)
    assert found.wait / demand.patience == pytest.approx(states(agents, demand)[1], abs=1e-9)
    assert found.occupancy * agents == pytest.approx(demand.load * (1 - found.abandoned), rel=1e-9)
    assert found.wait * demand.arrivals / HOUR == pytest.approx(found.queue), "Little's law"


@given(demands, st.floats(0, 500), st.floats(0, 500))
def test_the_longer_the_promise_the_more_it_is_kept_up_to_all_who_stay(
    case: tuple[int, Demand], one: float, other: float
) -> None:
    agents, demand = case
    found = expect(demand, agents)
    at_once, sooner, later = (service_level(demand, agents, within) for within in (0.0, *sorted((one, other))))
    assert at_once == pytest.approx(1 - found.delayed)
    assert at_once <= sooner + 1e-9
    assert sooner <= later + 1e-9
    assert service_level(demand, agents, 1e12) == pytest.approx(1 - found.abandoned, abs=1e-9)


@given(st.integers(1, 300), st.floats(0.01, 0.96), st.floats(10, 1000), st.floats(0, 300))
def test_whose_patience_is_endless_waits_as_erlang_c_says(
    agents: int, use: float, handling: float, within: float
) -> None:
    arrivals = agents * use * HOUR / handling
    patient, endless = Demand(arrivals, handling), Demand(arrivals, handling, handling * ENDLESS)
    assert expect(endless, agents).delayed == pytest.approx(expect(patient, agents).delayed, abs=1e-6)
    assert service_level(endless, agents, within) == pytest.approx(service_level(patient, agents, within), abs=1e-6)


@pytest.mark.parametrize(("demand", "agents"), [(TUTORIAL, 55), (TUTORIAL, 54), (SMALL, 12), (Demand(200, 180), 14)])
def test_endless_patience_gives_the_table_of_erlang_c_to_the_sixth_digit(demand: Demand, agents: int) -> None:
    endless = Demand(demand.arrivals, demand.handling, ENDLESS)
    assert expect(endless, agents).delayed == pytest.approx(expect(demand, agents).delayed, abs=1e-6)
    assert expect(endless, agents).wait == pytest.approx(expect(demand, agents).wait, rel=1e-5)
    assert service_level(endless, agents, 20) == pytest.approx(service_level(demand, agents, 20), abs=1e-6)


@given(st.integers(1, 500), st.floats(0, 500))
def test_more_load_makes_more_wait_and_more_agents_make_fewer(agents: int, load: float) -> None:
    assert erlang_c(agents, load) <= erlang_c(agents, load * 1.01)
    assert erlang_c(agents + 1, load) <= erlang_c(agents, load)
    assert 0 <= erlang_b(agents, load) <= erlang_c(agents, load) <= 1


def test_what_is_too_much_for_patient_customers_waits_for_ever() -> None:
    found = expect(TUTORIAL, 48)
    assert (found.delayed, found.wait, found.queue, found.occupancy) == (1.0, math.inf, math.inf, 1.0)
    assert service_level(TUTORIAL, 48, 1e6) == 0.0


def test_what_is_too_much_for_the_agents_drives_impatient_customers_away() -> None:
    found = expect(Demand(1000, 3600, 600), 100)
    assert found.abandoned == pytest.approx(0.9)
    assert found.occupancy == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("demand", "agents"), [(TUTORIAL, 54), (Demand(200, 180), 14), (Demand(0, 180), 0), (Demand(0, 180, 60), 0)]
)
def test_staff_is_the_least_number_that_keeps_80_in_20(demand: Demand, agents: int) -> None:
    assert staff_for(demand, 0.8, 20) == agents


@given(demands, st.floats(0.05, 0.99), st.floats(0, 600))
def test_one_agent_fewer_would_break_the_promise(case: tuple[int, Demand], share: float, within: float) -> None:
    _, demand = case
    agents = staff_for(demand, share, within)
    assert service_level(demand, agents, within) >= share
    assert agents == 1 or service_level(demand, agents - 1, within) < share


@pytest.mark.parametrize("patience", [None, 30, 300, ENDLESS])
@pytest.mark.parametrize("load", [1.0, 4900.0, 4999.0, 5200.0, 20000.0])
def test_five_thousand_agents_take_less_than_20_ms(patience: float | None, load: float) -> None:
    demand = Demand(load * 12, 300, patience)
    began = time.process_time()
    expect(demand, 5000)
    service_level(demand, 5000, 20)
    assert time.process_time() - began < 0.02 * 2, "two questions"


@pytest.mark.parametrize(
    ("arrivals", "handling", "patience", "reason"),
    [
        (-1, 60, None, "arrivals cannot be -1"),
        (math.nan, 60, None, "arrivals cannot be nan"),
        (math.inf, 60, None, "arrivals cannot be inf"),
        (10, 0, None, "handling cannot be 0"),
        (10, 60, 0, "patience cannot be 0"),
        (10, 60, math.nan, "patience cannot be nan"),
        (1e12, 60, None, "load cannot be"),
    ],
)
def test_a_demand_that_cannot_be_is_named(
    arrivals: float, handling: float, patience: float | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Demand(arrivals, handling, patience)


def test_every_other_input_that_cannot_be_is_named() -> None:
    for agents in (-1, 10**9):
        with pytest.raises(ValueError, match=f"agents cannot be {agents}"):
            erlang_b(agents, 1)
    with pytest.raises(ValueError, match="load cannot be -1"):
        erlang_c(1, -1)
    with pytest.raises(ValueError, match="agents cannot be 0"):
        expect(GUIDE, 0)
    with pytest.raises(ValueError, match="agents cannot be 0"):
        service_level(GUIDE, 0, 20)
    with pytest.raises(ValueError, match="within cannot be -1"):
        service_level(GUIDE, 1, -1)
    for share in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="share cannot be"):
            staff_for(GUIDE, share, 20)
