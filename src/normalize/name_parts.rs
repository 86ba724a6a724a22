//! A whole name parted into first and last: certain behind a comma, else a guess.

/// The part of a whole name that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamePart {
    /// First and middle names.
    First,
    /// The family name with what belongs to it: particles before it, `Jr` or `III` behind it.
    Last,
}

/// A whole name in two parts. It is people's data, so it does not print.
pub struct SplitName<'t> {
    first: Vec<&'t str>,
    last: Vec<&'t str>,
    /// True when no comma says where the family name ends.
    pub is_guess: bool,
    /// True when a title or degree was left out.
    pub has_lost_title: bool,
}

/// Tells one generation from another, so it stays with the family name.
const GENERATIONS: &[&str] = &["jr", "sr", "ii", "iii", "iv"];

/// Titles before a name.
const TITLES: &[&str] = &["mr", "mrs", "ms", "miss", "dr"];

/// Degrees behind a name. Those that are names themselves, such as `DO` and `MA`, are not among them.
const DEGREES: &[&str] = &["md", "phd", "dds", "dmd", "dvm", "esq", "cpa"];

/// Words that begin a family name of several words.
const PARTICLES: &[&str] = &[
    "de", "del", "dela", "delos", "della", "di", "da", "das", "dos", "du", "la", "las", "los",
    "le", "van", "vander", "von", "der", "den", "ter", "zu", "al", "el", "bin", "ibn", "bint",
    "mc", "san", "santa", "saint", "st", "ste",
];

impl<'t> SplitName<'t> {
    /// Parts `Last, First Middle`, where the comma leaves no doubt, or `First Middle Last`, where all but
    /// the last word and the particles before it is taken for first names.
    ///
    /// A word alone is a first name; with `Jr` behind it or a title before it, a family name.
    pub fn of(text: &'t str) -> Self {
        let mut affixes = Affixes::default();
        let mut sections: Vec<Vec<&str>> = Vec::new();
        for section in text.split(',') {
            let words: Vec<&str> = section.split_whitespace().collect();
            if !affixes.take_section(&words, &sections) {
                sections.push(words);
            }
        }
        let is_guess = sections.len() != 2;
        let mut sections = sections.into_iter();
        let mut family = sections.next().unwrap_or_default();
        let mut first: Vec<&str>;
        if sections.len() > 0 {
            first = sections.flatten().collect();
            affixes.strip(&mut family, 1);
            affixes.strip(&mut first, 1);
        } else {
            affixes.strip(&mut family, 2);
            first = family;
            let is_family_name = affixes.has_title || !affixes.generations.is_empty();
            family = first.split_off(family_start(&first, is_family_name));
        }
        if !family.is_empty() {
            family.extend(affixes.generations);
        }
        Self {
            first,
            last: family,
            is_guess,
            has_lost_title: affixes.has_title || affixes.has_degree,
        }
    }

    /// One of the parts; none where the name lacks it.
    pub fn part(&self, part: NamePart) -> Option<String> {
        let words = match part {
            NamePart::First => &self.first,
            NamePart::Last => &self.last,
        };
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// What stands before and behind names.
#[derive(Default)]
struct Affixes<'t> {
    generations: Vec<&'t str>,
    has_title: bool,
    has_degree: bool,
}

impl<'t> Affixes<'t> {
    /// Takes what stands between commas behind a name, where it is nothing but generations and degrees.
    /// A degree behind a single word is no degree: `Rahman, Md` has a first name.
    fn take_section(&mut self, words: &[&'t str], before: &[Vec<&str>]) -> bool {
        let is_behind_one_word = matches!(before, [only] if only.len() < 2);
        let is_affix = |word: &&str| {
            is_one_of(word, GENERATIONS) || (!is_behind_one_word && is_one_of(word, DEGREES))
        };
        if before.is_empty() || words.is_empty() || !words.iter().all(is_affix) {
            return false;
        }
        for word in words {
            if is_one_of(word, GENERATIONS) {
                self.generations.push(word);
            } else {
                self.has_degree = true;
            }
        }
        true
    }

    /// Takes titles off the front and generations and degrees off the end. One word stays; before degrees,
    /// `least` of them.
    fn strip(&mut self, words: &mut Vec<&'t str>, least: usize) {
        let titles = words.iter().take_while(|word| is_one_of(word, TITLES));
        let titles = titles.count().min(words.len().saturating_sub(1));
        self.has_title |= titles > 0;
        words.drain(..titles);
        let mut generations = Vec::new();
        while let Some(last) = words.last().filter(|_| words.len() > 1) {
            if is_one_of(last, GENERATIONS) {
                generations.push(*last);
            } else if words.len() > least && is_one_of(last, DEGREES) {
                self.has_degree = true;
            } else {
                break;
            }
            words.pop();
        }
        self.generations.splice(..0, generations.into_iter().rev());
    }
}

/// Where the family name begins that ends a name without a comma.
fn family_start(words: &[&str], is_family_name: bool) -> usize {
    if words.len() < 2 {
        return usize::from(!is_family_name).min(words.len());
    }
    let before_last = words.iter().rev().skip(1);
    let particles = before_last.take_while(|word| is_one_of(word, PARTICLES));
    let family = 1 + particles.count();
    words.len().saturating_sub(family).max(1)
}

/// True for a word of a list, in any case and with any dots.
fn is_one_of(word: &str, list: &[&str]) -> bool {
    let is_word = |known: &&str| {
        let letters = word.chars().filter(|c| *c != '.');
        letters.map(|c| c.to_ascii_lowercase()).eq(known.chars())
    };
    list.iter().any(is_word)
}

#[cfg(test)]
mod tests {
    use super::{NamePart, SplitName};

