//! The code that the generator makes of a contract that may hold anything.

use serde_json::Value;

use super::differing;
use crate::{
    diff::document::{Document, number},
    generator::{self, Defect, Generated, blame, names, origin::Origin, read::Code, slice},
};

/// What the generator makes of a contract.
#[derive(Debug)]
pub(super) struct Made {
    /// Nothing where the generator fails on the whole.
    pub(super) code: Option<Code>,
    /// What is wrong with the code.
    pub(super) defects: Vec<Defect>,
    pub(super) failures: Vec<Failure>,
}

/// Something of which the generator makes no code that compiles.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) item: String,
    pub(super) place: String,
    pub(super) reason: String,
    /// The schema or operation, without documentation.
    pub(super) part: Value,
}

impl Made {
    fn of(generated: &Generated) -> Self {
        Self { code: Code::of(generated.surface()), defects: generated.defects().to_vec(), failures: Vec::new() }
    }

    fn recorded(surface: &str) -> Option<Self> {
        Some(Self { code: Some(Code::of(surface)?), defects: Vec::new(), failures: Vec::new() })
    }
}

/// Generates all that can be generated of two contracts. Of the first, a recorded surface is used where there is one,
/// since another generator may have made it.
///
/// Where one of them fails, only what differs is generated, and of that what does not fail.
pub(super) fn both(base: Document<'_>, recorded: Option<&str>, head: Document<'_>) -> (Made, Made) {
    let (old, new) = (complete(base.root()), complete(head.root()));
    let recorded = recorded.and_then(Made::recorded);
    let wanted = if recorded.is_some() { vec![&new] } else { vec![&old, &new] };
    let mut made = Generated::all(&wanted).into_iter().map(|generated| generated.map(|generated| Made::of(&generated)));
    let base = recorded.map_or_else(|| made.next(), |recorded| Some(Ok(recorded)));
    match (base, made.next()) {
        (Some(Ok(base)), Some(Ok(head))) => (base, head),
        (base, head) => {
            let slice = differing::slice(&old, &new);
            let (mut made_base, mut made_head) = (partly(slice.cut(&old)), partly(slice.cut(&new)));
            // What fails as a whole in one alone, and not in the part that differs, fails beside what both share.
            match (base, head) {
                (Some(Ok(_)), Some(Err(reason))) if made_head.failures.is_empty() => {
                    made_head.failures.push(Failure::of_whole(&new, &reason));
                }
                (Some(Err(reason)), Some(Ok(_))) if made_base.failures.is_empty() => {
                    made_base.failures.push(Failure::of_whole(&old, &reason));
                }
                _ => {}
            }
            (made_base, made_head)
        }
    }
}

/// Generates the part of a contract that can be generated.
fn partly(mut document: Value) -> Made {
    let reason = match Generated::surface_of(&document) {
        Ok(generated) => return Made::of(&generated),
        Err(reason) => reason,
    };
    let whole = document.clone();
    let blamed = blame::remove_failing(&mut document);
    let rest = if blamed.is_empty() { None } else { Generated::surface_of(&document).ok() };
    match rest {
        Some(generated) => {
            let mut made = Made::of(&generated);
            made.failures.extend(blamed.into_iter().map(|blamed| Failure::of_part(&whole, blamed)));
            made
        }
        None => Made { code: None, defects: Vec::new(), failures: vec![Failure::of_whole(&whole, &reason)] },
    }
}

impl Failure {
    pub(super) fn of_defect((defect, origin): (Defect, Option<Origin>)) -> Self {
        let Defect { item, what } = defect;
        let place = origin.map_or_else(|| item.clone(), |origin| origin.place);
        Self { item, place, reason: what, part: Value::Null }
    }

    fn of_whole(document: &Value, reason: &generator::Failure) -> Self {
        let (item, place, part) = ("Client".to_owned(), "document".to_owned(), slice::undocumented(document));
        Self { item, place, reason: short(reason), part }
    }

    fn of_part(document: &Value, blame::Blamed { path, failure }: blame::Blamed) -> Self {
        let part = path.iter().try_fold(document, |value, key| value.get(key)).cloned().unwrap_or_default();
        let (item, place) = match &path {
            [_, path, method] if slice::is_operation(&part) => {
                let id = part.get("operationId").and_then(Value::as_str).map(names::snake);
                let item = id.map_or_else(|| "Client".to_owned(), |id| format!("Client::{id}"));
                (item, format!("{} {path}", method.to_uppercase()))
            }
            [.., name] => (names::schema(name, &part), name.clone()),
        };
        Self { item, place, reason: short(&failure), part: slice::undocumented(&part) }
    }
}

/// The first line of a reason. What follows is a dump.
fn short(reason: &generator::Failure) -> String {
    let text = reason.to_string();
    text.lines().next().unwrap_or_default().trim_end_matches([' ', '{', '(', '[']).to_owned()
}

fn complete(document: &Value) -> Value {
    let mut document = document.clone();
    slice::complete(&mut document);
    round(&mut document);
    document
}

/// Rounds bounds that are written as texts because no [`serde_json::Number`] holds them: the generator knows numbers only.
fn round(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for key in ["minimum", "maximum", "multipleOf"] {
                if let Some(Value::String(text)) = members.get(key)
                    && number(members, key).is_some()
                {
                    let nearest = text.parse().unwrap_or(0.0_f64).clamp(f64::MIN, f64::MAX);
                    members.insert(key.to_owned(), nearest.into());
                }
            }
            members.values_mut().for_each(round);
        }
        Value::Array(items) => items.iter_mut().for_each(round),
        _ => {}
    }
}
