//! Shares requests out to objects: the runtime gives each object six connections at a time.

use std::cell::RefCell;

/// The number of connections that each object has.
const CONNECTIONS: usize = 6;

/// A pool of objects, which are numbered from 0.
#[derive(Debug)]
pub struct ConnectionPool {
    /// The number of requests that each object is carrying out.
    busy: RefCell<Vec<usize>>,
    /// The most objects in the pool.
    most: usize,
}

impl ConnectionPool {
    /// Makes a pool of at most `most` objects.
    pub const fn new(most: usize) -> Self {
        Self { busy: RefCell::new(Vec::new()), most }
    }

    /// Returns the number of connections of all objects together.
    pub const fn connections(&self) -> usize {
        self.most * CONNECTIONS
    }

    /// Takes an object with a free connection; the least busy one if there is none.
    pub fn acquire(&self) -> usize {
        let mut objects = self.busy.borrow_mut();
        if objects.len() < self.most && objects.iter().all(|busy| *busy >= CONNECTIONS) {
            objects.push(0);
        }
        let free = objects.iter().enumerate().find(|(_, busy)| **busy < CONNECTIONS);
        let least = free.or_else(|| objects.iter().enumerate().min_by_key(|(_, busy)| **busy));
        let object = least.map_or(0, |(object, _)| object);
        if let Some(busy) = objects.get_mut(object) {
            *busy += 1;
        }
        object
    }

    /// Frees a connection of an object.
    pub fn release(&self, object: usize) {
        if let Some(busy) = self.busy.borrow_mut().get_mut(object) {
            *busy = busy.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ConnectionPool;

    #[test]
    fn an_object_is_added_when_all_are_busy() {
        let pool = ConnectionPool::new(2);
        let taken: Vec<usize> = (0..13).map(|_| pool.acquire()).collect();
        assert_eq!(taken, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0]);
        pool.release(1);
        assert_eq!(pool.acquire(), 1);
        assert_eq!(pool.connections(), 12);
    }
}
