//! Files that are wrong: each is an error that says why, at the price of a small multiple of its length.

use allocation_counter::measure;
use saldo::forecast::external_model::{Onnx, PredictorError};

use crate::build::Attribute::{Floats, Integer, Text};
use crate::build::{Forest, bytes, integer, model, node, single, table, tensor, text, varint};
use crate::fixture;
use crate::generate::Dice;

const ML: &str = "ai.onnx.ml";

/// Reads a file, tries it on two features, and counts what that took.
fn tried(file: &[u8], features: usize) -> Result<(), PredictorError> {
    let mut outcome = Ok(());
    let taken = measure(|| {
        outcome = Onnx::read(file).and_then(|model| model.check(features));
    });
    let most = 24 * file.len() as u64 + 8192;
    assert!(taken.bytes_max <= most, "{} bytes for a file of {}", taken.bytes_max, file.len());
    outcome
}

/// A file of these nodes on two columns X, with a tensor C.
fn nodes(nodes: &[Vec<u8>], shape: &[i64], numbers: &[f32]) -> Vec<u8> {
    model(nodes, &[tensor("C", shape, numbers)], &[table("X", 1, 2)], &[table("Y", 1, 1)])
}

fn plain(name: &str, from: &[&str]) -> Vec<u8> {
    node(from, "Y", name, "", &[])
}

type Damage = (&'static str, Vec<u8>, &'static str);

fn of_the_bytes() -> Vec<Damage> {
    let graph = |content: &[u8]| bytes(7, content);
    let cut = "in the middle";
    vec![
        ("nothing", Vec::new(), "holds no graph"),
        ("zeros", vec![0; 100], "the number 0"),
        ("ones", vec![0xff; 100], "too long"),
        ("text", b"date,balance\n2020-01-01,5\n".to_vec(), "no known type"),
        ("JSON", b"{\"features\": []}".to_vec(), "no known type"),
        ("a group", vec![7 << 3 | 3], "no known type"),
        ("a number of eleven bytes", [&[8][..], &[0x80; 10], &[1]].concat(), "too long"),
        ("a number of 65 bits", [&[8][..], &[0xff; 9], &[2]].concat(), "too long"),
        ("a number without an end", vec![8, 0x80], cut),
        ("a graph of 1 TB", [&[7 << 3 | 2][..], &varint(1 << 40), &[1, 2, 3]].concat(), cut),
        ("a graph of 16 EB", [&[7 << 3 | 2][..], &varint(u64::MAX)].concat(), cut),
        ("a graph that is a number", integer(7, 5), "another type"),
        ("a graph that is a float", vec![7 << 3 | 5, 0, 0, 0, 0], "another type"),
        ("a cut float", vec![7 << 3 | 5, 0, 0], cut),
        ("a cut double", vec![7 << 3 | 1, 0, 0], cut),
        ("a node of 4 GB", graph(&[&[1 << 3 | 2][..], &varint(1 << 32)].concat()), cut),
        ("a node of a number", graph(&integer(1, 1)), "another type"),
        ("a name that is no text", graph(&bytes(1, &bytes(4, &[0xff, 0xfe]))), "not UTF-8"),
        ("messages in messages", (0..9).fold(Vec::new(), |inner, _| graph(&inner)), "one output"),
    ]
}

