"""A refusal is told where it was asked, but for those that say who may be there at all."""

import pytest

from core.errors import DomainError, Invalid, NotAllowed, NotFound, NotSignedIn
from services.refusals import SlotTaken
from state.telling import telling


@pytest.mark.parametrize("refusal", [SlotTaken(), Invalid(field="reason")])
def test_a_refusal_is_told_and_nothing_more_is_done(refusal: DomainError) -> None:
    told: list[DomainError] = []
    with telling(told.append):
        raise refusal
    assert told == [refusal]


@pytest.mark.parametrize("refusal", [NotAllowed(), NotFound(), NotSignedIn(), KeyError("a mistake of ours")])
def test_who_may_not_be_there_and_a_mistake_of_ours_are_not(refusal: Exception) -> None:
    told: list[DomainError] = []
    with pytest.raises(type(refusal)), telling(told.append):
        raise refusal
    assert told == []
