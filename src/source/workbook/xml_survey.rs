//! The XML parts of a workbook, looked through before they are read.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{
    failure::{DAMAGED, WorkbookFailure},
    limits::WorkbookLimits,
    marks::Marks,
    ods_survey::TableTally,
    surveyed_cell::SurveyedCell,
    unpacked::Unpacked,
};

/// Excel knows 65,490 cell formats; named styles have formats of their own.
const MAX_FORMATS: u32 = 131_072;

/// A format or font name of more bytes would be kept once for each cell format.
const MAX_NAME_BYTES: usize = 2 << 10;

/// What a shared string takes in memory besides its text.
const STRING_OVERHEAD: u64 = 40;

/// What anything else that is kept takes besides its text.
const ELEMENT_OVERHEAD: u64 = 64;

/// What a shared string consists of; none of it is kept but the text.
const STRING_MARKUP: &[&str] = &[
    "t",
    "r",
    "rPr",
    "rPh",
    "phoneticPr",
    "rFont",
    "sz",
    "color",
    "family",
    "charset",
    "scheme",
    "b",
    "i",
    "u",
    "strike",
    "vertAlign",
    "outline",
    "shadow",
    "condense",
    "extend",
];

/// What a part is to the reading of it.
pub(super) enum Role<'s> {
    /// Kept in memory: the list of sheets, styles, relationships.
    Kept,
    /// The shared strings, kept in memory.
    Strings,
    /// A worksheet, streamed.
    Sheet(&'s Marks),
    /// All tables of an ODS file, loaded whole.
    Tables(TableTally),
}

/// Looks through a part of XML.
///
/// # Errors
///
/// When the part is damaged, or would grow beyond a bound while it is read.
pub(super) fn survey_xml(
    unpacked: &mut Unpacked<'_>,
    limits: &WorkbookLimits,
    role: Role<'_>,
) -> Result<(), WorkbookFailure> {
    let mut survey = Survey {
        role,
        limits,
        formats: 0,
        kept: 0,
        is_cell: false,
        cell: SurveyedCell::default(),
        is_in_value: false,
    };
    let outcome = survey.read(unpacked);
    if let Some(failure) = unpacked.take_failure() {
        return Err(failure);
    }
    outcome?;
    unpacked.finish()
}

struct Survey<'s> {
    role: Role<'s>,
    limits: &'s WorkbookLimits,
    formats: u32,
    kept: u64,
    /// True within a cell or a shared string: its bytes are bounded together.
    is_cell: bool,
    cell: SurveyedCell,
    is_in_value: bool,
}

enum Step {
    Go,
    /// The rest of the part is not read.
    End,
}

