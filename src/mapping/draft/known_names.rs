//! What exports call the fields: the one table of other names for columns.

use crate::contract::{Contract, Field};

/// What exports call one field.
#[derive(Debug)]
pub(super) struct Known {
    /// The contract's name of the field.
    pub(super) field: &'static str,
    /// Other names between commas, the surest first. Case, spaces, underscores and signs make no difference.
    pub(super) names: &'static str,
    /// A word for the person may stand before the name, as in `Insured First Name`.
    pub(super) of_person: bool,
    /// What values look like, where the field's kind does not tell.
    pub(super) shape: Shape,
}

/// What a field's values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Whatever the field's kind takes.
    OfKind,
    /// An address with an `@`.
    Email,
    /// A National Producer Number, alone or behind an agent's name.
    ProducerNumber,
}

/// A column that is not what its name promises, or that a person has to think about.
#[derive(Debug)]
pub(super) struct Caveat {
    /// Its names.
    pub(super) names: &'static str,
    /// What to think about.
    pub(super) remark: &'static str,
}

/// The known names of a field: its own among them.
pub(super) fn known(field: &Field) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.field == field.name)
}

/// Every field of a contract with its known names.
pub(super) fn fields_of(contract: &'static Contract) -> impl Iterator<Item = &'static Field> {
    contract.fields.iter().chain(contract.policy_fields())
}

const fn person(field: &'static str, names: &'static str) -> Known {
    Known {
        field,
        names,
        of_person: true,
        shape: Shape::OfKind,
    }
}

const fn row(field: &'static str, names: &'static str) -> Known {
    Known {
        of_person: false,
        ..person(field, names)
    }
}

const fn shaped(shape: Shape, known: &Known) -> Known {
    Known { shape, ..*known }
}

/// Policy fields, beside its ids, whose value says that a row tells of a policy at all.
pub(super) const TELLING: &[&str] = &["status", "effectiveDate"];

/// Columns with a whole name in one cell.
pub(super) const FULL_NAMES: &str = "name, full name, name full";

/// Columns that say which of two rows is newer.
pub(super) const NEWEST: &str = "last ede sync, last sync, last synced, last modified, last modified date, last updated, \
            last update, updated at, modified at, date modified, modified time, updated on, update date";

/// Columns that say that a row is not about somebody who is covered on their own.
pub(super) const NOT_ALONE: &[Caveat] = &[
    Caveat {
        names: "applying, is applying",
        remark: "a person who does not apply for coverage may be named in the row",
    },
    Caveat {
        names: "relationship, relationship to subscriber, member relationship",
        remark: "where the file has one row per member, only one of them holds the policy",
    },
    Caveat {
        names: "is subscriber, subscriber flag",
        remark: "where the file has one row per member, only one of them holds the policy",
    },
];

/// Ids that lead astray.
pub(super) const CAVEATS: &[Caveat] = &[
    Caveat {
        names: "ffm subscriber id, exchange subscriber id, exchange member id, hix id",
        remark: "new with each enrollment: never the id of a customer",
    },
    Caveat {
        names: "ffm app id, federal exchange id, exchange id, application id, application number, \
            ifp ffm app id",
        remark: "one per application: a renewal has another, and it repeats",
    },
    Caveat {
        names: "transaction id, confirmation number",
        remark: "one per submission",
    },
    Caveat {
        names: "expiration date, end date, coverage end date, policy end date, contract expiration date",
        remark: "the end of the period, for active policies too; sent, it could end them",
    },
];

pub(super) const KNOWN: &[Known] = &[
    person(
        "firstName",
        "first name, fname, given name, forename, first",
    ),
    person("lastName", "last name, lname, surname, family name, last"),
    person(
        "phoneNumber",
        "phone number, phone, mobile phone, mobile, cell phone, cell, mobile number, cell number, \
            primary phone, phone 1, telephone, telephone number, home phone, home phn, contact number, \
            daytime phone, business phone, work phone",
    ),
    shaped(
        Shape::Email,
        &person(
            "email",
            "email, email address, e mail, primary email, email 1, personal email",
        ),
    ),
    person(
        "postalCode",
        "zip code, zip, postal code, postcode, zip 5, zipcode 5, home zip code, mailing zip code",
    ),
    person("timezone", "time zone, tz"),
    person(
        "state",
        "state, state code, home state, home state code, residence state, mailing state, st",
    ),
    person("city", "city, home city, mailing city, town"),
    person("county", "county, county name, county nm, home county"),
    person(
        "address",
        "street address, address, address 1, address line 1, street, home address, home address 1, \
            residential address, mailing address, mailing address 1, addr 1, street 1",
    ),
    person(
        "address2",
        "address 2, address line 2, unit, apt, apartment, suite, home address 2, addr 2, street 2",
    ),
    person(
        "dateOfBirth",
        "date of birth, dob, birth date, birthday, d o b",
    ),
    person(
        "language",
        "preferred language, language, primary language, spoken language",
    ),
    person("gender", "gender, sex"),
    person("maritalStatus", "marital status"),
    row("filingStatus", "filing status, tax filing status"),
    row(
        "dependentCount",
        "dependent count, dependents, number of dependents, dependants",
    ),
    row(
        "householdIncome",
        "household income, annual household income, annual income, income, hhi",
    ),
    row("isDecisionMaker", "is decision maker, decision maker"),
    row("medicaid", "medicaid, has medicaid, on medicaid"),
    row("medicaidNumber", "medicaid number, medicaid id"),
    row("veteran", "veteran, is veteran"),
    row("vaNumber", "va number, veterans affairs number"),
    row(
        "socialSecurityDisability",
        "social security disability, ssdi, disability",
    ),
    row(
        "doNotCall",
        "do not call, dnc, call opt out, opted out of calls",
    ),
    row(
        "doNotSMS",
        "do not sms, do not text, sms opt out, text opt out",
    ),
    row("doNotEmail", "do not email, email opt out, unsubscribed"),
    row("doNotMail", "do not mail, mail opt out"),
    row(
        "healthSherpaCustomerId",
        "healthsherpa customer id, healthsherpa id, health sherpa client id, healthsherpa client id",
    ),
    row(
        "externalId",
        "external id, customer id, client id, crm id, contact id, lead id, record id, account id, id",
    ),
    row(
        "carrierAssignedCustomerId",
        "carrier assigned customer id, member id, member number, subscriber id, subscriber number, \
            issuer assigned primary member id, issuer assigned subscriber id, issuer subscriber id, \
            issuer member id, customer number, carrier member id",
    ),
    row(
        "healthSherpaPolicyId",
        "healthsherpa policy id, healthsherpa policy ids",
    ),
    row(
        "carrierAssignedPolicyId",
        "carrier assigned policy id, issuer assigned policy id, issuer policy id, policy id, \
            policy number, policy no, carrier policy id, contract id, contract number, issuer assigned id",
    ),
    row(
        "planName",
        "plan name, plan, member plan name, product name, product",
    ),
    row(
        "planCode",
        "plan code, plan hios id, hios id, hios plan id, plan id, member plan id",
    ),
    row(
        "carrierName",
        "carrier name, carrier, issuer, issuer name, insurance company, insurance carrier, insurer",
    ),
    row(
        "effectiveDate",
        "effective date, policy effective date, plan effective date, coverage effective date, \
            coverage start date, policy start date, start date, contract efcv dt, effective",
    ),
    row(
        "enrollmentDate",
        "enrollment date, submission date, date submitted, date sold, sale date, date enrolled, \
            application date",
    ),
    shaped(
        Shape::ProducerNumber,
        &row(
            "aorNpn",
            "aor npn, policy aor, current policy aor, broker npn, agent npn, producer npn, aor, npn",
        ),
    ),
    shaped(
        Shape::ProducerNumber,
        &row(
            "writingAgentNpn",
            "writing agent npn, npn used, writing npn",
        ),
    ),
    row("policyNumber", "policy number, policy no, policy"),
    row("policySubType", "policy sub type, policy type"),
    row(
        "applicationId",
        "application id, application number, app id",
    ),
    row("planState", "plan state, policy state"),
    row("planCounty", "plan county, policy county"),
    row(
        "status",
        "policy status, status, plan status, coverage status, contract status, account status, \
            member status, enrollment status",
    ),
    row(
        "applicationApprovalDate",
        "application approval date, approval date, date approved",
    ),
    row(
        "terminationDate",
        "termination date, term date, policy term date, policy termination date, cancellation date, \
            cancel date, date cancelled, expiration date, end date, coverage end date, policy end date, \
            contract expiration date",
    ),
    row("renewalDate", "renewal date"),
    row(
        "aorFirstName",
        "aor first name, agent first name, broker first name, producer first name",
    ),
    row(
        "aorLastName",
        "aor last name, agent last name, broker last name, producer last name",
    ),
    row(
        "policyLives",
        "policy lives, lives, applicant count, member count, number of members, covered lives, \
            contract member count",
    ),
];

#[cfg(test)]
mod tests {
    use super::{FULL_NAMES, KNOWN, TELLING, fields_of, known};
    use crate::contract::Target;

    #[test]
    fn every_field_has_its_known_names_once_and_no_other_has() {
        // The one target that a mapping is drafted for.
        let fields: Vec<_> = fields_of(Target::SyncAca.contract()).collect();
        for field in &fields {
            assert!(known(field).is_some(), "{}", field.name);
        }
        assert_eq!(KNOWN.len(), fields.len());
        assert!(
            TELLING
                .iter()
                .all(|name| KNOWN.iter().any(|known| known.field == *name))
        );
        assert!(KNOWN.iter().all(|known| !known.names.is_empty()));
        assert!(!FULL_NAMES.is_empty());
    }
}
