"""The databases that tests get: empty at the start of each test, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_database_is_empty_whatever_the_test_before_left_in_it(empty_database_url: str, time: str) -> None:
    engine = create_engine(empty_database_url)
    try:
        before = inspect(engine).get_table_names()
        with engine.begin() as connection:
            connection.execute(text("create table leftover (id integer)"))
    finally:
        engine.dispose()
    assert before == []
