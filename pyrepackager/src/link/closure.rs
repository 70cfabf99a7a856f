//! Which symbols native objects need, and what of a distribution defines them.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::LinkError;
use super::spare::{Spare, Spares, without_unreadable};
use super::symbols::{self, ObjectKind, StaticLibrary, Symbols};
use super::system::System;

/// A symbol that nothing defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnresolvedSymbol {
    /// Its name, as the linker knows it.
    pub name: String,
    /// The object that needs it, or the library with the member in parentheses.
    pub needed_by: String,
    /// The object or library that defines it and whose licence the configuration does not permit.
    pub forbidden: Option<PathBuf>,
}

/// An object or a library that was taken for a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub spare: Spare,
    /// The symbol that is needed, and by what.
    pub symbol: String,
    pub needed_by: String,
}

/// What is missing from a set of objects and libraries.
#[derive(Debug, Default)]
pub(super) struct Missing {
    pub objects: Vec<Taken>,
    pub libraries: Vec<Taken>,
    /// Symbols that nothing here defines, in the order of their need.
    pub unresolved: Vec<UnresolvedSymbol>,
}

/// What is linked, and what there is beside it.
pub(super) struct Inputs<'a> {
    /// What native objects for the target are.
    pub kind: ObjectKind,
    /// Native objects that are linked.
    pub objects: &'a [PathBuf],
    /// Static libraries that are linked.
    pub libraries: &'a [Rc<StaticLibrary>],
    /// Symbols that the table of built-in modules needs.
    pub wanted: &'a [String],
    /// Symbols that it defines.
    pub known: &'a [String],
    /// What may be linked as well.
    pub spares: &'a Spares,
    /// The operating system's libraries.
    pub system: &'a System,
}

/// Looks for everything that the objects and the table of built-in modules need.
pub(super) fn missing(inputs: &Inputs<'_>) -> Result<Missing, LinkError> {
    let mut closure = Closure {
        inputs,
        defined: inputs.known.iter().cloned().collect(),
        queue: VecDeque::new(),
        libraries: inputs.libraries.to_vec(),
        members: HashSet::new(),
        from_system: BTreeSet::new(),
        index: None,
        missing: Missing::default(),
    };
    for object in inputs.objects {
        closure.add(Symbols::of_file(object)?, object, None);
    }
    let table: Rc<Path> = Path::new("the table of built-in modules").into();
    closure.queue.extend(inputs.wanted.iter().map(|symbol| Need {
        symbol: symbol.clone(),
        file: table.clone(),
        member: None,
    }));
    closure.run()?;
    Ok(closure.missing)
}

/// A symbol that something needs.
struct Need {
    symbol: String,
    file: Rc<Path>,
    member: Option<Rc<str>>,
}

impl Need {
    fn by(&self) -> String {
        match &self.member {
            Some(member) => format!("{}({member})", self.file.display()),
            None => self.file.display().to_string(),
        }
    }
}

struct Closure<'a> {
    inputs: &'a Inputs<'a>,
    defined: HashSet<String>,
    queue: VecDeque<Need>,
    /// Named by the distribution, then those that were taken.
    libraries: Vec<Rc<StaticLibrary>>,
    members: HashSet<(usize, usize)>,
    /// Symbols that the operating system defines. A library that is taken later goes before it.
    from_system: BTreeSet<String>,
    /// Read when the first symbol is missing, which it mostly is not.
    index: Option<Index>,
    missing: Missing,
}

/// What the spare objects and libraries define.
struct Index {
    objects: HashMap<String, usize>,
    /// `None` for what is no library.
    libraries: Vec<Option<Rc<StaticLibrary>>>,
}

/// Where a missing symbol is.
enum Found {
    Object(usize),
    Library(usize, Rc<StaticLibrary>),
}

