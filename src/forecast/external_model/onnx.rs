//! A trained model in the ONNX format, as skl2onnx writes it: a short list of operations on one row of features.
//!
//! The operations: <https://onnx.ai/onnx/operators/>; the file: `onnx.proto` of github.com/onnx/onnx. Versions of the
//! operations are not looked at: what one of them changes shows in an attribute, and an unknown attribute is refused.

use std::collections::HashMap;

use super::node::Node;
use super::trees::{self, Trees};
use super::wire::{Message, finite, pieces};
use super::{PredictorError, excerpt};

/// Operations and columns of a row, at most: the largest pipeline of scikit-learn that is read here has a tenth.
const MOST: usize = 256;

/// Element types of tensors.
const FLOAT: i64 = 1;
const INTEGER: i64 = 7;
const DOUBLE: i64 = 11;

/// What a model does with rows, ready to run.
#[derive(Debug, Clone)]
pub struct Onnx {
    /// Columns of each input, where it says.
    inputs: Vec<Option<usize>>,
    constants: Vec<Tensor>,
    steps: Vec<(Op, Vec<Slot>)>,
    result: Slot,
}

/// Numbers that an operation reads: a row that was computed, or what the file holds.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Row(usize),
    Constant(usize),
}

/// Numbers of the file.
#[derive(Debug, Clone)]
struct Tensor {
    shape: Vec<i64>,
    numbers: Vec<f64>,
}

/// An operation on rows, with its name for messages.
#[derive(Debug, Clone)]
struct Op {
    name: &'static str,
    work: Work,
}

#[derive(Debug, Clone)]
enum Work {
    Same,
    Single,
    Reshape,
    Join,
    Scale { offset: Vec<f64>, scale: Vec<f64> },
    Dot { coefficients: Vec<f64>, intercept: f64 },
    MatMul,
    Both(fn(f64, f64) -> f64),
    Trees(Trees),
}

/// Name, attributes that may be there, and what becomes of the node.
type Known = (&'static str, &'static [&'static str], fn(&Node<'_>) -> Result<Work, PredictorError>);

/// The operations that are read: those of `ai.onnx.ml`, and those of ONNX itself.
const MACHINE_LEARNING: &[Known] = &[
    ("FeatureVectorizer", &["inputdimensions"], |_| Ok(Work::Join)),
    ("LinearRegressor", &["coefficients", "intercepts", "post_transform", "targets"], dot),
    ("Scaler", &["offset", "scale"], |node| {
        Ok(Work::Scale { offset: node.floats("offset")?, scale: node.floats("scale")? })
    }),
    ("TreeEnsembleRegressor", trees::ATTRIBUTES, |node| Ok(Work::Trees(Trees::read(node)?))),
];
const PLAIN: &[Known] = &[
    ("Add", &[], |_| Ok(Work::Both(|one, other| one + other))),
    ("Cast", &["saturate", "to"], cast),
    ("CastLike", &["saturate"], |_| Ok(Work::Same)),
    ("Concat", &["axis"], |node| match node.integer("axis")? {
        Some(1 | -1) => Ok(Work::Join),
        _ => Err(node.misfit("joins rows, not columns")),
    }),
    ("Div", &[], |_| Ok(Work::Both(|one, other| one / other))),
    ("Identity", &[], |_| Ok(Work::Same)),
    ("MatMul", &[], |_| Ok(Work::MatMul)),
    ("Mul", &[], |_| Ok(Work::Both(|one, other| one * other))),
    ("Reshape", &["allowzero"], |_| Ok(Work::Reshape)),
    ("Sub", &[], |_| Ok(Work::Both(|one, other| one - other))),
];

/// The names of all operations, for a hint.
pub(super) fn known() -> String {
    let names: Vec<_> = MACHINE_LEARNING.iter().chain(PLAIN).map(|(name, ..)| *name).collect();
    names.join(", ")
}

