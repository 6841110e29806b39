//! A trie over numbers: characters while a table is read, codes where a text is searched.

/// Nothing.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Node {
    first: u32,
    count: u32,
    /// The sequence that ends here.
    key: u32,
}

/// Sequences by what they begin with; node 0 is the root.
#[derive(Clone, Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// Label and node; those of one node lie together, by label.
    edges: Vec<(u32, u32)>,
}

impl Trie {
    /// `keys` are sequences with their numbers; of equal ones the first counts.
    pub(super) fn new(mut keys: Vec<(Vec<u32>, u32)>) -> Self {
        keys.sort();
        keys.dedup_by(|later, first| later.0 == first.0);
        let empty = Node { first: 0, count: 0, key: NONE };
        let mut made = Self { nodes: vec![empty], edges: Vec::new() };
        let mut ranges = vec![(0, keys.len(), 0)];
        for node in 0.. {
            let Some(&(mut from, to, depth)) = ranges.get(node) else { break };
            if from < to && keys[from].0.len() == depth {
                made.nodes[node].key = keys[from].1;
                from += 1;
            }
            made.nodes[node].first = made.edges.len() as u32;
            while from < to {
                let label = keys[from].0[depth];
                let same = keys[from..to].partition_point(|key| key.0[depth] == label);
                made.edges.push((label, made.nodes.len() as u32));
                made.nodes.push(empty);
                ranges.push((from, from + same, depth + 1));
                made.nodes[node].count += 1;
                from += same;
            }
        }
        made
    }

    /// The sequences with which `labels` begin, below a node: their lengths and numbers.
    pub(super) fn beginnings(
        &self,
        mut node: u32,
        labels: impl Iterator<Item = u32>,
    ) -> impl Iterator<Item = (usize, u32)> {
        let nodes = labels.map_while(move |label| {
            node = self.child(node, label)?;
            Some(self.nodes[node as usize].key)
        });
        nodes.enumerate().filter(|(_, key)| *key != NONE).map(|(at, key)| (at + 1, key))
    }

    fn child(&self, node: u32, label: u32) -> Option<u32> {
        let Node { first, count, .. } = *self.nodes.get(node as usize)?;
        let edges = &self.edges[first as usize..(first + count) as usize];
        let at = edges.partition_point(|edge| edge.0 < label);
        edges.get(at).filter(|edge| edge.0 == label).map(|edge| edge.1)
    }

    /// The number of the sequence that ends at a node.
    pub(super) fn key(&self, node: u32) -> Option<u32> {
        self.nodes.get(node as usize).map(|node| node.key).filter(|&key| key != NONE)
    }

    /// The root's labels with their nodes.
    pub(super) fn roots(&self) -> &[(u32, u32)] {
        self.nodes.first().map_or(&[], |root| &self.edges[..root.count as usize])
    }
}
