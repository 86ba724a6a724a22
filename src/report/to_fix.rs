//! What is wrong with a run, a line for each kind: how many, of them how many new, where, and what to do.

use super::{Findings, counted, findings::explain, grouped};
use crate::journal::{CodeCount, Trouble, TroubleKind};

impl Findings {
    /// The most frequent kinds of problems, a line each; the last one says how many more there are.
    pub(super) fn in_short(&self, most: usize, troubles: &[Trouble]) -> Vec<String> {
        let kinds = [
            (TroubleKind::Rejected, &self.rejected),
            (TroubleKind::Failed, &self.failed),
            (TroubleKind::InDoubt, &self.stuck),
            (TroubleKind::Held, &self.held),
            (TroubleKind::InDoubt, &self.in_doubt),
        ];
        let mut all: Vec<(u64, TroubleKind, &CodeCount)> = Vec::new();
        for (kind, groups) in kinds {
            all.extend(
                groups
                    .iter()
                    .map(|group| (fresh(troubles, kind, group), kind, group)),
            );
        }
        // New ones first, then the most frequent; within that as they are told elsewhere.
        all.sort_by_key(|(fresh, _, group)| std::cmp::Reverse((*fresh > 0, group.count)));
        let more = all.len().saturating_sub(most);
        let told = if more > 0 {
            most.saturating_sub(1)
        } else {
            most
        };
        let mut lines: Vec<String> = all
            .iter()
            .take(told)
            .map(|(fresh, kind, group)| self.line(*fresh, *kind, group))
            .collect();
        if all.len() > told {
            let rest = (all.len() - told) as u64;
            lines.push(format!("{} more", counted(rest, "kind")));
        }
        lines
    }

    fn line(&self, fresh: u64, kind: TroubleKind, group: &CodeCount) -> String {
        let (message, advice) = match explain(&group.code) {
            (message, _) if kind == TroubleKind::InDoubt && self.stuck.contains(group) => {
                (message, "`aca-sync resolve` settles it")
            }
            told => told,
        };
        let names = [group.column.as_str(), group.field.as_str()];
        let column = names.into_iter().find(|name| !name.is_empty());
        let column = column.map(|name| format!("{name}: ")).unwrap_or_default();
        let new = match fresh {
            0 => String::new(),
            fresh if fresh == group.count => ", new".to_owned(),
            fresh => format!(", {} new", grouped(fresh)),
        };
        format!(
            "{} {}{new}: {column}{message} ({}); {advice}",
            grouped(group.count),
            kind.as_str().replace('_', " "),
            self.places(group)
        )
    }
}

/// How many of a group are new, as far as codes tell it from others.
fn fresh(troubles: &[Trouble], kind: TroubleKind, group: &CodeCount) -> u64 {
    let mut known = troubles.iter();
    let found = known.find(|one| one.kind == kind && one.code == group.code);
    found.map_or(0, |one| one.fresh.min(group.count))
}
