"""Twelve cities and forty clinics: who lives there, what is spoken, and where the doors are."""

from typing import NamedTuple


class City(NamedTuple):
    """`languages` (ISO 639-1) begin with the city's own; `people` weighs the communities; `fees` is a per cent."""

    name: str
    state: str
    languages: tuple[str, ...]
    people: dict[str, int]
    vaidya_percent: int
    fees: int


class Site(NamedTuple):
    """Where a clinic is, before it becomes a row."""

    city: str
    name: str
    area: str
    street: str
    pin: str


MOTHER_TONGUES = {
    "marathi": "mr",
    "malayali": "ml",
    "malayali-christian": "ml",
    "malayali-muslim": "ml",
    "tamil": "ta",
    "kannada": "kn",
    "telugu": "te",
    "hindi": "hi",
    "rajasthani": "hi",
    "gujarati": "gu",
    "bengali": "bn",
    "sikh": "pa",
    "muslim": "ur",
    "konkani-christian": "en",
}
"""What each community speaks at home, as far as ISO 639-1 has it."""

KERALA = {"malayali": 72, "malayali-christian": 16, "malayali-muslim": 8, "tamil": 4}
CITIES = {
    city.name: city
    for city in (
        City(
            "Pune", "MH", ("mr", "hi"), {"marathi": 82, "hindi": 6, "gujarati": 4, "muslim": 5, "kannada": 3}, 65, 100
        ),
        City(
            "Mumbai",
            "MH",
            ("mr", "hi"),
            {"marathi": 56, "gujarati": 20, "hindi": 9, "muslim": 8, "konkani-christian": 5, "tamil": 2},
            45,
            130,
        ),
        City(
            "Bengaluru",
            "KA",
            ("kn", "hi"),
            {"kannada": 70, "tamil": 8, "telugu": 9, "malayali": 5, "hindi": 3, "konkani-christian": 2, "muslim": 3},
            10,
            120,
        ),
        City("Kochi", "KL", ("ml",), KERALA, 15, 95),
        City("Thiruvananthapuram", "KL", ("ml",), KERALA, 20, 85),
        City("Chennai", "TN", ("ta",), {"tamil": 85, "telugu": 7, "malayali": 5, "muslim": 3}, 10, 105),
        City("Hyderabad", "TS", ("te", "hi"), {"telugu": 78, "muslim": 12, "hindi": 6, "marathi": 4}, 10, 105),
        City("Delhi", "DL", ("hi",), {"hindi": 72, "sikh": 14, "muslim": 6, "bengali": 4, "rajasthani": 4}, 30, 120),
        City("Jaipur", "RJ", ("hi",), {"rajasthani": 82, "hindi": 10, "muslim": 5, "sikh": 3}, 50, 85),
        City("Ahmedabad", "GJ", ("gu", "hi"), {"gujarati": 88, "rajasthani": 5, "muslim": 5, "hindi": 2}, 60, 95),
        City("Varanasi", "UP", ("hi",), {"hindi": 88, "bengali": 5, "muslim": 7}, 45, 75),
        City("Kolkata", "WB", ("bn", "hi"), {"bengali": 82, "hindi": 9, "muslim": 5, "rajasthani": 4}, 15, 95),
    )
}
SITES = [
    Site("Pune", "Dhanvantari Ayurveda Kendra", "Kothrud", "12 Karve Road, near Kothrud bus stand", "411038"),
    Site("Pune", "Atreya Ayurveda Rugnalaya", "Sadashiv Peth", "1440 Tilak Road", "411030"),
    Site("Pune", "Nisarga Ayurveda", "Aundh", "Shop 4, ITI Road", "411007"),
    Site("Pune", "Sanjeevan Panchakarma Kendra", "Baner", "2nd floor, Baner Road", "411045"),
    Site("Pune", "Charaka Chikitsalaya", "Hadapsar", "Magarpatta Road", "411028"),
    Site("Mumbai", "Aarogyam Ayurveda Clinic", "Dadar West", "1st floor, Ranade Road", "400028"),
    Site("Mumbai", "Vagbhata Ayurveda Clinic", "Vile Parle East", "Hanuman Road, near the station", "400057"),
    Site("Mumbai", "Sukhayu Panchakarma Centre", "Borivali West", "Chandavarkar Road", "400092"),
    Site("Mumbai", "Ashtanga Ayurveda Centre", "Mulund West", "3rd floor, Zaver Road", "400080"),
    Site("Mumbai", "Swasthya Ayurveda", "Chembur", "Central Avenue Road", "400071"),
    Site("Bengaluru", "Sushruta Ayurveda Clinic", "Jayanagar", "11th Main, 4th Block", "560011"),
    Site("Bengaluru", "Prakriti Ayurveda", "Malleshwaram", "Sampige Road, 8th Cross", "560003"),
    Site("Bengaluru", "Arogya Nilaya", "Basavanagudi", "Gandhi Bazaar Main Road", "560004"),
    Site("Bengaluru", "Samskruti Ayurveda Centre", "Indiranagar", "12th Main, HAL 2nd Stage", "560038"),
    Site("Kochi", "Sree Dhanvantari Vaidyasala", "Edappally", "Near the church junction", "682024"),
    Site("Kochi", "Thulasi Ayurveda Chikitsalayam", "Tripunithura", "Statue Road", "682301"),
    Site("Kochi", "Ashtavaidya Smrithi Ayurveda", "Ernakulam", "Warriam Road", "682016"),
    Site("Kochi", "Nila Panchakarma Centre", "Kakkanad", "Seaport-Airport Road", "682030"),
    Site("Thiruvananthapuram", "Ananthapuri Ayurveda Hospital", "Pattom", "Kesavadasapuram Road", "695004"),
    Site("Thiruvananthapuram", "Oushadhalaya Ayurveda", "East Fort", "West Nada, near the temple tank", "695023"),
    Site("Thiruvananthapuram", "Snehadhara Ayurveda", "Kowdiar", "Temple Lane, off Kowdiar Avenue", "695003"),
    Site("Chennai", "Mylai Ayurveda Nilayam", "Mylapore", "North Mada Street", "600004"),
    Site("Chennai", "Amrutham Ayurveda Clinic", "Adyar", "2nd floor, Gandhi Nagar Main Road", "600020"),
    Site("Chennai", "Sukham Panchakarma Centre", "Anna Nagar", "2nd Avenue, Block W", "600040"),
    Site("Hyderabad", "Bhaskara Ayurveda Vaidyasala", "Himayatnagar", "Street No. 9", "500029"),
    Site("Hyderabad", "Ayush Nilayam", "Kukatpally", "KPHB Phase 1, Road No. 2", "500072"),
    Site("Hyderabad", "Nagarjuna Ayurveda Clinic", "Banjara Hills", "Road No. 12", "500034"),
    Site("Delhi", "Chyavana Ayurveda Bhawan", "Karol Bagh", "Pusa Road", "110005"),
    Site("Delhi", "Swasti Ayurveda Clinic", "Lajpat Nagar", "Block K, Central Market", "110024"),
    Site("Delhi", "Aarogya Mandir Ayurveda", "Rohini", "Sector 8, Pocket B", "110085"),
    Site("Delhi", "Punarnava Panchakarma Kendra", "Punjabi Bagh", "Club Road", "110026"),
    Site("Jaipur", "Marudhara Ayurveda Sansthan", "Malviya Nagar", "Sector 3, near Gaurav Tower", "302017"),
    Site("Jaipur", "Rasayana Ayurveda Kendra", "Vaishali Nagar", "Amrapali Marg", "302021"),
    Site("Ahmedabad", "Sabarmati Ayurveda Kendra", "Navrangpura", "1st floor, off CG Road", "380009"),
    Site("Ahmedabad", "Jivanti Ayurveda Clinic", "Maninagar", "Rambaug Road", "380008"),
    Site("Ahmedabad", "Harsh Panchakarma Centre", "Satellite", "Jodhpur Cross Roads", "380015"),
    Site("Varanasi", "Kashi Ayurveda Bhawan", "Lanka", "Lanka Crossing", "221005"),
    Site("Varanasi", "Divodasa Ayurveda Chikitsalaya", "Sigra", "Rath Yatra Road", "221010"),
    Site("Kolkata", "Gangadhar Ayurveda Bhavan", "Ballygunge", "Rash Behari Avenue", "700019"),
    Site("Kolkata", "Brahmi Ayurveda Clinic", "Salt Lake", "Block CK, Sector II", "700091"),
]