impl Survey<'_> {
    fn read(&mut self, unpacked: &mut Unpacked<'_>) -> Result<(), WorkbookFailure> {
        // Read as the library reads it, but for the names of ends: where they match, elements end here and
        // there alike.
        let mut reader = Reader::from_reader(unpacked);
        let config = reader.config_mut();
        config.check_end_names = true;
        config.check_comments = false;
        config.expand_empty_elements = true;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let event = reader.read_event_into(&mut buffer).map_err(|_| DAMAGED)?;
            match event {
                Event::Start(element) => self.start(&element)?,
                Event::End(element) => {
                    if let Step::End = self.end(local(element.name().0))? {
                        return Ok(());
                    }
                }
                Event::Text(text) => self.text(&text)?,
                Event::CData(text) => self.keep(text.len() as u64)?,
                Event::GeneralRef(_) => self.keep(4)?,
                Event::DocType(_) => return Err(WorkbookFailure::DeclaresEntities),
                Event::Eof => return Ok(()),
                _ => {}
            }
            if !self.is_cell {
                reader.get_mut().refill();
            }
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), WorkbookFailure> {
        let name = local(element.name().0);
        match &mut self.role {
            Role::Sheet(marks) => match name {
                "row" => self.cell.start_row(element.attributes_raw()),
                "c" => {
                    self.is_cell = true;
                    self.cell.start(element.attributes_raw(), marks);
                }
                "f" => self.cell.start_formula(),
                "v" => {
                    self.is_in_value = true;
                    self.cell.start_value();
                }
                "is" => self.cell.has_value = true,
                _ => {}
            },
            Role::Strings => match name {
                "sst" => {
                    // The library makes room for as many strings as the part claims.
                    let claimed =
                        attribute(element, "uniqueCount")?.and_then(|text| text.parse().ok());
                    let needed = claimed.unwrap_or(0_u64).saturating_mul(STRING_OVERHEAD);
                    self.check_kept(needed)?;
                }
                "si" => {
                    self.is_cell = true;
                    self.keep(STRING_OVERHEAD)?;
                }
                name if STRING_MARKUP.contains(&name) => {}
                _ => self.keep(element.len() as u64 + ELEMENT_OVERHEAD)?,
            },
            Role::Kept => {
                self.keep(element.len() as u64 + ELEMENT_OVERHEAD)?;
                self.formats += u32::from(name == "xf");
                let is_copied = matches!(name, "name" | "numFmt");
                if self.formats > MAX_FORMATS || is_copied && element.len() > MAX_NAME_BYTES {
                    return Err(WorkbookFailure::TooLarge {
                        what: "number of cell formats",
                        limit: MAX_FORMATS.into(),
                    });
                }
            }
            Role::Tables(tally) => {
                self.is_cell |= tally.start(element, self.limits)?;
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), WorkbookFailure> {
        if let Role::Sheet(marks) = &self.role
            && self.is_in_value
        {
            self.cell.add_value(text.as_bytes(), marks)?;
        }
        self.keep(text.len() as u64)
    }

    fn end(&mut self, name: &str) -> Result<Step, WorkbookFailure> {
        match (&mut self.role, name) {
            (Role::Sheet(marks), "c") => {
                self.is_cell = false;
                self.cell.end(marks)?;
            }
            (Role::Sheet(_), "v") => self.is_in_value = false,
            (Role::Sheet(_), "row") => self.cell.end_row(),
            (Role::Sheet(_), "sheetData") => return Ok(Step::End),
            (Role::Strings, "si") => self.is_cell = false,
            (Role::Tables(tally), name) => self.is_cell &= !tally.end(name, self.limits)?,
            _ => {}
        }
        Ok(Step::Go)
    }

    /// Counts what stays in memory.
    fn keep(&mut self, bytes: u64) -> Result<(), WorkbookFailure> {
        match &mut self.role {
            Role::Sheet(_) => Ok(()),
            Role::Tables(tally) => {
                tally.text(bytes);
                Ok(())
            }
            Role::Kept | Role::Strings => {
                self.kept += bytes;
                self.check_kept(self.kept)
            }
        }
    }

    fn check_kept(&self, bytes: u64) -> Result<(), WorkbookFailure> {
        let (what, limit) = match self.role {
            Role::Strings => (
                "size of the shared strings in bytes",
                self.limits.max_shared_strings_bytes,
            ),
            _ => ("size of a part in bytes", self.limits.max_part_bytes),
        };
        if bytes > limit {
            return Err(WorkbookFailure::TooLarge { what, limit });
        }
        Ok(())
    }
}

/// A name without its prefix. Names as short as those of rows and cells, of which there are millions, have
/// none.
fn local(name: &str) -> &str {
    if name.len() <= 2 {
        return name;
    }
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// The text of an attribute.
///
/// # Errors
///
/// When the element's attributes are not well-formed, so that another reader might see others.
pub(super) fn attribute<'e>(
    element: &'e BytesStart<'_>,
    name: &str,
) -> Result<Option<Cow<'e, str>>, WorkbookFailure> {
    let mut value = None;
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| DAMAGED)?;
        if attribute.key.as_ref() == name {
            value = Some(attribute.value);
        }
    }
    Ok(value)
}
