from __future__ import annotations

from itertools import product

from reconciler.model.change import RISK_ORDER, Risk, worst
from reconciler.model.diagnostic import Location
from tests.builders import change


def test_risks_are_ordered_from_none_to_loss_of_data() -> None:
    assert RISK_ORDER == (Risk.NONE, Risk.RELOAD, Risk.PRIVILEGE, Risk.IRREVERSIBLE, Risk.DATA_LOSS)


def test_the_worst_of_no_risks_is_none() -> None:
    assert worst([]) is Risk.NONE


def test_the_worst_of_two_risks_is_the_later_in_the_order_whichever_comes_first() -> None:
    for one, other in product(RISK_ORDER, repeat=2):
        assert worst([one, other]) is max(one, other, key=RISK_ORDER.index)


def test_a_change_touches_the_environment_of_its_address() -> None:
    assert change().environment == "dev"


def test_where_a_change_stands_in_a_file_does_not_make_it_another_change() -> None:
    assert change(location=Location("a.yaml")) == change(location=Location("b.yaml"))
