"""What dies is started again; what keeps dying ends the run."""

import time

import pytest

from cli import keeper
from cli.keeper import Keeper
from core.errors import StartFailed


class Patient:
    """Something that lives until told otherwise."""

    def __init__(self) -> None:
        self.starts = 0
        self.is_running = False

    def start(self) -> None:
        self.starts += 1
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False


def tended_until(kept: Keeper, patient: Patient, starts: int) -> None:
    deadline = time.monotonic() + 30
    while patient.starts < starts:
        kept.tend()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def patient() -> Patient:
    return Patient()


def test_it_is_started_once_and_left_alone_while_it_runs(patient: Patient) -> None:
    kept = Keeper("patient", patient)
    for _ in range(5):
        kept.tend()
    assert patient.starts == 1


def test_a_death_is_followed_by_a_pause_and_a_new_start(patient: Patient, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Keeper("patient", patient)
    kept.tend()
    patient.stop()
    kept.tend()
    assert patient.starts == 1
    tended_until(kept, patient, 2)
    assert capsys.readouterr().err == "The patient stopped; starting it again.\n"


def test_what_lived_long_is_started_again_at_once(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "QUICK_SECONDS", 0.0)
    kept = Keeper("patient", patient)
    kept.tend()
    patient.stop()
    kept.tend()
    assert patient.starts == 2


def test_quick_deaths_in_a_row_end_the_run_with_one_sentence(patient: Patient) -> None:
    kept = Keeper("patient", patient)
    for starts in range(1, keeper.STRIKES):
        tended_until(kept, patient, starts)
        patient.stop()
    tended_until(kept, patient, keeper.STRIKES)
    patient.stop()
    with pytest.raises(StartFailed, match=f"The patient stopped {keeper.STRIKES} times in a row"):
        kept.tend()


def test_deaths_after_a_long_life_are_not_held_against_it(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "QUICK_SECONDS", 0.0)
    kept = Keeper("patient", patient)
    for starts in range(1, keeper.STRIKES + 2):
        tended_until(kept, patient, starts)
        patient.stop()
