//! Trees of decisions: `TreeEnsembleRegressor`, what skl2onnx makes of a gradient boosting and of a random forest.
//!
//! <https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html>

use super::PredictorError;
use super::node::Node;

/// Whether a walk goes on by the true side: of a feature and a node's value.
type Mode = fn(&f64, &f64) -> bool;

/// How a node compares a feature with its value; a leaf compares nothing.
const MODES: [(&str, Mode); 6] = [
    ("BRANCH_LEQ", f64::le),
    ("BRANCH_LT", f64::lt),
    ("BRANCH_GTE", f64::ge),
    ("BRANCH_GT", f64::gt),
    ("BRANCH_EQ", f64::eq),
    ("BRANCH_NEQ", f64::ne),
];

/// Attributes of the operation that are read, or that say nothing about the answer: a node's hit rate, and where a
/// missing feature goes, as none is ever missing.
pub(super) const ATTRIBUTES: &[&str] = &[
    "aggregate_function",
    "base_values",
    "n_targets",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_nodeids",
    "nodes_treeids",
    "nodes_truenodeids",
    "nodes_values",
    "post_transform",
    "target_ids",
    "target_nodeids",
    "target_treeids",
    "target_weights",
];

/// A forest with one answer.
#[derive(Debug, Clone)]
pub(super) struct Trees {
    branches: Vec<Branch>,
    roots: Vec<usize>,
    /// Added to the answer.
    base: f64,
    /// What the sum of the leaves is multiplied by.
    share: f64,
    /// Features needed.
    width: usize,
}

/// Sixteen bytes: a walk waits for little else than these.
#[derive(Debug, Clone, Copy)]
enum Branch {
    Leaf(f64),
    /// A place in [`MODES`], and places among the branches.
    Test {
        mode: u8,
        feature: u16,
        value: f32,
        yes: u32,
        no: u32,
    },
}

/// Nodes by tree and number, sorted, with their places in the file.
struct Places(Vec<(i64, i64, usize)>);

impl Places {
    fn new(trees: &[i64], nodes: &[i64]) -> Result<Self, PredictorError> {
        let pairs = trees.iter().zip(nodes).enumerate();
        let mut places: Vec<_> = pairs.map(|(place, (tree, node))| (*tree, *node, place)).collect();
        places.sort_unstable();
        if places.windows(2).any(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            return Err(PredictorError::Damaged("a tree has two nodes of one number"));
        }
        Ok(Self(places))
    }

    fn of(&self, tree: i64, node: i64) -> Result<usize, PredictorError> {
        let found = self.0.binary_search_by_key(&(tree, node), |(tree, node, _)| (*tree, *node));
        let found =
            found.map_err(|_| PredictorError::Damaged("a tree names a node that it does not have"))?;
        Ok(self.0[found].2)
    }

    fn trees(&self) -> usize {
        self.0.chunk_by(|one, other| one.0 == other.0).count()
    }
}

