//! Large blocks of memory, kept from one read to the next.
//!
//! In comes an allocator, out goes one that keeps what is freed for a while: the first touch of a fresh page costs more than
//! the values that are decoded into it, and the columns of one read are as long as those of the next. What a block holds,
//! and whose it is, this module does not know.
//!
//! # How much is kept, and how long
//!
//! A block that no kept one can serve has blocks of the same size in all given back first, as long as more than 64 MiB are
//! kept, those first that nobody took of late. So what is in use and what is kept are together no more than these beyond what
//! was once in use alone: that is all by which a read's peak can grow.
//!
//! A thread that [`Recycler::tend`] starts looks at all of it once a second. A block that nobody took for ten looks, which is
//! how long [jemalloc] keeps what is freed, is offered to the operating system, which takes its pages when it is short of
//! memory and not before, as far as it holds to that; one that nobody took for thirty looks is given back. Nothing is kept
//! while that thread is not there, and it ends when nothing has been kept for thirty looks.
//!
//! # Sizes
//!
//! A block has one of four sizes a doubling, the classes of [jemalloc], so that an allocator of that kind wastes nothing by
//! it, and so that it would take back a block by the size that was asked for.
//!
//! [jemalloc]: https://jemalloc.net/jemalloc.3.html

#![expect(unsafe_code, reason = "an allocator deals in raw memory")]

use std::alloc::{GlobalAlloc, Layout};
use std::collections::VecDeque;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The base-two logarithm of the least size, in bytes, and the number of doublings from there to the largest one.
const LEAST: u32 = 12;
const DOUBLINGS: usize = 13;
const LARGEST: usize = 1 << (LEAST as usize + DOUBLINGS);
const CLASSES: usize = 4 * DOUBLINGS + 1;
/// The alignment of every block, in bytes: that of Arrow's buffers.
const ALIGNMENT: usize = 64;
/// How often a lock is tried, which takes as long as a few blocks take to be kept.
const TRIES: usize = 200;
/// The bytes that stay when blocks make way for others.
const SPARE: usize = 64 << 20;
/// The most bytes that are kept.
const MOST: usize = 2 << 30;
/// How often kept blocks are looked at, and the looks after which one that nobody took is offered to the system and given back.
const TICK: Duration = Duration::from_secs(1);
const OFFERED: u32 = 10;
const TICKS: u32 = 30;

/// An allocator that keeps large blocks for a while, and leaves the rest to another one.
///
/// ```
/// use fast_csv::recycling::Recycler;
/// use std::alloc::System;
///
/// #[global_allocator]
/// static ALLOC: Recycler<System> = Recycler::new(System);
///
/// let first = vec![1_u8; 1 << 20];
/// // From here on, large blocks that are freed may be used again.
/// ALLOC.tend();
/// let place = first.as_ptr();
/// drop(first);
/// assert_eq!(vec![2_u8; 1 << 20].as_ptr(), place);
/// ```
pub struct Recycler<A> {
    inner: A,
    /// Held for moments. Who finds it taken for longer goes to the inner allocator: its holder may not run, or be left behind
    /// in the parent of a fork, or be this very call, whose list grows.
    kept: Mutex<Kept>,
    /// The process in which kept blocks are looked after; none where it is zero.
    tended: AtomicU32,
    /// Whether there was a large block at all.
    used: AtomicBool,
}

struct Kept {
    classes: [Class; CLASSES],
    bytes: usize,
}

/// The kept blocks of one size, the last that came at the back.
struct Class {
    blocks: VecDeque<Block>,
    /// The fewest blocks there were since the last look: so many at the front were not needed.
    idle: usize,
}

struct Block {
    start: *mut u8,
    /// The looks since somebody took it.
    ticks: u32,
}

// SAFETY: a kept block is nobody else's.
unsafe impl Send for Block {}

/// The class of a layout and the layout of its blocks; `None` where such blocks are not kept.
fn class_of(layout: Layout) -> Option<(usize, Layout)> {
    if !(1 << LEAST..=LARGEST).contains(&layout.size()) || layout.align() > ALIGNMENT {
        return None;
    }
    let last = layout.size() - 1;
    let doubling = last.ilog2();
    let step = doubling - 2;
    let class = (doubling + 1 - LEAST) as usize * 4 + ((last >> step) & 3);
    Some((class - 3, layout_of(class - 3)))
}

