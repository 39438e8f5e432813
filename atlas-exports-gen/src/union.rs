//! Unions whose kinds a property tells apart.
#![allow(dead_code, unused_imports, unused_macros, reason = "a contract may have none")]

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Reads one kind of a union from the whole object.
pub(crate) fn read<'de, T: Deserialize<'de>, E: serde::de::Error>(object: Map<String, Value>) -> Result<Box<T>, E> {
    T::deserialize(Value::Object(object)).map(Box::new).map_err(E::custom)
}

/// Writes one kind of a union, with the property that tells it apart.
pub(crate) fn write<E: serde::ser::Error>(kind: &impl Serialize, property: &str, value: &str) -> Result<Value, E> {
    let mut written = serde_json::to_value(kind).map_err(E::custom)?;
    if let Some(object) = written.as_object_mut() {
        object.entry(property).or_insert_with(|| value.into());
    }
    Ok(written)
}

/// An enum with a variant for each kind, and one that keeps kinds which are new as they came.
macro_rules! union {
    (
        $(#[$doc:meta])* $name:ident by $property:literal
        { $($(#[$about:meta])* $variant:ident($kind:ty) = $value:literal $(| $more:literal)*),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant(Box<$kind>),)*
            /// A kind that is new, or nothing that tells the kind, as it came.
            Unknown(::serde_json::Map<String, ::serde_json::Value>),
        }

        $(
            impl From<$kind> for $name {
                fn from(kind: $kind) -> Self {
                    Self::$variant(Box::new(kind))
                }
            }
        )*

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(
                        Self::$variant(kind) => {
                            let written = $crate::union::write(kind, $property, $value)?;
                            ::serde::Serialize::serialize(&written, serializer)
                        }
                    )*
                    Self::Unknown(object) => ::serde::Serialize::serialize(object, serializer),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let object: ::serde_json::Map<String, ::serde_json::Value> =
                    ::serde::Deserialize::deserialize(deserializer)?;
                match object.get($property).and_then(::serde_json::Value::as_str) {
                    $(Some($value $(| $more)*) => $crate::union::read(object).map(Self::$variant),)*
                    _ => Ok(Self::Unknown(object)),
                }
            }
        }

        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({
                    "anyOf": [$(generator.subschema_for::<$kind>(),)* { "type": "object" }],
                })
            }
        }
    };
}

pub(crate) use union;

#[cfg(test)]
#[allow(unreachable_pub, reason = "unions are public where they are generated")]
mod tests {
    use serde_json::json;

    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    pub(super) struct Cat {
        lives: u32,
    }

    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    pub(super) struct Dog {
        kind: Option<String>,
    }

    super::union! {
        /// An animal.
        Animal by "kind" {
            /// Meows.
            Cat(Cat) = "CAT",
            Dog(Dog) = "DOG" | "PUPPY",
        }
    }

    fn animal(object: serde_json::Value) -> Animal {
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_kind_is_read_by_any_of_its_values_and_written_with_one() {
        assert_eq!(animal(json!({"kind": "CAT", "lives": 9})), Cat { lives: 9 }.into());
        let puppy = animal(json!({"kind": "PUPPY"}));
        assert!(matches!(&puppy, Animal::Dog(dog) if dog.kind.as_deref() == Some("PUPPY")));
        assert_eq!(serde_json::to_value(puppy).unwrap(), json!({"kind": "PUPPY"}));
        assert_eq!(serde_json::to_value(Animal::from(Cat { lives: 1 })).unwrap(), json!({"kind": "CAT", "lives": 1}));
    }

    #[test]
    fn a_kind_that_is_new_is_kept_and_written_back_as_it_came() {
        for object in [json!({"kind": "BIRD", "wings": [1, 2]}), json!({"lives": 9}), json!({"kind": null})] {
            let unknown = animal(object.clone());
            assert!(matches!(unknown, Animal::Unknown(_)), "{object}");
            assert_eq!(serde_json::to_value(unknown).unwrap(), object);
        }
    }

    #[test]
    fn a_kind_that_is_known_must_be_of_its_form() {
        assert!(serde_json::from_value::<Animal>(json!({"kind": "CAT"})).is_err());
        assert!(serde_json::from_value::<Animal>(json!("CAT")).is_err());
    }
}
