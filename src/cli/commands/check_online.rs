//! `check --online`: what only the API can say of a file. It never decides how a check ends.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Value, json};

use crate::{
    cli::{
        args::PlaceArgs, console::Console, door::Door, failure::Failure, settings::Settings,
        signal::Signals,
    },
    client::Reading,
    engine::{CarrierNames, Strange, carrier_names},
    journal::{Journal, Run},
    report::Cells,
};

/// How long an API that cannot be reached is tried.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many names are shown.
const MOST: usize = 20;
/// A longer text is no carrier's name, and is not shown.
const LONGEST: usize = 60;

/// What the API's list of carriers says of the names in a file.
pub(super) struct Online {
    names: CarrierNames,
    /// None where the list cannot be read.
    strange: Option<Vec<Strange>>,
    /// Whether the names are shown: a mapping may have put anything in their place.
    cells: Cells,
}

impl Online {
    /// Asks the API, once.
    pub(super) async fn ask(
        (journal, run): (&Journal, &Run),
        (place, cells): (&PlaceArgs, Cells),
        settings: &Settings,
        console: Console,
    ) -> Result<Self, Failure> {
        let names = carrier_names(journal, run.id)?;
        let door = Door::open(settings, (place.sandbox, &[]), PATIENCE, console).await?;
        let signals = Signals::listen();
        let strange = match door.client.read_carriers(&signals.stop, &|_| ()).await {
            Reading::Found(shown) => names.strange(shown.expose()),
            _ => None,
        };
        Ok(Self {
            names,
            strange,
            cells,
        })
    }

    /// What to tell people.
    pub(super) fn text(&self) -> String {
        let Some(strange) = &self.strange else {
            return "\ncarriers: the API shows no list that could be read, so no name was looked up\n"
                .to_owned();
        };
        let mut text = format!(
            "\ncarriers: {} of {} names look unknown to the API\n",
            strange.len(),
            self.names.count()
        );
        for one in strange.iter().take(MOST) {
            let name = self.shown(one).unwrap_or("a name");
            let nearest = one.nearest.as_ref();
            let nearest = nearest.map_or(String::new(), |near| format!("; did you mean {near}?"));
            let _ = writeln!(text, "  {:>9}  {name}{nearest}", one.records);
        }
        if !strange.is_empty() && self.cells == Cells::Shapes {
            text.push_str("  --show-values shows the names\n");
        }
        text
    }

    /// The same, as members.
    pub(super) fn json(&self) -> Value {
        let strange = self.strange.as_ref().map(|strange| {
            strange
                .iter()
                .map(|one| {
                    let mut members = json!({ "records": one.records, "nearest": one.nearest });
                    if let (Some(members), Some(name)) = (members.as_object_mut(), self.shown(one))
                    {
                        members.insert("name".to_owned(), name.into());
                    }
                    members
                })
                .collect::<Vec<_>>()
        });
        json!({ "names": self.names.count(), "unknown": strange })
    }

    /// A name where values are asked for.
    fn shown<'a>(&self, one: &'a Strange) -> Option<&'a str> {
        match self.cells {
            Cells::Shapes => None,
            Cells::Values if one.name.len() > LONGEST => Some("a long text"),
            Cells::Values => Some(&one.name),
        }
    }
}
