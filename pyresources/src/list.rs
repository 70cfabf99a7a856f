//! Listing entries in their order, with binary search instead of walks.

use core::iter::FusedIterator;
use core::ops::Range;

use crate::entry::Entry;
use crate::error::FormatError;
use crate::layout::Kind;
use crate::read::Resources;

/// Iterator over entries that follow one another.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    resources: Resources<'a>,
    /// The positions to come, or why they cannot be known.
    range: Result<Range<u32>, FormatError>,
}

/// Iterator over what lies directly in a package or folder.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    kind: Kind,
    /// Bytes of each name that stand before the children's own names.
    prefix_length: usize,
    below: Entries<'a>,
}

/// One of the names in a package or folder.
#[derive(Clone, Copy, Debug)]
pub struct Child<'a> {
    /// The last component of its name.
    pub name: &'a str,
    /// The entry of exactly that name; `None` for a folder, which is there only by what is in it.
    pub entry: Option<Entry<'a>>,
    /// Whether anything lies below it.
    pub has_children: bool,
}

/// What parts the components of a name.
const SEPARATOR: u8 = b'/';

/// The start of names of one kind.
#[derive(Clone, Copy)]
struct Prefix<'p> {
    kind: Kind,
    text: &'p str,
    /// Whether the separator follows the text.
    is_folder: bool,
}

impl Prefix<'_> {
    /// Whether an entry sorts before everything that starts like this.
    fn is_behind(self, entry: &Entry<'_>) -> bool {
        let start = self.text.bytes().chain(self.is_folder.then_some(SEPARATOR));
        entry.kind().cmp(&self.kind).then_with(|| entry.name().bytes().cmp(start)).is_lt()
    }

    fn starts(self, entry: &Entry<'_>) -> bool {
        let rest = entry.name().as_bytes().strip_prefix(self.text.as_bytes());
        entry.kind() == self.kind
            && rest.is_some_and(|rest| !self.is_folder || rest.first() == Some(&SEPARATOR))
    }
}

impl<'a> Resources<'a> {
    /// First position of `range` whose entry is not `wanted`, all that are being at its start.
    fn partition(
        &self,
        mut range: Range<u32>,
        wanted: impl Fn(&Entry<'a>) -> bool,
    ) -> Result<u32, FormatError> {
        while range.start < range.end {
            let middle = range.start + (range.end - range.start) / 2;
            if wanted(&self.entry(middle)?) {
                range.start = middle + 1;
            } else {
                range.end = middle;
            }
        }
        Ok(range.start)
    }

    /// As `partition`, in steps that grow from the start, for a run that is probably short.
    fn partition_near(
        &self,
        range: Range<u32>,
        wanted: impl Fn(&Entry<'a>) -> bool,
    ) -> Result<u32, FormatError> {
        let (mut start, mut step) = (range.start, 1);
        while range.end - start > step && wanted(&self.entry(start + step)?) {
            start += step;
            step = step.saturating_mul(2);
        }
        self.partition(start..range.end.min(start.saturating_add(step)), wanted)
    }

    fn range(&self, prefix: Prefix<'_>) -> Result<Range<u32>, FormatError> {
        // The header counts entries in 32 bits.
        let end = self.entries.len() as u32;
        let start = self.partition(0..end, |entry| prefix.is_behind(entry))?;
        Ok(start..self.partition(start..end, |entry| prefix.starts(entry))?)
    }
}

impl<'a> Entries<'a> {
    pub(crate) fn all(resources: Resources<'a>) -> Self {
        Self { resources, range: Ok(0..resources.entries.len() as u32) }
    }

    pub(crate) fn below(resources: Resources<'a>, kind: Kind, text: &str) -> Self {
        let range = resources.range(Prefix { kind, text, is_folder: false });
        Self { resources, range }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.range {
            Ok(range) => range.next().map(|index| self.resources.entry(index)),
            Err(error) => {
                let error = *error;
                self.range = Ok(0..0);
                Some(Err(error))
            }
        }
    }
}

impl FusedIterator for Entries<'_> {}

impl<'a> Children<'a> {
    pub(crate) fn of(resources: Resources<'a>, kind: Kind, folder: &str) -> Self {
        let is_folder = !folder.is_empty();
        let prefix_length = folder.len() + usize::from(is_folder);
        let range = resources.range(Prefix { kind, text: folder, is_folder });
        Self { kind, prefix_length, below: Entries { resources, range } }
    }

    /// The child that `first` is or lies in; `None` when it was given already.
    ///
    /// An entry `a` sorts before `a-b`, and that before `a/c`: what lies below a child need not
    /// follow it at once, but lies together.
    fn child(&mut self, first: Entry<'a>) -> Result<Option<Child<'a>>, FormatError> {
        let Ok(rest) = &mut self.below.range else { return Ok(None) };
        let resources = self.below.resources;
        let full = first.name();
        let damaged = FormatError::Entry { index: rest.start - 1 };
        let own = full.get(self.prefix_length..).ok_or(damaged)?;
        let Some(length) = own.bytes().position(|byte| byte == SEPARATOR) else {
            let below = Prefix { kind: self.kind, text: full, is_folder: true };
            let start = resources.partition_near(rest.clone(), |entry| below.is_behind(entry))?;
            let has_children = start < rest.end && below.starts(&resources.entry(start)?);
            return Ok(Some(Child { name: own, entry: Some(first), has_children }));
        };
        let text = &full[..self.prefix_length + length];
        let below = Prefix { kind: self.kind, text, is_folder: true };
        rest.start = resources.partition_near(rest.clone(), |entry| below.starts(entry))?;
        if resources.find(self.kind, text)?.is_some() {
            return Ok(None);
        }
        Ok(Some(Child { name: &own[..length], entry: None, has_children: true }))
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<Child<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.below.next()?.and_then(|first| self.child(first)) {
                Ok(Some(child)) => return Some(Ok(child)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl FusedIterator for Children<'_> {}
