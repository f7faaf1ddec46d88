"""November 2026 with its week 16–22 (2026-W47) in both Centers, and the same a year before, worked out by hand.

The answers stand in test_figures.

Октябрьское lives at UTC+5, Корсаково at UTC+3. Terms that decide «в срок»: ИМ of ОКТ 3 hours from hand-over to agreement;
ПОС 25 days, fast-track 10 days of receipt; 59-ФЗ registration by the end of the third day; ИМ and portal of КОР 24 hours.
"""

from __future__ import annotations

from tests.cast import Cast
from tests.reports.story import Story, tell

ROADS, HOUSING = "roads_department", "housing_department"
SNOW, PLACE = "road_snow", "talinka"


def oktyabrsky(cast: Cast) -> dict[str, Story]:
    """The twenty-one cases around the week by name; ``oktyabrsky_month`` has them all."""
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


def oktyabrsky_month(cast: Cast) -> dict[str, Story]:
    """Forty-six cases by name: around the week, around the month, a year ago."""
    return oktyabrsky(cast) | _month(cast) | _year_ago(cast)


def _month(cast: Cast) -> dict[str, Story]:
    """Around the borders of the month; together, put off, given back, scored."""
    cases: dict[str, Story] = {}

    def case(name: str, source: str, received: str, **about: object) -> Story:
        cases[name] = tell(cast, source, received, **about)  # type: ignore[arg-type]
        return cases[name]

    # Borders of the month
    o22 = case("o22", "pos", "31.10 23:59")
    o22.assign("02.11 09:00", "roads", ROADS).agree("06.11 10:00", mark=1).send("06.11 11:00")
    o22.score("10.11 12:00", 5).close("17.11 10:00")
    o23 = case("o23", "pos", "01.11 00:00")
    o23.assign("02.11 09:00", "housing", HOUSING).agree("09.11 10:00", mark=0).send("09.11 11:00").score("18.11 12:00", 1)
    case("o24", "im", "30.11 23:59")
    case("o25", "im", "01.12 00:00")
    o26 = case("o26", "pos", "20.10 09:00")  # posted in October, recorded in November
    o26.assign("20.10 10:00", "roads", ROADS).agree("30.10 10:00").send("02.11 09:00", posted="31.10 23:00")
    case("o27", "im", "30.11 20:00").assign("30.11 21:30", "roads", ROADS)  # due 01.12 00:30, the last warning at 23:54

    # Together
    o28, o29 = case("o28", "im", "16.11 09:00"), case("o29", "im", "16.11 09:10")
    o28.assign("16.11 09:30", "housing", HOUSING)
    o29.merge("16.11 10:00", o28)  # its own three hours begin with the merging
    o28.agree("16.11 11:00").approve("16.11 11:30").send("16.11 12:00")
    o29.send("16.11 13:00")
    o31, o30 = case("o31", "pos", "12.11 09:00"), case("o30", "pos", "12.11 10:00")
    o31.assign("12.11 11:00", "roads", ROADS)
    o30.merge("13.11 10:00", o31).split("18.11 10:00")

    # By the law: passed on in time, put off, not answered by the thirtieth day (19.11)
    case("o32", "fz59", "12.11 09:00").redirect("13.11 09:00")
    case("o33", "fz59", "03.11 09:00").assign("04.11 10:00", "housing", HOUSING).extend("20.11 10:00", 20)
    o34 = case("o34", "fz59", "20.10 09:00")
    o34.assign("21.10 09:00", "housing").agree("25.11 10:00").send("26.11 10:00")

    # A word in between puts the three hours off to the end of 20.11; given back and agreed again
    o35 = case("o35", "im", "17.11 09:00")
    o35.assign("17.11 09:30", "roads", ROADS).interim("17.11 10:00", "20.11")
    o35.agree("19.11 10:00").approve("19.11 10:30").send("19.11 11:00")
    o36 = case("o36", "pos", "09.11 09:00")
    o36.assign("09.11 10:00", "roads", ROADS).submit("17.11 10:00").give_back("17.11 12:00").agree("18.11 10:00")
    o36.send("18.11 12:00").score("20.11 09:00", 4)

    # A low score, so the work began anew; passed on by mistake and taken back
    o37 = case("o37", "pos", "02.11 09:00")
    o37.assign("02.11 10:00", "roads").agree("05.11 10:00").send("05.11 11:00").score("16.11 10:00", 1)
    o37.reopen("17.11 09:00").agree("20.11 10:00", mark=1).send("20.11 12:00").score("21.11 12:00", 5)
    case("o38", "im", "18.11 10:00").redirect("18.11 11:00").take_back("18.11 11:10")
    return cases