fn dot(node: &Node<'_>) -> Result<Work, PredictorError> {
    let intercept = match node.floats("intercepts")?[..] {
        [] => 0.0,
        [intercept] => intercept,
        _ => return Err(node.misfit("has several answers")),
    };
    match node.integer("targets")? {
        None | Some(1) => Ok(Work::Dot { coefficients: node.floats("coefficients")?, intercept }),
        _ => Err(node.misfit("has several answers")),
    }
}

fn cast(node: &Node<'_>) -> Result<Work, PredictorError> {
    match node.integer("to")? {
        Some(FLOAT) => Ok(Work::Single),
        Some(DOUBLE) => Ok(Work::Same),
        _ => Err(node.misfit("cuts numbers to whole ones")),
    }
}

impl Op {
    /// The operation of a node.
    fn read(message: Message<'_>) -> Result<Self, PredictorError> {
        let (name, domain) = (message.text(4)?, message.text(7)?);
        let table = match domain {
            "ai.onnx.ml" => MACHINE_LEARNING,
            "" | "ai.onnx" => PLAIN,
            _ => &[],
        };
        let known = table.iter().find(|(known, ..)| *known == name);
        let Some((name, attributes, make)) = known else {
            let whole = if domain.is_empty() { name.into() } else { format!("{domain}.{name}") };
            return Err(PredictorError::Operation(excerpt(&whole)));
        };
        let node = Node { name, message };
        for attribute in message.parts(5) {
            let attribute = attribute?.text(1)?;
            if !attributes.contains(&attribute) {
                return Err(PredictorError::Attribute { operation: name, attribute: excerpt(attribute) });
            }
        }
        if !matches!(node.text("post_transform")?, "" | "NONE") {
            return Err(node.misfit("transforms its answer"));
        }
        Ok(Op { name, work: make(&node)? })
    }
}

