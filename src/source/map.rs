//! Memory maps that survive their file.
//!
//! A page of a mapped file that lies behind the file's end kills the process that touches it with SIGBUS. A file can be cut
//! at any moment, so asking its length first is not enough. Here the signal is caught: the handler puts a page of zeros where
//! the file's page was, marks the map as torn and lets the reader go on; whoever used a window asks afterwards whether it was
//! whole. The way is that of databases which map their files; `mmap(2)` and `sigaction(2)` tell of the calls.

use super::file::{Plain, truncated};
use std::io;
use std::sync::{Arc, OnceLock};

/// A mapped file.
pub(super) struct Map {
    file: Arc<Plain>,
    map: memmap2::Mmap,
    #[cfg(unix)]
    guard: guard::Guard,
}

impl Map {
    #[expect(unsafe_code, reason = "a memory map cannot be made without it")]
    pub(super) fn new(file: Arc<Plain>) -> io::Result<Map> {
        // SAFETY: the map is only read; where the file is cut, the guard puts zeros in its place; a user who asks for a map
        // vouches that nobody writes other bytes to the file meanwhile, and a glance makes nothing of them but a number.
        let map = unsafe { memmap2::MmapOptions::new().len(file.len() as usize).map(file.as_file())? };
        #[cfg(unix)]
        {
            map.advise(memmap2::Advice::Sequential)?;
            let guard = guard::Guard::new(map.as_ptr().addr(), map.len())?;
            Ok(Map { file, map, guard })
        }
        #[cfg(not(unix))]
        Ok(Map { file, map })
    }

    pub(super) fn len(&self) -> u64 {
        self.map.len() as u64
    }

    /// The `length` bytes at `at`; the caller keeps them within `len`.
    pub(super) fn window(&self, at: u64, length: usize) -> io::Result<&[u8]> {
        let end = at + length as u64;
        if length > 0 && self.file.as_file().metadata()?.len() < end {
            return Err(truncated());
        }
        let start = (at as usize).min(self.map.len());
        Ok(&self.map[start..start + length])
    }

    /// Whether every byte that was read so far was the file's.
    pub(super) fn check(&self) -> io::Result<()> {
        #[cfg(unix)]
        if self.guard.is_torn() {
            return Err(truncated());
        }
        Ok(())
    }
}

/// Taking down the tables of a map takes 20 us a megabyte; from so many bytes on nobody waits for it.
#[cfg(unix)]
const LARGE: usize = 16 << 20;

/// Takes a map out of the tables piece by piece: whoever asks the system for memory meanwhile waits for a piece, not for the
/// whole map.
#[cfg(unix)]
#[expect(unsafe_code, reason = "advice that drops pages may change what a map holds")]
fn empty(map: &memmap2::Mmap) {
    const PIECE: usize = 4 << 20;
    for start in (0..map.len()).step_by(PIECE) {
        let length = PIECE.min(map.len() - start);
        // SAFETY: the pages of a map of a file hold the file's bytes whenever they are read, and nobody reads these again.
        if unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, length) }.is_err() {
            return;
        }
    }
}

/// A map that is made when it is first of use, and goes behind the back of whoever drops it.
#[derive(Default)]
pub(super) struct Lazy(OnceLock<Option<Map>>);

#[cfg(unix)]
impl Drop for Lazy {
    fn drop(&mut self) {
        let Some(Some(map)) = self.0.take() else { return };
        if map.map.len() < LARGE {
            return;
        }
        // The file is closed now, whenever its pages go. Where there is no thread, the map goes with the closure.
        let Map { file, map, guard } = map;
        drop(file);
        let unmapping = std::thread::Builder::new().name("unmapping".to_owned());
        let _ = unmapping.spawn(move || {
            empty(&map);
            drop((map, guard));
        });
    }
}

impl Lazy {
    /// The map of `file`; none where the system gives none or where its faults would not come here.
    pub(super) fn get(&self, file: &Arc<Plain>) -> Option<&Map> {
        let map = self.0.get_or_init(|| Map::new(Arc::clone(file)).ok()).as_ref();
        map.filter(|_| catches_faults())
    }

    /// Whether every byte that was read so far was the file's.
    pub(super) fn check(&self) -> io::Result<()> {
        self.0.get().and_then(Option::as_ref).map_or(Ok(()), Map::check)
    }
}

#[cfg(unix)]
fn catches_faults() -> bool {
    guard::is_installed()
}

#[cfg(not(unix))]
fn catches_faults() -> bool {
    true
}

/// The handler of SIGBUS and the maps that it knows.
#[cfg(unix)]
mod guard {
    #![expect(unsafe_code, reason = "signal handlers are installed and maps are patched by system calls")]

