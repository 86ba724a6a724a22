//! Why a cell, a row or a record cannot be used: a stable code, a field, and what to do about it.
//!
//! A problem never carries the value: the file, the row and the column say where to look.

/// Why one cell, row or record cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Problem {
    /// What is wrong.
    pub code: Code,
    /// The contract's name of the field concerned; empty when the whole row or record is.
    pub field: &'static str,
    /// The column concerned, counted from 0 in its header; none when no single one is.
    pub column: Option<u32>,
    /// Where in the file, in bytes, what is wrong stands; for what cannot be decoded.
    pub byte: Option<u64>,
}

impl Problem {
    /// A problem of one field, read from one column.
    pub const fn of_cell(code: Code, field: &'static str, column: u32) -> Self {
        Self {
            code,
            field,
            column: Some(column),
            byte: None,
        }
    }

    /// A problem of one field of a record.
    pub const fn of_field(code: Code, field: &'static str) -> Self {
        Self {
            code,
            field,
            column: None,
            byte: None,
        }
    }

    /// A problem of a whole row or record.
    pub const fn of_row(code: Code) -> Self {
        Self::of_field(code, "")
    }

    /// A row that is no text from that byte of the file on.
    pub const fn of_bytes(byte: u64) -> Self {
        Self {
            byte: Some(byte),
            ..Self::of_row(Code::RowUndecodable)
        }
    }
}

