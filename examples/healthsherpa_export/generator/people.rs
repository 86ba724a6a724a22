//! Invented people and the real places that they are said to live in. Phone numbers are of the range
//! 555-01xx, which is kept free for fiction, and e-mail addresses end in `example.com`.

use super::random::{Random, Share};

/// A household's primary applicant, with what a row says of the household.
pub(crate) struct Customer {
    pub(crate) number: u64,
    pub(crate) first_name: &'static Name,
    pub(crate) last_name: &'static Name,
    pub(crate) place: &'static Place,
    pub(crate) zip: &'static str,
    /// The last two digits of 555-01xx.
    pub(crate) line: u64,
    pub(crate) has_email: bool,
    pub(crate) house: u64,
    pub(crate) street: &'static str,
    pub(crate) unit: Option<u64>,
    /// Year, month, day; most exports mask it.
    pub(crate) birth: Option<(u64, u64, u64)>,
    pub(crate) language: &'static str,
    /// Whole dollars; most exports mask it.
    pub(crate) income: Option<u64>,
    pub(crate) spouse: Option<&'static Name>,
    pub(crate) child: Option<&'static Name>,
}

impl Customer {
    /// The customer of that number: the same seed and number give the same customer.
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        let mut random = Random::of(seed, number);
        let place = random.pick(PLACES);
        Self {
            number,
            first_name: random.pick(FIRST_NAMES),
            last_name: random.pick(LAST_NAMES),
            place,
            zip: *random.pick(place.zips),
            line: random.below(100),
            has_email: random.happens(Share::percent(85)),
            house: 1 + random.below(9_899),
            street: *random.pick(STREETS),
            unit: some(random.happens(Share::percent(25)), 1 + random.below(420)),
            birth: birth(&mut random),
            language: *random.pick(LANGUAGES),
            income: some(
                random.happens(Share::percent(20)),
                12_000 + random.below(700) * 100,
            ),
            spouse: some(random.happens(Share::percent(30)), random.pick(FIRST_NAMES)),
            child: some(random.happens(Share::percent(20)), random.pick(FIRST_NAMES)),
        }
    }

    /// How many people a row speaks of.
    pub(crate) fn people(&self) -> u64 {
        1 + u64::from(self.spouse.is_some()) + u64::from(self.child.is_some())
    }
}

fn birth(random: &mut Random) -> Option<(u64, u64, u64)> {
    let date = (
        1_950 + random.below(58),
        1 + random.below(12),
        1 + random.below(28),
    );
    some(random.happens(Share::percent(15)), date)
}

/// Both are made in any case, so that one choice never shifts the next.
fn some<T>(is_there: bool, value: T) -> Option<T> {
    is_there.then_some(value)
}

/// A name, how it looks in an e-mail address, and the gender that the invented bearer has.
pub(crate) struct Name {
    pub(crate) text: &'static str,
    pub(crate) plain: &'static str,
    pub(crate) gender: &'static str,
}

const fn name(text: &'static str, plain: &'static str, gender: &'static str) -> Name {
    Name {
        text,
        plain,
        gender,
    }
}

#[rustfmt::skip]
const FIRST_NAMES: &[Name] = &[
    name("Ana", "ana", "female"), name("Beatriz", "beatriz", "female"), name("Carla", "carla", "female"),
    name("Dolores", "dolores", "female"), name("Elena", "elena", "female"), name("Grace", "grace", "female"),
    name("Hannah", "hannah", "female"), name("Irene", "irene", "female"), name("Jo Ann", "joann", "female"),
    name("Keisha", "keisha", "female"), name("Lucía", "lucia", "female"), name("Maria", "maria", "female"),
    name("Nadia", "nadia", "female"), name("Priya", "priya", "female"), name("Rosa", "rosa", "female"),
    name("Tamika", "tamika", "female"), name("Vera", "vera", "female"), name("Zoë", "zoe", "female"),
    name("Andre", "andre", "male"), name("Bo", "bo", "male"), name("Carlos", "carlos", "male"),
    name("Darnell", "darnell", "male"), name("Esteban", "esteban", "male"), name("Felix", "felix", "male"),
    name("Giovanni", "giovanni", "male"), name("Hugo", "hugo", "male"), name("Ivan", "ivan", "male"),
    name("José", "jose", "male"), name("Kenji", "kenji", "male"), name("Luis", "luis", "male"),
    name("Marcus", "marcus", "male"), name("Noah", "noah", "male"), name("Omar", "omar", "male"),
    name("Pedro", "pedro", "male"), name("Raúl", "raul", "male"), name("Samuel", "samuel", "male"),
    name("Tyrone", "tyrone", "male"), name("Walter", "walter", "male"), name("Xavier", "xavier", "male"),
];

#[rustfmt::skip]
const LAST_NAMES: &[Name] = &[
    name("Abbott", "abbott", ""), name("Alvarez", "alvarez", ""), name("Baptiste", "baptiste", ""),
    name("Bennett", "bennett", ""), name("Castillo", "castillo", ""), name("Chen", "chen", ""),
    name("Cruz", "cruz", ""), name("Dawson", "dawson", ""), name("De La Rosa", "delarosa", ""),
    name("Diaz", "diaz", ""), name("Ellis", "ellis", ""), name("Figueroa", "figueroa", ""),
    name("Freeman", "freeman", ""), name("Garza", "garza", ""), name("Gibson", "gibson", ""),
    name("Hernandez", "hernandez", ""), name("Hughes", "hughes", ""), name("Ibarra", "ibarra", ""),
    name("Jackson", "jackson", ""), name("Jean-Louis", "jeanlouis", ""), name("Kaplan", "kaplan", ""),
    name("Lee", "lee", ""), name("Lopez", "lopez", ""), name("Marsh", "marsh", ""),
    name("Mendoza", "mendoza", ""), name("Muñoz", "munoz", ""), name("Nguyen", "nguyen", ""),
    name("O'Brien", "obrien", ""), name("Okafor", "okafor", ""), name("Ortiz", "ortiz", ""),
    name("Patel", "patel", ""), name("Pereira", "pereira", ""), name("Quinn", "quinn", ""),
    name("Ramirez", "ramirez", ""), name("Reed", "reed", ""), name("Salazar", "salazar", ""),
    name("Singh", "singh", ""), name("St. Clair", "stclair", ""), name("Torres", "torres", ""),
    name("Vega", "vega", ""), name("Walker", "walker", ""), name("Young", "young", ""),
];

