//! The services' own log against what the host says: nobody charged twice, no stock lost, and
//! every repeated arrival explained.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::services::Services;
use super::verdict::{Verdict, ending};
use crate::failure::{Doing, Failure};

/// Every arrival at the services, in order.
pub(super) struct Arrivals(Vec<Value>);

pub(super) fn read(log: &Path) -> Result<Arrivals, Failure> {
    let text = std::fs::read_to_string(log).doing(|| format!("read {}", log.display()))?;
    let lines = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>();
    Ok(Arrivals(lines.doing(|| {
        format!("read the lines of {}", log.display())
    })?))
}

impl Arrivals {
    /// All checks, with the repeated arrivals listed on the way.
    pub(super) fn checks(
        &self,
        runs: &[Value],
        services: &Services,
    ) -> Result<Vec<Verdict>, Failure> {
        let mut verdicts = vec![
            self.nobody_charged_twice(runs),
            self.stock_is_whole(runs, services)?,
        ];
        verdicts.extend(self.repeats(runs));
        Ok(verdicts)
    }

    /// One charge that was made (201, not replayed) for each completed order, none for others.
    fn nobody_charged_twice(&self, runs: &[Value]) -> Verdict {
        let mut charges: BTreeMap<&str, u32> = BTreeMap::new();
        for arrival in self.at("/pay/charges") {
            if arrival["status"] == 201 && arrival["replayed"] == false {
                *charges
                    .entry(arrival["request"]["order"].as_str().unwrap_or(""))
                    .or_default() += 1;
            }
        }
        let wrong: Vec<String> = runs
            .iter()
            .filter_map(|run| {
                let order = run["input"]["order"]["id"].as_str()?;
                let wanted = u32::from(ending(run) == "completed");
                let made = charges.get(order).copied().unwrap_or(0);
                (made != wanted).then(|| format!("{order}: {made} instead of {wanted}"))
            })
            .collect();
        println!(
            "charges made: {}, each for a completed order",
            charges.values().sum::<u32>()
        );
        Verdict::check(format!("nobody charged twice {wrong:?}"), wrong.is_empty())
    }

    /// What is missing from the shelves is what completed orders have.
    fn stock_is_whole(&self, runs: &[Value], services: &Services) -> Result<Verdict, Failure> {
        let mut sold: BTreeMap<String, u64> = BTreeMap::new();
        for run in runs.iter().filter(|run| ending(run) == "completed") {
            for parcel in run["output"]["parcels"].as_array().into_iter().flatten() {
                let sku = parcel["sku"].as_str().unwrap_or("").to_owned();
                *sold.entry(sku).or_default() += parcel["quantity"].as_u64().unwrap_or(0);
            }
        }
        let levels = services.look("/stock/levels")?;
        let mut wrong = Vec::new();
        for (sku, level) in levels.as_object().into_iter().flatten() {
            let number = |name: &str| level[name].as_u64().unwrap_or(0);
            let gone = number("initial").saturating_sub(number("available"));
            let wanted = sold.get(sku).copied().unwrap_or(0);
            if gone != wanted {
                wrong.push(format!("{sku}: {gone} gone, {wanted} sold"));
            }
        }
        println!(
            "stock: {} pieces gone, all of them sold",
            sold.values().sum::<u64>()
        );
        Ok(Verdict::check(
            format!("nobody's stock lost {wrong:?}"),
            wrong.is_empty(),
        ))
    }

    /// Arrivals that repeat a key: each follows a 503, or belongs to an activation that has an
    /// attempt of unknown fate for it.
    fn repeats(&self, runs: &[Value]) -> Vec<Verdict> {
        let unknown = unknown_fates(runs);
        let mut unexplained = unknown.clone();
        let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
        let (mut after_503, mut after_kill, mut wrong) = (0, 0, Vec::new());
        for arrival in &self.0 {
            let key = arrival["key"].as_str().unwrap_or("");
            let Some(before) = last.insert(key, arrival) else {
                continue;
            };
            let activation = key.split('-').next().unwrap_or("");
            let why = if before["status"] == 503 {
                after_503 += 1;
                "after a 503"
            } else if let Some(left) = unexplained.get_mut(activation).filter(|left| **left > 0) {
                *left -= 1;
                after_kill += 1;
                "an attempt of unknown fate came before"
            } else {
                wrong.push(key);
                "UNEXPLAINED"
            };
            println!(
                "repeated key {key}: {}, arrival {}, {why}",
                arrival["path"].as_str().unwrap_or(""),
                arrival["attempt"],
            );
        }
        let unknown: usize = unknown.values().sum();
        println!(
            "attempts of unknown fate: {unknown}; repeated arrivals: {after_kill} after one, {after_503} after a 503"
        );
        vec![
            Verdict::check("some arrivals met a 503 and were repeated", after_503 > 0),
            Verdict::check("the kills left attempts of unknown fate", unknown > 0),
            Verdict::check(
                format!("every other repeated arrival is an attempt of unknown fate {wrong:?}"),
                wrong.is_empty(),
            ),
        ]
    }

    fn at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |arrival| arrival["path"] == path)
    }
}

/// How many attempts of unknown fate each activation has, by its idempotency key.
fn unknown_fates(runs: &[Value]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let attempts = runs
        .iter()
        .flat_map(|run| run["attempts"].as_array().into_iter().flatten());
    for attempt in attempts.filter(|attempt| attempt["fateUnknown"] == true) {
        let key = attempt["idempotencyKey"].as_str().unwrap_or("").to_owned();
        *found.entry(key).or_default() += 1;
    }
    found
}