/// The layout of a class's blocks.
const fn layout_of(class: usize) -> Layout {
    let doubling = LEAST + (class + 3) as u32 / 4 - 1;
    let size = ((class + 3) % 4 + 5) << (doubling - 2);
    match Layout::from_size_align(size, ALIGNMENT) {
        Ok(layout) => layout,
        Err(_) => unreachable!(),
    }
}

impl<A> Recycler<A> {
    /// An allocator that keeps what it got from `inner`; nothing, before it is tended.
    pub const fn new(inner: A) -> Recycler<A> {
        let classes = [const { Class { blocks: VecDeque::new(), idle: 0 } }; CLASSES];
        let kept = Mutex::new(Kept { classes, bytes: 0 });
        Recycler { inner, kept, tended: AtomicU32::new(0), used: AtomicBool::new(false) }
    }

    fn is_tended(&self) -> bool {
        self.tended.load(Ordering::Relaxed) != 0
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Kept>> {
        (0..TRIES).find_map(|_| self.kept.try_lock().inspect_err(|_| spin_loop()).ok())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: GlobalAlloc + Sync> Recycler<A> {
    /// Keeps large blocks from now on, where there was one: a thread looks after them as long as some are kept.
    ///
    /// To call this again and again costs next to nothing.
    pub fn tend(&'static self) {
        let process = std::process::id();
        // In the child of a fork the thread is missing.
        if !self.used.load(Ordering::Relaxed) || self.tended.load(Ordering::Relaxed) == process {
            return;
        }
        if self.tended.swap(process, Ordering::Relaxed) != process {
            let spawned =
                thread::Builder::new().name("warm-memory".into()).stack_size(64 << 10).spawn(|| self.look_after());
            if spawned.is_err() {
                self.tended.store(0, Ordering::Relaxed);
            }
        }
    }

    fn look_after(&self) {
        let mut empty = 0;
        while empty < TICKS {
            thread::sleep(TICK);
            (0..CLASSES).for_each(|class| self.look_at(class));
            let kept = self.lock();
            empty = if kept.bytes == 0 { empty + 1 } else { 0 };
            if empty == TICKS {
                // Under the lock, so that nothing is kept behind it.
                self.tended.store(0, Ordering::Relaxed);
            }
        }
    }

    /// Ages the blocks of a class that nobody took since the last look.
    fn look_at(&self, class: usize) {
        let layout = layout_of(class);
        let mut idle: VecDeque<Block> = {
            let mut kept = self.lock();
            let Class { blocks, idle } = &mut kept.classes[class];
            let passed = blocks.drain(..*idle).collect();
            *idle = blocks.len();
            passed
        };
        idle.iter_mut().for_each(|block| block.ticks += 1);
        // What is oldest lies at the front.
        let old = idle.partition_point(|block| block.ticks >= TICKS);
        for block in idle.drain(..old) {
            // SAFETY: it was taken from the kept ones, whose layout this is.
            unsafe { self.inner.dealloc(block.start, layout) };
        }
        idle.iter().filter(|block| block.ticks == OFFERED).for_each(|block| offer(block.start, layout.size()));
        let mut kept = self.lock();
        kept.bytes -= old * layout.size();
        let place = &mut kept.classes[class];
        place.idle += idle.len();
        idle.append(&mut place.blocks);
        place.blocks = idle;
    }

    /// A kept block of a class; `None` where there is none, and then as much of others is given back.
    fn take(&self, class: usize, layout: Layout) -> Option<*mut u8> {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        if !self.is_tended() {
            return None;
        }
        let mut kept = self.try_lock()?;
        if let Some(start) = kept.pop(class) {
            return Some(start);
        }
        let after = kept.bytes.saturating_sub(layout.size()).max(SPARE);
        for only_idle in [true, false] {
            for class in (0..CLASSES).rev() {
                while kept.bytes > after && (!only_idle || kept.classes[class].idle > 0) {
                    let Some(start) = kept.pop_oldest(class) else { break };
                    // SAFETY: it was taken from the kept ones, whose layout this is.
                    unsafe { self.inner.dealloc(start, layout_of(class)) };
                }
            }
        }
        None
    }

    /// Keeps a block of a class; gives it back where it cannot be kept.
    fn keep(&self, start: *mut u8, class: usize, layout: Layout) {
        if self.is_tended()
            && let Some(mut kept) = self.try_lock()
            && self.is_tended()
            && kept.bytes + layout.size() <= MOST
        {
            kept.bytes += layout.size();
            kept.classes[class].blocks.push_back(Block { start, ticks: 0 });
            return;
        }
        // SAFETY: blocks of a class were allocated with its layout.
        unsafe { self.inner.dealloc(start, layout) };
    }
}

impl Kept {
    fn pop(&mut self, class: usize) -> Option<*mut u8> {
        let Class { blocks, idle } = &mut self.classes[class];
        let block = blocks.pop_back()?;
        *idle = (*idle).min(blocks.len());
        self.bytes -= layout_of(class).size();
        Some(block.start)
    }

    fn pop_oldest(&mut self, class: usize) -> Option<*mut u8> {
        let Class { blocks, idle } = &mut self.classes[class];
        let block = blocks.pop_front()?;
        *idle = idle.saturating_sub(1);
        self.bytes -= layout_of(class).size();
        Some(block.start)
    }
}

// SAFETY: a block of a class is allocated, moved and freed with the layout of its class, which is at least as large and as
// aligned as what was asked for; it is kept only after it was freed, and leaves what is kept before it is given out again.
// All else goes to the inner allocator as it came. Nothing here unwinds: the one allocation of its own, for the list of what
// is kept, is either small or finds the lock taken, and so comes from the inner allocator.
unsafe impl<A: GlobalAlloc + Sync> GlobalAlloc for Recycler<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match class_of(layout) {
            // SAFETY: the caller's promises are the inner allocator's.
            None => unsafe { self.inner.alloc(layout) },
            Some((class, own)) => match self.take(class, own) {
                Some(start) => start,
                // SAFETY: the layout of a class has a size.
                None => unsafe { self.inner.alloc(own) },
            },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match class_of(layout) {
            // SAFETY: the caller's promises are the inner allocator's.
            None => unsafe { self.inner.alloc_zeroed(layout) },
            Some((class, own)) => match self.take(class, own) {
                Some(start) => {
                    // SAFETY: the block is at least so long, and nobody else's.
                    unsafe { start.write_bytes(0, layout.size()) };
                    start
                }
                // SAFETY: the layout of a class has a size.
                None => unsafe { self.inner.alloc_zeroed(own) },
            },
        }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        match class_of(layout) {
            // SAFETY: it is no block of a class, so the inner allocator gave it.
            None => unsafe { self.inner.dealloc(start, layout) },
            Some((class, own)) => self.keep(start, class, own),
        }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the new size is no more than a layout can have.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (class_of(layout), class_of(wanted)) {
            // SAFETY: neither is a block of a class; the caller's promises are the inner allocator's.
            (None, None) => unsafe { self.inner.realloc(start, layout, size) },
            (Some((before, _)), Some((after, _))) if before == after => start,
            // SAFETY: both have the alignment of blocks; what is made smaller can stay where it is.
            (Some((before, own)), Some((after, new))) if after < before => unsafe {
                self.inner.realloc(start, own, new.size())
            },
            // SAFETY: the new block is another one, and as many bytes are copied as both have.
            _ => unsafe {
                let new = self.alloc(wanted);
                if !new.is_null() {
                    std::ptr::copy_nonoverlapping(start, new, layout.size().min(size));
                    self.dealloc(start, layout);
                }
                new
            },
        }
    }
}

/// Lets the operating system take the pages of a block when it is short of memory: they read as zeros then.
#[cfg(unix)]
fn offer(start: *mut u8, size: usize) {
    // SAFETY: this asks for a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(1 << 16);
    let first = start.align_offset(page);
    let pages = size.saturating_sub(first) / page * page;
    if pages > 0 {
        // SAFETY: these pages lie within the block, which is nobody's, and so hold nothing that anyone would miss. Where the
        // system does not know the advice, nothing happens.
        unsafe { libc::madvise(start.add(first).cast(), pages, libc::MADV_FREE) };
    }
}

#[cfg(not(unix))]
fn offer(_start: *mut u8, _size: usize) {}

#[cfg(test)]
mod tests;
