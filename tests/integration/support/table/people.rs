//! The invented people of the twins, shaped like an export of HealthSherpa.

use super::{Cell, Table};

/// The columns, and what their cells hold.
const COLUMNS: [(&str, Kind); 12] = [
    ("healthsherpa_id", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("dob", Kind::Date),
    ("phone", Kind::Text),
    ("zip_code", Kind::Text),
    ("policy_status", Kind::Text),
    ("net_premium", Kind::Number),
    ("effective_date", Kind::Date),
    ("archived", Kind::Boolean),
    ("applicant_count", Kind::Number),
    ("policy_status_notes", Kind::Text),
];

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Date,
    Boolean,
}

/// One line a person, cells apart by `~`; line breaks, tabs and long notes are put in their places later.
/// Everything in it exists in Windows-1252. The empty line is a blank row.
const PEOPLE: &str = r#"000104713~Ana~Lee~1984-03-09~3055550101~33101~Effectuated~0~2026-01-01~FALSE~1~
000104714~José~Muñoz~1951-12-31~3055550102~01201~Effectuated~12.5~2026-01-01~FALSE~2~Speaks Spanish; call after 5
000104715~Zoë~Brontë-Smith~1999-02-28~(305) 555-0103~33125~PendingEffectuation~1234.56~2026-02-01~FALSE~4~
000104716~Jürgen~Müller~1960-02-29~+1 305 555 0104~00501~Terminated~0~2025-07-01~TRUE~1~Moved, no address
000104717~Siobhán~O’Brien~1975-06-15~3055550105~33186-0105~Effectuated~87.125~2026-01-01~FALSE~1~"Mia" at home
000104718~William "Bill"~Tell, Jr~1942-10-01~3055550106~33101~Cancelled~0~2025-01-01~TRUE~1~a|b
000104719~D'Angelo~Brown~1988-08-08~3055550107~07030~Effectuated~450~2026-03-01~FALSE~3~first line\nsecond line
000104720~Mary Ann~de la Cruz~2001-01-31~3055550108~33109~Effectuated~0.01~2026-01-01~FALSE~1~tab\there
~Noah~~~3055550109~~Effectuated~0~2026-01-01~FALSE~1~No id, no last name
000104722~Chloé~Dubois~1970-11-30~3055550110~33110~Terminated~219~2025-05-01~FALSE~2~
000104723~Ñandú~Peña~1966-04-01~3055550111~33111~Effectuated~0~2026-01-01~FALSE~1~¿Por qué? ¡Sí!
000104724~Lucía~Råd~1966-04-01~3055550112~33112~Effectuated~0~2026-01-01~FALSE~1~
000104725~Bob~Ray~1904-01-02~3055550113~33113~Effectuated~99.99~2026-12-31~FALSE~1~two  spaces, three   spaces
000104726~Eve~Stone~2024-02-29~3055550114~33114~Effectuated~100000~2026-01-01~TRUE~12~2026-01-31
000104727~Åsa~Öberg~1979-09-09~3055550115~33115~Effectuated~0~2026-01-01~FALSE~1~0015
000104728~Émile~Zola~1990-05-05~3055550116~33116~Effectuated~31.4~2026-01-01~FALSE~1~TRUE