impl Onnx {
    /// Reads a file.
    ///
    /// Costs no more than a small multiple of its length, whatever the bytes are.
    ///
    /// # Errors
    /// A file that is no whole ONNX model, or one with operations that are not known; each names what is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, PredictorError> {
        let graph = Message(bytes).part(7)?;
        if graph.0.is_empty() {
            return Err(PredictorError::Damaged("it holds no graph"));
        }
        let mut names: HashMap<&str, Slot> = HashMap::new();
        let mut constants = Vec::new();
        for tensor in graph.parts(5) {
            let tensor = tensor?;
            names.insert(tensor.text(8)?, Slot::Constant(constants.len()));
            constants.push(Tensor::read(tensor)?);
        }
        let mut inputs = Vec::new();
        for input in graph.parts(11) {
            let input = input?;
            let name = input.text(1)?;
            // Old files list the constants as inputs, too.
            if !matches!(names.get(name), Some(Slot::Constant(_))) {
                names.insert(name, Slot::Row(inputs.len()));
                inputs.push(columns(input)?);
            }
        }
        if inputs.len() > 1 && inputs.iter().any(|columns| *columns != Some(1)) {
            return Err(PredictorError::Kind("it has several inputs of more than one column"));
        }
        let mut steps: Vec<(Op, Vec<Slot>)> = Vec::new();
        for node in graph.parts(1) {
            let node = node?;
            let operation = Op::read(node)?;
            let of = |name: Result<&str, _>| {
                let slot = names.get(name?);
                slot.copied().ok_or(PredictorError::Damaged("an operation reads what no other one wrote"))
            };
            let from = node.texts(1).map(of).collect::<Result<Vec<_>, _>>()?;
            names.insert(node.text(2)?, Slot::Row(inputs.len() + steps.len()));
            steps.push((operation, from));
            if inputs.len() + steps.len() > MOST {
                return Err(PredictorError::Kind("it has more operations than a regression needs"));
            }
        }
        let outputs: Vec<Message> = graph.parts(12).collect::<Result<_, _>>()?;
        let [output] = outputs[..] else {
            return Err(PredictorError::Kind("it does not have one output"));
        };
        let result = names.get(output.text(1)?).copied();
        let result = result.ok_or(PredictorError::Damaged("no operation writes its output"))?;
        Ok(Self { inputs, constants, steps, result })
    }

    /// Whether it takes rows of so many features, by its word and by a row that is tried.
    ///
    /// # Errors
    /// [`PredictorError::Columns`], or what [`Onnx::predict`] finds.
    pub fn check(&self, features: usize) -> Result<(), PredictorError> {
        let columns = match self.inputs[..] {
            [columns] => columns,
            _ => Some(self.inputs.len()),
        };
        if columns.is_some_and(|columns| columns != features) || features > MOST {
            return Err(PredictorError::Columns { model: columns.unwrap_or(MOST), card: features });
        }
        self.predict(&vec![0.0; features]).map(|_| ())
    }

    /// The answer for one row of features; what cannot be computed is not finite.
    ///
    /// # Errors
    /// A row that is too short or too long, or an operation that does not fit the one before it.
    pub fn predict(&self, row: &[f64]) -> Result<f64, PredictorError> {
        let mut rows: Vec<Vec<f64>> = match self.inputs.len() {
            1 => vec![row.to_vec()],
            count if count == row.len() => row.iter().map(|feature| vec![*feature]).collect(),
            count => return Err(PredictorError::Columns { model: count, card: row.len() }),
        };
        for (op, from) in &self.steps {
            let done = self.run(op, from, &rows).filter(|done| done.len() <= MOST);
            let why = "does not fit the numbers that it is given";
            rows.push(done.ok_or(PredictorError::Misfit { operation: op.name, why })?);
        }
        match self.numbers(self.result, &rows) {
            [answer] => Ok(*answer),
            _ => Err(PredictorError::Damaged("its output is not one number a row")),
        }
    }

    fn numbers<'a>(&'a self, slot: Slot, rows: &'a [Vec<f64>]) -> &'a [f64] {
        match slot {
            Slot::Row(row) => &rows[row],
            Slot::Constant(constant) => &self.constants[constant].numbers,
        }
    }

    /// A step's row; nothing when what it reads does not fit.
    fn run(&self, op: &Op, from: &[Slot], rows: &[Vec<f64>]) -> Option<Vec<f64>> {
        let constant = |slot: &Slot| match slot {
            Slot::Constant(constant) => Some(&self.constants[*constant]),
            Slot::Row(_) => None,
        };
        // The first operand is a row, except where two are combined.
        let row = match from.first()? {
            Slot::Row(row) => rows[*row].as_slice(),
            Slot::Constant(_) if matches!(op.work, Work::Both(_)) => &[],
            Slot::Constant(_) => return None,
        };
        let single = |value: &f64| f64::from(*value as f32);
        match (&op.work, &from[1..]) {
            (Work::Same, _) => Some(row.to_vec()),
            (Work::Single, []) => Some(row.iter().map(single).collect()),
            (Work::Reshape, [shape]) => {
                let columns = *constant(shape)?.numbers.last()?;
                columns.total_cmp(&(row.len() as f64)).is_eq().then(|| row.to_vec())
            }
            (Work::Join, _) => {
                let parts = from.iter().map(|slot| match slot {
                    Slot::Row(row) => Some(rows[*row].as_slice()),
                    Slot::Constant(_) => None,
                });
                Some(parts.collect::<Option<Vec<_>>>()?.concat())
            }
            (Work::Scale { offset, scale }, []) => {
                let moved = both(row, offset, |one, other| one - other)?;
                both(&moved, scale, |one, other| one * other)
            }
            (Work::Dot { coefficients, intercept }, []) => {
                Some(vec![product(row, coefficients)? + intercept])
            }
            (Work::MatMul, [matrix]) => {
                let matrix = constant(matrix)?;
                let is_column = matches!(matrix.shape[..], [_] | [_, 1]);
                is_column.then(|| product(row, &matrix.numbers)).flatten().map(|sum| vec![sum])
            }
            (Work::Both(work), [second]) => match (constant(&from[0]), constant(second)) {
                (None, None) => both(row, self.numbers(*second, rows), *work),
                (None, Some(tensor)) => both(row, tensor.row()?, *work),
                (Some(tensor), None) => {
                    both(self.numbers(*second, rows), tensor.row()?, |one, other| work(other, one))
                }
                (Some(_), Some(_)) => None,
            },
            (Work::Trees(trees), []) => Some(vec![trees.answer(row)?]),
            _ => None,
        }
    }
}

