//! The OpenAPI file and the types say the same: every example reads as the type, and what the type writes fits the schema.

use std::collections::BTreeMap;

use connectors::protocol::Problem;
use connectors::{Answer, Operation};
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

const FILE: &str = include_str!("../../../../docs/provider-protocol.openapi.yaml");

/// The YAML of the file as JSON. It has neither anchors nor tags.
fn document() -> Value {
    let mut events = Parser::new_from_str(FILE).map(|event| event.unwrap().0);
    loop {
        match events.next().unwrap() {
            Event::StreamStart | Event::DocumentStart(_) => {}
            first => return node(first, &mut events),
        }
    }
}

fn node<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => match text.as_ref() {
            "true" => json!(true),
            "false" => json!(false),
            plain => plain.parse::<u64>().map_or_else(|_| json!(plain), |number| json!(number)),
        },
        Event::Scalar(text, ..) => json!(text),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return Value::Array(list),
                    item => list.push(node(item, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut map = Map::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => return Value::Object(map),
                    key => {
                        let key = node(key, events).as_str().unwrap().to_owned();
                        let value = events.next().unwrap();
                        let value = node(value, events);
                        assert!(map.insert(key.clone(), value).is_none(), "{key} stands twice");
                    }
                }
            }
        }
        other => panic!("unexpected {other:?}"),
    }
}

/// Every media type with examples, by the name of its schema.
fn examples(value: &Value, found: &mut BTreeMap<String, Vec<Value>>) {
    match value {
        Value::Object(map) => {
            if let (Some(schema), Some(Value::Object(examples))) = (map.get("schema"), map.get("examples")) {
                let name = schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
                found
                    .entry(name.to_owned())
                    .or_default()
                    .extend(examples.values().map(|e| e["value"].clone()));
            }
            map.values().for_each(|child| examples(child, found));
        }
        Value::Array(list) => list.iter().for_each(|child| examples(child, found)),
        _ => {}
    }
}

fn check<T: Serialize + DeserializeOwned>(file: &Value, name: &str, examples: &[Value]) {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{name}"),
        "components": file["components"],
    });
    let schema = jsonschema::validator_for(&schema).unwrap();
    for example in examples {
        assert!(schema.is_valid(example), "{name}: {example} {:?}", schema.iter_errors(example).next());
        let read: T = serde_json::from_value(example.clone()).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        assert!(schema.is_valid(&written), "{name}: {written}");
        for (member, value) in example.as_object().unwrap() {
            assert_eq!(&written[member], value, "{name}.{member} is lost or changed");
        }
    }
}

#[test]
fn every_example_reads_as_its_type_and_fits_its_schema() {
    let file = document();
    assert_eq!(file["openapi"], "3.1.0");
    let mut found = BTreeMap::new();
    examples(&file, &mut found);
    let counts: Vec<_> = found.iter().map(|(name, list)| (name.as_str(), list.len())).collect();
    assert_eq!(counts, [("Answer", 6), ("Operation", 4), ("Problem", 1)]);
    check::<Operation>(&file, "Operation", &found["Operation"]);
    check::<Answer>(&file, "Answer", &found["Answer"]);
    check::<Problem>(&file, "Problem", &found["Problem"]);
    for operation in &found["Operation"] {
        let operation: Operation = serde_json::from_value(operation.clone()).unwrap();
        assert_eq!(operation.check(), Ok(()));
    }
}

#[test]
fn what_the_schema_refuses_the_types_refuse_too() {
    let file = document();
    let good = json!({
        "operation_id": "op_1", "operation": "submit", "service": "s", "quantity": 1, "reference": "r",
    });
    let schema = json!({ "$ref": "#/components/schemas/Operation", "components": file["components"] });
    let schema = jsonschema::validator_for(&schema).unwrap();
    assert!(schema.is_valid(&good));
    let with = |member: &str, value: Value| {
        let mut changed = good.clone();
        changed[member] = value;
        changed
    };
    for bad in [
        with("operation_id", json!("a.b")),
        with("operation", json!("steal")),
        with("operation", json!("cancel")),
        with("cancels", json!("op_0")),
        with("quantity", json!(0)),
        with("quantity", json!(-1)),
        with("quantity", json!(4_294_967_296_u64)),
        with("amount", json!({ "minor": 1.5, "currency": "CNY" })),
        with("amount", json!({ "minor": 1, "currency": "XXX" })),
        with("answers", json!([])),
        with("service", json!("")),
        with("reference", json!(null)),
    ] {
        assert!(!schema.is_valid(&bad), "{bad}");
        let read = serde_json::from_value::<Operation>(bad.clone());
        assert!(!read.is_ok_and(|operation| operation.check().is_ok()), "{bad}");
    }
}