/// Declares codes with their stable text, what is wrong, and what to do.
macro_rules! codes {
    ($(#[$about:meta])* $kind:ident { $($name:ident $text:literal, $message:literal, $advice:literal;)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $kind {
            $(#[doc = $message] $name,)*
        }

        impl $kind {
            /// All of them, in the order in which the docs list them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable text, as journal, reports and logs carry it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What is the matter, as a sentence fragment.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// What to do about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }

            /// The one with that stable text.
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// What is wrong. The text of a code never changes its meaning.
    Code {
        RowTooFewCells "row.too_few_cells", "the row has fewer cells than the header", "complete the row, or export it again";
        RowTooManyCells "row.too_many_cells", "the row has more cells than the header", "quote the cell that holds the separator";
        RowUnclosedQuote "row.unclosed_quote", "a quote is opened and never closed", "close the quote, or double it where it is meant as itself";
        RowTooLarge "row.too_large", "the row is larger than 1 MiB", "look for a missing line end or quote";
        RowUndecodable "row.undecodable", "the row has bytes that are no text in the file's encoding", "name the `encoding` in the mapping's [source], or save the file as \"CSV UTF-8\"";
        RowCutOff "row.cut_off", "the file ends in the middle of this row, and whatever came after it is missing", "get the file again; the download broke off";
        RowNulByte "row.nul_byte", "the row holds NUL bytes", "export the file again; this copy is damaged";
        RowStillMarked "row.still_marked", "this row came back and its `_code` still says that it could not be read", "complete the row and empty its `_code` cell";

        TextTooLong "text.too_long", "the text is longer than the API allows", "shorten it";
        CellBlank "cell.blank", "the cell is blank and the mapping asks for a value", "fill the cell";
        SpreadsheetError "cell.spreadsheet_error", "a spreadsheet's formula failed here", "correct the formula, or take the value from the original export";
        NotCalculated "cell.not_calculated", "a formula that was never calculated", "open the file in a spreadsheet, save it, and give it again";

        PhoneTooFewDigits "phone.too_few_digits", "a US number has 10 digits, this one has fewer", "complete the number";
        PhoneTooManyDigits "phone.too_many_digits", "a US number has 10 digits, this one has more", "leave one number in the cell";
        PhoneScientific "phone.scientific", "a spreadsheet turned the number into scientific notation and its last digits are gone", "take the number from the original export";
        PhoneNotANumber "phone.not_a_number", "this is not a phone number", "enter 10 digits";
        PhoneNotAssigned "phone.not_assigned", "no such number exists in the numbering plan", "check area code and exchange";
        PhoneForeign "phone.foreign", "the API takes numbers of +1 countries only", "enter a US number";
        PhoneSeveral "phone.several", "the cell holds several numbers", "leave one";

        DateUnreadable "date.unreadable", "this is not a date in a known form", "write it as MM/DD/YYYY or YYYY-MM-DD";
        DateImpossible "date.impossible", "the calendar has no such day", "correct the date";
        DateAmbiguous "date.ambiguous", "a bare number could be a year or a spreadsheet's day count", "format the column as a date and export again";
        DateOutOfRange "date.out_of_range", "the year is out of range", "correct the date";
        DateInFuture "date.in_future", "a date of birth lies in the future", "correct the date";

        TimeZoneUnknown "timezone.unknown", "no such time zone is known", "write an IANA name such as America/New_York";
        PostalCodeUnreadable "postal_code.unreadable", "a postal code has 5 digits, or 5 and 4", "correct the postal code";
        StateUnknown "state.unknown", "no such state is known", "write its two letters";

        NumberUnreadable "number.unreadable", "this is not a number", "enter digits only";
        NumberFraction "number.fraction", "a whole number is asked for", "remove the fraction";
        NumberOutOfRange "number.out_of_range", "the number does not fit 32 bits", "correct the number";
        NumberScientific "number.scientific", "a spreadsheet turned the number into scientific notation and its last digits are gone", "take the number from the original export";
        BooleanUnknown "boolean.unknown", "this is neither yes nor no", "write Yes or No";
        ChoiceUnknown "choice.unknown", "the word is not in the API's list", "translate it with `values` in the mapping";
        UuidUnreadable "uuid.unreadable", "this is no id of the API: it is a UUID such as 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "take the id from an answer of the API, or look it up by an id of yours";
        PlanCodeMedicare "plan_code.medicare", "the plan code of an MA or MAPD policy is a letter H or R and 10 digits, such as H1234-001-000", "complete the code: contract, plan and segment";
        PlanCodeDrugPlan "plan_code.drug_plan", "the plan code of a PDP policy is a letter S, H, R, E or X and 10 digits, such as S1234-001-000", "complete the code: contract, plan and segment";
        PlanCodeHios "plan_code.hios", "the plan code of an ACA policy is a HIOS id of 14 characters, such as 12345FL0010001, perhaps with a variant", "take the plan's id from the marketplace";
        IdentifierScientific "identifier.scientific", "a spreadsheet turned the code into scientific notation and its last digits are gone", "take the code from the original export";
        NameUnreadable "name.unreadable", "a name without any letter", "enter the name";
        NamePartMissing "name.part_missing", "the whole name has only one part, and the other one is asked for", "write it as `Last, First`";

        ValueNotListed "value.not_listed", "the mapping's `values` does not list this cell", "add it to `values`, or say what `otherwise` should do";
        CaptureNoMatch "capture.no_match", "the mapping's `capture` does not match this cell", "correct the cell or the pattern";

        RequiredMissing "required.missing", "the API asks for this field and no row of the record has it", "fill the cell";
        PathUnresolved "path.unresolved", "no earlier answer of the API told its id for this one", "sync the customers first with a mapping that has this id, or correct it";
        RecordEmpty "record.empty", "the row says nothing that could be sent", "fill a cell that the mapping reads, or leave the row out";
        RuleAnyOf "rule.any_of", "the record has neither postal code nor time zone", "fill one of them";

        RecordTooManyRows "record.too_many_rows", "more rows than one customer can have share this key", "map the key to a column that identifies the customer";
        RecordRowRejected "record.row_rejected", "another row of this customer was rejected, so the whole record waits", "correct that row";
        PolicyWithoutId "policy.without_id", "a policy has no id that the API can match: each send may create another and end older ones", "map a column that holds the policy's id";
        PolicyExists "policy.exists", "the customer has this policy already, as far as is known: sending it would make a second one", "update it with a mapping for update-policy";
        RecordInDoubt "record.in_doubt", "the customer was sent before, no answer came, and the API could not match it if it came again", "`aca-sync resolve` settles the one that was sent; `sync --full` sends this one all the same";
        RecordNewerFile "record.newer_file", "a newer file holds this customer than the one that these rows are from", "correct the customer there; `retry --only held` sends this all the same";
        RecordRefused "record.refused", "the API has refused just this before, and would again", "correct the row; `sync --full` sends it all the same";
        DoubtSkipped "doubt.skipped", "no answer came, and somebody left it at that", "the next file that holds the customer is sent as usual";
        IdentifierSeveral "identifier.several", "an identifier cell holds several ids", "leave one id in the cell";
        IdentifierTwoPeople "identifier.two_people", "rows with one id name two different people", "give each person their own id, or map the key to a column that tells them apart";
        RecordSameCustomer "record.same_customer", "another record would reach the same customer in the API, and the two would overwrite one another", "give the person one id in all rows, or each customer their own";
        PolicySharedId "policy.shared_id", "another customer's record has a policy with the same id", "leave the policy with the customer it belongs to, or correct the id";
        TimeZoneContradiction "timezone.contradiction", "time zone, state and postal code cannot all be right: no clock fits them", "correct the one that is wrong";
    }
}

codes! {
    /// What was mended on the way in. Counted and reported, never silent.
    Repair {
        LeadingZero "repair.leading_zero", "leading zeros that a spreadsheet ate were restored", "export the column as text";
        FloatTail "repair.float_tail", "a spreadsheet's `.0` was cut", "export the column as text";
        ExtensionDropped "repair.extension_dropped", "a phone extension was dropped", "nothing; the API has no field for it";
        PlusFourDropped "repair.plus_four_dropped", "a ZIP+4 was cut to 5 digits", "nothing; the API takes 5";
        EndlessDate "repair.endless_date", "a date that stands for \"no end\" was left out", "nothing";
        TextProtection "repair.text_protection", "a spreadsheet's text protection was removed", "nothing";
        ControlCharacters "repair.control_characters", "control characters were removed", "nothing";
        NameSplit "repair.name_split", "a whole name without a comma was parted by guess", "export first and last name apart, or as `Last, First`";
        TitleDropped "repair.title_dropped", "a title or degree beside a name was dropped", "nothing; the API has no field for it";
        ZoneUnknown "repair.zone_unknown", "the day of a time stamp is a guess, since the customer's time zone is not certain", "map `timezone`, or `state` at least";
        LabelDropped "repair.label_dropped", "a word beside a phone number, such as `cell`, was dropped", "nothing; the API has no field for it";
    }
}

/// Stands between several problems of one row, in files for people to correct.
pub const PARTED: &str = " | ";

impl Code {
    /// True for what kept a row from being read into its cells, and for what still says so of one that came back.
    pub fn is_of_reading(self) -> bool {
        self.as_str().starts_with("row.")
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Repair};

    #[test]
    fn every_text_is_unique_and_leads_back_to_its_code() {
        for code in Code::ALL {
            assert_eq!(Code::from_text(code.as_str()), Some(*code));
        }
        for repair in Repair::ALL {
            assert_eq!(Repair::from_text(repair.as_str()), Some(*repair));
        }
    }
}
