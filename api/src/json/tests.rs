//! The words for each mistake.

use domain::directory::{Queue, Site};
use serde::Deserialize;
use serde_json::json;

use super::{object, read};

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is read is not looked at")]
struct Order {
    name: String,
    #[serde(default)]
    count: u8,
}

fn said(body: &str) -> String {
    object(body.as_bytes()).and_then(read::<Order>).unwrap_err()
}

#[test]
fn every_mistake_is_a_sentence_for_people() {
    for (body, sentence) in [
        ("[\"a\", 2]", "the body must be an object, {...}, not a list"),
        ("7", "the body must be an object, {...}, not a number"),
        ("{\"name\":\"a\",\"name\":\"b\"}", "the field name is there twice"),
        ("{\"name\":", "the body is not JSON: it ends too early"),
        ("{\"name\" 1}", "the body is not JSON: line 1, column 9"),
        ("{\"name\":\"a\"} x", "the body is not JSON: line 1, column 14"),
        ("{}", "the field name is missing"),
        ("{\"name\":7}", "name must be a text, not 7"),
        ("{\"name\":{}}", "name must be a text, not an object"),
        ("{\"name\":\"a\",\"count\":300}", "count must be a whole number from 0 to 255, not 300"),
        (
            "{\"name\":\"a\",\"count\":\"x\"}",
            "count must be a whole number from 0 to 255, not \"x\"",
        ),
        ("{\"nam\":\"a\"}", "there is no field nam; there is name or count"),
    ] {
        assert_eq!(said(body), sentence, "{body}");
    }
}

#[test]
fn a_definition_too() {
    let id = "0193a000-0000-7000-8000-000000000010";
    let queue = |policy: serde_json::Value| {
        let fields =
            json!({ "id": id, "site_id": id, "name": "a", "prefix": "A", "policy": policy });
        read::<Queue>(fields.as_object().unwrap().clone()).unwrap_err()
    };
    assert_eq!(queue(json!("fifo")), "policy must be an object, not \"fifo\"");
    let kinds = queue(json!({ "kind": "x" }));
    assert_eq!(kinds, "policy.kind must be one of fifo, priority, sla, not \"x\"");
    assert_eq!(queue(json!({})), "the field kind of policy is missing");
    let site = json!({ "id": "x", "name": "a", "time_zone": "Africa/Dakar" });
    let sentence = read::<Site>(site.as_object().unwrap().clone()).unwrap_err();
    assert_eq!(sentence, "id must be a UUID");
}