fn of_the_graph() -> Vec<Damage> {
    let linear = || node(&["X"], "Y", "LinearRegressor", ML, &[Floats("coefficients", &[1.0, 2.0])]);
    let (x, y) = (|| table("X", 1, 2), || table("Y", 1, 1));
    let input = |element| model(&[linear()], &[], &[table("X", element, 2)], &[y()]);
    let same = |number: usize| node(&["X"], &format!("S{number}"), "Identity", "", &[]);
    let doubled = |number: usize| {
        let from = if number == 0 { "X".into() } else { format!("D{}", number - 1) };
        node(&[&from, &from], &format!("D{number}"), "Concat", "", &[Integer("axis", 1)])
    };
    vec![
        ("no node", model(&[], &[], &[x()], &[y()]), "no operation writes"),
        ("no input", model(&[linear()], &[], &[], &[y()]), "what no other one wrote"),
        ("no output", model(&[linear()], &[], &[x()], &[]), "one output"),
        ("two outputs", model(&[linear()], &[], &[x()], &[y(), y()]), "one output"),
        (
            "an output that nobody writes",
            model(&[linear()], &[], &[x()], &[table("Z", 1, 1)]),
            "no operation writes",
        ),
        ("an output of all columns", model(&[linear()], &[], &[x()], &[x()]), "not one number"),
        (
            "a node that reads itself",
            nodes(&[plain("Identity", &["Y"])], &[1], &[1.0]),
            "what no other one wrote",
        ),
        ("an input of texts", input(8), "numbers with a fraction"),
        ("an input of whole numbers", input(7), "numbers with a fraction"),
        (
            "an input without a shape",
            model(&[linear()], &[], &[text(1, "X")], &[y()]),
            "numbers with a fraction",
        ),
        ("two wide inputs", model(&[linear()], &[], &[x(), table("Z", 1, 2)], &[y()]), "several inputs"),
        (
            "three columns",
            single("LinearRegressor", ML, 3, &[Floats("coefficients", &[1.0; 3])]),
            "takes 3 features",
        ),
        ("300 operations", nodes(&(0..300).map(same).collect::<Vec<_>>(), &[1], &[1.0]), "more operations"),
        (
            "rows that double",
            nodes(&(0..30).map(doubled).chain([linear()]).collect::<Vec<_>>(), &[1], &[1.0]),
            "does not fit",
        ),
    ]
}

fn of_the_operations() -> Vec<Damage> {
    let two = &[1.0, 2.0][..];
    let linear = |attributes: &[_]| single("LinearRegressor", ML, 2, attributes);
    let to = |to: i64| single("Cast", "", 2, &[Integer("to", to)]);
    vec![
        ("an unknown operation", single("Gemm", "", 2, &[]), "the operation `Gemm`"),
        ("an unknown domain", single("Scaler", "com.acme", 2, &[]), "`com.acme.Scaler`"),
        ("an operation of the other domain", single("Scaler", "", 2, &[]), "the operation `Scaler`"),
        ("an unknown attribute", linear(&[Floats("coefs", two)]), "the attribute `coefs`"),
        (
            "a transformed answer",
            linear(&[Floats("coefficients", two), Text("post_transform", "PROBIT")]),
            "transforms",
        ),
        ("two answers", linear(&[Floats("coefficients", two), Integer("targets", 2)]), "several answers"),
        (
            "two intercepts",
            linear(&[Floats("coefficients", two), Floats("intercepts", two)]),
            "several answers",
        ),
        ("no coefficients", linear(&[]), "`LinearRegressor` does not fit"),
        (
            "too many coefficients",
            linear(&[Floats("coefficients", &[1.0; 3])]),
            "`LinearRegressor` does not fit",
        ),
        (
            "a coefficient that is no number",
            linear(&[Floats("coefficients", &[1.0, f32::NAN])]),
            "not a number",
        ),
        ("an infinite intercept", linear(&[Floats("intercepts", &[f32::INFINITY])]), "not a number"),
        (
            "a scaler without a scale",
            single("Scaler", ML, 2, &[Floats("offset", two)]),
            "`Scaler` does not fit",
        ),
        (
            "a scaler of three",
            single("Scaler", ML, 2, &[Floats("offset", &[0.0; 3]), Floats("scale", &[1.0; 3])]),
            "not fit",
        ),
        ("whole numbers", to(7), "cuts numbers"),
        ("a cast to nothing", single("Cast", "", 2, &[]), "cuts numbers"),
        ("joined rows", single("Concat", "", 2, &[Integer("axis", 0)]), "joins rows"),
    ]
}

