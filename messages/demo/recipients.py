"""Which ответственный получатель a letter goes to: by topic, else by the place, else by the block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from blocks.models import Recipient
from messages.demo.rhythm import Chance
from messages.demo.texts import Letter

_BY_TOPIC: Final = {
    "kindergarten": "education_department",
    "school": "education_department",
    "school_meals": "education_department",
    "school_bus": "education_department",
    "culture_events": "culture_department",
    "sport": "sport_department",
    "benefits": "social_department",
    "large_families": "social_department",
    "disabled_access": "social_department",
    "youth": "youth_department",
    "medical_care": "district_hospital",
    "medicines": "district_hospital",
    "doctor_appointment": "district_hospital",
    "bus_schedule": "passenger_carrier",
    "bus_quality": "passenger_carrier",
    "fares": "passenger_carrier",
    "power_outage": "power_grid",
    "gas_supply": "gas_company",
    "waste_removal": "waste_operator",
    "housing_queue": "housing_policy_department",
    "orphans_housing": "guardianship_department",
    "libraries": "district_library",
    "culture_houses": "culture_house",
}
# Blocks in which the place's own administration answers for part of the letters.
_LOCAL: Final = frozenset({"housing", "waste", "roads", "improvement"})


def recipient_code(letter: Letter, block: str, recipients: Mapping[str, Recipient], chance: Chance) -> str:
    """The code of a recipient that belongs to the block, or "" where the block itself answers."""
    fitting = [code for code, row in recipients.items() if any(one.code == block for one in row.blocks.all())]
    if letter.recipient in fitting:
        return letter.recipient
    local = f"{letter.settlement}_administration"
    if block in _LOCAL and local in fitting and chance.share("local") < 0.4:
        return local
    by_topic, own = _BY_TOPIC.get(letter.topic, ""), f"{block}_department"
    if by_topic in fitting:
        return by_topic
    return own if own in fitting and chance.share("own") < 0.6 else ""