/// Two of seven, so that English is what most people speak.
const LANGUAGES: &[&str] = &[
    "English", "English", "English", "English", "Spanish", "Spanish", "",
];

#[rustfmt::skip]
const STREETS: &[&str] = &[
    "Main St", "Oak Ave", "Maple Dr", "Cedar Ln", "Lake Rd", "Park Blvd", "Hill St", "SW 8th St",
    "NW 27th Ave", "Pine Ct", "Elm St", "Sunset Dr", "River Rd", "Church St", "2nd Ave N", "County Road 12",
];

/// A city with what has to agree with it.
pub(crate) struct Place {
    pub(crate) city: &'static str,
    pub(crate) county: &'static str,
    pub(crate) state: &'static str,
    pub(crate) area_code: &'static str,
    zips: &'static [&'static str],
}

const fn place(
    city: &'static str,
    county: &'static str,
    state: &'static str,
    area_code: &'static str,
    zips: &'static [&'static str],
) -> Place {
    Place {
        city,
        county,
        state,
        area_code,
        zips,
    }
}

#[rustfmt::skip]
const PLACES: &[Place] = &[
    place("Miami", "Miami-Dade", "FL", "305", &["33125", "33126", "33130", "33186"]),
    place("Hialeah", "Miami-Dade", "FL", "786", &["33010", "33012"]),
    place("Fort Lauderdale", "Broward", "FL", "954", &["33301", "33311"]),
    place("Orlando", "Orange", "FL", "407", &["32801", "32822"]),
    place("Tampa", "Hillsborough", "FL", "813", &["33602", "33614"]),
    place("Jacksonville", "Duval", "FL", "904", &["32202", "32210"]),
    place("Pensacola", "Escambia", "FL", "850", &["32501", "32505"]),
    place("Houston", "Harris", "TX", "713", &["77002", "77036", "77081"]),
    place("Dallas", "Dallas", "TX", "214", &["75201", "75217"]),
    place("San Antonio", "Bexar", "TX", "210", &["78201", "78228"]),
    place("El Paso", "El Paso", "TX", "915", &["79901", "79936"]),
    place("McAllen", "Hidalgo", "TX", "956", &["78501", "78504"]),
    place("Austin", "Travis", "TX", "512", &["78701", "78744"]),
    place("Atlanta", "Fulton", "GA", "404", &["30303", "30310"]),
    place("Savannah", "Chatham", "GA", "912", &["31401", "31405"]),
    place("Charlotte", "Mecklenburg", "NC", "704", &["28202", "28205"]),
    place("Raleigh", "Wake", "NC", "919", &["27601", "27610"]),
    place("Columbia", "Richland", "SC", "803", &["29201", "29203"]),
    place("Nashville", "Davidson", "TN", "615", &["37203", "37211"]),
    place("Memphis", "Shelby", "TN", "901", &["38103", "38118"]),
    place("Birmingham", "Jefferson", "AL", "205", &["35203", "35211"]),
    place("Jackson", "Hinds", "MS", "601", &["39201", "39209"]),
    place("New Orleans", "Orleans", "LA", "504", &["70112", "70119"]),
    place("Little Rock", "Pulaski", "AR", "501", &["72201", "72209"]),
    place("Phoenix", "Maricopa", "AZ", "602", &["85003", "85035"]),
    place("Tucson", "Pima", "AZ", "520", &["85701", "85706"]),
    place("Salt Lake City", "Salt Lake", "UT", "801", &["84101", "84116"]),
    place("Columbus", "Franklin", "OH", "614", &["43215", "43223"]),
    place("Cleveland", "Cuyahoga", "OH", "216", &["44102", "44113"]),
    place("Detroit", "Wayne", "MI", "313", &["48201", "48228"]),
    place("Indianapolis", "Marion", "IN", "317", &["46201", "46222"]),
    place("Chicago", "Cook", "IL", "312", &["60608", "60629"]),
    place("Kansas City", "Jackson", "MO", "816", &["64106", "64127"]),
    place("Wichita", "Sedgwick", "KS", "316", &["67202", "67211"]),
    place("Omaha", "Douglas", "NE", "402", &["68102", "68107"]),
    place("Milwaukee", "Milwaukee", "WI", "414", &["53202", "53215"]),
    place("Oklahoma City", "Oklahoma", "OK", "405", &["73102", "73112"]),
    place("Des Moines", "Polk", "IA", "515", &["50309", "50315"]),
    place("Manchester", "Hillsborough", "NH", "603", &["03101", "03103"]),
    place("Wilmington", "New Castle", "DE", "302", &["19801", "19805"]),
    place("Charleston", "Kanawha", "WV", "304", &["25301", "25304"]),
    place("Sioux Falls", "Minnehaha", "SD", "605", &["57103", "57104"]),
    place("Fargo", "Cass", "ND", "701", &["58102", "58103"]),
    place("Honolulu", "Honolulu", "HI", "808", &["96813", "96817"]),
];