000104730~Liam~Ng~1985-07-07~3055550118~33118~Effectuated~0~2026-01-01~FALSE~1~=1+1
000104731~Olivia~Núñez~1992-12-12~3055550119~02134~Effectuated~15.75~2026-02-01~FALSE~2~semi; colon; here
000104732~François~L’Écuyer~1958-03-21~3055550120~33120~Effectuated~0~2026-01-01~FALSE~1~pipes | and, commas; and\ttabs
000104733~Ruth~Weiß~1949-01-01~3055550121~33121~Terminated~640.3~2025-12-01~TRUE~1~
000104734~Sam~Fox~1996-06-06~~33122~Effectuated~~~~~
000104735~Tía~Güell~1981-10-10~3055550123~33123~Effectuated~0~2026-01-01~FALSE~1~""
000104736~Ian~Ash~1977-07-17~3055550124~33124~Effectuated~0~2026-01-01~FALSE~1~{long}
000104737~Amélie~Côté~1968-08-18~3055550125~33125~Effectuated~1.1~2026-01-01~FALSE~2~
000104738~Max~Élan~1993-03-13~3055550126~33126~Effectuated~2.2~2026-01-01~FALSE~1~one\n\nthree
000104739~Joy~Hall~1974-04-14~3055550127~33127~PendingFollowups~3.3~2026-01-01~FALSE~1~
000104740~Kai~Moreau~1983-05-15~3055550128~33128~Effectuated~0~2026-01-01~FALSE~1~{wide}
000104741~Lía~Ibáñez~1991-09-19~3055550129~33129~Effectuated~0~2026-01-01~FALSE~1~€ 20 – paid…
000104742~Ola~Nyström~1987-02-22~3055550130~33130~Effectuated~0~2026-01-01~FALSE~1~<b>bold</b> & more
000104743~Pía~Quirós~1965-11-11~3055550131~33131~Effectuated~0~2026-01-01~FALSE~1~'000123
000104744~Raúl~Sáenz~1953-06-26~3055550132~33132~Terminated~512.08~2025-08-01~TRUE~1~
000104745~Ted~Uhl~1998-08-28~3055550133~33133~Effectuated~0~2026-01-01~FALSE~1~“quoted” ‘words’
000104746~Val~Wáng~1989-12-02~3055550134~33134~Effectuated~0~2026-01-01~FALSE~1~,,,
000104747~Xan~Yáñez~1972-07-27~3055550135~33135~Effectuated~0~2026-01-01~FALSE~1~;
000104748~Zac~Ávila~1994-04-24~3055550136~33136~Effectuated~0~2026-01-01~FALSE~1~ends with a quote"
000104748~Zac~Ávila~1994-04-24~3055550136~33136~Effectuated~0~2026-01-01~FALSE~1~ends with a quote"
000104749~Íñigo~Ochoa~1986-01-16~3055550137~33137~Effectuated~0~2026-01-01~TRUE~6~
000104750~Gus~Hô~1963-12-30~3055550138~33138~Effectuated~29.95~2026-01-01~FALSE~1~-
000104752~ Pat~Lee ~1969-03-03~3055550140~33140~Effectuated~7~2026-01-01~FALSE~1~ spaces at both ends 
000104751~Ida~Søe~1959-05-25~3055550139~00601~Effectuated~0~2026-01-01~FALSE~1~last"#;

impl Table {
    /// Forty people and a blank row among them.
    pub(crate) fn people() -> Self {
        let header = COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let rows = PEOPLE.split('\n').map(row).collect();
        Self { header, rows }
    }
}

fn row(line: &str) -> Vec<Cell> {
    let mut texts = line.split('~');
    let cell = |(_, kind): &(&str, Kind)| kind.cell(texts.next().unwrap_or_default());
    COLUMNS.iter().map(cell).collect()
}

impl Kind {
    fn cell(self, text: &str) -> Cell {
        if text.is_empty() {
            return Cell::Blank;
        }
        match self {
            Self::Text => Cell::Text(with_places_filled(text)),
            Self::Number => Cell::Number(text.parse().unwrap()),
            Self::Boolean => Cell::Boolean(text == "TRUE"),
            Self::Date => {
                let (year, rest) = text.split_once('-').unwrap();
                let (month, day) = rest.split_once('-').unwrap();
                Cell::Date(
                    year.parse().unwrap(),
                    month.parse().unwrap(),
                    day.parse().unwrap(),
                )
            }
        }
    }
}

/// The long notes are longer than a record of an old workbook holds; the wide one in characters that
/// take it two bytes.
fn with_places_filled(text: &str) -> String {
    match text {
        "{long}" => "Called; no answer, déjà vu. ".repeat(400) + "End",
        "{wide}" => "She’ll call back, she says. ".repeat(300) + "End",
        _ => text.replace("\\n", "\n").replace("\\t", "\t"),
    }
}