impl Tensor {
    fn read(message: Message<'_>) -> Result<Self, PredictorError> {
        let shape = message.integers(1)?;
        let raw: Vec<&[u8]> = message.bytes(9).collect::<Result<_, _>>()?;
        let numbers = match (message.integer(2)?, &raw[..]) {
            (Some(FLOAT), []) => message.floats(4)?,
            (Some(FLOAT), [raw]) => {
                pieces(raw)?.iter().map(|four| f32::from_le_bytes(*four).into()).collect()
            }
            (Some(INTEGER), []) => whole(&message.integers(7)?),
            (Some(INTEGER), [raw]) => {
                let integers: Vec<i64> =
                    pieces(raw)?.iter().map(|eight| i64::from_le_bytes(*eight)).collect();
                whole(&integers)
            }
            (Some(DOUBLE), raw) => {
                let packed: Vec<&[u8]> = message.bytes(10).collect::<Result<_, _>>()?;
                let [packed] = [&packed[..], raw].concat()[..] else {
                    return Err(PredictorError::Damaged("a tensor has no numbers"));
                };
                pieces(packed)?.iter().map(|eight| f64::from_le_bytes(*eight)).collect()
            }
            _ => return Err(PredictorError::Damaged("a tensor holds no numbers of a known type")),
        };
        let count = shape.iter().try_fold(1_i64, |count, length| count.checked_mul(*length));
        if shape.iter().any(|length| *length < 0) || count != i64::try_from(numbers.len()).ok() {
            return Err(PredictorError::Damaged("a tensor has more or fewer numbers than it says"));
        }
        Ok(Self { shape, numbers: finite(numbers)? })
    }

    /// The numbers as one row.
    fn row(&self) -> Option<&[f64]> {
        matches!(self.shape[..], [] | [_] | [1, _]).then_some(&self.numbers)
    }
}

/// Whole numbers here are lengths and −1.
fn whole(integers: &[i64]) -> Vec<f64> {
    integers.iter().map(|integer| *integer as f64).collect()
}

/// The columns of an input, where it says how many.
fn columns(input: Message<'_>) -> Result<Option<usize>, PredictorError> {
    let tensor = input.part(2)?.part(1)?;
    if !matches!(tensor.integer(1)?, Some(FLOAT | DOUBLE)) {
        return Err(PredictorError::Kind("an input is not of numbers with a fraction"));
    }
    let lengths: Vec<Message> = tensor.part(2)?.parts(1).collect::<Result<_, _>>()?;
    let [_, columns] = lengths[..] else {
        return Err(PredictorError::Kind("an input is not a table"));
    };
    let columns = columns.integer(1)?.filter(|columns| *columns > 0);
    columns
        .map(|columns| usize::try_from(columns).map_err(|_| PredictorError::Damaged("an input is too wide")))
        .transpose()
}

/// Two rows as one, where the second one may be a single number.
fn both(row: &[f64], other: &[f64], work: impl Fn(f64, f64) -> f64) -> Option<Vec<f64>> {
    match other {
        [other] => Some(row.iter().map(|one| work(*one, *other)).collect()),
        _ if row.len() == other.len() => {
            Some(row.iter().zip(other).map(|(one, other)| work(*one, *other)).collect())
        }
        _ => None,
    }
}

fn product(row: &[f64], coefficients: &[f64]) -> Option<f64> {
    let sum = || row.iter().zip(coefficients).map(|(one, other)| one * other).sum();
    (row.len() == coefficients.len()).then(sum)
}