def _year_ago(cast: Cast) -> dict[str, Story]:
    """The week 17–23 November 2025 (2025-W47) and its month."""
    cases = {
        "y1": tell(cast, "im", "17.11.2025 00:00"),
        "y2": tell(cast, "im", "16.11.2025 23:59"),
        "y3": tell(cast, "pos", "23.11.2025 23:59"),
        "y4": tell(cast, "pos", "24.11.2025 00:00"),
        "y5": tell(cast, "im", "20.11.2025 09:00"),
        "y6": tell(cast, "fz59", "18.11.2025 10:00"),
        "y7": tell(cast, "pos", "01.11.2025 10:00"),
        "y8": tell(cast, "pos", "31.10.2025 23:59"),
    }
    cases["y1"].assign("17.11.2025 09:00", "roads", ROADS).agree("17.11.2025 10:00").approve("17.11.2025 10:30")
    cases["y1"].send("17.11.2025 11:00").close("28.11.2025 09:00")
    cases["y2"].assign("17.11.2025 09:00", "roads").agree("17.11.2025 13:00", mark=1).approve(
        "17.11.2025 13:30"
    )  # an hour late
    cases["y2"].send("17.11.2025 14:00")
    cases["y3"].assign("24.11.2025 10:00", "roads").agree("09.12.2025 10:00").send("10.12.2025 10:00")
    cases["y4"].dismiss("28.11.2025 10:00")
    cases["y5"].assign("20.11.2025 09:30", "housing").agree("25.11.2025 10:00").approve("25.11.2025 11:00")  # due 20.11 12:30
    cases["y5"].send("25.11.2025 14:00")
    cases["y6"].redirect("19.11.2025 10:00")
    cases["y7"].assign("01.11.2025 11:00", "roads", ROADS).agree("09.11.2025 10:00").send("10.11.2025 10:00")
    cases["y7"].score("21.11.2025 10:00", 2).reopen("22.11.2025 09:00")
    cases["y7"].agree("24.11.2025 10:00").send("24.11.2025 12:00")
    cases["y8"].assign("01.11.2025 09:00", "roads").agree("03.11.2025 10:00").send("03.11.2025 11:00")
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


def korsakovsky_month(cast: Cast) -> dict[str, Story]:
    """Fifteen cases by name; k6 and k14 would belong to another month by the other Center's clock."""
    cases = korsakovsky(cast) | {
        "k6": tell(cast, "portal", "31.10 23:30"),  # due 01.11 23:30
        "k7": tell(cast, "im", "01.11 00:00"),  # due 02.11 00:00
        "k8": tell(cast, "pos", "20.11 10:00"),
        "k9": tell(cast, "pos", "20.11 09:00"),
        "k10": tell(cast, "im", "17.11 10:00"),
        "k11": tell(cast, "portal", "18.11 10:00"),
        "k12": tell(cast, "fz59", "19.11 10:00"),
        "k13": tell(cast, "im", "18.11.2025 10:00"),
        "k14": tell(cast, "portal", "30.11 22:30"),  # due 01.12 22:30
        "k15": tell(cast, "pos", "09.11 10:00"),
    }
    cases["k6"].assign("01.11 09:00", "economy").agree("01.11 20:00").send("01.11 21:00")
    cases["k7"].assign("01.11 09:00", "economy").agree("03.11 11:00").send("03.11 12:00")
    cases["k8"].merge("20.11 12:00", cases["k9"])
    cases["k10"].redirect("17.11 12:00")
    cases["k11"].assign("18.11 11:00", "education", "korsakovo_school").agree("18.11 15:00", mark=1).send("18.11 16:00")
    cases["k11"].score("19.11 10:00", 3).close("20.11 10:00")
    cases["k12"].dismiss("20.11 10:00")
    cases["k13"].assign("18.11.2025 11:00", "education").agree("18.11.2025 12:00", mark=0).send("18.11.2025 13:00")
    cases["k15"].assign("09.11 12:00", "economy").agree("17.11 10:00").send("17.11 11:00")
    cases["k15"].reopen("20.11 10:00").agree("24.11 10:00").send("24.11 12:00")
    return cases
