//! Pages that were made before. One is good as long as what it was made of is in the index.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use super::respond::Page;
use crate::model::{Project, Snapshot};
use crate::pages::Format;

/// After so many further pages those of projects that are gone are looked for.
const OUTDATED: usize = 64;

/// Pages by their names, each with what it was made of.
type Pages<N, T> = RwLock<HashMap<N, (Weak<T>, Arc<Page>)>>;

/// The pages for installers.
#[derive(Debug, Default)]
pub struct Cache {
    lists: Pages<Format, Snapshot>,
    projects: Pages<(String, Format), Project>,
}

impl Cache {
    /// The list of projects, made where it is not there.
    pub fn list<E>(
        &self,
        snapshot: &Arc<Snapshot>,
        format: Format,
        make: impl FnOnce() -> Result<Page, E>,
    ) -> Result<Arc<Page>, E> {
        let source = Arc::downgrade(snapshot);
        if let Some((made_of, page)) = read(&self.lists).get(&format)
            && made_of.ptr_eq(&source)
        {
            return Ok(Arc::clone(page));
        }
        let page = Arc::new(make()?);
        write(&self.lists).insert(format, (source, Arc::clone(&page)));
        Ok(page)
    }

    /// The page of a project, made where it is not there.
    pub fn project<E>(
        &self,
        project: &Arc<Project>,
        format: Format,
        make: impl FnOnce() -> Result<Page, E>,
    ) -> Result<Arc<Page>, E> {
        let source = Arc::downgrade(project);
        let key = (project.name.clone(), format);
        if let Some((made_of, page)) = read(&self.projects).get(&key)
            && made_of.ptr_eq(&source)
        {
            return Ok(Arc::clone(page));
        }
        let page = Arc::new(make()?);
        let mut pages = write(&self.projects);
        pages.insert(key, (source, Arc::clone(&page)));
        if pages.len().is_multiple_of(OUTDATED) {
            pages.retain(|_, (made_of, _)| made_of.strong_count() > 0);
        }
        Ok(page)
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
