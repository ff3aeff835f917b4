//! The parallel fold over the rows of any number of inputs.
//!
//! Threads take blocks in input order: blocks of a plain file at once (`file.rs`), those of a
//! stream one after the other (`stream.rs`). Each block is folded into a result of its own,
//! and the results are merged in input order, so that nothing depends on the number of threads.

use super::block::Block;
use super::dates::DateOrder;
use super::encoding::Charset;
use super::gather::{Gather, Part};
use super::job::{Fold, Job};
use super::report::{Progress, Refusal, Report};
use super::row::Row;
use super::rows::Tally;
use crate::cores;
use crate::error::Error;
use encoding_rs::Encoding;
use std::collections::VecDeque;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// One input.
pub struct Input<'i> {
    /// Path as the user named it, `-` for standard input, `a.zip:b.csv` for a member.
    pub source: Arc<str>,
    /// Where its bytes come from.
    pub body: Body<'i>,
}

/// Where the bytes of an input come from.
pub enum Body<'i> {
    /// A plain file: read in blocks at any place, on all cores.
    File(PathBuf),
    /// Bytes in memory, read like a file.
    Bytes(&'i [u8]),
    /// Anything that can only be read from its beginning: standard input, an archive's member.
    Stream(Box<dyn Read + Send + 'i>),
}

/// How to read.
#[derive(Debug, Clone)]
pub struct Options<'o> {
    /// Threads; 0 for as many as the machine has cores.
    pub threads: usize,
    /// Bytes of a file that are read together.
    pub block: usize,
    /// Most bytes of a row; a longer one is refused. Excel's longest cell has 32,767 characters, and
    /// traces have been seen with cells of some tens of kilobytes.
    pub longest_row: usize,
    /// Whether the first refused row ends it all.
    pub strict: bool,
    /// Refusals kept with their cell; all are counted.
    pub refusals: usize,
    /// Charset of files without byte order mark.
    pub encoding: Option<&'static Encoding>,
    /// How dates with the year last are read; settled per file if not said.
    pub date_order: Option<DateOrder>,
    /// Where to tell how far the reading is.
    pub progress: Option<&'o Progress>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            threads: 0,
            // together with its index, less than the cache of a core
            block: 256 << 10,
            longest_row: 4 << 20,
            strict: false,
            refusals: 100,
            encoding: None,
            date_order: None,
            progress: None,
        }
    }
}

/// Folds every row of `inputs` into one result, on all cores.
///
/// `make` gives a worker for the rows of a block, `each` hands it a row or says why it cannot be
/// taken, `end` takes the block's result from it, `merge` adds a result of later rows to one of
/// earlier rows. All of a block is done by one thread, so that a worker may borrow what its thread
/// has at hand; a result may wait for those before it. Whatever the number of threads and the size
/// of blocks, the result is that of adding all rows one after the other, if `merge` is what that
/// would be.
///
/// Inputs that cannot be read are told in the report, and the rest goes on.
///
/// # Errors
///
/// With [`Options::strict`], the first row that is refused.
pub fn read<W, A: Send>(
    inputs: Vec<Input<'_>>,
    options: &Options<'_>,
    make: impl Fn() -> W + Sync,
    each: impl Fn(&mut W, &Row<'_>) -> Result<(), Refusal> + Sync,
    end: impl Fn(W) -> A + Sync,
    merge: impl Fn(&mut A, A) + Sync,
) -> Result<(A, Report), Error> {
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    if let Some(progress) = options.progress {
        progress.total.fetch_add(inputs.iter().map(known_size).sum(), Ordering::Relaxed);
    }
    // Strict reading names its first refusal, however few are kept.
    let refusals = options.refusals.max(usize::from(options.strict));
    let fold = Fold { make: &make, each: &each, end: &end, refusals };
    let gather = Gather::new(&merge, refusals, options.strict, threads);
    let queue = Queue::new(inputs);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work(&queue, options, &fold, &gather));
        }
        if threads > 1 {
            cores::make_way();
        }
        work(&queue, options, &fold, &gather);
    });
    let (result, report) = gather.finish()?;
    Ok((result.unwrap_or_else(|| end(make())), report))
}

