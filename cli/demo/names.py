"""Names as people have them in each community of the twelve cities, and how to draw one."""

from random import Random
from typing import NamedTuple

CHILD_BOYS = [
    "Aarav",
    "Vihaan",
    "Advik",
    "Ishaan",
    "Reyansh",
    "Arnav",
    "Kabir",
    "Atharv",
    "Dhruv",
    "Shaurya",
    "Ayaan",
    "Rudra",
    "Vivaan",
    "Om",
    "Aryan",
]
CHILD_GIRLS = [
    "Aadhya",
    "Saanvi",
    "Anika",
    "Diya",
    "Myra",
    "Ira",
    "Pari",
    "Anvi",
    "Kiara",
    "Navya",
    "Riya",
    "Siya",
    "Ishita",
    "Tara",
    "Avni",
]


class Community(NamedTuple):
    """First names of men, women, boys and girls, and the family names that go with them."""

    men: list[str]
    women: list[str]
    families: list[str]
    boys: list[str] = CHILD_BOYS
    girls: list[str] = CHILD_GIRLS


class Person(NamedTuple):
    """A name in two parts; `is_woman` decides the pronouns of a bio and who books with a gynaecologist."""

    first: str
    family: str
    is_woman: bool

    @property
    def name(self) -> str:
        """First name, then family name."""
        return f"{self.first} {self.family}"


def community(men: str, women: str, families: str, *, boys: str = "", girls: str = "") -> Community:
    """Comma-separated lists made into a community; without lists of its own, children get the common ones."""
    return Community(
        men.split(","),
        women.split(","),
        families.split(","),
        boys.split(",") if boys else CHILD_BOYS,
        girls.split(",") if girls else CHILD_GIRLS,
    )


def adult(rng: Random, of: Community, *, is_woman: bool, family: str | None = None) -> Person:
    """A grown person, of the given family where there is one."""
    return Person(rng.choice(of.women if is_woman else of.men), family or rng.choice(of.families), is_woman)


def child(rng: Random, of: Community, *, is_woman: bool, family: str | None = None) -> Person:
    """A boy or a girl, of the given family where there is one."""
    return Person(rng.choice(of.girls if is_woman else of.boys), family or rng.choice(of.families), is_woman)


