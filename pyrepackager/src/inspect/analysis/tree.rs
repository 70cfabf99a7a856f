//! Who takes how much of an executable.
//!
//! The leaves add up to the file: what no module and no file accounts for is machine code, tables or padding.

use std::collections::BTreeMap;

use pyresources::{Kind, install};
use serde::Serialize;

use super::contents::{Contents, Item};
use super::{code, title};
use crate::inspect::Executable;
use crate::inspect::record::{BuildRecord, Owner};

/// Something that takes room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What it is called where it stands: without what stands above.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// Bytes that it takes in the executable, with all that is below it. Equal contents are stored once, and are
    /// counted where they come first.
    pub stored: u64,
    /// Bytes that these stand for.
    pub unpacked: u64,
    /// What these bytes are; of a leaf.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What is below it, the largest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

/// Kinds of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// The file.
    Executable,
    /// The interpreter, its extension modules, the libraries that they link, `pyembed`.
    MachineCode,
    /// A part of that, by purpose.
    Section,
    /// The standard library.
    Stdlib,
    /// A Python distribution.
    Distribution,
    /// The application's own modules and files.
    Application,
    /// Libraries of the machine of the build, or something of an owner that is not known.
    Other,
    /// What the packager adds: index, import system, settings.
    Packager,
    /// A package, or a folder.
    Package,
    /// A module.
    Module,
    /// A file that is no module.
    File,
    /// A shared object.
    Library,
}

/// Bytes of one sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The sort.
    pub kind: PartKind,
    /// Bytes that it takes.
    pub stored: u64,
    /// Bytes that these stand for.
    pub unpacked: u64,
}

/// Sorts of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// Of modules.
    Bytecode,
    /// Of modules.
    Source,
    /// Of files.
    File,
    /// Of shared objects.
    Library,
    /// The parts of the import system.
    ImportSystem,
    /// What the interpreter is told when it starts.
    Settings,
    /// What the build says of itself.
    Record,
    /// The index, and tables with it.
    Index,
}

impl PartKind {
    /// Whether it is the packager's own, and no module's or file's.
    #[must_use]
    pub fn is_own(self) -> bool {
        self >= Self::ImportSystem
    }

    /// What it is called.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Bytecode => "bytecode",
            Self::Source => "source",
            Self::File => "file",
            Self::Library => "library",
            Self::ImportSystem => "import system",
            Self::Settings => "settings",
            Self::Record => "build record",
            Self::Index => "index",
        }
    }
}

impl Node {
    fn leaf(name: impl Into<String>, kind: NodeKind, parts: Vec<Part>) -> Self {
        let stored = parts.iter().map(|part| part.stored).sum();
        let unpacked = parts.iter().map(|part| part.unpacked).sum();
        Self { name: name.into(), kind, stored, unpacked, parts, children: Vec::new() }
    }

    /// A leaf that is stored as it is.
    pub(super) fn plain(name: impl Into<String>, kind: NodeKind, bytes: u64) -> Self {
        Self { stored: bytes, unpacked: bytes, ..Self::leaf(name, kind, Vec::new()) }
    }

    pub(super) fn with(name: impl Into<String>, kind: NodeKind, mut children: Vec<Self>) -> Self {
        children.sort_by(|a, b| b.stored.cmp(&a.stored).then_with(|| a.name.cmp(&b.name)));
        Self {
            stored: children.iter().map(|child| child.stored).sum(),
            unpacked: children.iter().map(|child| child.unpacked).sum(),
            children,
            ..Self::leaf(name, kind, Vec::new())
        }
    }

    /// How many nodes of a kind are in it.
    #[must_use]
    pub fn count(&self, kind: NodeKind) -> usize {
        let below: usize = self.children.iter().map(|child| child.count(kind)).sum();
        below + usize::from(self.kind == kind)
    }