fn of_the_tensors() -> Vec<Damage> {
    let two = &[1.0, 2.0][..];
    let on_c =
        |name: &str, shape: &[i64], numbers: &[f32]| nodes(&[plain(name, &["X", "C"])], shape, numbers);
    let raw = |content: &[Vec<u8>]| {
        let tensor = [&text(8, "C")[..], &content.concat()].concat();
        model(&[plain("Add", &["X", "C"])], &[tensor], &[table("X", 1, 2)], &[table("Y", 1, 1)])
    };
    let counts = "more or fewer numbers";
    vec![
        (
            "an operation without input",
            nodes(&[plain("Identity", &[])], &[1], &[1.0]),
            "`Identity` does not fit",
        ),
        ("a constant alone", nodes(&[plain("Identity", &["C"])], &[1], &[1.0]), "`Identity` does not fit"),
        ("two constants", nodes(&[plain("Add", &["C", "C"])], &[1], &[1.0]), "`Add` does not fit"),
        ("a sum of two and three", on_c("Add", &[3], &[1.0; 3]), "`Add` does not fit"),
        ("a sum with a column", on_c("Add", &[2, 1], two), "`Add` does not fit"),
        ("a sum of three", nodes(&[plain("Add", &["X", "C", "C"])], &[1], &[1.0]), "`Add` does not fit"),
        ("a product of three", on_c("MatMul", &[3, 1], &[1.0; 3]), "`MatMul` does not fit"),
        ("a product with two answers", on_c("MatMul", &[2, 2], &[1.0; 4]), "`MatMul` does not fit"),
        ("another shape", on_c("Reshape", &[2], &[-1.0, 1.0]), "`Reshape` does not fit"),
        ("no shape", on_c("Reshape", &[0], &[]), "`Reshape` does not fit"),
        ("an answer that is two numbers", on_c("Add", &[2], two), "not one number"),
        ("a tensor of too few", on_c("Add", &[3], two), counts),
        ("a tensor of 2^80", on_c("Add", &[1 << 40, 1 << 40], two), counts),
        ("a tensor of less than none", on_c("Add", &[-1, -2], two), counts),
        ("a tensor of texts", raw(&[integer(1, 1), integer(2, 8)]), "known type"),
        ("a tensor of nothing", raw(&[]), "known type"),
        ("a tensor elsewhere", raw(&[integer(1, 1), integer(2, 11), integer(14, 1)]), "no numbers"),
        ("half a float", raw(&[integer(1, 1), integer(2, 1), bytes(9, &[1, 2])]), "in the middle"),
        ("a tensor that is no number", on_c("Add", &[2], &[0.0, f32::NAN]), "not a number"),
    ]
}

