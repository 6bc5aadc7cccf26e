"""The field's own words for the codes in the data, in every language of the pages."""

from babel import Locale

from core.words import N_, words
from models.doctor import Specialization

SPECIALIZATIONS = {
    Specialization.KAYACHIKITSA: (N_("Kayachikitsa"), N_("General medicine")),
    Specialization.PANCHAKARMA: (N_("Panchakarma"), N_("Cleansing therapies")),
    Specialization.SHALYA: (N_("Shalya Tantra"), N_("Surgery, piles and fistula")),
    Specialization.SHALAKYA: (N_("Shalakya Tantra"), N_("Eyes, ears, nose and throat")),
    Specialization.KAUMARABHRITYA: (N_("Kaumarabhritya"), N_("Children")),
    Specialization.PRASUTI_STRI_ROGA: (N_("Prasuti and Stri Roga"), N_("Women and maternity")),
    Specialization.AGADA_TANTRA: (N_("Agada Tantra"), N_("Skin, allergies and toxins")),
    Specialization.RASAYANA: (N_("Rasayana"), N_("Strength and healthy ageing")),
    Specialization.MANAS_ROGA: (N_("Manas Roga"), N_("Mind and sleep")),
    Specialization.SWASTHAVRITTA: (N_("Swasthavritta"), N_("Diet, yoga and prevention")),
}
"""Each branch: its name, and in a few words what people come to it for."""

CITIES = (
    N_("Ahmedabad"),
    N_("Bengaluru"),
    N_("Chennai"),
    N_("Delhi"),
    N_("Hyderabad"),
    N_("Jaipur"),
    N_("Kochi"),
    N_("Kolkata"),
    N_("Mumbai"),
    N_("Pune"),
    N_("Thiruvananthapuram"),
    N_("Varanasi"),
)
"""Cities whose names the catalogue has; another is shown as it is written."""


def specialization(code: str, language: str) -> str:
    """The name of a branch."""
    return words(language).gettext(SPECIALIZATIONS[Specialization(code)][0])


def treats(code: str, language: str) -> str:
    """What people come to a branch for."""
    return words(language).gettext(SPECIALIZATIONS[Specialization(code)][1])


def spoken(code: str, language: str) -> str:
    """The name of a spoken language, in `language`."""
    return Locale(language).languages.get(code, code)


def city(name: str, language: str) -> str:
    """The name of a city."""
    return words(language).gettext(name)
