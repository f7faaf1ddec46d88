"""Remembering is for one bulk job: inside it a key is read once, outside every call reads anew."""

from __future__ import annotations

from mcu import memo


def test_nothing_is_kept_outside_of_a_job() -> None:
    reads: list[int] = []

    def read() -> int:
        reads.append(1)
        return len(reads)

    assert [memo.remembered("key", read), memo.remembered("key", read)] == [1, 2]
    with memo.remembering():
        assert [memo.remembered("key", read), memo.remembered("key", read)] == [3, 3]
        assert memo.remembered("other", read) == 4
    assert memo.remembered("key", read) == 5


def test_an_inner_job_keeps_its_own_and_gives_the_outer_back() -> None:
    with memo.remembering():
        assert memo.remembered("key", lambda: "outer") == "outer"
        with memo.remembering():
            assert memo.remembered("key", lambda: "inner") == "inner"
        assert memo.remembered("key", lambda: "new") == "outer"