    /// Its leaves, with the names of those above each, itself left out.
    #[must_use]
    pub fn leaves(&self) -> Vec<(Vec<&str>, &Self)> {
        let mut all = Vec::new();
        let mut open: Vec<(Vec<&str>, &Self)> = vec![(Vec::new(), self)];
        while let Some((path, node)) = open.pop() {
            if node.children.is_empty() {
                all.push((path, node));
                continue;
            }
            for child in node.children.iter().rev() {
                let mut path = path.clone();
                path.push(child.name.as_str());
                open.push((path, child));
            }
        }
        all
    }
}

/// Builds the tree.
pub(super) fn build(executable: &Executable, contents: Contents<'_>, record: &BuildRecord) -> Node {
    let packed = executable.place().len() as u64;
    let mut owners: BTreeMap<Option<Owner>, Vec<Item>> = BTreeMap::new();
    for item in contents.items {
        owners.entry(item.owner.clone()).or_default().push(item);
    }
    let own_items = owners.remove(&Some(Owner::Packager)).unwrap_or_default();
    let mut children: Vec<Node> =
        owners.into_iter().map(|(owner, items)| of_owner(owner.as_ref(), items, record)).collect();
    let mut own: Vec<Node> = folders(own_items);
    let mut used = children.iter().chain(&own).map(|child| child.stored).sum::<u64>();
    for (kind, stored) in contents.own {
        used += stored;
        if kind != PartKind::Index {
            own.push(Node::plain(kind.noun(), NodeKind::File, stored));
        } else {
            used -= stored;
        }
    }
    own.push(Node::plain("index", NodeKind::File, packed.saturating_sub(used)));
    children.push(Node::with("PyOxidizer", NodeKind::Packager, own));
    children.push(code::node(executable));
    let mut root = Node::with(super::file_name(executable), NodeKind::Executable, children);
    // A damaged file could say that its parts overlap.
    root.stored = executable.bytes().len() as u64;
    root
}

fn of_owner(owner: Option<&Owner>, items: Vec<Item>, record: &BuildRecord) -> Node {
    let (name, kind) = match owner {
        Some(Owner::Stdlib) => ("Python standard library".to_owned(), NodeKind::Stdlib),
        Some(Owner::Distribution(project)) => (title(record, project), NodeKind::Distribution),
        Some(Owner::Application) => ("own modules and files".to_owned(), NodeKind::Application),
        Some(Owner::System) => ("libraries of the build's machine".to_owned(), NodeKind::Other),
        Some(Owner::Packager) => ("PyOxidizer".to_owned(), NodeKind::Packager),
        None => ("of nobody known".to_owned(), NodeKind::Other),
    };
    Node::with(name, kind, folders(items))
}

/// A folder or package on the way to a tree.
#[derive(Default)]
struct Folder {
    leaves: Vec<Node>,
    folders: BTreeMap<String, Folder>,
}

impl Folder {
    fn nodes(self) -> Vec<Node> {
        let folders = self.folders.into_iter();
        let folders =
            folders.map(|(name, folder)| Node::with(name, NodeKind::Package, folder.nodes()));
        self.leaves.into_iter().chain(folders).collect()
    }
}

/// Puts items into packages and folders.
fn folders(items: Vec<Item>) -> Vec<Node> {
    let mut root = Folder::default();
    for Item { name, kind, is_package, parts, .. } in items {
        let kind = match kind {
            Kind::Module => NodeKind::Module,
            Kind::SharedLibrary => NodeKind::Library,
            _ => NodeKind::File,
        };
        let mut names: Vec<&str> = install::split(&name).1.split('/').collect();
        if is_package {
            names.push("__init__");
        }
        let Some(last) = names.pop() else { continue };
        let mut folder = &mut root;
        for name in names {
            folder = folder.folders.entry(name.to_owned()).or_default();
        }
        folder.leaves.push(Node::leaf(last, kind, parts));
    }
    root.nodes()
}