/// Bytes of an input, if that is known before it is read.
fn known_size(input: &Input<'_>) -> u64 {
    match &input.body {
        Body::File(path) => {
            std::fs::metadata(path).map_or(0, |meta| if meta.is_file() { meta.len() } else { 0 })
        }
        Body::Bytes(bytes) => bytes.len() as u64,
        Body::Stream(_) => 0,
    }
}

/// What one thread does until nothing is left.
fn work<'i, W, A>(
    queue: &Queue<'i>,
    options: &Options<'_>,
    fold: &Fold<'_, W, A>,
    gather: &Gather<'_, A>,
) {
    let mut block = Block::new(Charset::Utf8);
    while !gather.is_stopped() {
        match queue.take() {
            Some(Task::Open(number, input)) => {
                let source = Arc::clone(&input.source);
                match Job::open(input, options) {
                    Ok(job) => queue.opened(number, Some(job)),
                    Err(error) => {
                        queue.opened(number, None);
                        gather.submit((number, 0), Part::unopened(source, error));
                    }
                }
            }
            Some(Task::Work(number, job)) => match job.work(&mut block, fold) {
                Some((at, part)) => {
                    if let Some(progress) = options.progress {
                        progress.bytes.fetch_add(part.bytes, Ordering::Relaxed);
                        progress.rows.fetch_add(part.tally.counts.read, Ordering::Relaxed);
                    }
                    gather.submit((number, at), part);
                }
                None => queue.exhausted(number),
            },
            None => return,
        }
    }
    queue.stop();
}

impl<A> Part<A> {
    /// What comes of an input that cannot be read at all.
    fn unopened(source: Arc<str>, error: Error) -> Self {
        Part {
            source,
            definition: None,
            result: None,
            tally: Tally::default(),
            bytes: 0,
            notes: Vec::new(),
            error: Some(error),
            first: true,
            last: true,
        }
    }
}

/// What is to be done, in input order.
struct Queue<'i> {
    state: Mutex<Waiting<'i>>,
    changed: Condvar,
}

struct Waiting<'i> {
    inputs: VecDeque<(usize, Input<'i>)>,
    /// Open inputs of which parts are left, earliest first.
    jobs: VecDeque<(usize, Arc<Job<'i>>)>,
    /// Inputs that are being opened by some thread.
    opening: usize,
}

enum Task<'i> {
    Open(usize, Input<'i>),
    Work(usize, Arc<Job<'i>>),
}

impl<'i> Queue<'i> {
    fn new(inputs: Vec<Input<'i>>) -> Self {
        let inputs = inputs.into_iter().enumerate().collect();
        let state = Waiting { inputs, jobs: VecDeque::new(), opening: 0 };
        Queue { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next thing to do; waits where another thread is opening the last input.
    fn take(&self) -> Option<Task<'i>> {
        let mut state = self.lock();
        loop {
            if let Some((number, job)) = state.jobs.front() {
                return Some(Task::Work(*number, Arc::clone(job)));
            }
            if let Some((number, input)) = state.inputs.pop_front() {
                state.opening += 1;
                return Some(Task::Open(number, input));
            }
            if state.opening == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn opened(&self, number: usize, job: Option<Job<'i>>) {
        let mut state = self.lock();
        state.opening = state.opening.saturating_sub(1);
        if let Some(job) = job {
            let at = state.jobs.partition_point(|(other, _)| *other < number);
            state.jobs.insert(at, (number, Arc::new(job)));
        }
        self.changed.notify_all();
    }

    fn exhausted(&self, number: usize) {
        self.lock().jobs.retain(|(other, _)| *other != number);
    }

    /// Leaves nothing to do.
    fn stop(&self) {
        let mut state = self.lock();
        state.inputs.clear();
        state.jobs.clear();
        state.opening = 0;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<'i>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
