//! The threads that decode: one pool a number of threads, shared by all reads of the process.

use crate::error::{ErrorKind, Result};
use rayon::ThreadPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Pools by process and number of threads: the threads of a pool do not survive a fork, so a child makes its own.
type Pools = HashMap<(u32, usize), Arc<ThreadPool>>;

static POOLS: Mutex<Option<Pools>> = Mutex::new(None);

/// The pool of `threads` threads.
pub(super) fn get(threads: usize) -> Result<Arc<ThreadPool>> {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    let pools = pools.get_or_insert_default();
    if let Some(pool) = pools.get(&(process, threads)) {
        return Ok(Arc::clone(pool));
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|at| format!("fast-csv-{at}"))
        .build()
        .map_err(|error| ErrorKind::Internal(format!("no pool of {threads} threads: {error}")))?;
    let pool = Arc::new(pool);
    pools.insert((process, threads), Arc::clone(&pool));
    Ok(pool)
}
