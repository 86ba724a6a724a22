//! What there is to say of a run at a glance, as JSON: counts and codes only.

use serde_json::{Map, Value, json};

use super::{
    Summary,
    changes::{ENDED_BY_API, STATUS_OVERWRITTEN},
};
use crate::journal::Forecast;

impl Summary {
    /// The summary as members of the result's object.
    pub fn members(&self) -> Map<String, Value> {
        let (fresh, standing) = self.problems();
        let by_code = self.troubles.iter().filter(|one| !one.code.is_empty());
        let by_code: Vec<Value> = by_code
            .map(|one| {
                json!({
                    "kind": one.kind.as_str(), "code": one.code,
                    "new": one.fresh, "standing": one.standing, "acknowledged": one.acknowledged,
                    "oldest_at_ms": one.oldest,
                })
            })
            .collect();
        let changes = self.changes.iter();
        let (ended, overwritten) = self.surprises;
        let told = [(ENDED_BY_API, ended), (STATUS_OVERWRITTEN, overwritten)];
        let changes: Map<String, Value> = changes
            .map(|(kind, count)| (kind.as_str(), *count))
            .chain(told)
            .map(|(kind, count)| (kind.to_owned(), count.into()))
            .collect();
        let agents = self.agents_lost.iter();
        let agents: Map<String, Value> = agents
            .map(|(agent, count)| (agent.clone(), (*count).into()))
            .collect();
        let members = json!({
            "delivered": self.effects,
            "problems": {
                "new": fresh, "standing": standing, "acknowledged": self.acknowledged(), "by_code": by_code,
            },
            "opt_outs": {
                "delivered": self.opt_outs.delivered,
                "pending": self.opt_outs.pending,
                "undelivered": self.opt_outs.undelivered,
            },
            "changes": changes,
            "agents_lost": agents,
            "forecast": self.forecast.as_ref().map(forecast_json),
            "requests_saved": self.requests_saved(),
            "rows_before": self.rows_before,
        });
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}

/// What a run would do, as JSON.
pub fn forecast_json(forecast: &Forecast) -> Value {
    json!({
        "pending": forecast.pending,
        "resent": forecast.resent,
        "customers_new": forecast.customers_new,
        "customers_unknown": forecast.customers_unknown,
        "policies_new": forecast.policies_new,
        "policies_unknown": forecast.policies_unknown,
        "customers_losing": forecast.customers_losing,
        "policies_ending": forecast.policies_ending,
        "opt_outs": forecast.opt_outs,
        "held_as_refused": forecast.refused_before,
    })
}