    /// What is asked of a name: first, last, whether it was a guess, whether a title went.
    fn split(name: &str) -> (String, String, bool, bool) {
        let split = SplitName::of(name);
        let part = |part| split.part(part).unwrap_or_default();
        (
            part(NamePart::First),
            part(NamePart::Last),
            split.is_guess,
            split.has_lost_title,
        )
    }

    #[test]
    fn a_comma_leaves_no_doubt() {
        for (name, first, last, title) in [
            ("Lee, Ana", "Ana", "Lee", false),
            ("LEE,ANA", "ANA", "LEE", false),
            (
                "de la Cruz, Maria Elena",
                "Maria Elena",
                "de la Cruz",
                false,
            ),
            ("Garcia Lopez, Ana", "Ana", "Garcia Lopez", false),
            ("Lee Jr., Bo", "Bo", "Lee Jr.", false),
            ("Lee, Bo Jr", "Bo", "Lee Jr", false),
            ("Lee, Bo, III", "Bo", "Lee III", false),
            ("Lee, Jr, Bo", "Bo", "Lee Jr", false),
            ("Lee, Dr. Bo", "Bo", "Lee", true),
            ("Lee, Bo, M.D.", "Bo", "Lee", true),
            ("Lee, Bo PhD", "Bo", "Lee", true),
            ("Rahman, Md", "Md", "Rahman", false),
            ("Do, Thi", "Thi", "Do", false),
            ("Lee,", "", "Lee", false),
            (", Ana", "Ana", "", false),
        ] {
            let expected = (first.to_owned(), last.to_owned(), false, title);
            assert_eq!(split(name), expected, "{name}");
        }
    }

    #[test]
    fn without_a_comma_the_last_word_and_its_particles_are_the_family_name() {
        for (name, first, last, title) in [
            ("Ana Lee", "Ana", "Lee", false),
            ("Mary Ann  Lee", "Mary Ann", "Lee", false),
            ("Ana M. O'Neil-Roe", "Ana M.", "O'Neil-Roe", false),
            ("Maria de la Cruz", "Maria", "de la Cruz", false),
            ("LUIS DE LOS SANTOS JR", "LUIS", "DE LOS SANTOS JR", false),
            ("Ludwig van Beethoven", "Ludwig", "van Beethoven", false),
            ("Van Nguyen", "Van", "Nguyen", false),
            ("Ana St. John", "Ana", "St. John", false),
            ("Bo Lee III", "Bo", "Lee III", false),
            ("Bo Lee, Jr.", "Bo", "Lee Jr.", false),
            ("Bo Lee, MD", "Bo", "Lee", true),
            ("Bo Lee Jr, MD", "Bo", "Lee Jr", true),
            ("Dr. Bo Lee", "Bo", "Lee", true),
            ("Bo Lee M.D.", "Bo", "Lee", true),
            ("Md Rahman", "Md", "Rahman", false),
            ("Jack Ma", "Jack", "Ma", false),
            ("Thi Do", "Thi", "Do", false),
            ("Cher", "Cher", "", false),
            ("Lee Jr", "", "Lee Jr", false),
            ("Lee, Jr", "", "Lee Jr", false),
            ("Mrs Lee", "", "Lee", true),
            ("Lee, Ana, Bo", "Ana Bo", "Lee", false),
        ] {
            let expected = (first.to_owned(), last.to_owned(), true, title);
            assert_eq!(split(name), expected, "{name}");
        }
    }
}