impl Trees {
    /// Reads the operation's attributes. Each node is reached from the root of its tree, on one way only, so every
    /// walk down a tree ends.
    pub(super) fn read(node: &Node<'_>) -> Result<Self, PredictorError> {
        let trees = node.integers("nodes_treeids")?;
        let modes = node.texts("nodes_modes")?;
        let places = Places::new(&trees, &same(node.integers("nodes_nodeids")?, trees.len())?)?;
        let yes = same(node.integers("nodes_truenodeids")?, trees.len())?;
        let no = same(node.integers("nodes_falsenodeids")?, trees.len())?;
        let features = same(node.integers("nodes_featureids")?, trees.len())?;
        let values = same(node.floats("nodes_values")?, trees.len())?;
        let modes = same(modes, trees.len())?;
        let mut leaves = leaves(node, &places)?;
        let mut width = 0;
        let mut is_child = vec![false; trees.len()];
        let mut branches = Vec::new();
        for place in 0..trees.len() {
            if modes[place] == "LEAF" {
                let weight = leaves[place].take();
                let weight = weight.ok_or(PredictorError::Damaged("a leaf of a tree has no value"))?;
                branches.push(Branch::Leaf(weight));
                continue;
            }
            let mode = (0_u8..).zip(MODES).find(|(_, (name, _))| *name == modes[place]);
            let (mode, _) = mode.ok_or(PredictorError::Damaged("a node of a tree has no known mode"))?;
            let mut child = |number| {
                let child = places.of(trees[place], number)?;
                if std::mem::replace(&mut is_child[child], true) {
                    return Err(PredictorError::Damaged("two ways lead to one node of a tree"));
                }
                small(child)
            };
            let feature = u16::try_from(features[place])
                .map_err(|_| PredictorError::Damaged("a tree names a feature that cannot be"))?;
            width = width.max(usize::from(feature) + 1);
            branches.push(Branch::Test {
                mode,
                feature,
                value: values[place] as f32,
                yes: child(yes[place])?,
                no: child(no[place])?,
            });
        }
        let roots: Vec<usize> = (0..trees.len()).filter(|place| !is_child[*place]).collect();
        if roots.is_empty() || roots.len() != places.trees() || reached(&branches, &roots) != branches.len() {
            return Err(PredictorError::Damaged("a tree goes in a circle, or has two roots"));
        }
        let share = match node.text("aggregate_function")? {
            "" | "SUM" => 1.0,
            "AVERAGE" => 1.0 / roots.len() as f64,
            _ => return Err(node.misfit("neither adds up its trees nor takes their mean")),
        };
        let base = match node.floats("base_values")?[..] {
            [] => 0.0,
            [base] => base,
            _ => return Err(node.misfit("has several answers")),
        };
        Ok(Self { branches, roots, base, share, width })
    }

    /// The answer for one row; nothing when the row is too short.
    pub(super) fn answer(&self, row: &[f64]) -> Option<f64> {
        if row.len() < self.width {
            return None;
        }
        // scikit-learn's trees read features in single precision, and their values were rounded to go with that.
        let row: Vec<f64> = row.iter().map(|feature| f64::from(*feature as f32)).collect();
        let leaf = |root: &usize| {
            let mut at = *root;
            loop {
                match self.branches[at] {
                    Branch::Leaf(weight) => return weight,
                    Branch::Test { mode, feature, value, yes, no } => {
                        let (_, test) = MODES[usize::from(mode)];
                        let is_true = test(&row[usize::from(feature)], &value.into());
                        at = if is_true { yes } else { no } as usize;
                    }
                }
            }
        };
        Some(self.roots.iter().map(leaf).sum::<f64>() * self.share + self.base)
    }
}

/// What each leaf adds, by the place of its node.
fn leaves(node: &Node<'_>, places: &Places) -> Result<Vec<Option<f64>>, PredictorError> {
    let weights = node.floats("target_weights")?;
    let trees = same(node.integers("target_treeids")?, weights.len())?;
    let nodes = same(node.integers("target_nodeids")?, weights.len())?;
    let targets = same(node.integers("target_ids")?, weights.len())?;
    if node.integer("n_targets")?.unwrap_or(1) != 1 || targets.iter().any(|target| *target != 0) {
        return Err(node.misfit("has several answers"));
    }
    let mut leaves = vec![None; places.0.len()];
    for (weight, (tree, node)) in weights.iter().zip(trees.iter().zip(&nodes)) {
        *leaves[places.of(*tree, *node)?].get_or_insert(0.0) += weight;
    }
    Ok(leaves)
}

/// Nodes on the ways down from the roots.
fn reached(branches: &[Branch], roots: &[usize]) -> usize {
    let mut open = roots.to_vec();
    let mut count = 0;
    while let Some(at) = open.pop() {
        count += 1;
        if let Branch::Test { yes, no, .. } = branches[at] {
            open.extend([yes as usize, no as usize]);
        }
    }
    count
}

fn same<T>(list: Vec<T>, length: usize) -> Result<Vec<T>, PredictorError> {
    if list.len() == length {
        return Ok(list);
    }
    Err(PredictorError::Damaged("the lists of its trees differ in length"))
}

fn small(place: usize) -> Result<u32, PredictorError> {
    u32::try_from(place).map_err(|_| PredictorError::Damaged("a tree has too many nodes"))
}
