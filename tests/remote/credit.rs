//! The credit check of lines that are read elsewhere says what it says of the lake here, to the cent.

use serde_json::Value;

use super::credit_lake::{self, AS_OF};
use super::road::{Person, list};
use super::servers::TRINO;

/// A database of its own beside the road's.
const DATABASE: &str = "credit";

#[test]
fn the_credit_check_is_the_same_there_and_here() {
    let Some(trino) = &*TRINO else { return };
    let person = Person::new(trino, "credit", DATABASE);
    credit_lake::make(person.home(), |arguments| drop(person.done(arguments)));
    person.done(&["push", person.url()]);
    person.done(&["catalog", "sync", "--lake", person.url(), "--database", DATABASE]);
    let (here, _) = cards(&person, &[]);
    let [sgd, usd] = here.as_slice() else { panic!("{here:#?}") };
    assert!(sgd["points"].is_object() && usd["points"].is_object(), "{here:#?}");
    assert_eq!((&sgd["balance_currency"], &usd["balance_currency"]), (&"SGD".into(), &"USD".into()));
    for engine in ["trino", "athena"] {
        let (there, places) = cards(&person, &["--target", engine]);
        assert_eq!(there.len(), here.len());
        for (there, here) in there.iter().zip(&here) {
            assert_eq!(there, here, "{engine}");
        }
        let place = format!("not known: lines read on {engine}, figures computed here");
        assert!(places.iter().all(|told| *told == place), "{places:?}");
    }
}

/// The cards without what tells their run apart, and where their lines were read.
fn cards(person: &Person, target: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let asked = ["credit", "700", "701", "--instalment", "125.50", "--as-of", AS_OF, "--format", "json"];
    let (code, out, said) = person.run(&[&asked[..], target].concat());
    assert_eq!(code, 0, "{target:?}: {said}");
    assert!(said.contains("read "), "{target:?}: {said}");
    let mut cards = list(&out);
    let places = cards.iter_mut().map(|card| card["inputs"]["manifest_sha256"].take()).collect();
    for card in &mut cards {
        drop(card["run_id"].take());
    }
    (cards, places)
}