impl Closure<'_> {
    fn add(&mut self, symbols: Symbols, file: &Path, member: Option<&str>) {
        self.defined.extend(symbols.defined);
        let (file, member): (Rc<Path>, Option<Rc<str>>) = (file.into(), member.map(Rc::from));
        self.queue.extend(symbols.undefined.into_iter().map(|symbol| Need {
            symbol,
            file: file.clone(),
            member: member.clone(),
        }));
    }

    fn run(&mut self) -> Result<(), LinkError> {
        while let Some(need) = self.queue.pop_front() {
            if self.defined.contains(&need.symbol) || self.take_member(&need.symbol)? {
                continue;
            }
            if self.inputs.system.defines(&need.symbol) {
                self.from_system.insert(need.symbol);
                continue;
            }
            self.take_spare(&need)?;
            // Each symbol is looked for once, whatever came of it.
            self.defined.insert(need.symbol);
        }
        Ok(())
    }

    /// Adds the member of a library that defines a symbol, if one does.
    fn take_member(&mut self, symbol: &str) -> Result<bool, LinkError> {
        let find = |(index, library): (usize, &Rc<StaticLibrary>)| {
            Some((index, library.member_with(symbol)?))
        };
        let Some(found) = self.libraries.iter().enumerate().find_map(find) else {
            return Ok(false);
        };
        if self.members.insert(found) {
            let library = self.libraries[found.0].clone();
            let (name, symbols) = library.member(found.1)?;
            self.add(symbols, &library.path, Some(name));
        }
        Ok(true)
    }

    /// Adds the spare object or library that defines a symbol, if there is one and it may be used.
    fn take_spare(&mut self, need: &Need) -> Result<(), LinkError> {
        let spares = self.inputs.spares;
        let Some(found) = self.index()?.find(&need.symbol, spares) else {
            self.unresolved(need, None);
            return Ok(());
        };
        let spare = match &found {
            Found::Object(index) => &spares.objects[*index],
            Found::Library(index, _) => &spares.libraries[*index],
        };
        if !spare.permitted {
            self.unresolved(need, Some(spare.path.clone()));
            return Ok(());
        }
        let (symbol, needed_by) = (need.symbol.clone(), need.by());
        let taken = Taken { spare: spare.clone(), symbol, needed_by };
        match found {
            Found::Object(_) => {
                self.add(Symbols::of_file(&spare.path)?, &spare.path, None);
                self.missing.objects.push(taken);
            }
            Found::Library(_, library) => {
                // The linker looks into static libraries before it looks into the system's.
                let found = std::mem::take(&mut self.from_system);
                let (moved, left): (BTreeSet<_>, _) =
                    found.into_iter().partition(|symbol| library.member_with(symbol).is_some());
                self.from_system = left;
                self.libraries.push(library);
                self.take_member(&need.symbol)?;
                for symbol in moved {
                    self.take_member(&symbol)?;
                }
                self.missing.libraries.push(taken);
            }
        }
        Ok(())
    }

    fn unresolved(&mut self, need: &Need, forbidden: Option<PathBuf>) {
        let (name, needed_by) = (need.symbol.clone(), need.by());
        self.missing.unresolved.push(UnresolvedSymbol { name, needed_by, forbidden });
    }

    fn index(&mut self) -> Result<&Index, LinkError> {
        let index = match self.index.take() {
            Some(index) => index,
            None => Index::read(self.inputs.spares, self.inputs.kind)?,
        };
        Ok(self.index.insert(index))
    }
}

impl Index {
    fn read(spares: &Spares, kind: ObjectKind) -> Result<Self, LinkError> {
        let mut objects = HashMap::new();
        for (index, spare) in spares.objects.iter().enumerate() {
            let data = fs_err::read(&spare.path)?;
            // Bitcode is linked in another way. What is no object stays out.
            if symbols::kind(&data) != Some(kind) {
                continue;
            }
            for symbol in Symbols::of_file(&spare.path)?.defined {
                objects.entry(symbol).or_insert(index);
            }
        }
        let open = |spare: &Spare| {
            let library = StaticLibrary::open(&spare.path, kind);
            without_unreadable(library.map(|library| Some(Rc::new(library))))
        };
        let libraries = spares.libraries.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { objects, libraries })
    }

    /// Where a symbol is; what may be used comes first.
    fn find(&self, symbol: &str, spares: &Spares) -> Option<Found> {
        [true, false].into_iter().find_map(|permitted| {
            if let Some(index) = self.objects.get(symbol)
                && spares.objects[*index].permitted == permitted
            {
                return Some(Found::Object(*index));
            }
            self.libraries.iter().enumerate().find_map(|(index, library)| {
                let library = library.as_ref()?;
                let is_it = spares.libraries[index].permitted == permitted
                    && library.member_with(symbol).is_some();
                is_it.then(|| Found::Library(index, library.clone()))
            })
        })
    }
}