COMMUNITIES: dict[str, Community] = {
    "marathi": community(
        "Suresh,Prakash,Milind,Sachin,Nitin,Sanjay,Rahul,Amol,Ganesh,Vinayak,Shrikant,Mandar,Rohan,Kedar,Abhijit,"
        "Chinmay,Dattatray,Hemant,Makarand,Nilesh,Omkar,Pramod,Rajendra,Sagar,Tushar,Umesh,Vivek,Yogesh",
        "Anjali,Sunita,Vaishali,Meenal,Swati,Manasi,Ashwini,Pallavi,Snehal,Mrunal,Sayali,Rutuja,Kalyani,Madhura,"
        "Neha,Prachi,Radhika,Sharmila,Tejaswini,Ujwala,Varsha,Archana,Gauri,Ketaki,Leena,Supriya,Jyoti,Smita",
        "Joshi,Kulkarni,Deshpande,Patil,Kale,Gokhale,Bhave,Sathe,Apte,Jadhav,Shinde,Pawar,More,Chavan,Gaikwad,"
        "Deshmukh,Phadke,Ranade,Sawant,Kadam,Bapat,Limaye,Thakar,Wagh,Mahajan,Nene,Tambe,Inamdar,Karandikar",
    ),
    "malayali": community(
        "Suresh,Rajeev,Sreekumar,Anoop,Vinod,Unnikrishnan,Harikrishnan,Jayakrishnan,Manoj,Biju,Prasad,Sajeev,Ajith,"
        "Gopakumar,Krishnadas,Madhusoodanan,Narayanan,Pradeep,Raghunath,Sanal,Vishnu,Arun,Dileep,Girish",
        "Lakshmi,Sreedevi,Anjana,Bindu,Deepa,Geetha,Indu,Jayasree,Karthika,Latha,Maya,Nisha,Parvathy,Remya,Sandhya,"
        "Sreeja,Suma,Uma,Veena,Asha,Athira,Devika,Gayathri,Sindhu",
        "Nair,Menon,Warrier,Namboothiri,Pillai,Kurup,Panicker,Varma,Nambiar,Marar,Kaimal,Unnithan,Poduval,Ezhuthachan,"
        "Moosad,Pisharody,Thampi,Vaidyar,Raveendran,Sukumaran,Bhaskaran,Sadasivan",
        boys="Adithyan,Advaith,Abhinav,Gautham,Rohith,Sreehari,Navaneeth,Ardhith,Dhyan,Niranjan",
        girls="Ananya,Gowri,Nandana,Meenakshi,Avantika,Niranjana,Vaiga,Diya,Sreenidhi,Malavika",
    ),
    "malayali-christian": community(
        "Thomas,George,Jacob,Mathew,Joseph,Philip,Abraham,Paul,Cherian,Jose,Sebastian,Antony,Roy,Shaji,Binu",
        "Mary,Annamma,Elizabeth,Susan,Reena,Sheeba,Jincy,Anu,Merin,Rosamma,Teena,Liji,Soumya,Jisha,Beena",
        "Varghese,Kurian,Chacko,Mathew,Zachariah,Kuruvilla,Ninan,Eapen,Oommen,Paulose,Thomas,Philipose,Cherian,Itty",
        boys="Joel,Aaron,Ethan,Noel,Alan,Kevin,Jeswin,Rohan",
        girls="Anna,Maria,Sera,Eva,Neha,Aleena,Hannah,Rose",
    ),
    "malayali-muslim": community(
        "Abdul Rahman,Shamsudheen,Noushad,Ashraf,Muhammed Ali,Basheer,Faizal,Haneefa,Jaleel,Riyas,Shihab,Nizar",
        "Fathima,Ayisha,Raihana,Shahina,Naseema,Sajitha,Jaseela,Hafsath,Rubeena,Shabana,Sumayya,Nafeesa",
        "Kunju,Koya,Haji,Musaliar,Kutty,Rawther,Thangal,Hameed,Moideen,Aboobacker,Hussain,Ibrahim",
        boys="Rayan,Zayan,Ameen,Ihsan,Faris,Hadi",
        girls="Hiba,Nida,Aysha,Zara,Minha,Hana",
    ),
    "tamil": community(
        "Karthik,Senthil,Murugan,Balaji,Ramesh,Saravanan,Prabhu,Ganesan,Venkatesh,Aravind,Sivakumar,Muthukumar,"
        "Rajkumar,Anand,Bharath,Dinesh,Gokul,Jagadeesan,Kumaran,Mohan,Natarajan,Prakash,Sundar,Vignesh",
        "Kavitha,Meenakshi,Lakshmi,Priya,Revathi,Sangeetha,Thenmozhi,Vasanthi,Bhuvaneswari,Chitra,Deepika,Gomathi,"
        "Indira,Janaki,Kalpana,Malathi,Nithya,Padma,Rajeswari,Saradha,Tamilselvi,Usha,Vidya,Yamuna",
        "Subramanian,Krishnan,Raman,Sundaram,Narayanan,Iyer,Iyengar,Natarajan,Srinivasan,Venkataraman,Ramasamy,"
        "Palaniappan,Chidambaram,Arumugam,Balasubramanian,Gopalan,Jayaraman,Kandasamy,Murugesan,Rajagopalan,"
        "Sivaraman,Thiagarajan,Vaidyanathan,Annamalai",
        boys="Kavin,Nithin,Tharun,Akilan,Iniyan,Mithran,Sanjay,Pranav",
        girls="Yazhini,Nila,Iniya,Mathi,Sahana,Dharshini,Kayal,Harini",
    ),
    "kannada": community(
        "Manjunath,Raghavendra,Basavaraj,Girish,Nagaraj,Prakash,Shivakumar,Srinivas,Sudhir,Venkatesh,Chandrashekar,"
        "Guruprasad,Harish,Jagadish,Kiran,Lokesh,Mahesh,Naveen,Praveen,Ravindra,Santosh,Umesh,Vasudev,Yogish",
        "Shobha,Sudha,Roopa,Savitha,Nagarathna,Poornima,Shwetha,Vidya,Anitha,Bhagya,Chaitra,Deepa,Gayathri,Hema,"
        "Jyothi,Kavya,Lalitha,Manjula,Nandini,Pavithra,Rashmi,Sahana,Usha,Veena",
        "Hegde,Bhat,Rao,Shetty,Gowda,Kulkarni,Joshi,Murthy,Acharya,Kamath,Pai,Shenoy,Patil,Hiremath,Desai,Nayak,Adiga,"
        "Udupa,Upadhya,Holla,Somayaji,Shastri,Aithal,Bhandary",
    ),
    "telugu": community(
        "Srinivas,Venkateswarlu,Ravi Kumar,Krishna Mohan,Prasad,Ramana,Satyanarayana,Suresh,Nagesh,Chandrasekhar,"
        "Bhaskar,Kiran,Madhav,Naresh,Phani,Raghu,Sai Kiran,Sridhar,Surya,Vamsi,Vijay,Anil,Harsha,Praveen",
        "Padmavathi,Lakshmi,Sujatha,Swapna,Sravani,Anuradha,Bhavani,Durga,Haritha,Jhansi,Kalyani,Lavanya,Madhavi,"
        "Nagamani,Prasanna,Radha,Sailaja,Sirisha,Sunitha,Vani,Vasantha,Vijaya,Yamini,Deepthi",
        "Reddy,Rao,Naidu,Sharma,Sastry,Chowdary,Murthy,Varma,Prasad,Raju,Goud,Yadav,Kandukuri,Vemuri,Chaganti,Mantha,"
        "Nori,Akella,Bhamidipati,Dittakavi,Kasturi,Peddinti,Tadepalli,Yellapragada",
    ),
    "hindi": community(
        "Rajesh,Manoj,Sanjay,Ashok,Anil,Vinod,Ajay,Pankaj,Rakesh,Sunil,Alok,Amit,Deepak,Dinesh,Gaurav,Harish,"
        "Jitendra,Kamlesh,Mukesh,Naveen,Prabhat,Ravindra,Shailendra,Vikas,Vishal,Yogendra,Devendra,Om Prakash",
        "Sunita,Anita,Kavita,Rekha,Seema,Poonam,Neelam,Manju,Archana,Babita,Chhaya,Garima,Jyoti,Kiran,Madhu,Nidhi,"
        "Preeti,Rashmi,Sarita,Shalini,Shweta,Sudha,Usha,Vandana,Vinita,Pratibha,Namrata,Alka",
        "Sharma,Mishra,Tiwari,Pandey,Shukla,Tripathi,Dwivedi,Dubey,Singh,Gupta,Agarwal,Srivastava,Verma,Yadav,Chaubey,"
        "Upadhyay,Pathak,Bajpai,Saxena,Mathur,Rastogi,Jaiswal,Chaturvedi,Awasthi,Maurya,Tyagi,Garg,Bhardwaj",
    ),
    "rajasthani": community(
        "Mahendra,Bhanwar Lal,Gopal,Hanuman,Jagdish,Kailash,Laxman,Madan,Narendra,Om Prakash,Ramesh,Ratan,Shyam,"
        "Surendra,Vijay,Yashwant,Ghanshyam,Mukesh,Rajendra,Lokesh,Bharat,Vikram",
        "Kamla,Santosh,Pushpa,Sushila,Manju,Sangeeta,Kusum,Meena,Bhawna,Chandra,Durga,Hemlata,Indu,Kanchan,Laxmi,"
        "Monika,Nirmala,Pooja,Rajshree,Sumitra,Tara,Vimla",
        "Sharma,Vyas,Purohit,Joshi,Shekhawat,Rathore,Meena,Jain,Agarwal,Khandelwal,Maheshwari,Choudhary,Gehlot,Saini,"
        "Bohra,Dadhich,Pareek,Soni,Kumawat,Bhati,Ranawat,Jangid",
    ),
    "gujarati": community(
        "Bhavesh,Chirag,Dharmesh,Hitesh,Jignesh,Ketan,Mehul,Nilesh,Paresh,Rajesh,Sanjay,Tejas,Umang,Vipul,Yogesh,"
        "Amit,Bhupendra,Dinesh,Harshad,Jayesh,Kirit,Mukund,Nikhil,Pranav",
        "Bhavna,Chetna,Daksha,Falguni,Hetal,Jagruti,Kajal,Lata,Mittal,Nisha,Parul,Rupal,Sejal,Trupti,Urvi,Varsha,Ami,"
        "Bina,Dipti,Hina,Jalpa,Komal,Pinal,Sonal",
        "Patel,Shah,Trivedi,Bhatt,Dave,Mehta,Desai,Joshi,Pandya,Parikh,Vyas,Acharya,Thakkar,Raval,Jani,Modi,Soni,Vora,"
        "Shukla,Oza,Chauhan,Upadhyay,Kothari,Zaveri",
    ),
    "bengali": community(
        "Subrata,Anirban,Debashis,Partha,Sourav,Tapan,Amitava,Biswajit,Dipankar,Goutam,Indranil,Jayanta,Kaushik,"
        "Manas,Nirmal,Prasenjit,Ranjan,Sandip,Swapan,Tarun,Utpal,Arindam,Chandan,Shyamal",
        "Sharmistha,Ananya,Moumita,Rupa,Sutapa,Paramita,Sanchita,Banani,Chaitali,Debjani,Gargi,Ishani,Jayati,Keya,"
        "Lopamudra,Mitali,Nandita,Piyali,Rina,Sarbani,Sudeshna,Tanushree,Urmila,Madhumita",
        "Chatterjee,Banerjee,Mukherjee,Bhattacharya,Ganguly,Sen,Sengupta,Das,Dasgupta,Bose,Ghosh,Dutta,Mitra,Roy,"
        "Chakraborty,Saha,Pal,Nandi,Kundu,Majumdar,Sarkar,Basu,Kaviraj,Biswas",
    ),
    "sikh": community(
        "Harpreet Singh,Gurdeep Singh,Jaspal Singh,Manjit Singh,Amarjit Singh,Kulwinder Singh,Ravinder Singh,"
        "Tejinder Singh,Balbir Singh,Daljeet Singh,Inderjit Singh,Paramjit Singh",
        "Harleen Kaur,Simran Kaur,Gurpreet Kaur,Jasleen Kaur,Manpreet Kaur,Navneet Kaur,Amandeep Kaur,Rupinder Kaur,"
        "Kiranjot Kaur,Baljit Kaur,Sukhmani Kaur,Parneet Kaur",
        "Gill,Sandhu,Dhillon,Bedi,Ahluwalia,Sethi,Grewal,Sidhu,Anand,Chadha,Kohli,Bhatia,Oberoi,Walia",
        boys="Fateh Singh,Angad Singh,Jujhar Singh,Ajit Singh,Arjan Singh",
        girls="Seerat Kaur,Mehar Kaur,Asees Kaur,Gurnoor Kaur,Anhad Kaur",
    ),
    "muslim": community(
        "Imran,Salman,Arif,Javed,Nasir,Shahid,Tariq,Wasim,Zubair,Faisal,Irfan,Khalid,Mohsin,Naeem,Parvez,Rizwan",
        "Ayesha,Fatima,Nazia,Rukhsana,Shabana,Zeenat,Farah,Heena,Mehrunnisa,Nilofer,Sana,Sabiha,Tabassum,Yasmin,"
        "Asma,Shaheen",
        "Siddiqui,Khan,Ansari,Qureshi,Shaikh,Sayyed,Hashmi,Rizvi,Naqvi,Usmani,Farooqui,Mirza,Pathan,Kazi,Alam,Hussain",
        boys="Zaid,Ayan,Rehan,Hamza,Arham,Yusuf",
        girls="Zoya,Inaya,Alina,Maryam,Sara,Aleena",
    ),
    "konkani-christian": community(
        "Anthony,Francis,Lawrence,Melvin,Peter,Savio,Denzil,Clifford,Ronald,Wilfred",
        "Sandra,Flavia,Lorna,Melissa,Priscilla,Sharon,Veronica,Jacinta,Daphne,Noella",
        "D'Souza,Fernandes,Pereira,Rodrigues,D'Mello,Lobo,Pinto,Gonsalves,Mascarenhas,Saldanha,Noronha,Coutinho",
        boys="Aaron,Ryan,Ethan,Joshua,Nathan",
        girls="Rhea,Alisha,Zara,Chloe,Tanya",
    ),
}
