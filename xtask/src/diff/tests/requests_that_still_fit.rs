//! What old clients send, made from seeds, is taken by every new contract that is said to be compatible.

use fastrand::Rng;

use super::{changes, documents, fits::fits, *};

#[path = "../../../tests/diff_oracle/values.rs"]
mod values;

/// What an operation takes: schemas by their places, without those of paths and headers.
fn taken(operation: &Value) -> Vec<(String, &Value)> {
    let body = operation.pointer("/requestBody/content/application~1json/schema");
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| {
        let place = format!("{} {}", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
        (place, &parameter["schema"])
    });
    body.map(|schema| ("body".to_owned(), schema)).into_iter().chain(parameters).collect()
}

fn hold(seed: u64) -> usize {
    let mut rng = Rng::with_seed(seed);
    let base = documents::document(&mut rng);
    let mut head = base.clone();
    changes::change(&mut rng, &mut head);
    let report = compare(&base, &head);
    if report.changes.iter().any(|change| change.wire >= Person) {
        return 0;
    }
    let mut sent = 0;
    for (path, item) in base["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let now = taken(&head["paths"][path][method]);
            for (place, schema) in taken(operation) {
                let (_, new) = now.iter().find(|(other, _)| *other == place).unwrap_or_else(|| {
                    panic!("{seed}: {method} {path} has no {place}: {report:#?}");
                });
                for _ in 0..10 {
                    let Some(value) = values::fitting(&mut rng, &base, schema, 0) else { continue };
                    if fits(&base, schema, &value) {
                        sent += 1;
                        let taken = fits(&head, new, &value);
                        assert!(taken, "{seed}: {method} {path} {place} refuses {value}: {report:#?}\n{base}\n{head}");
                    }
                }
            }
        }
    }
    sent
}

#[test]
fn what_old_clients_send_is_taken() {
    let first = std::env::var("ORACLE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let seeds = u64::from(crate::soak::cases(50, 300));
    let sent: usize = (first..first + seeds).map(hold).sum();
    assert!(sent as u64 > 3 * seeds, "only {sent}");
}
