//! What is kept, how long, and that nobody's bytes are another's.

use super::*;
use std::alloc::System;
use std::sync::atomic::AtomicUsize;

/// Counts what is in use or kept.
struct Counting {
    bytes: AtomicUsize,
    most: AtomicUsize,
}

// SAFETY: all of it is the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = self.bytes.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        self.most.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        self.bytes.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.dealloc(start, layout) };
    }
}

/// One that keeps without a thread that looks after it.
fn keeping() -> Recycler<Counting> {
    let recycler = Recycler::new(Counting { bytes: AtomicUsize::new(0), most: AtomicUsize::new(0) });
    recycler.tended.store(1, Ordering::Relaxed);
    recycler
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn bytes(recycler: &Recycler<Counting>) -> usize {
    recycler.inner.bytes.load(Ordering::Relaxed)
}

impl Recycler<Counting> {
    /// A block whose every byte is `mark`.
    fn filled(&self, size: usize, mark: u8) -> *mut u8 {
        // SAFETY: the layout has a size, and the block is as long.
        unsafe {
            let start = self.alloc(layout(size));
            start.write_bytes(mark, size);
            start
        }
    }

    fn free(&self, start: *mut u8, size: usize) {
        // SAFETY: tests free what they allocated, by its layout.
        unsafe { self.dealloc(start, layout(size)) };
    }
}

#[test]
fn classes_hold_every_size_and_waste_no_more_than_a_fifth() {
    for size in (1 << LEAST..=1 << 18).chain([LARGEST - 1, LARGEST]) {
        let (class, own) = class_of(layout(size)).unwrap();
        assert!(own.size() >= size && (own.size() - size) * 5 <= own.size(), "{size}: {own:?}");
        assert!(class == 0 || layout_of(class - 1).size() < size, "{size}: {own:?}");
        assert_eq!(class_of(own), Some((class, own)));
    }
    assert_eq!(class_of(layout((1 << LEAST) - 1)), None);
    assert_eq!(class_of(layout(LARGEST + 1)), None);
    assert_eq!(class_of(Layout::from_size_align(1 << 20, 4096).unwrap()), None);
    assert_eq!(class_of(layout(LARGEST)).unwrap().0, CLASSES - 1);
}

#[test]
fn a_block_serves_the_next_of_its_class() {
    let recycler = keeping();
    let first = recycler.filled(100_000, 7);
    recycler.free(first, 100_000);
    assert_eq!(recycler.filled(110_000, 8), first);
    assert_ne!(recycler.filled(100_000, 9), first);
    recycler.free(first, 110_000);
    // SAFETY: the layout has a size, and the block is as long.
    let zeroed = unsafe { std::slice::from_raw_parts(recycler.alloc_zeroed(layout(99_000)), 99_000) };
    assert_eq!(zeroed.as_ptr(), first.cast_const());
    assert!(zeroed.iter().all(|&byte| byte == 0));
}

#[test]
fn nothing_is_kept_untended() {
    let recycler = keeping();
    recycler.tended.store(0, Ordering::Relaxed);
    let block = recycler.filled(1 << 20, 1);
    recycler.free(block, 1 << 20);
    assert_eq!(bytes(&recycler), 0);
    let recycler = keeping();
    let block = recycler.filled(1 << 20, 1);
    recycler.free(block, 1 << 20);
    assert_eq!(bytes(&recycler), 1 << 20);
}

#[test]
fn what_is_kept_makes_way_so_that_no_peak_grows_much() {
    const ENDS: usize = 1000;
    let recycler = keeping();
    let sizes = [30 << 20, 20_000, 10 << 20, 70_000, 14 << 20, 9 << 20, 64 << 10];
    let (mut live, mut used, mut most) = (VecDeque::new(), 0, 0);
    for round in 0..2000 {
        let (size, mark) = (sizes[(round * round + round / 7) % sizes.len()], round as u8);
        // SAFETY: the layout has a size of more than these ends.
        let start = unsafe {
            let start = recycler.alloc(layout(size));
            start.write_bytes(mark, ENDS);
            start.add(size - ENDS).write_bytes(mark, ENDS);
            start
        };
        live.push_back((start, size, mark));
        used += class_of(layout(size)).unwrap().1.size();
        most = most.max(used);
        while live.len() > 1 + round % 9 {
            let (start, size, mark) = live.pop_front().unwrap();
            for end in [0, size - ENDS] {
                // SAFETY: the block is live, and was written here.
                let end = unsafe { std::slice::from_raw_parts(start.add(end), ENDS) };
                assert!(end.iter().all(|&byte| byte == mark));
            }
            recycler.free(start, size);
            used -= class_of(layout(size)).unwrap().1.size();
        }
    }
    let peak = recycler.inner.most.load(Ordering::Relaxed);
    assert!(peak <= most + SPARE, "{peak} {most}");
    assert!(recycler.lock().bytes > SPARE / 2);
}

#[test]
fn blocks_that_change_their_size_keep_what_they_hold() {
    let recycler = keeping();
    let sizes = [100, 20_000, 20_001, 30_000, 1 << 20, LARGEST + 1, LARGEST, 50_000, 49_999, 17_000, 200, 300];
    let (mut block, mut size) = (recycler.filled(50, 3), 50);
    for wanted in sizes {
        // SAFETY: the block was allocated with this size; what is looked at was written.
        unsafe {
            block = recycler.realloc(block, layout(size), wanted);
            assert!(std::slice::from_raw_parts(block, size.min(wanted)).iter().all(|&byte| byte == 3), "{wanted}");
            block.write_bytes(3, wanted);
        }
        size = wanted;
    }
    recycler.free(block, size);
}

#[test]
fn what_nobody_takes_is_given_back_and_what_is_taken_stays() {
    let recycler = keeping();
    let blocks: Vec<_> = (0..4).map(|mark| recycler.filled(1 << 20, mark)).collect();
    blocks.iter().for_each(|&block| recycler.free(block, 1 << 20));
    let class = class_of(layout(1 << 20)).unwrap().0;
    for _ in 0..=TICKS {
        // One of four is in use now and then.
        assert_eq!(bytes(&recycler), 4 << 20);
        let block = recycler.filled(1 << 20, 9);
        assert_eq!(block, blocks[3]);
        recycler.free(block, 1 << 20);
        recycler.look_at(class);
    }
    assert_eq!(bytes(&recycler), 1 << 20);
    assert_eq!(recycler.filled(1 << 20, 9), blocks[3]);
}

#[test]
fn threads_share_what_is_kept() {
    let recycler = keeping();
    let share = |thread: usize| {
        for round in 0..3000 {
            let (size, mark) = (20_000 + (round * 7919 + thread) % 100_000, (round + thread) as u8);
            let start = recycler.filled(size, mark);
            if round % 64 == 0 {
                thread::yield_now();
            }
            // SAFETY: the block is live and so long.
            assert!(unsafe { std::slice::from_raw_parts(start, size) }.iter().all(|&byte| byte == mark));
            recycler.free(start, size);
        }
    };
    thread::scope(|scope| {
        for number in 0..4 {
            let share = &share;
            scope.spawn(move || share(number));
        }
        (0..50).for_each(|_| (0..CLASSES).for_each(|class| recycler.look_at(class)));
    });
    assert_eq!(bytes(&recycler), recycler.lock().bytes);
}
