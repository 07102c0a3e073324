//! ONNX files as bytes, field by field, so that one can be wrong in just one place.

/// A field with bytes: a message or a text.
pub fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    [&varint(u64::from(number) << 3 | 2)[..], &varint(content.len() as u64), content].concat()
}

pub fn text(number: u8, content: &str) -> Vec<u8> {
    bytes(number, content.as_bytes())
}

pub fn integer(number: u8, value: i64) -> Vec<u8> {
    [varint(u64::from(number) << 3), varint(value.cast_unsigned())].concat()
}

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// An attribute with its name.
pub enum Attribute<'a> {
    Floats(&'a str, &'a [f32]),
    Integers(&'a str, &'a [i64]),
    Texts(&'a str, &'a [&'a str]),
    Text(&'a str, &'a str),
    Integer(&'a str, i64),
}

impl Attribute<'_> {
    fn bytes(&self) -> Vec<u8> {
        let (name, content) = match self {
            Self::Floats(name, list) => {
                let one = |value: &f32| [&[7 << 3 | 5][..], &value.to_le_bytes()].concat();
                (name, list.iter().flat_map(one).collect())
            }
            Self::Integers(name, list) => (name, list.iter().flat_map(|value| integer(8, *value)).collect()),
            Self::Texts(name, list) => (name, list.iter().flat_map(|value| text(9, value)).collect()),
            Self::Text(name, value) => (name, text(4, value)),
            Self::Integer(name, value) => (name, integer(3, *value)),
        };
        [text(1, name), content].concat()
    }
}

/// A node: what it reads, what it writes, the operation and its domain.
pub fn node(from: &[&str], to: &str, name: &str, domain: &str, attributes: &[Attribute]) -> Vec<u8> {
    let from = from.iter().flat_map(|name| text(1, name));
    let attributes = attributes.iter().flat_map(|attribute| bytes(5, &attribute.bytes()));
    from.chain(text(2, to)).chain(text(4, name)).chain(attributes).chain(text(7, domain)).collect()
}

/// A tensor of single precision.
pub fn tensor(name: &str, shape: &[i64], numbers: &[f32]) -> Vec<u8> {
    let shape = shape.iter().flat_map(|length| integer(1, *length));
    let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    shape.chain(integer(2, 1)).chain(text(8, name)).chain(bytes(9, &raw)).collect()
}

/// A table of numbers of an element type with so many columns.
pub fn table(name: &str, element: i64, columns: i64) -> Vec<u8> {
    let shape = [bytes(1, &[]), bytes(1, &integer(1, columns))].concat();
    let tensor = [integer(1, element), bytes(2, &shape)].concat();
    [text(1, name), bytes(2, &bytes(1, &tensor))].concat()
}

/// The file of a model.
pub fn model(nodes: &[Vec<u8>], tensors: &[Vec<u8>], inputs: &[Vec<u8>], outputs: &[Vec<u8>]) -> Vec<u8> {
    let part = |number: u8, list: &[Vec<u8>]| -> Vec<u8> {
        list.iter().flat_map(|content| bytes(number, content)).collect()
    };
    let graph = [part(1, nodes), part(5, tensors), part(11, inputs), part(12, outputs)].concat();
    [integer(1, 8), bytes(7, &graph)].concat()
}

/// The file of a model of one node `Y` on `columns` columns `X`.
pub fn single(name: &str, domain: &str, columns: i64, attributes: &[Attribute]) -> Vec<u8> {
    let node = node(&["X"], "Y", name, domain, attributes);
    model(&[node], &[], &[table("X", 1, columns)], &[table("Y", 1, 1)])
}

/// A forest in the form of the file's lists, to be made wrong.
#[derive(Clone)]
pub struct Forest {
    pub trees: Vec<i64>,
    pub nodes: Vec<i64>,
    pub features: Vec<i64>,
    pub modes: Vec<&'static str>,
    pub values: Vec<f32>,
    pub yes: Vec<i64>,
    pub no: Vec<i64>,
    pub target_trees: Vec<i64>,
    pub target_nodes: Vec<i64>,
    pub targets: Vec<i64>,
    pub weights: Vec<f32>,
    pub count: i64,
    pub base: Vec<f32>,
    pub aggregate: &'static str,
}

impl Forest {
    /// Two trees: `x₀ ≤ 1 ? 10 : (x₁ ≤ 2 ? 20 : 30)`, and 100.
    pub fn new() -> Self {
        let branch = "BRANCH_LEQ";
        Self {
            trees: vec![0, 0, 0, 0, 0, 1],
            nodes: vec![0, 1, 2, 3, 4, 0],
            features: vec![0, 0, 1, 0, 0, 0],
            modes: vec![branch, "LEAF", branch, "LEAF", "LEAF", "LEAF"],
            values: vec![1.0, 0.0, 2.0, 0.0, 0.0, 0.0],
            yes: vec![1, 0, 3, 0, 0, 0],
            no: vec![2, 0, 4, 0, 0, 0],
            target_trees: vec![0, 0, 0, 1],
            target_nodes: vec![1, 3, 4, 0],
            targets: vec![0; 4],
            weights: vec![10.0, 20.0, 30.0, 100.0],
            count: 1,
            base: Vec::new(),
            aggregate: "SUM",
        }
    }

    pub fn file(&self) -> Vec<u8> {
        use Attribute::{Floats, Integer, Integers, Text, Texts};
        let attributes = [
            Text("aggregate_function", self.aggregate),
            Floats("base_values", &self.base),
            Integer("n_targets", self.count),
            Integers("nodes_treeids", &self.trees),
            Integers("nodes_nodeids", &self.nodes),
            Integers("nodes_featureids", &self.features),
            Texts("nodes_modes", &self.modes),
            Floats("nodes_values", &self.values),
            Integers("nodes_truenodeids", &self.yes),
            Integers("nodes_falsenodeids", &self.no),
            Integers("target_treeids", &self.target_trees),
            Integers("target_nodeids", &self.target_nodes),
            Integers("target_ids", &self.targets),
            Floats("target_weights", &self.weights),
        ];
        single("TreeEnsembleRegressor", "ai.onnx.ml", 2, &attributes)
    }
}
