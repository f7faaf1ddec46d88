"""The weeks around 16–22 November 2026 (2026-W47) in both Centers, worked out by hand; the answers stand in test_figures.

Октябрьское lives at UTC+5, Корсаково at UTC+3. Terms that decide «в срок»: ИМ of ОКТ 3 hours from hand-over to agreement;
ПОС 25 days, fast-track 10 days of receipt; 59-ФЗ registration by the end of the third day; ИМ and portal of КОР 24 hours.
"""

from __future__ import annotations

from tests.cast import Cast
from tests.reports.story import Story, tell

SNOW, PLACE = "road_snow", "talinka"


def oktyabrsky(cast: Cast) -> dict[str, Story]:
    """Twenty-one cases by name."""
    cases: dict[str, Story] = {}

    def case(name: str, source: str, received: str, **about: object) -> Story:
        cases[name] = tell(cast, source, received, **about)  # type: ignore[arg-type]
        return cases[name]

    # Answered in the week
    o1 = case("o1", "im", "15.11 23:59", topic=SNOW, settlement=PLACE)  # a minute before the week
    o1.assign("16.11 08:00", "roads").agree("16.11 10:00").approve("16.11 10:30").send("16.11 11:00")
    o2 = case("o2", "im", "16.11 00:00", topic=SNOW, settlement=PLACE)  # exactly on the border; agreed exactly in 3 hours
    o2.assign("16.11 09:00", "roads").agree("16.11 12:00").approve("16.11 12:30").send("16.11 13:00")
    o3 = case("o3", "im", "16.11 10:00", topic=SNOW, settlement=PLACE)  # agreed half an hour late
    o3.assign("16.11 10:30", "roads").agree("16.11 14:00").approve("16.11 14:10").send("16.11 14:30")
    o7 = case("o7", "pos", "25.10 12:00")  # due 19.11
    o7.assign("25.10 13:00", "roads").agree("20.11 14:00").send("20.11 15:00")
    o8 = case("o8", "pos", "10.11 10:00", fast_track=True)  # due 20.11; posted on Sunday, recorded on Monday after
    o8.assign("10.11 11:00", "housing").agree("18.11 10:00").send("23.11 09:00", posted="22.11 18:00")
    o20 = case("o20", "fz59", "13.11 10:00")
    o20.assign("14.11 10:00", "housing").agree("20.11 09:00").send("20.11 10:00")

    # Reopened
    o12 = case("o12", "im", "11.11 09:00")  # in time in the week before, late after its reopening
    o12.assign("11.11 09:10", "roads").agree("11.11 10:00").approve("11.11 10:30").send("11.11 11:00")
    o12.reopen("18.11 10:00").agree("18.11 14:00").approve("18.11 14:10").send("18.11 14:30")
    o13 = case("o13", "pos", "17.11 10:00")  # its answer stays in its week though it was taken back in the next
    o13.assign("17.11 11:00", "roads").agree("18.11 09:00").send("18.11 10:00").reopen("24.11 10:00")
    o14 = case("o14", "pos", "16.11 10:00")  # two answers in one week: one case answered
    o14.assign("16.11 11:00", "housing").agree("17.11 09:00").send("17.11 10:00")
    o14.reopen("18.11 10:00").agree("19.11 09:00").send("19.11 10:00")
    case("o21", "im", "09.11 09:00").redirect("10.11 09:00").reopen("17.11 09:00")

    # Out of work by other ways
    case("o9", "fz59", "11.11 09:00").redirect("17.11 12:00")  # registered late: due 14.11
    case("o10", "fz59", "16.11 09:00").dismiss("18.11 09:00")
    o11 = case("o11", "im", "10.11 09:00")
    o11.assign("10.11 09:10", "roads").agree("10.11 10:00").approve("10.11 10:10").send("10.11 10:20").close("17.11 09:00")

    # In work when the week ends
    case("o4", "im", "22.11 23:59")
    case("o5", "im", "23.11 00:00")  # of the next week
    case("o6", "pos", "20.10 12:00").assign("20.10 13:00", "roads").draft("20.10 14:00")  # due 14.11
    case("o15", "im", "19.11 09:00").assign("19.11 09:30", "roads").decline("19.11 10:00")  # the clock goes on: due 12:30
    case("o16", "im", "22.11 21:00").assign("22.11 22:00", "housing").agree("23.11 02:00")  # due 23.11 01:00
    o17 = case("o17", "im", "20.11 09:00", topic=SNOW, settlement=PLACE)  # only the head's internal term is over
    o17.assign("20.11 09:10", "roads").agree("20.11 10:00")
    case("o18", "im", "20.11 08:00").assign("20.11 09:00", "housing").submit("20.11 10:00")  # due 12:00
    o19 = case("o19", "pos", "18.11 10:00")
    o19.assign("18.11 11:00", "roads").agree("21.11 10:00").send("23.11 10:00")
    return cases


def korsakovsky(cast: Cast) -> dict[str, Story]:
    """Five cases by name; k1 would belong to the week by the other Center's clock."""
    cases = {
        "k1": tell(cast, "im", "15.11 23:30"),
        "k2": tell(cast, "im", "16.11 00:00"),
        "k3": tell(cast, "pos", "10.11 10:00"),
        "k4": tell(cast, "portal", "19.11 10:00"),  # due 20.11 10:00
        "k5": tell(cast, "im", "22.11 12:00"),  # due 23.11 12:00
    }
    cases["k1"].assign("16.11 08:00", "education").agree("16.11 21:00").send("16.11 22:00")
    cases["k2"].assign("16.11 08:00", "economy").agree("16.11 19:00").send("16.11 20:00")
    cases["k3"].assign("10.11 11:00", "economy").agree("15.11 20:00").send("16.11 09:00", posted="16.11 00:00")
    return cases