fn of_the_forest() -> Vec<Damage> {
    let wrong = |change: fn(&mut Forest)| {
        let mut forest = Forest::new();
        change(&mut forest);
        forest.file()
    };
    let (circle, length) = ("in a circle", "differ in length");
    vec![
        ("a node below itself", wrong(|forest| forest.no[2] = 2), "two ways"),
        ("a root below its child", wrong(|forest| forest.yes[2] = 0), circle),
        (
            "a circle beside the tree",
            wrong(|forest| {
                forest.modes[0] = "LEAF";
                forest.modes[1] = "BRANCH_LEQ";
                (forest.yes[1], forest.no[1]) = (2, 3);
                forest.yes[2] = 1;
                forest.target_nodes[0] = 0;
            }),
            circle,
        ),
        ("a child that is not there", wrong(|forest| forest.no[0] = 9), "does not have"),
        ("a child before all", wrong(|forest| forest.no[0] = i64::MIN), "does not have"),
        ("a child in another tree", wrong(|forest| forest.trees[4] = 1), "does not have"),
        ("two ways to one node", wrong(|forest| forest.no[0] = 1), "two ways"),
        (
            "two roots",
            wrong(|forest| {
                (forest.trees[5], forest.nodes[5]) = (0, 5);
                (forest.target_trees[3], forest.target_nodes[3]) = (0, 5);
            }),
            circle,
        ),
        ("two nodes of one number", wrong(|forest| forest.nodes[4] = 3), "two nodes of one number"),
        ("a leaf without a value", wrong(|forest| forest.target_nodes[1] = 1), "has no value"),
        ("a value of no leaf", wrong(|forest| forest.target_nodes[1] = 77), "does not have"),
        ("an unknown mode", wrong(|forest| forest.modes[2] = "BRANCH_MEMBER"), "no known mode"),
        ("a feature below 0", wrong(|forest| forest.features[0] = -1), "feature that cannot be"),
        ("a feature of 2^40", wrong(|forest| forest.features[0] = 1 << 40), "feature that cannot be"),
        ("a feature too many", wrong(|forest| forest.features[0] = 2), "does not fit"),
        ("a threshold that is no number", wrong(|forest| forest.values[0] = f32::NAN), "not a number"),
        ("an infinite leaf", wrong(|forest| forest.weights[0] = f32::INFINITY), "not a number"),
        ("nodes without trees", wrong(|forest| forest.trees.clear()), length),
        ("nodes without numbers", wrong(|forest| forest.nodes.truncate(5)), length),
        ("nodes without features", wrong(|forest| forest.features.truncate(1)), length),
        ("nodes without modes", wrong(|forest| forest.modes.truncate(3)), length),
        ("nodes without values", wrong(|forest| forest.values.push(0.0)), length),
        ("nodes without a way", wrong(|forest| forest.yes.clear()), length),
        ("leaves without weights", wrong(|forest| forest.weights.truncate(3)), length),
        ("two answers", wrong(|forest| forest.count = 2), "several answers"),
        ("a second answer", wrong(|forest| forest.targets[1] = 1), "several answers"),
        ("the largest tree", wrong(|forest| forest.aggregate = "MAX"), "neither adds"),
        ("two bases", wrong(|forest| forest.base = vec![0.0; 2]), "several answers"),
        ("no forest", single("TreeEnsembleRegressor", ML, 2, &[]), circle),
    ]
}

#[test]
fn damaged_files_are_refused_at_a_small_price() {
    assert_eq!(tried(&Forest::new().file(), 2), Ok(()), "it is the damage that is refused");
    let tables = [of_the_bytes(), of_the_graph(), of_the_operations(), of_the_tensors(), of_the_forest()];
    let mut count = 0;
    let mut wrong = Vec::new();
    for (name, file, why) in tables.into_iter().flatten() {
        let said = tried(&file, 2).map_or_else(|error| error.to_string(), |()| "was read".into());
        if !said.contains(why) {
            wrong.push(format!("{name}: {said}"));
        }
        count += 1;
    }
    assert_eq!(wrong, Vec::<String>::new());
    for name in ["linear.onnx", "ridge_frame.onnx", "boosting.onnx", "forest.onnx"] {
        let whole = fixture(name);
        for part in 0..20 {
            let cut = &whole[..whole.len() * part / 20];
            assert!(tried(cut, 6).is_err(), "{name}, cut to {} bytes", cut.len());
            count += 1;
        }
    }
    println!("{count} damaged files");
    assert!(count > 150);
}

#[test]
fn whatever_the_bytes_are_reading_and_running_end() {
    let files = ["linear", "ridge_double", "ridge_columns", "forest_double", "forest"];
    let files = files.map(|name| fixture(&format!("{name}.onnx")));
    let mut dice = Dice::new(5);
    let mut refused = 0;
    for number in 0..6000 {
        let mut file = files[number % files.len()].clone();
        for _ in 0..dice.day(1, 4) {
            let at = dice.day(0, file.len() as u32 - 1) as usize;
            match dice.day(0, 3) {
                0 => file[at] ^= 1 << dice.day(0, 7),
                1 => file[at] = dice.day(0, 255) as u8,
                2 => drop(file.remove(at)),
                _ => file.insert(at, dice.day(0, 255) as u8),
            }
        }
        refused += usize::from(tried(&file, 6).is_err());
    }
    println!("{refused} of 6000 changed files are refused");
    assert!((1000..6000).contains(&refused));
}
