//! What secrets leave behind in a process's memory, beyond what their owners wipe: copies that a compiler makes on the stack, buffers that
//! grew. The command line's allocator wipes whatever it frees; this is the rest.

use std::hint::black_box;
use std::io;

/// How much of a stack is overwritten, in frames of [`FRAME`] bytes: 1 MiB, of two that a thread has by default. Proving goes less deep.
const FRAMES: usize = 256;
const FRAME: usize = 4096;

/// Bars this process to debuggers and other processes of its user, and keeps it from leaving a core dump, for good. Whoever may look into every
/// process still can.
///
/// # Errors
/// What the system says. On other systems than Linux nothing is done.
pub fn seclude() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit,
        };
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    }
    Ok(())
}

/// Overwrites what calls that have returned left on this thread's stack.
pub fn wipe_stack() {
    overwrite(FRAMES);
}

/// The same, and for each thread that proves.
pub fn wipe_stacks() {
    wipe_stack();
    rayon::broadcast(|_| wipe_stack());
}

#[inline(never)]
fn overwrite(frames: usize) {
    let mut frame = [0_u8; FRAME];
    black_box(&mut frame);
    if frames > 0 {
        overwrite(frames - 1);
    }
    // Not before the call above is over: else one frame would do for all.
    black_box(&frame);
}