    use std::io;
    use std::mem::MaybeUninit;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    /// The maps that can be guarded at once; a further one is refused.
    const MOST: usize = 256;

    static PLACES: [Place; MOST] = [const { Place::new() }; MOST];

    /// What was installed before, to be asked about faults elsewhere.
    static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

    struct Place {
        taken: AtomicBool,
        start: AtomicUsize,
        end: AtomicUsize,
        torn: AtomicBool,
    }

    impl Place {
        const fn new() -> Place {
            Place {
                taken: AtomicBool::new(false),
                start: AtomicUsize::new(0),
                end: AtomicUsize::new(0),
                torn: AtomicBool::new(false),
            }
        }
    }

    /// Keeps one map known to the handler.
    pub(super) struct Guard(&'static Place);

    impl Guard {
        pub(super) fn new(start: usize, length: usize) -> io::Result<Guard> {
            install()?;
            let free =
                |place: &&Place| place.taken.compare_exchange(false, true, Ordering::AcqRel, Ordering::Relaxed).is_ok();
            let Some(place) = PLACES.iter().find(free) else {
                return Err(io::Error::other("too many memory maps at once; memory_map=False reads plainly"));
            };
            place.torn.store(false, Ordering::Relaxed);
            place.end.store(start + length, Ordering::Relaxed);
            place.start.store(start, Ordering::Release);
            Ok(Guard(place))
        }

        pub(super) fn is_torn(&self) -> bool {
            self.0.torn.load(Ordering::Acquire)
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.start.store(0, Ordering::Release);
            self.0.end.store(0, Ordering::Release);
            self.0.taken.store(false, Ordering::Release);
        }
    }

    /// Whether the handler is the one that the process has now: another's may have taken its place.
    pub(super) fn is_installed() -> bool {
        let mut now = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: the pointer is to a `sigaction` that lives here, which is read only where the call has filled it.
        unsafe {
            libc::sigaction(libc::SIGBUS, std::ptr::null(), now.as_mut_ptr()) == 0
                && now.assume_init().sa_sigaction == handle as *const () as usize
        }
    }

    /// Installs the handler, once a process.
    fn install() -> io::Result<()> {
        if BEFORE.get().is_some() {
            return Ok(());
        }
        let mut before = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: an all-zero `sigaction` is valid: no handler, no flags, an empty mask.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handle as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: both pointers are to `sigaction`s that live here; `handle` does only what a handler may.
        let failed = unsafe { libc::sigaction(libc::SIGBUS, std::ptr::null(), before.as_mut_ptr()) } != 0;
        if failed {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above filled it.
        let before = unsafe { before.assume_init() };
        if BEFORE.set(before).is_err() {
            // Another thread is installing it.
            return Ok(());
        }
        // SAFETY: as above; the former handler is known to `handle` by now.
        if unsafe { libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Replaces a page that the file no longer has. Runs in a signal handler: only atomics and system calls.
    extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: the kernel hands a valid `siginfo_t` to a handler with SA_SIGINFO.
        let fault = unsafe { (*info).si_addr() }.addr();
        for place in &PLACES {
            let (start, end) = (place.start.load(Ordering::Acquire), place.end.load(Ordering::Acquire));
            if start == 0 || fault < start || fault >= end {
                continue;
            }
            place.torn.store(true, Ordering::Release);
            // SAFETY: sysconf has no preconditions.
            let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
            let first = fault & !(page - 1);
            let length = end.next_multiple_of(page) - first;
            // SAFETY: the range lies in a map of this process that is only read through its window: zeros are as good as
            // any bytes there, and the torn map is told of before anything made of them leaves.
            let patched = unsafe {
                libc::mmap(
                    std::ptr::without_provenance_mut(first),
                    length,
                    libc::PROT_READ,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                    -1,
                    0,
                )
            };
            if patched != libc::MAP_FAILED {
                return;
            }
        }
        hand_on(signal, info, context);
    }

    /// Leaves a fault elsewhere to whoever handled faults before.
    fn hand_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let before = BEFORE.get();
        let handler = before.map_or(libc::SIG_DFL, |before| before.sa_sigaction);
        if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
            // SAFETY: an all-zero `sigaction` is the default action; the fault then repeats and ends the process.
            unsafe {
                let action: libc::sigaction = std::mem::zeroed();
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
            return;
        }
        let flags = before.map_or(0, |before| before.sa_flags);
        if flags & libc::SA_SIGINFO != 0 {
            // SAFETY: a handler that was installed with SA_SIGINFO has this signature.
            let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        } else {
            // SAFETY: a handler that was installed without SA_SIGINFO has this signature.
            let handler: extern "C" fn(libc::c_int) = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
}
