//! What holds for a mapping's rules whatever stands in the cells.

use aca_sync::normalize::Value;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::{
    mapping::{mapped, mapping, policy},
    mapping_made::{text, whole_names},
};

/// A mapping with a rule of every kind on the same few columns.
const EVERY_RULE: &str = "email = { template = \"{a} <{b}>\" }\n\
    city = { column = \"a\", part = \"first\" }\ncounty = { column = \"a\", part = \"last\" }\n\
    address = { column = \"a\", capture = '(\\d.*)', no_match = \"omit\" }\n\
    address2 = { column = [\"a\", \"b\"], values = { x = \"y\" }, otherwise = \"keep\", pad = 12 }\n\
    medicaidNumber = { column = \"a\", pad = 10 }\nexternalId = { column = \"a\", pad = 3 }\n\
    householdIncome = \"a\"\ngender = \"a\"\nveteran = \"a\"\ndoNotCall = \"a\"\nstate = \"b\"\n\
    timezone = { column = \"b\", else_from = \"state\" }\ndateOfBirth = \"a\"\n\
    dependentCount = { count = { columns = [\"a\", \"b\"] } }\n\
    [custom_fields]\nj = { join = { each = [\"{a}\", \"{b}{b}\"], with = \"\" } }\n\
    [policy]\nhealthSherpaPolicyId = \"b\"\nplanName = \"a\"\neffectiveDate = { column = \"a\", zone = \"UTC\" }\n\
    terminationDate = { column = \"a\", zone = \"Asia/Tokyo\", formats = [\"%Y-%m-%dT%H:%M:%S%z\"] }\n\
    [record]\nnewest = \"a\"\n";

proptest! {
    #[test]
    fn no_cell_is_too_strange_for_any_rule(a in cell(), b in cell(), first in any::<String>()) {
        let cells = [("a", a.as_str()), ("b", b.as_str()), ("first", first.as_str())];
        let mapped = mapped(&mapping(EVERY_RULE), &cells);

        for problem in &mapped.problems {
            prop_assert!(problem.column.is_some());
        }
    }

    #[test]
    fn what_a_rule_gives_it_gives_again(cell in cell()) {
        let mapping = mapping(
            "externalId = { column = \"c\", pad = 10 }\naddress = { column = \"c\", pad = 6 }\n\
             city = { template = \"{c}\" }\nstate = { column = \"s\" }\n\
             [policy]\neffectiveDate = { column = \"c\", zone = \"UTC\" }\n",
        );
        let once = mapped(&mapping, &[("c", &cell), ("s", "GA")]);
        for name in ["externalId", "address", "city"] {
            if let Some(value) = text(&once, name) {
                let again = mapped(&mapping, &[("c", value), ("s", "GA")]);
                prop_assert_eq!(text(&again, name), Some(value));
            }
        }
        if let Some(day) = policy(&once, "effectiveDate").and_then(Value::as_text) {
            let again = mapped(&mapping, &[("c", day), ("s", "GA")]);
            prop_assert_eq!(policy(&again, "effectiveDate"), Some(&Value::text(day)));
        }
    }

    #[test]
    fn a_name_with_a_comma_comes_back_in_its_parts(
        first in "[A-Z][a-z]{2,8}( [A-Z][a-z]{2,8})?", last in "(de la |St\\. )?[A-Z][a-z]{2,8}(-[A-Z][a-z]{2,8})?",
    ) {
        let mapped = mapped(&whole_names(), &[("member", &format!("{last},{first}"))]);

        // A title or a degree among the random words is dropped, and counted.
        if mapped.notes.is_empty() {
            prop_assert_eq!(text(&mapped, "firstName"), Some(first.as_str()));
            prop_assert_eq!(text(&mapped, "lastName"), Some(last.as_str()));
        }
    }
}

/// Texts near what cells hold, and any others.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z.,' -]{0,24}",
        "(Dr |Mr. )?[A-Z][a-z]{1,6},? ?(de |van |Jr|MD|, )?[A-Z]?[a-z]{0,6}(,? (Jr|III|M.D.))?",
        "[0-9]{1,14}(\\.0)?",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{4})?",
        "[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}( [0-9]{1,2}:[0-9]{2} (AM|PM)( EST)?)?",
        "(GA|FL|TX|America/Chicago|EST|Georgia)?",
        any::<String>(),
    ]
}
